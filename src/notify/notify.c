#include "notify/notify.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

enum { NUMBER_MAX = 4 }; /* "255" and its NUL */

static void number(char buf[NUMBER_MAX], uint8_t v)
{
	struct text t = { .p = buf, .cap = NUMBER_MAX };

	text_u64(&t, v);
}

/* "name=value" in |a|, or NULL. */
static const char *variable(struct arena *a, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = value != NULL ? strlen(value) : 0;
	char *s = arena_alloc(a, name_len + 1 + value_len + 1);

	if (s == NULL)
		return NULL;
	memcpy(s, name, name_len);
	s[name_len] = '=';
	if (value_len > 0)
		memcpy(s + name_len + 1, value, value_len);
	return s;
}

static const char *const *environment(struct arena *a, const struct notify_facts *f)
{
	char priority[NUMBER_MAX], vrid[NUMBER_MAX];
	const struct {
		const char *name, *value;
	} vars[] = {
		{ "BUOY_INSTANCE", f->instance },
		{ "BUOY_GROUP", f->group },
		{ "BUOY_STATE", f->state },
		{ "BUOY_STATE_BEFORE", f->before },
		{ "BUOY_REASON", f->reason },
		{ "BUOY_PRIORITY", priority },
		{ "BUOY_VRID", vrid },
		{ "BUOY_INTERFACE", f->interface },
		{ "BUOY_VIPS", f->vips },
		{ "BUOY_ROUTER_ID", f->router_id },
	};
	const size_t count = sizeof(vars) / sizeof(vars[0]);
	const char **envp = arena_array(a, count + 1, sizeof(*envp));

	if (envp == NULL)
		return NULL;
	number(priority, f->priority);
	number(vrid, f->vrid);
	for (size_t i = 0; i < count; i++) {
		envp[i] = variable(a, vars[i].name, vars[i].value);
		if (envp[i] == NULL)
			return NULL;
	}
	return envp;
}

/* The words of |script| and, for the generic one, those that keepalived appends. */
static const char *const *arguments(struct arena *a, const struct script_conf *script, bool generic,
				    const struct notify_facts *f)
{
	char priority[NUMBER_MAX];
	bool is_group = f->instance == NULL;
	const char *const more[] = { is_group ? "GROUP" : "INSTANCE",
				     is_group ? f->group : f->instance, f->state, priority };
	const size_t more_count = generic ? sizeof(more) / sizeof(more[0]) : 0;
	size_t own = 0;
	const char **argv;

	number(priority, f->priority);
	while (script->argv[own] != NULL)
		own++;
	argv = arena_array(a, own + more_count + 1, sizeof(*argv));
	if (argv == NULL)
		return NULL;
	for (size_t i = 0; i < own; i++)
		argv[i] = script->argv[i];
	for (size_t i = 0; i < more_count; i++) {
		argv[own + i] = arena_strdup(a, more[i]);
		if (argv[own + i] == NULL)
			return NULL;
	}
	return argv;
}

int notify_calls(const struct notify_conf *conf, enum notify_script state_script,
		 const struct notify_facts *f, struct arena *a, struct notify_call calls[2],
		 uint32_t *ret_count)
{
	const enum notify_script order[] = { state_script, NOTIFY_SCRIPT_ALL };
	const char *const *envp = NULL;
	struct notify_call made[2];
	uint32_t count = 0;

	assert(state_script < NOTIFY_SCRIPT_ALL);
	for (size_t i = 0; i < 2; i++) {
		const struct script_conf *script = &conf->scripts[order[i]];
		const char *const *argv;

		if (script->argv == NULL)
			continue;
		if (envp == NULL)
			envp = environment(a, f);
		argv = arguments(a, script, order[i] == NOTIFY_SCRIPT_ALL, f);
		if (envp == NULL || argv == NULL)
			return E_NOMEM;
		made[count++] = (struct notify_call){ script, argv, envp };
	}
	for (uint32_t i = 0; i < count; i++)
		calls[i] = made[i];
	*ret_count = count;
	return 0;
}
