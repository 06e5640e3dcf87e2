/* io/pidfile.h - one daemon at a time, told by a locked file.
 *
 * The lock belongs to the open file, so it is gone with the process however that ends, and a stale
 * file is no obstacle. The number in it is for people and scripts. */
#ifndef IO_PIDFILE_H
#define IO_PIDFILE_H

#include <sys/types.h>

struct pidfile {
	const char *path; /* borrowed */
	int fd;           /* -1: none */
};

/* Creates or takes over |path| and locks it. E_EXISTS: another process holds it, its number is in
 * |*ret_owner| then (0 when it cannot be read); E_PERM, E_NOENT, E_IO. */
int pidfile_lock(struct pidfile *, const char *path, pid_t *ret_owner);
/* Writes the number of the calling process. The lock survives fork(). */
int pidfile_write(const struct pidfile *);
/* Removes the file and lets go. Nothing happens when there is none. */
void pidfile_remove(struct pidfile *);

#endif
