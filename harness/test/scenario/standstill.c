/* Programs that come to a standstill: nobody can go on, or all go round in circles. */
#include <sched.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* Three threads, each of which locks its own mutex and then its neighbour's. */
struct ring {
  pthread_mutex_t locks[3];
  pthread_barrier_t all_locked;
  int number;
};

static __attribute__((noinline)) void lock_neighbour(struct ring *ring, int self) {
  pthread_mutex_lock(&ring->locks[(self + 1) % 3]);
}

static void *lock_two(void *arg) {
  struct ring *ring = arg;
  int self = __atomic_fetch_add(&ring->number, 1, __ATOMIC_RELAXED);
  pthread_mutex_lock(&ring->locks[self]);
  pthread_barrier_wait(&ring->all_locked);
  lock_neighbour(ring, self);
  pthread_mutex_unlock(&ring->locks[(self + 1) % 3]);
  pthread_mutex_unlock(&ring->locks[self]);
  return NULL;
}

void *standstill_ring(void *arg) {
  struct ring ring = {.number = 0};
  for (int i = 0; i < 3; i++)
    pthread_mutex_init(&ring.locks[i], NULL);
  pthread_barrier_init(&ring.all_locked, NULL, 3);
  start_and_join(lock_two, &ring, 3);
  return arg;
}

/* Two locks taken in two orders, at different times: nothing happens, this time. */
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *first_then_second(void *arg) {
  pthread_mutex_lock(&first);
  pthread_mutex_lock(&second);
  pthread_mutex_unlock(&second);
  pthread_mutex_unlock(&first);
  return arg;
}

static void *second_then_first(void *arg) {
  pthread_mutex_lock(&second);
  pthread_mutex_lock(&first);
  pthread_mutex_unlock(&first);
  pthread_mutex_unlock(&second);
  return arg;
}

void *standstill_another_time(void *arg) {
  start_and_join(first_then_second, arg, 1);
  start_and_join(second_then_first, arg, 1);
  return arg;
}

void *standstill_one_order(void *arg) {
  start_and_join(first_then_second, arg, 1);
  start_and_join(first_then_second, arg, 1);
  return arg;
}

/* Both politely make way for each other, for good. */
static bool wanted[2];

static void *after_you(void *arg) {
  int self = arg ? 1 : 0;
  __atomic_store_n(&wanted[self], true, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&wanted[1 - self], __ATOMIC_SEQ_CST))
    sched_yield();
  return NULL;
}

static void *wait_for_nobody(void *arg) {
  while (__atomic_load_n(&wanted[0], __ATOMIC_SEQ_CST))
    sched_yield();
  return arg;
}

void *standstill_politeness(void *arg) {
  wanted[0] = true;
  pthread_t threads[2];
  start(&threads[0], after_you, &threads[0]);
  start(&threads[1], wait_for_nobody, NULL);
  join(threads[0]);
  join(threads[1]);
  return arg;
}

/* The same without a yield: plain busy waiting. */
static void *spin(void *arg) {
  while (__atomic_load_n((bool *)arg, __ATOMIC_RELAXED)) {
  }
  return NULL;
}

void *standstill_spinning(void *arg) {
  wanted[0] = true;
  start_and_join(spin, &wanted[0], 2);
  return arg;
}

/* Busy waiting for what does come, if only the other one gets its turn. */
static void *stop_spinning(void *arg) {
  __atomic_store_n((bool *)arg, false, __ATOMIC_RELAXED);
  return NULL;
}

void *standstill_none(void *arg) {
  wanted[0] = true;
  pthread_t threads[2];
  start(&threads[0], spin, &wanted[0]);
  start(&threads[1], stop_spinning, &wanted[0]);
  join(threads[0]);
  join(threads[1]);
  return arg;
}
