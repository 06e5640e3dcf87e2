/* engine/control.h - the socket `buoy` asks at.
 *
 * A UNIX stream socket, mode 0660. A client sends one line of JSON, {"cmd": "status"}, gets one
 * document back, and the connection ends. Clients come last in the event loop, never wait for each
 * other, and are dropped when they do not move for ten seconds or say more than one line. */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "engine/status.h"

enum { CONTROL_CLIENTS_MAX = 16, CONTROL_REQUEST_MAX = 4096 };

/* Who answers. */
struct control_owner {
	void *ctx;
	/* Fills in what a status is made from, as of now. */
	void (*source)(void *ctx, struct status_source *ret);
	/* A request for the status has come: bring up to date what is not kept so. */
	void (*refresh)(void *ctx);
};

struct control;

struct control_client {
	struct control *control;
	int fd; /* -1: free */
	sd_event_source *io, *timeout;
	char request[CONTROL_REQUEST_MAX];
	size_t request_len;
	bool answering, last; /* |last|: nothing follows |piece| */
	struct status_cursor cursor;
	char *piece; /* being sent, from the heap */
	size_t piece_len, piece_sent;
};

struct control {
	sd_event *event; /* borrowed */
	const struct control_owner *owner;
	const char *path; /* borrowed */
	int fd;           /* -1: not open */
	sd_event_source *listener;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* Listens at |path|, whose directory is made when it is missing. A socket nobody answers at is
 * replaced. E_EXISTS: somebody answers there; E_PERM, E_NOENT, E_RANGE (the path is too long). */
int control_open(struct control *, sd_event *event, const char *path,
		 const struct control_owner *owner);
/* Ends all connections and removes the socket. */
void control_close(struct control *);

#endif
