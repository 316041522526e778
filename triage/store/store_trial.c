/* store_trial.c - see store_trial.h. */
#include "triage/store/store_trial.h"

#include "triage/store/store_internal.h"

static void bind_experiment(struct cursor *cursor, const struct store_experiment *experiment, int64_t build) {
  cursor_bind_integer(cursor, build);
  cursor_bind_text(cursor, experiment->machine);
  cursor_bind_text(cursor, experiment->workload);
  cursor_bind_text(cursor, experiment->clock);
  cursor_bind_real(cursor, experiment->timeout_s);
  cursor_bind_integer(cursor, (int64_t)experiment->seed);
}

static bool find_or_add(struct store *store, const struct store_experiment *experiment, int64_t now_s, int64_t *id,
                        struct finding_error *error) {
  struct store_occurrence ran = {.target = experiment->target,
                                 .map = experiment->map,
                                 .flavour = experiment->flavour,
                                 .engine = "chaos",
                                 .build_id = experiment->build_id};
  int64_t build;
  if (!store_put_build(store, &ran, &build, error))
    return false;
  struct cursor cursor = cursor_open(store, SLOT_NONE,
                                     "SELECT id FROM experiment WHERE build = ? AND machine = ? AND workload = ?"
                                     " AND clock = ? AND timeout_s = ? AND seed = ?");
  bind_experiment(&cursor, experiment, build);
  *id = cursor_step(&cursor) ? cursor_take_integer(&cursor) : 0;
  if (!cursor_close(&cursor, error) || *id)
    return *id;
  cursor = cursor_open(store, SLOT_NONE,
                       "INSERT INTO experiment (build, machine, workload, clock, timeout_s, seed, added_s)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?)");
  bind_experiment(&cursor, experiment, build);
  cursor_bind_integer(&cursor, now_s);
  if (!cursor_run(&cursor, error))
    return false;
  *id = sqlite3_last_insert_rowid(store->db);
  return true;
}

bool store_put_experiment(struct store *store, const struct store_experiment *experiment, int64_t now_s, int64_t *id,
                          struct finding_error *error) {
  if (!store_enter(store, error))
    return false;
  return store_leave(store, find_or_add(store, experiment, now_s, id, error), error);
}

bool store_put_trial(struct store *store, int64_t experiment, const struct store_trial *trial,
                     struct finding_error *error) {
  if (!store_enter(store, error))
    return false;
  struct cursor cursor =
      cursor_open(store, SLOT_ADD_TRIAL,
                  "INSERT INTO trial (experiment, number, seed, outcome, detail, time_s, operations, guarded, state,"
                  " threads, latencies, waits, ended_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  cursor_bind_integer(&cursor, experiment);
  cursor_bind_integer(&cursor, (int64_t)trial->number);
  cursor_bind_integer(&cursor, (int64_t)trial->seed);
  cursor_bind_text(&cursor, trial->outcome);
  cursor_bind_text(&cursor, trial->detail);
  cursor_bind_real(&cursor, trial->time_s);
  cursor_bind_integer(&cursor, (int64_t)trial->operations);
  cursor_bind_integer(&cursor, trial->guarded);
  cursor_bind_text(&cursor, trial->state);
  cursor_bind_text(&cursor, trial->threads);
  cursor_bind_text(&cursor, trial->latencies);
  cursor_bind_text(&cursor, trial->waits);
  cursor_bind_integer(&cursor, trial->ended_s);
  return store_leave(store, cursor_run(&cursor, error), error);
}

bool store_each_trial(struct store *store, int64_t experiment, store_trial_fn fn, void *context,
                      struct finding_error *error) {
  bool more = true;
  struct cursor cursor =
      cursor_open(store, SLOT_NONE,
                  "SELECT number, seed, outcome, detail, time_s, operations, guarded, state, threads, latencies,"
                  " waits, ended_s FROM trial WHERE experiment = ? ORDER BY number");
  cursor_bind_integer(&cursor, experiment);
  while (more && cursor_step(&cursor)) {
    struct store_trial trial = {.number = (uint64_t)cursor_take_integer(&cursor)};
    trial.seed = (uint64_t)cursor_take_integer(&cursor);
    trial.outcome = cursor_take_text(&cursor);
    trial.detail = cursor_take_text(&cursor);
    trial.time_s = cursor_take_real(&cursor);
    trial.operations = (uint64_t)cursor_take_integer(&cursor);
    trial.guarded = cursor_take_integer(&cursor) != 0;
    trial.state = cursor_take_text(&cursor);
    trial.threads = cursor_take_text(&cursor);
    trial.latencies = cursor_take_text(&cursor);
    trial.waits = cursor_take_text(&cursor);
    trial.ended_s = cursor_take_integer(&cursor);
    more = fn(context, &trial);
  }
  return cursor_close(&cursor, error);
}
