/* <threads.h>: the same things under C11's names. */
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* Threads, a mutex and a condition: a queue of one. */
struct mailbox {
  mtx_t lock;
  cnd_t changed;
  bool guarded;
  long full, content, sum;
};

static void wait_until(struct mailbox *mailbox, long full) {
  if (!mailbox->guarded)
    return;
  mtx_lock(&mailbox->lock);
  while (mailbox->full != full)
    cnd_wait(&mailbox->changed, &mailbox->lock);
}

static void change_to(struct mailbox *mailbox, long full) {
  mailbox->full = full;
  if (!mailbox->guarded)
    return;
  cnd_broadcast(&mailbox->changed);
  mtx_unlock(&mailbox->lock);
}

static int post_letters(void *arg) {
  struct mailbox *mailbox = arg;
  for (int i = 1; i <= 4; i++) {
    wait_until(mailbox, false);
    mailbox->content = i;
    change_to(mailbox, true);
  }
  return 4;
}

static int fetch_letters(void *arg) {
  struct mailbox *mailbox = arg;
  for (int i = 1; i <= 4; i++) {
    wait_until(mailbox, true);
    mailbox->sum += mailbox->content;
    change_to(mailbox, false);
  }
  thrd_exit(5);
}

void *c11_mailbox(void *guarded) {
  struct mailbox mailbox = {.guarded = guarded};
  thrd_t poster, fetcher;
  int posted, fetched;
  assert(mtx_init(&mailbox.lock, mtx_plain) == thrd_success);
  assert(cnd_init(&mailbox.changed) == thrd_success);
  assert(thrd_create(&poster, post_letters, &mailbox) == thrd_success);
  assert(thrd_create(&fetcher, fetch_letters, &mailbox) == thrd_success);
  assert(thrd_join(poster, &posted) == thrd_success && posted == 4);
  assert(thrd_join(fetcher, &fetched) == thrd_success && fetched == 5);
  assert(!guarded || mailbox.sum == 10);
  cnd_destroy(&mailbox.changed);
  mtx_destroy(&mailbox.lock);
  return NULL;
}

/* Mutexes of the other kinds. */
static int hold_for_10_ms(void *arg) {
  struct mailbox *mailbox = arg;
  mtx_lock(&mailbox->lock);
  mtx_lock(&mailbox->lock);
  __atomic_store_n(&mailbox->full, true, __ATOMIC_RELEASE);
  thrd_sleep(&(struct timespec){0, 10 * NS_PER_MS}, NULL);
  mtx_unlock(&mailbox->lock);
  mailbox->content = ms_of(CLOCK_MONOTONIC);
  mtx_unlock(&mailbox->lock);
  return 0;
}

void *c11_mutexes(void *arg) {
  struct mailbox mailbox = {.full = false};
  thrd_t holder;
  mtx_init(&mailbox.lock, mtx_timed | mtx_recursive);
  thrd_create(&holder, hold_for_10_ms, &mailbox);
  while (!__atomic_load_n(&mailbox.full, __ATOMIC_ACQUIRE))
    thrd_yield();
  struct timespec at;
  timespec_get(&at, TIME_UTC);
  at.tv_nsec += 3 * NS_PER_MS;
  if (mtx_trylock(&mailbox.lock) == thrd_success) {
    mtx_unlock(&mailbox.lock); /* a long wait for our turn: it has been given back */
  } else {
    assert(mtx_trylock(&mailbox.lock) == thrd_busy || mailbox.content);
    assert(mtx_timedlock(&mailbox.lock, &at) == thrd_timedout);
    at.tv_sec += 10;
    assert(mtx_timedlock(&mailbox.lock, &at) == thrd_success);
    assert(ms_of(CLOCK_MONOTONIC) >= mailbox.content);
    mtx_unlock(&mailbox.lock);
  }
  thrd_join(holder, NULL);
  mtx_destroy(&mailbox.lock);
  return arg;
}

/* A wait with a deadline that nobody ends: gives back whether it ended early. */
void *c11_timed_wait(void *arg) {
  int *spurious = arg;
  mtx_t lock;
  cnd_t cond;
  mtx_init(&lock, mtx_plain);
  cnd_init(&cond);
  mtx_lock(&lock);
  struct timespec at;
  timespec_get(&at, TIME_UTC);
  at.tv_nsec += 3 * NS_PER_MS;
  int result = cnd_timedwait(&cond, &lock, &at);
  assert(result == thrd_timedout || result == thrd_success);
  assert(result == thrd_success || ms_of(CLOCK_MONOTONIC) >= 3);
  *spurious += result == thrd_success;
  cnd_signal(&cond);
  mtx_unlock(&lock);
  return NULL;
}

/* call_once, and keys. */
static once_flag flag = ONCE_FLAG_INIT;
static int initialised;
static tss_t key;
static int destroyed;

static void initialise(void) {
  thrd_sleep(&(struct timespec){0, NS_PER_MS}, NULL);
  initialised++;
}

static void destroy(void *value) {
  free(value);
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static int use_once_and_key(void *guarded) {
  if (guarded)
    call_once(&flag, initialise);
  else
    initialise();
  assert(initialised == 1 || !guarded);
  assert(!tss_get(key));
  char *value = malloc(1);
  assert(value);
  assert(tss_set(key, value) == thrd_success);
  thrd_yield();
  assert(tss_get(key) == value);
  return 0;
}

void *c11_once_and_keys(void *guarded) {
  thrd_t threads[THREADS];
  assert(tss_create(&key, destroy) == thrd_success);
  for (int i = 0; i < THREADS; i++)
    assert(thrd_create(&threads[i], use_once_and_key, guarded) == thrd_success);
  assert(!thrd_equal(threads[0], threads[1]) && !thrd_equal(threads[0], thrd_current()));
  for (int i = 0; i < THREADS; i++)
    assert(thrd_join(threads[i], NULL) == thrd_success);
  assert(destroyed == THREADS);
  tss_delete(key);
  return NULL;
}

static int finish(void *arg) {
  struct mailbox *mailbox = arg;
  mtx_lock(&mailbox->lock);
  mailbox->full = true;
  cnd_signal(&mailbox->changed);
  mtx_unlock(&mailbox->lock);
  return 0;
}

void *c11_detach(void *arg) {
  static struct mailbox mailbox;
  thrd_t thread;
  mtx_init(&mailbox.lock, mtx_plain);
  cnd_init(&mailbox.changed);
  assert(thrd_create(&thread, finish, &mailbox) == thrd_success);
  assert(thrd_detach(thread) == thrd_success);
  mtx_lock(&mailbox.lock);
  while (!mailbox.full)
    cnd_wait(&mailbox.changed, &mailbox.lock);
  mtx_unlock(&mailbox.lock);
  return arg;
}

/* Misuse. */

void *c11_unlock_unlocked(void *arg) {
  mtx_t lock;
  mtx_init(&lock, mtx_plain);
  mtx_unlock(&lock);
  return arg;
}

static int nothing(void *arg) { return arg != NULL; }

void *c11_join_detached(void *arg) {
  thrd_t thread;
  thrd_create(&thread, nothing, NULL);
  thrd_detach(thread);
  thrd_join(thread, NULL);
  return arg;
}
