/* text.c - the report for a terminal. */
#include <inttypes.h>

#include "triage/campaign/text.h"
#include "triage/report/visible.h"
#include "triage/report/words.h"

enum { LINE_SIZE = 2048, FIELD_LINES_MAX = 8, BLOCK_LINES_MAX = 60 };

struct page {
  FILE *out;
  size_t columns;
  struct text_style style;
};

/* One text, cut to `width` columns and, where `pad`, filled up to them. */
static void cell(const struct page *page, const char *text, size_t width, bool pad) {
  char line[LINE_SIZE];
  size_t taken = visible_cut(text, width, line, sizeof line);
  fprintf(page->out, "%s%*s", line, pad && taken < width ? (int)(width - taken) : 0, "");
}

/* Columns up to the next place where a line may end; no more than `enough` are looked at. */
static size_t word_columns(const char *text, size_t enough) {
  size_t columns = 0;
  struct visible shown;
  while (*text && *text != ' ' && *text != '\n' && columns < enough) {
    text = visible_next(text, &shown);
    columns += shown.columns;
  }
  return columns;
}

/* A text of any length in lines of the page's width, all but the first one indented.  Line ends of the text itself are
 * kept where `block`.  After `lines_max` lines the rest is left to the other forms. */
static void flow(const struct page *page, const char *text, size_t indent, size_t lines_max, bool block) {
  size_t column = indent, lines = 1;
  while (*text) {
    struct visible shown;
    bool ends = block && *text == '\n',
         turns = *text == ' ' && column > indent && column + 1 + word_columns(text + 1, page->columns) > page->columns;
    const char *next = visible_next(text, &shown);
    if (block && *text == '\t')
      shown = (struct visible){.text = "    ", .columns = 4};
    bool full = column + shown.columns > page->columns;
    text = full && !ends && !turns ? text : next;
    if (ends || turns || full) {
      if (++lines > lines_max && *text) {
        fputs(" ...", page->out);
        break;
      }
      fprintf(page->out, "\n%*s", *text && *text != '\n' ? (int)indent : 0, "");
      column = indent;
      continue;
    }
    fputs(shown.text, page->out);
    column += shown.columns;
  }
  if (column > indent || !block)
    fputc('\n', page->out);
}

/* `name`, then the text; nothing where that is empty. */
static void field(const struct page *page, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(page->out, "  %s%-11s%s ", page->style.dim, name, page->style.end);
  flow(page, text, 14, FIELD_LINES_MAX, false);
}

/* A text that must not be cut, however long: it is there to be copied. */
static void whole_field(const struct page *page, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(page->out, "  %s%-11s%s %s", page->style.dim, name, page->style.end, page->style.cyan);
  for (struct visible shown; *text;) {
    text = visible_next(text, &shown);
    fputs(shown.text, page->out);
  }
  fprintf(page->out, "%s\n", page->style.end);
}

/* A text of several lines, indented. */
static void block(const struct page *page, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(page->out, "\n  %s%s%s\n    ", page->style.dim, name, page->style.end);
  flow(page, text, 4, BLOCK_LINES_MAX, true);
}

static const char *state_color(const struct page *page, enum report_state state) {
  switch (state) {
  case REPORT_NEW:
  case REPORT_REGRESSED:
    return page->style.red;
  case REPORT_INCUBATING:
  case REPORT_CONFIRMED:
    return page->style.yellow;
  case REPORT_FIXED:
    return page->style.green;
  default:
    return page->style.dim;
  }
}

static void print_summary(const struct page *page, const struct report *report) {
  char text[WORDS_SIZE], phrase[WORDS_SIZE], bug_text[TEXT_SIZE], key_text[TEXT_SIZE];
  size_t keys = 0;
  for (size_t i = 0; i < report->bug_count; ++i)
    keys += report->bugs[i].key_count;
  fputs(page->style.bold, page->out);
  cell(page, words_or(report->title, "heddle report"), page->columns, false);
  fprintf(page->out, "%s\n%s, %s; %s\n", page->style.end, text_things(report->bug_count, "bug", bug_text),
          text_things(keys, "key", key_text), words_date(report->generated_s, text));
  for (size_t i = 0; i < report->campaign_count; ++i) {
    const struct report_campaign *campaign = &report->campaigns[i];
    snprintf(phrase, sizeof phrase, "%.100s, %.60s, %.60s: %.200s", words_or(campaign->name, "?"),
             words_or(campaign->map, "?"), words_or(campaign->flavour, "?"), words_exposure(&campaign->exposure, text));
    field(page, "campaign", phrase);
  }
}

/* Of each map the estimate, then what it is from. */
static void print_estimates(const struct page *page, const struct report *report) {
  char words[MTBF_WORDS_SIZE], events[MTBF_WORDS_SIZE], line[2 * MTBF_WORDS_SIZE];
  for (size_t i = 0; i < report->mtbf_count; ++i) {
    const struct mtbf *mtbf = &report->mtbf[i];
    fprintf(page->out, "\n%s", page->style.bold);
    cell(page, words_or(mtbf->map, "?"), page->columns, false);
    fprintf(page->out, "%s\n  ", page->style.end);
    flow(page, mtbf_words(mtbf, words), 2, FIELD_LINES_MAX, false);
    snprintf(line, sizeof line, "%s; clock: %.200s; workload: %.200s", mtbf_words_events(mtbf, events),
             words_or(mtbf->clock, "?"), words_or(mtbf->workload, "?"));
    field(page, "from", line);
  }
}

static void print_table(const struct page *page, const struct report *report) {
  char sites[2][FINDING_SITE_SIZE], where[2 * FINDING_SITE_SIZE + 8], number[TEXT_SIZE];
  enum { KEY = 16, STATE = 10, KIND = 20, COUNT = 9 };
  size_t rest = page->columns - (KEY + STATE + KIND + COUNT + 8);
  fprintf(page->out, "\n%s%-*s  %-*s  %-*s  %*s  %s%s\n", page->style.bold, KEY, "KEY", STATE, "STATE", KIND, "KIND",
          COUNT, "SEEN", "WHERE", page->style.end);
  for (size_t i = 0; i < report->bug_count; ++i) {
    const struct report_bug *bug = &report->bugs[i];
    const struct report_key *key = &bug->keys[0];
    cell(page, key->key, KEY, true);
    fprintf(page->out, "  %s%-*s%s  ", state_color(page, bug->state), STATE, report_state_text(bug->state),
            page->style.end);
    cell(page, key->kind, KIND, true);
    fprintf(page->out, "  %*s  ", COUNT, text_count(words_count(bug), number));
    size_t site_count = words_sites(key, sites);
    snprintf(where, sizeof where, "%s%s%s", site_count > 0 ? sites[0] : "", site_count > 1 ? " <-> " : "",
             site_count > 1 ? sites[1] : "");
    cell(page, where, rest, false);
    fputc('\n', page->out);
  }
}

static void print_stack(const struct page *page, const struct finding_stack *stack) {
  char what[WORDS_SIZE], who[WORDS_SIZE], site[FINDING_SITE_SIZE], line[sizeof what + sizeof who];
  fprintf(page->out, "\n  %s", page->style.bold);
  words_stack(stack, what);
  words_task(stack, who);
  snprintf(line, sizeof line, "%s%s%s", what, *who ? ", " : "", who);
  cell(page, line, page->columns - 2, false);
  fprintf(page->out, "%s\n", page->style.end);
  for (size_t i = 0; i < stack->frame_count; ++i) {
    finding_print_site(&stack->frames[i], site);
    fprintf(page->out, "    %s#%-2zu%s ", page->style.dim, i, page->style.end);
    cell(page, site, page->columns - 8, false);
    fputc('\n', page->out);
  }
}

static void print_rows(const struct page *page, const struct report_key *key) {
  struct words_row rows[WORDS_ROWS_MAX];
  size_t count = words_rows(key, rows);
  if (count == 0)
    return;
  fprintf(page->out, "\n  %sinterleaving%s\n", page->style.dim, page->style.end);
  for (size_t i = 0; i < count; ++i) {
    const struct report_step *step = rows[i].step;
    char line[LINE_SIZE];
    if (rows[i].left_out)
      fprintf(page->out, "    %s%9s ... %zu more%s\n", page->style.dim, "", rows[i].left_out, page->style.end);
    const char *operation = words_or(step->operation, ""), *place = words_or(step->place, "");
    snprintf(line, sizeof line, "%s%s%.400s%s%.400s%s%.400s", step->switched ? "-> " : "   ", *operation ? "[" : "",
             operation, *operation ? "] " : "", words_or(step->text, ""), *place ? "  " : "", place);
    fputs(step->racing ? page->style.red : "", page->out);
    int taken = fprintf(page->out, "    %7" PRIu64 "  T%-2d ", step->point, step->task);
    cell(page, line, page->columns - (size_t)taken - 4, false);
    fprintf(page->out, "%s%s\n", step->racing ? " <==" : "", page->style.end);
  }
}

static void print_key(const struct page *page, const struct report_key *key, bool same_title) {
  char text[WORDS_SIZE], number[TEXT_SIZE];
  struct text_style style = page->style;
  fprintf(page->out, "\n%s", style.bold);
  cell(page, key->key, 40, false);
  fprintf(page->out, "%s  %s", style.end, style.red);
  cell(page, key->kind, 30, false);
  fprintf(page->out, "%s  %s%s%s\n", style.end, state_color(page, key->state), report_state_text(key->state),
          style.end);
  if (!same_title)
    field(page, "what", key->title);
  field(page, "note", key->state_note);
  field(page, "seen by", key->oracle);
  field(page, "map", key->map);
  field(page, "guarantee", key->guarantee);
  field(page, "memory", key->location);
  field(page, "times seen", text_count(key->count, number));
  field(page, "first", words_moment(&key->first, text));
  field(page, "last", words_moment(&key->last, text));
  if (key->runs > 0) {
    snprintf(text, sizeof text, "failed %u of %u fresh runs", key->failed, key->runs);
    field(page, "confirmed", text);
  }
  for (size_t i = 0; i < key->stack_count; ++i)
    print_stack(page, &key->stacks[i]);
  print_rows(page, key);
  block(page, "program", key->program);
  block(page, "schedule", key->schedule);
  fputc('\n', page->out);
  whole_field(page, "minimized", key->minimized);
  whole_field(page, "replay", key->command);
}

static void print_bug(const struct page *page, const struct report_bug *bug, size_t number) {
  fprintf(page->out, "\n%s", page->style.dim);
  for (size_t i = 0; i < page->columns; ++i)
    fputc('-', page->out);
  fprintf(page->out, "%s\n%s%2zu. ", page->style.end, page->style.bold, number);
  flow(page, words_title(bug), 4, FIELD_LINES_MAX, false);
  fputs(page->style.end, page->out);
  for (size_t i = 0; i < bug->reason_count; ++i)
    field(page, "one bug", bug->reasons[i]);
  for (size_t i = 0; i < bug->key_count; ++i)
    print_key(page, &bug->keys[i], bug->keys[i].title == words_title(bug));
}

bool report_write_text(FILE *out, const struct report *report, int columns, bool color) {
  struct page page = {out, (size_t)(columns < 80 ? 80 : columns > 120 ? 120 : columns), text_style(color)};
  print_summary(&page, report);
  print_estimates(&page, report);
  if (report->bug_count > 0)
    print_table(&page, report);
  for (size_t i = 0; i < report->bug_count; ++i)
    print_bug(&page, &report->bugs[i], i + 1);
  return fflush(out) == 0 && !ferror(out);
}
