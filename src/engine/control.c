#include "engine/control.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/errmap.h"

enum { PATIENCE_US = 10000000, SOCKET_MODE = 0660, DIRECTORY_MODE = 0755, BACKLOG = 32 };

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *ctx);

/* ---- a client --------------------------------------------------------------------------- */

static void drop(struct control_client *c)
{
	c->io = sd_event_source_disable_unref(c->io);
	c->timeout = sd_event_source_disable_unref(c->timeout);
	close(c->fd);
	c->fd = -1;
	free(c->piece);
	c->piece = NULL;
	sd_event_source_set_enabled(c->control->listener, SD_EVENT_ON); /* there is room again */
}

static void set_piece(struct control_client *c, char *piece)
{
	free(c->piece);
	c->piece = piece;
	c->piece_len = piece != NULL ? strlen(piece) : 0;
	c->piece_sent = 0;
}

static void refuse(struct control_client *c, const char *why)
{
	char buf[256];
	struct text t = TEXT(buf);

	text_str(&t, "{\"error\":");
	text_json(&t, why);
	text_str(&t, "}\n");
	c->answering = c->last = true;
	set_piece(c, strdup(buf));
}

static void begin_answer(struct control_client *c, size_t line_len)
{
	struct control *control = c->control;
	json_t *request = json_loadb(c->request, line_len, JSON_REJECT_DUPLICATES, NULL);
	const char *cmd = json_string_value(json_object_get(request, "cmd"));

	if (cmd == NULL)
		refuse(c, "a request is one line like {\"cmd\": \"status\"}");
	else if (strcmp(cmd, "status") != 0)
		refuse(c, "unknown command; known is: status");
	json_decref(request);
	if (c->answering)
		return;
	control->owner->refresh(control->owner->ctx);
	c->answering = true;
	c->cursor = (struct status_cursor){ 0 };
}

/* False: the client is of no use any more. */
static bool read_request(struct control_client *c)
{
	const char *newline;
	ssize_t n = recv(c->fd, c->request + c->request_len, sizeof(c->request) - c->request_len,
			 MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	c->request_len += (size_t)n;
	newline = memchr(c->request, '\n', c->request_len);
	if (newline != NULL)
		begin_answer(c, (size_t)(newline - c->request));
	else if (c->request_len == sizeof(c->request))
		refuse(c, "the request is too long");
	return true;
}

/* Fetches what is to be sent next. False: there is nothing more. */
static bool next_piece(struct control_client *c)
{
	struct status_source source = { 0 };
	char *piece = NULL;

	if (c->last)
		return false;
	c->control->owner->source(c->control->owner->ctx, &source);
	if (status_next(&source, &c->cursor, &piece) < 0)
		return false;
	set_piece(c, piece);
	return piece != NULL;
}

/* One piece a turn: the event loop decides what comes first. */
static bool send_piece(struct control_client *c)
{
	ssize_t n;

	if (c->piece_sent == c->piece_len && !next_piece(c))
		return false;
	n = send(c->fd, c->piece + c->piece_sent, c->piece_len - c->piece_sent,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->piece_sent += (size_t)n;
	return c->piece_sent < c->piece_len || !c->last;
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct control_client *c = ctx;
	bool alive = c->answering ? send_piece(c) : read_request(c);

	(void)fd;
	if (!alive || (revents & (EPOLLHUP | EPOLLERR))) {
		drop(c);
		return 0;
	}
	sd_event_source_set_time(c->timeout, clock_now() + PATIENCE_US);
	sd_event_source_set_io_events(source, c->answering ? EPOLLOUT : EPOLLIN);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *ctx)
{
	(void)source, (void)usec;
	drop(ctx);
	return 0;
}

/* ---- all clients ------------------------------------------------------------------------ */

static struct control_client *free_slot(struct control *c)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd < 0)
			return &c->clients[i];
	return NULL;
}

static int watch(struct control *control, struct control_client *c)
{
	int err = sd_event_add_io(control->event, &c->io, c->fd, EPOLLIN, on_client, c);

	if (err >= 0)
		err = sd_event_source_set_priority(c->io, PRIORITY_CONTROL);
	if (err >= 0)
		err = sd_event_add_time(control->event, &c->timeout, CLOCK_MONOTONIC,
					clock_now() + PATIENCE_US, USEC_PER_SEC, on_timeout, c);
	return err;
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct control *control = ctx;
	struct control_client *c = free_slot(control);
	int client;

	(void)revents;
	if (c == NULL) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF); /* until one is gone */
		return 0;
	}
	client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client < 0)
		return 0;
	*c = (struct control_client){ .control = control, .fd = client };
	if (watch(control, c) < 0)
		drop(c);
	return 0;
}

/* ---- the socket ------------------------------------------------------------------------- */

static int make_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct text t = TEXT(dir);

	if (slash == NULL || slash == path)
		return 0;
	text_add(&t, path, (size_t)(slash - path));
	if (mkdir(dir, DIRECTORY_MODE) == 0 || errno == EEXIST)
		return 0;
	return err_from_errno(errno);
}

static bool is_answered(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool answered = fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
				    errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return answered;
}

static int bind_at(int fd, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	mode_t before;
	int err = 0;

	if (strlen(path) >= sizeof(at.sun_path))
		return E_RANGE;
	strcpy(at.sun_path, path);
	if (is_answered(&at))
		return E_EXISTS;
	if (unlink(path) < 0 && errno != ENOENT)
		return err_from_errno(errno);
	before = umask(0777 & ~SOCKET_MODE);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, BACKLOG) < 0)
		err = err_from_errno(errno);
	umask(before);
	return err;
}

int control_open(struct control *c, sd_event *event, const char *path,
		 const struct control_owner *owner)
{
	int err = make_directory(path), fd;

	*c = (struct control){ .event = event, .owner = owner, .path = path, .fd = -1 };
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		c->clients[i].fd = -1;
	if (err < 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_from_errno(errno);
	err = bind_at(fd, path);
	if (err < 0) {
		close(fd);
		return err;
	}
	c->fd = fd;
	err = sd_event_add_io(event, &c->listener, fd, EPOLLIN, on_connect, c);
	if (err >= 0)
		err = sd_event_source_set_priority(c->listener, PRIORITY_CONTROL);
	if (err >= 0)
		return 0;
	control_close(c);
	return E_NOMEM;
}

void control_close(struct control *c)
{
	if (c->fd < 0)
		return;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0)
			drop(&c->clients[i]);
	c->listener = sd_event_source_disable_unref(c->listener);
	close(c->fd);
	c->fd = -1;
	unlink(c->path);
}
