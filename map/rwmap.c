/* rwmap.c - gomap under a pthread_rwlock_t: the clean control, in which nothing is to be found.
 *
 * Concurrency.  get, contains, len and iterations that delete nothing hold the lock for reading; everything else holds
 * it for writing.  gomap allows any number of its reading calls side by side (gomap.c), so every pair of conflicting
 * accesses is ordered by the lock (A); each call takes effect at one instant while it holds it (B, D, E), and an
 * iteration holds it from the first entry to the last (C).  gomap's own guard never fires below it.  The callback of
 * an iteration runs with the lock held.
 *
 * snapshot takes no lock: its caller promises that nobody writes. */
#include "map/gomap.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct rwmap {
  pthread_rwlock_t lock;
  struct map *inner; /* guarded by lock; the pointer itself never changes */
};

static struct rwmap *rwmap_of(struct map *map) { return (struct rwmap *)map; }

/* None of the lock's calls can fail where it is used as here: a failure is a bug of ours. */
static struct map *rwmap_lock_read(struct map *map) {
  int error = pthread_rwlock_rdlock(&rwmap_of(map)->lock);
  assert(error == 0);
  (void)error;
  return rwmap_of(map)->inner;
}

static struct map *rwmap_lock_write(struct map *map) {
  int error = pthread_rwlock_wrlock(&rwmap_of(map)->lock);
  assert(error == 0);
  (void)error;
  return rwmap_of(map)->inner;
}

static void rwmap_unlock(struct map *map) {
  int error = pthread_rwlock_unlock(&rwmap_of(map)->lock);
  assert(error == 0);
  (void)error;
}

static struct map *rwmap_create(const struct map_config *config) {
  struct rwmap *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->inner = gomap_create(config);
  if (map->inner == NULL || pthread_rwlock_init(&map->lock, NULL) != 0) {
    if (map->inner != NULL)
      gomap_destroy(map->inner);
    free(map);
    return NULL;
  }
  return (struct map *)map;
}

static void rwmap_destroy(struct map *map) {
  gomap_destroy(rwmap_of(map)->inner);
  pthread_rwlock_destroy(&rwmap_of(map)->lock);
  free(map);
}

static enum map_status rwmap_get(struct map *map, uint64_t key, uint64_t *value) {
  enum map_status status = gomap_access(rwmap_lock_read(map), key, value);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_put(struct map *map, uint64_t key, uint64_t value) {
  enum map_status status = gomap_assign(rwmap_lock_write(map), key, value, GOMAP_OVERWRITE);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_insert(struct map *map, uint64_t key, uint64_t value) {
  enum map_status status = gomap_assign(rwmap_lock_write(map), key, value, GOMAP_KEEP);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  enum map_status status = gomap_compare_assign(rwmap_lock_write(map), key, expected, value);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_delete(struct map *map, uint64_t key) {
  enum map_status status = gomap_delete(rwmap_lock_write(map), key);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_contains(struct map *map, uint64_t key) {
  enum map_status status = gomap_access(rwmap_lock_read(map), key, NULL);
  rwmap_unlock(map);
  return status;
}

static uint64_t rwmap_len(struct map *map) {
  uint64_t len = gomap_len(rwmap_lock_read(map));
  rwmap_unlock(map);
  return len;
}

static void rwmap_clear(struct map *map) {
  gomap_clear(rwmap_lock_write(map));
  rwmap_unlock(map);
}

static void rwmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  struct map *inner = may_delete ? rwmap_lock_write(map) : rwmap_lock_read(map);
  gomap_iterate(inner, may_delete, order_seed, visit, context);
  rwmap_unlock(map);
}

static void rwmap_snapshot(struct map *map, struct map_snapshot *out) { gomap_snapshot(rwmap_of(map)->inner, out); }

const struct map_ops rwmap_ops = {
    .name = "rwmap",
    .guarantees =
        MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC | MAP_NO_MEMORY_SAFE,
    .create = rwmap_create,
    .destroy = rwmap_destroy,
    .get = rwmap_get,
    .put = rwmap_put,
    .insert = rwmap_insert,
    .cas = rwmap_cas,
    .del = rwmap_delete,
    .contains = rwmap_contains,
    .len = rwmap_len,
    .clear = rwmap_clear,
    .iterate = rwmap_iterate,
    .snapshot = rwmap_snapshot,
};
