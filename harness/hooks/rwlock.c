/* rwlock.c - pthread readers-writer locks. */
#define _GNU_SOURCE
#include <errno.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

enum side { SIDE_READ, SIDE_WRITE };

static int error_of(enum sync_result result) {
  switch (result) {
  case SYNC_OK:
    return 0;
  case SYNC_TIMED_OUT:
    return ETIMEDOUT;
  case SYNC_OWNED:
    return EDEADLK;
  case SYNC_OVERFLOW:
    return EAGAIN;
  default:
    return EBUSY;
  }
}

/* The real lock is free for the caller by now. */
static int real_lock(pthread_rwlock_t *lock, enum side side, const struct sched_place *place) {
  HOOK_CALLER_BEGIN(place);
  int error = side == SIDE_READ ? __real_pthread_rwlock_rdlock(lock) : __real_pthread_rwlock_wrlock(lock);
  HOOK_CALLER_END();
  return error;
}

static int lock_rwlock(pthread_rwlock_t *lock, enum side side, uint64_t deadline_ns, const struct sched_place *place) {
  sched_point(SCHED_POINT_RWLOCK, *place);
  uintptr_t id = (uintptr_t)lock;
  int error = error_of(side == SIDE_READ ? sync_rwlock_read(id, deadline_ns, place)
                                         : sync_rwlock_write(id, deadline_ns, place));
  return error ? error : real_lock(lock, side, place);
}

static int try_rwlock(pthread_rwlock_t *lock, enum side side, const struct sched_place *place) {
  sched_point(SCHED_POINT_RWLOCK, *place);
  uintptr_t id = (uintptr_t)lock;
  int error = error_of(side == SIDE_READ ? sync_rwlock_try_read(id) : sync_rwlock_try_write(id));
  if (!error)
    return real_lock(lock, side, place);
  if (error == EBUSY)
    sched_give_way(SCHED_POINT_RWLOCK, place);
  return error;
}

int __wrap_pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_RWLOCK, HOOK_PLACE(lock, 0));
    sync_init((uintptr_t)lock);
  }
  return __real_pthread_rwlock_init(lock, attributes);
}

int __wrap_pthread_rwlock_destroy(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_destroy(lock);
  struct sched_place place = HOOK_PLACE(lock, 0);
  sched_point(SCHED_POINT_RWLOCK, place);
  if (sync_destroy((uintptr_t)lock) != SYNC_OK)
    model_misuse("destruction of a rwlock that is in use", &place);
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_rwlock_destroy(lock);
  HOOK_CALLER_END();
  return error;
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_rdlock(lock);
  return lock_rwlock(lock, SIDE_READ, MODEL_FOREVER, &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_wrlock(lock);
  return lock_rwlock(lock, SIDE_WRITE, MODEL_FOREVER, &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_tryrdlock(lock);
  return try_rwlock(lock, SIDE_READ, &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_trywrlock(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_trywrlock(lock);
  return try_rwlock(lock, SIDE_WRITE, &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_rwlock_timedrdlock(lock, at);
  return lock_rwlock(lock, SIDE_READ, model_deadline(CLOCK_REALTIME, at), &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_rwlock_timedwrlock(lock, at);
  return lock_rwlock(lock, SIDE_WRITE, model_deadline(CLOCK_REALTIME, at), &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_rwlock_clockrdlock(lock, clock, at);
  return lock_rwlock(lock, SIDE_READ, model_deadline(clock, at), &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_rwlock_clockwrlock(lock, clock, at);
  return lock_rwlock(lock, SIDE_WRITE, model_deadline(clock, at), &HOOK_PLACE(lock, 0));
}

int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_rwlock_unlock(lock);
  struct sched_place place = HOOK_PLACE(lock, 0);
  sched_point(SCHED_POINT_RWLOCK, place);
  enum sync_result result = sync_rwlock_unlock((uintptr_t)lock);
  if (result != SYNC_OK)
    model_misuse(result == SYNC_NOT_HELD ? "unlock of a rwlock that is not locked"
                                         : "unlock of a rwlock that another thread holds",
                 &place);
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_rwlock_unlock(lock);
  HOOK_CALLER_END();
  return error;
}
