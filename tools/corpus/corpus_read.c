/* Reads a configuration as buoyd -t does, on a host that has the interfaces it is told, every
 * script and every user the file names, and prints what is said about it as one JSON object.
 *
 *     corpus_read [--id=ID] [--links=eth0,eth1] FILE
 *
 * This is how keepalived was asked about the files of a corpus; see tools/corpus/corpus. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/load.h"

enum { JSON_MAX = 16 * 1024 };

struct host {
	const char *links; /* separated and enclosed by commas */
	const char *text;  /* of the file */
};

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

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	size_t len = 0, n;
	char *text = NULL;

	if (f == NULL)
		return NULL;
	do {
		text = realloc(text, len + 65537);
		if (text == NULL)
			abort();
		n = fread(text + len, 1, 65536, f);
		len += n;
	} while (n > 0);
	(void)fclose(f);
	text[len] = '\0';
	*ret_len = len;
	return text;
}

static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	struct host *h = ctx;
	size_t len;
	char *text = slurp(path, &len);

	if (text == NULL)
		return E_NOENT;
	*ret = (struct bytes){ arena_dup(arena, text, len + 1), len };
	free(text);
	if (h->text == NULL)
		h->text = (const char *)ret->p;
	return ret->p != NULL ? 0 : E_NOMEM;
}

static bool host_has_link(void *ctx, const char *name)
{
	const struct host *h = ctx;
	char with_commas[64];

	(void)snprintf(with_commas, sizeof(with_commas), ",%s,", name);
	return h->links == NULL || strstr(h->links, with_commas) != NULL;
}

/* keepalived's own user is there only if the file speaks of it. */
static int host_script(void *ctx, const char *path, const char *user)
{
	const struct host *h = ctx;

	(void)path;
	if (user != NULL && strcmp(user, "keepalived_script") == 0 && h->text != NULL &&
	    strstr(h->text, user) == NULL)
		return E_INVAL;
	return 0;
}

static int host_list(void *ctx, const char *path, struct arena *arena, const char ***ret_names,
		     uint32_t *ret_count)
{
	struct dirent **list;
	int count = scandir(path, &list, NULL, NULL);

	(void)ctx;
	if (count < 0)
		return E_NOENT;
	*ret_names = arena_array(arena, (size_t)count, sizeof(char *));
	*ret_count = 0;
	for (int i = 0; i < count; i++) {
		if (list[i]->d_name[0] != '.' && *ret_names != NULL)
			(*ret_names)[(*ret_count)++] = arena_strdup(arena, list[i]->d_name);
		free(list[i]);
	}
	free((void *)list);
	return *ret_names != NULL ? 0 : E_NOMEM;
}

static uint64_t host_random(void *ctx)
{
	(void)ctx;
	return 7;
}

static const char *host_env(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static void print(const struct diags *d, int code)
{
	static char buf[JSON_MAX];
	const char *comma = "";

	printf("{\"exit\": %d, \"complaints\": [", code);
	for (const struct diag *i = d->first; i != NULL; i = i->next, comma = ", ") {
		struct text t = TEXT(buf);

		diag_json(&t, i);
		printf("%s%s", comma, buf);
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct host h = { 0 };
	struct conf_host host = {
		.ctx = &h,
		.read = host_read,
		.has_link = host_has_link,
		.script = host_script,
		.list = host_list,
		.random = host_random,
		.env = host_env,
		.cwd = "/corpus",
	};
	const struct model *m;
	struct diags d;
	struct arena arena;
	int err, i;

	for (i = 1; i < argc - 1; i++) {
		if (strncmp(argv[i], "--id=", 5) == 0)
			host.config_id = argv[i] + 5;
		else if (strncmp(argv[i], "--links=", 8) == 0)
			h.links = argv[i] + 8;
	}
	if (i >= argc) {
		fprintf(stderr, "usage: corpus_read [--id=ID] [--links=,A,B,] FILE\n");
		return 2;
	}
	arena_init(&arena, heap_get, heap_put, NULL);
	err = conf_load(&host, argv[i], &arena, &d, &m);
	print(&d, conf_exit_code(&d, err));
	arena_done(&arena);
	return 0;
}
