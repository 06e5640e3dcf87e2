/* worker/command.h - a copy of a command that outlives the message it came in. */
#ifndef WORKER_COMMAND_H
#define WORKER_COMMAND_H

#include "io/ipc.h"

/* Copies |from| into |*ret| in one piece of memory, given back by command_done(). E_NOMEM. */
int command_copy(const struct ipc_command *from, struct ipc_command *ret);
/* An empty (all zero) command may be given back, too. */
void command_done(struct ipc_command *);

#endif
