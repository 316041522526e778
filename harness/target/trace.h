/* trace.h - the steps of a run, kept and shown. */
#ifndef HEDDLE_TARGET_TRACE_H
#define HEDDLE_TARGET_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "failure/failure.h"
#include "program/program.h"
#include "sched/sched.h"
#include "triage/finding/finding.h"

#define TRACE_TEXT_SIZE 96
#define TRACE_NO_STEP SIZE_MAX

struct trace_step {
  uint64_t point;
  const void *pc;
  const char *call;
  uintptr_t address;
  uint32_t label, size;
  int8_t task, next;
  uint8_t kind;
  bool blocked, ended; /* the task waits from here on; it came to its end */
};

/* Keeps the steps of the latest run, until sched_set_trace() says otherwise. */
void trace_begin(void);

size_t trace_count(void);
const struct trace_step *trace_at(size_t index);
/* The run had more steps than were kept. */
bool trace_is_cut(void);

/* How many steps, from the first, led to the failure: those of the run up to where it was seen. */
size_t trace_steps_to(const struct failure *failure);
/* Which step is meant by a failure's stack: the access of that memory, the free, the wait, or the step right after
 * which something was seen; TRACE_NO_STEP where none is, as for a plain access where only synchronisation makes steps.
 */
size_t trace_find(const struct failure *failure, const struct failure_stack *stack);

/* What a step does, as `store of 8 bytes`; where, as `gomap_add map/gomap.c:187`, "" for a place of the harness; what
 * the task is doing, as `put k17`, "" outside of all operations.  Each returns `text`. */
const char *trace_say(const struct trace_step *step, char text[TRACE_TEXT_SIZE]);
const char *trace_place(const struct trace_step *step, char text[FINDING_SITE_SIZE]);
const char *trace_operation(const struct trace_step *step, const struct program *program, char text[TRACE_TEXT_SIZE]);

/* A line a step, a column a thread: source line, operation, lock events, switches; the accesses of the failures of the
 * run are pointed at.  symbols_init() first. */
void trace_print(FILE *out, const struct program *program, bool color);

/* The same as Chrome's trace events (JSON; opens in Perfetto), a point a microsecond.  False: `path` cannot be written,
 * errno says why. */
bool trace_write_chrome(const char *path, const struct program *program);

#endif
