/* internal.h - between the files of this room. */
#ifndef HEDDLE_HOOKS_INTERNAL_H
#define HEDDLE_HOOKS_INTERNAL_H

#include <stdbool.h>

#include "failure/failure.h"
#include "sched/sched.h"

/* A failure of the moment; NULL as failure_open() says. */
static inline struct failure *report_open(const char *kind, const char *oracle) {
  struct failure *failure = failure_open(kind, oracle);
  if (failure)
    failure->point = sched_points_now();
  return failure;
}

/* The first stack of a failure: of the running task, at what it does now; the frames are still to be filled in. */
static inline struct failure_stack *report_stack(struct failure *failure) {
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = sched.running;
  stack->label = sched.tasks[sched.running].label;
  return stack;
}

void globals_init(void);
void globals_restore(void);

/* The sanitizer's side of a run; whether it is to write its reports out. */
void report_init(void);
void report_begin(void);
bool report_wanted(void);

#endif
