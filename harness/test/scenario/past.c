/* Threads that do much before they end. */
#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

/* What ThreadSanitizer writes down of it is of several lengths. */
static void *lock_often(void *count) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  for (long left = *(const long *)count; left > 0; left--) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

void *past_locks(void *count) {
  start_and_join(lock_often, count, THREADS);
  return lock_often(count);
}
