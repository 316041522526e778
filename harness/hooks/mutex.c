/* mutex.c - pthread mutexes and spin locks. */
#define _GNU_SOURCE
#include <errno.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

static uintptr_t id_of(const void *object) { return (uintptr_t)object; }

#define DESTROYED (-1) /* what glibc leaves in __kind */

static enum sync_mutex_kind kind_of(const pthread_mutex_t *mutex) {
  switch (mutex->__data.__kind & 3) {
  case PTHREAD_MUTEX_RECURSIVE_NP:
    return SYNC_MUTEX_RECURSIVE;
  case PTHREAD_MUTEX_ERRORCHECK_NP:
    return SYNC_MUTEX_ERRORCHECK;
  default:
    return SYNC_MUTEX_NORMAL;
  }
}

static void check_usable(const pthread_mutex_t *mutex, const struct sched_place *place) {
  if (mutex->__data.__kind == DESTROYED)
    model_misuse("use of a destroyed mutex", place);
}

static int real_lock(pthread_mutex_t *mutex, const struct sched_place *place) {
  HOOK_CALLER_BEGIN(place);
  int error = __real_pthread_mutex_lock(mutex);
  HOOK_CALLER_END();
  return error;
}

int model_mutex_lock(pthread_mutex_t *mutex, uint64_t deadline_ns, const struct sched_place *place) {
  sched_point(SCHED_POINT_MUTEX, *place);
  check_usable(mutex, place);
  switch (sync_mutex_lock(id_of(mutex), kind_of(mutex), deadline_ns, place)) {
  case SYNC_TIMED_OUT:
    return ETIMEDOUT;
  case SYNC_OWNED:
    return EDEADLK;
  default:
    check_usable(mutex, place); /* again: it may have been destroyed while this task waited */
    return real_lock(mutex, place);
  }
}

int model_mutex_try(pthread_mutex_t *mutex, const struct sched_place *place) {
  sched_point(SCHED_POINT_MUTEX, *place);
  check_usable(mutex, place);
  if (sync_mutex_try(id_of(mutex), kind_of(mutex)) == SYNC_BUSY) {
    sched_give_way(SCHED_POINT_MUTEX, place);
    return EBUSY;
  }
  HOOK_CALLER_BEGIN(place);
  int error = __real_pthread_mutex_trylock(mutex);
  HOOK_CALLER_END();
  return error;
}

int model_mutex_unlock(pthread_mutex_t *mutex, const struct sched_place *place) {
  sched_point(SCHED_POINT_MUTEX, *place);
  check_usable(mutex, place);
  enum sync_result result = sync_mutex_unlock(id_of(mutex));
  if (result != SYNC_OK) {
    if (kind_of(mutex) != SYNC_MUTEX_NORMAL)
      return EPERM;
    model_misuse(result == SYNC_NOT_HELD ? "unlock of a mutex that is not locked"
                                         : "unlock of a mutex that another thread holds",
                 place);
  }
  HOOK_CALLER_BEGIN(place);
  int error = __real_pthread_mutex_unlock(mutex);
  HOOK_CALLER_END();
  return error;
}

int model_mutex_destroy(pthread_mutex_t *mutex, const struct sched_place *place) {
  sched_point(SCHED_POINT_MUTEX, *place);
  check_usable(mutex, place);
  if (sync_destroy(id_of(mutex)) != SYNC_OK)
    model_misuse("destruction of a mutex that is in use", place);
  HOOK_CALLER_BEGIN(place);
  int error = __real_pthread_mutex_destroy(mutex);
  HOOK_CALLER_END();
  return error;
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_MUTEX, HOOK_PLACE(mutex, 0));
    sync_init(id_of(mutex));
  }
  return __real_pthread_mutex_init(mutex, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex) {
  if (!hook_acts())
    return __real_pthread_mutex_destroy(mutex);
  return model_mutex_destroy(mutex, &HOOK_PLACE(mutex, 0));
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
  if (!hook_acts())
    return __real_pthread_mutex_lock(mutex);
  return model_mutex_lock(mutex, MODEL_FOREVER, &HOOK_PLACE(mutex, 0));
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex) {
  if (!hook_acts())
    return __real_pthread_mutex_trylock(mutex);
  return model_mutex_try(mutex, &HOOK_PLACE(mutex, 0));
}

int __wrap_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_mutex_timedlock(mutex, at);
  return model_mutex_lock(mutex, model_deadline(CLOCK_REALTIME, at), &HOOK_PLACE(mutex, 0));
}

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *at) {
  if (!hook_acts())
    return __real_pthread_mutex_clocklock(mutex, clock, at);
  return model_mutex_lock(mutex, model_deadline(clock, at), &HOOK_PLACE(mutex, 0));
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
  if (!hook_acts())
    return __real_pthread_mutex_unlock(mutex);
  return model_mutex_unlock(mutex, &HOOK_PLACE(mutex, 0));
}

/* Spin locks. */

int __wrap_pthread_spin_init(pthread_spinlock_t *lock, int shared) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_SPIN, HOOK_PLACE(lock, 0));
    sync_init(id_of((const void *)lock));
  }
  return __real_pthread_spin_init(lock, shared);
}

int __wrap_pthread_spin_destroy(pthread_spinlock_t *lock) {
  if (hook_acts()) {
    struct sched_place place = HOOK_PLACE(lock, 0);
    sched_point(SCHED_POINT_SPIN, place);
    if (sync_destroy(id_of((const void *)lock)) != SYNC_OK)
      model_misuse("destruction of a spin lock that is in use", &place);
  }
  return __real_pthread_spin_destroy(lock);
}

int __wrap_pthread_spin_lock(pthread_spinlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_spin_lock(lock);
  struct sched_place place = HOOK_PLACE(lock, 0);
  sched_point(SCHED_POINT_SPIN, place);
  sync_spin_lock(id_of((const void *)lock), &place);
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_spin_lock(lock);
  HOOK_CALLER_END();
  return error;
}

int __wrap_pthread_spin_trylock(pthread_spinlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_spin_trylock(lock);
  struct sched_place place = HOOK_PLACE(lock, 0);
  sched_point(SCHED_POINT_SPIN, place);
  if (sync_mutex_try(id_of((const void *)lock), SYNC_MUTEX_NORMAL) != SYNC_OK) {
    sched_give_way(SCHED_POINT_SPIN, &place);
    return EBUSY;
  }
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_spin_trylock(lock);
  HOOK_CALLER_END();
  return error;
}

int __wrap_pthread_spin_unlock(pthread_spinlock_t *lock) {
  if (!hook_acts())
    return __real_pthread_spin_unlock(lock);
  struct sched_place place = HOOK_PLACE(lock, 0);
  sched_point(SCHED_POINT_SPIN, place);
  enum sync_result result = sync_mutex_unlock(id_of((const void *)lock));
  if (result != SYNC_OK)
    model_misuse(result == SYNC_NOT_HELD ? "unlock of a spin lock that is not locked"
                                         : "unlock of a spin lock that another thread holds",
                 &place);
  HOOK_CALLER_BEGIN(&place);
  int error = __real_pthread_spin_unlock(lock);
  HOOK_CALLER_END();
  return error;
}
