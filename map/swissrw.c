/* swissrw.c - swissmap under a pthread_rwlock_t: what a Swiss table in concurrent use has to look like.
 *
 * Concurrency.  get, contains, len and iterations that delete nothing hold the lock for reading; everything else holds
 * it for writing.  swissmap allows any number of its reading calls side by side (swissmap.c), so every pair of
 * conflicting accesses is ordered by the lock (A); each call takes effect at one instant while it holds it (B, D, E,
 * H), and an iteration holds it from the first entry to the last (C).  swissmap's own guard never fires below it.  One
 * lock, taken once a call and given back on every way out: nothing waits in a circle (J).  The callback of an iteration
 * runs with the lock held.
 *
 * A value is stored through the pointer that swissmap_assign returns, so before the lock is given back: the next write
 * may move the entry.
 *
 * snapshot and check take no lock: their callers promise that nobody writes. */
#include "map/planted.h"
#include "map/swissmap.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct swissrw {
  pthread_rwlock_t lock;
  struct map *inner; /* guarded by lock; the pointer itself never changes */
};

static struct swissrw *swissrw_of(struct map *map) { return (struct swissrw *)map; }

/* None of the lock's calls can fail where it is used as here: a failure is a bug of ours. */
static struct map *swissrw_lock_read(struct map *map) {
  int error = pthread_rwlock_rdlock(&swissrw_of(map)->lock);
  assert(error == 0);
  (void)error;
  return swissrw_of(map)->inner;
}

static struct map *swissrw_lock_write(struct map *map) {
  int error = pthread_rwlock_wrlock(&swissrw_of(map)->lock);
  assert(error == 0);
  (void)error;
  return swissrw_of(map)->inner;
}

static void swissrw_unlock(struct map *map) {
  int error = pthread_rwlock_unlock(&swissrw_of(map)->lock);
  assert(error == 0);
  (void)error;
}

static struct map *swissrw_create(const struct map_config *config) {
  struct swissrw *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->inner = swissmap_create(config);
  if (map->inner == NULL || pthread_rwlock_init(&map->lock, NULL) != 0) {
    if (map->inner != NULL)
      swissmap_destroy(map->inner);
    free(map);
    return NULL;
  }
  return (struct map *)map;
}

static void swissrw_destroy(struct map *map) {
  swissmap_destroy(swissrw_of(map)->inner);
  pthread_rwlock_destroy(&swissrw_of(map)->lock);
  free(map);
}

static enum map_status swissrw_get(struct map *map, uint64_t key, uint64_t *value) {
  enum map_status status = swissmap_access(swissrw_lock_read(map), key, value);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_put(struct map *map, uint64_t key, uint64_t value) {
  uint64_t *place;
  enum map_status status = swissmap_assign(swissrw_lock_write(map), key, &place);
  if (PLANTED(swissrw_store_unlocked))
    swissrw_unlock(map);
  if (status != MAP_NO_MEMORY) {
    *place = value;
    status = MAP_DONE;
  }
  if (!PLANTED(swissrw_store_unlocked))
    swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_insert(struct map *map, uint64_t key, uint64_t value) {
  uint64_t *place;
  enum map_status status = swissmap_assign(swissrw_lock_write(map), key, &place);
  if (PLANTED(swissrw_no_memory_locked)) {
    if (status == MAP_NO_MEMORY)
      return status;
  }
  if (status == MAP_DONE)
    *place = value;
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  if (PLANTED(swissrw_cas_gap)) {
    uint64_t seen;
    enum map_status found = swissrw_get(map, key, &seen);
    if (found != MAP_DONE || seen != expected)
      return found != MAP_DONE ? found : MAP_DIFFERS;
    return swissrw_put(map, key, value);
  }
  enum map_status status = swissmap_compare_assign(swissrw_lock_write(map), key, expected, value);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_take(struct map *map, uint64_t key, uint64_t *value) {
  enum map_status status = swissmap_delete(swissrw_lock_write(map), key, value);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_delete(struct map *map, uint64_t key) {
  struct map *inner = PLANTED(swissrw_delete_reads) ? swissrw_lock_read(map) : swissrw_lock_write(map);
  enum map_status status = swissmap_delete(inner, key, NULL);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_contains(struct map *map, uint64_t key) {
  enum map_status status = swissmap_access(swissrw_lock_read(map), key, NULL);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_get_or_insert(struct map *map, uint64_t key, uint64_t value, uint64_t *actual) {
  if (PLANTED(swissrw_upgrade_gap)) {
    if (swissrw_get(map, key, actual) == MAP_DONE)
      return MAP_PRESENT;
    *actual = value;
    return swissrw_put(map, key, value);
  }
  uint64_t *place;
  enum map_status status = swissmap_assign(swissrw_lock_write(map), key, &place);
  if (status == MAP_DONE)
    *place = value;
  if (status != MAP_NO_MEMORY)
    *actual = *place;
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_move(struct map *map, uint64_t from, uint64_t to, uint64_t *value) {
  enum map_status status = swissmap_move(swissrw_lock_write(map), from, to, value);
  swissrw_unlock(map);
  return status;
}

static enum map_status swissrw_swap(struct map *map, uint64_t a, uint64_t b, uint64_t values[2]) {
  if (PLANTED(swissrw_swap_gap)) {
    struct map *inner = swissrw_lock_write(map);
    bool there = swissmap_access(inner, a, &values[0]) == MAP_DONE && swissmap_access(inner, b, &values[1]) == MAP_DONE;
    if (there)
      swissmap_compare_assign(inner, a, values[0], values[1]);
    swissrw_unlock(map);
    if (there)
      swissrw_cas(map, b, values[1], values[0]);
    return there ? MAP_DONE : MAP_ABSENT;
  }
  enum map_status status = swissmap_swap(swissrw_lock_write(map), a, b, values);
  swissrw_unlock(map);
  return status;
}

static uint64_t swissrw_len(struct map *map) {
  uint64_t len = swissmap_len(swissrw_lock_read(map));
  swissrw_unlock(map);
  return len;
}

/* An iteration that shows each entry without holding the lock. */
struct swissrw_stroll {
  struct map *map;
  bool may_delete;
  map_visit_fn visit;
  void *context;
};

static struct map *swissrw_lock_stroll(const struct swissrw_stroll *stroll) {
  return stroll->may_delete ? swissrw_lock_write(stroll->map) : swissrw_lock_read(stroll->map);
}

static enum map_visit_result swissrw_visit_unlocked(void *context, uint64_t key, uint64_t value) {
  struct swissrw_stroll *stroll = context;
  swissrw_unlock(stroll->map);
  enum map_visit_result result = stroll->visit(stroll->context, key, value);
  swissrw_lock_stroll(stroll);
  return result;
}

static void swissrw_iterate_unlocked(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                                     void *context) {
  struct swissrw_stroll stroll = {map, may_delete, visit, context};
  swissmap_iterate(swissrw_lock_stroll(&stroll), may_delete, order_seed, swissrw_visit_unlocked, &stroll);
  swissrw_unlock(map);
}

static enum map_visit_result swissrw_visit_deleting(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)key, (void)value;
  return MAP_VISIT_DELETE;
}

static void swissrw_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  if (PLANTED(swissrw_iterate_gap)) {
    swissrw_iterate_unlocked(map, may_delete, order_seed, visit, context);
    return;
  }
  if (PLANTED(swissrw_iterate_two)) {
    swissrw_iterate_unlocked(map, may_delete, order_seed, visit, context);
    return;
  }
  struct map *inner = may_delete ? swissrw_lock_write(map) : swissrw_lock_read(map);
  swissmap_iterate(inner, may_delete, order_seed, visit, context);
  swissrw_unlock(map);
}

static void swissrw_clear(struct map *map) {
  if (PLANTED(swissrw_clear_gap)) {
    swissrw_iterate_unlocked(map, true, 0, swissrw_visit_deleting, NULL);
    return;
  }
  swissmap_clear(swissrw_lock_write(map));
  swissrw_unlock(map);
}

static void swissrw_snapshot(struct map *map, struct map_snapshot *out) {
  swissmap_snapshot(swissrw_of(map)->inner, out);
}

static enum map_invariant swissrw_check(struct map *map, struct map_fault *fault) {
  return swissmap_check(swissrw_of(map)->inner, fault);
}

const struct map_ops swissrw_ops = {
    .name = "swissrw",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC |
                  MAP_NO_MEMORY_SAFE | MAP_PAIRS_ATOMIC | MAP_SOUND_AT_REST | MAP_PROGRESS | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITERS,
    .create = swissrw_create,
    .destroy = swissrw_destroy,
    .get = swissrw_get,
    .put = swissrw_put,
    .insert = swissrw_insert,
    .cas = swissrw_cas,
    .del = swissrw_delete,
    .contains = swissrw_contains,
    .len = swissrw_len,
    .clear = swissrw_clear,
    .iterate = swissrw_iterate,
    .snapshot = swissrw_snapshot,
    .check = swissrw_check,
    .get_or_insert = swissrw_get_or_insert,
    .take = swissrw_take,
    .move = swissrw_move,
    .swap = swissrw_swap,
};
