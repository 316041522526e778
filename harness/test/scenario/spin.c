/* Spin locks, used well and misused. */
#include <errno.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

struct counter {
  pthread_spinlock_t lock;
  bool guarded;
  int value;
};

static void *count(void *arg) {
  struct counter *counter = arg;
  for (int i = 0; i < 4; i++) {
    if (counter->guarded && i % 2 == 0)
      pthread_spin_lock(&counter->lock);
    else if (counter->guarded && pthread_spin_trylock(&counter->lock) != 0)
      continue;
    counter->value++;
    if (counter->guarded)
      pthread_spin_unlock(&counter->lock);
  }
  return NULL;
}

void *spin_counter(void *guarded) {
  struct counter counter = {.guarded = guarded};
  pthread_spin_init(&counter.lock, PTHREAD_PROCESS_PRIVATE);
  start_and_join(count, &counter, THREADS);
  assert(!guarded || (counter.value >= 2 * THREADS && counter.value <= 4 * THREADS));
  pthread_spin_destroy(&counter.lock);
  return NULL;
}

static void *find_locked(void *arg) {
  struct counter *counter = arg;
  assert(pthread_spin_trylock(&counter->lock) == EBUSY);
  return NULL;
}

void *spin_try(void *arg) {
  struct counter counter;
  pthread_spin_init(&counter.lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&counter.lock);
  start_and_join(find_locked, &counter, 2);
  pthread_spin_unlock(&counter.lock);
  assert(pthread_spin_trylock(&counter.lock) == 0);
  pthread_spin_unlock(&counter.lock);
  pthread_spin_destroy(&counter.lock);
  return arg;
}

/* Misuse. */

void *spin_unlock_unlocked(void *arg) {
  pthread_spinlock_t lock;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_unlock(&lock);
  return arg;
}

static void *unlock_anyhow(void *arg) {
  struct counter *counter = arg;
  pthread_spin_unlock(&counter->lock);
  return NULL;
}

void *spin_unlock_of_another(void *arg) {
  struct counter counter;
  pthread_spin_init(&counter.lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&counter.lock);
  start_and_join(unlock_anyhow, &counter, 1);
  return arg;
}

void *spin_destroy_locked(void *arg) {
  pthread_spinlock_t lock;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&lock);
  pthread_spin_destroy(&lock);
  return arg;
}

void *spin_lock_twice(void *arg) {
  pthread_spinlock_t lock;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&lock);
  pthread_spin_lock(&lock);
  return arg;
}
