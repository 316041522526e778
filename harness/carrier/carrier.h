/* carrier.h - what carries tasks, and how a run is driven.
 *
 * carrier_run() is the whole of a run: it begins the schedule, lets task 0 execute body(arg) and everything that it
 * spawns, and comes back when all tasks ended or the run had to be left (deadlock, livelock, a failure).  Tasks left
 * in the middle are abandoned; their stacks can be read until carrier_end(), and their memory is the caller's to free
 * after it (hooks/ keeps account).  One run at a time; always called from the same OS thread. */
#ifndef HEDDLE_CARRIER_CARRIER_H
#define HEDDLE_CARRIER_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/plan.h"
#include "sched/sched.h"

enum carrier_kind {
  CARRIER_FIBERS, /* all tasks on one OS thread: fast; thread-local storage only where it is emulated */
  CARRIER_BATON,  /* an OS thread a task, one at a time: native thread-local storage */
};

/* Room for the tasks: once a process, before the first run.  `adopt` is called on each OS thread that is to carry
 * tasks, other than the caller's own. */
void carrier_init(enum carrier_kind kind, void (*adopt)(void));

/* The outcome is in sched.outcome afterwards, the digest in sched.digest. */
void carrier_run(const struct sched_plan *plan, const struct sched_limits *limits, void *(*body)(void *), void *arg);

/* Ends what carried the run's tasks, once after each carrier_run(). */
void carrier_end(void);

/* The carriers themselves; `run` resumes task 0 and returns when the run is over. */
struct carrier {
  struct sched_carrier tasks;
  void (*init)(void);
  void (*run)(void);
  void (*end)(void);
};
extern const struct carrier carrier_fibers, carrier_baton;

/* For the carriers: what carrier_init() was given. */
extern void (*carrier_adopt)(void);

#endif
