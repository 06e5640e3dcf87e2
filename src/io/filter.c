#include "io/filter.h"

#include <assert.h>
#include <stddef.h>

enum { WORDS = 8, SHORT = 6 + 3 * WORDS + 3, PASS_ALL = 0x40000 };

/* Jumps count instructions from the next one, so the program is laid out by hand:
 *
 *	X = IP header length + 1                the offset of the VRID
 *	if packet length <= X: short
 *	A = VRID; M[0] = A; X = A & 31
 *	A = M[0] >> 5
 *	eight times: if A == i: A = word i, go shift
 *	shift: A = A >> X & 1; if A: ours else: stray
 */
uint16_t filter_build(struct sock_filter prog[FILTER_MAX], const struct vrid_set *set,
		      enum filter_side side)
{
	static const struct sock_filter head[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_MISC | BPF_TXA, 0),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, SHORT),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 31),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 5),
	};
	uint32_t ours = side == FILTER_OURS ? PASS_ALL : 0, stray = PASS_ALL - ours;
	uint16_t n = 0;

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		prog[n++] = head[i];
	for (uint32_t i = 0; i < WORDS; i++) {
		prog[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, i, 0, 2);
		prog[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, set->words[i]);
		prog[n++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 3 * (WORDS - 1 - i));
	}
	prog[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_X, 0);
	prog[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
	prog[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ours);
	prog[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, stray);
	assert(n <= FILTER_MAX);
	return n;
}
