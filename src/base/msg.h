/* base/msg.h - the catalogue of everything buoy says about itself.
 *
 * Pure code does not log: it names a message and its arguments, and an edge renders them. So a
 * trace can be compared word for word, and every message has an entry an operator can look up.
 * The entries stand in msg.def. */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include "base/addr.h"
#include "base/text.h"
#include "base/time.h"

enum msg_level { MSG_ERR, MSG_WARNING, MSG_NOTICE, MSG_INFO, MSG_DEBUG };

/* Whose matter it is. */
enum msg_class {
	MSG_EVENT,  /* what the protocol meant to happen */
	MSG_LOCAL,  /* this host: an interface, the kernel, a script */
	MSG_REMOTE, /* somebody else's packet */
	MSG_AUTH,   /* somebody without the right key */
	MSG_BUG,    /* ours */
};

enum msg_id {
#define MSG(id, level, class, text) id,
#include "base/msg.def"
#undef MSG
	MSG_COUNT
};

enum msg_arg_kind { MSG_ARG_NONE, MSG_ARG_NUMBER, MSG_ARG_STRING, MSG_ARG_ADDR, MSG_ARG_SECONDS };

struct msg_arg {
	enum msg_arg_kind kind;
	union {
		int64_t number;
		const char *string; /* borrowed: a literal or from the configuration */
		struct addr addr;
		usec_t seconds;
	};
};

enum { MSG_ARGS_MAX = 4 };

struct msg {
	enum msg_id id;
	struct msg_arg args[MSG_ARGS_MAX];
};

#define MSG_N(v)   ((struct msg_arg){ .kind = MSG_ARG_NUMBER, .number = (int64_t)(v) })
#define MSG_S(v)   ((struct msg_arg){ .kind = MSG_ARG_STRING, .string = (v) })
#define MSG_A(v)   ((struct msg_arg){ .kind = MSG_ARG_ADDR, .addr = (v) })
#define MSG_SEC(v) ((struct msg_arg){ .kind = MSG_ARG_SECONDS, .seconds = (v) })

enum msg_level msg_level(enum msg_id);
enum msg_class msg_class(enum msg_id);
/* "MSG_ENTER" for MSG_ENTER. */
const char *msg_name(enum msg_id);
/* Writes the text of |m|: each {} of the entry is the next argument. */
void msg_render(struct text *, const struct msg *m);

#endif
