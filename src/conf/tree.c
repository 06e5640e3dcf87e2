#include "conf/tree.h"

#include <string.h>

#include "base/err.h"
#include "conf/include.h"
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
	unsigned checks; /* of include_check */
	struct glob glob;
	struct expander expander;
	uint32_t put_words; /* that stand in no file */
};

enum { PUT_WORDS_MAX = 1000000 };

static int read_file(struct builder *, const char *path, const struct word *at);

/* Whether what follows |s| is never to be shown. */
static bool is_secret_key(const char *s)
{
	return strcmp(s, "auth_pass") == 0;
}

static bool push_word(struct builder *b, struct token *t)
{
	if (t->word.from != NULL && ++b->put_words > PUT_WORDS_MAX) {
		complain(
			b->complaints, D_EXPANSION, &t->word,
			"definitions and repetitions make more than %d words of this configuration",
			PUT_WORDS_MAX);
		b->complaints->stop = true;
		return false;
	}
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
	t->word.secret = b->count > 0 &&
			 (b->words[b->count - 1].secret || is_secret_key(b->words[b->count - 1].s));
	b->words[b->count++] = t->word;
	b->broken = b->broken || t->broken;
	b->quotes_broken = b->quotes_broken || t->broken;
	return true;
}

/* |w| are the |count| words of the line. */
static void include(struct builder *b, const struct word *w, uint32_t count)
{
	struct glob g = b->glob;
	unsigned checks = 0;

	(void)include_keyword(w, &checks);
	checks |= b->checks;
	if (count != 2) {
		complain(b->complaints, count < 2 ? D_NO_VALUE : D_EXTRA, &w[count < 2 ? 0 : 2],
			 "'%s' takes one path", w->s);
		return;
	}
	if (b->nested == INCLUDE_DEPTH_MAX) {
		complain(b->complaints, D_DEPTH, &w[1],
			 "files include each other more than %d deep", INCLUDE_DEPTH_MAX);
		b->complaints->stop = true;
		return;
	}
	include_find(b->complaints, &g, &w[1], checks);
	b->glob.work = g.work;
	b->nested++;
	for (uint32_t i = 0; i < g.count && !b->complaints->stop; i++)
		if (read_file(b, g.paths[i].path, &w[1]) == E_NOENT)
			include_missing(b->complaints, &w[1], &g.paths[i], checks);
	b->nested--;
}

/* Ends the statement being read. NULL when there was none, or it was an include. */
static struct statement *finish(struct builder *b)
{
	uint32_t count = b->count;
	bool broken = b->broken;
	unsigned checks;
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
	if (include_keyword(words, &checks)) {
		if (!broken)
			include(b, words, count);
		b->last = NULL;
		return NULL;
	}
	if (!broken && strcmp(words->s, "include_check") == 0)
		b->checks = include_check(b->complaints, words, count, b->checks);
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

/* How the word after those read is to be taken. */
static enum lex_mode next_mode(const struct builder *b)
{
	unsigned checks;

	if (b->count == 0)
		return LEX_WORD;
	if (include_keyword(b->words, &checks))
		return LEX_PATH;
	return names_find(&b->commands, b->words->s) != NAMES_NONE ? LEX_COMMAND : LEX_WORD;
}

static void build(struct builder *b, struct lexer *lx)
{
	unsigned floor = b->depth;
	enum lex_mode mode = LEX_WORD;

	b->last = NULL;
	while (!b->complaints->stop) {
		struct token t = lex_next(lx, mode);

		switch (t.kind) {
		case TOKEN_WORD:
			if (!push_word(b, &t))
				return;
			if (b->count == 1)
				mode = next_mode(b);
			continue;
		case TOKEN_LINE:
			(void)finish(b);
			break;
		case TOKEN_OPEN:
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
		mode = LEX_WORD;
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

/* |at|: the include that asks for it, which complains when it is not there; or NULL. */
static int read_file(struct builder *b, const char *path, const struct word *at)
{
	struct source *source = complaints_need(b->complaints, arena_new(b->arena, struct source));
	struct word whole = { .s = path, .source = source };
	struct lexer lx;
	unsigned checks = b->checks;
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
	if (err == E_NOENT && at != &whole)
		return err;
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
	if (lex_init(&lx, source, &b->expander))
		build(b, &lx);
	else
		b->complaints->stop = true;
	b->checks = checks;
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
	b->glob = (struct glob){ .arena = c->arena, .host = host };
	if (names_init(&b->commands, c->arena, (uint32_t)count) < 0 ||
	    expander_init(&b->expander, c, host) < 0)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		(void)names_put(&b->commands, command_words[i], 0);
	err = read_file(b, path, NULL);
	if (err < 0)
		return err;
	*ret = (struct tree){ .first = b->top, .sound = !b->braces_broken };
	return 0;
}
