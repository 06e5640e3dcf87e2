/* io/numfile.h - a file with one number in it.
 *
 * Called by engine/files.h. Nothing here may hang the process that holds the addresses: only
 * regular files of local file systems are read, and of those a few bytes. */
#ifndef IO_NUMFILE_H
#define IO_NUMFILE_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the number |path| begins with; blanks around it are no matter, an empty file has 0. A
 * number beyond int32_t is the nearest that is not. E_NOENT, E_PERM, E_SYNTAX (something else
 * stands there), E_INVAL (no regular file, or not of a local file system), E_IO. */
int numfile_read(const char *path, int32_t *ret_value);

/* Writes |value| into a file that is not there or, with |overwrite|, into one that is. 0, E_EXISTS
 * or another of the above. */
int numfile_write(const char *path, int32_t value, bool overwrite);

#endif
