/* buoy-explore - looks at every order of things in small clusters. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "sim/explore.h"

enum { JOBS_MAX = 16, QUICK_LESS = 2 };

static const char usage[] =
	"usage: buoy-explore [--nodes N] [--world NAME] [--faults F | --quick] [--states M]\n"
	"                    [--jobs J]\n"
	"\n"
	"  --nodes N     2 or 3; both without it\n"
	"  --world NAME  one world only; all without it\n"
	"  --faults F    that many faults in a story, instead of the world's own number\n"
	"  --quick       a few faults less\n"
	"  --states M    states of a world at most\n"
	"  --jobs J      processes, 1\n";

struct options {
	uint64_t nodes, faults, states, jobs;
	const char *world;
	bool quick;
};

struct totals {
	uint64_t states, moves, settled, violations, partial;
	uint32_t depth;
};

static void *get_block(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void put_block(void *ctx, void *block)
{
	(void)ctx;
	free(block);
}

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	puts(line);
}

static void print_violation(const struct explore_conf *c, const struct explore_result *r,
			    struct arena *arena)
{
	printf("violation of %s in world %s of %u: %s\n  %s\n  the shortest way there:\n",
	       r->fault.law->name, c->name, c->cluster.hosts, r->fault.law->says, r->fault.text);
	explore_tell(c, r, arena, print_line, NULL);
}

static void explore_one(const struct options *o, const char *world, uint8_t nodes,
			struct totals *sum)
{
	struct explore_result *r = malloc(sizeof(*r));
	struct explore_conf c;
	struct arena arena;

	arena_init(&arena, get_block, put_block, NULL);
	if (r == NULL || !explore_pick(world, nodes, &c))
		exit(2);
	if (o->faults > 0)
		c.faults = (uint8_t)o->faults;
	if (o->states > 0)
		c.states_max = (uint32_t)o->states;
	if (o->quick)
		c.faults = (uint8_t)(c.faults > QUICK_LESS ? c.faults - QUICK_LESS : 1);
	if (explore_run(&c, &arena, r) != 0) {
		fprintf(stderr, "buoy-explore: out of memory\n");
		exit(1);
	}
	printf("  world %s of %u, %u faults: %u states, depth %u, %llu moves, %llu futures, %s\n",
	       world, nodes, c.faults, r->states, r->depth, (unsigned long long)r->moves,
	       (unsigned long long)r->settled, r->whole ? "whole" : "up to the bound");
	if (r->fault.law != NULL)
		print_violation(&c, r, &arena);
	fflush(stdout);
	sum->states += r->states;
	sum->moves += r->moves;
	sum->settled += r->settled;
	sum->violations += r->fault.law != NULL;
	sum->partial += !r->whole;
	if (r->depth > sum->depth)
		sum->depth = r->depth;
	arena_done(&arena);
	free(r);
}

/* Every |jobs|-th world from |first| on. */
static struct totals explore_share(const struct options *o, uint64_t first)
{
	struct totals sum = { 0 };
	uint64_t k = 0;

	for (uint8_t nodes = 2; nodes <= SMALL_HOSTS_MAX; nodes++) {
		for (unsigned i = 0; explore_name(i) != NULL; i++) {
			if (o->nodes != 0 && o->nodes != nodes)
				continue;
			if (o->world != NULL && strcmp(o->world, explore_name(i)) != 0)
				continue;
			if (k++ % o->jobs == first)
				explore_one(o, explore_name(i), nodes, &sum);
		}
	}
	return sum;
}

static void add(struct totals *sum, const struct totals *t)
{
	sum->states += t->states;
	sum->moves += t->moves;
	sum->settled += t->settled;
	sum->violations += t->violations;
	sum->partial += t->partial;
	if (t->depth > sum->depth)
		sum->depth = t->depth;
}

static int start_share(const struct options *o, uint64_t first)
{
	struct totals sum;
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	sum = explore_share(o, first);
	fflush(stdout);
	_exit(write(ends[1], &sum, sizeof(sum)) == sizeof(sum) ? 0 : 1);
}

static bool run_jobs(const struct options *o, struct totals *ret)
{
	int answers[JOBS_MAX];
	bool whole = true;

	for (uint64_t j = 0; j < o->jobs; j++)
		answers[j] = start_share(o, j);
	for (uint64_t j = 0; j < o->jobs; j++) {
		struct totals t;

		if (answers[j] >= 0 && read(answers[j], &t, sizeof(t)) == sizeof(t))
			add(ret, &t);
		else
			whole = false;
		if (answers[j] >= 0)
			close(answers[j]);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return whole;
}

static bool read_number(const char *s, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || v < least || v > most)
		return false;
	*ret = v;
	return true;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	static const struct option longs[] = {
		{ "nodes", required_argument, NULL, 'n' },
		{ "world", required_argument, NULL, 'w' },
		{ "faults", required_argument, NULL, 'f' },
		{ "states", required_argument, NULL, 'm' },
		{ "quick", no_argument, NULL, 'q' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .jobs = 1 };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		bool good = true;

		if (c == 'n')
			good = read_number(optarg, 2, SMALL_HOSTS_MAX, &o.nodes);
		else if (c == 'w')
			o.world = optarg;
		else if (c == 'f')
			good = read_number(optarg, 1, 100, &o.faults);
		else if (c == 'm')
			good = read_number(optarg, 1, 500000000, &o.states);
		else if (c == 'j')
			good = read_number(optarg, 1, JOBS_MAX, &o.jobs);
		else if (c == 'q')
			o.quick = true;
		else if (c == 'h' || c == '?')
			return false;
		if (!good) {
			fprintf(stderr, "buoy-explore: %s is out of range\n", optarg);
			return false;
		}
	}
	*ret = o;
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct totals sum = { 0 };
	struct options o;
	bool whole = true;

	if (!read_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.jobs > 1)
		whole = run_jobs(&o, &sum);
	else
		sum = explore_share(&o, 0);
	if (!whole)
		printf("  a process has died: run with --jobs 1 to see where\n");
	if (sum.states == 0) {
		fprintf(stderr, "buoy-explore: no such world\n");
		return 2;
	}
	printf("explore: %llu states, depth %u, %llu violations\n", (unsigned long long)sum.states,
	       sum.depth, (unsigned long long)sum.violations + !whole);
	return sum.violations == 0 && whole ? 0 : 1;
}
