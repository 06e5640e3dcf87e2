#include "base/err.h"

const char *err_text(int err)
{
	static const char *const texts[] = {
#define X(id, text) [id##_INDEX] = text,
		ERR_LIST(X)
#undef X
	};

	if (err == 0)
		return "success";
	if (err > 0 || err < -(int)ERR_COUNT)
		return "unknown error";
	return texts[-err - 1];
}
