#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/errmap.h"

/* The child's end of things, before it becomes its program. */
struct birth {
	const struct spawn *how;
	pid_t parent;
	int output;  /* the pipe's writing end, or /dev/null */
	int null;    /* /dev/null */
	int failure; /* the pipe's writing end, close-on-exec */
	const char *path;
};

static _Noreturn void give_up(const struct birth *b, int code, const char *what, const char *detail)
{
	struct spawn_failure f = { .code = code };

	(void)snprintf(f.detail, sizeof(f.detail), "%s%s", what, detail);
	if (write(b->failure, &f, sizeof(f)) != sizeof(f))
		_exit(126);
	_exit(127);
}

static void default_signals(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing from |from| on survives the exec. */
static void close_on_exec(unsigned from)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (close_range(from, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned fd = from; fd < limit.rlim_cur; fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

static void standard_files(struct birth *b)
{
	/* First out of the way of 0, 1 and 2, wherever they were opened. */
	int failure = fcntl(b->failure, F_DUPFD_CLOEXEC, 3);
	int null = fcntl(b->null, F_DUPFD_CLOEXEC, 3);
	int output = fcntl(b->output, F_DUPFD_CLOEXEC, 3);

	if (failure >= 0)
		b->failure = failure;
	if (failure < 0 || null < 0 || output < 0)
		give_up(b, errno, "", "");
	if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		give_up(b, errno, "", "");
	close_on_exec(3);
}

static void usual_surroundings(const struct birth *b)
{
	const struct sched_param plain = { 0 };

	(void)sched_setscheduler(0, SCHED_OTHER, &plain);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	if (b->how->files != NULL)
		(void)setrlimit(RLIMIT_NOFILE, b->how->files);
	umask(022);
	if (chdir("/") != 0)
		give_up(b, errno, "cannot go to /", "");
}

/* Asks before the privileges go, so that nothing on the way is hidden from us. */
static void find_program(struct birth *b, char path[SCRIPT_PATH_MAX])
{
	char where[SCRIPT_PATH_MAX];
	int r = script_find(b->how->argv[0], b->how->user, path);

	if (r != 0)
		give_up(b, r == E_PERM ? EACCES : ENOENT, "", "");
	b->path = path;
	if (b->how->security && script_check(path, b->how->user, where) == E_RANGE)
		give_up(b, EPERM, "others than root can change ", where);
}

static void become(const struct birth *b)
{
	const struct script_user *u = b->how->user;

	if (!u->allowed)
		give_up(b, EPERM, "only root can run it as another user", "");
	if (u->change &&
	    (setgroups((size_t)u->group_count, u->groups) != 0 ||
	     setresgid(u->gid, u->gid, u->gid) != 0 || setresuid(u->uid, u->uid, u->uid) != 0))
		give_up(b, errno, "cannot become its user", "");
	/* A change of user forgets it, so it comes last. */
	if (prctl(PR_SET_PDEATHSIG, b->how->death_signal) != 0)
		give_up(b, errno, "", "");
	if (getppid() != b->parent)
		_exit(127);
}

static const char *const unwanted[] = {
	"IFS",           "LD_PRELOAD", "LD_LIBRARY_PATH", "NOTIFY_SOCKET",  "WATCHDOG_PID",
	"WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS",      "LISTEN_FDNAMES", "JOURNAL_STREAM",
};

static bool same_name(const char *variable, const char *other)
{
	size_t n = strcspn(variable, "=");

	return strncmp(variable, other, n) == 0 && (other[n] == '=' || other[n] == '\0');
}

/* Whether our own |variable| goes to the child: not when it is unwanted or replaced. */
static bool inherited(const char *variable, const char *const *more)
{
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		if (same_name(variable, unwanted[i]))
			return false;
	for (; more != NULL && *more != NULL; more++)
		if (same_name(variable, *more))
			return false;
	return true;
}

static char **environment(const struct birth *b)
{
	const char *const *more = b->how->envp;
	size_t n = 0, room = 1;
	char **env;

	for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
		room++;
	for (size_t i = 0; more != NULL && more[i] != NULL; i++)
		room++;
	env = calloc(room, sizeof(*env));
	if (env == NULL)
		give_up(b, ENOMEM, "", "");
	for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
		if (inherited(environ[i], more))
			env[n++] = environ[i];
	for (; more != NULL && *more != NULL; more++)
		env[n++] = (char *)(uintptr_t)*more;
	return env;
}

/* For a text without "#!", as execvp(3) has it. */
static void run_by_shell(const struct birth *b, char **env)
{
	const char *const *argv = b->how->argv;
	size_t n = 0;
	const char **words;

	while (argv[n] != NULL)
		n++;
	words = calloc(n + 2, sizeof(*words));
	if (words == NULL)
		give_up(b, ENOMEM, "", "");
	words[0] = "/bin/sh";
	words[1] = b->path;
	for (size_t i = 1; i < n; i++)
		words[i + 1] = argv[i];
	execve(words[0], (char **)(uintptr_t)words, env);
}

static _Noreturn void be_born(struct birth *b)
{
	char path[SCRIPT_PATH_MAX];
	char **env;
	int e;

	(void)setpgid(0, 0);
	default_signals();
	standard_files(b);
	usual_surroundings(b);
	find_program(b, path);
	become(b);
	env = environment(b);
	execve(b->path, (char **)(uintptr_t)b->how->argv, env);
	if (errno == ENOEXEC)
		run_by_shell(b, env);
	e = errno;
	if (e == ENOENT && access(b->path, F_OK) == 0)
		give_up(b, e, "the interpreter it names is not there", "");
	give_up(b, e, "", "");
}

/* A pipe whose reading end does not block. */
static int open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

struct pipes {
	int failure[2], output[2], null;
};

static int open_pipes(struct pipes *p, bool output)
{
	p->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->null < 0 || open_pipe(p->failure) != 0)
		return -1;
	return output ? open_pipe(p->output) : 0;
}

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		close_one(&p->failure[i]);
		close_one(&p->output[i]);
	}
	close_one(&p->null);
}

static int fail(struct pipes *p)
{
	int e = errno;

	close_pipes(p);
	errno = e;
	return err_from_errno(e);
}

int spawn_start(const struct spawn *how, struct spawned *ret)
{
	struct pipes p = { .failure = { -1, -1 }, .output = { -1, -1 }, .null = -1 };
	struct birth b = { .how = how, .parent = getpid() };
	struct spawned s;

	if (open_pipes(&p, how->output) != 0)
		return fail(&p);
	b.failure = p.failure[1];
	b.output = how->output ? p.output[1] : p.null;
	b.null = p.null;
	s.pid = fork();
	if (s.pid < 0)
		return fail(&p);
	if (s.pid == 0)
		be_born(&b);
	/* Both of us say it, so that the group is there for whoever asks first. */
	(void)setpgid(s.pid, s.pid);
	close_one(&p.failure[1]);
	close_one(&p.output[1]);
	close_one(&p.null);
	s.failure = p.failure[0];
	s.output = p.output[0];
	*ret = s;
	return 0;
}

bool spawn_failure(const struct spawned *s, struct spawn_failure *ret)
{
	struct spawn_failure f;

	if (read(s->failure, &f, sizeof(f)) != sizeof(f))
		return false;
	f.detail[sizeof(f.detail) - 1] = '\0';
	*ret = f;
	return true;
}

void spawn_kill(const struct spawned *s, int sig)
{
	(void)kill(-s->pid, sig);
}

void spawn_close(struct spawned *s)
{
	close_one(&s->failure);
	close_one(&s->output);
}
