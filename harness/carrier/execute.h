/* execute.h - carries a program out on a map: what task 0 and the threads do, under whatever carries them. */
#ifndef HEDDLE_CARRIER_EXECUTE_H
#define HEDDLE_CARRIER_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "map/map.h"
#include "program/program.h"

/* Keys whose last value a thread remembers; those with the same remainder share a place. */
#define EXECUTE_SEEN_MAX 64

struct execution;

struct execute_thread {
  const struct execution *execution;
  unsigned number;
  bool scheduled;                  /* runs as a task: reports progress and results to the scheduler */
  uint64_t operations;             /* completed */
  uint64_t seen[EXECUTE_SEEN_MAX]; /* the value of a key that this thread last read or wrote */
};

struct execution {
  const struct program *program; /* not owned */
  const struct map_ops *ops;     /* not owned */
  unsigned judged;               /* guarantees the map is held to; for at_rest */
  /* Called by task 0 when all threads have ended, before the map is destroyed; NULL: nothing is. */
  void (*at_rest)(struct execution *execution);
  struct map *map;
  bool finished;                /* all threads ended, and the map was destroyed */
  bool inspected;               /* snapshot holds what the map looked like */
  struct map_snapshot snapshot; /* when all threads had ended, or had to be left */
  struct execute_thread threads[PROGRAM_THREADS_MAX];
};

/* Operations completed, bulk ones counted out; also after a run that was left in the middle. */
uint64_t execute_operations(const struct execution *execution);

/* The body of task 0, for carrier_run(): makes and fills the map, spawns a task a thread, joins them all, looks at the
 * map and destroys it.  arg: a struct execution with program, ops, judged and at_rest set; the rest is filled
 * in.  What the tasks ask of the map, and its answers, go into the history. */
void *execute_main(void *arg);

/* The same without a scheduler, for real threads: make and fill the map (false: no memory); what one thread does. */
bool execute_create(struct execution *execution);
void execute_thread_freely(struct execution *execution, unsigned thread);

/* What sched_label() says while operation i runs, and outside of any: before the threads start, after they ended. */
#define EXECUTE_LABEL_SETUP UINT32_MAX
#define EXECUTE_LABEL_TEARDOWN (UINT32_MAX - 1)

#endif
