#include "engine/host.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/errmap.h"
#include "io/script.h"

enum { FILE_MAX_BYTES = 64 * 1024 * 1024 };

static int read_all(int fd, uint8_t *to, size_t size, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, to + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* Only regular files have a size to go by; a configuration in a pipe is not supported. */
static int read_open(int fd, struct arena *arena, struct bytes *ret)
{
	struct stat st;
	uint8_t *buf;
	size_t len = 0;
	int err;

	if (fstat(fd, &st) < 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)
		return E_IO;
	buf = arena_alloc(arena, (size_t)st.st_size + 1);
	if (buf == NULL)
		return E_NOMEM;
	err = read_all(fd, buf, (size_t)st.st_size, &len);
	if (err == 0)
		*ret = (struct bytes){ buf, len };
	return err;
}

static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;

	(void)ctx;
	if (fd < 0)
		return err_from_errno(errno);
	err = read_open(fd, arena, ret);
	close(fd);
	return err;
}

static bool host_has_link(void *ctx, const char *name)
{
	(void)ctx;
	return if_nametoindex(name) != 0;
}

static int host_script(void *ctx, const char *path, const char *user)
{
	(void)ctx;
	return script_path_check(path, user);
}

const struct conf_host host_real = {
	.read = host_read,
	.has_link = host_has_link,
	.script = host_script,
};
