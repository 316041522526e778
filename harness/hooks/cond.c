/* cond.c - pthread condition variables.
 *
 * The real ones are never waited on: a wait is an unlock and a lock of the mutex, which is all that it orders. */
#define _GNU_SOURCE
#include <errno.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

int model_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns,
                    const struct sched_place *place) {
  uintptr_t id = (uintptr_t)cond;
  sched_point(SCHED_POINT_COND, *place);
  if (!sync_mutex_depth((uintptr_t)mutex))
    model_misuse("wait on a condition variable without holding its mutex", place);
  sync_cond_enter(id);
  int error = model_mutex_unlock(mutex, place);
  if (error)
    return error;
  bool timed_out = sync_cond_sleep(id, deadline_ns, place) == SYNC_TIMED_OUT;
  error = model_mutex_lock(mutex, MODEL_FOREVER, place);
  return error ? error : timed_out ? ETIMEDOUT : 0;
}

void model_cond_signal(pthread_cond_t *cond, const struct sched_place *place) {
  sched_point(SCHED_POINT_COND, *place);
  sync_cond_signal((uintptr_t)cond);
}

void model_cond_broadcast(pthread_cond_t *cond, const struct sched_place *place) {
  sched_point(SCHED_POINT_COND, *place);
  sync_cond_broadcast((uintptr_t)cond);
}

int model_cond_destroy(pthread_cond_t *cond, const struct sched_place *place) {
  sched_point(SCHED_POINT_COND, *place);
  if (sync_destroy((uintptr_t)cond) != SYNC_OK)
    model_misuse("destruction of a condition variable that is waited on", place);
  HOOK_CALLER_BEGIN(place);
  int error = __real_pthread_cond_destroy(cond);
  HOOK_CALLER_END();
  return error;
}

/* The clock that pthread_condattr_setclock() chose; glibc keeps it in a bit of __wrefs. */
static clockid_t clock_of(const pthread_cond_t *cond) {
  return cond->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int __wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_COND, HOOK_PLACE(cond, 0));
    sync_init((uintptr_t)cond);
  }
  return __real_pthread_cond_init(cond, attributes);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *cond) {
  if (!hook_acts())
    return __real_pthread_cond_destroy(cond);
  return model_cond_destroy(cond, &HOOK_PLACE(cond, 0));
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
  if (!hook_acts())
    return __real_pthread_cond_wait(cond, mutex);
  return model_cond_wait(cond, mutex, MODEL_FOREVER, &HOOK_PLACE(cond, 0));
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_cond_timedwait(cond, mutex, at);
  return model_cond_wait(cond, mutex, model_deadline(clock_of(cond), at), &HOOK_PLACE(cond, 0));
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_cond_clockwait(cond, mutex, clock, at);
  return model_cond_wait(cond, mutex, model_deadline(clock, at), &HOOK_PLACE(cond, 0));
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond) {
  if (!hook_acts())
    return __real_pthread_cond_signal(cond);
  model_cond_signal(cond, &HOOK_PLACE(cond, 0));
  return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond) {
  if (!hook_acts())
    return __real_pthread_cond_broadcast(cond);
  model_cond_broadcast(cond, &HOOK_PLACE(cond, 0));
  return 0;
}
