/* Messages between engine and worker, over a real socket pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/prng.h"
#include "io/ipc.h"

struct pair {
	int a, b;
	struct ipc_buffer buf;
	struct ipc_message got;
};

static int setup(void **state)
{
	int fds[2];
	struct pair *p = calloc(1, sizeof(*p));

	if (p == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	p->a = fds[0];
	p->b = fds[1];
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	close(p->a);
	close(p->b);
	free(p);
	return 0;
}

static const char *const argv_check[] = { "/bin/check", "-h", "", NULL };
static const char *const envp_check[] = { "BUOY_INSTANCE=VI_1", NULL };

static struct ipc_message check_message(void)
{
	return (struct ipc_message){ .kind = IPC_CHECK,
				     .id = 7,
				     .interval_us = 2000000,
				     .command = { .argv = argv_check,
						  .user = "nobody",
						  .timeout_us = 3000000,
						  .security = true } };
}

static void a_check_arrives_as_it_was_sent(void **state)
{
	struct pair *p = *state;
	struct ipc_message m = check_message();

	assert_int_equal(ipc_send(p->a, &m), 0);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_int_equal(p->got.kind, IPC_CHECK);
	assert_int_equal(p->got.id, 7);
	assert_int_equal(p->got.interval_us, 2000000);
	assert_int_equal(p->got.command.timeout_us, 3000000);
	assert_true(p->got.command.security);
	assert_string_equal(p->got.command.argv[0], "/bin/check");
	assert_string_equal(p->got.command.argv[1], "-h");
	assert_string_equal(p->got.command.argv[2], "");
	assert_null(p->got.command.argv[3]);
	assert_null(p->got.command.envp);
	assert_string_equal(p->got.command.user, "nobody");
	assert_null(p->got.command.group);
}

static void a_notification_arrives_as_it_was_sent(void **state)
{
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_NOTIFY,
				 .id = 4000000000,
				 .queue = 3,
				 .command = { .argv = argv_check,
					      .envp = envp_check,
					      .group = "adm",
					      .timeout_us = 1 } };

	assert_int_equal(ipc_send(p->a, &m), 0);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_int_equal(p->got.kind, IPC_NOTIFY);
	assert_int_equal(p->got.id, 4000000000);
	assert_int_equal(p->got.queue, 3);
	assert_string_equal(p->got.command.envp[0], "BUOY_INSTANCE=VI_1");
	assert_null(p->got.command.envp[1]);
	assert_null(p->got.command.user);
	assert_string_equal(p->got.command.group, "adm");
	assert_false(p->got.command.security);
}

static void a_result_arrives_as_it_was_sent(void **state)
{
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_PROBE,
				 .id = 1,
				 .outcome = 4,
				 .code = -2,
				 .duration_us = 123456,
				 .text = "ERROR 2002" };

	assert_int_equal(ipc_send(p->b, &m), 0);
	m = (struct ipc_message){ .kind = IPC_LOG, .level = MSG_WARNING };
	assert_int_equal(ipc_send(p->b, &m), 0);
	assert_int_equal(ipc_recv(p->a, &p->buf, &p->got), 0);
	assert_int_equal(p->got.outcome, 4);
	assert_int_equal(p->got.code, -2);
	assert_int_equal(p->got.duration_us, 123456);
	assert_string_equal(p->got.text, "ERROR 2002");
	assert_null(p->got.command.argv);
	assert_int_equal(ipc_recv(p->a, &p->buf, &p->got), 0);
	assert_int_equal(p->got.level, MSG_WARNING);
	assert_string_equal(p->got.text, "");
}

static void the_longest_list_arrives_and_a_longer_one_is_refused(void **state)
{
	struct pair *p = *state;
	const char *argv[IPC_STRINGS_MAX + 1] = { NULL };
	struct ipc_message m = check_message();

	for (int i = 0; i < IPC_STRINGS_MAX - 1; i++)
		argv[i] = "x";
	m.command.argv = argv;
	assert_int_equal(ipc_send(p->a, &m), 0);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_string_equal(p->got.command.argv[IPC_STRINGS_MAX - 2], "x");
	assert_null(p->got.command.argv[IPC_STRINGS_MAX - 1]);
	argv[IPC_STRINGS_MAX - 1] = "x";
	assert_int_equal(ipc_send(p->a, &m), E_RANGE);
	m.command.argv = argv_check;
	m.command.envp = argv;
	assert_int_equal(ipc_send(p->a, &m), E_RANGE);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_AGAIN);
}

static void a_message_too_long_is_refused_and_the_longest_is_not(void **state)
{
	static char text[IPC_SIZE_MAX + 1];
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_LOG, .text = text };
	size_t fits = 0;

	memset(text, 'a', IPC_SIZE_MAX);
	assert_int_equal(ipc_send(p->a, &m), E_RANGE);
	for (size_t len = IPC_SIZE_MAX - 200; len < IPC_SIZE_MAX; len++) {
		memset(text, 'a', IPC_SIZE_MAX);
		text[len] = '\0';
		if (ipc_send(p->a, &m) == 0) {
			assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
			assert_int_equal(strlen(p->got.text), len);
			fits = len;
		}
	}
	assert_in_range(fits, IPC_SIZE_MAX - 200, IPC_SIZE_MAX - 2);
}

static void neither_end_waits_for_the_other(void **state)
{
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_LOG, .text = "full" };
	int r = 0, sent = 0;

	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_AGAIN);
	while (r == 0 && sent < 100000) {
		r = ipc_send(p->a, &m);
		sent += r == 0;
	}
	assert_int_equal(r, E_AGAIN);
	for (int i = 0; i < sent; i++)
		assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_AGAIN);
}

static void what_was_sent_before_the_end_is_read_before_the_end_is_told(void **state)
{
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_STOP };

	assert_int_equal(ipc_send(p->b, &m), 0); /* never read: a reset for b's next receive */
	assert_int_equal(ipc_send(p->a, &m), 0);
	close(p->a);
	assert_int_equal(ipc_send(p->b, &m), E_CLOSED);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_int_equal(p->got.kind, IPC_STOP);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_CLOSED);
	p->a = dup(p->b);
}

/* One good message as bytes, taken off the socket by hand. */
static size_t raw_message(struct pair *p, char *bytes, size_t room)
{
	struct ipc_message m = check_message();
	ssize_t n;

	m.command.envp = envp_check;
	m.text = "text";
	assert_int_equal(ipc_send(p->a, &m), 0);
	n = recv(p->b, bytes, room, MSG_DONTWAIT);
	assert_true(n > 0);
	return (size_t)n;
}

static void every_truncation_is_refused(void **state)
{
	struct pair *p = *state;
	char bytes[512], mark;
	size_t n = raw_message(p, bytes, sizeof(bytes));

	for (size_t len = 1; len < n; len++) {
		struct ipc_message before;

		memset(&p->got, 0x5a, sizeof(p->got));
		before = p->got;
		assert_int_equal(send(p->a, bytes, len, 0), (ssize_t)len);
		assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_SYNTAX);
		assert_memory_equal(&p->got, &before, sizeof(before));
	}
	mark = bytes[n - 1];
	assert_int_equal(mark, '\0');
	bytes[n] = 'x';
	assert_int_equal(send(p->a, bytes, n + 1, 0), (ssize_t)n + 1);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_SYNTAX);
	assert_int_equal(send(p->a, bytes, n, 0), (ssize_t)n);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
}

/* Whatever arrives is either refused or a message every string of which ends inside the buffer. */
static void assert_sound(const struct ipc_buffer *buf, const struct ipc_message *m)
{
	const char *end = buf->bytes + sizeof(buf->bytes);

	assert_in_range(m->kind, 0, IPC_KIND_COUNT - 1);
	assert_in_range(m->level, 0, MSG_DEBUG);
	assert_true(m->text >= buf->bytes && m->text + strlen(m->text) < end);
	for (int i = 0; m->command.argv != NULL && m->command.argv[i] != NULL; i++)
		assert_true(m->command.argv[i] >= buf->bytes &&
			    m->command.argv[i] + strlen(m->command.argv[i]) < end);
	for (int i = 0; m->command.envp != NULL && m->command.envp[i] != NULL; i++)
		assert_true(m->command.envp[i] >= buf->bytes &&
			    m->command.envp[i] + strlen(m->command.envp[i]) < end);
	if (m->kind == IPC_CHECK || m->kind == IPC_NOTIFY)
		assert_true(m->command.argv != NULL && m->command.timeout_us > 0);
	if (m->kind == IPC_CHECK)
		assert_true(m->interval_us > 0);
}

static void garbage_is_refused_or_harmless(void **state)
{
	struct pair *p = *state;
	struct prng rnd = { .state = 20240601 };
	char good[512], bytes[512];
	size_t n = raw_message(p, good, sizeof(good));
	unsigned refused = 0, taken = 0;

	for (unsigned round = 0; round < 20000; round++) {
		int r;

		memcpy(bytes, good, n);
		for (uint64_t hits = 1 + prng_below(&rnd, 3); hits > 0; hits--)
			bytes[prng_below(&rnd, n)] = (char)prng_below(&rnd, 256);
		assert_int_equal(send(p->a, bytes, n, 0), (ssize_t)n);
		r = ipc_recv(p->b, &p->buf, &p->got);
		assert_true(r == 0 || r == E_SYNTAX);
		if (r == 0)
			assert_sound(&p->buf, &p->got);
		taken += r == 0;
		refused += r != 0;
	}
	assert_true(refused > 1000 && taken > 1000);
}

static void a_message_longer_than_the_buffer_is_refused_whole(void **state)
{
	static char big[IPC_SIZE_MAX + 100];
	struct pair *p = *state;
	struct ipc_message m = { .kind = IPC_STOP };

	assert_int_equal(send(p->a, big, sizeof(big), 0), (ssize_t)sizeof(big));
	assert_int_equal(ipc_send(p->a, &m), 0);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), E_SYNTAX);
	assert_int_equal(ipc_recv(p->b, &p->buf, &p->got), 0);
	assert_int_equal(p->got.kind, IPC_STOP);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_check_arrives_as_it_was_sent),
		CASE(a_notification_arrives_as_it_was_sent),
		CASE(a_result_arrives_as_it_was_sent),
		CASE(the_longest_list_arrives_and_a_longer_one_is_refused),
		CASE(a_message_too_long_is_refused_and_the_longest_is_not),
		CASE(neither_end_waits_for_the_other),
		CASE(what_was_sent_before_the_end_is_read_before_the_end_is_told),
		CASE(every_truncation_is_refused),
		CASE(garbage_is_refused_or_harmless),
		CASE(a_message_longer_than_the_buffer_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
