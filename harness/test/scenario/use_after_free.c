/* A cache hands out entries that its readers count references of.  A lookup finds an entry under the lock, and takes
 * its reference after the lock; an eviction in between frees it. */
#include <stdlib.h>
#include <string.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

struct entry {
  int references; /* atomic */
  char text[28];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *cached;

static struct entry *make_entry(void) {
  struct entry *entry = malloc(sizeof *entry);
  assert(entry);
  entry->references = 1;
  strcpy(entry->text, "cached");
  return entry;
}

static void release(struct entry *entry) {
  if (__atomic_sub_fetch(&entry->references, 1, __ATOMIC_ACQ_REL) == 0)
    free(entry);
}

static struct entry *look_up(bool fixed) {
  pthread_mutex_lock(&lock);
  struct entry *entry = cached;
  if (fixed && entry)
    __atomic_add_fetch(&entry->references, 1, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&lock);
  if (!fixed && entry)
    __atomic_add_fetch(&entry->references, 1, __ATOMIC_RELAXED);
  return entry; // NOLINT: it may be freed by now: the bug
}

static void *read_cache(void *fixed) {
  for (int i = 0; i < 2; i++) {
    struct entry *entry = look_up(fixed);
    if (!entry)
      continue;
    assert(entry->text[0] == 'c');
    release(entry);
  }
  return NULL;
}

static void *evict(void *arg) {
  pthread_mutex_lock(&lock);
  struct entry *entry = cached;
  cached = NULL;
  pthread_mutex_unlock(&lock);
  if (entry)
    release(entry);
  return arg;
}

/* Fixed: the reference is taken under the lock. */
void *known_use_after_free(void *fixed) {
  pthread_t threads[3];
  cached = make_entry();
  start(&threads[0], read_cache, fixed);
  start(&threads[1], read_cache, fixed);
  start(&threads[2], evict, NULL);
  for (int i = 0; i < 3; i++)
    join(threads[i]);
  return NULL;
}
