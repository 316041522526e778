#include "triage/campaign/progress.h"

#include <stdbool.h>
#include <string.h>

#define PART_SIZE 96
#define GAP "  "

/* One part of the line; the part with the highest `rank` is dropped first. */
struct part {
  char text[PART_SIZE];
  const char *before, *after; /* colours: they take no columns */
  int rank;
};

enum { ELAPSED, RATE, INPUTS, CORPUS, COVERAGE, FINDINGS, SINCE, PARTS };

static void fill_parts(const struct progress *progress, struct text_style style, struct part parts[PARTS]) {
  char a[TEXT_SIZE], b[TEXT_SIZE];
  for (int i = 0; i < PARTS; ++i)
    parts[i] = (struct part){.before = "", .after = ""};
  parts[ELAPSED].rank = 1;
  if (progress->limit_s > 0)
    snprintf(parts[ELAPSED].text, PART_SIZE, "%s / %s", text_elapsed(progress->elapsed_s, a),
             text_elapsed(progress->limit_s, b));
  else
    snprintf(parts[ELAPSED].text, PART_SIZE, "%s", text_elapsed(progress->elapsed_s, a));
  parts[RATE].rank = 3;
  snprintf(parts[RATE].text, PART_SIZE, "%s inputs/s", text_count((uint64_t)(progress->inputs_per_s + 0.5), a));
  parts[INPUTS].rank = 5;
  snprintf(parts[INPUTS].text, PART_SIZE, "%s", text_things(progress->inputs, "input", a));
  parts[CORPUS].rank = 6;
  if (progress->corpus)
    snprintf(parts[CORPUS].text, PART_SIZE, "corpus %s", text_count(progress->corpus, a));
  parts[COVERAGE].rank = 4;
  if (progress->coverage)
    snprintf(parts[COVERAGE].text, PART_SIZE, "coverage %s", text_count(progress->coverage, a));
  parts[FINDINGS].rank = 0;
  snprintf(parts[FINDINGS].text, PART_SIZE, "%s", text_things(progress->findings, "finding", a));
  if (progress->findings) {
    parts[FINDINGS].before = style.red;
    parts[FINDINGS].after = style.end;
  }
  parts[SINCE].rank = 2;
  if (progress->since_new_s >= 0)
    snprintf(parts[SINCE].text, PART_SIZE, "last new %s ago",
             text_span(progress->since_new_s < 1 ? 0 : (double)(uint64_t)progress->since_new_s, a));
  parts[SINCE].before = style.dim;
  parts[SINCE].after = style.end;
}

static int columns(const struct part parts[PARTS]) {
  int total = 0;
  for (int i = 0; i < PARTS; ++i)
    if (*parts[i].text)
      total += (total ? (int)strlen(GAP) : 0) + (int)strlen(parts[i].text);
  return total;
}

void progress_print(const struct progress *progress, struct text_style style, int width, char *line, size_t size) {
  struct part parts[PARTS];
  fill_parts(progress, style, parts);
  for (int rank = PARTS; rank > 0 && columns(parts) > width; --rank)
    for (int i = 0; i < PARTS; ++i)
      if (parts[i].rank == rank)
        parts[i].text[0] = '\0';
  size_t used = 0;
  line[0] = '\0';
  for (int i = 0; i < PARTS && used < size; ++i)
    if (*parts[i].text)
      used += (size_t)snprintf(line + used, size - used, "%s%s%s%s", used ? GAP : "", parts[i].before, parts[i].text,
                               parts[i].after);
}

void progress_print_new(FILE *out, const struct finding_summary *summary, struct text_style style) {
  char after[TEXT_SIZE];
  fprintf(out, "%snew%s  %s%s%s  %s", style.red, style.end, style.bold, summary->kind, style.end, summary->key);
  for (size_t i = 0; i < summary->site_count && i < 2; ++i)
    fprintf(out, "%s%s", i ? " <-> " : "  ", summary->sites[i]);
  if (summary->site_count > 2)
    fprintf(out, " and %zu more", summary->site_count - 2);
  fprintf(out, "  %s%s, %s%s\n", style.dim, summary->flavour, text_span(summary->first_seen_s, after), style.end);
}

/* Columns of the table that depend on their content. */
struct widths {
  int kind, seen;
};

static void first_text(const struct finding_summary *summary, char text[2 * TEXT_SIZE]) {
  char after[TEXT_SIZE], inputs[TEXT_SIZE];
  snprintf(text, 2 * TEXT_SIZE, "%s, %s", text_span(summary->first_seen_s, after),
           text_things(summary->inputs_at_first, "input", inputs));
}

static void widen(int *width, size_t length) {
  if (*width < (int)length)
    *width = (int)length;
}

static struct widths measure(const struct finding_summary *const summaries[], size_t count) {
  struct widths widths = {(int)strlen("KIND"), (int)strlen("SEEN")};
  char text[TEXT_SIZE];
  for (size_t i = 0; i < count; ++i) {
    widen(&widths.kind, strlen(summaries[i]->kind));
    widen(&widths.seen, strlen(text_count(summaries[i]->count, text)));
  }
  return widths;
}

static void print_row(FILE *out, const struct finding_summary *summary, struct widths widths, struct text_style style) {
  char seen[TEXT_SIZE], first[2 * TEXT_SIZE], size[TEXT_SIZE];
  first_text(summary, first);
  fprintf(out, "%s%s%s  %s%-*s%s  %*s  %s\n", style.bold, summary->key, style.end, style.red, widths.kind,
          summary->kind, style.end, widths.seen, text_count(summary->count, seen), first);
  for (size_t i = 0; i < summary->site_count; ++i)
    fprintf(out, "  %s\n", summary->sites[i]);
  fprintf(out, "  %smake repro CRASH=%s%s  %s(%s)%s\n", style.cyan, summary->smallest_input, style.end, style.dim,
          text_bytes(summary->smallest_size, size), style.end);
}

void progress_print_table(FILE *out, const struct finding_summary *const summaries[], size_t count,
                          struct text_style style) {
  struct widths widths = measure(summaries, count);
  fprintf(out, "%s%-16s  %-*s  %*s  FIRST AFTER%s\n", style.dim, "KEY", widths.kind, "KIND", widths.seen, "SEEN",
          style.end);
  for (size_t i = 0; i < count; ++i)
    print_row(out, summaries[i], widths, style);
}
