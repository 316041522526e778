/* keys.c - pthread keys (and C11's tss): values a task, destructors at its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "hooks/model.h"
#include "hooks/real.h"

#define KEYS_MAX 128
#define KEY_BASE 0x4000u /* above every key that glibc gives */

struct key {
  bool used;
  void (*destructor)(void *);
  void *values[SCHED_TASKS_MAX];
};
static struct key keys[KEYS_MAX];
static unsigned key_count; /* made in this run */

void model_keys_begin(void) { key_count = 0; }

bool model_key_known(pthread_key_t key) { return key - KEY_BASE < key_count && keys[key - KEY_BASE].used; }

int model_key_create(pthread_key_t *key, void (*destructor)(void *)) {
  if (key_count == KEYS_MAX)
    return EAGAIN;
  keys[key_count] = (struct key){.used = true, .destructor = destructor};
  *key = KEY_BASE + key_count++;
  return 0;
}

int model_key_delete(pthread_key_t key) {
  if (!model_key_known(key))
    return EINVAL;
  keys[key - KEY_BASE].used = false;
  return 0;
}

int model_key_set(pthread_key_t key, const void *value) {
  if (!model_key_known(key))
    return EINVAL;
  keys[key - KEY_BASE].values[sched.running] = (void *)(uintptr_t)value;
  return 0;
}

void *model_key_get(pthread_key_t key) {
  return model_key_known(key) ? keys[key - KEY_BASE].values[sched.running] : NULL;
}

/* One round; true where a destructor ran, which may have set values again. */
static bool finish_round(int task) {
  bool ran = false;
  for (unsigned i = 0; i < key_count; i++) {
    void *value = keys[i].values[task];
    if (!keys[i].used || !value)
      continue;
    keys[i].values[task] = NULL;
    if (!keys[i].destructor)
      continue;
    keys[i].destructor(value);
    ran = true;
  }
  return ran;
}

void model_keys_finish(void) {
  int task = sched.running;
  for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS && finish_round(task); round++) {
  }
}

static void point(struct sched_place place) { sched_point(SCHED_POINT_THREAD, place); }

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
  if (!hook_acts())
    return __real_pthread_key_create(key, destructor);
  point(HOOK_PLACE(key, 0));
  return model_key_create(key, destructor);
}

int __wrap_pthread_key_delete(pthread_key_t key) {
  if (!hook_acts())
    return __real_pthread_key_delete(key);
  point(HOOK_PLACE(0, 0));
  return model_key_delete(key);
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value) {
  if (!hook_acts() || !model_key_known(key))
    return __real_pthread_setspecific(key, value);
  point(HOOK_PLACE(0, 0));
  return model_key_set(key, value);
}

void *__wrap_pthread_getspecific(pthread_key_t key) {
  if (!hook_acts() || !model_key_known(key))
    return __real_pthread_getspecific(key);
  point(HOOK_PLACE(0, 0));
  return model_key_get(key);
}
