#include "wire/drop.h"

static const struct {
	const char *name, *text;
} drops[] = { [DROP_NONE] = { "ok", "accepted" },
#define X(id, name, text) [id] = { name, text },
	      DROP_LIST(X)
#undef X
};

const char *drop_name(enum drop d)
{
	return drops[d].name;
}

const char *drop_text(enum drop d)
{
	return drops[d].text;
}
