#include "conf/apply.h"

#include <string.h>

#include "conf/number.h"

/* track_interface { IF [weight N [reverse]] }
 * track_script, track_file { NAME [weight N [reverse|noreverse]] } */

/* -254 and 254 are one more than there is: keepalived takes them for 253, and so do we. */
static void take_weight(struct reader *r, struct draft_track *t, const struct word *w)
{
	static const struct key key = { "weight", KEY_NUMBER, .min = -253, .max = 253 };
	int64_t v;

	if (number_parse(w->s, &v) < 0 || (v != 254 && v != -254)) {
		(void)apply_number(r, &key, w, &t->weight);
		return;
	}
	t->weight = (struct setting){ .v = v > 0 ? 253 : -253, .at = w };
	complain(&r->complaints, D_WEIGHT, w, "weight %s is one too many and taken for %d",
		 shown(w).s, (int)t->weight.v);
}

/* Of a file it is a factor, and any of these is good. */
static void take_factor(struct reader *r, struct draft_track *t, const struct word *w)
{
	static const struct key key = { "weight", KEY_NUMBER, .min = -254, .max = 254 };

	(void)apply_number(r, &key, w, &t->weight);
}

static bool read_entry(struct reader *r, struct draft_track *t, const struct statement *s,
		       bool link, bool file)
{
	const char *takes = link ? "an interface and 'weight N [reverse]'"
				 : "a name and 'weight N [reverse|noreverse]'";
	uint32_t errors = r->complaints.errors;
	const struct word *w = s->words;

	t->name = &w[0];
	if (s->count == 1)
		return true;
	if (strcmp(w[1].s, "weight") != 0) {
		complain(&r->complaints, D_UNKNOWN, &w[1],
			 "'%s' does not belong here: an entry takes %s, and every entry stands on "
			 "its own line",
			 shown(&w[1]).s, takes);
		return false;
	}
	if (s->count == 2) {
		complain(&r->complaints, D_NO_VALUE, &w[1],
			 "'weight' needs its value: a number, %s",
			 file ? "-254 to 254" : "-253 to 253");
		return false;
	}
	if (file)
		take_factor(r, t, &w[2]);
	else
		take_weight(r, t, &w[2]);
	if (s->count == 3)
		return errors == r->complaints.errors;
	if (strcmp(w[3].s, "reverse") == 0 || (!link && strcmp(w[3].s, "noreverse") == 0))
		t->reverse = (struct setting){ .v = w[3].s[0] == 'r', .at = &w[3] };
	else
		complain(&r->complaints, D_CHOICE, &w[3],
			 "'%s' does not belong here: an entry takes %s", shown(&w[3]).s, takes);
	apply_no_more(r, s, 4, takes);
	return errors == r->complaints.errors;
}

void read_track(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_tracks *list = (struct draft_tracks *)(void *)((char *)draft + key->offset);
	bool is_link = strcmp(key->name, "track_interface") == 0;
	bool is_file = strcmp(key->name, "track_file") == 0;
	struct setting link = { 0 };

	apply_no_more(r, s, 1, "no name");
	for (s = s->first; s != NULL && !r->complaints.stop; s = s->next) {
		struct draft_track *t;

		if (s->broken)
			continue;
		if (s->block) {
			complain(&r->complaints, D_BLOCK, &s->words[0],
				 "an entry of '%s' takes no block in braces", key->name);
			continue;
		}
		t = complaints_need(&r->complaints, arena_new(r->arena, struct draft_track));
		if (t == NULL)
			return;
		if (!read_entry(r, t, s, is_link, is_file) ||
		    (is_link && !apply_link(r, t->name, &link)))
			continue;
		if (list->last != NULL)
			list->last->next = t;
		else
			list->first = t;
		list->last = t;
		list->count++;
	}
}
