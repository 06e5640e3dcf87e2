#include "io/numfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "io/errmap.h"

enum { BYTES_MAX = 64 };

/* File systems that may let a reader wait for another host or another process. */
static const uint32_t remote[] = {
	NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,       0xff534d42 /* cifs */, 0xfe534d42 /* smb2 */,
	CODA_SUPER_MAGIC, AFS_SUPER_MAGIC,       AFS_FS_MAGIC,          V9FS_MAGIC,
	CEPH_SUPER_MAGIC, 0x65735546 /* fuse */, 0x47504653 /* gpfs */, 0x0bd00bd0 /* lustre */,
	PROC_SUPER_MAGIC, SYSFS_MAGIC,
};

static int check_place(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return E_INVAL;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)fs.f_type == remote[i])
			return E_INVAL;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int parse(const char *p, const char *end, int32_t *ret)
{
	bool negative = false, any = false;
	int64_t v = 0;

	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return *ret = 0, 0;
	if (*p == '-' || *p == '+')
		negative = *p++ == '-';
	for (; p < end && *p >= '0' && *p <= '9'; p++, any = true)
		if (v <= INT32_MAX)
			v = 10 * v + (*p - '0');
	if (!any || (p < end && !is_blank(*p)))
		return E_SYNTAX;
	v = negative ? -v : v;
	*ret = (int32_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
	return 0;
}

int numfile_read(const char *path, int32_t *ret_value)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	char buf[BYTES_MAX];
	ssize_t n = 0;

	if (fd < 0)
		return err_from_errno(errno);
	err = check_place(fd);
	if (err == 0) {
		n = read(fd, buf, sizeof(buf));
		err = n < 0 ? err_from_errno(errno) : 0;
	}
	close(fd);
	return err < 0 ? err : parse(buf, buf + n, ret_value);
}

int numfile_write(const char *path, int32_t value, bool overwrite)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags | (overwrite ? 0 : O_EXCL), 0644), err;
	char buf[BYTES_MAX];
	struct text t = TEXT(buf);
	ssize_t n;

	if (fd < 0)
		return err_from_errno(errno);
	err = check_place(fd);
	if (err == 0 && ftruncate(fd, 0) < 0)
		err = err_from_errno(errno);
	if (err == 0) {
		text_fmt(&t, "%d\n", value);
		n = write(fd, buf, t.len);
		err = n < 0 ? err_from_errno(errno) : (size_t)n < t.len ? E_IO : 0;
	}
	close(fd);
	return err;
}
