#include "worker/command.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Entries of |list| with its NULL; 0 for no list. Adds the room of the strings to |*room|. */
static size_t measure(const char *const *list, size_t *room)
{
	size_t n = 0;

	if (list == NULL)
		return 0;
	for (; list[n] != NULL; n++)
		*room += strlen(list[n]) + 1;
	return n + 1;
}

static const char *put(char **at, const char *s)
{
	size_t size = s != NULL ? strlen(s) + 1 : 0;
	const char *copy = s != NULL ? *at : NULL;

	if (s != NULL)
		memcpy(*at, s, size);
	*at += size;
	return copy;
}

static const char *const *put_list(const char **table, const char *const *list, size_t count,
				   char **at)
{
	for (size_t i = 0; i < count; i++)
		table[i] = put(at, list[i]);
	return count > 0 ? table : NULL;
}

int command_copy(const struct ipc_command *from, struct ipc_command *ret)
{
	size_t room = 0;
	size_t argc = measure(from->argv, &room), envc = measure(from->envp, &room);
	struct ipc_command c = *from;
	const char **tables;
	char *at;

	room += from->user != NULL ? strlen(from->user) + 1 : 0;
	room += from->group != NULL ? strlen(from->group) + 1 : 0;
	tables = malloc((argc + envc) * sizeof(*tables) + room);
	if (tables == NULL)
		return E_NOMEM;
	at = (char *)(tables + argc + envc);
	c.argv = put_list(tables, from->argv, argc, &at);
	c.envp = put_list(tables + argc, from->envp, envc, &at);
	c.user = put(&at, from->user);
	c.group = put(&at, from->group);
	*ret = c;
	return 0;
}

void command_done(struct ipc_command *c)
{
	/* argv is never NULL in a command that was copied, and stands first. */
	free((void *)(uintptr_t)c->argv);
	*c = (struct ipc_command){ 0 };
}
