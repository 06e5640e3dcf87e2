#include "conf/expand.h"

#include <string.h>

#include "base/err.h"
#include "conf/number.h"

/* $NAME and what it means: definitions of the configuration, and ${_NAME} of keepalived's own. */

enum { RANDOM_MAX = 32767 };

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

size_t define_name_len(const char *s, const char *end)
{
	const char *p = s;

	if (p == end || !is_letter(*p))
		return 0;
	while (p < end && (is_letter(*p) || (*p >= '0' && *p <= '9')))
		p++;
	return (size_t)(p - s);
}

size_t define_len(const char *s, const char *end)
{
	size_t len;

	if (s == end || *s != '$')
		return 0;
	len = define_name_len(s + 1, end);
	return len > 0 && s + 1 + len < end && s[1 + len] == '=' ? len + 2 : 0;
}

const struct definition **define_find(struct expander *x, const char *name, size_t len)
{
	char buf[EXPAND_NAME_MAX + 1];
	uint32_t i;

	if (len > EXPAND_NAME_MAX || memchr(name, '\0', len) != NULL)
		return NULL;
	memcpy(buf, name, len);
	buf[len] = '\0';
	i = names_find(&x->names, buf);
	return i == NAMES_NONE || x->values[i] == NULL ? NULL : &x->values[i];
}

static bool grow(struct expander *x)
{
	uint32_t room = x->room > 0 ? 2 * x->room : 16;
	const struct definition **more;

	if (x->names.count <= x->room && x->names.count < x->room)
		return true;
	more = complaints_need(x->complaints,
			       arena_array(x->complaints->arena, room, sizeof(*more)));
	if (more == NULL)
		return false;
	if (x->room > 0)
		memcpy(more, x->values, x->room * sizeof(*more));
	x->values = more;
	x->room = room;
	return true;
}

void define(struct expander *x, const char *name, size_t name_len, struct definition d)
{
	struct arena *arena = x->complaints->arena;
	struct definition *copy;
	uint32_t i = x->names.count;

	if (name_len > EXPAND_NAME_MAX) {
		struct word at = { .s = "", .source = d.source };

		complain(x->complaints, D_RANGE, &at,
			 "the name of the definition in line %u is longer than %d letters", d.line,
			 EXPAND_NAME_MAX);
		return;
	}
	d.name = complaints_need(x->complaints, arena_strndup(arena, name, name_len));
	copy = complaints_need(x->complaints, arena_dup(arena, &d, sizeof(d)));
	if (d.name == NULL || copy == NULL || !grow(x))
		return;
	if (names_put(&x->names, d.name, i) == E_NOMEM)
		(void)complaints_need(x->complaints, NULL);
	else
		x->values[names_find(&x->names, d.name)] = copy;
}

const char *define_condition(struct expander *x, const char *s, const char *end)
{
	const char *id = s + 1, *mine = x->host->config_id, *p;
	bool except = id < end && *id == '^', same;

	id += except;
	for (p = id; p < end && !is_blank(*p); p++)
		continue;
	if (p == end)
		return NULL;
	same = mine != NULL && strlen(mine) == (size_t)(p - id) &&
	       memcmp(mine, id, (size_t)(p - id)) == 0;
	while (p < end && is_blank(*p))
		p++;
	return same != except ? p : NULL;
}

/* ---- predefined ones ----------------------------------------------------------------------- */

struct builtin_call {
	const struct word *at;
	char arguments[EXPAND_NAME_MAX + 1];
};

static const char *put(struct expander *x, const char *a, size_t len, const char *b)
{
	struct arena *arena = x->complaints->arena;
	char *s = complaints_need(x->complaints, arena_alloc(arena, len + strlen(b) + 1));

	if (s == NULL)
		return "";
	memcpy(s, a, len);
	memcpy(s + len, b, strlen(b) + 1);
	return s;
}

/* The folder of the file, absolute if the host says where we are. */
static const char *value_pwd(struct expander *x, const struct builtin_call *call)
{
	const char *name = call->at->source->name, *slash = strrchr(name, '/');
	const char *cwd = x->host->cwd != NULL ? x->host->cwd : ".", *folder;

	if (slash == NULL)
		return cwd;
	folder = put(x, name, slash > name ? (size_t)(slash - name) : 1, "");
	if (name[0] == '/')
		return folder;
	return put(x, put(x, cwd, strlen(cwd), "/"), strlen(cwd) + 1, folder);
}

static const char *value_instance(struct expander *x, const struct builtin_call *call)
{
	(void)call;
	return x->host->config_id != NULL ? x->host->config_id : "";
}

static bool take_number(const char **p, int64_t *ret)
{
	char buf[16];
	size_t len = strcspn(*p, " \t");
	int64_t v;

	if (len == 0 || len >= sizeof(buf))
		return len == 0;
	memcpy(buf, *p, len);
	buf[len] = '\0';
	*p += len + strspn(*p + len, " \t");
	if (number_parse(buf, &v) < 0 || v < 0 || v > INT32_MAX)
		return false;
	*ret = v;
	return true;
}

/* From the least to the greatest, both included. */
static const char *value_random(struct expander *x, const struct builtin_call *call)
{
	int64_t least = 0, greatest = RANDOM_MAX;
	const char *p = call->arguments;
	char buf[24];
	struct text t = TEXT(buf);

	if (!take_number(&p, &least) || !take_number(&p, &greatest) || *p != '\0' ||
	    least > greatest) {
		complain(x->complaints, D_RANGE, call->at,
			 "'${_RANDOM}' takes the least and the greatest number, neither negative");
		return "";
	}
	if (x->host->random == NULL) {
		complain(x->complaints, D_RANGE, call->at, "there are no random numbers here");
		return "";
	}
	text_u64(&t, (uint64_t)least +
			     x->host->random(x->host->ctx) % (uint64_t)(greatest - least + 1));
	return put(x, buf, t.len, "");
}

static const char *value_env(struct expander *x, const struct builtin_call *call)
{
	const char *value = x->host->env != NULL ? x->host->env(x->host->ctx, call->arguments)
						 : NULL;

	if (value != NULL)
		return value;
	complain(x->complaints, D_NO_ENV, call->at,
		 "the environment has no variable '%s': nothing is put in its place",
		 shown_text(call->arguments).s);
	return "";
}

/* Outside quotes each begins a comment, as if it had stood there. */

static const char *value_hash(struct expander *x, const struct builtin_call *call)
{
	(void)x, (void)call;
	return "#";
}

static const char *value_bang(struct expander *x, const struct builtin_call *call)
{
	(void)x, (void)call;
	return "!";
}

static const struct {
	const char *name;
	const char *(*value)(struct expander *, const struct builtin_call *);
	bool takes_arguments;
} builtins[] = {
	{ "_PWD", value_pwd, false },      { "_INSTANCE", value_instance, false },
	{ "_HASH", value_hash, false },    { "_BANG", value_bang, false },
	{ "_RANDOM", value_random, true }, { "_ENV", value_env, true },
};

const char *define_builtin(struct expander *x, const struct word *at, const char *s, size_t len)
{
	struct builtin_call call = { .at = at };
	size_t name = define_name_len(s, s + len), from = name;

	while (from < len && is_blank(s[from]))
		from++;
	while (len > from && is_blank(s[len - 1]))
		len--;
	if (len - from > EXPAND_NAME_MAX || memchr(s, '\0', len) != NULL)
		return NULL;
	memcpy(call.arguments, s + from, len - from);
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (strlen(builtins[i].name) == name && memcmp(builtins[i].name, s, name) == 0 &&
		    (from == len || builtins[i].takes_arguments))
			return builtins[i].value(x, &call);
	return NULL;
}
