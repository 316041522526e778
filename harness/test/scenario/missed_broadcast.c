/* Workers wait for a configuration to be loaded.  The loader publishes it and broadcasts without the mutex, so a worker
 * that has looked and not yet gone to sleep misses the broadcast, and sleeps for ever. */
#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t loaded_cond = PTHREAD_COND_INITIALIZER;
static bool loaded;
static int configuration;

static void *load(void *fixed) {
  configuration = 3;
  if (fixed)
    pthread_mutex_lock(&lock);
  __atomic_store_n(&loaded, true, __ATOMIC_RELEASE);
  pthread_cond_broadcast(&loaded_cond);
  if (fixed)
    pthread_mutex_unlock(&lock);
  return NULL;
}

static void *work(void *arg) {
  pthread_mutex_lock(&lock);
  while (!__atomic_load_n(&loaded, __ATOMIC_ACQUIRE))
    pthread_cond_wait(&loaded_cond, &lock);
  pthread_mutex_unlock(&lock);
  assert(configuration == 3);
  return arg;
}

/* Fixed: the mutex around both. */
void *known_missed_broadcast(void *fixed) {
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    start(&threads[i], i ? work : load, i ? NULL : fixed);
  for (int i = 0; i < 3; i++)
    join(threads[i]);
  return NULL;
}
