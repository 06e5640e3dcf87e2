/* sim/facts.h - what the laws look at, found out once a step. Included by laws alone. */
#ifndef SIM_FACTS_H
#define SIM_FACTS_H

#include "sim/laws.h"

enum { NOWHERE = -1 };

struct facts {
	const struct law_case *c;
	const struct instance_conf *conf;
	const struct instance *b, *a; /* before, after */
	bool overslept;      /* a MASTER at an event that serves it, later than its peers wait */
	bool hears;          /* an honest advert that the instance has to act on */
	uint8_t theirs;      /* its priority */
	usec_t interval_us;  /* its interval */
	bool better;         /* its sender has more right to be MASTER */
	bool enters, leaves; /* MASTER */
	/* Places of the first action of a kind, and how many there are. */
	int first; /* the first that is more than a line in the journal */
	int send, add, del, announce, state, notify;
	unsigned sends, states, notifies, logs;
};

/* |c| names an instance. */
struct facts facts_of(const struct law_case *c);
/* True when |state| takes part in the election. */
bool is_active(enum vrrp_state state);

#endif
