/* store_each.c - looking at what is there, a row at a time. */
#include <assert.h>
#include <string.h>

#include "triage/store/store_internal.h"

static struct finding_span take_span(struct cursor *cursor) {
  struct finding_span span;
  span.inputs = (uint64_t)cursor_take_integer(cursor);
  span.operations = (uint64_t)cursor_take_integer(cursor);
  span.cpu_s = cursor_take_real(cursor);
  span.wall_s = cursor_take_real(cursor);
  return span;
}

static struct finding_clock take_clock(struct cursor *cursor) {
  if (cursor_take_null(cursor)) {
    cursor->next += 7; /* with its first column all eight are NULL */
    return (struct finding_clock){.known = false};
  }
  struct finding_clock clock = {.known = true};
  clock.begun = take_span(cursor);
  clock.last_failure = take_span(cursor);
  return clock;
}

/* -------------------------------------------------------------------------------------------------------------- keys
 */

#define KEY_COLUMNS                                                                                                    \
  "SELECT f.key, f.kind, f.oracle, f.guarantee, f.message, f.location, f.sites, b.target, b.map, b.flavour, b.engine," \
  " b.build_id, f.state, f.state_since_s, f.state_reason, f.ignored_reason, f.ignored_until_s, f.count, f.texts,"      \
  " f.first_seen_s, f.last_seen_s, f.replays_shown, f.replays, f.replayed_s"                                           \
  " FROM finding f JOIN build b ON b.id = f.build "
/* ?2 to ?5: "" asks for everything. */
#define KEY_CONDITIONS                                                                                                 \
  "(?2 = '' OR f.kind = ?2) AND ((?3 = '' AND ?4 = '' AND ?5 = '') OR EXISTS (SELECT 1 FROM build m JOIN occurrence o" \
  " ON o.build = m.id AND o.finding = f.id WHERE (?3 = '' OR m.target = ?3) AND (?4 = '' OR m.map = ?4) AND"           \
  " (?5 = '' OR m.flavour = ?5))) "

static void take_key(struct cursor *cursor, int64_t now_s, struct store_key *key) {
  const char **texts[] = {&key->kind,   &key->oracle, &key->guarantee, &key->message, &key->location, &key->sites,
                          &key->target, &key->map,    &key->flavour,   &key->engine,  &key->build_id};
  key->key = cursor_take_key(cursor);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    *texts[i] = cursor_take_text(cursor);
  key->beneath = cursor_take_state(cursor);
  if (key->beneath == STORE_IGNORED) /* that lies above */
    cursor->status = SQLITE_CORRUPT;
  key->state_since_s = cursor_take_integer(cursor);
  const char *reason = cursor_take_text(cursor), *ignored_reason = cursor_take_text(cursor);
  int64_t until_s = cursor_take_integer(cursor); /* 0 for NULL */
  bool ignored = until_s > now_s;
  key->state = ignored ? STORE_IGNORED : key->beneath;
  key->reason = ignored ? ignored_reason : reason;
  key->ignored_until_s = ignored ? until_s : 0;
  key->count = (uint64_t)cursor_take_integer(cursor);
  key->texts = (uint64_t)cursor_take_integer(cursor);
  key->first_seen_s = cursor_take_integer(cursor);
  key->last_seen_s = cursor_take_integer(cursor);
  key->replays_shown = (uint64_t)cursor_take_integer(cursor);
  key->replays = (uint64_t)cursor_take_integer(cursor);
  key->replayed_s = cursor_take_integer(cursor);
}

bool store_each_key(struct store *store, const struct store_filter *filter, int64_t now_s, store_key_fn fn,
                    void *context, struct finding_error *error) {
  static const struct store_filter everything;
  if (!filter)
    filter = &everything;
  /* No digit stands behind f.  The whole walk goes by its index, since sorting it would hold it all. */
  const char *sql = filter->key && *filter->key ? KEY_COLUMNS
                        "WHERE f.key >= ?1 AND f.key < ?1 || 'g' AND " KEY_CONDITIONS "ORDER BY f.first_seen_s, f.key"
                                                : KEY_COLUMNS "WHERE ?1 = '' AND " KEY_CONDITIONS
                                                              "ORDER BY f.first_seen_s, f.key";
  struct cursor cursor = cursor_open(store, SLOT_NONE, sql);
  cursor_bind_text(&cursor, filter->key);
  cursor_bind_text(&cursor, filter->kind);
  cursor_bind_text(&cursor, filter->target);
  cursor_bind_text(&cursor, filter->map);
  cursor_bind_text(&cursor, filter->flavour);
  while (cursor_step(&cursor)) {
    struct store_key key;
    take_key(&cursor, now_s, &key);
    if (cursor.status != SQLITE_ROW)
      break;
    if ((!filter->states || filter->states >> key.state & 1) && !fn(context, &key))
      break;
  }
  return cursor_close(&cursor, error);
}

/* ------------------------------------------------------------------------------------------------------- occurrences
 */

#define OCCURRENCE_COLUMNS                                                                                             \
  "SELECT f.key, f.kind, f.oracle, f.guarantee, f.message, f.location, f.sites, s.path, b.target, b.map, b.flavour,"   \
  " b.engine, b.build_id, o.input_path, o.sha1, o.id, o.source_index, o.campaign, o.seen_s, o.added_s, o.digest,"      \
  " o.points, o.clock_inputs, o.clock_operations, o.clock_cpu_s, o.clock_wall_s, o.clock_since_inputs,"                \
  " o.clock_since_operations, o.clock_since_cpu_s, o.clock_since_wall_s, o.worker_inputs, o.worker_operations,"        \
  " o.worker_cpu_s, o.worker_wall_s, o.worker_since_inputs, o.worker_since_operations, o.worker_since_cpu_s,"          \
  " o.worker_since_wall_s"
#define TEXT_COLUMNS                                                                                                   \
  ", coalesce(t.report, ''), coalesce(t.program, ''), coalesce(t.schedule, ''), coalesce(t.document, ''), t.input"
/* From left to right: the walk is over occurrences, and by their index it needs no sorting. */
#define OCCURRENCE_TABLES                                                                                              \
  " FROM occurrence o CROSS JOIN finding f ON f.id = o.finding CROSS JOIN source s ON s.id = o.source"                 \
  " CROSS JOIN build b ON b.id = o.build"
#define TEXT_TABLE " LEFT JOIN text t ON t.occurrence = o.id"
#define OF_ALL " WHERE ?1 = '' ORDER BY o.id"
#define OF_KEY " WHERE o.finding = (SELECT id FROM finding WHERE key = ?1) ORDER BY o.id"

static void take_occurrence(struct cursor *cursor, bool texts, struct store_occurrence *occurrence) {
  const char **names[] = {&occurrence->kind,      &occurrence->oracle,  &occurrence->guarantee, &occurrence->message,
                          &occurrence->location,  &occurrence->sites,   &occurrence->source,    &occurrence->target,
                          &occurrence->map,       &occurrence->flavour, &occurrence->engine,    &occurrence->build_id,
                          &occurrence->input_path};
  const char **long_texts[] = {&occurrence->report, &occurrence->program, &occurrence->schedule, &occurrence->document};
  occurrence->key = cursor_take_key(cursor);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    *names[i] = cursor_take_text(cursor);
  strncpy(occurrence->sha1, cursor_take_text(cursor), FILES_SHA1_SIZE - 1);
  occurrence->sha1[FILES_SHA1_SIZE - 1] = '\0';
  occurrence->id = cursor_take_integer(cursor);
  occurrence->index = (uint64_t)cursor_take_integer(cursor);
  occurrence->campaign = cursor_take_integer(cursor); /* 0 for NULL */
  occurrence->seen_s = cursor_take_integer(cursor);
  occurrence->added_s = cursor_take_integer(cursor);
  occurrence->digest = (uint64_t)cursor_take_integer(cursor);
  occurrence->points = (uint64_t)cursor_take_integer(cursor);
  occurrence->clock = take_clock(cursor);
  occurrence->worker_clock = take_clock(cursor);
  for (size_t i = 0; i < sizeof long_texts / sizeof *long_texts; ++i)
    *long_texts[i] = texts ? cursor_take_text(cursor) : "";
  occurrence->input_size = 0;
  occurrence->input = texts ? cursor_take_bytes(cursor, &occurrence->input_size) : NULL;
}

bool store_each_occurrence(struct store *store, const char *key, bool texts, store_occurrence_fn fn, void *context,
                           struct finding_error *error) {
  static const char *const forms[2][2] = {
      {OCCURRENCE_COLUMNS OCCURRENCE_TABLES OF_ALL, OCCURRENCE_COLUMNS OCCURRENCE_TABLES OF_KEY},
      {OCCURRENCE_COLUMNS TEXT_COLUMNS OCCURRENCE_TABLES TEXT_TABLE OF_ALL,
       OCCURRENCE_COLUMNS TEXT_COLUMNS OCCURRENCE_TABLES TEXT_TABLE OF_KEY}};
  struct cursor cursor = cursor_open(store, SLOT_NONE, forms[texts][key != NULL]);
  cursor_bind_text(&cursor, key);
  while (cursor_step(&cursor)) {
    struct store_occurrence occurrence;
    take_occurrence(&cursor, texts, &occurrence);
    if (cursor.status != SQLITE_ROW || !fn(context, &occurrence))
      break;
  }
  return cursor_close(&cursor, error);
}

/* ---------------------------------------------------------------------------------------------- campaigns, histories
 */

bool store_each_campaign(struct store *store, store_campaign_fn fn, void *context, struct finding_error *error) {
  struct cursor cursor = cursor_open(
      store, SLOT_NONE,
      "SELECT id, source, map, flavour, engine, sessions, failing_inputs, inputs, operations, cpu_s, wall_s,"
      " updated_s, last_failure_s FROM campaign ORDER BY source, map, flavour, engine");
  while (cursor_step(&cursor)) {
    struct store_campaign campaign;
    campaign.id = cursor_take_integer(&cursor);
    campaign.source = cursor_take_text(&cursor);
    campaign.map = cursor_take_text(&cursor);
    campaign.flavour = cursor_take_text(&cursor);
    campaign.engine = cursor_take_text(&cursor);
    campaign.sessions = (uint64_t)cursor_take_integer(&cursor);
    campaign.failing_inputs = (uint64_t)cursor_take_integer(&cursor);
    campaign.span = take_span(&cursor);
    campaign.updated_s = cursor_take_integer(&cursor);
    campaign.last_failure_s = cursor_take_null(&cursor) ? -1 : cursor_take_real(&cursor);
    if (cursor.status != SQLITE_ROW || !fn(context, &campaign))
      break;
  }
  return cursor_close(&cursor, error);
}

bool store_each_change(struct store *store, const char *key, store_change_fn fn, void *context,
                       struct finding_error *error) {
  assert(key_valid(key) && "a key of 16 digits");
  struct cursor cursor = cursor_open(store, SLOT_NONE,
                                     "SELECT changed_s, state_before, state_after, until_s, reason FROM change"
                                     " WHERE finding = (SELECT id FROM finding WHERE key = ?) ORDER BY id");
  cursor_bind_text(&cursor, key);
  while (cursor_step(&cursor)) {
    struct store_change change;
    change.changed_s = cursor_take_integer(&cursor);
    change.before = cursor_take_state(&cursor);
    change.after = cursor_take_state(&cursor);
    change.until_s = cursor_take_integer(&cursor); /* 0 for NULL */
    change.reason = cursor_take_text(&cursor);
    if (cursor.status != SQLITE_ROW || !fn(context, &change))
      break;
  }
  return cursor_close(&cursor, error);
}
