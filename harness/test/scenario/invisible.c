/* Two threads write one variable, and nothing orders them: however much each does before and after, with locks, memory
 * and time of its own. */
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define TIMES 4

/* What one thread has to itself. */
struct own {
  pthread_mutex_t mutex;
  pthread_rwlock_t rwlock;
  pthread_cond_t cond;
  pthread_spinlock_t spin;
  pthread_barrier_t barrier;
  sem_t semaphore;
  pthread_once_t once;
  mtx_t c11_mutex;
  _Atomic int atomic;
  void (*noise)(struct own *);
  bool guarded;
};

static _Alignas(64) long raced;
static pthread_mutex_t common = PTHREAD_MUTEX_INITIALIZER;
static thread_local int local;

static void use_mutex(struct own *own) {
  pthread_mutex_lock(&own->mutex);
  pthread_mutex_unlock(&own->mutex);
  mtx_lock(&own->c11_mutex);
  mtx_unlock(&own->c11_mutex);
}

static void use_rwlock(struct own *own) {
  pthread_rwlock_rdlock(&own->rwlock);
  pthread_rwlock_unlock(&own->rwlock);
  pthread_rwlock_wrlock(&own->rwlock);
  pthread_rwlock_unlock(&own->rwlock);
}

static void use_cond(struct own *own) {
  struct timespec at = ms_from_now(CLOCK_REALTIME, 1);
  pthread_mutex_lock(&own->mutex);
  pthread_cond_timedwait(&own->cond, &own->mutex, &at);
  pthread_cond_signal(&own->cond);
  pthread_cond_broadcast(&own->cond);
  pthread_mutex_unlock(&own->mutex);
}

static void use_spin(struct own *own) {
  pthread_spin_lock(&own->spin);
  pthread_spin_unlock(&own->spin);
}

static void use_barrier(struct own *own) { pthread_barrier_wait(&own->barrier); }

static void use_semaphore(struct own *own) {
  sem_post(&own->semaphore);
  sem_wait(&own->semaphore);
}

static void nothing(void) {}

static void use_once(struct own *own) { pthread_once(&own->once, nothing); }

static void use_atomic(struct own *own) {
  atomic_fetch_add(&own->atomic, 1);
  atomic_thread_fence(memory_order_seq_cst);
}

static void use_heap(struct own *own) {
  char *block = malloc(100);
  assert(block && own);
  block[0] = 1;
  char *larger = realloc(block, 300);
  free(larger);
}

static void use_time(struct own *own) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sched_yield();
  usleep(own->guarded ? 10 : 20);
  thrd_yield();
}

static void *child(void *arg) {
  use_mutex(arg);
  return NULL;
}

static void use_threads(struct own *own) { start_and_join(child, own, 1); }

static void use_local(struct own *own) {
  pthread_key_t key;
  pthread_key_create(&key, NULL);
  pthread_setspecific(key, own);
  assert(pthread_getspecific(key) == own);
  pthread_key_delete(key);
  local++;
}

static void (*const noises[])(struct own *) = {use_mutex, use_rwlock, use_cond, use_spin, use_barrier, use_semaphore,
                                               use_once,  use_atomic, use_heap, use_time, use_threads, use_local};

int invisible_noises(void) { return (int)(sizeof noises / sizeof noises[0]); }

static void open_own(struct own *own) {
  pthread_mutex_init(&own->mutex, NULL);
  pthread_rwlock_init(&own->rwlock, NULL);
  pthread_cond_init(&own->cond, NULL);
  pthread_spin_init(&own->spin, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&own->barrier, NULL, 1);
  sem_init(&own->semaphore, 0, 0);
  own->once = (pthread_once_t)PTHREAD_ONCE_INIT;
  mtx_init(&own->c11_mutex, mtx_plain);
}

static void *write_amid_noise(void *arg) {
  struct own *own = arg;
  for (int i = 0; i < TIMES; i++)
    own->noise(own);
  if (own->guarded)
    pthread_mutex_lock(&common);
  raced++;
  if (own->guarded)
    pthread_mutex_unlock(&common);
  for (int i = 0; i < TIMES; i++)
    own->noise(own);
  return NULL;
}

static void *all_noises(void *arg) {
  struct own own = {.guarded = arg};
  open_own(&own);
  for (size_t i = 0; i < sizeof noises / sizeof noises[0]; i++)
    noises[i](&own);
  return NULL;
}

/* *arg: which noise; past the last one: as many kinds as there are, in a third thread too. */
static void write_both(int which, bool guarded) {
  static struct own owns[2];
  pthread_t threads[3];
  int count = invisible_noises();
  for (int i = 0; i < 2; i++) {
    owns[i].noise = noises[which < count ? which : (which * 7 + i * 5) % count];
    owns[i].guarded = guarded;
    open_own(&owns[i]);
    start(&threads[i], write_amid_noise, &owns[i]);
  }
  if (which >= count)
    start(&threads[2], all_noises, NULL);
  for (int i = 0; i < (which < count ? 2 : 3); i++)
    join(threads[i]);
}

void *invisible_race(void *which) {
  write_both(*(int *)which, false);
  return NULL;
}

void *invisible_order(void *which) {
  write_both(*(int *)which, true);
  return NULL;
}
