#include "buoy/simulate_svg.h"

#include <stdio.h>

enum { LEFT = 420, WIDTH = 700, ROW = 22, BAR = 12, TOP = 70, RIGHT = 130, TEXT_LEN = 200 };

static const char *const colours[SIM_HOSTS_MAX] = { "#2563eb", "#d97706", "#15803d",
						    "#7c3aed", "#0891b2", "#be185d",
						    "#4d7c0f", "#b45309", "#475569" };

static void escaped(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else
			fputc(*s, out);
	}
}

static double x_of(const struct study *s, usec_t at)
{
	return LEFT + (double)at / (double)s->watch_us * WIDTH;
}

static void bar(FILE *out, const struct study *s, const struct study_result *r, uint16_t n, int y)
{
	const struct study_mark *m = &r->marks[n];
	usec_t end = n + 1 < r->mark_count ? r->marks[n + 1].at : s->watch_us;
	double x = x_of(s, m->at), width = x_of(s, end) - x;
	int hosts = __builtin_popcount(m->holders), seen = 0;

	for (uint8_t h = 0; h < SIM_HOSTS_MAX; h++) {
		if (!(m->holders & 1u << h))
			continue;
		fprintf(out, "<rect x='%.2f' y='%.1f' width='%.2f' height='%.1f' fill='%s'/>\n", x,
			y + (double)BAR * seen / hosts, width, (double)BAR / hosts, colours[h]);
		seen++;
	}
	if (!m->served)
		fprintf(out, "<rect x='%.2f' y='%d' width='%.2f' height='4' fill='#c81e1e'/>\n", x,
			y + BAR, width);
}

static void row(FILE *out, const struct study *s, const struct study_result *r, uint32_t n)
{
	int y = TOP + (int)n * ROW;
	char buf[TEXT_LEN];
	struct text t = TEXT(buf);

	for (uint8_t c = 0; c < r->case_count; c++) {
		if (c > 0)
			text_str(&t, " + ");
		study_case_text(&t, s, &r->cases[c]);
	}
	fprintf(out, "<text x='%d' y='%d' text-anchor='end'>", LEFT - 12, y + BAR);
	escaped(out, buf);
	fputs("</text>\n", out);
	for (uint16_t m = 0; m < r->mark_count; m++)
		bar(out, s, r, m, y);
	fprintf(out, "<text x='%d' y='%d' fill='%s'>%s</text>\n", LEFT + WIDTH + 12, y + BAR,
		r->verdict <= STUDY_SLOW ? "#6b7280" : "#c81e1e", study_verdict_name(r->verdict));
}

static void legend(FILE *out, const struct study *s)
{
	int x = LEFT;

	for (uint8_t h = 0; h < s->conf->host_count; h++, x += 140) {
		fprintf(out, "<rect x='%d' y='36' width='12' height='12' fill='%s'/>", x,
			colours[h]);
		fprintf(out, "<text x='%d' y='47'>", x + 18);
		escaped(out, s->conf->names[h]);
		fputs("</text>\n", out);
	}
	fprintf(out,
		"<rect x='%d' y='42' width='12' height='4' fill='#c81e1e'/>"
		"<text x='%d' y='47'>no service</text>\n",
		x, x + 18);
}

int simulate_svg(const char *path, const struct study *s, const struct study_result *list,
		 uint32_t count)
{
	FILE *out = fopen(path, "w");

	if (out == NULL)
		return -1;
	fprintf(out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
		"font-family='DejaVu Sans, sans-serif' font-size='12' fill='#1f2937'>\n"
		"<rect width='100%%' height='100%%' fill='white'/>\n"
		"<text x='20' y='24' font-size='17' font-weight='bold'>Who holds the address in "
		"the "
		"%.0f s after each fault</text>\n",
		LEFT + WIDTH + RIGHT, TOP + (int)count * ROW + 20, (double)s->watch_us / 1e6);
	legend(out, s);
	for (uint32_t n = 0; n < count; n++)
		row(out, s, &list[n], n);
	fputs("</svg>\n", out);
	return fclose(out);
}
