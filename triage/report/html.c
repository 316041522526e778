/* html.c - the page: figures, table, curve, then a section a bug. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/html.h"
#include "triage/report/plot.h"

/* Columns of text in the table; the section of the bug has all of it. */
enum { CELL_KIND = 40, CELL_TITLE = 200, CELL_SITE = 120 };

/* Of more maps than these the pictures are folded. */
enum { SHOWN_MAPS = 3 };

static void tile(FILE *out, const char *name, const char *value, const char *note) {
  fprintf(out, "<div><dt>%s</dt><dd>%s", name, value);
  if (*note)
    fprintf(out, "<small>%s</small>", note);
  fputs("</dd></div>\n", out);
}

/* Only numbers and our own words: no text of the report comes in here. */
static void put_tiles(FILE *out, const struct report *report) {
  size_t states[REPORT_STATE_COUNT] = {0}, keys = 0;
  struct finding_span all = {0};
  char value[TEXT_SIZE], note[WORDS_SIZE] = "", part[TEXT_SIZE];
  for (size_t i = 0; i < report->bug_count; ++i) {
    ++states[report->bugs[i].state];
    keys += report->bugs[i].key_count;
  }
  for (size_t i = 0; i < REPORT_STATE_COUNT; ++i)
    if (states[i]) {
      snprintf(part, sizeof part, "%s%zu %s", *note ? ", " : "", states[i], report_state_text((enum report_state)i));
      strncat(note, part, sizeof note - strlen(note) - 1);
    }
  for (size_t i = 0; i < report->campaign_count; ++i) {
    const struct finding_span *span = &report->campaigns[i].exposure;
    all.inputs += span->inputs;
    all.operations += span->operations;
    all.cpu_s += span->cpu_s;
    all.wall_s += span->wall_s;
  }
  fputs("<dl class=\"tiles\">\n", out);
  tile(out, "Bugs", text_count(report->bug_count, value), note);
  snprintf(note, sizeof note, "%s", report->bug_count == keys ? "each a bug of its own" : "some of them grouped");
  tile(out, "Keys", text_count(keys, value), keys ? note : "");
  if (all.inputs > 0) {
    snprintf(note, sizeof note, "%s operations", text_count(all.operations, part));
    tile(out, "Inputs run", text_count(all.inputs, value), note);
    snprintf(note, sizeof note, "%s of processor time", text_span(all.cpu_s, part));
    tile(out, "Time", text_span(all.wall_s, value), note);
  }
  fputs("</dl>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *text) {
  fprintf(out, "<div><dt>%s</dt><dd>", name);
  html_text(out, text);
  fputs("</dd></div>\n", out);
}

static void put_estimate(FILE *out, const struct report *report, const struct mtbf *mtbf) {
  char text[MTBF_WORDS_SIZE];
  bool several = report->mtbf_count > SHOWN_MAPS;
  fputs("<div class=\"mtbf\">\n<h3>", out);
  html_text(out, words_or(mtbf->map, "?"));
  fputs("</h3>\n<p>", out);
  html_text(out, mtbf_words(mtbf, text));
  fputs("</p>\n<dl class=\"facts\">\n", out);
  put_fact(out, "From", mtbf_words_events(mtbf, text));
  put_fact(out, "Clock", words_or(mtbf->clock, "not known"));
  put_fact(out, "Workload", words_or(mtbf->workload, "not known"));
  fputs(several ? "</dl>\n<details><summary>Pictures</summary>\n" : "</dl>\n</div>\n", out);
  plot_growth(out, mtbf, report);
  plot_residual(out, mtbf);
  if (several)
    fputs("</details>\n</div>\n", out);
}

static void put_discoveries(FILE *out, const struct report *report) {
  fputs("<section aria-labelledby=\"discoveries\">\n<h2 id=\"discoveries\">Discoveries</h2>\n", out);
  if (report->mtbf_count != 1)
    html_curve(out, report); /* of all maps together */
  for (size_t i = 0; i < report->mtbf_count; ++i)
    put_estimate(out, report, &report->mtbf[i]);
  fputs("</section>\n", out);
}

static void put_campaigns(FILE *out, const struct report *report) {
  char text[WORDS_SIZE], number[TEXT_SIZE];
  if (report->campaign_count == 0)
    return;
  fprintf(out, "<section class=\"campaigns\" aria-labelledby=\"campaigns\">\n<h2 id=\"campaigns\">%s</h2>\n<ul>\n",
          text_things(report->campaign_count, "campaign", number));
  for (size_t i = 0; i < report->campaign_count; ++i) {
    const struct report_campaign *campaign = &report->campaigns[i];
    const char *const words[] = {campaign->map, campaign->flavour, campaign->engine, campaign->build_id};
    fputs("<li><b>", out);
    html_text(out, words_or(campaign->name, "?"));
    fputs("</b>", out);
    for (size_t n = 0; n < sizeof words / sizeof *words; ++n)
      if (*words_or(words[n], "")) {
        fputs(n == 3 ? ", build " : ", ", out);
        html_text(out, words[n]);
      }
    fprintf(out, ": %s", words_exposure(&campaign->exposure, text));
    if (campaign->begun_s)
      fprintf(out, ", from %s", words_date(campaign->begun_s, text));
    if (campaign->ended_s)
      fprintf(out, " to %s", words_date(campaign->ended_s, text));
    fputs("</li>\n", out);
  }
  fputs("</ul>\n</section>\n", out);
}

/* The kinds of the whole report, each once; the filter and the rows name them by number. */
struct kinds {
  const char **names;
  size_t count;
};

static size_t kind_number(struct kinds *kinds, const char *kind) {
  size_t i = 0;
  kind = words_or(kind, "unknown");
  while (i < kinds->count && strcmp(kinds->names[i], kind) != 0)
    ++i;
  if (i == kinds->count)
    kinds->names[kinds->count++] = kind;
  return i;
}

static bool find_kinds(const struct report *report, struct kinds *kinds) {
  size_t keys = 1;
  for (size_t i = 0; i < report->bug_count; ++i)
    keys += report->bugs[i].key_count;
  *kinds = (struct kinds){calloc(keys, sizeof *kinds->names), 0};
  for (size_t i = 0; kinds->names && i < report->bug_count; ++i)
    for (size_t n = 0; n < report->bugs[i].key_count; ++n)
      kind_number(kinds, report->bugs[i].keys[n].kind);
  return kinds->names;
}

static void put_filters(FILE *out, const struct kinds *kinds) {
  fputs("<form id=\"filters\" hidden>\n<label>Kind <select id=\"kind\"><option value=\"\">all</option>", out);
  for (size_t i = 0; i < kinds->count; ++i) {
    fprintf(out, "<option value=\"%zu\">", i);
    html_cut(out, kinds->names[i], CELL_KIND);
    fputs("</option>", out);
  }
  fputs("</select></label>\n<label>State <select id=\"state\"><option value=\"\">all</option>", out);
  for (size_t i = 0; i < REPORT_STATE_COUNT; ++i)
    fprintf(out, "<option>%s</option>", report_state_text((enum report_state)i));
  fputs("</select></label>\n<label class=\"wide\">Text <input id=\"text\" type=\"search\" autocomplete=\"off\" "
        "spellcheck=\"false\" placeholder=\"function, file, key\"></label>\n"
        "<output id=\"shown\" for=\"kind state text\"></output>\n</form>\n",
        out);
}

static void put_row(FILE *out, const struct report_bug *bug, size_t number, struct kinds *kinds) {
  const struct report_key *key = &bug->keys[0];
  char sites[2][FINDING_SITE_SIZE], text[WORDS_SIZE], count[TEXT_SIZE];
  fprintf(out, "<tr data-state=\"%s\" data-kinds=\"", report_state_text(bug->state));
  for (size_t i = 0; i < bug->key_count; ++i)
    fprintf(out, " %zu ", kind_number(kinds, bug->keys[i].kind));
  fputs("\">\n<td data-name=\"State\">", out);
  html_state(out, bug->state);
  fputs("</td>\n<td data-name=\"Kind\">", out);
  html_cut(out, words_or(key->kind, "unknown"), CELL_KIND);
  fputs("</td>\n<td class=\"what\"><a href=\"#", out);
  html_id(out, bug, number);
  fputs("\">", out);
  html_cut(out, words_title(bug), CELL_TITLE);
  fputs("</a>", out);
  size_t site_count = words_sites(key, sites);
  for (size_t i = 0; i < site_count; ++i) {
    fputs("<span class=\"site\">", out);
    html_cut(out, sites[i], CELL_SITE);
    fputs("</span>", out);
  }
  fprintf(out,
          "</td>\n<td data-name=\"Keys\" class=\"number\">%zu</td>\n<td data-name=\"Seen\" class=\"number\">%s</td>\n",
          bug->key_count, text_count(words_count(bug), count));
  fprintf(out, "<td data-name=\"First\">%s</td>\n</tr>\n",
          key->first.time_s ? words_date(key->first.time_s, text) : "not known");
}

static void put_table(FILE *out, const struct report *report, struct kinds *kinds) {
  fputs("<section aria-labelledby=\"bugs\">\n<h2 id=\"bugs\">Bugs</h2>\n", out);
  if (report->bug_count == 0) {
    fputs("<p>None was found.</p>\n</section>\n", out);
    return;
  }
  put_filters(out, kinds);
  fputs(
      "<table id=\"table\">\n<thead><tr><th scope=\"col\">State</th><th scope=\"col\">Kind</th><th scope=\"col\">What "
      "and where</th><th scope=\"col\" class=\"number\">Keys</th><th scope=\"col\" class=\"number\">Seen</th><th "
      "scope=\"col\">First</th></tr></thead>\n<tbody>\n",
      out);
  for (size_t i = 0; i < report->bug_count; ++i)
    put_row(out, &report->bugs[i], i, kinds);
  fputs("</tbody>\n</table>\n</section>\n", out);
}

bool report_write_html(FILE *out, const struct report *report) {
  const char *title = words_or(report->title, "heddle report");
  char date[WORDS_SIZE];
  struct kinds kinds;
  if (!find_kinds(report, &kinds))
    return false;
  html_begin(out, title);
  fputs("<header>\n<h1>", out);
  html_text(out, title);
  fputs("</h1>\n<p>Written by heddle ", out);
  html_text(out, report->version);
  if (report->generated_s)
    fprintf(out, ", %s", words_date(report->generated_s, date));
  fputs("</p>\n<nav><a href=\"#bugs\">Bugs</a> <a href=\"#discoveries\">Discoveries</a>", out);
  if (report->campaign_count > 0)
    fputs(" <a href=\"#campaigns\">Campaigns</a>", out);
  fputs("</nav>\n</header>\n<main>\n", out);
  put_tiles(out, report);
  put_table(out, report, &kinds);
  put_discoveries(out, report);
  for (size_t i = 0; i < report->bug_count; ++i)
    html_bug(out, &report->bugs[i], i);
  put_campaigns(out, report);
  fputs("</main>\n", out);
  html_end(out);
  free(kinds.names);
  return fflush(out) == 0 && !ferror(out);
}
