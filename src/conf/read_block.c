#include "conf/apply.h"

#include <string.h>

/* The blocks at the top of a file, and those keywords that are a little more than a number. */

static struct setting *setting_of(void *draft, const struct key *key)
{
	return (struct setting *)(void *)((char *)draft + key->offset);
}

void read_nothing(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	(void)r, (void)draft, (void)key, (void)s;
}

void read_global_defs(struct reader *r, void *draft, const struct key *key,
		      const struct statement *s)
{
	(void)draft;
	(void)key;
	apply_no_more(r, s, 1, "no name");
	(void)apply_block(r, KEYS_GLOBAL, &r->draft.global, s->first);
}

void read_vrrp_script(struct reader *r, void *draft, const struct key *key,
		      const struct statement *s)
{
	struct draft_check *c = complaints_need(&r->complaints,
						arena_new(r->arena, struct draft_check));

	(void)draft;
	if (c == NULL)
		return;
	c->name = apply_name(r, key, s);
	c->faulty = !apply_block(r, KEYS_SCRIPT, c, s->first);
	if (c->name == NULL)
		return;
	if (r->draft.last_check != NULL)
		r->draft.last_check->next = c;
	else
		r->draft.checks = c;
	r->draft.last_check = c;
	r->draft.check_count++;
}

void read_vrrp_instance(struct reader *r, void *draft, const struct key *key,
			const struct statement *s)
{
	struct draft_instance *i = complaints_need(&r->complaints,
						   arena_new(r->arena, struct draft_instance));

	(void)draft;
	if (i == NULL)
		return;
	i->name = apply_name(r, key, s);
	i->faulty = !apply_block(r, KEYS_INSTANCE, i, s->first);
	if (i->name == NULL)
		return;
	if (r->draft.last_instance != NULL)
		r->draft.last_instance->next = i;
	else
		r->draft.instances = i;
	r->draft.last_instance = i;
	r->draft.instance_count++;
}

void read_authentication(struct reader *r, void *draft, const struct key *key,
			 const struct statement *s)
{
	*setting_of(draft, key) = (struct setting){ .v = 1, .at = &s->words[0] };
	apply_no_more(r, s, 1, "no name");
	(void)apply_block(r, KEYS_AUTH, draft, s->first);
}

void read_preempt(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	apply_alone(r, s);
	*setting_of(draft, key) = (struct setting){ .at = &s->words[0] };
}

void read_debug(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	const struct word *w = apply_value(r, key, s);

	if (w != NULL && apply_number(r, key, w, setting_of(draft, key)))
		complain(&r->complaints, D_NO_EFFECT, &s->words[0],
			 "'debug' has no effect in buoy");
}

void read_weight(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_weight *to = (struct draft_weight *)(void *)((char *)draft + key->offset);

	apply_again(r, &to->number, s);
	to->number.at = &s->words[0];
	if (s->count < 2) {
		(void)apply_value(r, key, s);
		return;
	}
	if (!apply_number(r, key, &s->words[1], &to->number) || s->count < 3)
		return;
	if (strcmp(s->words[2].s, "reverse") != 0) {
		complain(&r->complaints, D_CHOICE, &s->words[2],
			 "'%s' is not an option of 'weight', which takes a number and 'reverse'",
			 shown(&s->words[2]).s);
		return;
	}
	to->reverse = (struct setting){ .v = 1, .at = &s->words[2] };
	apply_no_more(r, s, 3, "a number and 'reverse'");
}

void read_emails(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_global *g = draft;

	(void)key;
	apply_no_more(r, s, 1, "no name");
	if (s->first == NULL)
		complain(&r->complaints, D_NO_MAILS, &s->words[0],
			 "nobody is named in the block of '%s'", s->words[0].s);
	for (s = s->first; s != NULL; s = s->next)
		for (uint32_t i = 0; i < s->count; i++) {
			struct draft_email *e = complaints_need(
				&r->complaints, arena_new(r->arena, struct draft_email));

			if (e == NULL)
				return;
			e->at = &s->words[i];
			if (g->last_email != NULL)
				g->last_email->next = e;
			else
				g->emails = e;
			g->last_email = e;
			g->email_count++;
		}
}

void read_smtp_server(struct reader *r, void *draft, const struct key *key,
		      const struct statement *s)
{
	static const struct key port = { "smtp_server", KEY_NUMBER, .min = 1, .max = 65535 };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.:%[]";
	struct draft_global *g = draft;

	if (s->count < 2) {
		(void)apply_value(r, key, s);
		return;
	}
	g->smtp_server.at = &s->words[1];
	if (s->words[1].s[strspn(s->words[1].s, letters)] != '\0' || s->words[1].len == 0)
		complain(&r->complaints, D_ADDRESS, &s->words[1],
			 "'%s' is neither an address nor the name of a host",
			 shown(&s->words[1]).s);
	if (s->count > 2)
		(void)apply_number(r, &port, &s->words[2], &g->smtp_port);
	apply_no_more(r, s, 3, "an address and a port");
}
