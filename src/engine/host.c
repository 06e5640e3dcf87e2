#include "engine/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/errmap.h"
#include "io/script.h"

enum { FILE_MAX_BYTES = 64 * 1024 * 1024, LIST_MAX = 10000 };

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

static int list_open(DIR *dir, struct arena *arena, const char ***ret_names, uint32_t *ret_count)
{
	const char **names = arena_array(arena, LIST_MAX, sizeof(*names));
	struct dirent *entry;
	uint32_t count = 0;

	if (names == NULL)
		return E_NOMEM;
	while (count < LIST_MAX && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names[count] = arena_strdup(arena, entry->d_name);
		if (names[count++] == NULL)
			return E_NOMEM;
	}
	*ret_names = names;
	*ret_count = count;
	return 0;
}

static int host_list(void *ctx, const char *path, struct arena *arena, const char ***ret_names,
		     uint32_t *ret_count)
{
	DIR *dir = opendir(path);
	int err;

	(void)ctx;
	if (dir == NULL)
		return err_from_errno(errno);
	err = list_open(dir, arena, ret_names, ret_count);
	(void)closedir(dir);
	return err;
}

static const char *host_env(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static uint64_t host_random(void *ctx)
{
	uint64_t v = 0;

	(void)ctx;
	while (getrandom(&v, sizeof(v), 0) < 0 && errno == EINTR)
		continue;
	return v;
}

static bool host_exposed(void *ctx, const char *path)
{
	struct stat st;

	(void)ctx;
	return stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

void host_identify(const char *config_id)
{
	static char name[256], cwd[PATH_MAX];

	if (gethostname(name, sizeof(name) - 1) == 0)
		name[strcspn(name, ".")] = '\0';
	host_real.config_id = config_id != NULL ? config_id : name;
	host_real.cwd = getcwd(cwd, sizeof(cwd));
}

struct conf_host host_real = {
	.read = host_read,
	.has_link = host_has_link,
	.script = host_script,
	.list = host_list,
	.env = host_env,
	.random = host_random,
	.exposed = host_exposed,
};
