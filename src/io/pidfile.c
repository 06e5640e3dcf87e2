#include "io/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "io/errmap.h"

static pid_t read_pid(int fd)
{
	char buf[16] = { 0 };
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);
	pid_t pid = 0;

	for (ssize_t i = 0; i < n && i < 9 && buf[i] >= '0' && buf[i] <= '9'; i++)
		pid = pid * 10 + (buf[i] - '0');
	return pid;
}

/* True when |path| still names the file that |fd| has locked: its last owner may have removed it
 * between our open and our lock. */
static bool still_there(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
	       ours.st_dev == named.st_dev;
}

int pidfile_lock(struct pidfile *f, const char *path, pid_t *ret_owner)
{
	int fd;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return err_from_errno(errno);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			int err = errno == EWOULDBLOCK ? E_EXISTS : err_from_errno(errno);

			*ret_owner = read_pid(fd);
			close(fd);
			return err;
		}
		if (still_there(fd, path))
			break;
		close(fd);
	}
	*f = (struct pidfile){ path, fd };
	return 0;
}

int pidfile_write(const struct pidfile *f)
{
	char buf[16];
	struct text t = TEXT(buf);

	text_fmt(&t, "%d\n", (int)getpid());
	if (ftruncate(f->fd, 0) < 0 || pwrite(f->fd, buf, t.len, 0) != (ssize_t)t.len)
		return E_IO;
	return 0;
}

void pidfile_remove(struct pidfile *f)
{
	if (f->fd < 0)
		return;
	if (still_there(f->fd, f->path))
		unlink(f->path);
	close(f->fd);
	f->fd = -1;
}
