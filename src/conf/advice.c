#include "conf/advice.h"

#include <string.h>

#include "base/text.h"
#include "conf/expand.h"
#include "conf/names.h"

enum { SCRIPT_BYTES = 64 * 1024, SCRIPTS_MAX = 100 };

/* ---- checks -------------------------------------------------------------------------------- */

static void advise_check(struct reader *r, const struct draft_check *d, const struct check_conf *c)
{
	usec_t run = (c->timeout_us + c->interval_us - 1) / c->interval_us * c->interval_us;
	char buf[64];
	struct text t = TEXT(buf);

	if (d->timeout.at == NULL || c->timeout_us <= c->interval_us)
		return;
	text_seconds(&t, (usec_t)c->fall * run);
	complain(&r->complaints, D_SLOW_CHECK, d->timeout.at,
		 "a run of '%s' that hangs blocks the next ones until its timeout: a database that "
		 "hangs is noticed after %s s only (fall %u); make the timeout shorter than the "
		 "interval",
		 shown(d->name).s, buf, c->fall);
}

/* ---- instances ----------------------------------------------------------------------------- */

/* The first check of |i| that moves the priority only, or that may be a fault; NULL: none does. */
static const struct track_conf *find_check(const struct instance_conf *i, bool weighted)
{
	for (uint16_t n = 0; n < i->check_count; n++)
		if ((i->checks[n].weight != 0 && !i->checks[n].scaled) == weighted)
			return &i->checks[n];
	return NULL;
}

static void advise_nopreempt(struct reader *r, const struct model *m,
			     const struct draft_instance *d, const struct instance_conf *i)
{
	const struct track_conf *t = find_check(i, true);

	if (i->preempt || t == NULL || d->nopreempt.at == NULL)
		return;
	complain(&r->complaints, D_NEVER_MOVES, d->nopreempt.at,
		 "when '%s' fails the priority becomes lower, but with 'nopreempt' no other node "
		 "takes over from a MASTER that is alive: the address stays; leave the weight away "
		 "(then a failure means FAULT and the address moves) or drop 'nopreempt'",
		 shown_text(m->node.checks[t->index]).s);
}

static void advise_notify_fault(struct reader *r, const struct model *m,
				const struct draft_instance *d, const struct instance_conf *i)
{
	const struct draft_command *c = &d->scripts[NOTIFY_SCRIPT_FAULT];
	const struct track_conf *t = find_check(i, true);

	if (c->at == NULL || t == NULL || find_check(i, false) != NULL)
		return;
	complain(&r->complaints, D_NEVER_FAULT, c->at,
		 "this does not run when '%s' fails: a check with a weight lowers the priority and "
		 "leads to BACKUP, never to FAULT%s",
		 shown_text(m->node.checks[t->index]).s,
		 i->track_primary ? "; it runs when the interface goes down" : "");
}

/* ---- scripts ------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* Whether "name() {" stands in the line: what follows reads arguments of its own. */
static bool begins_function(const char *p, const char *eol)
{
	while (p < eol && (*p == ' ' || *p == '\t'))
		p++;
	if (eol - p > 9 && memcmp(p, "function ", 9) == 0)
		return true;
	while (p < eol && is_letter(*p))
		p++;
	while (p < eol && *p == ' ')
		p++;
	return eol - p >= 2 && p[0] == '(' && p[1] == ')';
}

/* Whether $1 or ${1} stands in the line outside a comment; "${1:-x}" does without one. */
static bool reads_first(const char *p, const char *eol)
{
	for (; p + 1 < eol && *p != '#'; p++) {
		if (*p == '\\' || (*p == '$' && p[1] == '$')) {
			p++;
			continue;
		}
		if (*p != '$')
			continue;
		if (p[1] == '1' && (p + 2 == eol || !(p[2] >= '0' && p[2] <= '9')))
			return true;
		if (eol - p > 3 && p[1] == '{' && p[2] == '1' && p[3] == '}')
			return true;
	}
	return false;
}

/* The line of a shell script at which it reads $1 outside functions; 0: nowhere. */
static unsigned line_reading_first(struct bytes script)
{
	const char *p = (const char *)script.p, *end = p + script.len;
	bool inside = false;

	if (script.len < 2 || memcmp(p, "#!", 2) != 0)
		return 0;
	for (unsigned line = 1; p < end; line++) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		eol = eol != NULL ? eol : end;
		if (p < eol && *p == '}')
			inside = false;
		else if (begins_function(p, eol))
			inside = memchr(p, '}', (size_t)(eol - p)) == NULL;
		else if (!inside && reads_first(p, eol))
			return line;
		p = eol + 1;
	}
	return 0;
}

static void advise_script(struct reader *r, struct names *seen, const struct draft_command *c)
{
	struct bytes script;
	unsigned line;

	if (c->argv == NULL || c->argv[1] != NULL || c->argv[0][0] != '/')
		return;
	if (names_put(seen, c->argv[0], 0) < 0 || seen->count > SCRIPTS_MAX ||
	    r->host->read(r->host->ctx, c->argv[0], r->arena, &script) < 0 ||
	    script.len > SCRIPT_BYTES)
		return;
	line = line_reading_first(script);
	if (line > 0)
		complain(&r->complaints, D_NO_ARGUMENT, c->at,
			 "the script reads $1 in its line %u, but gets no argument here: only "
			 "'notify' appends some; write \"%s MASTER\" or what it wants",
			 line, shown_text(c->argv[0]).s);
}

/* ---- secrets ------------------------------------------------------------------------------- */

static void advise_secret(struct reader *r, struct names *seen, const struct word *secret)
{
	const char *path;

	if (secret == NULL || r->host->exposed == NULL)
		return;
	path = secret->source->name;
	if (secret->from != NULL && secret->from->source != NULL)
		path = secret->from->source->name;
	if (names_put(seen, path, 0) < 0 || !r->host->exposed(r->host->ctx, path))
		return;
	complain(&r->complaints, D_EXPOSED, secret,
		 "every user of this host may read this password: chmod 600 %s",
		 shown_text(path).s);
}

void advise(struct reader *r, const struct model *m)
{
	const struct draft_check *c = r->draft.checks;
	struct names scripts, files;

	if (names_init(&scripts, r->arena, 16) < 0 || names_init(&files, r->arena, 16) < 0) {
		(void)complaints_need(&r->complaints, NULL);
		return;
	}
	for (uint16_t i = 0; i < m->tracked[TRACKED_SCRIPT] && c != NULL; i++, c = c->next)
		advise_check(r, c, &m->checks[i]);
	for (uint32_t i = 0; i < m->node.instance_count && !r->complaints.stop; i++) {
		const struct draft_instance *d = m->drafts[i];

		advise_nopreempt(r, m, d, &m->node.instances[i]);
		advise_notify_fault(r, m, d, &m->node.instances[i]);
		advise_secret(r, &files, d->auth_pass.at);
		for (size_t n = 0; n < NOTIFY_SCRIPT_COUNT; n++)
			if (n != NOTIFY_SCRIPT_ALL)
				advise_script(r, &scripts, &d->scripts[n]);
	}
}
