/* store_put.c - taking in campaigns and occurrences. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "triage/store/store_internal.h"

static void bind_span(struct cursor *cursor, const struct finding_span *span) {
  cursor_bind_integer(cursor, (int64_t)span->inputs);
  cursor_bind_integer(cursor, (int64_t)span->operations);
  cursor_bind_real(cursor, span->cpu_s);
  cursor_bind_real(cursor, span->wall_s);
}

static void bind_clock(struct cursor *cursor, const struct finding_clock *clock) {
  if (clock->known) {
    bind_span(cursor, &clock->begun);
    bind_span(cursor, &clock->last_failure);
  } else {
    for (int i = 0; i < 8; ++i)
      cursor_bind_null(cursor);
  }
}

bool store_put_campaign(struct store *store, const struct store_campaign *campaign, int64_t now_s, int64_t *id,
                        struct finding_error *error) {
  if (!store_enter(store, error))
    return false;
  struct cursor cursor = cursor_open(
      store, SLOT_NONE,
      "INSERT INTO campaign (source, map, flavour, engine, sessions, failing_inputs, inputs, operations, cpu_s, wall_s,"
      " last_failure_s, added_s, updated_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)"
      " ON CONFLICT DO UPDATE SET sessions = ?5, failing_inputs = ?6, inputs = ?7, operations = ?8, cpu_s = ?9,"
      " wall_s = ?10, last_failure_s = ?11, updated_s = ?12 RETURNING id");
  cursor_bind_text(&cursor, campaign->source);
  cursor_bind_text(&cursor, campaign->map);
  cursor_bind_text(&cursor, campaign->flavour);
  cursor_bind_text(&cursor, campaign->engine);
  cursor_bind_integer(&cursor, (int64_t)campaign->sessions);
  cursor_bind_integer(&cursor, (int64_t)campaign->failing_inputs);
  bind_span(&cursor, &campaign->span);
  if (campaign->last_failure_s >= 0)
    cursor_bind_real(&cursor, campaign->last_failure_s);
  else
    cursor_bind_null(&cursor);
  cursor_bind_integer(&cursor, now_s);
  int64_t row = cursor_step(&cursor) ? cursor_take_integer(&cursor) : 0;
  if (!store_leave(store, cursor_close(&cursor, error), error))
    return false;
  if (id)
    *id = row;
  return true;
}

/* What an occurrence refers to. */
struct references {
  int64_t source, build;
};

static bool put_source(struct store *store, const char *path, int64_t *id, struct finding_error *error) {
  struct cursor cursor = cursor_open(store, SLOT_FIND_SOURCE, "SELECT id FROM source WHERE path = ?");
  cursor_bind_text(&cursor, path);
  *id = cursor_step(&cursor) ? cursor_take_integer(&cursor) : 0;
  if (!cursor_close(&cursor, error) || *id)
    return *id;
  cursor = cursor_open(store, SLOT_ADD_SOURCE, "INSERT INTO source (path) VALUES (?)");
  cursor_bind_text(&cursor, path);
  if (!cursor_run(&cursor, error))
    return false;
  *id = sqlite3_last_insert_rowid(store->db);
  return true;
}

static void bind_build(struct cursor *cursor, const struct store_occurrence *occurrence) {
  cursor_bind_text(cursor, occurrence->target);
  cursor_bind_text(cursor, occurrence->map);
  cursor_bind_text(cursor, occurrence->flavour);
  cursor_bind_text(cursor, occurrence->engine);
  cursor_bind_text(cursor, occurrence->build_id);
}

bool store_put_build(struct store *store, const struct store_occurrence *occurrence, int64_t *id,
                     struct finding_error *error) {
  struct cursor cursor = cursor_open(store, SLOT_FIND_BUILD,
                                     "SELECT id FROM build WHERE target = ? AND map = ? AND flavour = ? AND engine = ?"
                                     " AND build_id = ?");
  bind_build(&cursor, occurrence);
  *id = cursor_step(&cursor) ? cursor_take_integer(&cursor) : 0;
  if (!cursor_close(&cursor, error) || *id)
    return *id;
  cursor = cursor_open(store, SLOT_ADD_BUILD,
                       "INSERT INTO build (target, map, flavour, engine, build_id) VALUES (?, ?, ?, ?, ?)");
  bind_build(&cursor, occurrence);
  if (!cursor_run(&cursor, error))
    return false;
  *id = sqlite3_last_insert_rowid(store->db);
  return true;
}

static bool add_finding(struct store *store, const struct store_occurrence *occurrence, int64_t build, int64_t seen_s,
                        int64_t now_s, struct store_standing *standing, struct finding_error *error) {
  struct cursor cursor =
      cursor_open(store, SLOT_ADD_FINDING,
                  "INSERT INTO finding (key, kind, oracle, guarantee, message, location, sites, build, first_seen_s,"
                  " last_seen_s, state_since_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)");
  cursor_bind_text(&cursor, occurrence->key);
  cursor_bind_text(&cursor, occurrence->kind);
  cursor_bind_text(&cursor, occurrence->oracle);
  cursor_bind_text(&cursor, occurrence->guarantee);
  cursor_bind_text(&cursor, occurrence->message);
  cursor_bind_text(&cursor, occurrence->location);
  cursor_bind_text(&cursor, occurrence->sites);
  cursor_bind_integer(&cursor, build);
  cursor_bind_integer(&cursor, seen_s);
  cursor_bind_integer(&cursor, now_s);
  if (!cursor_run(&cursor, error))
    return false;
  *standing = (struct store_standing){.id = sqlite3_last_insert_rowid(store->db), .state = STORE_NEW};
  return true;
}

/* *id is 0 where the store has it already. */
static bool add_occurrence(struct store *store, const struct store_occurrence *occurrence, int64_t finding,
                           const struct references *references, int64_t seen_s, int64_t now_s, int64_t *id,
                           struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_ADD_OCCURRENCE,
      "INSERT INTO occurrence (finding, source, source_index, sha1, build, campaign, seen_s, added_s, digest, points,"
      " input_path, clock_inputs, clock_operations, clock_cpu_s, clock_wall_s, clock_since_inputs,"
      " clock_since_operations, clock_since_cpu_s, clock_since_wall_s, worker_inputs, worker_operations, worker_cpu_s,"
      " worker_wall_s, worker_since_inputs, worker_since_operations, worker_since_cpu_s, worker_since_wall_s)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (finding, sha1, source, source_index, build) DO NOTHING");
  cursor_bind_integer(&cursor, finding);
  cursor_bind_integer(&cursor, references->source);
  cursor_bind_integer(&cursor, (int64_t)occurrence->index);
  cursor_bind_text(&cursor, occurrence->sha1);
  cursor_bind_integer(&cursor, references->build);
  if (occurrence->campaign)
    cursor_bind_integer(&cursor, occurrence->campaign);
  else
    cursor_bind_null(&cursor);
  cursor_bind_integer(&cursor, seen_s);
  cursor_bind_integer(&cursor, now_s);
  cursor_bind_integer(&cursor, (int64_t)occurrence->digest);
  cursor_bind_integer(&cursor, (int64_t)occurrence->points);
  cursor_bind_text(&cursor, occurrence->input_path);
  bind_clock(&cursor, &occurrence->clock);
  bind_clock(&cursor, &occurrence->worker_clock);
  if (!cursor_run(&cursor, error))
    return false;
  *id = sqlite3_changes(store->db) ? sqlite3_last_insert_rowid(store->db) : 0;
  return true;
}

static bool add_text(struct store *store, const struct store_occurrence *occurrence, int64_t id,
                     struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_ADD_TEXT,
      "INSERT INTO text (occurrence, report, program, schedule, document, input) VALUES (?, ?, ?, ?, ?, ?)");
  cursor_bind_integer(&cursor, id);
  cursor_bind_text(&cursor, occurrence->report);
  cursor_bind_text(&cursor, occurrence->program);
  cursor_bind_text(&cursor, occurrence->schedule);
  cursor_bind_text(&cursor, occurrence->document);
  if (occurrence->input)
    cursor_bind_bytes(&cursor, occurrence->input, occurrence->input_size);
  else
    cursor_bind_null(&cursor);
  return cursor_run(&cursor, error);
}

static bool count_occurrence(struct store *store, int64_t finding, int64_t seen_s, bool with_text,
                             struct finding_error *error) {
  struct cursor cursor =
      cursor_open(store, SLOT_COUNT_OCCURRENCE,
                  "UPDATE finding SET count = count + 1, texts = texts + ?2, first_seen_s = min(first_seen_s, ?3),"
                  " last_seen_s = max(last_seen_s, ?3) WHERE id = ?1");
  cursor_bind_integer(&cursor, finding);
  cursor_bind_integer(&cursor, with_text);
  cursor_bind_integer(&cursor, seen_s);
  return cursor_run(&cursor, error);
}

/* Inside a transaction. */
static enum store_result put(struct store *store, const struct store_occurrence *occurrence, int64_t now_s,
                             struct finding_error *error) {
  struct references references;
  struct store_standing standing;
  int64_t id, seen_s = occurrence->seen_s ? occurrence->seen_s : now_s;
  if (!put_source(store, occurrence->source, &references.source, error) ||
      !store_put_build(store, occurrence, &references.build, error) ||
      !store_find_standing(store, occurrence->key, &standing, error))
    return STORE_FAILED;
  bool fresh = standing.id == 0;
  if ((fresh && !add_finding(store, occurrence, references.build, seen_s, now_s, &standing, error)) ||
      !add_occurrence(store, occurrence, standing.id, &references, seen_s, now_s, &id, error))
    return STORE_FAILED;
  if (id == 0)
    return STORE_KNOWN;
  bool with_text = store->texts_kept == 0 || standing.texts < store->texts_kept;
  if ((with_text && !add_text(store, occurrence, id, error)) ||
      !count_occurrence(store, standing.id, seen_s, with_text, error))
    return STORE_FAILED;
  if (standing.state == STORE_FIXED && seen_s >= standing.since_s)
    return store_change_state(store, &standing, STORE_REGRESSED, "reported again", now_s, error) ? STORE_NEW_REGRESSION
                                                                                                 : STORE_FAILED;
  return fresh ? STORE_NEW_KEY : STORE_NEW_OCCURRENCE;
}

enum store_result store_put_occurrence(struct store *store, const struct store_occurrence *occurrence, int64_t now_s,
                                       struct finding_error *error) {
  assert(key_valid(occurrence->key) && "a key of 16 digits");
  assert(strlen(occurrence->sha1) == FILES_SHA1_SIZE - 1 && "a SHA-1 of 40 digits");
  if (!store_enter(store, error))
    return STORE_FAILED;
  enum store_result result = put(store, occurrence, now_s, error);
  return store_leave(store, result != STORE_FAILED, error) ? result : STORE_FAILED;
}

void store_from_finding(struct store_occurrence *occurrence, const struct finding *finding, const char *sites) {
  *occurrence = (struct store_occurrence){.key = finding->key,
                                          .kind = finding->kind,
                                          .oracle = finding->oracle,
                                          .guarantee = finding->guarantee,
                                          .message = finding->message,
                                          .location = finding->location,
                                          .sites = sites,
                                          .target = finding->target,
                                          .map = finding->map,
                                          .flavour = finding->flavour,
                                          .engine = finding->engine,
                                          .build_id = finding->build_id,
                                          .digest = finding->digest,
                                          .points = finding->points,
                                          .clock = finding->clock,
                                          .worker_clock = finding->worker_clock,
                                          .report = finding->report,
                                          .program = finding->program,
                                          .schedule = finding->schedule,
                                          .input = finding->input,
                                          .input_size = finding->input_size};
  if (finding->input)
    files_sha1(finding->input, finding->input_size, occurrence->sha1);
  else if (finding->report)
    files_sha1(finding->report, strlen(finding->report), occurrence->sha1);
}

char *store_print_sites(const struct finding *finding) {
  char sites[FINDING_STACKS_MAX][FINDING_SITE_SIZE];
  size_t count = finding_sites(finding, sites, FINDING_STACKS_MAX);
  char *text = malloc(count * FINDING_SITE_SIZE + 1), *end = text;
  if (!text)
    return NULL;
  for (size_t i = 0; i < count && i < FINDING_STACKS_MAX; ++i) {
    if (i)
      *end++ = '\n';
    end = stpcpy(end, sites[i]);
  }
  *end = '\0';
  return text;
}
