/* buoyd/main.c - the daemon: from the command line to engine_run(), or to worker_main() when the
 * engine has started us as its worker. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "buoyd/options.h"
#include "conf/load.h"
#include "engine/engine.h"
#include "engine/host.h"
#include "io/caps.h"
#include "io/daemonize.h"
#include "io/errmap.h"
#include "io/log.h"
#include "io/mem.h"
#include "io/pidfile.h"
#include "worker/worker.h"

enum { DIAG_MAX = 4096 };

static const char *conf_path(const struct options *o)
{
	if (o->conf_path != NULL)
		return o->conf_path;
	return access(CONF_PATH_OURS, F_OK) == 0 ? CONF_PATH_OURS : CONF_PATH_KEEPALIVED;
}

/* ---- -t --------------------------------------------------------------------------------- */

static void print_diags(FILE *out, const struct diags *diags)
{
	for (const struct diag *d = diags->first; d != NULL; d = d->next) {
		char buf[DIAG_MAX];
		struct text t = TEXT(buf);

		text_str(&t, "");
		diag_render(&t, d);
		fprintf(out, "%s%s", buf, t.len > 0 && buf[t.len - 1] == '\n' ? "" : "\n");
	}
}

static void print_json(FILE *out, const struct diags *diags, int code)
{
	static char buf[4 * DIAG_MAX];

	fprintf(out,
		"{\"exit\": %d, \"errors\": %u, \"warnings\": %u, \"advice\": %u, \"complaints\": "
		"[",
		code, diags->errors, diags->warnings, diags->advice);
	for (const struct diag *d = diags->first; d != NULL; d = d->next) {
		struct text t = TEXT(buf);

		diag_json(&t, d);
		fprintf(out, "%s\n  %s", d == diags->first ? "" : ",", buf);
	}
	fprintf(out, "\n]}\n");
}

static void print_test(FILE *out, const struct options *o, const struct diags *diags, int err)
{
	if (o->json) {
		print_json(out, diags, conf_exit_code(diags, err));
		return;
	}
	print_diags(out, diags);
	if (err < 0 && err != E_SYNTAX)
		fprintf(out, "buoyd: %s: %s\n", conf_path(o), err_text(err));
	if (diags->errors + diags->warnings + diags->advice > 0)
		fprintf(out, "%s: %u errors, %u warnings, %u pieces of advice\n", conf_path(o),
			diags->errors, diags->warnings, diags->advice);
}

static int test(const struct options *o)
{
	FILE *out = o->test_log != NULL ? fopen(o->test_log, "ae") : stderr;
	const struct model *model = NULL;
	struct diags diags = { 0 };
	struct arena arena;
	int err, code;

	if (out == NULL) {
		fprintf(stderr, "buoyd: %s: %s\n", o->test_log, strerror(errno));
		return ENGINE_EXIT_FATAL;
	}
	mem_arena(&arena);
	err = conf_load(&host_real, conf_path(o), &arena, &diags, &model);
	print_test(out, o, &diags, err);
	code = conf_exit_code(&diags, err);
	arena_done(&arena);
	if (out != stderr)
		fclose(out);
	return code;
}

/* ---- running ---------------------------------------------------------------------------- */

struct run {
	const struct options *opt;
	struct daemonize parent;
	struct pidfile pid, vrrp_pid;
};

static void on_ready(void *ctx)
{
	struct run *r = ctx;

	log_settle();
	daemonize_ready(&r->parent, 0, r->opt->console);
}

static int lock(struct pidfile *f, const char *path)
{
	pid_t owner = 0;
	int err;

	if (path == NULL)
		return ENGINE_EXIT_OK;
	err = pidfile_lock(f, path, &owner);
	if (err == 0)
		return ENGINE_EXIT_OK;
	if (err == E_EXISTS)
		log_fmt(MSG_ERR, "already running: pid %d holds %s; use -p for a second one",
			(int)owner, path);
	else
		log_fmt(MSG_ERR, "pid file %s: %s", path, err_text(err));
	return err == E_PERM ? ENGINE_EXIT_PERMISSION : ENGINE_EXIT_FATAL;
}

static int write_pid(const struct pidfile *f)
{
	return f->fd < 0 ? 0 : pidfile_write(f);
}

static int go_to_background(struct run *r)
{
	int err = r->opt->foreground ? 0 : daemonize_fork(&r->parent);

	if (err == 0)
		err = write_pid(&r->pid);
	if (err == 0)
		err = write_pid(&r->vrrp_pid);
	if (err == 0)
		return ENGINE_EXIT_OK;
	log_fmt(MSG_ERR, "cannot start: %s", err_text(err));
	return ENGINE_EXIT_FATAL;
}

static int run_locked(struct run *r)
{
	const struct engine_options engine = {
		.conf_path = conf_path(r->opt),
		.socket_path = r->opt->socket_path,
		.dump_conf = r->opt->dump_conf,
		.ready = on_ready,
		.ctx = r,
	};
	int code = go_to_background(r);

	if (code != ENGINE_EXIT_OK)
		return code;
	log_fmt(MSG_INFO, "Starting buoyd %s, pid %d, configuration %s", BUOY_VERSION,
		(int)getpid(), engine.conf_path);
	code = (int)engine_run(&engine);
	log_fmt(MSG_INFO, "Stopped buoyd %s, exit status %d", BUOY_VERSION, code);
	daemonize_ready(&r->parent, code, true);
	return code;
}

enum { PATHS = 4 };

/* A daemon in / must find what was named from where it was started. What is new in memory goes
 * into |owned|. */
static int make_absolute(struct options *o, char *owned[PATHS])
{
	const char **paths[PATHS] = { &o->conf_path, &o->pid_path, &o->vrrp_pid_path,
				      &o->socket_path };
	char cwd[PATH_MAX];

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_from_errno(errno);
	for (int i = 0; i < PATHS; i++) {
		if (*paths[i] == NULL || (*paths[i])[0] == '/')
			continue;
		if (asprintf(&owned[i], "%s/%s", cwd, *paths[i]) < 0)
			return E_NOMEM;
		*paths[i] = owned[i];
	}
	return 0;
}

static int lock_and_run(struct options *o)
{
	struct run r = {
		.opt = o, .parent = { -1 }, .pid = { .fd = -1 }, .vrrp_pid = { .fd = -1 }
	};
	int code = lock(&r.pid, o->pid_path);

	if (o->vrrp_pid_path != NULL && strcmp(o->vrrp_pid_path, o->pid_path) == 0)
		o->vrrp_pid_path = NULL;
	if (code == ENGINE_EXIT_OK)
		code = lock(&r.vrrp_pid, o->vrrp_pid_path);
	if (code == ENGINE_EXIT_OK)
		code = run_locked(&r);
	pidfile_remove(&r.vrrp_pid);
	pidfile_remove(&r.pid);
	return code;
}

static int run(struct options *o)
{
	char *owned[PATHS] = { NULL };
	int code = ENGINE_EXIT_FATAL, err;

	log_open(&(struct log_options){ .ident = "buoyd",
					.facility = o->facility,
					.console = o->console,
					.console_grave = true,
					.syslog = !o->no_syslog,
					.detail = o->detail });
	umask(022);
	if (!caps_has_network()) {
		log_line(MSG_ERR, "buoyd needs CAP_NET_ADMIN and CAP_NET_RAW: start it as root");
		return ENGINE_EXIT_PERMISSION;
	}
	err = o->foreground ? 0 : make_absolute(o, owned);
	if (err == 0)
		code = lock_and_run(o);
	else
		log_fmt(MSG_ERR, "cannot start: %s", err_text(err));
	for (int i = 0; i < PATHS; i++)
		free(owned[i]);
	return code;
}

int main(int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct options o;

	if (options_parse(argc, argv, &o, error) < 0) {
		fprintf(stderr, "buoyd: %s\n", error);
		return ENGINE_EXIT_FATAL;
	}
	host_identify(o.config_id);
	switch (o.task) {
	case TASK_RUN:
		return run(&o);
	case TASK_TEST:
		return test(&o);
	case TASK_HELP:
		options_help(stdout);
		return 0;
	case TASK_VERSION:
		printf("buoyd %s\n", BUOY_VERSION);
		return 0;
	case TASK_SIGNUM:
		printf("%d\n", o.signum);
		return 0;
	case TASK_WORKER:
		prctl(PR_SET_NAME, "buoyd-worker");
		return worker_main(o.worker_fd);
	}
	return ENGINE_EXIT_FATAL;
}
