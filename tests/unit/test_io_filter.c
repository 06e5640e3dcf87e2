/* The kernel filter of io/filter.h, run by a small interpreter and loaded into a real socket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/filter.h"

struct machine {
	uint32_t a, x, mem[16];
};

static uint32_t alu(uint16_t code, uint32_t a, uint32_t v)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + v;
	case BPF_AND:
		return a & v;
	case BPF_RSH:
		return a >> v;
	}
	fail_msg("unknown arithmetic %#x", code);
	return 0;
}

static bool taken(uint16_t code, uint32_t a, uint32_t v)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == v;
	case BPF_JGT:
		return a > v;
	case BPF_JSET:
		return (a & v) != 0;
	}
	fail_msg("unknown jump %#x", code);
	return false;
}

/* What the kernel does with a load beyond the packet: it is refused. */
static bool load(struct machine *m, const struct sock_filter *f, const uint8_t *p, size_t len)
{
	uint32_t at = f->k;

	switch (f->code) {
	case BPF_LD | BPF_W | BPF_LEN:
		m->a = (uint32_t)len;
		return true;
	case BPF_LD | BPF_IMM:
		m->a = f->k;
		return true;
	case BPF_LD | BPF_MEM:
		m->a = m->mem[f->k];
		return true;
	case BPF_LD | BPF_B | BPF_IND:
		at += m->x;
		if (at >= len)
			return false;
		m->a = p[at];
		return true;
	case BPF_LDX | BPF_IMM:
		m->x = f->k;
		return true;
	case BPF_LDX | BPF_B | BPF_MSH:
		if (at >= len)
			return false;
		m->x = 4 * (uint32_t)(p[at] & 0x0f);
		return true;
	}
	fail_msg("unknown load %#x", f->code);
	return false;
}

static uint32_t run(const struct sock_filter *prog, uint16_t n, const uint8_t *p, size_t len)
{
	struct machine m = { 0 };

	for (uint16_t pc = 0; pc < n; pc++) {
		const struct sock_filter *f = &prog[pc];
		uint32_t v = BPF_SRC(f->code) == BPF_X ? m.x : f->k;

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (!load(&m, f, p, len))
				return 0;
			break;
		case BPF_ST:
			m.mem[f->k] = m.a;
			break;
		case BPF_ALU:
			m.a = alu(f->code, m.a, v);
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				pc = (uint16_t)(pc + f->k);
			else
				pc = (uint16_t)(pc + (taken(f->code, m.a, v) ? f->jt : f->jf));
			break;
		case BPF_MISC:
			if (BPF_MISCOP(f->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		case BPF_RET:
			return f->k;
		}
	}
	fail_msg("ran off the end");
	return 0;
}

static bool passes_as(enum filter_form form, const struct vrid_set *set, enum filter_side side,
		      const uint8_t *p, size_t len)
{
	struct sock_filter prog[FILTER_MAX];
	uint16_t n = filter_build(prog, set, form, side);

	return run(prog, n, p, len) > 0;
}

static bool passes(const struct vrid_set *set, enum filter_side side, const uint8_t *p, size_t len)
{
	return passes_as(FILTER_IP4, set, side, p, len);
}

/* A packet with |words| 32-bit words of IP header and two bytes of VRRP. */
static size_t packet(uint8_t *p, uint8_t words, uint8_t vrid)
{
	size_t header = 4 * (size_t)words;

	memset(p, 0xee, header);
	p[0] = (uint8_t)(0x40 | words);
	p[header] = 0x21;
	p[header + 1] = vrid;
	return header + 2;
}

static void every_vrid_goes_to_exactly_one_side(void **unused)
{
	struct vrid_set sets[4] = { 0 };
	uint8_t p[64];

	(void)unused;
	vrid_set_add(&sets[1], 51);
	for (int v = 1; v < 256; v++)
		vrid_set_add(&sets[2], (uint8_t)v);
	for (int v = 1; v < 256; v += 3)
		vrid_set_add(&sets[3], (uint8_t)v);
	for (size_t s = 0; s < 4; s++) {
		for (int v = 0; v < 256; v++) {
			size_t len = packet(p, 5, (uint8_t)v);
			bool ours = vrid_set_has(&sets[s], (uint8_t)v);

			assert_int_equal(passes(&sets[s], FILTER_OURS, p, len), ours);
			assert_int_equal(passes(&sets[s], FILTER_STRAY, p, len), !ours);
		}
	}
}

static void ip_options_are_skipped(void **unused)
{
	struct vrid_set set = { 0 };
	uint8_t p[64];

	(void)unused;
	vrid_set_add(&set, 200);
	for (uint8_t words = 5; words <= 15; words++) {
		assert_true(passes(&set, FILTER_OURS, p, packet(p, words, 200)));
		assert_false(passes(&set, FILTER_OURS, p, packet(p, words, 201)));
	}
}

static void a_packet_too_short_for_a_vrid_is_a_stray(void **unused)
{
	struct vrid_set all = { 0 };
	uint8_t p[64];

	(void)unused;
	for (int v = 0; v < 256; v++)
		vrid_set_add(&all, (uint8_t)v);
	packet(p, 5, 1);
	for (size_t len = 1; len <= 21; len++) {
		assert_false(passes(&all, FILTER_OURS, p, len));
		assert_true(passes(&all, FILTER_STRAY, p, len));
	}
	assert_true(passes(&all, FILTER_OURS, p, 22));
}

static void behind_an_authentication_header_the_vrid_is_24_bytes_further_in(void **unused)
{
	struct vrid_set set = { 0 };
	uint8_t p[64] = { 0x45, [20] = 112, [44] = 0x21, [45] = 7 };

	(void)unused;
	vrid_set_add(&set, 7);
	assert_true(passes_as(FILTER_AH4, &set, FILTER_OURS, p, 46));
	assert_false(passes_as(FILTER_AH4, &set, FILTER_STRAY, p, 46));
	p[45] = 8;
	assert_false(passes_as(FILTER_AH4, &set, FILTER_OURS, p, 46));
	assert_true(passes_as(FILTER_AH4, &set, FILTER_STRAY, p, 46));
	assert_true(passes_as(FILTER_AH4, &set, FILTER_STRAY, p, 45));
}

static void an_authentication_header_around_something_else_is_nobodys(void **unused)
{
	struct vrid_set set = { 0 };
	uint8_t p[64] = { 0x45, [20] = 6, [45] = 7 };

	(void)unused;
	vrid_set_add(&set, 7);
	assert_false(passes_as(FILTER_AH4, &set, FILTER_OURS, p, 60));
	assert_false(passes_as(FILTER_AH4, &set, FILTER_STRAY, p, 60));
}

static void over_ipv6_the_message_stands_alone(void **unused)
{
	struct vrid_set set = { 0 };
	uint8_t p[] = { 0x31, 7, 100 };

	(void)unused;
	vrid_set_add(&set, 7);
	assert_true(passes_as(FILTER_IP6, &set, FILTER_OURS, p, sizeof(p)));
	assert_false(passes_as(FILTER_IP6, &set, FILTER_STRAY, p, sizeof(p)));
	assert_true(passes_as(FILTER_IP6, &set, FILTER_STRAY, p, 1));
	p[1] = 9;
	assert_false(passes_as(FILTER_IP6, &set, FILTER_OURS, p, sizeof(p)));
}

/* The kernel checks a program when it is attached; a UNIX socket takes one without privileges. */
static void the_kernel_takes_programs_of_every_form(void **unused)
{
	struct vrid_set set = { 0 };
	struct sock_filter prog[FILTER_MAX];
	int fds[2];

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	for (int form = FILTER_IP4; form <= FILTER_IP6; form++) {
		struct sock_fprog f = {
			filter_build(prog, &set, (enum filter_form)form, FILTER_OURS), prog
		};

		assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)),
				 0);
	}
	close(fds[0]);
	close(fds[1]);
}

static void the_kernel_takes_both_programs(void **unused)
{
	struct vrid_set set = { 0 };
	struct sock_filter prog[FILTER_MAX];
	int fds[2];

	(void)unused;
	vrid_set_add(&set, 7);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	for (int side = FILTER_OURS; side <= FILTER_STRAY; side++) {
		struct sock_fprog f = {
			filter_build(prog, &set, FILTER_IP4, (enum filter_side)side), prog
		};
		uint8_t p[64], got[64];
		uint8_t wanted = side == FILTER_OURS ? 7 : 8;

		assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)),
				 0);
		for (uint8_t v = 7; v <= 8; v++)
			send(fds[0], p, packet(p, 6, v), MSG_DONTWAIT);
		assert_int_equal(recv(fds[1], got, sizeof(got), MSG_DONTWAIT), 26);
		assert_int_equal(got[25], wanted);
		assert_int_equal(recv(fds[1], got, sizeof(got), MSG_DONTWAIT), -1);
		assert_int_equal(errno, EAGAIN);
	}
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vrid_goes_to_exactly_one_side),
		cmocka_unit_test(ip_options_are_skipped),
		cmocka_unit_test(a_packet_too_short_for_a_vrid_is_a_stray),
		cmocka_unit_test(behind_an_authentication_header_the_vrid_is_24_bytes_further_in),
		cmocka_unit_test(an_authentication_header_around_something_else_is_nobodys),
		cmocka_unit_test(over_ipv6_the_message_stands_alone),
		cmocka_unit_test(the_kernel_takes_programs_of_every_form),
		cmocka_unit_test(the_kernel_takes_both_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
