/* io/log.h - where sentences for people go: the console, syslog, or both.
 *
 * Nothing here ever waits: a console that nobody reads or a syslog daemon that hangs must not hold
 * up the process that holds the address. What cannot be written at once is lost, counted, and the
 * loss is told in the next line that gets through. One log a process; not for threads. */
#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"

struct log_options {
	const char *ident;  /* name in syslog; borrowed for the life of the process */
	int facility;       /* LOG_DAEMON and so on */
	bool console;       /* standard error too */
	bool console_grave; /* warnings and errors there until log_settle() */
	bool syslog;
	bool detail;             /* MSG_DEBUG too */
	const char *syslog_path; /* NULL: /dev/log */
};

/* Opens the log. A syslog socket that is not there is tried again at each line. */
void log_open(const struct log_options *);
void log_close(void);
/* The start is over: only |console| decides about standard error from now on. */
void log_settle(void);

/* Writes one line; a newline in it becomes a space. */
void log_line(enum msg_level, const char *text);
void log_fmt(enum msg_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Renders and writes |m| at the level of its entry. */
void log_msg(const struct msg *m);

/* Lines that could not be written so far. */
uint64_t log_lost(void);

/* Reads "0".."7", "local0".."local7", "user" or "daemon". E_SYNTAX. */
int log_facility(const char *name, int *ret);

#endif
