#include "core/group.h"

#include "core/instance.h"

static const struct instance *member(const struct sync_group *g, uint16_t n)
{
	return &g->instances[g->conf->members[n]];
}

const struct instance *group_find_unwilling(const struct sync_group *g)
{
	for (uint16_t n = 0; n < g->conf->member_count; n++)
		if (!member(g, n)->wants || member(g, n)->ill)
			return member(g, n);
	return NULL;
}

bool group_may_master(const struct sync_group *g)
{
	return group_find_unwilling(g) == NULL;
}

const struct instance *group_find_ill(const struct sync_group *g)
{
	for (uint16_t n = 0; n < g->conf->member_count; n++)
		if (member(g, n)->ill)
			return member(g, n);
	return NULL;
}

bool group_has_stopped(const struct sync_group *g)
{
	bool begun = false;

	for (uint16_t n = 0; n < g->conf->member_count; n++) {
		if (!member(g, n)->stopped)
			return false;
		begun |= member(g, n)->started;
	}
	return begun;
}

enum vrrp_state group_state(const struct sync_group *g)
{
	uint16_t count[VRRP_STATE_COUNT] = { 0 };

	for (uint16_t n = 0; n < g->conf->member_count; n++)
		count[member(g, n)->state]++;
	if (count[VRRP_FAULT] > 0)
		return VRRP_FAULT;
	if (count[VRRP_INIT] > 0)
		return VRRP_INIT;
	return count[VRRP_MASTER] == g->conf->member_count ? VRRP_MASTER : VRRP_BACKUP;
}
