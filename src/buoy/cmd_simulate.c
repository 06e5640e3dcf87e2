/* `buoy simulate`: the very code that runs the protocol, in a virtual world, on the operator's
 * files. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "buoy/buoy.h"
#include "buoy/conffile.h"
#include "buoy/simulate_svg.h"
#include "io/mem.h"
#include "sim/study.h"

enum { CASES_MAX = 2048, NAME_MAX_LEN = 64, LINE_LEN = 400 };

struct simulate {
	struct conffile files[SIM_HOSTS_MAX];
	char names[SIM_HOSTS_MAX][NAME_MAX_LEN];
	struct study_conf conf;
	struct study study;
	struct study_case cases[CASES_MAX];
	uint32_t case_count;
	struct study_result *results;
	uint32_t result_count;
	const char *svg;
	long explain; /* ID of a case; -1: none */
	bool json, pairs;
	struct arena arena;
};

static int usage(const char *what, const char *about)
{
	fprintf(stderr, "buoy simulate: %s%s; see buoy(1)\n", what, about);
	return BUOY_EXIT_USAGE;
}

/* ---- the command line ------------------------------------------------------------------- */

static bool take_check(struct study_conf *c, char *word)
{
	char *kind = strchr(word, '=');

	if (kind == NULL || c->check_count == sizeof(c->check_names) / sizeof(c->check_names[0]))
		return false;
	*kind++ = '\0';
	for (int k = 0; k < CHECK_KIND_COUNT; k++) {
		if (strcmp(check_kind_name((enum check_kind)k), kind) != 0)
			continue;
		c->check_names[c->check_count] = word;
		c->check_kinds[c->check_count++] = (enum check_kind)k;
		return true;
	}
	return false;
}

static bool take_promotion(struct study_conf *c, const char *word)
{
	const char *seconds = strchr(word, ':');
	char *end;

	if (strcmp(word, "never") == 0) {
		c->promotion = PROMOTE_NEVER;
		return true;
	}
	if (seconds == NULL)
		return false;
	if (strncmp(word, "manual:", 7) == 0)
		c->promotion = PROMOTE_MANUAL;
	else if (strncmp(word, "auto:", 5) == 0)
		c->promotion = PROMOTE_AUTO;
	else
		return false;
	c->promote_us = (usec_t)(strtod(seconds + 1, &end) * 1e6);
	return end != seconds + 1 && *end == '\0' && c->promote_us < 86400 * USEC_PER_SEC;
}

/* "node1" of "/etc/ha/node1.conf". */
static void name_host(char *name, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base != NULL ? base + 1 : path;
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".conf") == 0)
		len -= 5;
	snprintf(name, NAME_MAX_LEN, "%.*s", (int)len, base);
}

static int parse(int argc, char **argv, struct simulate *s)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--json") == 0)
			s->json = true;
		else if (strcmp(argv[i], "--pairs") == 0)
			s->pairs = true;
		else if (strcmp(argv[i], "--svg") == 0 && more)
			s->svg = argv[++i];
		else if (strcmp(argv[i], "--explain") == 0 && more)
			s->explain = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--check") == 0 && more) {
			if (!take_check(&s->conf, argv[++i]))
				return usage(
					"--check NAME=alive|writable|replica|gateway|always, not ",
					argv[i]);
		} else if (strcmp(argv[i], "--promote") == 0 && more) {
			if (!take_promotion(&s->conf, argv[++i]))
				return usage("--promote never|manual:SECONDS|auto:SECONDS, not ",
					     argv[i]);
		} else if (argv[i][0] == '-')
			return usage("not a flag, or without its value: ", argv[i]);
		else if (s->conf.host_count == SIM_HOSTS_MAX)
			return usage("more than nine nodes", "");
		else
			s->files[s->conf.host_count++].path = argv[i];
	}
	return s->conf.host_count >= 2 ? BUOY_EXIT_OK
				       : usage("one file for each of 2 to 9 nodes", "");
}

/* node1/keepalived.conf and node2/keepalived.conf: numbered, where a name stands twice. */
static void tell_apart(struct simulate *s)
{
	bool twice = false;

	for (uint8_t a = 0; a < s->conf.host_count; a++)
		for (uint8_t b = (uint8_t)(a + 1); b < s->conf.host_count; b++)
			twice |= strcmp(s->names[a], s->names[b]) == 0;
	for (uint8_t h = 0; twice && h < s->conf.host_count; h++) {
		size_t len = strnlen(s->names[h], NAME_MAX_LEN - 3);

		snprintf(s->names[h] + len, NAME_MAX_LEN - len, "-%u", h + 1u);
	}
}

static bool load(struct simulate *s)
{
	bool well = true;

	for (uint8_t h = 0; h < s->conf.host_count; h++) {
		struct conffile *f = &s->files[h];

		conffile_load(f, false);
		if (f->model == NULL) {
			conffile_print(stderr, &f->diags, true);
			conffile_print_err(stderr, f);
			well = false;
			continue;
		}
		name_host(s->names[h], f->path);
		s->conf.models[h] = f->model;
		s->conf.names[h] = s->names[h];
	}
	tell_apart(s);
	return well;
}

static bool knows_check(const struct simulate *s, const char *name)
{
	for (uint8_t h = 0; h < s->conf.host_count; h++)
		for (uint16_t c = 0; c < s->conf.models[h]->node.check_count; c++)
			if (strcmp(s->conf.models[h]->node.checks[c], name) == 0)
				return true;
	return false;
}

/* ---- running ---------------------------------------------------------------------------- */

static int run(struct simulate *s, const struct study_case *cases, uint8_t n,
	       const struct study_watcher *watcher, struct study_result *ret)
{
	struct arena scratch;
	int err;

	mem_arena(&scratch);
	err = study_run(&s->study, cases, n, watcher, &scratch, ret);

	arena_done(&scratch);
	return err;
}

static int make_room(struct simulate *s)
{
	size_t count = s->case_count;

	s->results = calloc(s->pairs ? count * count : count, sizeof(*s->results));
	return s->results != NULL ? 0 : E_NOMEM;
}

static int run_pairs(struct simulate *s)
{
	for (uint32_t a = 1; a < s->case_count; a++)
		for (uint32_t b = 1; b < s->case_count; b++) {
			struct study_case pair[2] = { s->cases[a], s->cases[b] };
			int err;

			if (a == b)
				continue;
			err = run(s, pair, 2, NULL, &s->results[s->result_count]);
			if (err < 0)
				return err;
			s->result_count++;
		}
	return 0;
}

static int run_all(struct simulate *s)
{
	for (uint32_t i = 0; i < s->case_count; i++) {
		int err = run(s, &s->cases[i], 1, NULL, &s->results[i]);

		if (err < 0)
			return err;
	}
	s->result_count = s->case_count;
	return s->pairs ? run_pairs(s) : 0;
}

/* ---- telling ---------------------------------------------------------------------------- */

static void title(const struct simulate *s, const struct study_result *r, char *buf, size_t size)
{
	struct text t = { buf, 0, size, false };

	for (uint8_t c = 0; c < r->case_count; c++) {
		if (c > 0)
			text_str(&t, ", 30 s later ");
		study_case_text(&t, &s->study, &r->cases[c]);
	}
}

static const char *host_name(const struct simulate *s, uint8_t host)
{
	return host == SIM_NONE ? "-" : s->names[host];
}

static bool is_bad(const struct study_result *r)
{
	return r->verdict >= STUDY_STUCK;
}

/* Whether the table shows it: of pairs only what goes wrong. */
static bool is_shown(const struct study_result *r)
{
	return r->case_count == 1 || is_bad(r);
}

/* Columns as wide as what stands in them. */
struct widths {
	int what, host;
};

static struct widths find_widths(const struct simulate *s)
{
	struct widths w = { (int)strlen("what breaks"), (int)strlen("before") };

	for (uint32_t i = 0; i < s->result_count; i++) {
		char what[LINE_LEN];

		title(s, &s->results[i], what, sizeof(what));
		if (is_shown(&s->results[i]) && (int)strlen(what) > w.what)
			w.what = (int)strlen(what);
	}
	for (uint8_t h = 0; h < s->conf.host_count; h++)
		if ((int)strlen(s->names[h]) > w.host)
			w.host = (int)strlen(s->names[h]);
	return w;
}

static void print_row(const struct simulate *s, uint32_t i, struct widths w)
{
	const struct study_result *r = &s->results[i];
	char what[LINE_LEN];

	title(s, r, what, sizeof(what));
	printf("%4u  %-*s  %-*s  %-*s  %7.3f s  %7.3f s  %-5s  %s\n", i, w.what, what, w.host,
	       host_name(s, r->before), w.host, host_name(s, r->after), (double)r->service_us / 1e6,
	       (double)r->address_us / 1e6, study_verdict_name(r->verdict), r->reason);
}

static void print_table(const struct simulate *s)
{
	struct widths w = find_widths(s);
	uint32_t bad = 0;

	printf("%4s  %-*s  %-*s  %-*s  %9s  %9s  %s\n", "id", w.what, "what breaks", w.host,
	       "before", w.host, "after", "service", "address", "verdict and why");
	for (uint32_t i = 0; i < s->result_count; i++) {
		bad += is_bad(&s->results[i]);
		if (is_shown(&s->results[i]))
			print_row(s, i, w);
	}
	printf("\n%u cases, each watched for %.0f s: %u bad%s. Times are those without service, "
	       "and without an\naddress that answers. --explain ID tells a case step by step.\n",
	       s->result_count, (double)s->study.watch_us / 1e6, bad,
	       s->pairs ? " (of the pairs only the bad ones are shown)" : "");
}

static json_t *marks_json(const struct simulate *s, const struct study_result *r)
{
	json_t *list = json_array();

	for (uint16_t m = 0; m < r->mark_count; m++) {
		json_t *holders = json_array();

		for (uint8_t h = 0; h < s->conf.host_count; h++)
			if (r->marks[m].holders & 1u << h)
				json_array_append_new(holders, json_string(s->names[h]));
		json_array_append_new(list, json_pack("{s:f, s:o, s:b}", "at_s",
						      (double)r->marks[m].at / 1e6, "holders",
						      holders, "served", (int)r->marks[m].served));
	}
	return list;
}

static void print_json(const struct simulate *s)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < s->result_count; i++) {
		const struct study_result *r = &s->results[i];
		char what[LINE_LEN];

		title(s, r, what, sizeof(what));
		json_array_append_new(
			list,
			json_pack("{s:i, s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:s, s:o}", "id",
				  (int)i, "fault", what, "before", host_name(s, r->before), "after",
				  host_name(s, r->after), "service_outage_s",
				  (double)r->service_us / 1e6, "address_outage_s",
				  (double)r->address_us / 1e6, "split_s", (double)r->split_us / 1e6,
				  "verdict", study_verdict_name(r->verdict), "reason", r->reason,
				  "timeline", marks_json(s, r)));
	}
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(list);
}

/* ---- one case, step by step ------------------------------------------------------------- */

static void tell_action(const struct world *w, const struct stepped *st, const struct action *a,
			int64_t at)
{
	const struct node_conf *n = w->hosts[st->host].conf->node;
	char buf[LINE_LEN];
	struct text t = TEXT(buf);

	if (a->kind == ACT_STATE) {
		text_fmt(&t, "(%s) %s -> %s: ", n->instances[a->instance].name,
			 vrrp_state_name(a->state.from), vrrp_state_name(a->state.to));
		why_render(&t, &a->state.why);
	} else if (a->kind == ACT_LOG) {
		msg_render(&t, &a->log);
	} else {
		return;
	}
	printf("%+12.6f s  %-10s %s\n", (double)at / 1e6, w->hosts[st->host].conf->name, buf);
}

static void tell_step(void *ctx, int64_t at, const struct world *w, const struct stepped *st)
{
	(void)ctx;
	for (uint32_t i = 0; i < st->out->count; i++)
		tell_action(w, st, &st->out->list[i], at);
}

static void tell_mark(void *ctx, int64_t at, const char *host, const char *what)
{
	(void)ctx;
	printf("%+12.6f s  %-10s %s\n", (double)at / 1e6, host, what);
}

static int explain(struct simulate *s)
{
	const struct study_watcher watcher = { NULL, tell_step, tell_mark };
	const struct study_result *r;
	struct study_result again;
	char what[LINE_LEN];

	if (s->explain < 0 || s->explain >= (long)s->result_count)
		return usage("no case has that ID", "");
	r = &s->results[s->explain];
	title(s, r, what, sizeof(what));
	printf("%s (at 0 s; before it the cluster started)\n\n", what);
	if (run(s, r->cases, r->case_count, &watcher, &again) < 0)
		return BUOY_EXIT_FAILED;
	printf("\n%s: %s\n", study_verdict_name(again.verdict), again.reason);
	return is_bad(&again) ? BUOY_EXIT_FAILED : BUOY_EXIT_OK;
}

static int tell(struct simulate *s)
{
	if (s->svg != NULL && simulate_svg(s->svg, &s->study, s->results, s->result_count) != 0) {
		fprintf(stderr, "buoy simulate: %s: %s\n", s->svg, strerror(errno));
		return BUOY_EXIT_FAILED;
	}
	if (s->json)
		print_json(s);
	else
		print_table(s);
	for (uint32_t i = 0; i < s->result_count; i++)
		if (is_bad(&s->results[i]))
			return BUOY_EXIT_FAILED;
	return BUOY_EXIT_OK;
}

/* ---- all of it -------------------------------------------------------------------------- */

static int simulate(struct simulate *s)
{
	int err;

	if (!load(s))
		return BUOY_EXIT_FAILED;
	for (uint8_t c = 0; c < s->conf.check_count; c++)
		if (!knows_check(s, s->conf.check_names[c]))
			return usage("no file has a check called ", s->conf.check_names[c]);
	err = study_init(&s->study, &s->conf, &s->arena);
	if (err == 0) {
		s->case_count = study_cases(&s->study, s->cases, CASES_MAX);
		err = s->case_count == CASES_MAX ? E_RANGE : make_room(s);
	}
	if (err == 0) {
		err = run_all(s);
	}
	if (err < 0) {
		fprintf(stderr, "buoy simulate: %s\n", err_text(err));
		return BUOY_EXIT_FAILED;
	}
	return s->explain >= 0 ? explain(s) : tell(s);
}

int cmd_simulate(int argc, char **argv)
{
	struct simulate *s = calloc(1, sizeof(*s));
	int status;

	if (s == NULL)
		return BUOY_EXIT_FAILED;
	mem_arena(&s->arena);
	s->explain = -1;
	status = parse(argc, argv, s);
	if (status == BUOY_EXIT_OK)
		status = simulate(s);
	for (uint8_t h = 0; h < s->conf.host_count; h++)
		conffile_done(&s->files[h]);
	arena_done(&s->arena);
	free(s->results);
	free(s);
	return status;
}
