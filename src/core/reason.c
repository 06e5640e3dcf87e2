#include "core/reason.h"

#include <string.h>

static const struct {
	const char *name, *text;
} reasons[] = {
#define X(id, name, text) [id] = { name, text },
	REASON_LIST(X)
#undef X
};

const char *reason_name(enum reason r)
{
	return reasons[r].name;
}

/* Writes what the placeholder at |p| stands for; returns the length of the placeholder, 0 for none.
 */
static size_t render_placeholder(struct text *t, const char *p, const struct why *w)
{
	if (strncmp(p, "{peer}", 6) == 0) {
		text_addr(t, &w->peer);
		return 6;
	}
	if (strncmp(p, "{ours}", 6) == 0) {
		text_u64(t, w->ours);
		return 6;
	}
	if (strncmp(p, "{theirs}", 8) == 0) {
		text_u64(t, w->theirs);
		return 8;
	}
	if (strncmp(p, "{time}", 6) == 0) {
		text_seconds(t, w->time_us);
		return 6;
	}
	if (strncmp(p, "{name}", 6) == 0) {
		text_str(t, w->name != NULL ? w->name : "-");
		return 6;
	}
	return 0;
}

void why_render(struct text *t, const struct why *w)
{
	const char *p = reasons[w->reason].text;

	while (*p != '\0') {
		size_t n = render_placeholder(t, p, w);

		if (n == 0)
			text_char(t, *p++);
		p += n;
	}
}
