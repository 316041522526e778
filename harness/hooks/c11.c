/* c11.c - <threads.h>: the same models under C11's names.  glibc's mtx_t, cnd_t and once_flag are its pthread types in
 * disguise; TSan does not know them by these names, and sees the pthread calls that the models make. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <threads.h>

#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "mtx_t is a pthread mutex");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "cnd_t is a pthread condition variable");
_Static_assert(sizeof(once_flag) == sizeof(pthread_once_t), "once_flag is a pthread once control");

static pthread_mutex_t *mutex_of(mtx_t *mutex) { return (pthread_mutex_t *)(void *)mutex; }
static pthread_cond_t *cond_of(cnd_t *cond) { return (pthread_cond_t *)(void *)cond; }

static int result_of(int error) {
  switch (error) {
  case 0:
    return thrd_success;
  case EBUSY:
    return thrd_busy;
  case ETIMEDOUT:
    return thrd_timedout;
  case ENOMEM:
  case EAGAIN:
    return thrd_nomem;
  default:
    return thrd_error;
  }
}

int __wrap_mtx_init(mtx_t *mutex, int type) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_MUTEX, HOOK_PLACE(mutex, 0));
    sync_init((uintptr_t)mutex);
  }
  return __real_mtx_init(mutex, type);
}

void __wrap_mtx_destroy(mtx_t *mutex) {
  if (hook_acts())
    model_mutex_destroy(mutex_of(mutex), &HOOK_PLACE(mutex, 0));
  else
    __real_mtx_destroy(mutex);
}

int __wrap_mtx_lock(mtx_t *mutex) {
  if (!hook_acts())
    return __real_mtx_lock(mutex);
  return result_of(model_mutex_lock(mutex_of(mutex), MODEL_FOREVER, &HOOK_PLACE(mutex, 0)));
}

int __wrap_mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict at) {
  if (!hook_acts())
    return __real_mtx_timedlock(mutex, at);
  return result_of(model_mutex_lock(mutex_of(mutex), model_deadline(CLOCK_REALTIME, at), &HOOK_PLACE(mutex, 0)));
}

int __wrap_mtx_trylock(mtx_t *mutex) {
  if (!hook_acts())
    return __real_mtx_trylock(mutex);
  return result_of(model_mutex_try(mutex_of(mutex), &HOOK_PLACE(mutex, 0)));
}

int __wrap_mtx_unlock(mtx_t *mutex) {
  if (!hook_acts())
    return __real_mtx_unlock(mutex);
  return result_of(model_mutex_unlock(mutex_of(mutex), &HOOK_PLACE(mutex, 0)));
}

int __wrap_cnd_init(cnd_t *cond) {
  if (hook_acts()) {
    sched_point(SCHED_POINT_COND, HOOK_PLACE(cond, 0));
    sync_init((uintptr_t)cond);
  }
  return __real_cnd_init(cond);
}

void __wrap_cnd_destroy(cnd_t *cond) {
  if (hook_acts())
    model_cond_destroy(cond_of(cond), &HOOK_PLACE(cond, 0));
  else
    __real_cnd_destroy(cond);
}

int __wrap_cnd_wait(cnd_t *cond, mtx_t *mutex) {
  if (!hook_acts())
    return __real_cnd_wait(cond, mutex);
  return result_of(model_cond_wait(cond_of(cond), mutex_of(mutex), MODEL_FOREVER, &HOOK_PLACE(cond, 0)));
}

int __wrap_cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict at) {
  if (!hook_acts())
    return __real_cnd_timedwait(cond, mutex, at);
  uint64_t deadline = model_deadline(CLOCK_REALTIME, at);
  return result_of(model_cond_wait(cond_of(cond), mutex_of(mutex), deadline, &HOOK_PLACE(cond, 0)));
}

int __wrap_cnd_signal(cnd_t *cond) {
  if (!hook_acts())
    return __real_cnd_signal(cond);
  model_cond_signal(cond_of(cond), &HOOK_PLACE(cond, 0));
  return thrd_success;
}

int __wrap_cnd_broadcast(cnd_t *cond) {
  if (!hook_acts())
    return __real_cnd_broadcast(cond);
  model_cond_broadcast(cond_of(cond), &HOOK_PLACE(cond, 0));
  return thrd_success;
}

void __wrap_call_once(once_flag *flag, void (*function)(void)) {
  if (hook_acts())
    model_once((int *)(void *)flag, function, &HOOK_PLACE(flag, 0));
  else
    __real_call_once(flag, function);
}

/* A C11 thread returns an int; its task carries the function in a slot of its own until it starts. */
struct start {
  thrd_start_t body;
  void *arg;
};
static struct start starts[SCHED_TASKS_MAX];

static void *thread_body(void *arg) {
  struct start *start = arg;
  return (void *)(intptr_t)start->body(start->arg);
}

int __wrap_thrd_create(thrd_t *handle, thrd_start_t body, void *arg) {
  if (!hook_acts())
    return __real_thrd_create(handle, body, arg);
  if (sched.task_count >= SCHED_TASKS_MAX)
    return thrd_nomem;
  /* The point before the creation may let others create theirs first: the slot is only chosen after it. */
  struct sched_place place = HOOK_PLACE(handle, 0);
  sched_point(SCHED_POINT_THREAD, place);
  if (sched.task_count >= SCHED_TASKS_MAX)
    return thrd_nomem;
  struct start *start = &starts[sched.task_count];
  *start = (struct start){body, arg};
  return result_of(model_thread_spawn(handle, thread_body, start, false));
}

int __wrap_thrd_join(thrd_t handle, int *result) {
  if (!hook_acts())
    return __real_thrd_join(handle, result);
  void *value;
  int error = model_thread_join(handle, &value, &HOOK_PLACE(handle, 0));
  if (!error && result)
    *result = (int)(intptr_t)value;
  return result_of(error);
}

int __wrap_thrd_detach(thrd_t handle) {
  if (!hook_acts())
    return __real_thrd_detach(handle);
  return result_of(model_thread_detach(handle, &HOOK_PLACE(handle, 0)));
}

_Noreturn void __wrap_thrd_exit(int result) {
  if (!hook_acts())
    __real_thrd_exit(result);
  model_thread_exit((void *)(intptr_t)result);
}

thrd_t __wrap_thrd_current(void) { return hook_acts() ? model_thread_self() : __real_thrd_current(); }

int __wrap_thrd_equal(thrd_t a, thrd_t b) { return a == b; }

void __wrap_thrd_yield(void) {
  if (hook_acts())
    sched_give_way(SCHED_POINT_YIELD, &HOOK_PLACE(0, 0));
  else
    __real_thrd_yield();
}

int __wrap_thrd_sleep(const struct timespec *duration, struct timespec *left) {
  if (!hook_acts())
    return __real_thrd_sleep(duration, left);
  model_sleep((uint64_t)duration->tv_sec * 1000000000u + (uint64_t)duration->tv_nsec, &HOOK_PLACE(duration, 0));
  if (left)
    *left = (struct timespec){0, 0};
  return 0;
}

int __wrap_tss_create(tss_t *key, tss_dtor_t destructor) {
  if (!hook_acts())
    return __real_tss_create(key, destructor);
  sched_point(SCHED_POINT_THREAD, HOOK_PLACE(key, 0));
  return result_of(model_key_create(key, destructor));
}

void __wrap_tss_delete(tss_t key) {
  if (hook_acts() && model_key_known(key)) {
    sched_point(SCHED_POINT_THREAD, HOOK_PLACE(0, 0));
    model_key_delete(key);
  } else {
    __real_tss_delete(key);
  }
}

int __wrap_tss_set(tss_t key, void *value) {
  if (!hook_acts() || !model_key_known(key))
    return __real_tss_set(key, value);
  sched_point(SCHED_POINT_THREAD, HOOK_PLACE(0, 0));
  return result_of(model_key_set(key, value));
}

void *__wrap_tss_get(tss_t key) {
  if (!hook_acts() || !model_key_known(key))
    return __real_tss_get(key);
  sched_point(SCHED_POINT_THREAD, HOOK_PLACE(0, 0));
  return model_key_get(key);
}
