/* io/errmap.h - from the kernel's errno to our list of errors; called right after a failed call. */
#ifndef IO_ERRMAP_H
#define IO_ERRMAP_H

/* The enum err for the positive errno |e|; E_IO for what has no name of its own, 0 for 0. */
int err_from_errno(int e);

#endif
