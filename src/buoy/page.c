#include "buoy/page.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LINE_MAX_BYTES = 512, SECOND = 1000000, DAY_S = 86400 };

/* ---- getting at it ---------------------------------------------------------------------- */

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "?";
}

static int64_t num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool yes(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* ---- times ------------------------------------------------------------------------------ */

/* "4 ms", "12 s", "3 min", "2 h 5 min", "4 d 6 h". */
static const char *span(int64_t us, char buf[32])
{
	int64_t s = us / SECOND;

	if (us < SECOND)
		snprintf(buf, 32, "%d ms", (int)(us / 1000));
	else if (s < 60)
		snprintf(buf, 32, "%d s", (int)s);
	else if (s < 3600)
		snprintf(buf, 32, "%d min", (int)(s / 60));
	else if (s < DAY_S)
		snprintf(buf, 32, "%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
	else
		snprintf(buf, 32, "%lld d %d h", (long long)(s / DAY_S), (int)(s % DAY_S / 3600));
	return buf;
}

/* The clock time of an ISO date, with the date when that is not just now. */
static const char *moment(const char *iso, int64_t age_us, char buf[32])
{
	if (strlen(iso) < 19)
		snprintf(buf, 32, "%.31s", iso);
	else if (age_us / SECOND < DAY_S / 2)
		snprintf(buf, 32, "%.8s", iso + 11);
	else
		snprintf(buf, 32, "%.10s %.8s", iso, iso + 11);
	return buf;
}

/* ---- an instance ------------------------------------------------------------------------ */

/* " - 20 check_mariadb failed": what a tracked thing adds, and why. */
static void print_term(FILE *out, const json_t *term)
{
	int64_t n = num(term, "contribution");
	bool link = strcmp(str(term, "kind"), "interface") == 0;
	bool file = strcmp(str(term, "kind"), "file") == 0;
	bool up = strcmp(str(term, "verdict"), "up") == 0;

	if (n == 0)
		return;
	if (file) {
		fprintf(out, " %c %lld file %s", n < 0 ? '-' : '+', (long long)(n < 0 ? -n : n),
			str(term, "name"));
		return;
	}
	fprintf(out, " %c %lld %s%s %s", n < 0 ? '-' : '+', (long long)(n < 0 ? -n : n),
		link ? "interface " : "", str(term, "name"),
		link ? (up ? "up" : "down") : (up ? "succeeded" : "failed"));
}

static void print_priority(FILE *out, const json_t *priority)
{
	const json_t *terms = json_object_get(priority, "terms"), *term;
	int64_t effective = num(priority, "effective"), total = num(priority, "total");
	int64_t base = num(priority, "base");
	bool owner = base == 255;
	size_t i;

	fprintf(out, "priority %lld", (long long)effective);
	if (owner) {
		fprintf(out, " (owner)");
		return;
	}
	if (total == base)
		return;
	fprintf(out, " = %lld", (long long)base);
	json_array_foreach(terms, i, term) print_term(out, term);
	if (total != effective)
		fprintf(out, " = %lld, kept within 1 to 254", (long long)total);
}

static void print_headline(FILE *out, const json_t *i, int name_width)
{
	char when[32], age[32];

	fprintf(out, "%-*s  %-6s  since %s (%s)  ", name_width, str(i, "name"), str(i, "state"),
		moment(str(i, "since"), num(i, "since_us"), when), span(num(i, "since_us"), age));
	print_priority(out, json_object_get(i, "priority"));
	fputc('\n', out);
}

static void print_field(FILE *out, const char *name)
{
	fprintf(out, "  %-10s ", name);
}

static void print_master(FILE *out, const json_t *i)
{
	const json_t *m = json_object_get(i, "master");

	print_field(out, "master");
	if (!json_is_object(m))
		fprintf(out, "not known\n");
	else if (yes(m, "self"))
		fprintf(out, "this host, %s\n", str(m, "address"));
	else
		fprintf(out, "%s, priority %lld\n", str(m, "address"),
			(long long)num(m, "priority"));
}

/* Where an address should be follows from the state; that it is not there is news. */
static void print_addresses(FILE *out, const json_t *i)
{
	const json_t *list = json_object_get(i, "addresses"), *a;
	bool master = strcmp(str(i, "state"), "MASTER") == 0;
	size_t n;

	json_array_foreach(list, n, a)
	{
		bool present = yes(a, "present");

		print_field(out, n == 0 ? "addresses" : "");
		fprintf(out, "%s/%lld on %s  %s%s\n", str(a, "address"),
			(long long)num(a, "prefix"), str(a, "interface"),
			present ? "present" : "not here",
			present == master ? ""
			: master          ? "  <-- somebody has removed it"
					  : "  <-- somebody else has added it");
	}
}

static void print_routes(FILE *out, const json_t *i)
{
	const json_t *list = json_object_get(i, "routes"), *r;
	bool master = strcmp(str(i, "state"), "MASTER") == 0;
	size_t n;

	json_array_foreach(list, n, r)
	{
		print_field(out, n == 0 ? "routes" : "");
		fprintf(out, "%s %s  %s%s\n", str(r, "kind"), str(r, "route"),
			yes(r, "present") ? "present" : "not here",
			yes(r, "present") == master ? "" : "  <--");
	}
}

static const json_t *find_check(const json_t *status, const char *name)
{
	const json_t *list = json_object_get(status, "checks"), *c;
	size_t n;

	json_array_foreach(list, n, c) if (strcmp(str(c, "name"), name) == 0) return c;
	return NULL;
}

static void print_check(FILE *out, const json_t *c)
{
	const json_t *last = json_object_get(c, "last");
	char age[32], took[32];

	print_field(out, "check");
	fprintf(out, "%s  %s: %s", str(c, "name"), str(c, "verdict"), str(c, "reason"));
	if (json_is_object(last))
		fprintf(out, ", %s ago, took %s", span(num(last, "age_us"), age),
			span(num(last, "duration_us"), took));
	if (num(c, "streak") > 0)
		fprintf(out, "; %lld against it, needs %lld", (long long)num(c, "streak"),
			(long long)num(c, strcmp(str(c, "verdict"), "up") == 0 ? "fall" : "rise"));
	fputc('\n', out);
	if (str(c, "detail")[0] != '\0') {
		print_field(out, "");
		fprintf(out, "%s\n", str(c, "detail"));
	}
}

static void print_file(FILE *out, const json_t *status, const json_t *term)
{
	const json_t *list = json_object_get(status, "files"), *f;
	size_t n;

	json_array_foreach(list, n, f)
	{
		bool error = json_object_get(f, "error") != NULL;

		if (strcmp(str(f, "name"), str(term, "name")) != 0)
			continue;
		print_field(out, "file");
		fprintf(out, "%s  says %lld%s%s\n", str(f, "name"), (long long)num(f, "value"),
			error ? ": " : "", error ? str(f, "error") : "");
	}
}

static void print_tracked(FILE *out, const json_t *status, const json_t *i)
{
	const json_t *priority = json_object_get(i, "priority"), *term;
	const json_t *terms = json_object_get(priority, "terms");
	size_t n;

	json_array_foreach(terms, n, term)
	{
		const json_t *check = find_check(status, str(term, "name"));

		if (strcmp(str(term, "kind"), "check") == 0 && check != NULL) {
			print_check(out, check);
			continue;
		}
		if (strcmp(str(term, "kind"), "file") == 0) {
			print_file(out, status, term);
			continue;
		}
		print_field(out, "tracks");
		fprintf(out, "interface %s  %s\n", str(term, "name"), str(term, "verdict"));
	}
}

static void print_drops(FILE *out, const json_t *holder, const char *key)
{
	const json_t *count;
	const char *name;
	bool any = false;

	json_object_foreach((json_t *)(uintptr_t)json_object_get(holder, key), name, count)
	{
		if (json_integer_value(count) == 0)
			continue;
		if (!any)
			print_field(out, key);
		fprintf(out, "%s%lld %s", any ? ", " : "", (long long)json_integer_value(count),
			name);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static void print_router(FILE *out, const json_t *i)
{
	const json_t *wire = json_object_get(i, "wire");
	size_t peers = json_array_size(json_object_get(wire, "peers"));
	const char *auth = str(wire, "auth");

	print_field(out, "router");
	fprintf(out, "VRID %lld on %s, VRRPv%lld over %s", (long long)num(i, "vrid"),
		str(i, "interface"), (long long)num(i, "version"), str(wire, "family"));
	if (peers > 0)
		fprintf(out, ", unicast to %zu", peers);
	if (strcmp(auth, "none") != 0)
		fprintf(out, ", %s", auth);
	fprintf(out, "\n\n");
}

static void print_instance(FILE *out, const json_t *status, const json_t *i, int name_width)
{
	const json_t *reason = json_object_get(i, "reason");

	print_headline(out, i, name_width);
	print_field(out, "why");
	fprintf(out, "%s\n", str(reason, "text"));
	print_master(out, i);
	print_addresses(out, i);
	print_routes(out, i);
	print_tracked(out, status, i);
	print_drops(out, i, "dropped");
	print_drops(out, i, "noticed");
	print_router(out, i);
}

/* ---- the rest --------------------------------------------------------------------------- */

static void print_link(FILE *out, const json_t *l)
{
	const json_t *list = json_object_get(l, "foreign_vrids"), *f;
	char age[32];
	size_t n;

	if (!yes(l, "up"))
		fprintf(out, "interface %s is %s%s%s\n", str(l, "name"),
			num(l, "ifindex") > 0 ? "down" : "not there",
			json_object_get(l, "error") != NULL ? ": " : "",
			json_object_get(l, "error") != NULL ? str(l, "error") : "");
	else if (num(l, "instances") > 0 && json_object_get(l, "source") == NULL &&
		 json_object_get(l, "source6") == NULL)
		fprintf(out, "interface %s has no address to send from\n", str(l, "name"));
	json_array_foreach(list, n, f)
		fprintf(out,
			"interface %s also carries VRID %lld of %s, priority %lld: %lld packets, "
			"last %s ago\n",
			str(l, "name"), (long long)num(f, "vrid"), str(f, "source"),
			(long long)num(f, "priority"), (long long)num(f, "packets"),
			span(num(f, "age_us"), age));
	if (num(l, "lost_packets") > 0)
		fprintf(out, "interface %s: %lld packets lost, the socket was full\n",
			str(l, "name"), (long long)num(l, "lost_packets"));
}

static void print_group(FILE *out, const json_t *g)
{
	const json_t *members = json_object_get(g, "members"), *m;
	size_t n;

	fprintf(out, "group %s is in %s:", str(g, "name"), str(g, "state"));
	json_array_foreach(members, n, m)
		fprintf(out, "%s %s", n == 0 ? "" : ",", json_string_value(m));
	fputc('\n', out);
}

static void print_daemon(FILE *out, const json_t *status)
{
	const json_t *d = json_object_get(status, "daemon"), *w = json_object_get(d, "worker");
	char age[32];

	if (num(w, "pid") == 0)
		fprintf(out, "the worker does not run: checks will fail\n");
	if (num(w, "restarts") > 0)
		fprintf(out, "the worker has died and was started again %lld times\n",
			(long long)num(w, "restarts"));
	if (num(w, "notifications_waiting") > 0)
		fprintf(out, "%lld notifications have not run yet\n",
			(long long)num(w, "notifications_waiting"));
	if (num(w, "notifications_dropped") > 0)
		fprintf(out, "%lld notifications were dropped\n",
			(long long)num(w, "notifications_dropped"));
	if (num(d, "reloads_failed") > 0)
		fprintf(out, "%lld of %lld reloads were refused\n",
			(long long)num(d, "reloads_failed"), (long long)num(d, "reloads"));
	fprintf(out, "buoyd %s, pid %lld, up %s, %s\n", str(d, "version"), (long long)num(d, "pid"),
		span(num(d, "uptime_us"), age), str(d, "config"));
}

static int widest_name(const json_t *instances)
{
	const json_t *i;
	int width = 0;
	size_t n;

	json_array_foreach(instances, n, i)
	{
		int len = (int)strlen(str(i, "name"));

		width = len > width ? len : width;
	}
	return width;
}

void page_print(FILE *out, const json_t *status)
{
	const json_t *instances = json_object_get(status, "instances"), *i;
	const json_t *links = json_object_get(status, "interfaces"), *l;
	const json_t *groups = json_object_get(status, "groups"), *g;
	int width = widest_name(instances);
	size_t n;

	json_array_foreach(instances, n, i) print_instance(out, status, i, width);
	json_array_foreach(groups, n, g) print_group(out, g);
	json_array_foreach(links, n, l) print_link(out, l);
	print_daemon(out, status);
}
