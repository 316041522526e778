/* Condition variables, used well and misused. */
#include <errno.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define ROOM 2
#define ITEMS 6

/* A bounded buffer for one producer and one consumer. */
struct buffer {
  pthread_mutex_t lock;
  pthread_cond_t not_empty, not_full;
  bool guarded;
  int items[ROOM], count, taken;
};

static void enter(struct buffer *buffer) {
  if (buffer->guarded)
    pthread_mutex_lock(&buffer->lock);
}

static void leave(struct buffer *buffer) {
  if (buffer->guarded)
    pthread_mutex_unlock(&buffer->lock);
}

static void *produce(void *arg) {
  struct buffer *buffer = arg;
  for (int i = 0; i < ITEMS; i++) {
    enter(buffer);
    while (buffer->guarded && buffer->count == ROOM)
      pthread_cond_wait(&buffer->not_full, &buffer->lock);
    buffer->items[buffer->guarded ? buffer->count : 0] = 1;
    buffer->count++;
    if (buffer->guarded)
      pthread_cond_signal(&buffer->not_empty);
    leave(buffer);
  }
  return NULL;
}

static void *consume(void *arg) {
  struct buffer *buffer = arg;
  for (int i = 0; i < ITEMS; i++) {
    enter(buffer);
    while (buffer->guarded && buffer->count == 0)
      pthread_cond_wait(&buffer->not_empty, &buffer->lock);
    buffer->count--;
    buffer->taken += buffer->items[buffer->guarded ? buffer->count : 0];
    if (buffer->guarded)
      pthread_cond_signal(&buffer->not_full);
    leave(buffer);
  }
  return NULL;
}

void *cond_buffer(void *guarded) {
  struct buffer buffer = {.lock = PTHREAD_MUTEX_INITIALIZER,
                          .not_empty = PTHREAD_COND_INITIALIZER,
                          .not_full = PTHREAD_COND_INITIALIZER,
                          .guarded = guarded};
  pthread_t producer, consumer;
  start(&producer, produce, &buffer);
  start(&consumer, consume, &buffer);
  join(producer);
  join(consumer);
  assert(!guarded || buffer.taken == ITEMS);
  pthread_cond_destroy(&buffer.not_empty);
  pthread_cond_destroy(&buffer.not_full);
  return NULL;
}

/* A gate that opens for all at once. */
struct gate {
  pthread_mutex_t lock;
  pthread_cond_t opened;
  bool open;
  int value;
};

static void *pass(void *arg) {
  struct gate *gate = arg;
  pthread_mutex_lock(&gate->lock);
  while (!gate->open)
    pthread_cond_wait(&gate->opened, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
  assert(gate->value == 7);
  return NULL;
}

void *cond_broadcast(void *arg) {
  struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    start(&threads[i], pass, &gate);
  gate.value = 7;
  pthread_mutex_lock(&gate.lock);
  gate.open = true;
  pthread_cond_broadcast(&gate.opened);
  pthread_mutex_unlock(&gate.lock);
  for (int i = 0; i < THREADS; i++)
    join(threads[i]);
  return arg;
}

/* Waits for what never comes; gives back 0 where it was woken up all the same. */
static int wait_in_vain(pthread_cond_t *cond, clockid_t clock) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  struct timespec at = ms_from_now(clock, 5);
  long before = ms_of(clock);
  pthread_mutex_lock(&lock);
  int error = pthread_cond_timedwait(cond, &lock, &at);
  assert(error == 0 || error == ETIMEDOUT);
  assert(error == 0 || ms_of(clock) >= before + 5);
  assert(ms_of(clock) < before + 100);
  pthread_mutex_unlock(&lock);
  return error;
}

void *cond_timed(void *arg) {
  int *spurious = arg;
  pthread_cond_t real = PTHREAD_COND_INITIALIZER, monotonic;
  *spurious += wait_in_vain(&real, CLOCK_REALTIME) == 0;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monotonic, &attributes);
  *spurious += wait_in_vain(&monotonic, CLOCK_MONOTONIC) == 0;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  struct timespec at = ms_from_now(CLOCK_MONOTONIC, 5);
  *spurious += pthread_cond_clockwait(&real, &lock, CLOCK_MONOTONIC, &at) == 0;
  pthread_mutex_unlock(&lock);
  pthread_cond_destroy(&monotonic);
  return NULL;
}

/* A wait with a deadline that is met: the signal comes in time. */
static void *open_soon(void *arg) {
  struct gate *gate = arg;
  sleep_ms(5);
  pthread_mutex_lock(&gate->lock);
  gate->open = true;
  pthread_cond_signal(&gate->opened);
  pthread_mutex_unlock(&gate->lock);
  return NULL;
}

void *cond_in_time(void *arg) {
  struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
  pthread_t opener;
  start(&opener, open_soon, &gate);
  struct timespec at = ms_from_now(CLOCK_REALTIME, 1000);
  pthread_mutex_lock(&gate.lock);
  while (!gate.open)
    assert(pthread_cond_timedwait(&gate.opened, &gate.lock, &at) == 0);
  pthread_mutex_unlock(&gate.lock);
  join(opener);
  return arg;
}

/* Misuse. */

void *cond_wait_without_mutex(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  pthread_cond_wait(&cond, &lock);
  return arg;
}

static void *wait_for_ever(void *arg) {
  struct gate *gate = arg;
  pthread_mutex_lock(&gate->lock);
  for (;;)
    pthread_cond_wait(&gate->opened, &gate->lock);
  return NULL;
}

void *cond_destroy_awaited(void *arg) {
  struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
  pthread_t waiter;
  start(&waiter, wait_for_ever, &gate);
  sleep_ms(10);
  pthread_cond_destroy(&gate.opened);
  join(waiter);
  return arg;
}

void *cond_never_signalled(void *arg) {
  struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
  start_and_join(wait_for_ever, &gate, 2);
  return arg;
}
