/* A workshop: a few threads that use every kind of synchronisation there is, well, in an order that a seed draws. */
#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define WORKERS_MOST 4
#define STEPS 5

struct workshop {
  pthread_mutex_t plain, recursive, errorcheck;
  pthread_rwlock_t rwlock;
  pthread_cond_t changed;
  pthread_spinlock_t spin;
  pthread_barrier_t barrier;
  sem_t permits;
  pthread_key_t key;
  mtx_t c11_lock;
  cnd_t c11_changed;
  uint32_t random;
  int numbers, wakes;
  long counter, spun, looked, nested;
  _Atomic uint32_t atomic;
  char *box;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static once_flag c11_once = ONCE_FLAG_INIT;
static int prepared;
static thread_local uint32_t random_state = 1;

static uint32_t draw(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 16) % below;
}

static void prepare(void) { prepared++; }

static void use_mutexes(struct workshop *shop) {
  struct timespec soon = ms_from_now(CLOCK_REALTIME, 1);
  int error = draw(2) ? pthread_mutex_timedlock(&shop->plain, &soon) : pthread_mutex_trylock(&shop->plain);
  if (error && draw(2))
    error = pthread_mutex_lock(&shop->plain);
  if (!error) {
    shop->counter++;
    pthread_mutex_unlock(&shop->plain);
  }
  pthread_mutex_lock(&shop->recursive);
  if (pthread_mutex_trylock(&shop->recursive) == 0) {
    shop->nested++;
    pthread_mutex_unlock(&shop->recursive);
  }
  pthread_mutex_unlock(&shop->recursive);
  pthread_mutex_lock(&shop->errorcheck);
  assert(pthread_mutex_lock(&shop->errorcheck) == EDEADLK);
  pthread_mutex_unlock(&shop->errorcheck);
}

static void use_rwlock(struct workshop *shop) {
  struct timespec soon = ms_from_now(CLOCK_REALTIME, 1);
  int error;
  switch (draw(4)) {
  case 0:
    error = pthread_rwlock_rdlock(&shop->rwlock);
    break;
  case 1:
    error = pthread_rwlock_timedwrlock(&shop->rwlock, &soon);
    if (!error)
      shop->looked++;
    break;
  case 2:
    error = pthread_rwlock_tryrdlock(&shop->rwlock);
    break;
  default:
    error = pthread_rwlock_wrlock(&shop->rwlock);
    shop->looked++;
  }
  if (error)
    return;
  assert(shop->looked >= 0);
  pthread_rwlock_unlock(&shop->rwlock);
}

static void use_cond(struct workshop *shop) {
  pthread_mutex_lock(&shop->plain);
  if (draw(2)) {
    struct timespec soon = ms_from_now(CLOCK_REALTIME, 1);
    if (pthread_cond_timedwait(&shop->changed, &shop->plain, &soon) == 0)
      shop->wakes++;
  } else if (draw(2)) {
    pthread_cond_signal(&shop->changed);
  } else {
    pthread_cond_broadcast(&shop->changed);
  }
  pthread_mutex_unlock(&shop->plain);
}

static void use_spin(struct workshop *shop) {
  if (draw(2))
    pthread_spin_lock(&shop->spin);
  else if (pthread_spin_trylock(&shop->spin) != 0)
    return;
  shop->spun++;
  pthread_spin_unlock(&shop->spin);
}

static void use_semaphore(struct workshop *shop) {
  struct timespec soon = ms_from_now(CLOCK_REALTIME, 1);
  int error = draw(2) ? sem_timedwait(&shop->permits, &soon) : draw(2) ? sem_trywait(&shop->permits) : 0;
  if (error == 0)
    sem_post(&shop->permits);
}

static void use_time(struct workshop *shop) {
  struct timespec now, moment = {0, 2000};
  switch (draw(5)) {
  case 0:
    sched_yield();
    break;
  case 1:
    usleep(3);
    break;
  case 2:
    nanosleep(&moment, NULL);
    break;
  case 3:
    thrd_yield();
    thrd_sleep(&moment, NULL);
    break;
  default:
    clock_gettime(CLOCK_MONOTONIC, &now);
    random_state ^= (uint32_t)now.tv_nsec;
  }
  shop->atomic += 2;
}

static void use_heap(struct workshop *shop) {
  char *mine = draw(2) ? malloc(20 + draw(100)) : calloc(2, 10 + draw(50));
  assert(mine);
  strcpy(mine, "made");
  char *larger = realloc(mine, 200);
  assert(larger && larger[3] == 'e');
  memset(larger + 4, (int)draw(256), 100);
  pthread_mutex_lock(&shop->plain);
  char *other = shop->box;
  shop->box = larger;
  pthread_mutex_unlock(&shop->plain);
  if (other)
    random_state ^= (uint32_t)(unsigned char)other[50] << 3;
  free(other);
}

static int help(void *arg) {
  struct workshop *shop = arg;
  mtx_lock(&shop->c11_lock);
  cnd_signal(&shop->c11_changed);
  mtx_unlock(&shop->c11_lock);
  call_once(&c11_once, prepare);
  return 7;
}

static void use_threads(struct workshop *shop) {
  thrd_t helper;
  int result = 0;
  assert(thrd_create(&helper, help, shop) == thrd_success);
  if (draw(3) == 0) {
    thrd_detach(helper);
    return;
  }
  struct timespec soon = ms_from_now(CLOCK_REALTIME, 1);
  mtx_lock(&shop->c11_lock);
  cnd_timedwait(&shop->c11_changed, &shop->c11_lock, &soon);
  mtx_unlock(&shop->c11_lock);
  thrd_join(helper, &result);
  assert(result == 7);
}

static void use_atomics(struct workshop *shop) {
  uint32_t seen = atomic_load(&shop->atomic);
  if (!atomic_compare_exchange_strong(&shop->atomic, &seen, seen * 3 + 1))
    random_state ^= seen;
  atomic_fetch_xor(&shop->atomic, draw(1000));
  atomic_thread_fence(memory_order_seq_cst);
}

static void *work(void *arg) {
  static void (*const uses[])(struct workshop *) = {use_mutexes, use_rwlock, use_cond,    use_spin,   use_semaphore,
                                                    use_time,    use_heap,   use_threads, use_atomics};
  struct workshop *shop = arg;
  pthread_mutex_lock(&shop->plain);
  random_state = shop->random + (uint32_t)++shop->numbers;
  pthread_mutex_unlock(&shop->plain);
  pthread_once(&once, prepare);
  pthread_setspecific(shop->key, malloc(3));
  for (int i = 0; i < STEPS; i++)
    uses[draw(sizeof uses / sizeof uses[0])](shop);
  pthread_barrier_wait(&shop->barrier);
  assert(prepared >= 1 && pthread_getspecific(shop->key));
  return NULL;
}

static void open_shop(struct workshop *shop, int workers) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutex_init(&shop->plain, NULL);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&shop->recursive, &attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&shop->errorcheck, &attributes);
  pthread_rwlock_init(&shop->rwlock, NULL);
  pthread_cond_init(&shop->changed, NULL);
  pthread_spin_init(&shop->spin, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&shop->barrier, NULL, (unsigned)workers);
  sem_init(&shop->permits, 0, 1);
  pthread_key_create(&shop->key, free);
  mtx_init(&shop->c11_lock, mtx_plain);
  cnd_init(&shop->c11_changed);
}

void *everything(void *seed) {
  static struct workshop shop;
  pthread_t workers[WORKERS_MOST];
  shop.random = *(uint32_t *)seed;
  int count = 2 + (int)(shop.random >> 8) % (WORKERS_MOST - 1);
  open_shop(&shop, count);
  for (int i = 0; i < count; i++)
    start(&workers[i], work, &shop);
  for (int i = 0; i < count; i++)
    join(workers[i]);
  free(shop.box);
  pthread_key_delete(shop.key);
  return NULL;
}
