#include "base/msg.h"

static const struct {
	const char *name, *text;
	enum msg_level level;
	enum msg_class class;
} catalogue[] = {
#define MSG(id, level, class, text) [id] = { #id, text, level, class },
#include "base/msg.def"
#undef MSG
};

enum msg_level msg_level(enum msg_id id)
{
	return catalogue[id].level;
}

enum msg_class msg_class(enum msg_id id)
{
	return catalogue[id].class;
}

const char *msg_name(enum msg_id id)
{
	return catalogue[id].name;
}

static void render_arg(struct text *t, const struct msg_arg *a)
{
	switch (a->kind) {
	case MSG_ARG_NONE:
		text_char(t, '?');
		return;
	case MSG_ARG_NUMBER:
		text_i64(t, a->number);
		return;
	case MSG_ARG_STRING:
		text_str(t, a->string);
		return;
	case MSG_ARG_ADDR:
		text_addr(t, &a->addr);
		return;
	case MSG_ARG_SECONDS:
		text_seconds(t, a->seconds);
		return;
	}
}

void msg_render(struct text *t, const struct msg *m)
{
	unsigned next = 0;

	for (const char *f = catalogue[m->id].text; *f != '\0'; f++) {
		if (f[0] == '{' && f[1] == '}' && next < MSG_ARGS_MAX) {
			render_arg(t, &m->args[next++]);
			f++;
		} else {
			text_char(t, *f);
		}
	}
}
