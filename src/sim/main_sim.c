/* buoy-sim - runs the swarm, and says how long the weather was. */
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
#include "sim/bench.h"
#include "sim/main_replay.h"
#include "sim/swarm.h"

enum { JOBS_MAX = 64, SHOWN_MAX = 5 };

static const char usage[] =
	"usage: buoy-sim [--seed N] [--runs M] [--nodes K] [--jobs J] [--trace]\n"
	"       buoy-sim [--seed N] [--nodes K] --record FILE [--host H]\n"
	"       buoy-sim --replay FILE\n"
	"       buoy-sim --bench\n"
	"\n"
	"  --seed N   first seed, 1\n"
	"  --runs M   that many seeds from there on, 100\n"
	"  --nodes K  2 to 9 hosts in every run; without it each seed draws its own\n"
	"  --jobs J   processes, 1\n"
	"  --trace    print every step of every run\n"
	"  --record   write all steps of host H (1) of one run into FILE\n"
	"  --replay   run the steps in FILE through the core again: all must come out the same\n"
	"  --bench    how much faster than real time three nodes run, by one core\n";

struct options {
	uint64_t seed, runs;
	uint8_t nodes;
	unsigned jobs;
	bool trace, bench;
	const char *record, *replay;
	uint8_t host;
};

struct totals {
	uint64_t runs, violations, simulated_us, steps, moves, faults;
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

/* ---- telling ---------------------------------------------------------------------------- */

static void print_step(void *ctx, struct world *w, const struct stepped *s)
{
	char buf[4096];
	struct text line = TEXT(buf);

	(void)ctx;
	if (s->out->count == 0)
		return;
	node_trace(&line, &w->hosts[s->host].node, s->now, s->ev, s->out);
	printf("%14.6f %s %s\n", (double)w->now / 1e6, w->conf->hosts[s->host].name, buf);
}

static void print_fault(void *ctx, const struct world *w, const char *what, uint8_t host)
{
	(void)ctx;
	printf("%14.6f ** %s %s\n", (double)w->now / 1e6, what,
	       host != SIM_NONE ? w->conf->hosts[host].name : "");
}

static void print_violation(const struct swarm_options *o, const struct violation *v)
{
	char buf[4096];
	struct text options = TEXT(buf);

	swarm_print(&options, o);
	printf("violation of %s: %s\n  at %.6f s: %s\n%s", v->name, v->says, (double)v->at / 1e6,
	       v->text, buf);
	printf("  again: buoy-sim --seed %llu --runs 1 --nodes %u --trace\n",
	       (unsigned long long)o->seed, o->cluster.hosts);
	fflush(stdout);
}

/* ---- running ---------------------------------------------------------------------------- */

static void run_one(const struct options *opt, uint64_t seed, struct arena *arena,
		    struct totals *sum)
{
	static const struct swarm_watcher printer = { NULL, print_step, print_fault };
	struct swarm_options o;
	struct swarm_result result;

	swarm_draw(&o, seed, opt->nodes);
	if (swarm_run(&o, opt->trace ? &printer : NULL, arena, &result) != 0) {
		fprintf(stderr, "buoy-sim: out of memory\n");
		exit(1);
	}
	arena_done(arena);
	sum->runs++;
	sum->simulated_us += result.simulated;
	sum->steps += result.steps;
	sum->moves += result.moves;
	sum->faults += result.faults;
	if (!result.violation.found)
		return;
	if (sum->violations++ < SHOWN_MAX)
		print_violation(&o, &result.violation);
}

/* Every |jobs|-th seed from |first| on. */
static struct totals run_share(const struct options *opt, unsigned first)
{
	struct totals sum = { 0 };
	struct arena arena;

	arena_init(&arena, get_block, put_block, NULL);
	for (uint64_t i = first; i < opt->runs; i += opt->jobs)
		run_one(opt, opt->seed + i, &arena, &sum);
	return sum;
}

static void add(struct totals *sum, const struct totals *t)
{
	sum->runs += t->runs;
	sum->violations += t->violations;
	sum->simulated_us += t->simulated_us;
	sum->steps += t->steps;
	sum->moves += t->moves;
	sum->faults += t->faults;
}

static int start_share(const struct options *opt, unsigned first)
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
	sum = run_share(opt, first);
	fflush(stdout);
	_exit(write(ends[1], &sum, sizeof(sum)) == sizeof(sum) ? 0 : 1);
}

/* False when a process died or its answer is missing: a crash of the core is a finding too. */
static bool run_jobs(const struct options *opt, struct totals *ret)
{
	int answers[JOBS_MAX];
	bool whole = true;

	for (unsigned j = 0; j < opt->jobs; j++)
		answers[j] = start_share(opt, j);
	for (unsigned j = 0; j < opt->jobs; j++) {
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

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int swarm_main(const struct options *opt)
{
	double begun = seconds_now(), took, simulated;
	struct totals sum = { 0 };
	bool whole = true;

	if (opt->jobs > 1)
		whole = run_jobs(opt, &sum);
	else
		sum = run_share(opt, 0);
	took = seconds_now() - begun;
	simulated = (double)sum.simulated_us / 1e6;
	printf("  %llu steps, %llu changes of state, %llu faults in %.1f s\n",
	       (unsigned long long)sum.steps, (unsigned long long)sum.moves,
	       (unsigned long long)sum.faults, took);
	if (!whole)
		printf("  a process has died: run its seeds with --jobs 1 to see where\n");
	printf("sim: %llu seeds, %llu violations, %.1f cluster-hours, %.0f x real time\n",
	       (unsigned long long)sum.runs, (unsigned long long)sum.violations + !whole,
	       simulated / 3600, took > 0 ? simulated / took : 0);
	return sum.violations == 0 && whole ? 0 : 1;
}

static int bench_main(void)
{
	struct arena arena;
	struct bench_result r;
	double begun, took;

	arena_init(&arena, get_block, put_block, NULL);
	begun = seconds_now();
	if (bench_run(&arena, &r) != 0)
		return 1;
	took = seconds_now() - begun;
	printf("sim-speed: %u nodes, %.0f s simulated in %.2f s: %.0f x real time\n", r.hosts,
	       (double)r.simulated / 1e6, took, (double)r.simulated / 1e6 / took);
	arena_done(&arena);
	return 0;
}

static void record_step(void *ctx, struct world *w, const struct stepped *s)
{
	recorder_step(ctx, w, s);
}

static int record_main(const struct options *opt)
{
	struct recorder recorder = { .seed = opt->seed, .host = opt->host };
	struct swarm_watcher watcher = { .ctx = &recorder, .stepped = record_step };
	struct swarm_options o;
	struct swarm_result result;
	struct arena arena;

	arena_init(&arena, get_block, put_block, NULL);
	swarm_draw(&o, opt->seed, opt->nodes);
	recorder.nodes = o.cluster.hosts;
	recorder.file = fopen(opt->record, "w");
	if (recorder.file == NULL || recorder.host >= o.cluster.hosts) {
		fprintf(stderr, "buoy-sim: %s: %s\n", opt->record,
			recorder.file == NULL ? strerror(errno) : "the run has no such host");
		return 2;
	}
	if (swarm_run(&o, &watcher, &arena, &result) != 0)
		return 1;
	arena_done(&arena);
	if (fclose(recorder.file) != 0) {
		perror(opt->record);
		return 1;
	}
	printf("record: %llu steps\n", (unsigned long long)recorder.lines);
	return 0;
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
		{ "seed", required_argument, NULL, 's' },
		{ "runs", required_argument, NULL, 'r' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "trace", no_argument, NULL, 't' },
		{ "bench", no_argument, NULL, 'b' },
		{ "record", required_argument, NULL, 'R' },
		{ "replay", required_argument, NULL, 'p' },
		{ "host", required_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .seed = 1, .runs = 100, .jobs = 1 };
	uint64_t v;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		bool good = true;

		if (c == 's')
			good = read_number(optarg, 0, UINT64_MAX, &o.seed);
		else if (c == 'r')
			good = read_number(optarg, 1, UINT64_MAX, &o.runs);
		else if (c == 'n' && (good = read_number(optarg, 2, SIM_HOSTS_MAX, &v)))
			o.nodes = (uint8_t)v;
		else if (c == 'j' && (good = read_number(optarg, 1, JOBS_MAX, &v)))
			o.jobs = (unsigned)v;
		else if (c == 't')
			o.trace = true;
		else if (c == 'b')
			o.bench = true;
		else if (c == 'R')
			o.record = optarg;
		else if (c == 'p')
			o.replay = optarg;
		else if (c == 'H' && (good = read_number(optarg, 1, SIM_HOSTS_MAX, &v)))
			o.host = (uint8_t)(v - 1);
		else if (c == 'h' || c == '?')
			return false;
		if (!good) {
			fprintf(stderr, "buoy-sim: %s is out of range\n", optarg);
			return false;
		}
	}
	*ret = o;
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct options opt;

	if (!read_options(argc, argv, &opt)) {
		fputs(usage, stderr);
		return 2;
	}
	if (opt.replay != NULL)
		return replay_main(opt.replay);
	if (opt.record != NULL)
		return record_main(&opt);
	return opt.bench ? bench_main() : swarm_main(&opt);
}
