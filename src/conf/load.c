#include "conf/load.h"

#include "base/err.h"
#include "conf/advice.h"
#include "conf/apply.h"
#include "conf/resolve.h"

/* Everything but the memory: the caller looks whether that sufficed. */
static int load(struct reader *r, const char *path, const struct model **ret)
{
	struct tree tree;
	int err;

	err = keys_init(r);
	if (err < 0)
		return err;
	err = tree_read(r->host, &r->complaints, path, &tree);
	if (err < 0)
		return err;
	if (r->complaints.stop || !tree.sound)
		return 0;
	(void)apply_block(r, KEYS_ROOT, NULL, tree.first);
	if (!r->complaints.stop)
		*ret = resolve_draft(r);
	if (*ret != NULL && r->complaints.errors == 0)
		advise(r, *ret);
	return 0;
}

int conf_load(const struct conf_host *host, const char *path, struct arena *arena,
	      struct diags *ret_diags, const struct model **ret_model)
{
	struct reader *r = arena_new(arena, struct reader);
	const struct model *m = NULL;
	const char *name = arena_strdup(arena, path);
	int err;

	*ret_diags = (struct diags){ 0 };
	*ret_model = NULL;
	if (r == NULL || name == NULL)
		return E_NOMEM;
	r->arena = arena;
	r->host = host;
	complaints_init(&r->complaints, arena);
	err = load(r, name, &m);
	*ret_diags = complaints_end(&r->complaints);
	if (err == E_NOMEM || r->complaints.nomem)
		return E_NOMEM;
	if (err < 0)
		return err;
	if (ret_diags->errors > 0)
		return E_SYNTAX;
	*ret_model = m;
	return 0;
}

int conf_exit_code(const struct diags *d, int err)
{
	bool security = false, any = false;

	if (err == E_NOMEM)
		return 1;
	for (const struct diag *i = d->first; i != NULL; i = i->next) {
		if (i->fatal)
			return 2;
		security = security || i->security;
		any = any || (i->grade != DIAG_ADVICE && !i->quiet);
	}
	if (err < 0)
		return 5;
	if (!any)
		return 0;
	return security ? 6 : 5; /* keepalived's 6 hides its 5 */
}
