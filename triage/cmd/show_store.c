/* show_store.c - see show_store.h. */
#include "triage/cmd/show_store.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/cmd/list_store.h"
#include "triage/cmd/wilson.h"
#include "triage/finding/json.h"
#include "triage/report/json_text.h"
#include "triage/report/visible.h"
#include "triage/report/words.h"

#define SOURCES_MAX 8 /* that are told one by one */
#define LINE_SIZE 1200
#define COLUMNS 300

/* What the occurrences say together. */
struct sightings {
  uint64_t count, elsewhere; /* occurrences; of them those in none of `sources` */
  struct {
    char *path;
    uint64_t count;
  } sources[SOURCES_MAX]; /* the first ones */
  size_t source_count;
  struct report_moment first, last;
  char *input_path; /* the first one that is there; NULL: none */
};

struct showing {
  const struct show_store *request;
  struct store *store;
  struct text_style style;
  struct sightings sightings;
  char key[KEY_TEXT_SIZE];
  enum store_state state;
  bool replayed, has_input, told, changed;
  bool foreign; /* met by a program that is no target of heddle's */
  json_t *json; /* NULL: text */
};

static void title(const struct showing *showing, const char *text) {
  printf("\n%s%s%s\n", showing->style.bold, text, showing->style.end);
}

/* --- occurrences ---------------------------------------------------------------------------------------------- */

static void note_source(struct sightings *sightings, const char *path) {
  for (size_t i = 0; i < sightings->source_count; ++i)
    if (strcmp(sightings->sources[i].path, path) == 0) {
      ++sightings->sources[i].count;
      return;
    }
  if (sightings->source_count == SOURCES_MAX) {
    ++sightings->elsewhere;
    return;
  }
  char *copy = strdup(path);
  if (!copy)
    abort();
  sightings->sources[sightings->source_count].path = copy;
  sightings->sources[sightings->source_count++].count = 1;
}

static bool note_sighting(void *context, const struct store_occurrence *occurrence) {
  struct sightings *sightings = context;
  struct report_moment moment = {occurrence->seen_s, REPORT_NO_CAMPAIGN, occurrence->clock};
  if (sightings->count == 0 || moment.time_s < sightings->first.time_s)
    sightings->first = moment;
  if (sightings->count == 0 || moment.time_s >= sightings->last.time_s)
    sightings->last = moment;
  ++sightings->count;
  note_source(sightings, occurrence->source);
  if (!sightings->input_path && *occurrence->input_path && access(occurrence->input_path, R_OK) == 0 &&
      !(sightings->input_path = strdup(occurrence->input_path)))
    abort();
  return true;
}

static void print_sightings(const struct showing *showing) {
  const struct sightings *sightings = &showing->sightings;
  char text[WORDS_SIZE], number[TEXT_SIZE], line[LINE_SIZE];
  title(showing, "occurrences");
  printf("  seen %s\n", text_things(sightings->count, "time", number));
  printf("  first %s\n", words_moment(&sightings->first, text));
  printf("  last  %s\n", words_moment(&sightings->last, text));
  for (size_t i = 0; i < sightings->source_count; ++i) {
    visible_cut(sightings->sources[i].path, COLUMNS, line, sizeof line);
    printf("  %s in %s\n", text_count(sightings->sources[i].count, number), line);
  }
  if (sightings->elsewhere)
    printf("  %s elsewhere\n", text_count(sightings->elsewhere, number));
}

static json_t *moment_to_json(const struct report_moment *moment) {
  return json_pack("{s:o, s:o}", "at", list_store_date(moment->time_s), "clock",
                   finding_clock_to_json(&moment->clock, NULL));
}

static json_t *sightings_to_json(const struct sightings *sightings) {
  json_t *sources = json_array();
  for (size_t i = 0; i < sightings->source_count; ++i)
    json_array_append_new(sources, json_pack("{s:o, s:I}", "path", json_text(sightings->sources[i].path), "count",
                                             (json_int_t)sightings->sources[i].count));
  return json_pack("{s:I, s:o, s:o, s:o, s:I, s:o}", "count", (json_int_t)sightings->count, "first",
                   moment_to_json(&sightings->first), "last", moment_to_json(&sightings->last), "sources", sources,
                   "elsewhere", (json_int_t)sightings->elsewhere, "input", json_known(sightings->input_path));
}

static void free_sightings(struct sightings *sightings) {
  for (size_t i = 0; i < sightings->source_count; ++i)
    free(sightings->sources[i].path);
  free(sightings->input_path);
}

/* --- history -------------------------------------------------------------------------------------------------- */

static bool print_change(void *context, const struct store_change *change) {
  struct showing *showing = context;
  char date[WORDS_SIZE], until[WORDS_SIZE], reason[LINE_SIZE];
  if (!showing->changed)
    title(showing, "history");
  showing->changed = true;
  visible_cut(change->reason, COLUMNS, reason, sizeof reason);
  printf("  %s  %s -> %s%s%s%s", words_date(change->changed_s, date), store_state_text(change->before),
         list_store_color(change->after, showing->style), store_state_text(change->after), showing->style.end,
         change->until_s ? " until " : "");
  printf("%s%s%s\n", change->until_s ? words_date(change->until_s, until) : "", *reason ? ": " : "", reason);
  return true;
}

static bool add_change(void *context, const struct store_change *change) {
  json_array_append_new(context,
                        json_pack("{s:o, s:s, s:s, s:o, s:o}", "at", list_store_date(change->changed_s), "before",
                                  store_state_text(change->before), "after", store_state_text(change->after), "until",
                                  list_store_date(change->until_s), "reason", json_known(change->reason)));
  return true;
}

/* --- the key -------------------------------------------------------------------------------------------------- */

static void field(const char *name, const char *text) {
  char line[LINE_SIZE];
  visible_cut(text, COLUMNS, line, sizeof line);
  if (*line)
    printf("  %-10s %s\n", name, line);
}

static void print_replays(const struct store_key *key) {
  char date[WORDS_SIZE];
  if (key->replays == 0)
    return;
  struct wilson_interval interval = wilson_interval(key->replays_shown, key->replays);
  printf("  %-10s %llu of %llu showed it, 95 %% interval %.3f to %.3f; %s\n", "replays",
         (unsigned long long)key->replays_shown, (unsigned long long)key->replays, interval.lower, interval.upper,
         words_date(key->replayed_s, date));
}

static void print_head(const struct showing *showing, const struct store_key *key) {
  struct text_style style = showing->style;
  char kind[WORDS_SIZE], text[WORDS_SIZE];
  visible_cut(key->kind, 80, kind, sizeof kind);
  printf("%s%s%s  %s%s%s  %s%s%s\n", style.bold, key->key, style.end, style.red, kind, style.end,
         list_store_color(key->state, style), store_state_text(key->state), style.end);
  field("since", words_date(key->state_since_s, text));
  field("what", key->message);
  field("note", key->reason);
  if (key->ignored_until_s) {
    field("ignored", words_date(key->ignored_until_s, text));
    field("then", store_state_text(key->beneath));
  }
  field("seen by", key->oracle);
  field("map", key->map);
  field("flavour", key->flavour);
  field("engine", key->engine);
  field("build id", key->build_id);
  field("guarantee", key->guarantee);
  field("memory", key->location);
  print_replays(key);
  title(showing, "sites");
  list_store_lines(key->sites, "  ");
}

static bool take_key(void *context, const struct store_key *key) {
  struct showing *showing = context;
  showing->state = key->state;
  showing->replayed = key->replays > 0;
  showing->foreign = !*key->map;
  if (showing->json)
    json_object_update_new(showing->json, list_store_key(key));
  else
    print_head(showing, key);
  return false;
}

/* --- what one occurrence tells at length ---------------------------------------------------------------------- */

static void print_stack(const struct showing *showing, const struct finding_stack *stack) {
  char what[WORDS_SIZE], who[WORDS_SIZE], site[FINDING_SITE_SIZE], line[LINE_SIZE];
  snprintf(line, sizeof line, "%s%s%s", words_stack(stack, what), *words_task(stack, who) ? ", " : "", who);
  visible_cut(line, COLUMNS, what, sizeof what);
  title(showing, what);
  for (size_t i = 0; i < stack->frame_count; ++i) {
    finding_print_site(&stack->frames[i], site);
    visible_cut(site, COLUMNS, line, sizeof line);
    printf("  #%zu %s\n", i, line);
  }
}

static void print_block(const struct showing *showing, const char *name, const char *text) {
  if (!*text)
    return;
  title(showing, name);
  list_store_lines(text, "  ");
}

static void tell_occurrence(const struct showing *showing, const struct store_occurrence *occurrence,
                            json_t *document) {
  struct finding finding;
  const char *where;
  if (document && finding_from_json(document, &finding, &where)) {
    for (size_t i = 0; i < finding.stack_count; ++i)
      print_stack(showing, &finding.stacks[i]);
    finding_free_stacks(&finding);
  }
  print_block(showing, "program", occurrence->program);
  print_block(showing, "schedule", occurrence->schedule);
}

/* The first one that has its texts. */
static bool take_occurrence(void *context, const struct store_occurrence *occurrence) {
  struct showing *showing = context;
  showing->has_input |= occurrence->input != NULL;
  if (!showing->told && *occurrence->document) {
    json_t *document = json_loads(occurrence->document, 0, NULL);
    showing->told = true;
    if (showing->json)
      json_object_update_new(showing->json,
                             json_pack("{s:O?, s:o, s:o, s:o}", "finding", document, "program",
                                       json_known(occurrence->program), "schedule", json_known(occurrence->schedule),
                                       "report", json_known(occurrence->report)));
    else
      tell_occurrence(showing, occurrence, document);
    json_decref(document);
  }
  return !(showing->told && showing->has_input);
}

/* --- the command ---------------------------------------------------------------------------------------------- */

/* In full: it is there to be copied. */
static void print_command(const struct showing *showing, const char *input) {
  char *quoted = cmd_quote(input);
  struct visible shown;
  printf("%s%s", showing->style.cyan, showing->foreign ? "PROGRAM " : "make repro CRASH=");
  for (const char *text = quoted; *text;) {
    text = visible_next(text, &shown);
    fputs(shown.text, stdout);
  }
  printf("%s\n", showing->style.end);
  free(quoted);
}

static void print_next(const struct showing *showing) {
  const char *path = showing->request->place.path;
  bool usual = strcmp(path, CMD_STORE_DEFAULT) == 0, replayable = showing->has_input || showing->sightings.input_path;
  bool sure = showing->replayed && (showing->state == STORE_CONFIRMED || showing->state == STORE_REGRESSED);
  char *quoted = cmd_quote(path);
  putchar('\n');
  if (showing->sightings.input_path)
    print_command(showing, showing->sightings.input_path);
  if (!replayable || showing->foreign)
    printf("next: heddle report");
  else if (!sure)
    printf("next: heddle confirm %s", showing->key);
  else
    printf("next: heddle bisect %s --build='make build'", showing->key);
  printf("%s%s\n", usual ? "" : " --store=", usual ? "" : quoted);
  free(quoted);
}

static bool walk_history(struct showing *showing, struct finding_error *error) {
  if (!showing->json)
    return store_each_change(showing->store, showing->key, print_change, showing, error);
  json_t *history = json_array();
  json_object_set_new(showing->json, "history", history);
  return store_each_change(showing->store, showing->key, add_change, history, error);
}

static bool walk(struct showing *showing, struct finding_error *error) {
  struct store_filter filter = {.key = showing->key};
  if (!store_each_key(showing->store, &filter, cmd_now_s(), take_key, showing, error) ||
      !store_each_occurrence(showing->store, showing->key, true, take_occurrence, showing, error) ||
      !store_each_occurrence(showing->store, showing->key, false, note_sighting, &showing->sightings, error))
    return false;
  if (showing->json)
    json_object_set_new(showing->json, "occurrences", sightings_to_json(&showing->sightings));
  else
    print_sightings(showing);
  return walk_history(showing, error);
}

int show_store(const struct show_store *request) {
  struct finding_error error;
  struct showing showing = {.request = request, .style = text_style(text_use_color(stdout, request->color))};
  int status;
  showing.store = cmd_open_store(&request->place, STORE_READ, &status);
  if (!showing.store)
    return status;
  if (!cmd_find_key(showing.store, request->digits, showing.key)) {
    store_close(showing.store);
    return CMD_UNREADABLE;
  }
  showing.json = request->json ? json_object() : NULL;
  if (!walk(&showing, &error))
    status = cmd_fail(CMD_UNREADABLE, "%s", error.text);
  else if (!request->json)
    print_next(&showing);
  else if (json_dumpf(showing.json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12)) == 0)
    putchar('\n');
  json_decref(showing.json);
  free_sightings(&showing.sightings);
  store_close(showing.store);
  return status;
}
