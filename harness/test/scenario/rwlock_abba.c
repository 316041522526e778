/* Two tables, each under a readers-writer lock: moving an entry locks the source for reading and the target for
 * writing, in the order in which the caller names them. */
#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

struct table {
  pthread_rwlock_t lock;
  int entries;
};

static struct table tables[2] = {{PTHREAD_RWLOCK_INITIALIZER, 5}, {PTHREAD_RWLOCK_INITIALIZER, 5}};

static void copy_entries(struct table *from, struct table *to, bool fixed) {
  bool turned = fixed && to < from;
  if (turned)
    pthread_rwlock_wrlock(&to->lock);
  pthread_rwlock_rdlock(&from->lock);
  if (!turned)
    pthread_rwlock_wrlock(&to->lock);
  to->entries = from->entries + 1;
  pthread_rwlock_unlock(&to->lock);
  pthread_rwlock_unlock(&from->lock);
}

static void *copy_forth(void *fixed) {
  for (int i = 0; i < 2; i++)
    copy_entries(&tables[0], &tables[1], fixed);
  return NULL;
}

static void *copy_back(void *fixed) {
  for (int i = 0; i < 2; i++)
    copy_entries(&tables[1], &tables[0], fixed);
  return NULL;
}

static void *look(void *arg) {
  for (int i = 0; i < 2; i++) {
    pthread_rwlock_rdlock(&tables[i].lock);
    assert(tables[i].entries >= 5);
    pthread_rwlock_unlock(&tables[i].lock);
  }
  return arg;
}

/* Fixed: the table with the lower address first. */
void *known_rwlock_abba(void *fixed) {
  pthread_t threads[3];
  start(&threads[0], copy_forth, fixed);
  start(&threads[1], copy_back, fixed);
  start(&threads[2], look, NULL);
  for (int i = 0; i < 3; i++)
    join(threads[i]);
  return NULL;
}
