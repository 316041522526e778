/* report_ubsan.c - UndefinedBehaviorSanitizer's reports, as failures; in every flavour the same checks. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <unwind.h>

#include "failure/failure.h"
#include "hooks/hook.h"
#include "hooks/internal.h"
#include "sched/sched.h"

void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file, unsigned *line,
                                     unsigned *column, char **address);

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *arg) {
  struct failure_stack *stack = arg;
  uintptr_t pc = _Unwind_GetIP(context);
  if (!pc || stack->depth == FAILURE_FRAMES_MAX)
    return _URC_END_OF_STACK;
  stack->pcs[stack->depth++] = pc;
  return _URC_NO_REASON;
}

/* The kind is the runtime's own word for the check, which lives as long as the process. */
static void add_failure(const char *kind, const char *message) {
  struct failure *failure = report_open(kind, "UndefinedBehaviorSanitizer");
  if (!failure)
    return;
  snprintf(failure->message, sizeof failure->message, "%s", message);
  struct failure_stack *stack = report_stack(failure);
  _Unwind_Backtrace(take_frame, stack);
  failure_close(failure);
}

/* Weak in the runtime; called for each report while it can be asked about. */
void __ubsan_on_report(void);
void __ubsan_on_report(void) {
  if (!sched.active)
    return;
  const char *kind = NULL, *message = NULL, *file = NULL;
  unsigned line, column;
  char *address;
  __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
  add_failure(kind, message ? message : kind);
}

/* The runtime reports each place once a process, and marks it by its column.  Here the mark is taken away again: each
 * run must see what a fresh process would.  (compiler-rt, ubsan_value.h: SourceLocation begins what a handler gets.) */
struct location {
  const char *file;
  uint32_t line, column;
};

#define HANDLER(name, parameters, arguments)                                                                           \
  void __real___ubsan_handle_##name parameters;                                                                        \
  void __wrap___ubsan_handle_##name parameters;                                                                        \
  void __wrap___ubsan_handle_##name parameters {                                                                       \
    uint32_t column = at->column;                                                                                      \
    __real___ubsan_handle_##name arguments;                                                                            \
    at->column = column;                                                                                               \
  }
#define HANDLER_OF_ONE(name) HANDLER(name, (struct location * at, uintptr_t value), (at, value))
#define HANDLER_OF_TWO(name) HANDLER(name, (struct location * at, uintptr_t left, uintptr_t right), (at, left, right))

HANDLER_OF_TWO(add_overflow)
HANDLER_OF_TWO(sub_overflow)
HANDLER_OF_TWO(mul_overflow)
HANDLER_OF_TWO(divrem_overflow)
HANDLER_OF_TWO(shift_out_of_bounds)
HANDLER_OF_TWO(pointer_overflow)
HANDLER_OF_ONE(negate_overflow)
HANDLER_OF_ONE(out_of_bounds)
HANDLER_OF_ONE(load_invalid_value)
HANDLER_OF_ONE(vla_bound_not_positive)

/* After these two nothing could go on, and the runtime would end the process. */
#define LAST_HANDLER(name, kind, message)                                                                              \
  _Noreturn void __real___ubsan_handle_##name(struct location *at);                                                    \
  _Noreturn void __wrap___ubsan_handle_##name(struct location *at);                                                    \
  _Noreturn void __wrap___ubsan_handle_##name(struct location *at) {                                                   \
    if (!hook_acts())                                                                                                  \
      __real___ubsan_handle_##name(at);                                                                                \
    add_failure(kind, message);                                                                                        \
    sched_stop(SCHED_STOPPED);                                                                                         \
  }

LAST_HANDLER(builtin_unreachable, "unreachable-call", "execution reached an unreachable program point")
LAST_HANDLER(missing_return, "missing-return",
             "execution reached the end of a value-returning function without returning a value")
