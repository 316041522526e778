/* run.h - one input, one run: the same outcome every time. */
#ifndef HEDDLE_TARGET_RUN_H
#define HEDDLE_TARGET_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/carrier.h"
#include "carrier/execute.h"
#include "program/program.h"
#include "sched/sched.h"
#include "target/subject.h"

struct run_result {
  uint64_t digest;
  uint64_t points, switches;
  uint64_t operations;
  enum sched_outcome outcome;
  size_t failures; /* distinct ones: failure_at() has them until the next run */
};

/* Once a process, before the first run, on the OS thread that all runs will be on. */
void run_init(enum carrier_kind carrier);

/* Runs `program`, which is within the subject's rules, on its map.  *execution holds the map's snapshot afterwards; the
 * map itself is gone. `inspect`, where not NULL, is called when the run has ended and before its memory is given back.
 */
void run_program(const struct program *program, const struct subject *subject, struct execution *execution,
                 void (*inspect)(struct execution *execution), struct run_result *result);

/* Runs the same program once more and compares: where the digests differ, adds a failure of its own kind, `divergence`,
 * to those of this second run, whose result is then in *result.  True: they differ. */
bool run_again(const struct program *program, const struct subject *subject, struct execution *execution,
               struct run_result *result);

/* Runs any code under test: body(arg) is task 0, and what it creates by pthread_create or thrd_create are tasks.
 * result->operations is 0. */
void run_body(const struct sched_plan *plan, const struct sched_limits *limits, void *(*body)(void *), void *arg,
              struct run_result *result);

#endif
