/* semaphore.c - POSIX unnamed semaphores. */
#define _GNU_SOURCE
#include <errno.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

/* What the real one holds: the value at first, for one that was made before the run. */
static uint32_t real_value(sem_t *semaphore) {
  int value = 0;
  __real_sem_getvalue(semaphore, &value);
  return value < 0 ? 0 : (uint32_t)value;
}

static int fail(int error) {
  errno = error;
  return -1;
}

static int wait_semaphore(sem_t *semaphore, uint64_t deadline_ns, const struct sched_place *place) {
  sched_point(SCHED_POINT_SEMAPHORE, *place);
  if (sync_sem_wait((uintptr_t)semaphore, real_value(semaphore), deadline_ns, place) == SYNC_TIMED_OUT)
    return fail(ETIMEDOUT);
  HOOK_CALLER_BEGIN(place);
  int result = __real_sem_wait(semaphore);
  HOOK_CALLER_END();
  return result;
}

int __wrap_sem_init(sem_t *semaphore, int shared, unsigned value) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_SEMAPHORE, HOOK_PLACE(semaphore, 0));
    sync_sem_init((uintptr_t)semaphore, value);
  }
  return __real_sem_init(semaphore, shared, value);
}

int __wrap_sem_destroy(sem_t *semaphore) {
  if (!hook_acts())
    return __real_sem_destroy(semaphore);
  struct sched_place place = HOOK_PLACE(semaphore, 0);
  sched_point(SCHED_POINT_SEMAPHORE, place);
  if (sync_destroy((uintptr_t)semaphore) != SYNC_OK)
    model_misuse("destruction of a semaphore that is waited on", &place);
  HOOK_CALLER_BEGIN(&place);
  int result = __real_sem_destroy(semaphore);
  HOOK_CALLER_END();
  return result;
}

int __wrap_sem_wait(sem_t *semaphore) {
  if (!hook_acts())
    return __real_sem_wait(semaphore);
  return wait_semaphore(semaphore, MODEL_FOREVER, &HOOK_PLACE(semaphore, 0));
}

int __wrap_sem_timedwait(sem_t *semaphore, const struct timespec *at) {
  if (!hook_acts())
    return __real_sem_timedwait(semaphore, at);
  return wait_semaphore(semaphore, model_deadline(CLOCK_REALTIME, at), &HOOK_PLACE(semaphore, 0));
}

int __wrap_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *at) {
  if (!hook_acts())
    return __real_sem_clockwait(semaphore, clock, at);
  return wait_semaphore(semaphore, model_deadline(clock, at), &HOOK_PLACE(semaphore, 0));
}

int __wrap_sem_trywait(sem_t *semaphore) {
  if (!hook_acts())
    return __real_sem_trywait(semaphore);
  struct sched_place place = HOOK_PLACE(semaphore, 0);
  sched_point(SCHED_POINT_SEMAPHORE, place);
  if (sync_sem_try((uintptr_t)semaphore, real_value(semaphore)) == SYNC_BUSY) {
    sched_give_way(SCHED_POINT_SEMAPHORE, &place);
    return fail(EAGAIN);
  }
  HOOK_CALLER_BEGIN(&place);
  int result = __real_sem_trywait(semaphore);
  HOOK_CALLER_END();
  return result;
}

int __wrap_sem_post(sem_t *semaphore) {
  if (!hook_acts())
    return __real_sem_post(semaphore);
  struct sched_place place = HOOK_PLACE(semaphore, 0);
  sched_point(SCHED_POINT_SEMAPHORE, place);
  uint32_t before = real_value(semaphore);
  HOOK_CALLER_BEGIN(&place);
  int result = __real_sem_post(semaphore);
  HOOK_CALLER_END();
  if (result == 0)
    sync_sem_post((uintptr_t)semaphore, before);
  return result;
}

int __wrap_sem_getvalue(sem_t *semaphore, int *value) {
  if (hook_acts())
    sched_point(SCHED_POINT_SEMAPHORE, HOOK_PLACE(semaphore, 0));
  return __real_sem_getvalue(semaphore, value);
}
