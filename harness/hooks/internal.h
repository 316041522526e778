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

void globals_init(void);
void globals_restore(void);

/* The sanitizer's side of a run; whether it is to write its reports out. */
void report_init(void);
void report_begin(void);
bool report_wanted(void);

#endif
