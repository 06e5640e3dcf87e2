/* buoy/client.h - asks the running daemon one question over its control socket. */
#ifndef BUOY_CLIENT_H
#define BUOY_CLIENT_H

#include <jansson.h>

#define CLIENT_SOCKET_PATH "/run/buoy/buoyd.sock"

/* Sends |request| (one line of JSON, without its newline) to the daemon at |path| and returns its
 * answer in |*ret|, for the caller to release. On failure says on standard error what is wrong and
 * what to do about it, and returns a BUOY_EXIT_*; 0 on success. */
int client_ask(const char *path, const char *request, json_t **ret);

#endif
