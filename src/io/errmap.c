#include "io/errmap.h"

#include <errno.h>
#include <stddef.h>

#include "base/err.h"

static const struct {
	int system, ours;
} table[] = {
	{ 0, 0 },
	{ ENOMEM, E_NOMEM },
	{ EPERM, E_PERM },
	{ EACCES, E_PERM },
	{ ENOENT, E_NOENT },
	{ ENOTDIR, E_NOENT },
	{ ESRCH, E_NOENT },
	{ EEXIST, E_EXISTS },
	{ EADDRINUSE, E_EXISTS },
	{ ENODEV, E_NODEV },
	{ ENXIO, E_NODEV },
	{ ENETDOWN, E_NETDOWN },
	{ ENETUNREACH, E_NETDOWN },
	{ EINVAL, E_INVAL },
	{ EOPNOTSUPP, E_INVAL },
	{ ERANGE, E_RANGE },
	{ EMSGSIZE, E_RANGE },
	{ ENOBUFS, E_NOBUFS },
	{ EAGAIN, E_AGAIN },
	{ ETIMEDOUT, E_TIMEOUT },
	{ EPIPE, E_CLOSED },
	{ ECONNRESET, E_CLOSED },
	{ ECONNREFUSED, E_CLOSED },
	{ EMFILE, E_FULL },
	{ ENFILE, E_FULL },
	{ ENOSPC, E_FULL },
};

int err_from_errno(int e)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].system == e)
			return table[i].ours;
	return E_IO;
}
