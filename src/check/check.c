#include "check/check.h"

#include <errno.h>
#include <string.h>

#include "check/judge.h"

static bool same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool same_argv(const char *const *a, const char *const *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

bool check_conf_same(const struct check_conf *a, const struct check_conf *b)
{
	return same_text(a->name, b->name) && same_argv(a->script.argv, b->script.argv) &&
	       same_text(a->script.user, b->script.user) &&
	       same_text(a->script.group, b->script.group) && a->interval_us == b->interval_us &&
	       a->timeout_us == b->timeout_us && a->rise == b->rise && a->fall == b->fall;
}

/* What execve(2) and fork(2) can answer, in the words of the C library. */
static const struct {
	int32_t code;
	const char *text;
} error_texts[] = {
	{ EPERM, "Operation not permitted" },
	{ ENOENT, "No such file or directory" },
	{ EIO, "Input/output error" },
	{ E2BIG, "Argument list too long" },
	{ ENOEXEC, "Exec format error" },
	{ EAGAIN, "Resource temporarily unavailable" },
	{ ENOMEM, "Cannot allocate memory" },
	{ EACCES, "Permission denied" },
	{ EFAULT, "Bad address" },
	{ ENOTDIR, "Not a directory" },
	{ EISDIR, "Is a directory" },
	{ EINVAL, "Invalid argument" },
	{ ENFILE, "Too many open files in system" },
	{ EMFILE, "Too many open files" },
	{ ETXTBSY, "Text file busy" },
	{ ENOSPC, "No space left on device" },
	{ ENAMETOOLONG, "File name too long" },
	{ ENOSYS, "Function not implemented" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ ELIBBAD, "Accessing a corrupted shared library" },
	{ ENOTCONN, "Transport endpoint is not connected" },
	{ ETIMEDOUT, "Connection timed out" },
	{ EHOSTDOWN, "Host is down" },
	{ ESTALE, "Stale file handle" },
};

static void cannot_run(struct text *t, int32_t code)
{
	text_str(t, "cannot run");
	if (code == 0)
		return;
	text_str(t, ": ");
	for (size_t i = 0; i < sizeof(error_texts) / sizeof(error_texts[0]); i++) {
		if (error_texts[i].code == code) {
			text_str(t, error_texts[i].text);
			return;
		}
	}
	text_fmt(t, "error %d", (int)code);
}

void probe_reason(struct text *t, enum probe_outcome outcome, int32_t code, usec_t timeout_us)
{
	switch (outcome) {
	case PROBE_OK:
		text_str(t, "succeeded");
		return;
	case PROBE_EXIT:
		text_fmt(t, "exit status %d", (int)code);
		return;
	case PROBE_SIGNAL:
		text_fmt(t, "killed by signal %d", (int)code);
		return;
	case PROBE_TIMEOUT:
		text_str(t, "timed out after ");
		text_seconds(t, timeout_us);
		text_str(t, " s");
		return;
	case PROBE_CANNOT_RUN:
		cannot_run(t, code);
		return;
	case PROBE_OUTCOME_COUNT:
		break;
	}
	text_str(t, "unknown outcome");
}
