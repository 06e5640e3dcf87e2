#include "conf/explain.h"

#include <strings.h>

static const struct explanation explanations[DIAG_COUNT] = {
#define EXPLAIN(id, why, instead) [id] = { why, instead },
#include "conf/explain.def"
#undef EXPLAIN
};

const struct explanation *explain(enum diag_id id)
{
	return &explanations[id];
}

enum diag_id explain_find(const char *code)
{
	enum diag_id id = 0;

	while (id < DIAG_COUNT && strcasecmp(diag_kind(id)->code, code) != 0)
		id++;
	return id;
}
