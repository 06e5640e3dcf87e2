/* io/ipc.h - what engine and worker say to each other.
 *
 * One SOCK_SEQPACKET message is one struct ipc_message, flattened; both ends are the same binary,
 * so there is no version and no byte order to agree on. The engine sends what is to be run, the
 * worker sends what came of it. Neither end waits for the other: a send that would block is E_AGAIN
 * and the sender keeps the message. */
#ifndef IO_IPC_H
#define IO_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"
#include "base/time.h"

enum ipc_kind {
	/* engine -> worker */
	IPC_CHECK,  /* run this check from now on, first at once; |id| is its number */
	IPC_FORGET, /* run check |id| no more */
	IPC_NOTIFY, /* run this once, after all that was queued for |queue| before; |id| serial */
	IPC_STOP,   /* start no more checks; end when every notification has run */
	/* worker -> engine */
	IPC_PROBE,    /* a run of check |id| has ended */
	IPC_NOTIFIED, /* notification |id| has been run: outcome and code */
	IPC_LOG,      /* for the engine's journal */
	IPC_KIND_COUNT
};

enum { IPC_STRINGS_MAX = 64, IPC_SIZE_MAX = 65536 };

/* A command. argv and envp end with NULL, at most IPC_STRINGS_MAX each with it. argv[0] is the path
 * of the program. */
struct ipc_command {
	const char *const *argv;
	const char *const *envp;  /* added to the environment; NULL: nothing */
	const char *user, *group; /* NULL: script_user's default rule; NULL: the user's own group */
	usec_t timeout_us;        /* not 0 */
	bool security;            /* enable_script_security */
};

struct ipc_message {
	enum ipc_kind kind;
	uint32_t id;
	uint32_t queue;             /* NOTIFY: commands of one queue run in order, one at a time */
	usec_t interval_us;         /* CHECK, not 0 */
	struct ipc_command command; /* CHECK, NOTIFY */
	uint8_t outcome;            /* PROBE, NOTIFIED: enum probe_outcome of check/judge.h */
	int32_t code;
	usec_t duration_us;
	enum msg_level level; /* LOG */
	const char *text;     /* LOG; PROBE and NOTIFIED: detail for people, "" for none */
};

/* Room for one received message: the bytes and the string tables that point into them. */
struct ipc_buffer {
	char bytes[IPC_SIZE_MAX];
	const char *argv[IPC_STRINGS_MAX], *envp[IPC_STRINGS_MAX];
};

/* Sends |m| on |fd|, non-blocking. E_AGAIN: not now; E_RANGE: too long, or more strings than
 * IPC_STRINGS_MAX - 1; E_CLOSED; E_IO. */
int ipc_send(int fd, const struct ipc_message *m);
/* Receives one message, non-blocking; what |*ret| points to lives in |buf| until the next call.
 * E_AGAIN: none there; E_CLOSED: the other end is gone; E_SYNTAX: not a message of ours. */
int ipc_recv(int fd, struct ipc_buffer *buf, struct ipc_message *ret);

#endif
