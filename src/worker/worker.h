/* worker/worker.h - the process that may be slow: it runs checks and notifications for the engine.
 *
 * One event loop, and nothing in it waits: a script that hangs, even in the kernel, costs its own
 * check and nothing else. What the scripts' ends mean is judged in the engine; here it is only
 * observed and told, as struct ipc_message over the socket the engine gave us.
 *
 * A check that has timed out is told at its deadline, whether or not its processes are gone; they
 * get SIGTERM then and SIGKILL two seconds later. When the first process of a check has ended, the
 * rest of its group is killed. A notification may leave processes behind: it may start a daemon.
 *
 * When the engine is gone, checks are killed, notifications that run may end within their timeouts,
 * those that wait are dropped: the next engine will say anew what is so. After IPC_STOP everything
 * queued is run first, even if the engine is gone by then. When the worker itself is killed, the
 * kernel sends SIGKILL to the first process of each check and SIGTERM to that of each notification.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

/* Runs until the engine has asked to stop or is gone. |fd|: the SOCK_SEQPACKET socket to it, ours
 * from now on. To be called in a process of its own: closes every other descriptor from 3 on,
 * ignores the signals that are meant for the engine, leaves real-time scheduling. Returns the exit
 * status of the process. */
int worker_main(int fd);

#endif
