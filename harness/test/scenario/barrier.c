/* Barriers, used well and misused. */
#include <errno.h>
#include <stdlib.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define ROUNDS 3

/* In each round every thread writes its own cell, and after the barrier reads all others. */
struct field {
  pthread_barrier_t barrier;
  bool guarded;
  int numbers, serial;
  int cells[THREADS][2];
};

static void meet(struct field *field) {
  if (field->guarded && pthread_barrier_wait(&field->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
    __atomic_add_fetch(&field->serial, 1, __ATOMIC_RELAXED);
}

static void *compute(void *arg) {
  struct field *field = arg;
  int self = __atomic_fetch_add(&field->numbers, 1, __ATOMIC_RELAXED);
  for (int round = 1; round <= ROUNDS; round++) {
    field->cells[self][round % 2] = round;
    meet(field);
    for (int i = 0; i < THREADS; i++)
      assert(field->cells[i][round % 2] == round || !field->guarded);
  }
  return NULL;
}

void *barrier_rounds(void *guarded) {
  struct field field = {.guarded = guarded};
  pthread_barrier_init(&field.barrier, NULL, THREADS);
  start_and_join(compute, &field, THREADS);
  assert(!guarded || field.serial == ROUNDS);
  pthread_barrier_destroy(&field.barrier);
  return NULL;
}

static void *arrive_late(void *arg) {
  sleep_ms(10);
  pthread_barrier_wait(arg);
  return NULL;
}

void *barrier_blocks(void *arg) {
  pthread_barrier_t barrier;
  pthread_t late;
  pthread_barrier_init(&barrier, NULL, 2);
  start(&late, arrive_late, &barrier);
  long before = ms_of(CLOCK_MONOTONIC);
  pthread_barrier_wait(&barrier);
  assert(ms_of(CLOCK_MONOTONIC) >= before + 9);
  join(late);
  pthread_barrier_destroy(&barrier);
  return arg;
}

/* Misuse. */

void *barrier_wait_destroyed(void *arg) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, 1);
  assert(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
  pthread_barrier_destroy(&barrier);
  pthread_barrier_wait(&barrier);
  return arg;
}

static void *arrive(void *arg) {
  pthread_barrier_wait(arg);
  return NULL;
}

void *barrier_destroy_awaited(void *arg) {
  pthread_barrier_t barrier;
  pthread_t waiter;
  pthread_barrier_init(&barrier, NULL, 2);
  start(&waiter, arrive, &barrier);
  sleep_ms(10);
  pthread_barrier_destroy(&barrier);
  return arg;
}

void *barrier_too_few(void *arg) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, 3);
  start_and_join(arrive, &barrier, 2);
  return arg;
}
