/* syncmap.c - Go's sync.Map as it was up to Go 1.23: a read-only table that is replaced as a whole, and a dirty one
 * behind a mutex.
 *
 * Concurrency.  Anything may run beside anything.
 *
 * Read.  `read` points to a view: a table that nobody writes to any more, and whether it is amended, which means that
 * there is a dirty table that may have more keys.  A key that the read table has is got, stored and deleted without a
 * lock, by atomic operations on its entry (syncmap_entry.c); so is one that it has not, where the view is not amended:
 * the key is absent.
 *
 * Dirty.  Everything else locks mu and first looks at `read` again, which may have been replaced while it waited.  With
 * mu held: there is a dirty table exactly when the view is amended, and it has every key of the read table, by the same
 * entry, but for those whose entries are expunged.  A new key goes there.  Looking into it is a miss, and after as many
 * misses as it has entries it is promoted: published as the read table.  From then on it is not written to.  The next
 * new key makes another, a copy of the read table without what is deleted; those entries are expunged first, so that
 * nobody stores into them unlocked.
 *
 * Memory.  Each call is inside (syncmap_reclaim.c) from before it loads `read` until after its last use of what it
 * found.  Boxes taken out of an entry, entries that are in no table any more and replaced tables are retired: a key
 * deleted from the dirty table by who deleted it, an expunged entry by the promotion that drops it, all of them by
 * clear.
 *
 * Why calls are linearizable (B).  One that ends in an entry of the read table takes effect at its operation on the
 * entry, or, where it finds it expunged and ends there, at an instant between its load of `read` and that, at which
 * the key was deleted; one that finds nothing in a view that is not amended, at its load of `read`; any other while it
 * holds mu.  A deletion of a key that only the dirty table has takes effect there, though it empties the entry after
 * unlocking: nobody else can find the entry then, and who found it before was there first.
 *
 * Clear (E) takes effect when it stores the empty view.  A call that had loaded the view before may still act on
 * entries of it, after clear has returned even; it counts as having come before clear, and this is consistent, for all
 * keys together: it began before the store, and what it does is seen only by others that began before the store.
 *
 * Iteration (C) promotes the dirty table first, so that the view it loads is not amended: at that instant the table has
 * every key there is.  Then it reads entry by entry.  It holds no lock while it shows one.  len counts so; it is not
 * exact (no D), since no instant needs to exist at which the map had that many.
 *
 * Ordering.  All atomics are sequentially consistent, as Go's are.  The store of `read` (release) in syncmap_promote,
 * syncmap_reserve_dirty and syncmap_empty pairs with every load of it (acquire): the table's slots, and the keys of its
 * entries, were written before.  syncmap_entry.c and syncmap_reclaim.c tell the others.
 *
 * Reference: src/sync/map.go of Go 1.23 (B. Mills, "sync.Map", Go 1.9).  Deviations: reclamation, for want of a
 * collector; clear drops the dirty table rather than keeping it empty; the readOnly structures lie in their tables, so
 * that promotion, and with it get, delete and iteration, need no memory; each status is told, as map.h asks.
 * capacity_hint sizes the first table of an empty map.  There is nothing to shrink: each dirty table begins with the
 * size that its entries call for. */
#include "map/syncmap_internal.h"

#include "map/planted.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the mutex ---- */

/* The lock's calls cannot fail where it is used as here: a failure is a bug of ours. */
static void syncmap_lock(struct syncmap *map) {
  int error = pthread_mutex_lock(&map->mu);
  assert(error == 0);
  (void)error;
}

static void syncmap_unlock(struct syncmap *map) {
  int error = pthread_mutex_unlock(&map->mu);
  assert(error == 0);
  (void)error;
}

/* ---- looking: inside ---- */

/* The first half of Map.Load. */
static struct syncmap_entry *syncmap_look_up(struct syncmap *map, uint64_t key) {
  const struct syncmap_view *view = atomic_load(&map->read);
  struct syncmap_entry *entry = syncmap_table_find(view->table, key);
  if (entry != NULL || !view->amended)
    return entry;
  syncmap_lock(map);
  if (!PLANTED(syncmap_no_second_look))
    view = atomic_load(&map->read);
  entry = syncmap_table_find(view->table, key);
  if (entry == NULL && map->dirty != NULL) {
    entry = syncmap_table_find(map->dirty, key);
    syncmap_miss(map);
  }
  syncmap_unlock(map);
  return entry;
}

/* The first half of Map.Range: a table that has every key, or NULL. */
static const struct syncmap_table *syncmap_whole(struct syncmap *map) {
  const struct syncmap_view *view = atomic_load(&map->read);
  if (!view->amended)
    return view->table;
  syncmap_lock(map);
  if (!PLANTED(syncmap_range_stale))
    view = atomic_load(&map->read);
  if (map->dirty != NULL) {
    syncmap_promote(map);
    view = atomic_load(&map->read);
  }
  syncmap_unlock(map);
  return view->table;
}

static enum map_status syncmap_get(struct map *opaque, uint64_t key, uint64_t *value) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter(map);
  struct syncmap_entry *entry = syncmap_look_up(map, key);
  struct syncmap_box *box = entry != NULL ? atomic_load(&entry->box) : NULL;
  if (PLANTED(syncmap_left_early))
    syncmap_leave(map, phase);
  if (syncmap_is_value(box))
    *value = box->value;
  if (!PLANTED(syncmap_left_early))
    syncmap_leave(map, phase);
  return syncmap_is_value(box) ? MAP_DONE : MAP_ABSENT;
}

static enum map_status syncmap_contains(struct map *map, uint64_t key) {
  uint64_t value;
  return syncmap_get(map, key, &value);
}

/* ---- storing: inside ---- */

/* What of Map.Swap is done with mu held. */
static enum map_status syncmap_store_locked(struct syncmap *map, uint64_t key, struct syncmap_box *box) {
  struct syncmap_entry *entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  if (entry == NULL)
    entry = syncmap_table_find(map->dirty, key);
  else if (!syncmap_restore(map, entry))
    return MAP_NO_MEMORY;
  if (entry == NULL)
    return syncmap_add(map, key, box);
  bool swapped = syncmap_try_swap(map, entry, box);
  assert(swapped && "nobody expunges while mu is held");
  (void)swapped;
  return MAP_DONE;
}

/* Map.Store. */
static enum map_status syncmap_store(struct syncmap *map, uint64_t key, uint64_t value) {
  struct syncmap_box *box = syncmap_box_create(value);
  if (box == NULL)
    return MAP_NO_MEMORY;
  if (PLANTED(syncmap_box_reused)) {
    _Atomic(struct syncmap_block *) *limbo = &map->limbo[syncmap_epoch(atomic_load(&map->presence)) % SYNCMAP_EPOCHS];
    struct syncmap_block *waiting = atomic_load(limbo);
    if (waiting != NULL && waiting->kind == SYNCMAP_BOX &&
        atomic_compare_exchange_strong(limbo, &waiting, waiting->next)) {
      atomic_fetch_sub(&map->retired, 1);
      free(box);
      box = (struct syncmap_box *)waiting;
      box->value = value;
    }
  }
  struct syncmap_entry *entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  if (entry != NULL && syncmap_try_swap(map, entry, box))
    return MAP_DONE;
  syncmap_lock(map);
  enum map_status status = syncmap_store_locked(map, key, box);
  if (status == MAP_NO_MEMORY) {
    free(box);
    if (PLANTED(syncmap_no_memory_locked))
      return status;
  }
  syncmap_unlock(map);
  return status;
}

static enum map_status syncmap_put(struct map *opaque, uint64_t key, uint64_t value) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter_to_write(map);
  enum map_status status = syncmap_store(map, key, value);
  syncmap_leave(map, phase);
  return status;
}

/* What of Map.LoadOrStore is done with mu held. */
static enum map_status syncmap_load_or_store_locked(struct syncmap *map, uint64_t key, uint64_t value,
                                                    uint64_t *actual) {
  struct syncmap_entry *entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  bool missed = entry == NULL;
  if (missed)
    entry = syncmap_table_find(map->dirty, key);
  else if (!syncmap_restore(map, entry))
    return MAP_NO_MEMORY;
  if (entry == NULL) {
    struct syncmap_box *box = syncmap_box_create(value);
    if (box == NULL)
      return MAP_NO_MEMORY;
    enum map_status status = syncmap_add(map, key, box);
    if (status == MAP_DONE)
      *actual = value;
    else
      free(box);
    return status;
  }
  enum map_status status = MAP_NO_MEMORY;
  bool found = syncmap_try_load_or_store(entry, value, actual, &status);
  assert(found && "nobody expunges while mu is held");
  (void)found;
  if (missed)
    syncmap_miss(map);
  return status;
}

/* Map.LoadOrStore. */
static enum map_status syncmap_load_or_store(struct syncmap *map, uint64_t key, uint64_t value, uint64_t *actual) {
  struct syncmap_entry *entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  enum map_status status = MAP_NO_MEMORY;
  if (entry != NULL && syncmap_try_load_or_store(entry, value, actual, &status))
    return status;
  syncmap_lock(map);
  status = syncmap_load_or_store_locked(map, key, value, actual);
  syncmap_unlock(map);
  return status;
}

static enum map_status syncmap_get_or_insert(struct map *opaque, uint64_t key, uint64_t value, uint64_t *actual) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter_to_write(map);
  enum map_status status = syncmap_load_or_store(map, key, value, actual);
  syncmap_leave(map, phase);
  return status;
}

static enum map_status syncmap_insert(struct map *map, uint64_t key, uint64_t value) {
  uint64_t actual;
  if (PLANTED(syncmap_insert_splits))
    return syncmap_get(map, key, &actual) == MAP_DONE ? MAP_PRESENT : syncmap_put(map, key, value);
  return syncmap_get_or_insert(map, key, value, &actual);
}

/* Map.CompareAndSwap. */
static enum map_status syncmap_compare_and_swap(struct syncmap *map, uint64_t key, uint64_t expected, uint64_t value) {
  const struct syncmap_view *view = atomic_load(&map->read);
  struct syncmap_entry *entry = syncmap_table_find(view->table, key);
  if (entry != NULL)
    return syncmap_try_compare_and_swap(map, entry, expected, value);
  if (!view->amended)
    return MAP_ABSENT;
  enum map_status status = MAP_ABSENT;
  syncmap_lock(map);
  entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  bool missed = entry == NULL && map->dirty != NULL;
  if (missed)
    entry = syncmap_table_find(map->dirty, key);
  if (entry != NULL)
    status = syncmap_try_compare_and_swap(map, entry, expected, value);
  if (missed)
    syncmap_miss(map);
  syncmap_unlock(map);
  return status;
}

static enum map_status syncmap_cas(struct map *opaque, uint64_t key, uint64_t expected, uint64_t value) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter_to_write(map);
  enum map_status status = syncmap_compare_and_swap(map, key, expected, value);
  if (PLANTED(syncmap_cas_stays)) {
    if (status == MAP_ABSENT)
      return status;
  }
  syncmap_leave(map, phase);
  return status;
}

/* ---- deleting: inside ---- */

/* What of Map.LoadAndDelete is done with mu held: the key's entry.  *dropped: it is in no table any more. */
static struct syncmap_entry *syncmap_find_to_delete(struct syncmap *map, uint64_t key, bool *dropped) {
  struct syncmap_entry *entry = syncmap_table_find(atomic_load(&map->read)->table, key);
  if (entry != NULL || map->dirty == NULL)
    return entry;
  if (PLANTED(syncmap_unlink_late))
    return syncmap_table_find(map->dirty, key);
  struct syncmap_table *dirty = map->dirty;
  if (PLANTED(syncmap_promoted_first))
    syncmap_miss(map);
  entry = syncmap_table_remove(dirty, key);
  *dropped = entry != NULL;
  if (!PLANTED(syncmap_promoted_first))
    syncmap_miss(map);
  return entry;
}

/* Map.LoadAndDelete.  True: *value was there. */
static bool syncmap_remove(struct syncmap *map, uint64_t key, uint64_t *value) {
  const struct syncmap_view *view = atomic_load(&map->read);
  struct syncmap_entry *entry = syncmap_table_find(view->table, key);
  bool dropped = false;
  if (entry == NULL && view->amended) {
    syncmap_lock(map);
    entry = syncmap_find_to_delete(map, key, &dropped);
    syncmap_unlock(map);
  }
  if (entry == NULL)
    return false;
  if (PLANTED(syncmap_delete_from_both)) {
    syncmap_lock(map);
    if (!dropped)
      syncmap_table_remove(map->dirty, key);
    syncmap_unlock(map);
  }
  bool there = syncmap_entry_delete(map, entry, value);
  if (PLANTED(syncmap_unlink_late)) {
    syncmap_lock(map);
    if (syncmap_table_find(atomic_load(&map->read)->table, key) == NULL)
      dropped = (entry = syncmap_table_remove(map->dirty, key)) != NULL;
    if (dropped)
      syncmap_miss(map);
    syncmap_unlock(map);
  }
  if (dropped)
    syncmap_retire(map, &entry->block);
  return there;
}

static enum map_status syncmap_take(struct map *opaque, uint64_t key, uint64_t *value) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter_to_write(map);
  bool there = syncmap_remove(map, key, value);
  syncmap_leave(map, phase);
  return there ? MAP_DONE : MAP_ABSENT;
}

static enum map_status syncmap_del(struct map *map, uint64_t key) {
  uint64_t value;
  return syncmap_take(map, key, &value);
}

/* ---- all keys ---- */

/* Shows what is in the table: inside. */
static void syncmap_walk(struct syncmap *map, const struct syncmap_table *table, uint64_t order_seed,
                         map_visit_fn visit, void *context) {
  for (uint64_t n = 0; n < syncmap_table_slots(table); n++) {
    struct syncmap_entry *entry = table->slots[(order_seed + n) & table->mask];
    struct syncmap_box *box = entry != NULL ? atomic_load(&entry->box) : NULL;
    if (!syncmap_is_value(box))
      continue;
    enum map_visit_result result = visit(context, entry->key, box->value);
    uint64_t value;
    if (result == MAP_VISIT_STOP)
      return;
    if (result == MAP_VISIT_DELETE)
      syncmap_remove(map, entry->key, &value);
  }
}

/* Map.Range. */
static void syncmap_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                            void *context) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = may_delete ? syncmap_enter_to_write(map) : syncmap_enter(map);
  if (PLANTED(syncmap_range_locked)) {
    syncmap_lock(map);
    syncmap_walk(map, map->dirty != NULL ? map->dirty : atomic_load(&map->read)->table, order_seed, visit, context);
    syncmap_unlock(map);
    syncmap_leave(map, phase);
    return;
  }
  syncmap_walk(map, syncmap_whole(map), order_seed, visit, context);
  syncmap_leave(map, phase);
}

static enum map_visit_result syncmap_count(void *context, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  ++*(uint64_t *)context;
  return MAP_VISIT_NEXT;
}

/* Not in Go. */
static uint64_t syncmap_len(struct map *map) {
  uint64_t count = 0;
  syncmap_iterate(map, false, 0, syncmap_count, &count);
  return count;
}

/* Map.Clear: inside. */
static void syncmap_drop_all(struct syncmap *map) {
  if (PLANTED(syncmap_clear_piecewise)) {
    const struct syncmap_table *whole = syncmap_whole(map);
    uint64_t value;
    for (uint64_t slot = 0; slot < syncmap_table_slots(whole); slot++)
      if (whole->slots[slot] != NULL)
        syncmap_remove(map, whole->slots[slot]->key, &value);
    return;
  }
  const struct syncmap_view *view = atomic_load(&map->read);
  if (syncmap_table_count(view->table) == 0 && (PLANTED(syncmap_clear_unamended) || !view->amended))
    return;
  syncmap_lock(map);
  syncmap_empty(map);
  syncmap_unlock(map);
  if (PLANTED(syncmap_misses_unlocked))
    map->misses = 0;
}

static void syncmap_clear(struct map *opaque) {
  struct syncmap *map = syncmap_of(opaque);
  unsigned phase = syncmap_enter_to_write(map);
  syncmap_drop_all(map);
  syncmap_leave(map, phase);
}

/* ---- the map ---- */

static struct map *syncmap_create(const struct map_config *config) {
  struct syncmap *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  if (pthread_mutex_init(&map->mu, NULL) != 0) {
    free(map);
    return NULL;
  }
  map->hash_seed = config->hash_seed;
  /* A hint that no memory could hold is none. */
  map->capacity_hint = config->capacity_hint <= SYNCMAP_MOST_ENTRIES ? config->capacity_hint : 0;
  map->empty[true].amended = true;
  atomic_init(&map->presence, SYNCMAP_EPOCHS * SYNCMAP_NEXT_EPOCH);
  atomic_init(&map->read, &map->empty[false]);
  return (struct map *)map;
}

static void syncmap_destroy(struct map *opaque) {
  struct syncmap *map = syncmap_of(opaque);
  syncmap_empty(map);
  syncmap_free_limbo(map);
  pthread_mutex_destroy(&map->mu);
  free(map);
}

const struct map_ops syncmap_ops = {
    .name = "syncmap",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_CLEAR_ATOMIC | MAP_NO_MEMORY_SAFE |
                  MAP_SOUND_AT_REST | MAP_PROGRESS | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITERS,
    .create = syncmap_create,
    .destroy = syncmap_destroy,
    .get = syncmap_get,
    .put = syncmap_put,
    .insert = syncmap_insert,
    .cas = syncmap_cas,
    .del = syncmap_del,
    .contains = syncmap_contains,
    .len = syncmap_len,
    .clear = syncmap_clear,
    .iterate = syncmap_iterate,
    .snapshot = syncmap_snapshot,
    .check = syncmap_check,
    .get_or_insert = syncmap_get_or_insert,
    .take = syncmap_take,
};
