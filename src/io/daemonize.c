#include "io/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "io/errmap.h"

static int null_to(int target)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_from_errno(errno);
	if (dup2(fd, target) < 0)
		return err_from_errno(errno);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

static void wait_and_exit(int fd)
{
	unsigned char code = 1;
	ssize_t n;

	do {
		n = read(fd, &code, 1);
	} while (n < 0 && errno == EINTR);
	_exit(n == 1 ? code : 1);
}

int daemonize_fork(struct daemonize *d)
{
	int pipes[2], err;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_from_errno(errno);
	pid = fork();
	if (pid < 0) {
		err = err_from_errno(errno);
		close(pipes[0]);
		close(pipes[1]);
		return err;
	}
	if (pid > 0) {
		close(pipes[1]);
		wait_and_exit(pipes[0]);
	}
	close(pipes[0]);
	d->fd = pipes[1];
	if (setsid() < 0 || chdir("/") < 0)
		return err_from_errno(errno);
	err = null_to(STDIN_FILENO);
	return err < 0 ? err : null_to(STDOUT_FILENO);
}

void daemonize_ready(struct daemonize *d, int code, int keep_stderr)
{
	unsigned char c = (unsigned char)code;
	ssize_t n;

	if (d->fd < 0)
		return;
	if (code == 0 && !keep_stderr)
		null_to(STDERR_FILENO);
	do {
		n = write(d->fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	close(d->fd);
	d->fd = -1;
}
