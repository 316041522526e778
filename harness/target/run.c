/* run.c - see run.h. */
#include "target/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "failure/failure.h"
#include "history/history.h"
#include "hooks/hooks.h"
#include "target/crash.h"
#include "target/judge.h"
#include "target/progress.h"

void run_init(enum carrier_kind carrier) {
  hooks_init();
  crash_init();
  if (carrier == CARRIER_BATON)
    hooks_admit_foreign_code();
  carrier_init(carrier, hooks_adopt_thread);
}

/* What a run that came to its end and went well leaves allocated.  One that went wrong leaves what it leaves. */
static void judge_leak(const struct memory_leak *leak) {
  if (leak->blocks == 0 || sched.outcome != SCHED_COMPLETED || failure_count() > 0)
    return;
  struct failure *failure = failure_open("memory-leak", "memory");
  if (!failure)
    return;
  snprintf(failure->message, sizeof failure->message, "%llu blocks, %llu bytes in all, are never freed",
           (unsigned long long)leak->blocks, (unsigned long long)leak->bytes);
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = leak->task;
  stack->label = leak->label;
  stack->pcs[stack->depth++] = (uintptr_t)leak->pc;
  failure_close(failure);
}

static void begin(void) {
  failure_begin();
  crash_begin();
  hooks_begin();
  history_begin();
}

static void end(uint64_t operations, struct run_result *result) {
  struct memory_leak leak;
  carrier_end();
  hooks_end(&leak);
  judge_leak(&leak);
  *result = (struct run_result){.digest = sched.digest,
                                .points = sched.points,
                                .switches = sched.switches,
                                .operations = operations,
                                .outcome = sched.outcome,
                                .failures = failure_count()};
}

/* Points within which some operation ends: each thread visits all of the map at worst, and the map holds no more slots
 * than it was made for or than its keys need; and one of them frees what all operations before it have left to be
 * freed, a block each.  A few points a slot and a block.  What takes longer goes round in circles. */
static uint64_t livelock_bound(const struct program *program) {
  uint64_t slots = program_capacity(program) + (UINT64_C(1) << program->log2_keys);
  return (UINT64_C(1) << 18) + 64 * (program->threads * slots + program_operations(program));
}

static struct execution *watched;

static bool is_protected(const void *block) { return watched->map && watched->ops->protects(watched->map, block); }

/* What destroy frees, nobody may touch any more. */
static void at_rest(struct execution *execution) {
  hooks_watch_frees(NULL);
  judge_rest(execution);
}

static void watch_memory(struct execution *execution) {
  const struct program *program = execution->program;
  if (program->starving != PROGRAM_STARVE_NEVER)
    hooks_starve(program->starve_at, program->starving == PROGRAM_STARVE_FROM);
  watched = execution;
  if (execution->ops->protects && (execution->judged & MAP_MEMORY_SAFE))
    hooks_watch_frees(is_protected);
}

/* Begins a run and lets it come to its end; the tasks' stacks are still there. */
static void take(const struct program *program, const struct subject *subject, struct execution *execution,
                 bool nudge) {
  memset(execution, 0, sizeof *execution);
  execution->program = program;
  execution->ops = subject->map;
  execution->judged = subject->judged;
  execution->at_rest = at_rest;
  begin();
  watch_memory(execution);
  struct sched_limits limits = {.livelock_bound = livelock_bound(program), .nudge = nudge};
  carrier_run(&program->plan, &limits, execute_main, execution);
}

/* Ends a run that was only to find something out. */
static void drop(void) {
  struct memory_leak leak;
  carrier_end();
  hooks_end(&leak);
}

/* The run just taken ended with somebody asleep: who of them would go on if woken?  Takes it twice more, the second
 * time as it was. */
static uint64_t find_lost(const struct program *program, const struct subject *subject, struct execution *execution) {
  drop();
  take(program, subject, execution, true);
  uint64_t lost = progress_went_on();
  drop();
  take(program, subject, execution, false);
  return lost;
}

void run_program(const struct program *program, const struct subject *subject, struct execution *execution,
                 void (*inspect)(struct execution *execution), struct run_result *result) {
  take(program, subject, execution, false);
  progress_judge(progress_sleeps() ? find_lost(program, subject, execution) : 0);
  if (hooks_starved())
    history_starve();
  judge_history(execution);
  if (inspect)
    inspect(execution);
  end(execute_operations(execution), result);
}

bool run_again(const struct program *program, const struct subject *subject, struct execution *execution,
               struct run_result *result) {
  uint64_t before = result->digest;
  run_program(program, subject, execution, NULL, result);
  if (result->digest == before)
    return false;
  struct failure *failure = failure_open("divergence", "determinism");
  if (failure) {
    snprintf(failure->message, sizeof failure->message,
             "the same input took two interleavings: digest %016" PRIx64 ", then %016" PRIx64, before, result->digest);
    failure_close(failure);
  }
  result->failures = failure_count();
  return true;
}

void run_body(const struct sched_plan *plan, const struct sched_limits *limits, void *(*body)(void *), void *arg,
              struct run_result *result) {
  begin();
  carrier_run(plan, limits, body, arg);
  progress_judge(0);
  end(0, result);
}
