/* fuzz_store.c - the input is what somebody does to a store, and to its rows from outside (store.h).
 *
 * Each act is a byte that says what, then its texts and numbers.  As long as nobody wrote into the rows themselves,
 * every text comes out as it went in.  A row that was, of whatever the schema lets in once its checks are off, is read
 * or refused: no value that is handed out leaves what store.h says.  All is done in one batch and rolled back, so that
 * each input begins with an empty store.
 *
 * fuzz: seeds=triage/fuzz/seeds/store dict=triage/fuzz/store.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/store/store_internal.h"

#define ACTS_MAX 16
#define NOW INT64_C(1750000000)

struct session {
  struct fuzz *fuzz;
  struct store *store;
  bool meddled;                       /* rows were written past the store's own functions */
  const struct store_occurrence *put; /* the one to look for */
  size_t rows, same;
};

static void must(bool good, const struct finding_error *error) {
  if (good)
    return;
  fprintf(stderr, "%s\n", error->text);
  abort();
}

/* One of few, so that acts meet; the last one is any text of 16 digits. */
static const char *key(struct fuzz *fuzz) {
  static const char *const keys[] = {"00000000000000aa", "00000000000000bb", "00000000000000cc", "ffffffffffffffff"};
  return keys[fuzz_byte(fuzz) % 4];
}

static struct finding_span span(struct fuzz *fuzz) {
  return (struct finding_span){fuzz_number(fuzz), fuzz_number(fuzz), (double)fuzz_number(fuzz),
                               (double)fuzz_byte(fuzz)};
}

/* ---- acts ---- */

static bool is_same(const struct store_occurrence *a, const struct store_occurrence *b) {
  const char *const texts[][2] = {
      {a->source, b->source},   {a->input_path, b->input_path}, {a->target, b->target},     {a->map, b->map},
      {a->flavour, b->flavour}, {a->engine, b->engine},         {a->build_id, b->build_id}, {a->report, b->report},
      {a->program, b->program}, {a->schedule, b->schedule},     {a->document, b->document}, {a->sha1, b->sha1},
      {a->key, b->key}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(texts[i][0], texts[i][1]) != 0)
      return false;
  return a->index == b->index && a->digest == b->digest && a->points == b->points && a->seen_s == b->seen_s &&
         a->clock.known == b->clock.known && a->input_size == b->input_size &&
         memcmp(a->input, b->input, a->input_size) == 0;
}

static bool find_put(void *context, const struct store_occurrence *occurrence) {
  struct session *session = context;
  session->same += is_same(session->put, occurrence);
  return true;
}

static void put(struct session *session) {
  struct fuzz *fuzz = session->fuzz;
  struct finding_error error;
  struct store_occurrence occurrence = {.key = key(fuzz),
                                        .kind = fuzz_text(fuzz),
                                        .oracle = fuzz_text(fuzz),
                                        .guarantee = fuzz_text(fuzz),
                                        .message = fuzz_text(fuzz),
                                        .location = fuzz_text(fuzz),
                                        .sites = fuzz_text(fuzz),
                                        .source = fuzz_text(fuzz),
                                        .index = fuzz_number(fuzz),
                                        .target = fuzz_text(fuzz),
                                        .map = fuzz_text(fuzz),
                                        .flavour = fuzz_text(fuzz),
                                        .engine = fuzz_text(fuzz),
                                        .build_id = fuzz_text(fuzz),
                                        .seen_s = 1 + fuzz_byte(fuzz),
                                        .digest = fuzz_number(fuzz),
                                        .points = fuzz_number(fuzz),
                                        .clock = {fuzz_byte(fuzz) & 1, span(fuzz), span(fuzz)},
                                        .report = fuzz_text(fuzz),
                                        .program = fuzz_text(fuzz),
                                        .schedule = fuzz_text(fuzz),
                                        .document = fuzz_text(fuzz),
                                        .input_path = fuzz_text(fuzz)};
  occurrence.input = (const uint8_t *)fuzz_text(fuzz);
  occurrence.input_size = strlen((const char *)occurrence.input);
  files_sha1(occurrence.input, occurrence.input_size, occurrence.sha1);
  enum store_result result = store_put_occurrence(session->store, &occurrence, NOW, &error);
  if (session->meddled)
    return;
  must(result != STORE_FAILED, &error);
  if (result == STORE_KNOWN)
    return;
  session->put = &occurrence;
  session->same = 0;
  must(store_each_occurrence(session->store, occurrence.key, true, find_put, session, &error), &error);
  assert(session->same == 1 && "every text comes out as it went in");
  session->put = NULL;
}

static void decide(struct session *session) {
  struct store_decision decision = {.verdict = (enum store_verdict)(fuzz_byte(session->fuzz) % STORE_VERDICT_COUNT),
                                    .reason = fuzz_text(session->fuzz),
                                    .score = fuzz_byte(session->fuzz) / 255.0,
                                    .decided_s = (int64_t)fuzz_number(session->fuzz)};
  struct finding_error error;
  snprintf(decision.key_a, KEY_TEXT_SIZE, "%s", key(session->fuzz));
  snprintf(decision.key_b, KEY_TEXT_SIZE, "%s", key(session->fuzz));
  if (strcmp(decision.key_a, decision.key_b) != 0 && !store_decide(session->store, &decision, &error))
    must(session->meddled, &error);
}

static void say_state(struct session *session) {
  enum store_state state = (enum store_state)(fuzz_byte(session->fuzz) % STORE_STATE_COUNT);
  int64_t until_s = state == STORE_IGNORED ? (int64_t)fuzz_number(session->fuzz) : 0;
  struct finding_error error;
  if (!store_set_state(session->store, key(session->fuzz), state, until_s, fuzz_text(session->fuzz), NOW, &error))
    fuzz_check_error(&error);
}

static void confirm(struct session *session) {
  uint64_t replays = 1 + fuzz_byte(session->fuzz), shown = fuzz_byte(session->fuzz) % (replays + 1);
  struct finding_error error;
  if (!store_confirm(session->store, key(session->fuzz), shown, replays, NOW, &error))
    fuzz_check_error(&error);
}

static void put_campaign(struct session *session) {
  struct fuzz *fuzz = session->fuzz;
  struct store_campaign campaign = {.source = fuzz_text(fuzz),
                                    .map = fuzz_text(fuzz),
                                    .flavour = fuzz_text(fuzz),
                                    .engine = fuzz_text(fuzz),
                                    .sessions = fuzz_number(fuzz),
                                    .failing_inputs = fuzz_number(fuzz),
                                    .span = span(fuzz),
                                    .last_failure_s = (double)fuzz_byte(fuzz) - 1};
  struct finding_error error;
  if (!store_put_campaign(session->store, &campaign, NOW, NULL, &error))
    must(session->meddled, &error);
}

/* One column of every row of a table takes a value of any type, where a STRICT table lets it in. */
static void meddle(struct session *session) {
  static const char *const columns[] = {"finding SET key",
                                        "finding SET kind",
                                        "finding SET state",
                                        "finding SET count",
                                        "finding SET texts",
                                        "finding SET sites",
                                        "finding SET ignored_until_s",
                                        "finding SET build",
                                        "finding SET replays",
                                        "finding SET first_seen_s",
                                        "finding SET state_reason",
                                        "occurrence SET sha1",
                                        "occurrence SET source",
                                        "occurrence SET campaign",
                                        "occurrence SET source_index",
                                        "occurrence SET clock_inputs",
                                        "occurrence SET worker_cpu_s",
                                        "occurrence SET seen_s",
                                        "text SET report",
                                        "text SET input",
                                        "decision SET key_a",
                                        "decision SET key_b",
                                        "decision SET verdict",
                                        "decision SET score",
                                        "change SET state_before",
                                        "change SET state_after",
                                        "change SET until_s",
                                        "campaign SET sessions",
                                        "campaign SET last_failure_s",
                                        "campaign SET wall_s",
                                        "build SET target",
                                        "source SET path"};
  struct fuzz *fuzz = session->fuzz;
  char sql[128];
  snprintf(sql, sizeof sql, "UPDATE OR IGNORE %s = ?", columns[fuzz_byte(fuzz) % (sizeof columns / sizeof *columns)]);
  struct cursor cursor = cursor_open(session->store, SLOT_NONE, sql);
  unsigned type = fuzz_byte(fuzz) % 5;
  const char *text = fuzz_text(fuzz);
  if (type == 0)
    cursor_bind_null(&cursor);
  else if (type == 1)
    cursor_bind_integer(&cursor, (int64_t)fuzz_number(fuzz));
  else if (type == 2)
    cursor_bind_real(&cursor, (double)(int64_t)fuzz_number(fuzz) / 3);
  else if (type == 3)
    cursor_bind_text(&cursor, text);
  else
    cursor_bind_bytes(&cursor, text, strlen(text) + 1);
  cursor_step(&cursor); /* refused or not */
  sqlite3_finalize(cursor.statement);
  session->meddled = true;
}

/* ---- looking ---- */

static bool look_key(void *context, const struct store_key *key) {
  const char *const texts[] = {key->kind,   key->oracle, key->guarantee, key->message, key->location, key->sites,
                               key->target, key->map,    key->flavour,   key->engine,  key->build_id, key->reason};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert(texts[i]);
  assert(key_valid(key->key) && "whoever reads a store may rely on it");
  assert(key->state < STORE_STATE_COUNT && key->beneath < STORE_STATE_COUNT && key->beneath != STORE_IGNORED);
  assert((key->state == STORE_IGNORED) == (key->ignored_until_s > NOW));
  ++*(size_t *)context;
  return true;
}

static bool look_occurrence(void *context, const struct store_occurrence *occurrence) {
  const char *const texts[] = {occurrence->source,   occurrence->target,   occurrence->map,        occurrence->flavour,
                               occurrence->engine,   occurrence->build_id, occurrence->report,     occurrence->program,
                               occurrence->document, occurrence->schedule, occurrence->input_path, occurrence->sites};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert(texts[i]);
  assert(key_valid(occurrence->key) && strnlen(occurrence->sha1, FILES_SHA1_SIZE) < FILES_SHA1_SIZE);
  assert(occurrence->input || occurrence->input_size == 0);
  ++*(size_t *)context;
  return true;
}

static bool look_campaign(void *context, const struct store_campaign *campaign) {
  assert(campaign->source && campaign->map && campaign->flavour && campaign->engine);
  ++*(size_t *)context;
  return true;
}

static bool look_change(void *context, const struct store_change *change) {
  assert(change->before < STORE_STATE_COUNT && change->after < STORE_STATE_COUNT && change->reason);
  ++*(size_t *)context;
  return true;
}

static bool look_decision(void *context, const struct store_decision *decision) {
  assert(key_valid(decision->key_a) && key_valid(decision->key_b) && strcmp(decision->key_a, decision->key_b) < 0);
  assert(decision->verdict < STORE_VERDICT_COUNT && decision->reason);
  ++*(size_t *)context;
  return true;
}

static void look_groups(struct session *session) {
  struct store_groups groups;
  struct finding_error error;
  if (!store_read_groups(session->store, &groups, &error)) {
    must(session->meddled, &error);
    return;
  }
  for (size_t i = 0; i < groups.count; i++) {
    const struct store_group *group = &groups.groups[i];
    assert(group->count >= 2 && store_find_group(&groups, group->keys[0]) == group);
    for (size_t n = 1; n < group->count; n++)
      assert(strcmp(group->keys[n - 1], group->keys[n]) < 0);
  }
  store_free_groups(&groups);
}

static void look(struct session *session) {
  struct store *store = session->store;
  struct finding_error error;
  size_t rows = 0;
  struct store_filter filter = {.key = "0", .states = 1u << STORE_NEW | 1u << STORE_IGNORED};
  bool good = store_each_key(store, NULL, NOW, look_key, &rows, &error);
  good = store_each_key(store, &filter, NOW, look_key, &rows, &error) && good;
  good = store_each_occurrence(store, NULL, true, look_occurrence, &rows, &error) && good;
  good = store_each_occurrence(store, "00000000000000aa", false, look_occurrence, &rows, &error) && good;
  good = store_each_campaign(store, look_campaign, &rows, &error) && good;
  good = store_each_change(store, "00000000000000aa", look_change, &rows, &error) && good;
  good = store_each_decision(store, look_decision, &rows, &error) && good;
  if (!good) {
    must(session->meddled, &error);
    fuzz_check_error(&error);
  }
  look_groups(session);
}

/* ---- */

static struct store *open_store(void) {
  char path[PATH_MAX];
  struct finding_error error;
  snprintf(path, sizeof path, "%.4000s/store.db", fuzz_folder());
  struct store *store = store_open(path, STORE_CREATE, &error);
  must(store != NULL, &error);
  /* What a file that somebody brings may hold. */
  int code = store_execute(store, "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
  assert(code == SQLITE_OK);
  (void)code;
  return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const acts[])(struct session *) = {put, put, decide, decide, say_state, confirm, put_campaign, meddle};
  static struct store *store;
  struct fuzz fuzz = fuzz_begin(data, size);
  struct finding_error error;
  if (!store)
    store = open_store();
  struct session session = {.fuzz = &fuzz, .store = store};
  must(store_begin(store, &error), &error);
  store_keep_texts(store, 0);
  for (size_t i = 0; i < ACTS_MAX && fuzz_more(&fuzz); i++)
    acts[fuzz_byte(&fuzz) % (sizeof acts / sizeof *acts)](&session);
  look(&session);
  store_rollback(store);
  fuzz_end(&fuzz);
  return 0;
}
