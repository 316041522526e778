/* threads.c - pthread_create and what goes with it: a thread of the code under test is a task. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "flavour/order.h"
#include "hooks/model.h"
#include "hooks/real.h"

/* A handle is never dereferenced by anybody but us: it names the task, and nothing that glibc could mistake. */
#define HANDLE_BASE ((pthread_t)0x7a5c0000)

struct thread {
  void *(*body)(void *);
  void *arg;
};
static struct thread threads[SCHED_TASKS_MAX];
static uint64_t joined; /* bit a task */

void model_threads_begin(void) { joined = 0; }

static pthread_t handle_of(int task) { return HANDLE_BASE + (pthread_t)task; }

pthread_t model_thread_self(void) { return handle_of(sched.running); }

/* The task behind a handle that may still be joined or detached. */
static int task_of(pthread_t handle, const char *what, const struct sched_place *place) {
  if (handle < HANDLE_BASE || handle >= handle_of(sched.task_count))
    model_misuse("use of a thread handle that pthread_create did not give", place);
  int task = (int)(handle - HANDLE_BASE);
  if ((joined >> task & 1) || sched.tasks[task].detached)
    model_misuse(what, place);
  return task;
}

static void *thread_body(void *arg) {
  struct thread *self = arg;
  void *result = self->body(self->arg);
  model_keys_finish();
  return result;
}

int model_thread_spawn(pthread_t *handle, void *(*body)(void *), void *arg, bool detached) {
  int next = sched.task_count;
  if (next >= SCHED_TASKS_MAX)
    return EAGAIN;
  threads[next] = (struct thread){.body = body, .arg = arg};
  int task = sched_spawn(thread_body, &threads[next]);
  sched.tasks[task].detached = detached;
  *handle = handle_of(task);
  return 0;
}

int model_thread_join(pthread_t handle, void **result, const struct sched_place *place) {
  sched_point(SCHED_POINT_THREAD, *place);
  int task = task_of(handle, "join of a thread that is detached or was joined before", place);
  if (task == sched.running)
    return EDEADLK;
  joined |= UINT64_C(1) << task;
  sched_join(task, place);
  order_acquire_end(task);
  if (result)
    *result = sched.tasks[task].result;
  return 0;
}

int model_thread_detach(pthread_t handle, const struct sched_place *place) {
  sched_point(SCHED_POINT_THREAD, *place);
  sched.tasks[task_of(handle, "detaching of a thread that is detached or was joined", place)].detached = true;
  return 0;
}

_Noreturn void model_thread_exit(void *result) {
  model_keys_finish();
  order_release_end(sched.running);
  sched_exit(result);
}

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*body)(void *), void *arg) {
  if (!hook_acts())
    return __real_pthread_create(handle, attributes, body, arg);
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes)
    pthread_attr_getdetachstate(attributes, &state);
  sched_point(SCHED_POINT_THREAD, HOOK_PLACE(handle, 0));
  return model_thread_spawn(handle, body, arg, state == PTHREAD_CREATE_DETACHED);
}

int __wrap_pthread_join(pthread_t handle, void **result) {
  if (!hook_acts())
    return __real_pthread_join(handle, result);
  return model_thread_join(handle, result, &HOOK_PLACE(handle, 0));
}

int __wrap_pthread_detach(pthread_t handle) {
  if (!hook_acts())
    return __real_pthread_detach(handle);
  return model_thread_detach(handle, &HOOK_PLACE(handle, 0));
}

_Noreturn void __wrap_pthread_exit(void *result) {
  if (!hook_acts())
    __real_pthread_exit(result);
  model_thread_exit(result);
}

pthread_t __wrap_pthread_self(void) { return hook_acts() ? model_thread_self() : __real_pthread_self(); }

/* A name, a processor: they change nothing that a run could see. */
int __wrap_pthread_setname_np(pthread_t handle, const char *name) {
  return hook_acts() ? 0 : __real_pthread_setname_np(handle, name);
}

int __wrap_pthread_setaffinity_np(pthread_t handle, size_t size, const cpu_set_t *set) {
  return hook_acts() ? 0 : __real_pthread_setaffinity_np(handle, size, set);
}
