/* conf/apply.h - statements to the draft, by the tables of conf/keys.h.
 *
 * apply_block() walks the statements of a block; the read_* functions are the odd keywords the
 * tables name. All of them complain and go on; what they could not read stays as if not given,
 * except that |at| is set, so that it is not reported as missing too. */
#ifndef CONF_APPLY_H
#define CONF_APPLY_H

#include "conf/keys.h"

/* False when something in the block was complained about. */
bool apply_block(struct reader *, enum key_block, void *draft, const struct statement *first);

/* The name after the keyword of a block, or NULL after a complaint. */
const struct word *apply_name(struct reader *, const struct key *, const struct statement *s);
/* The one value of |s|, or NULL after a complaint. */
const struct word *apply_value(struct reader *, const struct key *, const struct statement *s);
/* Complains about word |from| of |s| and what follows, if there is such a word. */
void apply_no_more(struct reader *, const struct statement *s, uint32_t from, const char *takes);
/* Warns when something follows a keyword that takes nothing. */
void apply_alone(struct reader *, const struct statement *s);
/* |w| as a number of |key|'s kind and range into |ret|. */
bool apply_number(struct reader *, const struct key *, const struct word *w, struct setting *ret);
/* |w| as the name of an interface; complains when it cannot be one. */
bool apply_link(struct reader *, const struct word *w, struct setting *ret);
/* What a value of |key| may be, in words. */
void apply_describe(struct text *, const struct key *);
/* Complains when |old| has been given before. */
void apply_again(struct reader *, const struct setting *old, const struct statement *s);

#define READ(name)                                                                                 \
	void name(struct reader *, void *draft, const struct key *, const struct statement *)
READ(read_nothing); /* done while the file was read */
READ(read_global_defs);
READ(read_vrrp_script);
READ(read_vrrp_instance);
READ(read_vrrp_sync_group);
READ(read_members);
READ(read_track_file);
READ(read_init_file);
READ(read_obsolete);
READ(read_user);
READ(read_emails);
READ(read_smtp_server);
READ(read_script);
READ(read_notify);
READ(read_weight);
READ(read_preempt);
READ(read_debug);
READ(read_authentication);
READ(read_vips);
READ(read_source);
READ(read_mcast_group);
READ(read_check_source);
READ(read_peers);
READ(read_track);
READ(read_routes);
READ(read_rules);
READ(read_static_addresses);
READ(read_static_routes);
READ(read_static_rules);
#undef READ

#endif
