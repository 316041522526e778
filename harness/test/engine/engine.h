/* engine.h - shared by the engine tests: plans as a fuzzer draws them, and the tally of many runs.
 *
 * Included by one test each: everything is static. */
#ifndef HEDDLE_TEST_ENGINE_ENGINE_H
#define HEDDLE_TEST_ENGINE_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failure/failure.h"
#include "flavour/flavour.h"
#include "harness/test/scenario/scenario.h"
#include "hooks/hooks.h"
#include "program/program.h"
#include "target/run.h"

#define ENGINE_RUNS 2000
#define ENGINE_RACES 300 /* runs that race: a report costs more than a run */

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t engine_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* The index-th input of a fixed sequence: random bytes decoded, and a few mutations, as a fuzzer's are. */
static inline void engine_draw_program(uint64_t index, struct program *program) {
  uint64_t random = index * 0x10001;
  uint8_t bytes[128];
  for (size_t i = 0; i < sizeof bytes; i += 8) {
    uint64_t word = engine_random(&random);
    memcpy(bytes + i, &word, 8);
  }
  program_decode(bytes, engine_random(&random) % (sizeof bytes + 1), program);
  for (uint64_t left = engine_random(&random) % 8; left > 0; left--)
    program_mutate(program, (uint32_t)engine_random(&random));
}

/* The same, but nothing that takes long: bulk operations repeat 256 times at most, maps start small. */
static inline void engine_draw_short_program(uint64_t index, struct program *program) {
  engine_draw_program(index, program);
  if (program->prefill_code > 10)
    program->prefill_code = 10;
  if (program->capacity_code > 14)
    program->capacity_code = 14;
  for (unsigned i = 0; i < program->op_count; i++)
    if (program_op_repeat(&program->ops[i]) > 256)
      program->ops[i].arg = 8;
  assert_true(program_valid(program));
}

/* The plan of the index-th input; valid until the next call. */
static inline const struct sched_plan *engine_draw_plan(uint64_t index) {
  static struct program program;
  engine_draw_program(index, &program);
  return &program.plan;
}

/* What became of many runs.  Runs under a strict replay of random decisions come to nothing early, and count apart. */
static struct engine_tally {
  unsigned runs, diverged;
  unsigned clean;     /* completed, with no failure */
  unsigned failing;   /* with at least one failure */
  unsigned matched;   /* ... one of which was looked for */
  unsigned strangers; /* ... none of which was */
  unsigned first;     /* index of the first matching run, from 1 */
  uint64_t points, switches;
} engine_tally;

static inline void engine_print_failures(uint64_t index, const struct run_result *result) {
  print_message("input %llu: %s after %llu points\n", (unsigned long long)index, sched_outcome_text(result->outcome),
                (unsigned long long)result->points);
  for (size_t i = 0; i < failure_count(); i++)
    print_message("  %s (%s): %s\n", failure_at(i)->kind, failure_at(i)->oracle, failure_at(i)->message);
}

/* The failure of that kind whose message contains `text`, of the last run; NULL where there is none. */
static inline const struct failure *engine_find(const char *kind, const char *text) {
  for (size_t i = 0; i < failure_count(); i++)
    if (strcmp(failure_at(i)->kind, kind) == 0 && strstr(failure_at(i)->message, text))
      return failure_at(i);
  return NULL;
}

static inline void engine_run(uint64_t index, void *(*body)(void *), void *arg, struct run_result *result) {
  struct sched_limits limits = {.livelock_bound = 1 << 18};
  run_body(engine_draw_plan(index), &limits, body, arg, result);
}

/* Many runs; `kind` and `text` say what to look for, NULL: nothing. */
static inline void engine_explore(void *(*body)(void *), void *arg, unsigned runs, const char *kind, const char *text) {
  engine_tally = (struct engine_tally){.runs = runs};
  for (unsigned i = 0; i < runs; i++) {
    struct run_result result;
    engine_run(i, body, arg, &result);
    engine_tally.points += result.points;
    engine_tally.switches += result.switches;
    engine_tally.diverged += result.outcome == SCHED_DIVERGED;
    engine_tally.clean += result.outcome == SCHED_COMPLETED && result.failures == 0;
    if (result.failures == 0)
      continue;
    engine_tally.failing++;
    if (!kind || !engine_find(kind, text)) {
      engine_print_failures(i, &result);
      engine_tally.strangers++;
    } else if (engine_tally.matched++ == 0) {
      engine_tally.first = i + 1;
    }
  }
}

/* Every run completes, and nothing is reported. */
static inline void engine_expect_clean(void *(*body)(void *), void *arg, unsigned runs) {
  engine_explore(body, arg, runs, NULL, NULL);
  assert_int_equal(engine_tally.strangers, 0);
  assert_int_equal(engine_tally.clean + engine_tally.diverged, runs);
  assert_true(engine_tally.diverged < runs / 50 + 1);
}

/* Every run reports this, unless it diverged first. */
static inline void engine_expect_always(void *(*body)(void *), void *arg, unsigned runs, const char *kind,
                                        const char *text) {
  engine_explore(body, arg, runs, kind, text);
  assert_int_equal(engine_tally.strangers, 0);
  assert_int_equal(engine_tally.matched + engine_tally.diverged, runs);
}

/* Some runs report this; the others complete. */
static inline void engine_expect_sometimes(void *(*body)(void *), void *arg, unsigned runs, const char *kind,
                                           const char *text) {
  engine_explore(body, arg, runs, kind, text);
  assert_int_equal(engine_tally.strangers, 0);
  assert_true(engine_tally.matched > 0);
  assert_int_equal(engine_tally.matched + engine_tally.clean + engine_tally.diverged, runs);
}

/* ThreadSanitizer alone sees a race, in nearly every run; elsewhere the same runs are clean. */
static inline void engine_expect_race(void *(*body)(void *), void *arg) {
  if (!HEDDLE_FLAVOUR_TSAN) {
    engine_expect_clean(body, arg, ENGINE_RACES);
    return;
  }
  engine_explore(body, arg, ENGINE_RACES, "data-race", "");
  print_message("%u of %u runs raced\n", engine_tally.matched, ENGINE_RACES);
  assert_int_equal(engine_tally.strangers, 0);
  assert_true(engine_tally.matched > ENGINE_RACES * 9 / 10);
}

static inline int engine_setup(void **state) {
  (void)state;
  run_init(CARRIER_FIBERS);
  hooks_keep_reports(false);
  return 0;
}

#define ENGINE_MAIN(tests) cmocka_run_group_tests(tests, engine_setup, NULL)

#endif
