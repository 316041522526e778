/* trace.h - the steps of a run, kept and shown. */
#ifndef HEDDLE_TARGET_TRACE_H
#define HEDDLE_TARGET_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "program/program.h"
#include "sched/sched.h"

struct trace_step {
  uint64_t point;
  const void *pc;
  const char *call;
  uintptr_t address;
  uint32_t label, size;
  int8_t task, next;
  uint8_t kind;
  bool blocked;
};

/* Keeps the steps of the next runs, until sched_set_trace() says otherwise. */
void trace_begin(void);

size_t trace_count(void);
const struct trace_step *trace_at(size_t index);

/* A line a step, a column a thread: source line, operation, lock events, switches; the accesses of the failures of the
 * run are pointed at.  symbols_init() first. */
void trace_print(FILE *out, const struct program *program, bool color);

/* The same as Chrome's trace events (JSON; opens in Perfetto), a point a microsecond.  False: `path` cannot be written,
 * errno says why. */
bool trace_write_chrome(const char *path, const struct program *program);

#endif
