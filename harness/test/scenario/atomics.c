/* Atomics: what each kind orders, in C11's, the compiler's and the old names. */
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* A message handed over by a flag: release and acquire order it, relaxed does not. */
static atomic_bool ready, ready_relaxed;
static long message;

static void *send(void *guarded) {
  message = 12;
  if (guarded)
    atomic_store_explicit(&ready, true, memory_order_release);
  else
    atomic_store_explicit(&ready_relaxed, true, memory_order_relaxed);
  return NULL;
}

static void *receive(void *guarded) {
  if (guarded)
    while (!atomic_load_explicit(&ready, memory_order_acquire))
      sched_yield();
  else
    while (!atomic_load_explicit(&ready_relaxed, memory_order_relaxed))
      sched_yield();
  assert(message == 12);
  return NULL;
}

void *atomics_message(void *guarded) {
  pthread_t sender, receiver;
  start(&receiver, receive, guarded);
  start(&sender, send, guarded);
  join(sender);
  join(receiver);
  return NULL;
}

/* A lock made of a compare-and-exchange, and one made of a flag. */
static atomic_int lock_word;
static atomic_flag lock_flag = ATOMIC_FLAG_INIT;
static long counted_by_word, counted_by_flag;

static void *count(void *guarded) {
  for (int i = 0; i < 3; i++) {
    int free = 0;
    while (guarded && !atomic_compare_exchange_weak(&lock_word, &free, 1)) {
      free = 0;
      sched_yield();
    }
    counted_by_word++;
    if (guarded)
      atomic_store(&lock_word, 0);
    while (guarded && atomic_flag_test_and_set(&lock_flag))
      sched_yield();
    counted_by_flag++;
    if (guarded)
      atomic_flag_clear(&lock_flag);
  }
  return NULL;
}

void *atomics_locks(void *guarded) {
  start_and_join(count, guarded, THREADS);
  assert(!guarded || (counted_by_word == 3 * THREADS && counted_by_flag == 3 * THREADS));
  return NULL;
}

/* Counters of each size, each operation by several names. */
static _Atomic uint8_t tiny;
static _Atomic uint16_t small;
static _Atomic uint32_t middle;
static _Atomic uint64_t large;
static unsigned old_style;
static uint64_t builtin;

static void *add_to_all(void *arg) {
  for (int i = 0; i < 2; i++) {
    tiny++;
    atomic_fetch_add(&small, 2);
    middle += 3;
    atomic_fetch_add_explicit(&large, 4, memory_order_relaxed);
    __sync_fetch_and_add(&old_style, 5);
    __atomic_add_fetch(&builtin, 6, __ATOMIC_SEQ_CST);
  }
  return arg;
}

static void operate_on_one(void) {
  assert(atomic_fetch_sub(&middle, 2) == 6 * THREADS && middle == 6 * THREADS - 2);
  middle = 12;
  assert(atomic_fetch_or(&middle, 3) == 12 && atomic_fetch_and(&middle, 6) == 15);
  assert(atomic_fetch_xor(&middle, 5) == 6 && middle == 3);
  assert(atomic_exchange(&middle, 9) == 3);
  uint32_t expected = 8;
  assert(!atomic_compare_exchange_strong(&middle, &expected, 1) && expected == 9);
  assert(atomic_compare_exchange_strong(&middle, &expected, 1) && middle == 1);
  assert(__atomic_fetch_nand(&builtin, 4, __ATOMIC_RELAXED) == 12 * THREADS);
  assert(__sync_val_compare_and_swap(&old_style, 10 * THREADS, 1) == 10 * THREADS && old_style == 1);
  assert(__sync_bool_compare_and_swap(&old_style, 1, 2) && __sync_lock_test_and_set(&old_style, 3) == 2);
  __sync_lock_release(&old_style);
  atomic_thread_fence(memory_order_seq_cst);
  atomic_signal_fence(memory_order_seq_cst);
  __sync_synchronize();
  assert(old_style == 0);
}

/* A pair that is never seen half changed. */
struct pair {
  uint32_t a, b;
};
static _Atomic struct pair pair;

static void *change_pair(void *arg) {
  struct pair seen = atomic_load(&pair), next;
  do {
    assert(seen.a == seen.b);
    next = (struct pair){seen.a + 1, seen.b + 1};
  } while (!atomic_compare_exchange_strong(&pair, &seen, next));
  return arg;
}

void *atomics_operations(void *arg) {
  start_and_join(add_to_all, NULL, THREADS);
  assert(tiny == 2 * THREADS && small == 4 * THREADS && large == 8 * THREADS);
  operate_on_one();
  start_and_join(change_pair, NULL, THREADS);
  struct pair last = atomic_load(&pair);
  assert(last.a == THREADS && last.b == THREADS);
  return arg;
}

/* A load and a store where an addition was meant: some interleavings lose one. */
static atomic_int torn;

static void *add_in_two_steps(void *arg) {
  int seen = atomic_load(&torn);
  atomic_store(&torn, seen + 1);
  return arg;
}

void *atomics_lost_update(void *arg) {
  start_and_join(add_in_two_steps, NULL, 2);
  assert(torn == 2);
  return arg;
}
