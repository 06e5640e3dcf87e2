#include "conf/apply.h"

#include <string.h>

#include "base/err.h"
#include "conf/near.h"
#include "conf/number.h"

static struct setting *setting_of(void *draft, const struct key *key)
{
	return (struct setting *)(void *)((char *)draft + key->offset);
}

static void describe_seconds(struct text *t, const struct key *key)
{
	text_str(t, key->kind == KEY_SECONDS ? "whole seconds, " : "seconds, ");
	text_seconds(t, (usec_t)key->min);
	text_str(t, " to ");
	text_seconds(t, (usec_t)key->max);
}

void apply_describe(struct text *t, const struct key *key)
{
	switch (key->kind) {
	case KEY_SECONDS:
	case KEY_TIME:
		describe_seconds(t, key);
		return;
	case KEY_CHOICE:
		text_fmt(t, "one of %s", key->choices);
		return;
	case KEY_SWITCH:
		text_str(t, "on or off");
		return;
	case KEY_LINK:
		text_str(t, "the name of an interface");
		return;
	case KEY_FLAG:
		text_str(t, "nothing");
		return;
	case KEY_NUMBER:
	case KEY_OWN:
		if (key->max > 0) {
			text_fmt(t, "a number, %lld to %lld", (long long)key->min,
				 (long long)key->max);
			return;
		}
		break;
	case KEY_TEXT:
	case KEY_BLOCK:
	case KEY_LATER:
	case KEY_SKIP:
	case KEY_SKIP_LVS:
	case KEY_KINDS:
		break;
	}
	text_str(t, key->doc);
}

void apply_no_more(struct reader *r, const struct statement *s, uint32_t from, const char *takes)
{
	if (s->count <= from)
		return;
	complain(&r->complaints, D_EXTRA, &s->words[from], "'%s' is a word too many: '%s' takes %s",
		 shown(&s->words[from]).s, shown(&s->words[0]).s, takes);
}

void apply_alone(struct reader *r, const struct statement *s)
{
	if (s->count > 1)
		complain(&r->complaints, D_IGNORED, &s->words[1],
			 "'%s' is ignored: '%s' stands alone and is set whatever follows it",
			 shown(&s->words[1]).s, shown(&s->words[0]).s);
}

const struct word *apply_name(struct reader *r, const struct key *key, const struct statement *s)
{
	if (s->count < 2 || s->words[1].len == 0) {
		complain(&r->complaints, D_NO_NAME, &s->words[0],
			 "'%s' needs a name: %s NAME { ... }", key->name, key->name);
		return NULL;
	}
	apply_no_more(r, s, 2, "one name");
	return &s->words[1];
}

const struct word *apply_value(struct reader *r, const struct key *key, const struct statement *s)
{
	char buf[160];
	struct text value = TEXT(buf);

	if (s->count == 2)
		return &s->words[1];
	if (s->count > 2) {
		apply_no_more(r, s, 2, "one value");
		return NULL;
	}
	apply_describe(&value, key);
	complain(&r->complaints, D_NO_VALUE, &s->words[0], "'%s' needs its value: %s", key->name,
		 buf);
	return NULL;
}

void apply_again(struct reader *r, const struct setting *old, const struct statement *s)
{
	if (old->at != NULL)
		complain(&r->complaints, D_AGAIN, &s->words[0],
			 "'%s' has been given in line %u already; the later one counts",
			 shown(&s->words[0]).s, old->at->line);
}

static void complain_number(struct reader *r, const struct key *key, const struct word *w,
			    enum diag_id id, const char *what)
{
	char buf[160];
	struct text range = TEXT(buf);

	apply_describe(&range, key);
	complain(&r->complaints, id, w, "'%s' is %s: '%s' takes %s", shown(w).s, what, key->name,
		 buf);
}

bool apply_number(struct reader *r, const struct key *key, const struct word *w,
		  struct setting *ret)
{
	int64_t unit = key->kind == KEY_SECONDS ? (int64_t)USEC_PER_SEC : 1, v = 0;
	int err = key->kind == KEY_TIME ? seconds_parse(w->s, &v) : number_parse(w->s, &v);

	*ret = (struct setting){ .at = w, .bad = true };
	if (err == E_SYNTAX && seconds_parse(w->s, &v) == 0)
		complain_number(r, key, w, D_RANGE, "not whole");
	else if (err == E_SYNTAX)
		complain_number(r, key, w, D_NUMBER, "not a number");
	else if (err < 0 || v < key->min / unit || v > key->max / unit)
		complain_number(r, key, w, D_RANGE, "out of range");
	else
		*ret = (struct setting){ .v = v * unit, .at = w };
	return !ret->bad;
}

bool apply_link(struct reader *r, const struct word *w, struct setting *ret)
{
	bool good = w->len > 0 && w->len <= 15 && strcmp(w->s, ".") != 0 && strcmp(w->s, "..") != 0;

	for (const char *p = w->s; *p != '\0'; p++)
		good = good && (unsigned char)*p > ' ' && *p != '/' && *p != ':' && *p != 0x7f;
	if (!good)
		complain(&r->complaints, D_LINK_NAME, w,
			 "'%s' cannot be the name of an interface: 1 to 15 characters without "
			 "blanks, '/' and ':'",
			 shown(w).s);
	*ret = (struct setting){ .at = w, .bad = !good };
	return good;
}

/* One function a kind. */

static void apply_flag(struct reader *r, void *draft, const struct key *key,
		       const struct statement *s)
{
	struct setting *to = setting_of(draft, key);

	apply_alone(r, s);
	*to = (struct setting){ .v = 1, .at = &s->words[0] };
}

static void apply_switch(struct reader *r, void *draft, const struct key *key,
			 const struct statement *s)
{
	static const struct name words[] = { { "on", 1 },  { "true", 1 },  { "yes", 1 },
					     { "off", 0 }, { "false", 0 }, { "no", 0 } };
	struct setting *to = setting_of(draft, key);

	apply_again(r, to, s);
	*to = (struct setting){ .v = 1, .at = &s->words[0] };
	if (s->count == 1)
		return;
	if (s->count > 2) {
		apply_no_more(r, s, 2, "on or off");
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].s, s->words[1].s) == 0) {
			to->v = words[i].value;
			return;
		}
	complain(&r->complaints, D_CHOICE, &s->words[1],
		 "'%s' is neither on nor off: '%s' takes on, off, true, false, yes or no, in small "
		 "letters",
		 shown(&s->words[1]).s, key->name);
}

static void apply_ranged(struct reader *r, void *draft, const struct key *key,
			 const struct statement *s)
{
	struct setting *to = setting_of(draft, key);
	const struct word *w = apply_value(r, key, s);

	apply_again(r, to, s);
	*to = (struct setting){ .at = &s->words[0], .bad = true };
	if (w != NULL)
		(void)apply_number(r, key, w, to);
}

static void apply_text(struct reader *r, void *draft, const struct key *key,
		       const struct statement *s)
{
	struct setting *to = setting_of(draft, key);
	const struct word *w = apply_value(r, key, s);

	apply_again(r, to, s);
	*to = (struct setting){ .at = w != NULL ? w : &s->words[0], .bad = w == NULL };
}

/* The place of |word| in the list |choices|, or -1. */
static int choice(const char *choices, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0; *choices != '\0'; i++) {
		size_t n = strcspn(choices, " ");

		if (n == len && memcmp(choices, word, n) == 0)
			return i;
		choices += n + (choices[n] == ' ');
	}
	return -1;
}

static void apply_choice(struct reader *r, void *draft, const struct key *key,
			 const struct statement *s)
{
	struct setting *to = setting_of(draft, key);
	const struct word *w = apply_value(r, key, s);
	int i = w != NULL ? choice(key->choices, w->s) : 0;

	apply_again(r, to, s);
	*to = (struct setting){ .v = i,
				.at = w != NULL ? w : &s->words[0],
				.bad = w == NULL || i < 0 };
	if (w != NULL && i < 0)
		complain(&r->complaints, D_CHOICE, w, "'%s' takes one of %s, not '%s'", key->name,
			 key->choices, shown(w).s);
}

static void apply_link_name(struct reader *r, void *draft, const struct key *key,
			    const struct statement *s)
{
	struct setting *to = setting_of(draft, key);
	const struct word *w = apply_value(r, key, s);

	apply_again(r, to, s);
	*to = (struct setting){ .at = &s->words[0], .bad = true };
	if (w != NULL)
		(void)apply_link(r, w, to);
}

static void apply_own(struct reader *r, void *draft, const struct key *key,
		      const struct statement *s)
{
	key->read(r, draft, key, s);
}

static void apply_later(struct reader *r, void *draft, const struct key *key,
			const struct statement *s)
{
	(void)draft;
	complain(&r->complaints, D_LATER, &s->words[0],
		 "'%s' is a keyword of keepalived that buoy does not have yet", key->name);
}

static void apply_skip(struct reader *r, void *draft, const struct key *key,
		       const struct statement *s)
{
	(void)draft;
	if (key->kind == KEY_SKIP_LVS)
		r->draft.lvs = true;
	if (r->skipped)
		return;
	r->skipped = true;
	complain(&r->complaints, D_SKIPPED, &s->words[0],
		 "'%s' is skipped, like all that is about LVS, health checkers, SNMP or D-Bus: "
		 "buoy has no part of these",
		 key->name);
}

static void (*const apply_kind[KEY_KINDS])(struct reader *, void *, const struct key *,
					   const struct statement *) = {
	[KEY_FLAG] = apply_flag,      [KEY_SWITCH] = apply_switch,  [KEY_NUMBER] = apply_ranged,
	[KEY_SECONDS] = apply_ranged, [KEY_TIME] = apply_ranged,    [KEY_TEXT] = apply_text,
	[KEY_CHOICE] = apply_choice,  [KEY_LINK] = apply_link_name, [KEY_OWN] = apply_own,
	[KEY_BLOCK] = apply_own,      [KEY_LATER] = apply_later,    [KEY_SKIP] = apply_skip,
	[KEY_SKIP_LVS] = apply_skip,
};

/* "in vrrp_instance" */
static struct shown place_of(enum key_block block)
{
	const char *name = key_table(block)->block;
	struct shown r = { .s = "outside all blocks" };
	struct text t = TEXT(r.s);

	if (name != NULL)
		text_fmt(&t, "in %s", name);
	return r;
}

/* "of vrrp_instance" */
static struct shown owner_of(enum key_block block)
{
	const char *name = key_table(block)->block;
	struct shown r = { .s = "that stands outside all blocks" };
	struct text t = TEXT(r.s);

	if (name != NULL)
		text_fmt(&t, "of %s", name);
	return r;
}

static void unknown(struct reader *r, enum key_block block, const struct word *w)
{
	struct near near = NEAR(w->s);
	const struct key_table *t = key_table(block);

	if (strncmp(w->s, "\xc2\xa0", 2) == 0) {
		complain(&r->complaints, D_UNKNOWN, w,
			 "'%s' begins with a no-break space, which is a letter here: use a blank",
			 shown(w).s);
		return;
	}
	for (enum key_block b = KEYS_ROOT; b < KEYS_BLOCKS; b++)
		if (keys_find(r, b, w->s) != NULL) {
			complain(&r->complaints, D_UNKNOWN, w, "'%s' belongs %s, not %s", w->s,
				 place_of(b).s, place_of(block).s);
			return;
		}
	for (size_t i = 0; i < t->count; i++)
		near_offer(&near, t->keys[i].name);
	if (near.best != NULL)
		complain(&r->complaints, D_UNKNOWN, w,
			 "'%s' is not a keyword %s; did you mean '%s'?", shown(w).s,
			 owner_of(block).s, near.best);
	else
		complain(&r->complaints, D_UNKNOWN, w, "'%s' is not a keyword %s", shown(w).s,
			 owner_of(block).s);
}

static bool braces_fit(struct reader *r, const struct key *key, const struct statement *s)
{
	bool wanted = key->kind == KEY_BLOCK;

	if (wanted == s->block || key->kind == KEY_LATER || key->kind == KEY_SKIP ||
	    key->kind == KEY_SKIP_LVS)
		return true;
	if (wanted)
		complain(&r->complaints, D_NO_BLOCK, &s->words[0], "'%s' needs a block: %s { ... }",
			 key->name, key->name);
	else
		complain(&r->complaints, D_BLOCK, &s->words[0],
			 s->count > 2 ? "'%s' takes no block in braces; every keyword stands on a "
					"line of its own"
				      : "'%s' takes no block in braces",
			 key->name);
	return false;
}

bool apply_block(struct reader *r, enum key_block block, void *draft, const struct statement *first)
{
	uint32_t errors = r->complaints.errors;
	bool broken = false;

	for (const struct statement *s = first; s != NULL && !r->complaints.stop; s = s->next) {
		const struct key *key = keys_find(r, block, s->words[0].s);

		broken = broken || s->broken || s->hurt;
		if (s->broken)
			continue;
		if (key == NULL) {
			unknown(r, block, &s->words[0]);
			continue;
		}
		if (key->mail && r->draft.mail == NULL) {
			r->draft.mail = &s->words[0];
			complain(&r->complaints, D_MAIL, &s->words[0],
				 "'%s' and all else about mail is kept, but this version sends no "
				 "mail",
				 key->name);
		}
		if (braces_fit(r, key, s))
			apply_kind[key->kind](r, draft, key, s);
	}
	return !broken && errors == r->complaints.errors;
}
