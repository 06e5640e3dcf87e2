#include "buoy/conffile.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "engine/host.h"
#include "io/mem.h"

enum { COMPLAINT_MAX = 4096 };

static bool any_link(void *ctx, const char *name)
{
	(void)ctx, (void)name;
	return true;
}

static int any_script(void *ctx, const char *path, const char *user)
{
	(void)ctx, (void)path, (void)user;
	return 0;
}

void conffile_load(struct conffile *f, bool here)
{
	struct conf_host host;

	host_identify(f->config_id);
	host = host_real;
	if (!here) {
		host.has_link = any_link;
		host.script = any_script;
	}
	mem_arena(&f->arena);
	f->err = conf_load(&host, f->path, &f->arena, &f->diags, &f->model);
}

void conffile_done(struct conffile *f)
{
	arena_done(&f->arena);
}

void conffile_print(FILE *out, const struct diags *diags, bool grave)
{
	for (const struct diag *d = diags->first; d != NULL; d = d->next) {
		char buf[COMPLAINT_MAX];
		struct text t = TEXT(buf);

		if (grave && d->grade == DIAG_ADVICE)
			continue;
		text_str(&t, "");
		diag_render(&t, d);
		fprintf(out, "%s\n", buf);
	}
}

void conffile_print_err(FILE *out, const struct conffile *f)
{
	if (f->model == NULL && f->diags.errors == 0)
		fprintf(out, "buoy: %s: %s\n", f->path, err_text(f->err));
}

char *conffile_text(const struct conffile *f)
{
	for (size_t room = 64 * 1024;; room *= 2) {
		struct text t = { .p = malloc(room), .cap = room };

		if (t.p == NULL)
			return NULL;
		conf_print(&t, f->model);
		if (!t.cut)
			return t.p;
		free(t.p);
	}
}

bool conffile_flag(char **argv, int *at, const char **ret_id)
{
	const char *arg = argv[*at];

	if (strncmp(arg, "--config-id=", 12) == 0) {
		*ret_id = arg + 12;
		return true;
	}
	if ((strcmp(arg, "-i") != 0 && strcmp(arg, "--config-id") != 0) || argv[*at + 1] == NULL)
		return false;
	*ret_id = argv[++*at];
	return true;
}
