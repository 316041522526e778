/* Readers-writer locks, used well and misused. */
#include <errno.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

struct shared {
  pthread_rwlock_t lock;
  bool guarded;
  bool held;
  int first, second; /* always the same, to who holds the lock */
  long released_at;
};

static void read_lock(struct shared *shared) {
  if (shared->guarded)
    pthread_rwlock_rdlock(&shared->lock);
}

static void write_lock(struct shared *shared) {
  if (shared->guarded)
    pthread_rwlock_wrlock(&shared->lock);
}

static void unlock(struct shared *shared) {
  if (shared->guarded)
    pthread_rwlock_unlock(&shared->lock);
}

static void *read_twice(void *arg) {
  struct shared *shared = arg;
  for (int i = 0; i < 2; i++) {
    read_lock(shared);
    int first = shared->first, second = shared->second;
    assert(!shared->guarded || first == second);
    unlock(shared);
  }
  return NULL;
}

static void *write_twice(void *arg) {
  struct shared *shared = arg;
  for (int i = 0; i < 2; i++) {
    write_lock(shared);
    shared->first++;
    shared->second++;
    unlock(shared);
  }
  return NULL;
}

void *rwlock_shared(void *guarded) {
  struct shared shared = {.lock = PTHREAD_RWLOCK_INITIALIZER, .guarded = guarded};
  pthread_t readers[2], writers[2];
  for (int i = 0; i < 2; i++) {
    start(&readers[i], read_twice, &shared);
    start(&writers[i], write_twice, &shared);
  }
  for (int i = 0; i < 2; i++) {
    join(readers[i]);
    join(writers[i]);
  }
  assert(!guarded || (shared.first == 4 && shared.second == 4));
  pthread_rwlock_destroy(&shared.lock);
  return NULL;
}

/* Two readers at a time: each holds the lock until it has seen the other one do so. */
static void *meet_inside(void *arg) {
  bool *both = arg;
  static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  static int inside;
  pthread_rwlock_rdlock(&lock);
  if (__atomic_add_fetch(&inside, 1, __ATOMIC_ACQ_REL) == 2)
    raise_flag(both);
  await_flag(both);
  pthread_rwlock_unlock(&lock);
  return NULL;
}

void *rwlock_readers_meet(void *arg) {
  bool both = false;
  start_and_join(meet_inside, &both, 2);
  return arg;
}

static void *hold_reading(void *arg) {
  struct shared *shared = arg;
  pthread_rwlock_rdlock(&shared->lock);
  raise_flag(&shared->held);
  sleep_ms(10);
  shared->released_at = ms_of(CLOCK_MONOTONIC);
  pthread_rwlock_unlock(&shared->lock);
  return NULL;
}

static void *hold_writing(void *arg) {
  struct shared *shared = arg;
  pthread_rwlock_wrlock(&shared->lock);
  raise_flag(&shared->held);
  sleep_ms(10);
  shared->released_at = ms_of(CLOCK_MONOTONIC);
  pthread_rwlock_unlock(&shared->lock);
  return NULL;
}

void *rwlock_blocks(void *arg) {
  for (int round = 0; round < 3; round++) {
    struct shared shared = {.lock = PTHREAD_RWLOCK_INITIALIZER};
    pthread_t holder;
    start(&holder, round == 0 ? hold_reading : hold_writing, &shared);
    await_flag(&shared.held);
    if (round == 2)
      pthread_rwlock_rdlock(&shared.lock);
    else
      pthread_rwlock_wrlock(&shared.lock);
    assert(shared.released_at >= 10 && ms_of(CLOCK_MONOTONIC) >= shared.released_at);
    pthread_rwlock_unlock(&shared.lock);
    join(holder);
    pthread_rwlock_destroy(&shared.lock);
  }
  return arg;
}

static void time_out(pthread_rwlock_t *lock, bool readable) {
  struct timespec at = ms_from_now(CLOCK_REALTIME, 2);
  long before = ms_of(CLOCK_REALTIME);
  assert(pthread_rwlock_timedwrlock(lock, &at) == ETIMEDOUT);
  assert(ms_of(CLOCK_REALTIME) >= before + 2);
  at = ms_from_now(CLOCK_MONOTONIC, 2);
  assert(pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &at) == ETIMEDOUT);
  assert(pthread_rwlock_trywrlock(lock) == EBUSY);
  int error = pthread_rwlock_tryrdlock(lock);
  assert(error == (readable ? 0 : EBUSY));
  if (!error)
    pthread_rwlock_unlock(lock);
  at = ms_from_now(CLOCK_REALTIME, 1);
  error = pthread_rwlock_timedrdlock(lock, &at);
  assert(error == (readable ? 0 : ETIMEDOUT));
  if (!error)
    pthread_rwlock_unlock(lock);
  at = ms_from_now(CLOCK_MONOTONIC, 1);
  error = pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &at);
  assert(error == (readable ? 0 : ETIMEDOUT));
  if (!error)
    pthread_rwlock_unlock(lock);
}

void *rwlock_timed(void *arg) {
  for (int round = 0; round < 2; round++) {
    struct shared shared = {.lock = PTHREAD_RWLOCK_INITIALIZER};
    pthread_t holder;
    start(&holder, round ? hold_writing : hold_reading, &shared);
    await_flag(&shared.held);
    time_out(&shared.lock, round == 0);
    struct timespec at = ms_from_now(CLOCK_REALTIME, 1000);
    assert(pthread_rwlock_timedwrlock(&shared.lock, &at) == 0);
    assert(ms_of(CLOCK_MONOTONIC) >= shared.released_at);
    assert(pthread_rwlock_wrlock(&shared.lock) == EDEADLK);
    assert(pthread_rwlock_rdlock(&shared.lock) == EDEADLK);
    pthread_rwlock_unlock(&shared.lock);
    join(holder);
  }
  return arg;
}

/* A reader keeps the lock while a writer comes, and then a second reader.  Who of these two gets it first? */
struct queue {
  pthread_rwlock_t lock;
  pthread_mutex_t order_lock;
  bool writer_came;
  int arrived, writer_was, reader_was;
};

static int next_turn(struct queue *queue) {
  pthread_mutex_lock(&queue->order_lock);
  int turn = ++queue->arrived;
  pthread_mutex_unlock(&queue->order_lock);
  return turn;
}

static void *come_to_write(void *arg) {
  struct queue *queue = arg;
  raise_flag(&queue->writer_came);
  pthread_rwlock_wrlock(&queue->lock);
  queue->writer_was = next_turn(queue);
  pthread_rwlock_unlock(&queue->lock);
  return NULL;
}

static void *come_to_read(void *arg) {
  struct queue *queue = arg;
  await_flag(&queue->writer_came);
  sleep_ms(2); /* by now the writer waits */
  pthread_rwlock_rdlock(&queue->lock);
  queue->reader_was = next_turn(queue);
  pthread_rwlock_unlock(&queue->lock);
  return NULL;
}

void *rwlock_preference(void *arg) {
  int *writer_first = arg;
  struct queue queue = {.lock = PTHREAD_RWLOCK_INITIALIZER, .order_lock = PTHREAD_MUTEX_INITIALIZER};
  pthread_t writer, reader;
  pthread_rwlock_rdlock(&queue.lock);
  start(&writer, come_to_write, &queue);
  start(&reader, come_to_read, &queue);
  await_flag(&queue.writer_came);
  sleep_ms(20);
  pthread_rwlock_unlock(&queue.lock);
  join(writer);
  join(reader);
  *writer_first += queue.writer_was == 1;
  return NULL;
}

/* Misuse. */

void *rwlock_unlock_unlocked(void *arg) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_unlock(&lock);
  return arg;
}

static void *unlock_anyhow(void *arg) {
  pthread_rwlock_unlock(arg);
  return NULL;
}

void *rwlock_unlock_of_another(void *arg) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  start_and_join(unlock_anyhow, &lock, 1);
  return arg;
}

void *rwlock_destroy_locked(void *arg) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_destroy(&lock);
  return arg;
}

void *rwlock_upgrade(void *arg) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_rwlock_rdlock(&lock);
  pthread_rwlock_wrlock(&lock);
  return arg;
}
