/* helpers.h - what several of the programs under test need. */
#ifndef HEDDLE_TEST_SCENARIO_HELPERS_H
#define HEDDLE_TEST_SCENARIO_HELPERS_H

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define THREADS 3
#define THREADS_MOST 8
#define NS_PER_MS 1000000L

static inline void start(pthread_t *thread, void *(*body)(void *), void *arg) {
  int error = pthread_create(thread, NULL, body, arg);
  assert(error == 0);
  (void)error;
}

static inline void join(pthread_t thread) {
  int error = pthread_join(thread, NULL);
  assert(error == 0);
  (void)error;
}

static inline void start_and_join(void *(*body)(void *), void *arg, int count) {
  pthread_t threads[THREADS_MOST];
  for (int i = 0; i < count; i++)
    start(&threads[i], body, arg);
  for (int i = 0; i < count; i++)
    join(threads[i]);
}

static inline long ms_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

static inline void sleep_ms(long ms) {
  struct timespec duration = {ms / 1000, ms % 1000 * NS_PER_MS};
  nanosleep(&duration, NULL);
}

static inline struct timespec ms_from_now(clockid_t clock, long ms) {
  struct timespec at;
  clock_gettime(clock, &at);
  at.tv_sec += ms / 1000;
  at.tv_nsec += ms % 1000 * NS_PER_MS;
  if (at.tv_nsec >= 1000 * NS_PER_MS) {
    at.tv_nsec -= 1000 * NS_PER_MS;
    at.tv_sec++;
  }
  return at;
}

/* A flag that says what it means to ThreadSanitizer too. */
static inline void raise_flag(bool *flag) { __atomic_store_n(flag, true, __ATOMIC_RELEASE); }

static inline void await_flag(const bool *flag) {
  while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
    sleep_ms(1);
}

#endif
