/* campaign_tell.c - what people see of a campaign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/campaign/campaign_state.h"
#include "triage/campaign/progress.h"

#define TERMINAL_EVERY_S 1.0
#define LOG_EVERY_S 10.0

void campaign_clear_line(struct campaign *campaign) {
  if (campaign->line_open)
    fputs("\r\033[K", stderr);
  campaign->line_open = false;
}

/* FNV-1a (key.h names the source): equal lines are told once. */
static uint64_t hash(const char *text) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (; *text; ++text)
    value = (value ^ (unsigned char)*text) * UINT64_C(0x00000100000001b3);
  return value;
}

void campaign_say(void *context, const char *line) {
  struct campaign *campaign = context;
  if (strncmp(line, "heddle: ", strlen("heddle: ")) == 0)
    line += strlen("heddle: ");
  uint64_t value = hash(line);
  for (size_t i = 0; i < campaign->line_count; ++i)
    if (campaign->lines_said[i] == value)
      return;
  if (campaign->line_count == CAMPAIGN_LINES_MAX)
    return;
  campaign->lines_said[campaign->line_count++] = value;
  campaign_clear_line(campaign);
  fprintf(stderr, "%sheddle:%s %s\n", campaign->style.yellow, campaign->style.end, line);
  if (campaign->line_count == CAMPAIGN_LINES_MAX)
    fprintf(stderr, "heddle: many messages: %s/workers: the rest are in the logs there\n", campaign->options->out);
}

/* `list` has commas between its words. */
static bool is_among(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at++)
    if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length]))
      return true;
  return false;
}

void campaign_say_new(void *context, const struct finding_summary *summary, const struct worker *worker) {
  struct campaign *campaign = context;
  (void)worker;
  campaign->last_new_s = process_clock_s();
  const char *until = campaign->options->until;
  if (until && (is_among(until, summary->oracle) || is_among(until, summary->kind)))
    campaign->until_met = true;
  campaign_clear_line(campaign);
  progress_print_new(stderr, summary, campaign->style);
}

/* Inputs a second over the last few lines. */
static double rate_of(struct campaign *campaign, double now_s, uint64_t inputs) {
  size_t last = CAMPAIGN_RATE_SAMPLES - 1;
  if (campaign->rates[last].at_s <= 0)
    for (size_t i = 0; i <= last; ++i)
      campaign->rates[i].at_s = campaign->began_s, campaign->rates[i].inputs = campaign->inputs_before;
  memmove(campaign->rates, campaign->rates + 1, last * sizeof *campaign->rates);
  campaign->rates[last].at_s = now_s;
  campaign->rates[last].inputs = inputs;
  double span_s = now_s - campaign->rates[0].at_s;
  return span_s > 0 && inputs > campaign->rates[0].inputs ? (double)(inputs - campaign->rates[0].inputs) / span_s : 0;
}

void campaign_tell_progress(struct campaign *campaign, bool now) {
  char line[512];
  double now_s = process_clock_s();
  if (!now && now_s < campaign->next_line_s)
    return;
  struct progress progress = {
      .elapsed_s = now_s - campaign->began_s,
      .limit_s = campaign->options->time_s,
      .inputs = campaign_totals(campaign).span.inputs,
      .findings = ledger_findings(&campaign->ledger),
      .since_new_s = campaign->last_new_s < 0 ? -1 : now_s - campaign->last_new_s,
  };
  progress.inputs_per_s = rate_of(campaign, now_s, progress.inputs);
  for (size_t i = campaign->first_own; i < campaign->worker_count; ++i) {
    const struct worker *worker = &campaign->workers[i];
    if (worker->corpus > progress.corpus)
      progress.corpus = worker->corpus;
    if (worker->coverage > progress.coverage)
      progress.coverage = worker->coverage;
  }
  progress_print(&progress, campaign->style, campaign->terminal ? text_width(stderr) - 1 : 200, line, sizeof line);
  if (campaign->terminal)
    fprintf(stderr, "\r%s\033[K", line);
  else
    fprintf(stderr, "%s\n", line);
  fflush(stderr);
  campaign->line_open = campaign->terminal;
  campaign->next_line_s = now_s + (campaign->terminal ? TERMINAL_EVERY_S : LOG_EVERY_S);
}

void campaign_tell_waiting(struct campaign *campaign) {
  double now_s = process_clock_s();
  if (now_s < campaign->next_line_s)
    return;
  size_t waiting =
      confirm_waiting(&campaign->confirmer, campaign->workers, campaign->worker_count, CAMPAIGN_WAITING_SHOWN);
  campaign->next_line_s = now_s + (campaign->terminal ? TERMINAL_EVERY_S : LOG_EVERY_S);
  char inputs[TEXT_SIZE];
  fprintf(stderr, "%sreplaying %s that still wait%s; Ctrl-C leaves them for the next campaign%s",
          campaign->terminal ? "\r" : "", text_things(waiting, "input", inputs), waiting == 1 ? "s" : "",
          campaign->terminal ? "\033[K" : "\n");
  fflush(stderr);
  campaign->line_open = campaign->terminal;
}

static int by_first_seen(const void *left, const void *right) {
  const struct finding_summary *a = *(const struct finding_summary *const *)left;
  const struct finding_summary *b = *(const struct finding_summary *const *)right;
  if (a->first_seen_s != b->first_seen_s)
    return a->first_seen_s < b->first_seen_s ? -1 : 1;
  return strcmp(a->key, b->key);
}

/* This map's findings, oldest first; the caller frees the array. */
static const struct finding_summary **sorted(const struct campaign *campaign, size_t *count) {
  const struct ledger *ledger = &campaign->ledger;
  const struct finding_summary **summaries = calloc(ledger->key_count + 1, sizeof *summaries);
  if (!summaries)
    abort();
  *count = 0;
  for (size_t i = 0; i < ledger->key_count; ++i)
    if (strcmp(ledger->keys[i].summary.map, ledger->map) == 0)
      summaries[(*count)++] = &ledger->keys[i].summary;
  qsort(summaries, *count, sizeof *summaries, by_first_seen);
  return summaries;
}

static void print_json(const struct finding_summary *const summaries[], size_t count) {
  json_t *array = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(array, finding_summary_to_json(summaries[i]));
  json_dumpf(array, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(array);
}

/* What was run, in all sessions, to hold the findings against. */
static void print_exposure(const struct campaign *campaign, size_t findings) {
  struct ledger_totals totals = campaign_totals(campaign);
  char text[TEXT_SIZE], inputs[TEXT_SIZE], operations[TEXT_SIZE], wall[TEXT_SIZE], cpu[TEXT_SIZE], failing[TEXT_SIZE];
  struct text_style style = campaign->style;
  fprintf(stderr, "\n%s%s in %s%s: %s, %s, %s; %s (CPU %s)", style.bold, text_things(findings, "unique finding", text),
          campaign->ledger.map, style.end, text_things(totals.span.inputs, "input", inputs),
          text_things(totals.span.operations, "operation", operations),
          text_things(totals.failing_inputs, "failing input", failing), text_span(totals.span.wall_s, wall),
          text_span(totals.span.cpu_s, cpu));
  if (campaign->ledger.sessions > 1)
    fprintf(stderr, " over %s, %s known before this one", text_things(campaign->ledger.sessions, "session", inputs),
            text_things(campaign->known_before, "finding", text));
  fputs("\n", stderr);
  if (totals.divergences)
    fprintf(stderr, "%s%s took another interleaving the second time%s: what they showed cannot be trusted\n",
            style.yellow, text_things(totals.divergences, "input", inputs), style.end);
  if (totals.unconfirmed)
    fprintf(stderr, "%s showed nothing in a fresh process: see %s/unconfirmed\n",
            text_things(totals.unconfirmed, "failing input", failing), campaign->options->out);
}

void campaign_tell_end(struct campaign *campaign) {
  size_t count;
  const struct campaign_options *options = campaign->options;
  const struct finding_summary **summaries = sorted(campaign, &count);
  campaign_clear_line(campaign);
  print_exposure(campaign, count);
  if (options->json) {
    print_json(summaries, count);
  } else if (count > 0) {
    fputs("\n", stderr);
    progress_print_table(stdout, summaries, count, text_style(text_use_color(stdout, options->color)));
    fflush(stdout);
  }
  struct text_style style = campaign->style;
  if (count > 0)
    fprintf(stderr, "\nnext: %smake minimize CRASH=%s%s\n", style.cyan, summaries[0]->smallest_input, style.end);
  else
    fprintf(stderr, "\nnext: fuzz for longer, as with %smake fuzz MAP=%s FUZZ_TIME=%.0f%s\n", style.cyan, options->map,
            options->time_s > 0 ? options->time_s * 10 : 600, style.end);
  free(summaries);
}
