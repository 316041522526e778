/* barrier.c - pthread barriers, and pthread_once.  Neither is left to the C library, which would block; what they
 * order is told to TSan by hand. */
#define _GNU_SOURCE
#include <errno.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

int __wrap_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned count) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_BARRIER, HOOK_PLACE(barrier, 0));
    sync_barrier_init((uintptr_t)barrier, count);
  }
  return __real_pthread_barrier_init(barrier, attributes, count);
}

int __wrap_pthread_barrier_destroy(pthread_barrier_t *barrier) {
  if (!hook_acts())
    return __real_pthread_barrier_destroy(barrier);
  struct sched_place place = HOOK_PLACE(barrier, 0);
  sched_point(SCHED_POINT_BARRIER, place);
  if (sync_destroy((uintptr_t)barrier) != SYNC_OK)
    model_misuse("destruction of a barrier that is waited on", &place);
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_barrier_destroy(barrier);
  HOOK_CALLER_END();
  return error;
}

int __wrap_pthread_barrier_wait(pthread_barrier_t *barrier) {
  if (!hook_acts())
    return __real_pthread_barrier_wait(barrier);
  struct sched_place place = HOOK_PLACE(barrier, 0);
  sched_point(SCHED_POINT_BARRIER, place);
  flavour_release(barrier);
  enum sync_result result = sync_barrier_wait((uintptr_t)barrier, &place);
  if (result == SYNC_NOT_HELD)
    model_misuse("wait at a barrier that is not initialised", &place);
  flavour_acquire(barrier);
  return result == SYNC_LAST ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

#define GLIBC_ONCE_DONE 2

void model_once(int *control, void (*function)(void), const struct sched_place *place) {
  sched_point(SCHED_POINT_ONCE, *place);
  if (sync_once_enter((uintptr_t)control, *control == GLIBC_ONCE_DONE, place)) {
    function();
    *control = GLIBC_ONCE_DONE;
    flavour_release(control);
    sync_once_done((uintptr_t)control);
  }
  flavour_acquire(control);
}

int __wrap_pthread_once(pthread_once_t *control, void (*function)(void)) {
  if (!hook_acts())
    return __real_pthread_once(control, function);
  model_once(control, function, &HOOK_PLACE(control, 0));
  return 0;
}
