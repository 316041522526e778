/* Time: it passes by itself only where somebody sleeps or works. */
#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <threads.h>
#include <unistd.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

static void elapses(long before_ms, long ms) {
  long now = ms_of(CLOCK_MONOTONIC);
  assert(now >= before_ms + ms && now < before_ms + ms + 2);
}

void *clock_sleeps(void *arg) {
  long before = ms_of(CLOCK_MONOTONIC);
  assert(before == 0); /* a run starts at its own beginning */
  sleep_ms(30);
  elapses(before, 30);
  assert(usleep(20000) == 0);
  elapses(before, 50);
  assert(sleep(2) == 0);
  elapses(before, 2050);
  struct timespec duration = {0, 50 * NS_PER_MS}, left = {1, 1}, at = {3, 0};
  assert(clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, &left) == 0);
  assert(left.tv_sec == 0 && left.tv_nsec == 0);
  elapses(before, 2100);
  assert(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == 0);
  elapses(0, 3000);
  assert(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == 0); /* past already */
  elapses(0, 3000);
  assert(thrd_sleep(&duration, NULL) == 0);
  elapses(0, 3050);
  return arg;
}

void *clock_reads(void *arg) {
  struct timespec a, b;
  struct timeval c;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int i = 0; i < 100; i++) {
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec > a.tv_nsec));
    a = b;
  }
  assert(clock_gettime(CLOCK_REALTIME, &a) == 0);
  assert(gettimeofday(&c, NULL) == 0);
  assert(timespec_get(&b, TIME_UTC) == TIME_UTC);
  time_t seconds, again = time(&seconds);
  assert(c.tv_sec == a.tv_sec && b.tv_sec == a.tv_sec && seconds == a.tv_sec && again == seconds);
  /* The same in every run: no run knows what day it is. */
  assert(seconds == 946684800);
  return arg;
}

/* Sleepers wake up in the order of their times, whoever went first. */
struct sleeper {
  long ms;
  pthread_mutex_t *lock;
  int *woken;
  int turn;
};

static void *sleep_for(void *arg) {
  struct sleeper *sleeper = arg;
  sleep_ms(sleeper->ms);
  pthread_mutex_lock(sleeper->lock);
  sleeper->turn = ++*sleeper->woken;
  pthread_mutex_unlock(sleeper->lock);
  return NULL;
}

void *clock_order(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  int woken = 0;
  struct sleeper sleepers[] = {{300, &lock, &woken, 0}, {100, &lock, &woken, 0}, {200, &lock, &woken, 0}};
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    start(&threads[i], sleep_for, &sleepers[i]);
  for (int i = 0; i < 3; i++)
    join(threads[i]);
  assert(sleepers[0].turn == 3 && sleepers[1].turn == 1 && sleepers[2].turn == 2);
  return arg;
}

/* Sleeping and yielding order nothing, however long they last. */
static int unguarded_value;

static void *write_and_sleep(void *arg) {
  unguarded_value = 1;
  sleep_ms(1);
  return arg;
}

static void *sleep_and_read(void *arg) {
  sleep_ms(1000);
  sched_yield();
  assert(unguarded_value == 1);
  return arg;
}

void *clock_orders_nothing(void *arg) {
  pthread_t threads[2];
  start(&threads[0], write_and_sleep, NULL);
  start(&threads[1], sleep_and_read, NULL);
  join(threads[0]);
  join(threads[1]);
  return arg;
}

/* A thread that yields while it waits makes way for the one it waits for. */
struct turns {
  int turn; /* atomic */
};

static void *take_turn(void *arg) {
  struct turns *turns = arg;
  for (int i = 0; i < 3; i++) {
    int now = __atomic_load_n(&turns->turn, __ATOMIC_ACQUIRE);
    for (int spins = 0; __atomic_load_n(&turns->turn, __ATOMIC_ACQUIRE) == now && now % 2 && spins < 50; spins++)
      sched_yield();
    __atomic_add_fetch(&turns->turn, 1, __ATOMIC_ACQ_REL);
    thrd_yield();
  }
  return NULL;
}

void *clock_yields(void *arg) {
  struct turns turns = {0};
  start_and_join(take_turn, &turns, THREADS);
  assert(turns.turn == 3 * THREADS);
  return arg;
}
