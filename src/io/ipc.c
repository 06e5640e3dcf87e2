#include "io/ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/err.h"

/* What stands before the strings. No padding: every byte of it is written. The strings follow,
 * each with its NUL, in the order of gather(). */
struct head {
	uint64_t interval_us, timeout_us, duration_us;
	uint32_t size; /* of the whole message */
	uint32_t kind, id, queue;
	uint32_t argc, envc;
	uint32_t flags;
	int32_t code;
	uint32_t outcome, level;
};

enum { HAS_USER = 1, HAS_GROUP = 2, SECURITY = 4, FLAGS_ALL = 7 };
enum { STRINGS_ALL = 2 * IPC_STRINGS_MAX + 3 }; /* argv, envp, user, group, text */

static uint32_t count_strings(const char *const *list)
{
	uint32_t n = 0;

	while (list != NULL && list[n] != NULL && n < IPC_STRINGS_MAX)
		n++;
	return n;
}

static struct iovec vec(const void *p, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)p, .iov_len = len };
}

/* The strings of |m| as |h| counts them, into |v|. Returns how many. */
static size_t gather(const struct ipc_message *m, const struct head *h, struct iovec *v)
{
	size_t n = 0;
	const char *text = m->text != NULL ? m->text : "";

	for (uint32_t i = 0; i < h->argc; i++)
		v[n++] = vec(m->command.argv[i], strlen(m->command.argv[i]) + 1);
	for (uint32_t i = 0; i < h->envc; i++)
		v[n++] = vec(m->command.envp[i], strlen(m->command.envp[i]) + 1);
	if (h->flags & HAS_USER)
		v[n++] = vec(m->command.user, strlen(m->command.user) + 1);
	if (h->flags & HAS_GROUP)
		v[n++] = vec(m->command.group, strlen(m->command.group) + 1);
	v[n++] = vec(text, strlen(text) + 1);
	return n;
}

static int send_error(void)
{
	switch (errno) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return E_AGAIN;
	case EMSGSIZE:
		return E_RANGE;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return E_CLOSED;
	default:
		return E_IO;
	}
}

int ipc_send(int fd, const struct ipc_message *m)
{
	struct iovec v[STRINGS_ALL + 1];
	size_t n, size = 0;
	ssize_t sent;
	struct head h = {
		.interval_us = m->interval_us,
		.timeout_us = m->command.timeout_us,
		.duration_us = m->duration_us,
		.kind = (uint32_t)m->kind,
		.id = m->id,
		.queue = m->queue,
		.argc = count_strings(m->command.argv),
		.envc = count_strings(m->command.envp),
		.flags = (m->command.user != NULL ? HAS_USER : 0u) |
			 (m->command.group != NULL ? HAS_GROUP : 0u) |
			 (m->command.security ? SECURITY : 0u),
		.code = m->code,
		.outcome = m->outcome,
		.level = (uint32_t)m->level,
	};

	if (h.argc >= IPC_STRINGS_MAX || h.envc >= IPC_STRINGS_MAX)
		return E_RANGE;
	v[0] = vec(&h, sizeof(h));
	n = 1 + gather(m, &h, v + 1);
	for (size_t i = 0; i < n; i++)
		size += v[i].iov_len;
	if (size > IPC_SIZE_MAX)
		return E_RANGE;
	h.size = (uint32_t)size;
	do {
		sent = sendmsg(fd, &(struct msghdr){ .msg_iov = v, .msg_iovlen = n },
			       MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? send_error() : 0;
}

/* The strings of a received message, taken off one by one. */
struct strings {
	const char *p;
	size_t left;
	bool bad; /* one was asked for that is not there */
};

static const char *take(struct strings *s)
{
	const char *p = s->p;
	const char *nul = s->left > 0 ? memchr(p, '\0', s->left) : NULL;

	if (nul == NULL) {
		s->bad = true;
		return NULL;
	}
	s->left -= (size_t)(nul - p) + 1;
	s->p = nul + 1;
	return p;
}

static const char *const *take_list(struct strings *s, uint32_t count, const char **list)
{
	for (uint32_t i = 0; i < count; i++)
		list[i] = take(s);
	list[count] = NULL;
	return count > 0 ? list : NULL;
}

/* Whether |h| can head a message of |size| bytes: only commands have arguments and a timeout, only
 * checks an interval, and none of these is 0. */
static bool head_sound(const struct head *h, size_t size)
{
	bool runs = h->kind == IPC_CHECK || h->kind == IPC_NOTIFY;

	return h->size == size && h->kind < IPC_KIND_COUNT && (h->argc > 0) == runs &&
	       h->argc < IPC_STRINGS_MAX && h->envc < IPC_STRINGS_MAX &&
	       (h->flags & ~(uint32_t)FLAGS_ALL) == 0 && h->outcome <= UINT8_MAX &&
	       h->level <= MSG_DEBUG && (h->timeout_us > 0) == runs &&
	       (h->interval_us > 0) == (h->kind == IPC_CHECK);
}

static int parse(struct ipc_buffer *buf, size_t size, struct ipc_message *ret)
{
	struct head h;
	struct strings s;
	struct ipc_message m;

	if (size < sizeof(h))
		return E_SYNTAX;
	memcpy(&h, buf->bytes, sizeof(h));
	s = (struct strings){ .p = buf->bytes + sizeof(h), .left = size - sizeof(h) };
	if (!head_sound(&h, size))
		return E_SYNTAX;
	m = (struct ipc_message){
		.kind = (enum ipc_kind)h.kind,
		.id = h.id,
		.queue = h.queue,
		.interval_us = h.interval_us,
		.command = { .timeout_us = h.timeout_us, .security = (h.flags & SECURITY) != 0 },
		.outcome = (uint8_t)h.outcome,
		.code = h.code,
		.duration_us = h.duration_us,
		.level = (enum msg_level)h.level,
	};
	m.command.argv = take_list(&s, h.argc, buf->argv);
	m.command.envp = take_list(&s, h.envc, buf->envp);
	if (h.flags & HAS_USER)
		m.command.user = take(&s);
	if (h.flags & HAS_GROUP)
		m.command.group = take(&s);
	m.text = take(&s);
	if (s.bad || s.left > 0)
		return E_SYNTAX;
	*ret = m;
	return 0;
}

int ipc_recv(int fd, struct ipc_buffer *buf, struct ipc_message *ret)
{
	struct iovec v = { .iov_base = buf->bytes, .iov_len = sizeof(buf->bytes) };
	struct msghdr hdr = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t n;

	/* A peer that closed with unread messages of ours leaves ECONNRESET once, in front of what
	 * it had still sent; reading goes on until there is nothing. */
	do {
		n = recvmsg(fd, &hdr, MSG_DONTWAIT);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == EAGAIN ? E_AGAIN : E_IO;
	if (n == 0)
		return E_CLOSED;
	if (hdr.msg_flags & MSG_TRUNC)
		return E_SYNTAX;
	return parse(buf, (size_t)n, ret);
}
