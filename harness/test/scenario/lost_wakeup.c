/* A bounded buffer whose producers and consumers wait on one condition variable, and wake one another up by signal: the
 * signal meant for a consumer may wake a producer, which goes back to sleep, and the consumer never hears of it. */
#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

#define ROOM 1
#define ITEMS 2 /* of each producer */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int count, produced, consumed;

static void tell(const void *fixed) {
  if (fixed)
    pthread_cond_broadcast(&changed);
  else
    pthread_cond_signal(&changed);
}

static void *produce(void *fixed) {
  for (int i = 0; i < ITEMS; i++) {
    pthread_mutex_lock(&lock);
    while (count == ROOM)
      pthread_cond_wait(&changed, &lock);
    count++;
    produced++;
    tell(fixed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void *consume(void *fixed) {
  for (int i = 0; i < ITEMS; i++) {
    pthread_mutex_lock(&lock);
    while (count == 0)
      pthread_cond_wait(&changed, &lock);
    count--;
    consumed++;
    tell(fixed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

/* Fixed: a broadcast instead. */
void *known_lost_wakeup(void *fixed) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    start(&threads[i], i % 2 ? consume : produce, fixed);
  for (int i = 0; i < 4; i++)
    join(threads[i]);
  assert(produced == 2 * ITEMS && consumed == 2 * ITEMS && count == 0);
  return NULL;
}
