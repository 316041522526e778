/* access.c - a scheduling point before each plain load and store of the code under test.
 *
 * The compiler calls these (-fsanitize-coverage=trace-loads,trace-stores), at the same places in every flavour.  An
 * atomic load or store has its call too; what atomics.c adds for it is a point only where these are not. */
#include "hooks/hook.h"

#define ACCESS(name, kind, bytes)                                                                                      \
  void name(void *address);                                                                                            \
  void name(void *address) {                                                                                           \
    if (__builtin_expect(sched.active, 1))                                                                             \
      sched_access(kind, HOOK_ACCESS(address, bytes));                                                                 \
  }

ACCESS(__sanitizer_cov_load1, SCHED_POINT_LOAD, 1)
ACCESS(__sanitizer_cov_load2, SCHED_POINT_LOAD, 2)
ACCESS(__sanitizer_cov_load4, SCHED_POINT_LOAD, 4)
ACCESS(__sanitizer_cov_load8, SCHED_POINT_LOAD, 8)
ACCESS(__sanitizer_cov_load16, SCHED_POINT_LOAD, 16)
ACCESS(__sanitizer_cov_store1, SCHED_POINT_STORE, 1)
ACCESS(__sanitizer_cov_store2, SCHED_POINT_STORE, 2)
ACCESS(__sanitizer_cov_store4, SCHED_POINT_STORE, 4)
ACCESS(__sanitizer_cov_store8, SCHED_POINT_STORE, 8)
ACCESS(__sanitizer_cov_store16, SCHED_POINT_STORE, 16)
