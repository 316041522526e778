/* refuse.c - calls that would block the only OS thread there is, and have no model. */
#include <stddef.h>

#include "hooks/model.h"

/* Six integer arguments pass through unchanged whatever the callee makes of them. */
#define REFUSE(name)                                                                                                   \
  long __real_##name(long a, long b, long c, long d, long e, long f);                                                  \
  long __wrap_##name(long a, long b, long c, long d, long e, long f);                                                  \
  long __wrap_##name(long a, long b, long c, long d, long e, long f) {                                                 \
    if (hook_acts())                                                                                                   \
      model_refuse(#name, __builtin_frame_address(0));                                                                 \
    return __real_##name(a, b, c, d, e, f);                                                                            \
  }
#include "hooks/refused.def"

/* The raw system call takes one more; futexes come this way. */
long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (hook_acts())
    model_refuse("syscall", __builtin_frame_address(0));
  return __real_syscall(number, a, b, c, d, e, f);
}
