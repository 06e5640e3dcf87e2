#include "engine/generation.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/crypto.h"
#include "io/log.h"
#include "io/mem.h"
#include "io/netlink.h"
#include "wire/vrrp.h"

enum { DRAIN_MOST = 1000 };

/* The log has lines, a complaint has several: the caret is for terminals (buoyd -t). */
static void log_diags(const struct diags *diags)
{
	for (const struct diag *d = diags->first; d != NULL; d = d->next)
		log_fmt(d->grade == DIAG_ERROR ? MSG_ERR : MSG_WARNING, "%s:%u:%u: %s [%s]",
			d->file, d->line, d->column, d->text, d->code);
}

static bool needs_crypto(const struct node_conf *conf)
{
	for (uint32_t i = 0; i < conf->instance_count; i++)
		if (conf->instances[i].auth_type == VRRP_AUTH_AH)
			return true;
	return false;
}

static int equip(struct generation *g)
{
	g->conf = g->model->node;
	if (!needs_crypto(&g->conf))
		return 0;
	g->conf.crypto = crypto_open();
	if (g->conf.crypto != NULL)
		return 0;
	log_line(MSG_ERR, "auth_type AH needs HMAC-MD5, which the libcrypto of this host refuses");
	return E_NOENT;
}

static int make(struct generation *g, sd_event *event, const struct sockets_owner *owner)
{
	const struct node_conf *conf = &g->conf;
	int err = equip(g);

	if (err == 0)
		err = node_init(&g->node, conf, &g->arena);
	if (err == 0)
		err = links_init(&g->links, conf, &g->arena);
	if (err == 0)
		err = sockets_init(&g->sockets, conf, event, owner, &g->arena);
	if (err == 0)
		err = checks_init(&g->checks, g->model->checks, g->model->tracked[TRACKED_SCRIPT],
				  clock_now(), &g->arena);
	if (err == 0)
		err = files_init(&g->files, g->model, &g->arena);
	if (err == 0)
		err = routes_init(&g->routes, g->model, &g->arena);
	if (err == 0)
		err = statics_init(&g->statics, g->model, &g->arena);
	if (err < 0)
		return err;
	g->told = arena_array(&g->arena, conf->link_count, sizeof(*g->told));
	g->stage = (struct stage){ conf, &g->links, &g->sockets, g->model };
	return g->told != NULL ? 0 : E_NOMEM;
}

int generation_load(const struct conf_host *host, const char *path, sd_event *event,
		    const struct sockets_owner *owner, struct generation **ret)
{
	struct generation *g = calloc(1, sizeof(*g));
	struct diags diags = { 0 };
	int err;

	if (g == NULL)
		return E_NOMEM;
	mem_arena(&g->arena);
	err = conf_load(host, path, &g->arena, &diags, &g->model);
	log_diags(&diags);
	if (err == 0)
		err = make(g, event, owner);
	if (err < 0) {
		generation_free(g);
		return err;
	}
	*ret = g;
	return 0;
}

void generation_free(struct generation *g)
{
	if (g == NULL)
		return;
	statics_done(&g->statics);
	files_done(&g->files);
	sockets_done(&g->sockets);
	links_done(&g->links);
	arena_done(&g->arena);
	free(g);
}

/* ---- the kernel's side ------------------------------------------------------------------ */

static void hear_link(void *ctx, const struct netlink_link *link)
{
	struct generation *g = ctx;

	links_hear_link(&g->links, link);
}

static void hear_addr(void *ctx, const struct netlink_addr *addr)
{
	struct generation *g = ctx;

	links_hear_addr(&g->links, addr);
}

static void hear_route(void *ctx, const struct route_report *report)
{
	struct generation *g = ctx;

	routes_hear(&g->routes, report);
}

static struct netlink_sink sink_of(struct generation *g)
{
	return (struct netlink_sink){ g, hear_link, hear_addr,
				      g->routes.count > 0 ? hear_route : NULL, g->routes.proto };
}

int generation_read_kernel(struct generation *g)
{
	const struct netlink_sink sink = sink_of(g);
	int err;

	links_begin(&g->links);
	routes_begin(&g->routes);
	err = netlink_dump(&sink);
	if (err == 0) {
		links_end(&g->links);
		routes_end(&g->routes);
	} else {
		g->links.incomplete = true; /* half a picture: read again, sweep nothing */
	}
	g->links.dumping = false;
	return err;
}

int generation_hear_kernel(struct generation *g, int monitor)
{
	const struct netlink_sink sink = sink_of(g);
	int err = netlink_read_monitor(monitor, &sink);

	if (err >= 0 && !g->links.incomplete)
		return err;
	/* What is older than the new picture must not be heard after it. */
	for (int i = 0; i < DRAIN_MOST && err != 0; i++)
		err = netlink_read_monitor(monitor, &sink);
	return generation_read_kernel(g);
}
