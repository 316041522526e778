/* POSIX semaphores, used well and misused. */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* A box that one thread fills and the other one empties. */
struct box {
  sem_t full, empty;
  bool guarded;
  long content, sum;
};

static void *fill(void *arg) {
  struct box *box = arg;
  for (int i = 1; i <= 4; i++) {
    if (box->guarded)
      sem_wait(&box->empty);
    box->content = i;
    if (box->guarded)
      sem_post(&box->full);
  }
  return NULL;
}

static void *empty(void *arg) {
  struct box *box = arg;
  for (int i = 1; i <= 4; i++) {
    if (box->guarded)
      sem_wait(&box->full);
    box->sum += box->content;
    if (box->guarded)
      sem_post(&box->empty);
  }
  return NULL;
}

void *semaphore_box(void *guarded) {
  struct box box = {.guarded = guarded};
  pthread_t filler, emptier;
  sem_init(&box.full, 0, 0);
  sem_init(&box.empty, 0, 1);
  start(&filler, fill, &box);
  start(&emptier, empty, &box);
  join(filler);
  join(emptier);
  assert(!guarded || box.sum == 10);
  sem_destroy(&box.full);
  sem_destroy(&box.empty);
  return NULL;
}

static void *post_late(void *arg) {
  sleep_ms(10);
  sem_post(arg);
  return NULL;
}

static void expect_error(int result, int error) {
  assert(result == -1 && errno == error);
  (void)result, (void)error;
}

void *semaphore_timed(void *arg) {
  sem_t semaphore;
  int value;
  pthread_t poster;
  sem_init(&semaphore, 0, 1);
  assert(sem_trywait(&semaphore) == 0);
  expect_error(sem_trywait(&semaphore), EAGAIN);
  assert(sem_getvalue(&semaphore, &value) == 0 && value == 0);
  long before = ms_of(CLOCK_MONOTONIC);
  struct timespec at = ms_from_now(CLOCK_REALTIME, 3);
  expect_error(sem_timedwait(&semaphore, &at), ETIMEDOUT);
  at = ms_from_now(CLOCK_MONOTONIC, 3);
  expect_error(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &at), ETIMEDOUT);
  assert(ms_of(CLOCK_MONOTONIC) >= before + 6);
  start(&poster, post_late, &semaphore);
  at = ms_from_now(CLOCK_REALTIME, 1000);
  assert(sem_timedwait(&semaphore, &at) == 0);
  assert(ms_of(CLOCK_MONOTONIC) >= before + 15);
  join(poster);
  start(&poster, post_late, &semaphore);
  sem_wait(&semaphore);
  join(poster);
  sem_destroy(&semaphore);
  sem_init(&semaphore, 0, SEM_VALUE_MAX);
  expect_error(sem_post(&semaphore), EOVERFLOW);
  return arg;
}

/* Misuse. */

static void *wait_for_post(void *arg) {
  sem_wait(arg);
  return NULL;
}

void *semaphore_destroy_awaited(void *arg) {
  sem_t semaphore;
  pthread_t waiter;
  sem_init(&semaphore, 0, 0);
  start(&waiter, wait_for_post, &semaphore);
  sleep_ms(10);
  sem_destroy(&semaphore);
  return arg;
}

void *semaphore_never_posted(void *arg) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  start_and_join(wait_for_post, &semaphore, 2);
  return arg;
}
