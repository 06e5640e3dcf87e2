/* Any bytes as a configuration, on a host that has everything: no crash, every complaint complete,
 * and what loads is printed so that it loads as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *heap_get(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void heap_put(void *ctx, void *block)
{
	(void)ctx;
	free(block);
}

/* Any file is the input; including grows until the limits of the reader stop it. */
static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	const struct bytes *input = ctx;
	void *copy;

	if (strncmp(path, "no", 2) == 0)
		return E_NOENT;
	copy = arena_dup(arena, input->p, input->len);
	if (copy == NULL)
		return E_NOMEM;
	*ret = (struct bytes){ copy, input->len };
	return 0;
}

static bool host_has_link(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] != 'x';
}

static int host_script(void *ctx, const char *path, const char *user)
{
	(void)ctx;
	(void)path;
	(void)user;
	return 0;
}

static int host_list(void *ctx, const char *path, struct arena *arena, const char ***ret_names,
		     uint32_t *ret_count)
{
	static const char *const names[] = { "z", "no", "a.conf", "a" };

	(void)ctx;
	(void)path;
	*ret_names = arena_dup(arena, names, sizeof(names));
	*ret_count = 4;
	return *ret_names != NULL ? 0 : E_NOMEM;
}

static const char *host_env(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] == 'x' ? NULL : "$A ${B} b";
}

static uint64_t host_random(void *ctx)
{
	(void)ctx;
	return 7;
}

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fuzz_conf: %s\n", what);
	abort();
}

/* Loads |input| and prints what came of it into |t|. True when there is a model. */
static int load(struct bytes input, struct text *t)
{
	struct conf_host host = {
		.ctx = &input,
		.read = host_read,
		.has_link = host_has_link,
		.script = host_script,
		.list = host_list,
		.env = host_env,
		.random = host_random,
		.config_id = "a",
		.cwd = "/",
	};
	struct arena arena;
	const struct model *m;
	struct diags d;
	int err;

	arena_init(&arena, heap_get, heap_put, NULL);
	err = conf_load(&host, "fuzz.conf", &arena, &d, &m);
	for (const struct diag *i = d.first; i != NULL; i = i->next) {
		char buf[2048];
		struct text line = TEXT(buf);

		diag_render(&line, i);
		check(i->text != NULL && i->file != NULL && i->code != NULL, "half a complaint");
		check(!line.cut, "a complaint without end");
	}
	check((err == 0) == (m != NULL), "a model and an error, or neither");
	check((err == 0) == (d.errors == 0), "an error without a complaint, or the reverse");
	if (m != NULL)
		conf_print(t, m);
	arena_done(&arena);
	return err == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cap = 64 * size + 65536;
	char *once = malloc(cap), *twice = malloc(cap);
	struct text a = { .p = once, .cap = cap }, b = { .p = twice, .cap = cap };

	check(once != NULL && twice != NULL, "no memory");
	if (load((struct bytes){ data, size }, &a) && !a.cut) {
		check(load((struct bytes){ (const uint8_t *)once, a.len }, &b),
		      "the print does not load");
		check(strcmp(once, twice) == 0, "the print loads as something else");
	}
	free(once);
	free(twice);
	return 0;
}
