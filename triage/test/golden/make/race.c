/* Two threads write one field of a heap block, and read a global, without a lock. */
#include <pthread.h>
#include <stdlib.h>

struct entry {
  long key, value;
};
long writes;

__attribute__((noinline)) static void put(struct entry *entry, long value) {
  entry->value = value;
  writes++;
}

__attribute__((noinline)) static long get(struct entry *entry) { return entry->value; }

static void *putter(void *entry) {
  put(entry, 1);
  return NULL;
}

static void *getter(void *entry) { return (void *)get(entry); }

int main(void) {
  struct entry *entry = calloc(1, sizeof *entry);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, putter, entry);
  pthread_create(&threads[1], NULL, getter, entry);
  put(entry, 2);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  free(entry);
  return 0;
}
