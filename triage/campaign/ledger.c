#include "triage/campaign/ledger.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/finding/files.h"
#include "triage/finding/layout.h"

#define LEDGER_VERSION 1
#define LEDGER_LIMIT (64u << 20)
#define RAWS_MIN 256

static struct ledger_raw *raw_slot(const struct ledger *ledger, uint64_t raw) {
  size_t index = raw % ledger->raw_capacity;
  while (ledger->raws[index].raw != 0 && ledger->raws[index].raw != raw)
    index = (index + 1) % ledger->raw_capacity;
  return &ledger->raws[index];
}

static void raws_grow(struct ledger *ledger) {
  struct ledger_raw *old = ledger->raws;
  size_t old_capacity = ledger->raw_capacity;
  ledger->raw_capacity = old_capacity ? old_capacity * 2 : RAWS_MIN;
  ledger->raws = calloc(ledger->raw_capacity, sizeof *ledger->raws);
  if (!ledger->raws)
    abort();
  for (size_t i = 0; i < old_capacity; ++i)
    if (old[i].raw)
      *raw_slot(ledger, old[i].raw) = old[i];
  free(old);
}

static void set_raw(struct ledger *ledger, uint64_t raw, size_t key) {
  assert(raw != 0 && key < ledger->key_count);
  if ((ledger->raw_count + 1) * 2 > ledger->raw_capacity)
    raws_grow(ledger);
  struct ledger_raw *slot = raw_slot(ledger, raw);
  ledger->raw_count += slot->raw == 0;
  *slot = (struct ledger_raw){raw, key};
}

struct ledger_key *ledger_find_raw(const struct ledger *ledger, uint64_t raw) {
  struct ledger_raw *slot = raw && ledger->raw_capacity ? raw_slot(ledger, raw) : NULL;
  return slot && slot->raw ? &ledger->keys[slot->key] : NULL;
}

/* The names that the stored findings themselves tell: they hold also where campaign.json was not saved in time. */
static void take_raws(struct ledger *ledger, const struct ledger_key *key) {
  for (size_t i = 0; i < key->summary.raw_count; ++i)
    if (key->summary.raws[i])
      set_raw(ledger, key->summary.raws[i], (size_t)(key - ledger->keys));
}

static struct ledger_key *find_key(const struct ledger *ledger, const char *key) {
  for (size_t i = 0; i < ledger->key_count; ++i)
    if (strcmp(ledger->keys[i].summary.key, key) == 0)
      return &ledger->keys[i];
  return NULL;
}

/* Takes the summary over: the list is left without it. */
static struct ledger_key *add_key(struct ledger *ledger, struct finding_summary *summary) {
  ledger->keys = reallocarray(ledger->keys, ledger->key_count + 1, sizeof *ledger->keys);
  if (!ledger->keys)
    abort();
  struct ledger_key *key = &ledger->keys[ledger->key_count++];
  *key = (struct ledger_key){.summary = *summary, .floor = summary->count, .written_count = summary->count};
  *summary = (struct finding_summary){0};
  return key;
}

static uint64_t member(const json_t *object, const char *name) {
  json_int_t value = json_integer_value(json_object_get(object, name));
  return value > 0 ? (uint64_t)value : 0;
}

static void read_totals(struct ledger *ledger, const json_t *json) {
  const json_t *last = json_object_get(json, "last_failure_s");
  ledger->before = (struct ledger_totals){
      .span = {member(json, "inputs"), member(json, "operations"), json_number_value(json_object_get(json, "cpu_s")),
               json_number_value(json_object_get(json, "wall_s"))},
      .points = member(json, "points"),
      .switches = member(json, "switches"),
      .failing_inputs = member(json, "failing_inputs"),
      .divergences = member(json, "divergences"),
      .unconfirmed = member(json, "unconfirmed"),
      .last_failure_s = json_is_number(last) ? json_number_value(last) : -1,
  };
  ledger->sessions = member(json, "sessions") + 1;
}

static void read_names(struct ledger *ledger, const json_t *json) {
  const char *name;
  const json_t *value;
  json_object_foreach(json_object_get(json, "raw"), name, value) {
    struct ledger_key *key = json_is_string(value) ? find_key(ledger, json_string_value(value)) : NULL;
    uint64_t raw = key_valid(name) ? strtoull(name, NULL, 16) : 0;
    if (key && raw)
      set_raw(ledger, raw, (size_t)(key - ledger->keys));
  }
  json_object_foreach(json_object_get(json, "uncounted"), name, value) {
    struct ledger_key *key = find_key(ledger, name);
    json_int_t count = json_integer_value(value);
    if (key && count > 0)
      key->uncounted = (uint64_t)count;
  }
}

static void set_aside(const char *path, finding_complain_fn complain, void *context) {
  char aside[PATH_MAX + 16], line[PATH_MAX + 256];
  snprintf(aside, sizeof aside, "%s.corrupt", path);
  snprintf(line, sizeof line,
           "corrupt totals of earlier sessions: %s: kept as %s, counting begins anew; no finding is lost", path, aside);
  if (rename(path, aside) < 0)
    snprintf(line, sizeof line, "corrupt totals of earlier sessions: %s: remove it", path);
  complain(context, line);
}

/* NULL where there is no usable campaign.json. */
static json_t *load(const char *out, finding_complain_fn complain, void *context) {
  char path[PATH_MAX];
  size_t size;
  snprintf(path, sizeof path, "%s/" FINDING_CAMPAIGN, out);
  char *text = files_read(path, LEDGER_LIMIT, &size);
  if (!text && errno == ENOENT)
    return NULL;
  json_t *json = text ? json_loadb(text, size, 0, NULL) : NULL;
  free(text);
  if (json && member(json, "version") == LEDGER_VERSION)
    return json;
  json_decref(json);
  set_aside(path, complain, context);
  return NULL;
}

void ledger_open(struct ledger *ledger, const char *out, const char *map, finding_complain_fn complain, void *context) {
  struct finding_list list;
  *ledger = (struct ledger){.out = out, .map = map, .sessions = 1, .before = {.last_failure_s = -1}};
  finding_list_read(out, NULL, &list, complain, context);
  for (size_t i = 0; i < list.count; ++i)
    take_raws(ledger, add_key(ledger, &list.entries[i]));
  finding_list_free(&list);

  json_t *json = load(out, complain, context);
  ledger->maps = json_deep_copy(json_object_get(json, "maps"));
  if (!json_is_object(ledger->maps)) {
    json_decref(ledger->maps);
    ledger->maps = json_object();
  }
  const json_t *mine = json_object_get(ledger->maps, map);
  if (mine)
    read_totals(ledger, mine);
  read_names(ledger, json);
  json_decref(json);
}

void ledger_close(struct ledger *ledger) {
  for (size_t i = 0; i < ledger->key_count; ++i) {
    struct finding_list one = {.entries = malloc(sizeof *one.entries), .count = 1};
    if (!one.entries)
      abort();
    *one.entries = ledger->keys[i].summary;
    finding_list_free(&one);
  }
  free(ledger->keys);
  free(ledger->raws);
  json_decref(ledger->maps);
  *ledger = (struct ledger){0};
}

struct ledger_key *ledger_learn(struct ledger *ledger, uint64_t raw, const char *name, bool *fresh,
                                finding_complain_fn complain, void *context) {
  struct finding_list list;
  struct ledger_key *key = find_key(ledger, name);
  *fresh = !key;
  finding_list_read(ledger->out, name, &list, complain, context);
  if (list.count > 0 && !key) {
    key = add_key(ledger, &list.entries[0]);
  } else if (list.count > 0) {
    struct finding_summary old = key->summary;
    key->summary = list.entries[0];
    key->summary.count = old.count;
    list.entries[0] = old; /* freed with the list */
  }
  finding_list_free(&list);
  if (key && raw)
    set_raw(ledger, raw, (size_t)(key - ledger->keys));
  return key;
}

void ledger_count_begin(struct ledger *ledger) {
  for (size_t i = 0; i < ledger->key_count; ++i)
    ledger->keys[i].counted = 0;
}

void ledger_count(struct ledger *ledger, uint64_t raw, uint64_t count) {
  struct ledger_key *key = ledger_find_raw(ledger, raw);
  if (key)
    key->counted += count;
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

int ledger_count_end(struct ledger *ledger, bool durable) {
  int error = 0;
  for (size_t i = 0; i < ledger->key_count; ++i) {
    struct ledger_key *key = &ledger->keys[i];
    uint64_t count = key->uncounted + key->counted;
    count = larger(count, larger(key->floor, key->summary.inputs));
    key->summary.count = count;
    if (count == key->written_count)
      continue;
    int problem = finding_count_write(ledger->out, key->summary.key, count, durable);
    if (problem)
      error = problem;
    else
      key->written_count = count;
  }
  return error;
}

size_t ledger_findings(const struct ledger *ledger) {
  size_t count = 0;
  for (size_t i = 0; i < ledger->key_count; ++i)
    count += strcmp(ledger->keys[i].summary.map, ledger->map) == 0;
  return count;
}

static json_t *totals_to_json(const struct ledger *ledger, const struct ledger_totals *totals) {
  const struct finding_span *span = &totals->span;
  return json_pack("{s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:o}", "sessions", (json_int_t)ledger->sessions,
                   "wall_s", span->wall_s, "inputs", (json_int_t)span->inputs, "operations",
                   (json_int_t)span->operations, "points", (json_int_t)totals->points, "switches",
                   (json_int_t)totals->switches, "cpu_s", span->cpu_s, "failing_inputs",
                   (json_int_t)totals->failing_inputs, "divergences", (json_int_t)totals->divergences, "unconfirmed",
                   (json_int_t)totals->unconfirmed, "last_failure_s",
                   totals->last_failure_s < 0 ? json_null() : json_real(totals->last_failure_s));
}

static void put_names(const struct ledger *ledger, json_t *raws, json_t *uncounted) {
  char text[KEY_TEXT_SIZE];
  for (size_t i = 0; i < ledger->raw_capacity; ++i)
    if (ledger->raws[i].raw) {
      key_print(ledger->raws[i].raw, text);
      json_object_set_new(raws, text, json_string(ledger->keys[ledger->raws[i].key].summary.key));
    }
  for (size_t i = 0; i < ledger->key_count; ++i)
    if (ledger->keys[i].uncounted)
      json_object_set_new(uncounted, ledger->keys[i].summary.key, json_integer((json_int_t)ledger->keys[i].uncounted));
}

int ledger_save(const struct ledger *ledger, const struct ledger_totals *totals, bool durable) {
  char path[PATH_MAX];
  json_t *raws = json_object(), *uncounted = json_object();
  put_names(ledger, raws, uncounted);
  json_object_set_new(ledger->maps, ledger->map, totals_to_json(ledger, totals));
  json_t *json = json_pack("{s:i, s:O, s:o, s:o}", "version", LEDGER_VERSION, "maps", ledger->maps, "raw", raws,
                           "uncounted", uncounted);
  char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(12)) : NULL;
  snprintf(path, sizeof path, "%s/" FINDING_CAMPAIGN, ledger->out);
  int error = text ? files_replace(path, text, strlen(text), durable) : ENOMEM;
  free(text);
  json_decref(json);
  return error;
}
