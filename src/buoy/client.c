#include "buoy/client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "buoy/buoy.h"

enum { PATIENCE_S = 10, ANSWER_MAX = 256 * 1024 * 1024 };

static int explain(const char *path, int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		fprintf(stderr,
			"buoy: no buoyd answers at %s.\n"
			"Is it running? `systemctl status buoyd`, or start it: `systemctl start "
			"buoyd`.\n"
			"If it was started with --socket, give buoy the same --socket.\n",
			path);
		return BUOY_EXIT_FAILED;
	case EACCES:
	case EPERM:
		fprintf(stderr,
			"buoy: you may not ask buoyd at %s: its socket is for root and the "
			"socket's group.\n"
			"Use `sudo buoy`, or become a member of that group.\n",
			path);
		return BUOY_EXIT_PERMISSION;
	case ETIMEDOUT:
		fprintf(stderr,
			"buoy: buoyd at %s does not answer within %d s: it hangs or is stopped.\n"
			"Look at `systemctl status buoyd` and its log.\n",
			path, PATIENCE_S);
		return BUOY_EXIT_FAILED;
	default:
		fprintf(stderr, "buoy: %s: %s\n", path, strerror(error));
		return BUOY_EXIT_FAILED;
	}
}

/* A socket that times out says EAGAIN. */
static int system_error(void)
{
	return errno == EAGAIN ? ETIMEDOUT : errno;
}

/* Returns the socket, or a negative errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd, error;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	strcpy(at.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	error = system_error();
	close(fd);
	return -error;
}

static int send_line(int fd, const char *line)
{
	char buf[1024];
	int n = snprintf(buf, sizeof(buf), "%s\n", line);

	if (n < 0 || (size_t)n >= sizeof(buf))
		return EMSGSIZE;
	return send(fd, buf, (size_t)n, MSG_NOSIGNAL) == n ? 0 : system_error();
}

/* Reads to the end into memory from the heap. Returns an errno. */
static int read_answer(int fd, char **ret, size_t *ret_len)
{
	size_t len = 0, room = 65536;
	char *buf = malloc(room), *more;
	ssize_t n = 1;

	while (buf != NULL && n > 0) {
		if (len == room) {
			more = room < ANSWER_MAX ? realloc(buf, 2 * room) : NULL;
			if (more == NULL)
				break;
			buf = more;
			room *= 2;
		}
		n = recv(fd, buf + len, room - len, 0);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (buf == NULL || n != 0) {
		free(buf);
		return n < 0 ? system_error() : ENOMEM;
	}
	*ret = buf;
	*ret_len = len;
	return 0;
}

static int understand(const char *path, const char *buf, size_t len, json_t **ret)
{
	json_error_t error;
	json_t *answer = json_loadb(buf, len, 0, &error);
	const char *refusal = json_string_value(json_object_get(answer, "error"));

	if (answer == NULL) {
		fprintf(stderr,
			"buoy: the answer of buoyd at %s breaks off: it was reloaded or stopped.\n"
			"Try again. (%s)\n",
			path, error.text);
		return BUOY_EXIT_FAILED;
	}
	if (refusal != NULL) {
		fprintf(stderr, "buoy: buoyd refuses: %s\n", refusal);
		json_decref(answer);
		return BUOY_EXIT_FAILED;
	}
	*ret = answer;
	return BUOY_EXIT_OK;
}

int client_ask(const char *path, const char *request, json_t **ret)
{
	int fd = connect_to(path), error, code;
	size_t len = 0;
	char *buf = NULL;

	if (fd < 0)
		return explain(path, -fd);
	error = send_line(fd, request);
	if (error == 0)
		error = read_answer(fd, &buf, &len);
	close(fd);
	if (error != 0)
		return explain(path, error);
	code = understand(path, buf, len, ret);
	free(buf);
	return code;
}
