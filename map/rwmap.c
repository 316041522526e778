/* rwmap.c - gomap under a pthread_rwlock_t: the clean control, in which nothing is to be found.
 *
 * Concurrency.  get, contains, len and iterations that delete nothing hold the lock for reading; everything else holds
 * it for writing.  gomap allows any number of its reading calls side by side (gomap.c), so every pair of conflicting
 * accesses is ordered by the lock (A); each call takes effect at one instant while it holds it (B, D, E, H),
 * and an iteration holds it from the first entry to the last (C).  No call takes the lock twice or waits for anything
 * else (J).  gomap's own guard never fires below it.  The callback of
 * an iteration runs with the lock held.
 *
 * snapshot and check take no lock: their callers promise that nobody writes. */
#include "map/gomap.h"
#include "map/planted.h"

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

static enum map_status rwmap_contains(struct map *map, uint64_t key) {
  enum map_status status = gomap_access(rwmap_lock_read(map), key, NULL);
  if (PLANTED(rwmap_contains_keeps_lock)) {
    if (status == MAP_ABSENT)
      return status;
  }
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_put(struct map *map, uint64_t key, uint64_t value) {
  enum map_status status = gomap_assign(rwmap_lock_write(map), key, value, GOMAP_OVERWRITE);
  if (PLANTED(rwmap_put_keeps_lock)) {
    if (status == MAP_NO_MEMORY)
      return status;
  }
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_insert(struct map *map, uint64_t key, uint64_t value) {
  enum map_status status = gomap_assign(rwmap_lock_write(map), key, value, GOMAP_KEEP);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  if (PLANTED(rwmap_cas_upgrade)) {
    uint64_t now = 0;
    if (rwmap_get(map, key, &now) == MAP_ABSENT)
      return MAP_ABSENT;
    return now == expected ? rwmap_put(map, key, value) : MAP_DIFFERS;
  }
  enum map_status status = gomap_compare_assign(rwmap_lock_write(map), key, expected, value);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_get_or_insert(struct map *map, uint64_t key, uint64_t value, uint64_t *actual) {
  if (PLANTED(rwmap_get_or_insert_upgrade)) {
    if (rwmap_get(map, key, actual) == MAP_DONE)
      return MAP_PRESENT;
    *actual = value;
    return rwmap_put(map, key, value);
  }
  enum map_status status = gomap_get_or_assign(rwmap_lock_write(map), key, value, actual);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_delete(struct map *map, uint64_t key) {
  enum map_status status =
      gomap_delete(PLANTED(rwmap_delete_shared_lock) ? rwmap_lock_read(map) : rwmap_lock_write(map), key);
  rwmap_unlock(map);
  return status;
}

static enum map_status rwmap_take(struct map *map, uint64_t key, uint64_t *value) {
  enum map_status status = gomap_take(rwmap_lock_write(map), key, value);
  rwmap_unlock(map);
  return status;
}

/* `to` is added before `from` is deleted: only the former can want memory. */
static enum map_status rwmap_move_locked(struct map *inner, uint64_t from, uint64_t to, uint64_t *value) {
  if (gomap_access(inner, from, value) == MAP_ABSENT)
    return MAP_ABSENT;
  enum map_status status = gomap_assign(inner, to, *value, GOMAP_KEEP);
  if (status == MAP_DONE)
    gomap_delete(inner, from);
  return status;
}

static enum map_status rwmap_move(struct map *map, uint64_t from, uint64_t to, uint64_t *value) {
  if (PLANTED(rwmap_move_two_steps)) {
    if (rwmap_get(map, from, value) == MAP_ABSENT)
      return MAP_ABSENT;
    enum map_status added = rwmap_insert(map, to, *value);
    if (added == MAP_DONE)
      rwmap_delete(map, from);
    return added;
  }
  enum map_status status = rwmap_move_locked(rwmap_lock_write(map), from, to, value);
  rwmap_unlock(map);
  return status;
}

/* Overwriting a key that is there wants no memory. */
static enum map_status rwmap_swap_locked(struct map *inner, uint64_t a, uint64_t b, uint64_t values[2]) {
  if (gomap_access(inner, a, &values[0]) == MAP_ABSENT || gomap_access(inner, b, &values[1]) == MAP_ABSENT)
    return MAP_ABSENT;
  gomap_assign(inner, a, values[1], GOMAP_OVERWRITE);
  gomap_assign(inner, b, values[0], GOMAP_OVERWRITE);
  return MAP_DONE;
}

static enum map_status rwmap_swap(struct map *map, uint64_t a, uint64_t b, uint64_t values[2]) {
  if (PLANTED(rwmap_swap_upgrade)) {
    if (rwmap_get(map, a, &values[0]) == MAP_ABSENT || rwmap_get(map, b, &values[1]) == MAP_ABSENT)
      return MAP_ABSENT;
    struct map *inner = rwmap_lock_write(map);
    gomap_assign(inner, a, values[1], GOMAP_OVERWRITE);
    gomap_assign(inner, b, values[0], GOMAP_OVERWRITE);
    rwmap_unlock(map);
    return MAP_DONE;
  }
  if (PLANTED(rwmap_swap_gives_up)) {
    for (unsigned tries = 4;;) {
      uint64_t now[2] = {0, 0};
      if (rwmap_get(map, a, &values[0]) == MAP_ABSENT || rwmap_get(map, b, &values[1]) == MAP_ABSENT)
        return MAP_ABSENT;
      struct map *inner = rwmap_lock_write(map);
      bool there = gomap_access(inner, a, &now[0]) == MAP_DONE && gomap_access(inner, b, &now[1]) == MAP_DONE;
      bool done = (there && now[0] == values[0] && now[1] == values[1]) || --tries == 0;
      if (done) {
        gomap_assign(inner, a, values[1], GOMAP_OVERWRITE);
        gomap_assign(inner, b, values[0], GOMAP_OVERWRITE);
      }
      rwmap_unlock(map);
      if (done)
        return MAP_DONE;
    }
  }
  enum map_status status = rwmap_swap_locked(rwmap_lock_write(map), a, b, values);
  rwmap_unlock(map);
  return status;
}

static void rwmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  if (PLANTED(rwmap_iterate_unlocked)) {
    gomap_iterate(rwmap_of(map)->inner, may_delete, order_seed, visit, context);
    return;
  }
  struct map *inner = may_delete ? rwmap_lock_write(map) : rwmap_lock_read(map);
  gomap_iterate(inner, may_delete, order_seed, visit, context);
  rwmap_unlock(map);
}

/* For planted bugs alone. */

static enum map_visit_result rwmap_count_even(void *count, uint64_t key, uint64_t value) {
  (void)value;
  *(uint64_t *)count += key % 2 == 0;
  return MAP_VISIT_NEXT;
}

static enum map_visit_result rwmap_count_odd(void *count, uint64_t key, uint64_t value) {
  (void)value;
  *(uint64_t *)count += key % 2;
  return MAP_VISIT_NEXT;
}

static enum map_visit_result rwmap_delete_few(void *left, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  return (*(unsigned *)left)-- > 0 ? MAP_VISIT_DELETE : MAP_VISIT_STOP;
}

static uint64_t rwmap_len(struct map *map) {
  if (PLANTED(rwmap_len_unlocked))
    return gomap_len(rwmap_of(map)->inner);
  if (PLANTED(rwmap_len_in_halves)) {
    uint64_t counts[2] = {0, 0};
    rwmap_iterate(map, false, 0, rwmap_count_even, &counts[0]);
    rwmap_iterate(map, false, 0, rwmap_count_odd, &counts[1]);
    return counts[0] + counts[1];
  }
  uint64_t len = gomap_len(rwmap_lock_read(map));
  rwmap_unlock(map);
  return len;
}

static void rwmap_clear(struct map *map) {
  if (PLANTED(rwmap_clear_in_batches)) {
    for (unsigned left = 2; rwmap_len(map) != 0; left = 2)
      rwmap_iterate(map, true, 0, rwmap_delete_few, &left);
    return;
  }
  gomap_clear(rwmap_lock_write(map));
  rwmap_unlock(map);
}

static void rwmap_snapshot(struct map *map, struct map_snapshot *out) { gomap_snapshot(rwmap_of(map)->inner, out); }

static enum map_invariant rwmap_check(struct map *map, struct map_fault *fault) {
  return gomap_check(rwmap_of(map)->inner, fault);
}

const struct map_ops rwmap_ops = {
    .name = "rwmap",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC |
                  MAP_NO_MEMORY_SAFE | MAP_PAIRS_ATOMIC | MAP_SOUND_AT_REST | MAP_PROGRESS | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITERS,
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
    .check = rwmap_check,
    .get_or_insert = rwmap_get_or_insert,
    .take = rwmap_take,
    .move = rwmap_move,
    .swap = rwmap_swap,
};
