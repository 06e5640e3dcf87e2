/* Configurations and what must be said about them, word for word.
 *
 * conf/NAME.conf is read as on a host that has everything, except what its "#host" comments take
 * away; conf/NAME.ok holds the complaints, the exit code and, without errors, the canonical print,
 * which must then read as the same. BUOY_GOLDEN_UPDATE=1 writes the .ok files anew.
 *
 * "--load FILE..." only demands that each FILE has no error and reads as the same again; a file
 * that is not there is skipped. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/load.h"

enum { TEXT_ROOM = 1 << 20 };

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

/* One case; |memory|, when set, is what reading any file gives. */
struct host {
	const char *dir;
	char *rules; /* the text of the .conf, whose "#host" lines are looked up */
	const char *memory;
};

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t len = 0, n;

	if (f == NULL)
		return NULL;
	do {
		text = realloc(text, len + 65536 + 1);
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

/* Whether a line "#host VERB NAME" stands in the case. */
static bool rule(const struct host *h, const char *verb, const char *name)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "#host %s %s\n", verb, name);
	return h->rules != NULL && strstr(h->rules, line) != NULL;
}

static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	const struct host *h = ctx;
	char full[1024], *text;
	size_t len;
	void *copy;

	if (rule(h, "unreadable", path))
		return E_PERM;
	(void)snprintf(full, sizeof(full), "%s/%s", h->dir, path);
	if (h->memory != NULL) {
		len = strlen(h->memory);
		text = strdup(h->memory);
	} else {
		text = slurp(full, &len);
	}
	if (text == NULL)
		return E_NOENT;
	copy = arena_dup(arena, text, len);
	free(text);
	if (copy == NULL)
		return E_NOMEM;
	*ret = (struct bytes){ copy, len };
	return 0;
}

static bool host_has_link(void *ctx, const char *name)
{
	return !rule(ctx, "nolink", name);
}

static int host_script(void *ctx, const char *path, const char *user)
{
	if (rule(ctx, "nouser", user != NULL ? user : "-"))
		return E_INVAL;
	if (rule(ctx, "noscript", path))
		return E_NOENT;
	if (rule(ctx, "noexec", path))
		return E_PERM;
	return rule(ctx, "insecure", path) ? E_RANGE : 0;
}

static int host_list(void *ctx, const char *path, struct arena *arena, const char ***ret_names,
		     uint32_t *ret_count)
{
	const struct host *h = ctx;
	char full[1024];
	struct dirent **list;
	int count;

	(void)snprintf(full, sizeof(full), "%s/%s", h->dir, path);
	count = scandir(full, &list, NULL, NULL);
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

static const char *host_env(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "LINK") == 0 ? "eth7" : NULL;
}

static uint64_t host_random(void *ctx)
{
	(void)ctx;
	return 1000003;
}

static bool host_exposed(void *ctx, const char *path)
{
	return rule(ctx, "exposed", path);
}

/* Everything that is to be said about |file|. */
static int tell(struct host *h, const char *file, struct text *t, const char **ret_fault)
{
	struct conf_host host = {
		.ctx = h,
		.read = host_read,
		.has_link = host_has_link,
		.script = host_script,
		.list = host_list,
		.env = host_env,
		.random = host_random,
		.exposed = host_exposed,
		.config_id = "node1",
		.cwd = "/golden",
	};
	const struct model *m;
	struct diags d;
	struct arena arena;
	uint32_t count = 0;
	size_t print_at;
	int err;

	arena_init(&arena, heap_get, heap_put, NULL);
	err = conf_load(&host, file, &arena, &d, &m);
	for (const struct diag *i = d.first; i != NULL; i = i->next, count++) {
		diag_render(t, i);
		text_char(t, '\n');
		if (i->text == NULL || i->file == NULL)
			*ret_fault = "a complaint without its text";
	}
	text_fmt(t, "exit %d\n", conf_exit_code(&d, err));
	print_at = t->len;
	if (m != NULL)
		conf_print(t, m);
	if ((m != NULL) != (err == 0) || (err == 0 && d.errors > 0))
		*ret_fault = "a model and errors, or neither";
	if (count != d.errors + d.warnings + d.advice)
		*ret_fault = "the complaints are not as many as counted";
	arena_done(&arena);
	return err == 0 ? (int)print_at : -1;
}

/* The canonical print, read again, must print the same. */
static bool prints_the_same_again(struct host *h, const char *print, char *room)
{
	struct host again = { h->dir, NULL, print };
	struct text t = { .p = room, .cap = TEXT_ROOM };
	const char *fault = NULL;
	int at = tell(&again, "print.conf", &t, &fault);

	return at >= 0 && fault == NULL && strcmp(room + at, print) == 0;
}

static void explain(const char *want, const char *got)
{
	size_t line = 1;

	for (; *want != '\0' && *want == *got; want++, got++)
		line += *want == '\n';
	printf("# first difference in line %zu\n# want: %.*s\n# got:  %.*s\n", line,
	       (int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

static bool run(const char *dir, const char *name)
{
	static char got[TEXT_ROOM], again[TEXT_ROOM];
	char conf[1024], ok[1024], file[300];
	struct text t = { .p = got, .cap = sizeof(got) };
	struct host h = { .dir = dir };
	const char *fault = NULL;
	size_t len;
	char *want;
	int at;
	bool good;

	(void)snprintf(file, sizeof(file), "%s.conf", name);
	(void)snprintf(conf, sizeof(conf), "%s/%s", dir, file);
	(void)snprintf(ok, sizeof(ok), "%s/%s.ok", dir, name);
	h.rules = slurp(conf, &len);
	at = tell(&h, file, &t, &fault);
	if (fault == NULL && at >= 0 && !prints_the_same_again(&h, got + at, again))
		fault = "its print does not read as the same";
	if (getenv("BUOY_GOLDEN_UPDATE") != NULL) {
		FILE *f = fopen(ok, "wb");

		if (f == NULL || fputs(got, f) == EOF || fclose(f) != 0)
			fault = "cannot be written";
	}
	want = slurp(ok, &len);
	good = fault == NULL && want != NULL && strcmp(want, got) == 0;
	if (fault != NULL)
		printf("# %s\n", fault);
	else if (!good)
		explain(want != NULL ? want : "", got);
	free(want);
	free(h.rules);
	return good;
}

/* A configuration of somebody else's: without an error, and printed so that it reads as the same.
 */
static bool loads(const char *dir, const char *file)
{
	static char got[TEXT_ROOM], again[TEXT_ROOM];
	struct text t = { .p = got, .cap = sizeof(got) };
	struct host h = { .dir = dir };
	const char *fault = NULL;
	int at = tell(&h, file, &t, &fault);
	bool good = at >= 0 && fault == NULL && prints_the_same_again(&h, got + at, again);

	if (!good)
		printf("# %s\n# %s\n", fault != NULL ? fault : "does not load", got);
	return good;
}

static int load_all(int count, char **files)
{
	int bad = 0;

	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char *slash = strrchr(files[i], '/');
		FILE *f = fopen(files[i], "r");
		bool good;

		if (f == NULL || slash == NULL) {
			printf("ok %d - load %s # SKIP it is not there\n", i + 1, files[i]);
			continue;
		}
		(void)fclose(f);
		*slash = '\0';
		good = loads(files[i], slash + 1);
		printf("%sok %d - load %s\n", good ? "" : "not ", i + 1, slash + 1);
		bad += !good;
	}
	return bad > 0;
}

static int is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && strcmp(e->d_name + len - 5, ".conf") == 0;
}

static int run_all(const char *dir)
{
	struct dirent **list;
	int count = scandir(dir, &list, is_conf, alphasort), bad = 0;

	if (count <= 0) {
		printf("Bail out! no .conf files in %s\n", dir);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char *name = list[i]->d_name;
		bool good;

		name[strlen(name) - 5] = '\0';
		good = run(dir, name);
		printf("%sok %d - conf/%s\n", good ? "" : "not ", i + 1, name);
		bad += !good;
		free(list[i]);
	}
	free((void *)list);
	return bad > 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--load") == 0)
		return load_all(argc - 2, argv + 2);
	if (argc == 2)
		return run_all(argv[1]);
	printf("Bail out! usage: test_golden_conf DIR | --load FILE...\n");
	return 1;
}
