/* engine/files.h - the tracked files of a generation and the numbers in them.
 *
 * The folder of each file is watched by inotify(7), so a new number counts as soon as its writer
 * has closed the file or put it in place. What inotify cannot see (another name of the file, a
 * folder that was not there) is found by a look once a second. A file that is not there or cannot
 * be read counts as 0, as in keepalived; all but the former is logged. */
#ifndef ENGINE_FILES_H
#define ENGINE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/arena.h"
#include "base/time.h"
#include "conf/model.h"

struct files;

struct file_state {
	const struct file_conf *conf; /* borrowed */
	struct files *all;
	int32_t value;
	int err; /* of the newest look; 0: |value| stands in the file */
	usec_t since;
	bool suspect; /* a look found it empty: it may be being written */
	sd_event_source *watch;
};

/* Who is told. */
struct files_owner {
	void *ctx;
	/* The number of file |index| has changed. */
	void (*changed)(void *ctx, uint16_t index);
};

struct files {
	struct file_state *list; /* in the order of the model */
	uint16_t count;
	sd_event *event; /* borrowed */
	const struct files_owner *owner;
	sd_event_source *poll;
};

/* Nothing is opened yet. E_NOMEM. */
int files_init(struct files *, const struct model *, struct arena *);
/* Writes what init_file asks for; |overwrite|: also over what is there, where that is asked for. */
void files_write(struct files *, bool overwrite);
/* Reads all numbers and watches from now on. Without an event loop it only reads. */
void files_watch(struct files *, sd_event *event, const struct files_owner *owner);
void files_done(struct files *);

#endif
