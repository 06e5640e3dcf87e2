/* base/err.h - every way a call of ours can fail, in one list.
 *
 * Functions return 0 or one of these, negative. Out-parameters called ret_* are written only on
 * success. Pure code never logs: who calls knows the name of what failed. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_LIST(X)                                                                                \
	X(E_NOMEM, "out of memory")                                                                \
	X(E_RANGE, "value out of range")                                                           \
	X(E_SYNTAX, "not understood")                                                              \
	X(E_EXISTS, "exists already")                                                              \
	X(E_NOENT, "not found")                                                                    \
	X(E_PERM, "operation not permitted")                                                       \
	X(E_NODEV, "no such interface")                                                            \
	X(E_NETDOWN, "interface is down")                                                          \
	X(E_INVAL, "refused as invalid by the kernel")                                             \
	X(E_NOBUFS, "no buffer space")                                                             \
	X(E_AGAIN, "would block")                                                                  \
	X(E_TIMEOUT, "timed out")                                                                  \
	X(E_CLOSED, "the other side has closed")                                                   \
	X(E_FULL, "no room left")                                                                  \
	X(E_IO, "input/output error")                                                              \
	X(E_UNREACH, "no way to reach the gateway")

enum err_index {
#define X(id, text) id##_INDEX,
	ERR_LIST(X)
#undef X
		ERR_COUNT
};

enum err {
	E_OK = 0,
#define X(id, text) id = -(id##_INDEX + 1),
	ERR_LIST(X)
#undef X
};

/* Text of |err| (0 or negative), never NULL. */
const char *err_text(int err);

#endif
