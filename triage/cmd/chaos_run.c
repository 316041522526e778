/* chaos_run.c - carrying out a plan of experiments, and keeping what came of it (chaos.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/cmd/chaos.h"
#include "triage/cmd/replay.h"
#include "triage/experiment/run.h"
#include "triage/experiment/virtual.h"
#include "triage/store/store_trial.h"

#define TERMINAL_EVERY_S 0.2
#define LOG_EVERY_S 10.0

struct session {
  struct chaos_plan *plan;
  struct store *store;
  uint64_t done, failed; /* trials, with those of earlier calls */
  double next_line_s;
  bool terminal, line_open;
};

/* ---- what is kept ---- */

/* `NAME=NUMBER ...` of the map's state. */
static void print_state(const struct experiment_trial *trial, char *text, size_t size) {
  size_t used = 0;
  uint64_t values[RESULTS_STATE_FIELDS];
  memcpy(values, &trial->state, sizeof values);
  *text = '\0';
  for (size_t i = 0; i < RESULTS_STATE_FIELDS && trial->state_known && used < size; ++i)
    used +=
        (size_t)snprintf(text + used, size - used, "%s%s=%" PRIu64, i ? " " : "", results_state_names[i], values[i]);
}

static void read_state(const char *text, struct experiment_trial *trial) {
  uint64_t values[RESULTS_STATE_FIELDS] = {0};
  trial->state_known = *text != '\0';
  for (const char *word = text; word && *word; word = strchr(word, ' '), word += word != NULL) {
    size_t length = strcspn(word, "= ");
    for (size_t i = 0; i < RESULTS_STATE_FIELDS && word[length] == '='; ++i)
      if (strlen(results_state_names[i]) == length && strncmp(results_state_names[i], word, length) == 0)
        values[i] = strtoull(word + length + 1, NULL, 10);
  }
  memcpy(&trial->state, values, sizeof values);
}

static void print_threads(const struct experiment_trial *trial, char *text, size_t size) {
  size_t used = 0;
  *text = '\0';
  for (unsigned i = 0; i < trial->threads && used < size; ++i)
    used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i ? " " : "", trial->thread_operations[i]);
}

static bool keep(struct session *session, const struct chaos_cell *cell, uint64_t number,
                 const struct experiment_trial *trial, struct finding_error *error) {
  char state[1024], threads[WORKLOAD_THREADS_MAX * 21], *latencies = latency_print(trial->latencies);
  if (!latencies)
    abort();
  print_state(trial, state, sizeof state);
  print_threads(trial, threads, sizeof threads);
  struct store_trial row = {.number = number,
                            .seed = experiment_seed(session->plan->seed, number),
                            .outcome = experiment_outcome_text(trial->outcome),
                            .detail = trial->detail,
                            .time_s = trial->time_s,
                            .operations = trial->operations,
                            .guarded = trial->guarded,
                            .state = state,
                            .threads = threads,
                            .latencies = latencies,
                            .waits = trial->waits,
                            .ended_s = cmd_now_s()};
  bool ok = store_put_trial(session->store, cell->id, &row, error);
  free(latencies);
  return ok;
}

static void take(struct session *session, struct chaos_cell *cell, uint64_t number,
                 const struct experiment_trial *trial) {
  results_add(&cell->results, number, trial);
  ++session->done;
  session->failed += trial->outcome != EXPERIMENT_SURVIVED;
}

/* ---- what is there already ---- */

struct loading {
  struct session *session;
  struct chaos_cell *cell;
};

static bool load_trial(void *context, const struct store_trial *row) {
  struct loading *loading = context;
  struct experiment_trial trial = {.time_s = row->time_s, .operations = row->operations, .guarded = row->guarded};
  if (row->number >= loading->session->plan->trials || !experiment_outcome_parse(row->outcome, &trial.outcome))
    return true;
  snprintf(trial.detail, sizeof trial.detail, "%s", row->detail);
  snprintf(trial.waits, sizeof trial.waits, "%s", row->waits);
  read_state(row->state, &trial);
  latency_add_text(trial.latencies, row->latencies);
  take(loading->session, loading->cell, row->number, &trial);
  return true;
}

static bool load(struct session *session, struct chaos_cell *cell, struct finding_error *error) {
  const struct chaos_plan *plan = session->plan;
  char workload[WORKLOAD_TEXT], clock[64];
  const char *name = strrchr(cell->program, '/');
  workload_print(&cell->workload, workload);
  snprintf(clock, sizeof clock, plan->slice ? "virtual, slice=%" PRIu64 : "real", plan->slice);
  struct store_experiment experiment = {.target = name ? name + 1 : cell->program,
                                        .map = cell->workload.map,
                                        .flavour = plan->flavour,
                                        .build_id = cell->build_id,
                                        .machine = plan->machine,
                                        .workload = workload,
                                        .clock = clock,
                                        .timeout_s = plan->timeout_s,
                                        .seed = plan->seed};
  struct loading loading = {session, cell};
  return store_put_experiment(session->store, &experiment, cmd_now_s(), &cell->id, error) &&
         store_each_trial(session->store, cell->id, load_trial, &loading, error);
}

/* ---- the trials ---- */

static void clear_line(struct session *session) {
  if (session->line_open)
    fputs("\r\033[K", stderr);
  session->line_open = false;
}

static void tell_progress(struct session *session, const struct chaos_cell *cell) {
  double now_s = process_clock_s();
  if (now_s < session->next_line_s)
    return;
  char distribution[64];
  workload_value(&cell->workload, WORKLOAD_distribution, distribution, sizeof distribution);
  fprintf(stderr, "%schaos: %" PRIu64 " of %" PRIu64 " trials done, %" PRIu64 " failed; %s, %s%s",
          session->terminal ? "\r" : "", session->done, session->plan->trials * session->plan->count, session->failed,
          cell->workload.map, distribution, session->terminal ? "\033[K" : "\n");
  fflush(stderr);
  session->line_open = session->terminal;
  session->next_line_s = now_s + (session->terminal ? TERMINAL_EVERY_S : LOG_EVERY_S);
}

static int make_trial(struct session *session, struct chaos_cell *cell, uint64_t number) {
  struct chaos_plan *plan = session->plan;
  struct experiment_run run = {.program = cell->program,
                               .workload = &cell->workload,
                               .seed = experiment_seed(plan->seed, number),
                               .timeout_s = plan->timeout_s,
                               .stop = replay_stop_asked};
  struct experiment_trial trial;
  struct finding_error error;
  tell_progress(session, cell);
  struct experiment_virtual how = {plan->generator, plan->slice};
  enum experiment_end end =
      plan->slice ? experiment_run_virtual(&run, &how, &trial, &error) : experiment_run(&run, &trial, &error);
  if (end == EXPERIMENT_NO_PROGRAM || end == EXPERIMENT_REFUSED) {
    clear_line(session);
    return cmd_fail(end == EXPERIMENT_REFUSED ? CMD_USAGE : CMD_NO_TARGET, "%s", error.text);
  }
  plan->stopped = end == EXPERIMENT_STOPPED;
  if (plan->stopped)
    return CMD_OK;
  if (!keep(session, cell, number, &trial, &error)) {
    clear_line(session);
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  }
  take(session, cell, number, &trial);
  return CMD_OK;
}

int chaos_run(struct chaos_plan *plan, struct store *store) {
  struct session session = {
      .plan = plan, .store = store, .next_line_s = process_clock_s() + 2, .terminal = isatty(STDERR_FILENO) != 0};
  struct finding_error error;
  int status = CMD_OK;
  for (size_t i = 0; i < plan->count; ++i)
    if (!load(&session, &plan->cells[i], &error))
      return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  for (uint64_t number = 0; number < plan->trials && !plan->stopped && !status; ++number)
    for (size_t i = 0; i < plan->count && !plan->stopped && !status; ++i) {
      plan->stopped = replay_stop_asked();
      if (!plan->stopped && !results_have(&plan->cells[i].results, number))
        status = make_trial(&session, &plan->cells[i], number);
    }
  clear_line(&session);
  return status;
}
