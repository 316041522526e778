/* plan.h - the schedule part of an input: which policy, and the few switches it is forced to make.
 *
 * Data only.  program/ decodes it from bytes, sched/ carries it out; sites and addresses never occur in it, so the
 * same plan means the same thing in every flavour and on every machine. */
#ifndef HEDDLE_SCHED_PLAN_H
#define HEDDLE_SCHED_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum sched_policy_id {
  SCHED_POLICY_BYTES,  /* the constraints, otherwise run each task to completion */
  SCHED_POLICY_RANDOM, /* uniform choice among the runnable tasks at every point */
  SCHED_POLICY_PCT,    /* probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010) */
  SCHED_POLICY_REPLAY, /* a complete list of decisions, taken strictly */
  SCHED_POLICY_COUNT
};

enum sched_granularity {
  SCHED_EVERY_ACCESS, /* a point at each memory access and each synchronisation call */
  SCHED_SYNC_ONLY,    /* points at synchronisation calls only */
  SCHED_GRANULARITY_COUNT
};

enum sched_constraint_kind {
  SCHED_SWITCH, /* when the run has taken `at` points, run `task` */
  SCHED_ORDER,  /* `task` waits before its own point `at` until `other` has taken its own point `other_at`: the
                   access there is to see what the other one did */
  SCHED_CONSTRAINT_KIND_COUNT
};

#define SCHED_PLAN_CONSTRAINTS_MAX 4096
#define SCHED_PLAN_AT_MAX 0xffffffu /* points are 24 bits wide in an input */

/* Task 0 is the program's main task; its threads are tasks 1 and up. */
struct sched_constraint {
  uint8_t kind; /* enum sched_constraint_kind */
  uint8_t task;
  uint8_t other;     /* SCHED_ORDER only, else 0 */
  uint32_t at;       /* points */
  uint32_t other_at; /* SCHED_ORDER only, else 0; points */
};

struct sched_plan {
  uint8_t policy;       /* enum sched_policy_id */
  uint8_t granularity;  /* enum sched_granularity */
  uint8_t depth;        /* PCT: the bug depth d, 1 to 8; 0 elsewhere is allowed and ignored */
  uint8_t log2_horizon; /* PCT: change points lie within 2^this points, 4 to 19 */
  bool spurious;        /* condition variables may wake up with no signal */
  bool prefer_writers;  /* a waiting writer keeps new readers out of a rwlock */
  uint32_t seed;        /* of every random choice of the run */
  uint16_t constraint_count;
  struct sched_constraint constraints[SCHED_PLAN_CONSTRAINTS_MAX];
};

#endif
