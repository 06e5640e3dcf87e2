#include "worker/drain.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

struct drain_pipe {
	struct drain_pipe *next, **link; /* |link|: what points to us */
	sd_event_source *source;
	int fd;
};

/* 0 at the end of the pipe, else more may come. */
static ssize_t swallow(int fd)
{
	char bytes[4096];

	return read(fd, bytes, sizeof(bytes));
}

static void forget(struct drain_pipe *p)
{
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	sd_event_source_disable_unref(p->source);
	close(p->fd);
	free(p);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	(void)source;
	(void)events;
	if (swallow(fd) == 0)
		forget(ctx);
	return 0;
}

void drain_adopt(struct drain *d, int fd)
{
	struct drain_pipe *p = calloc(1, sizeof(*p));

	if (p == NULL || sd_event_add_io(d->event, &p->source, fd, EPOLLIN, on_output, p) < 0) {
		close(fd);
		free(p);
		return;
	}
	p->fd = fd;
	p->next = d->pipes;
	p->link = &d->pipes;
	if (p->next != NULL)
		p->next->link = &p->next;
	d->pipes = p;
}

/* Reads the |count| pipes that stand at 3 and up until the last is closed. */
static _Noreturn void read_on(unsigned count)
{
	struct pollfd *p = calloc(count, sizeof(*p));
	unsigned open = count;

	if (p == NULL)
		_exit(1);
	for (unsigned i = 0; i < count; i++)
		p[i] = (struct pollfd){ .fd = (int)i + 3, .events = POLLIN };
	while (open > 0 && poll(p, count, -1) >= 0) {
		for (unsigned i = 0; i < count; i++) {
			if (p[i].fd < 0 || p[i].revents == 0 || swallow(p[i].fd) != 0)
				continue;
			close(p[i].fd);
			p[i].fd = -1;
			open--;
		}
	}
	_exit(0);
}

static _Noreturn void become_reader(const struct drain *d)
{
	unsigned count = 0;

	(void)setsid();
	(void)prctl(PR_SET_NAME, "buoy-drain");
	for (const struct drain_pipe *p = d->pipes; p != NULL; p = p->next)
		count++;
	/* Above all that will be used, then down to 3 and up. */
	for (struct drain_pipe *p = d->pipes; p != NULL; p = p->next)
		p->fd = fcntl(p->fd, F_DUPFD, (int)count + 3);
	count = 0;
	for (const struct drain_pipe *p = d->pipes; p != NULL; p = p->next)
		if (p->fd >= 0 && dup2(p->fd, (int)count + 3) >= 0)
			count++;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	(void)close_range(count + 3, UINT_MAX, 0);
	read_on(count);
}

void drain_done(struct drain *d)
{
	if (d->pipes != NULL && fork() == 0)
		become_reader(d);
	while (d->pipes != NULL)
		forget(d->pipes);
}
