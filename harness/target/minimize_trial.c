/* minimize_trial.c - see minimize_trial.h. */
#include "target/minimize_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure/failure.h"
#include "target/describe.h"

#define EXPLICIT_MAX SCHED_PLAN_CONSTRAINTS_MAX /* switches that are worth writing down */
#define SEARCH_RUNS 400                         /* schedules tried for a smaller program, when it is small already */
#define SEARCH_RUNS_LARGE 24                    /* ... and before */
#define LARGE 24                                /* operations */
#define SEARCH_COST (UINT64_C(1) << 23)         /* points in all of them */
#define RAWS_MAX 512

struct trial trial;

static struct program attempt;
static struct execution execution;
static struct sched_constraint recorded[EXPLICIT_MAX];
static struct sched_record record = {.constraints = recorded, .capacity = EXPLICIT_MAX};

/* The keys of raw failures met so far: names are looked up once each. */
static struct {
  uint64_t raw;
  bool is_it;
} known[RAWS_MAX];
static size_t known_count;

static bool is_it(const struct failure *failure) {
  for (size_t i = 0; i < known_count; i++)
    if (known[i].raw == failure->raw)
      return known[i].is_it;
  char key[KEY_TEXT_SIZE];
  describe_key(failure, key);
  bool is = strcmp(key, trial.key) == 0;
  if (known_count < RAWS_MAX) {
    known[known_count].raw = failure->raw;
    known[known_count++].is_it = is;
  }
  return is;
}

static void tell_progress(void) {
  if (trial.runs % 512 || !isatty(STDERR_FILENO))
    return;
  fprintf(stderr, "\rminimizing: %u operations, %u threads, %u switches; %" PRIu64 " runs \033[K", trial.best.op_count,
          trial.best.threads, trial.best.plan.constraint_count, trial.runs);
}

bool trial_shows(const struct program *program) {
  if (trial.stopped)
    return false;
  trial.runs++;
  tell_progress();
  run_program(program, trial.subject, &execution, NULL, &trial.result);
  for (size_t i = 0; i < failure_count(); i++)
    if (is_it(failure_at(i)))
      return true;
  return false;
}

bool trial_shows_explicitly(struct program *program) {
  sched_set_record(&record);
  bool shown = trial_shows(program);
  sched_set_record(NULL);
  if (!shown || record.overflow)
    return shown;
  attempt = *program;
  attempt.plan.policy = SCHED_POLICY_BYTES;
  attempt.plan.depth = attempt.plan.log2_horizon = 0;
  attempt.plan.constraint_count = (uint16_t)record.count;
  memcpy(attempt.plan.constraints, recorded, record.count * sizeof recorded[0]);
  if (trial_shows(&attempt))
    *program = attempt;
  return true;
}

static uint32_t random_below(uint32_t n) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX generator */
  return (uint32_t)(((state >> 32) * n) >> 32);
}

static int by_point(const void *a, const void *b) {
  uint32_t x = ((const struct sched_constraint *)a)->at, y = ((const struct sched_constraint *)b)->at;
  return (x > y) - (x < y);
}

void trial_scatter(struct program *program, uint32_t switches, uint64_t points) {
  struct sched_plan *plan = &program->plan;
  uint32_t range = points > 65536 ? 65536 : (uint32_t)points + 1;
  plan->policy = SCHED_POLICY_BYTES;
  plan->constraint_count = (uint16_t)switches;
  for (uint32_t i = 0; i < switches; i++)
    plan->constraints[i] = (struct sched_constraint){
        .kind = SCHED_SWITCH, .task = (uint8_t)(1 + random_below(program->threads)), .at = random_below(range)};
  qsort(plan->constraints, switches, sizeof plan->constraints[0], by_point);
}

static void vary_schedule(struct program *program, uint32_t round, uint64_t points) {
  struct sched_plan *plan = &program->plan;
  plan->seed = round;
  if (round % 8 < 6) {
    trial_scatter(program, round % 4, points);
    return;
  }
  plan->constraint_count = 0;
  plan->policy = round % 8 == 6 ? SCHED_POLICY_PCT : SCHED_POLICY_RANDOM;
  plan->depth = (uint8_t)(2 + round % 3);
  plan->log2_horizon = 4;
  while (plan->log2_horizon < 19 && (UINT64_C(1) << plan->log2_horizon) < points)
    plan->log2_horizon++;
}

/* True where some schedule shows it in `program`, which then has that schedule. */
static bool search(struct program *program) {
  if (trial_shows_explicitly(program))
    return true;
  uint64_t points = trial.result.points, spent = 0;
  uint32_t rounds = program->op_count > LARGE ? SEARCH_RUNS_LARGE : SEARCH_RUNS;
  for (uint32_t round = 0; round < rounds && spent < SEARCH_COST && !trial.stopped; round++) {
    vary_schedule(program, round, points);
    if (trial_shows(program))
      return trial_shows_explicitly(program);
    spent += trial.result.points + TRIAL_RUN_COST;
  }
  return false;
}

bool trial_accept(void) {
  if (!program_valid(&trial.candidate) || !search(&trial.candidate))
    return false;
  trial.best = trial.candidate;
  return true;
}

bool trial_begin(const char *key) {
  run_program(&trial.best, trial.subject, &execution, NULL, &trial.result);
  if (failure_count() == 0)
    return false;
  if (!key) {
    describe_key(failure_at(0), trial.key);
    return true;
  }
  snprintf(trial.key, sizeof trial.key, "%s", key);
  return trial_shows(&trial.best);
}
