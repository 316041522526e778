/* report_ubsan.c - UndefinedBehaviorSanitizer's reports, as failures; in every flavour the same checks. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <unwind.h>

#include "failure/failure.h"
#include "hooks/internal.h"
#include "sched/sched.h"

void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file, unsigned *line,
                                     unsigned *column, char **address);

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *arg) {
  struct failure_stack *stack = arg;
  uintptr_t pc = _Unwind_GetIP(context);
  if (!pc || stack->depth == FAILURE_FRAMES_MAX) return _URC_END_OF_STACK;
  stack->pcs[stack->depth++] = pc;
  return _URC_NO_REASON;
}

/* Weak in the runtime; called for each report while it can be asked about. */
void __ubsan_on_report(void);
void __ubsan_on_report(void) {
  if (!sched.active) return;
  const char *kind = NULL, *message = NULL, *file = NULL;
  unsigned line, column;
  char *address;
  __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
  struct failure *failure = report_open("undefined-behavior", "UndefinedBehaviorSanitizer");
  if (!failure) return;
  snprintf(failure->message, sizeof failure->message, "%s", message ? message : kind);
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = sched.running;
  stack->label = sched.tasks[sched.running].label;
  _Unwind_Backtrace(take_frame, stack);
  failure_close(failure);
}
