/* end.c - where the code under test gives up: abort, a failed assertion, the map's own fatal error, exit.
 *
 * In a run it ends the run, not the process: the failure is recorded and the tasks are abandoned. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "failure/failure.h"
#include "hooks/internal.h"
#include "hooks/model.h"
#include "hooks/real.h"

static _Noreturn void end_run(const char *kind, const char *oracle, const char *message, const void *frame) {
  struct failure *failure = report_open(kind, oracle);
  if (failure) {
    snprintf(failure->message, sizeof failure->message, "%s", message);
    struct failure_stack *stack = report_stack(failure);
    failure_walk(stack, frame);
    failure_close(failure);
  }
  sched_stop(SCHED_STOPPED);
}

_Noreturn void model_misuse(const char *what, const struct sched_place *place) {
  end_run("lock-misuse", "locks", what, place->frame);
}

_Noreturn void __wrap_map_fatal(const char *message) {
  if (hook_acts())
    end_run("map-fatal", "guard", message, __builtin_frame_address(0));
  __real_map_fatal(message);
}

/* The harness's own mistakes end the process. */
#define ENDS_RUN() (hook_acts() && failure_origin((uintptr_t)__builtin_return_address(0)) != FAILURE_HARNESS)

_Noreturn void __wrap_abort(void) {
  if (ENDS_RUN())
    end_run("abort", "guard", "abort() was called", __builtin_frame_address(0));
  __real_abort();
}

_Noreturn void __wrap___assert_fail(const char *condition, const char *file, unsigned line, const char *function) {
  if (!ENDS_RUN())
    __real___assert_fail(condition, file, line, function);
  char message[FAILURE_MESSAGE_MAX];
  snprintf(message, sizeof message, "assertion failed in %s: %s", function, condition);
  end_run("assertion", "guard", message, __builtin_frame_address(0));
}

_Noreturn void __wrap_exit(int status) {
  if (ENDS_RUN())
    end_run("exit", "guard", "exit() was called", __builtin_frame_address(0));
  __real_exit(status);
}

_Noreturn void __wrap__exit(int status) {
  if (ENDS_RUN())
    end_run("exit", "guard", "_exit() was called", __builtin_frame_address(0));
  __real__exit(status);
}

_Noreturn void model_refuse(const char *name, const void *frame) {
  char message[FAILURE_MESSAGE_MAX];
  snprintf(message, sizeof message, "%s() may block and is not modelled: heddle cannot run it", name);
  end_run("refused-call", "model", message, frame);
}
