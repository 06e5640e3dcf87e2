#include "conf/apply.h"

#include <string.h>

/* track_file NAME { file PATH; weight N [reverse]; init_file [N] [overwrite] } */

void read_track_file(struct reader *r, void *draft, const struct key *key,
		     const struct statement *s)
{
	struct draft_file *f = complaints_need(&r->complaints,
					       arena_new(r->arena, struct draft_file));

	(void)draft;
	if (f == NULL)
		return;
	f->name = apply_name(r, key, s);
	f->faulty = !apply_block(r, KEYS_FILE, f, s->first);
	if (f->name == NULL)
		return;
	if (r->draft.last_file != NULL)
		r->draft.last_file->next = f;
	else
		r->draft.files = f;
	r->draft.last_file = f;
	r->draft.file_count++;
}

void read_init_file(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_file *f = draft;
	uint32_t i = 1;

	apply_again(r, &f->init, s);
	f->init = (struct setting){ .at = &s->words[0] };
	if (i < s->count && strcmp(s->words[i].s, "overwrite") != 0 &&
	    !apply_number(r, key, &s->words[i++], &f->init))
		return;
	if (i < s->count && strcmp(s->words[i].s, "overwrite") == 0) {
		f->overwrite = (struct setting){ .v = 1, .at = &s->words[i] };
		i++;
	}
	apply_no_more(r, s, i, "a number and 'overwrite'");
}
