#include "io/filter.h"

#include <assert.h>

#include "wire/ah.h"
#include "wire/ip.h"

enum { WORDS = 8, PASS_ALL = 0x40000 };

/* The program so far, and where its jumps to the end are. */
struct program {
	struct sock_filter *code;
	uint16_t n;
};

static void put(struct program *p, uint16_t code, uint32_t k)
{
	p->code[p->n++] = (struct sock_filter)BPF_STMT(code, k);
}

static void put_jump(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	p->code[p->n++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

/* X = the offset of the VRID. An authentication header around something else is nobody's. */
static void put_offset(struct program *p, enum filter_form form)
{
	switch (form) {
	case FILTER_IP6:
		put(p, BPF_LDX | BPF_IMM, 1);
		return;
	case FILTER_AH4:
		put(p, BPF_LDX | BPF_B | BPF_MSH, 0);
		put(p, BPF_LD | BPF_B | BPF_IND, 0);
		put_jump(p, BPF_JMP | BPF_JEQ | BPF_K, IP_PROTO_VRRP, 1, 0);
		put(p, BPF_RET | BPF_K, 0);
		put(p, BPF_MISC | BPF_TXA, 0);
		put(p, BPF_ALU | BPF_ADD | BPF_K, AH_HEADER + 1);
		put(p, BPF_MISC | BPF_TAX, 0);
		return;
	case FILTER_IP4:
		put(p, BPF_LDX | BPF_B | BPF_MSH, 0);
		put(p, BPF_MISC | BPF_TXA, 0);
		put(p, BPF_ALU | BPF_ADD | BPF_K, 1);
		put(p, BPF_MISC | BPF_TAX, 0);
		return;
	}
}

/* Jumps count instructions from the next one, so the program is laid out by hand:
 *
 *	X = offset of the VRID
 *	if packet length <= X: stray
 *	A = VRID; M[0] = A; X = A & 31
 *	A = M[0] >> 5
 *	eight times: if A == i: A = word i, go shift
 *	shift: A = A >> X & 1; if A: ours else: stray
 */
uint16_t filter_build(struct sock_filter prog[FILTER_MAX], const struct vrid_set *set,
		      enum filter_form form, enum filter_side side)
{
	uint32_t ours = side == FILTER_OURS ? PASS_ALL : 0, stray = PASS_ALL - ours;
	struct program p = { prog, 0 };

	put_offset(&p, form);
	put(&p, BPF_LD | BPF_W | BPF_LEN, 0);
	put_jump(&p, BPF_JMP | BPF_JGT | BPF_X, 0, 0, 6 + 3 * WORDS + 3);
	put(&p, BPF_LD | BPF_B | BPF_IND, 0);
	put(&p, BPF_ST, 0);
	put(&p, BPF_ALU | BPF_AND | BPF_K, 31);
	put(&p, BPF_MISC | BPF_TAX, 0);
	put(&p, BPF_LD | BPF_MEM, 0);
	put(&p, BPF_ALU | BPF_RSH | BPF_K, 5);
	for (uint32_t i = 0; i < WORDS; i++) {
		put_jump(&p, BPF_JMP | BPF_JEQ | BPF_K, i, 0, 2);
		put(&p, BPF_LD | BPF_IMM, set->words[i]);
		put(&p, BPF_JMP | BPF_JA, 3 * (WORDS - 1 - i));
	}
	put(&p, BPF_ALU | BPF_RSH | BPF_X, 0);
	put_jump(&p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
	put(&p, BPF_RET | BPF_K, ours);
	put(&p, BPF_RET | BPF_K, stray);
	assert(p.n <= FILTER_MAX);
	return p.n;
}
