/* Mutexes of every type, used well and misused. */
#include <errno.h>
#include <stdlib.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

struct account {
  pthread_mutex_t lock;
  bool guarded;
  long balance;
};

static void *deposit(void *arg) {
  struct account *account = arg;
  for (int i = 0; i < 3; i++) {
    if (account->guarded)
      pthread_mutex_lock(&account->lock);
    account->balance += 10;
    if (account->guarded)
      pthread_mutex_unlock(&account->lock);
  }
  return NULL;
}

void *mutex_counter(void *guarded) {
  struct account account = {.lock = PTHREAD_MUTEX_INITIALIZER, .guarded = guarded};
  start_and_join(deposit, &account, THREADS);
  assert(!guarded || account.balance == 30 * THREADS);
  pthread_mutex_destroy(&account.lock);
  return NULL;
}

/* The second thread gets the lock when the first has given it back, ten milliseconds later. */
struct pair {
  pthread_mutex_t lock;
  bool held;
  long released_at;
};

static void *hold_for_10_ms(void *arg) {
  struct pair *pair = arg;
  pthread_mutex_lock(&pair->lock);
  raise_flag(&pair->held);
  sleep_ms(10);
  pair->released_at = ms_of(CLOCK_MONOTONIC);
  pthread_mutex_unlock(&pair->lock);
  return NULL;
}

void *mutex_blocks(void *arg) {
  struct pair pair = {.lock = PTHREAD_MUTEX_INITIALIZER};
  pthread_t holder;
  long begin = ms_of(CLOCK_MONOTONIC);
  start(&holder, hold_for_10_ms, &pair);
  await_flag(&pair.held);
  pthread_mutex_lock(&pair.lock);
  assert(pair.released_at >= begin + 10);
  assert(ms_of(CLOCK_MONOTONIC) >= pair.released_at);
  pthread_mutex_unlock(&pair.lock);
  join(holder);
  return arg;
}

static void init_of_type(pthread_mutex_t *mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  assert(pthread_mutex_init(mutex, &attributes) == 0);
  pthread_mutexattr_destroy(&attributes);
}

static void deposit_nested(struct account *account, int depth) {
  pthread_mutex_lock(&account->lock);
  account->balance++;
  if (depth > 1)
    deposit_nested(account, depth - 1);
  pthread_mutex_unlock(&account->lock);
}

static void *deposit_by_recursion(void *arg) {
  struct account *account = arg;
  deposit_nested(account, 3);
  if (pthread_mutex_trylock(&account->lock) == 0) {
    deposit_nested(account, 2);
    pthread_mutex_unlock(&account->lock);
  }
  return NULL;
}

void *mutex_recursive(void *arg) {
  struct account account = {.balance = 0};
  init_of_type(&account.lock, PTHREAD_MUTEX_RECURSIVE);
  start_and_join(deposit_by_recursion, &account, THREADS);
  assert(account.balance >= 3 * THREADS && account.balance <= 5 * THREADS);
  assert(pthread_mutex_unlock(&account.lock) == EPERM);
  pthread_mutex_destroy(&account.lock);
  return arg;
}

static void *check_errors(void *arg) {
  struct account *account = arg;
  pthread_mutex_lock(&account->lock);
  account->balance++;
  assert(pthread_mutex_lock(&account->lock) == EDEADLK);
  assert(pthread_mutex_trylock(&account->lock) == EBUSY);
  pthread_mutex_unlock(&account->lock);
  return NULL;
}

static void *unlock_not_mine(void *arg) {
  struct account *account = arg;
  assert(pthread_mutex_unlock(&account->lock) == EPERM);
  return NULL;
}

void *mutex_errorcheck(void *arg) {
  struct account account = {.balance = 0};
  init_of_type(&account.lock, PTHREAD_MUTEX_ERRORCHECK);
  start_and_join(check_errors, &account, THREADS);
  pthread_mutex_lock(&account.lock);
  start_and_join(unlock_not_mine, &account, 1);
  assert(account.balance == THREADS);
  pthread_mutex_unlock(&account.lock);
  assert(pthread_mutex_unlock(&account.lock) == EPERM);
  pthread_mutex_destroy(&account.lock);
  return arg;
}

void *mutex_timed(void *arg) {
  struct pair pair = {.lock = PTHREAD_MUTEX_INITIALIZER};
  pthread_t holder;
  start(&holder, hold_for_10_ms, &pair);
  await_flag(&pair.held);
  long before = ms_of(CLOCK_REALTIME);
  struct timespec at = ms_from_now(CLOCK_REALTIME, 3);
  assert(pthread_mutex_timedlock(&pair.lock, &at) == ETIMEDOUT);
  assert(ms_of(CLOCK_REALTIME) >= before + 3);
  at = ms_from_now(CLOCK_MONOTONIC, 1);
  assert(pthread_mutex_clocklock(&pair.lock, CLOCK_MONOTONIC, &at) == ETIMEDOUT);
  struct timespec past = {0, 0};
  assert(pthread_mutex_timedlock(&pair.lock, &past) == ETIMEDOUT);
  at = ms_from_now(CLOCK_REALTIME, 60000);
  assert(pthread_mutex_timedlock(&pair.lock, &at) == 0);
  assert(ms_of(CLOCK_MONOTONIC) >= pair.released_at);
  assert(ms_of(CLOCK_REALTIME) < before + 100);
  pthread_mutex_unlock(&pair.lock);
  join(holder);
  return arg;
}

static void *deposit_if_free(void *arg) {
  struct account *account = arg;
  for (int i = 0; i < 4; i++) {
    if (account->guarded && pthread_mutex_trylock(&account->lock) != 0)
      continue;
    account->balance += 10;
    if (account->guarded)
      pthread_mutex_unlock(&account->lock);
  }
  return NULL;
}

void *mutex_try(void *guarded) {
  struct account account = {.lock = PTHREAD_MUTEX_INITIALIZER, .guarded = guarded};
  start_and_join(deposit_if_free, &account, THREADS);
  assert(!guarded || (account.balance >= 10 && account.balance <= 40 * THREADS));
  return NULL;
}

/* Misuse. */

void *mutex_unlock_unlocked(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&lock);
  return arg;
}

static void *unlock(void *arg) {
  pthread_mutex_unlock(arg);
  return NULL;
}

void *mutex_unlock_of_another(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  start_and_join(unlock, &lock, 1);
  return arg;
}

void *mutex_destroy_locked(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  pthread_mutex_destroy(&lock);
  return arg;
}

static void *lock_and_unlock(void *arg) {
  pthread_mutex_lock(arg);
  pthread_mutex_unlock(arg);
  return NULL;
}

/* Another thread may wait for it, or have been woken up without having it yet. */
void *mutex_destroy_awaited(void *arg) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_t waiter;
  pthread_mutex_lock(&lock);
  start(&waiter, lock_and_unlock, &lock);
  sleep_ms(1);
  pthread_mutex_unlock(&lock);
  pthread_mutex_destroy(&lock);
  join(waiter);
  return arg;
}

void *mutex_use_destroyed(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_destroy(&lock);
  pthread_mutex_lock(&lock);
  return arg;
}

void *mutex_lock_twice(void *arg) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  pthread_mutex_lock(&lock);
  return arg;
}

static void *lock_and_end(void *arg) {
  pthread_mutex_lock(arg);
  return NULL;
}

/* Threads end and hold what nobody wants any more; then it is gone. */
void *mutex_left_locked(void *arg) {
  pthread_mutex_t *locks = malloc(2 * sizeof(pthread_mutex_t));
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    pthread_mutex_init(&locks[i], NULL);
    start(&threads[i], lock_and_end, &locks[i]);
  }
  for (int i = 0; i < 2; i++)
    join(threads[i]);
  free(locks);
  return arg;
}
