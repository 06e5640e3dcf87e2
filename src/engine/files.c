#include "engine/files.h"

#include <limits.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/err.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/numfile.h"

enum { LOOK_US = 1000000, ROUGHLY_US = 100000 };

static const uint32_t SEEN = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM |
			     IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

int files_init(struct files *f, const struct model *model, struct arena *arena)
{
	uint16_t count = model->tracked[TRACKED_FILE];

	*f = (struct files){ .list = arena_array(arena, count, sizeof(*f->list)), .count = count };
	if (f->list == NULL)
		return E_NOMEM;
	for (uint16_t i = 0; i < count; i++)
		f->list[i] = (struct file_state){ .conf = &model->files[i], .all = f };
	return 0;
}

void files_write(struct files *f, bool overwrite)
{
	for (uint16_t i = 0; i < f->count; i++) {
		const struct file_conf *c = f->list[i].conf;
		int err = c->init ? numfile_write(c->path, c->init_value, overwrite && c->overwrite)
				  : 0;

		if (err < 0 && err != E_EXISTS)
			log_fmt(MSG_ERR, "track_file %s: cannot write %s: %s", c->name, c->path,
				err_text(err));
	}
}

/* ---- looking ---------------------------------------------------------------------------- */

static void tell(const struct file_state *s, int before)
{
	const struct file_conf *c = s->conf;

	if (s->err < 0 && s->err != before && s->err != E_NOENT)
		log_fmt(MSG_WARNING, "track_file %s: cannot read a number from %s: %s; counts as 0",
			c->name, c->path, err_text(s->err));
	else
		log_fmt(MSG_INFO, "track_file %s now says %d", c->name, s->value);
}

/* Returns true when the number has changed. */
static bool look(struct file_state *s)
{
	int32_t value = 0;
	int err = numfile_read(s->conf->path, &value), before = s->err;
	bool changed = value != s->value;

	s->err = err;
	s->suspect = false;
	if (changed) {
		s->value = value;
		s->since = clock_now();
	}
	if (changed || (err < 0 && err != before && err != E_NOENT))
		tell(s, before);
	return changed;
}

static void look_and_tell(struct file_state *s)
{
	if (look(s))
		s->all->owner->changed(s->all->owner->ctx, (uint16_t)(s - s->all->list));
}

/* ---- watching --------------------------------------------------------------------------- */

static const char *base_name(const struct file_conf *c)
{
	return strrchr(c->path, '/') + 1;
}

static int on_folder(sd_event_source *source, const struct inotify_event *ev, void *ctx)
{
	struct file_state *s = ctx;

	(void)source;
	if (ev->mask & (IN_IGNORED | IN_MOVE_SELF))
		s->watch = sd_event_source_disable_unref(s->watch); /* another folder, or none */
	else if (ev->len > 0 && strcmp(ev->name, base_name(s->conf)) != 0)
		return 0;
	look_and_tell(s);
	return 0;
}

static void watch(struct file_state *s)
{
	const char *base = base_name(s->conf);
	size_t len = (size_t)(base - s->conf->path);
	char folder[PATH_MAX];

	if (len >= sizeof(folder))
		return;
	memcpy(folder, s->conf->path, len);
	folder[len] = '\0';
	if (sd_event_add_inotify(s->all->event, &s->watch, folder, SEEN | IN_ONLYDIR, on_folder,
				 s) >= 0)
		sd_event_source_set_priority(s->watch, PRIORITY_CHECKS);
}

/* An empty file may be one that is being written: it counts when it is still empty a look later. */
static void look_by_time(struct file_state *s)
{
	int32_t value = 0;
	bool empty = numfile_read(s->conf->path, &value) == 0 && value == 0 && s->value != 0;

	if (empty && !s->suspect)
		s->suspect = true;
	else
		look_and_tell(s);
}

static int on_look(sd_event_source *source, uint64_t when, void *ctx)
{
	struct files *f = ctx;

	for (uint16_t i = 0; i < f->count; i++) {
		if (f->list[i].watch == NULL)
			watch(&f->list[i]);
		look_by_time(&f->list[i]);
	}
	sd_event_source_set_time(source, when + LOOK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

void files_watch(struct files *f, sd_event *event, const struct files_owner *owner)
{
	f->event = event;
	f->owner = owner;
	for (uint16_t i = 0; i < f->count; i++) {
		f->list[i].since = clock_now();
		if (event != NULL)
			watch(&f->list[i]);
		(void)look(&f->list[i]);
	}
	if (f->count == 0 || event == NULL)
		return;
	if (sd_event_add_time(event, &f->poll, CLOCK_MONOTONIC, clock_now() + LOOK_US, ROUGHLY_US,
			      on_look, f) < 0)
		log_line(MSG_ERR, "no memory to look at tracked files again");
	else
		sd_event_source_set_priority(f->poll, PRIORITY_CHECKS);
}

void files_done(struct files *f)
{
	for (uint16_t i = 0; i < f->count; i++)
		f->list[i].watch = sd_event_source_disable_unref(f->list[i].watch);
	f->poll = sd_event_source_disable_unref(f->poll);
	f->count = 0;
}
