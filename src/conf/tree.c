#include "conf/tree.h"

#include <string.h>

#include "base/err.h"
#include "conf/keys.h"
#include "conf/lex.h"

struct frame {
	struct statement *owner; /* NULL at the top of a file */
	const struct statement **tail;
};

struct builder {
	struct arena *arena;
	struct complaints *complaints;
	const struct conf_host *host;
	const struct statement *top;
	struct names commands; /* keywords whose value is a command */
	struct word *words;    /* of the statement being read */
	uint32_t count, room;
	bool broken;
	bool quotes_broken, braces_broken;
	struct statement *last; /* complete, but its { may follow on the next line */
	struct frame stack[DEPTH_MAX + 1];
	unsigned depth;
	unsigned files, nested;
	size_t bytes;
};

static int read_file(struct builder *, const char *path, const struct word *at);

static bool push_word(struct builder *b, const struct token *t)
{
	if (b->count == b->room) {
		uint32_t room = b->room > 0 ? 2 * b->room : 16;
		struct word *more = complaints_need(b->complaints,
						    arena_array(b->arena, room, sizeof(*more)));

		if (more == NULL)
			return false;
		if (b->count > 0)
			memcpy(more, b->words, b->count * sizeof(*more));
		b->words = more;
		b->room = room;
	}
	b->words[b->count++] = t->word;
	b->broken = b->broken || t->broken;
	b->quotes_broken = b->quotes_broken || t->broken;
	return true;
}

/* A feature that replaces text and is not built: nothing behind it can be judged. */
static void lost(struct builder *b, const struct word *at, const char *what)
{
	complain(b->complaints, D_LATER, at,
		 "%s of keepalived's configuration language, which buoy does not have yet; "
		 "the rest of the configuration is not looked at",
		 what);
	b->complaints->stop = true;
}

static bool begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void refuse_replacements(struct builder *b, const struct word *w, bool first)
{
	const char *s = w->s, *found;

	if (first && !w->quoted && s[0] == '@')
		lost(b, w, "a conditional line (@id) is a feature");
	else if (first && !w->quoted && s[0] == '$' && strchr(s, '=') != NULL)
		lost(b, w, "a definition ($NAME=value) is a feature");
	else if (!w->quoted && (found = strchr(s, '~')) != NULL &&
		 (begins(found, "~SEQ(") || begins(found, "~SEQx(") || begins(found, "~LST(")))
		lost(b, w, "a sequence or list (~SEQ, ~LST) is a feature");
	else if (strstr(s, "${_") != NULL)
		lost(b, w, "a predefined variable (${_NAME}) is a feature");
}

/* |path| as seen from the file that includes it. */
static const char *beside(struct builder *b, const struct word *path)
{
	const char *base = path->source->name, *slash = strrchr(base, '/');
	size_t len = slash != NULL ? (size_t)(slash - base) + 1 : 0;
	char *full;

	if (path->s[0] == '/' || len == 0)
		return path->s;
	full = complaints_need(b->complaints, arena_alloc(b->arena, len + path->len + 1));
	if (full == NULL)
		return path->s;
	memcpy(full, base, len);
	memcpy(full + len, path->s, path->len);
	return full;
}

static bool is_include(const struct word *w)
{
	return !w->quoted && strcmp(w->s, "include") == 0;
}

/* |w| are the |count| words of the line. */
static void include(struct builder *b, const struct word *w, uint32_t count)
{
	const char *path;

	if (count != 2) {
		complain(b->complaints, count < 2 ? D_NO_VALUE : D_EXTRA, &w[count < 2 ? 0 : 2],
			 "'include' takes one path");
		return;
	}
	if (w[1].s[strcspn(w[1].s, "*?[")] != '\0') {
		complain(b->complaints, D_LATER, &w[1],
			 "patterns in 'include' are something buoy does not have yet: "
			 "'%s' must be one file",
			 shown(&w[1]).s);
		return;
	}
	if (b->nested == INCLUDE_DEPTH_MAX) {
		complain(b->complaints, D_DEPTH, &w[1],
			 "files include each other more than %d deep", INCLUDE_DEPTH_MAX);
		b->complaints->stop = true;
		return;
	}
	path = beside(b, &w[1]);
	if (b->complaints->stop)
		return;
	b->nested++;
	(void)read_file(b, path, &w[1]);
	b->nested--;
}

/* Ends the statement being read. NULL when there was none, or it was an include. */
static struct statement *finish(struct builder *b)
{
	uint32_t count = b->count;
	bool broken = b->broken;
	struct statement *s;
	struct word *words;

	if (count == 0)
		return NULL;
	b->count = 0;
	b->broken = false;
	words = complaints_need(b->complaints,
				arena_dup(b->arena, b->words, count * sizeof(*words)));
	s = complaints_need(b->complaints, arena_new(b->arena, struct statement));
	if (words == NULL || s == NULL)
		return NULL;
	if (is_include(words)) {
		if (!broken)
			include(b, words, count);
		b->last = NULL;
		return NULL;
	}
	*s = (struct statement){ .words = words, .count = count, .broken = broken };
	for (unsigned i = 1; broken && i <= b->depth; i++)
		b->stack[i].owner->hurt = true;
	*b->stack[b->depth].tail = s;
	b->stack[b->depth].tail = &s->next;
	b->last = s;
	return s;
}

/* The innermost block is still open where |next| begins; NULL: where the file ends. */
static void missing_brace(struct builder *b, const struct word *next)
{
	const struct word *open = b->stack[b->depth].owner->words;

	b->braces_broken = true;
	if (b->quotes_broken)
		return;
	if (next == NULL)
		complain(b->complaints, D_UNCLOSED, open,
			 "the block of '%s' is opened here and never closed: a '}' is missing",
			 shown(open).s);
	else
		complain(b->complaints, D_UNCLOSED, next,
			 "'%s' begins while the block of '%s' in line %u is still open: a '}' is "
			 "missing before it",
			 shown(next).s, shown(open).s, open->line);
}

static void open_block(struct builder *b, const struct word *at)
{
	struct statement *s = b->count > 0 ? finish(b) : b->last;

	b->last = NULL;
	if (b->complaints->stop)
		return;
	if (s == NULL) {
		complain(b->complaints, D_BLOCK, at, "a '{' without a keyword before it");
		s = complaints_need(b->complaints, arena_new(b->arena, struct statement));
		if (s == NULL)
			return;
		s->words = complaints_need(b->complaints, arena_dup(b->arena, at, sizeof(*at)));
		if (s->words == NULL)
			return;
	}
	if (b->depth > 0 && !b->braces_broken && keys_begins_top(s->words[0].s)) {
		missing_brace(b, &s->words[0]);
		b->depth = 0;
	}
	if (b->depth == DEPTH_MAX) {
		complain(b->complaints, D_DEPTH, at, "blocks are nested more than %d deep",
			 DEPTH_MAX);
		b->complaints->stop = true;
		return;
	}
	s->block = true;
	b->stack[++b->depth] = (struct frame){ s, &s->first };
}

/* Where in the top of the file something stands that belongs into an instance: before it a brace
 * closed too much. */
static const struct statement *stray(const struct builder *b)
{
	for (const struct statement *s = b->top; s != NULL; s = s->next)
		if (keys_only_inside(s->words[0].s))
			return s;
	return NULL;
}

static void close_block(struct builder *b, const struct word *at, unsigned floor)
{
	const struct statement *s;
	bool known;

	(void)finish(b);
	b->last = NULL;
	if (b->complaints->stop)
		return;
	if (b->depth > floor) {
		b->depth--;
		return;
	}
	known = b->braces_broken || b->quotes_broken;
	b->braces_broken = true;
	if (known)
		return;
	s = stray(b);
	if (s == NULL)
		complain(b->complaints, D_CLOSED, at,
			 "a '}' too many: no block of this file is open here");
	else
		complain(b->complaints, D_CLOSED, at,
			 "a '}' too many; '%s' of line %u stands outside of any block, so it may "
			 "be the one before that",
			 shown(&s->words[0]).s, s->words[0].line);
}

/* include /etc/{a,b}.conf */
static void refuse_braces(struct builder *b, struct lexer *lx, const struct word *at)
{
	complain(b->complaints, D_LATER, at,
		 "braces in 'include' are something buoy does not have yet: name one file");
	b->count = 0;
	b->broken = false;
	lex_skip_line(lx);
}

static void build(struct builder *b, struct lexer *lx)
{
	unsigned floor = b->depth;
	bool command = false;

	b->last = NULL;
	while (!b->complaints->stop) {
		struct token t = lex_next(lx, command);

		switch (t.kind) {
		case TOKEN_WORD:
			if (!push_word(b, &t))
				return;
			if (b->count == 1)
				command = names_find(&b->commands, t.word.s) != NAMES_NONE;
			refuse_replacements(b, &t.word, b->count == 1);
			continue;
		case TOKEN_LINE:
			(void)finish(b);
			break;
		case TOKEN_OPEN:
			if (b->count > 0 && is_include(b->words))
				refuse_braces(b, lx, &t.word);
			else
				open_block(b, &t.word);
			break;
		case TOKEN_CLOSE:
			close_block(b, &t.word, floor);
			break;
		case TOKEN_END:
			(void)finish(b);
			if (b->depth > floor && !b->complaints->stop) {
				missing_brace(b, NULL);
				b->depth = floor;
			}
			return;
		}
		command = false;
	}
}

/* Keywords whose value is a command: it is quoted as in a shell. */
static const char *const command_words[] = {
	"script",
	"notify",
	"notify_master",
	"notify_backup",
	"notify_fault",
	"notify_stop",
	"notify_deleted",
	"notify_master_rx_lower_pri",
	"notify_fifo_script",
	"vrrp_notify_fifo_script",
	"lvs_notify_fifo_script",
	"startup_script",
	"shutdown_script",
	"process",
	"misc_path",
	"notify_up",
	"notify_down",
	"quorum_up",
	"quorum_down",
};

/* |at|: the include that asks for it, or NULL. */
static int read_file(struct builder *b, const char *path, const struct word *at)
{
	struct source *source = complaints_need(b->complaints, arena_new(b->arena, struct source));
	struct word whole = { .s = path, .source = source };
	struct lexer lx;
	struct bytes text;
	int err;

	if (source == NULL)
		return E_NOMEM;
	*source = (struct source){ .name = path, .number = b->files++ };
	if (at == NULL)
		at = &whole;
	err = b->host->read(b->host->ctx, path, b->arena, &text);
	if (err == E_NOMEM)
		(void)complaints_need(b->complaints, NULL);
	if (err < 0) {
		complain(b->complaints, D_READ, at, "'%s' cannot be read: %s", shown_text(path).s,
			 err_text(err));
		return err;
	}
	if (text.len > BYTES_MAX - b->bytes || b->files > FILES_MAX) {
		complain(b->complaints, D_DEPTH, at,
			 "the configuration is more than %d files or %d MiB", FILES_MAX,
			 BYTES_MAX >> 20);
		b->complaints->stop = true;
		return 0;
	}
	if (text.len > 0)
		source->text = text;
	else
		source->text.p = (const uint8_t *)""; /* an empty file may have no bytes at all */
	b->bytes += text.len;
	if (lex_init(&lx, source, b->complaints))
		build(b, &lx);
	else
		b->complaints->stop = true;
	return 0;
}

int tree_read(const struct conf_host *host, struct complaints *c, const char *path,
	      struct tree *ret)
{
	struct builder *b = complaints_need(c, arena_new(c->arena, struct builder));
	size_t count = sizeof(command_words) / sizeof(command_words[0]);
	int err;

	if (b == NULL)
		return E_NOMEM;
	b->arena = c->arena;
	b->complaints = c;
	b->host = host;
	b->stack[0].tail = &b->top;
	if (names_init(&b->commands, c->arena, (uint32_t)count) < 0)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		(void)names_put(&b->commands, command_words[i], 0);
	err = read_file(b, path, NULL);
	if (err < 0)
		return err;
	*ret = (struct tree){ .first = b->top, .sound = !b->braces_broken };
	return 0;
}
