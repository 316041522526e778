/* syncmap_dirty.c - what syncmap does to its two tables as wholes: building the dirty one, adding to it, promoting it,
 * and dropping both.
 *
 * Concurrency.  Everything here runs with mu held and inside, so only one at a time; lock-free calls go on beside it in
 * the read table.  What they cannot undo is done in this order: an entry is expunged before the dirty table that lacks
 * it is there, it is put into the dirty table before mu is unlocked, and a table or an entry is retired only after the
 * store of `read` (release; it pairs with all loads of it) by which it can no longer be reached.
 *
 * Reference: dirtyLocked, missLocked and Clear in src/sync/map.go of Go 1.23. */
#include "map/syncmap_internal.h"

#include "map/planted.h"

#include <stdlib.h>

/* The view's table is no longer the read table, nor are the entries in it that the dirty one did not have. */
static void syncmap_retire_replaced(struct syncmap *map, const struct syncmap_view *view) {
  if (view->table == NULL)
    return;
  for (uint64_t slot = 0; slot <= view->table->mask; slot++) {
    struct syncmap_entry *entry = view->table->slots[slot];
    if (!PLANTED(syncmap_expunged_leaked) && entry != NULL && atomic_load(&entry->box) == &syncmap_expunged)
      syncmap_retire(map, &entry->block);
  }
  syncmap_retire(map, &view->table->block);
}

void syncmap_promote(struct syncmap *map) {
  const struct syncmap_view *replaced = atomic_load(&map->read);
  atomic_store_explicit(&map->read, syncmap_view_of(map, map->dirty, false),
                        PLANTED(syncmap_read_relaxed) ? memory_order_relaxed : memory_order_seq_cst);
  map->dirty = NULL;
  map->misses = 0;
  syncmap_retire_replaced(map, replaced);
}

void syncmap_miss(struct syncmap *map) {
  map->misses++;
  if (map->misses >= map->dirty->count)
    syncmap_promote(map);
}

/* Map.dirtyLocked, and room in the dirty table for one more.  False: no memory, nothing changed. */
static bool syncmap_reserve_dirty(struct syncmap *map) {
  if (map->dirty != NULL)
    return syncmap_table_reserve(&map->dirty);
  struct syncmap_table *table = atomic_load(&map->read)->table;
  uint64_t count = table != NULL ? table->count + 1 : map->capacity_hint;
  struct syncmap_table *dirty = syncmap_table_create(map->hash_seed, count > 0 ? count : 1);
  if (dirty == NULL)
    return false;
  for (uint64_t slot = 0; slot < syncmap_table_slots(table); slot++)
    if (table->slots[slot] != NULL && !syncmap_try_expunge(table->slots[slot]))
      syncmap_table_add(dirty, table->slots[slot]);
  map->dirty = dirty;
  atomic_store(&map->read, syncmap_view_of(map, table, true));
  return true;
}

bool syncmap_restore(struct syncmap *map, struct syncmap_entry *entry) {
  if (atomic_load(&entry->box) != &syncmap_expunged)
    return true;
  if (!syncmap_table_reserve(&map->dirty))
    return false;
  syncmap_unexpunge(entry);
  if (!PLANTED(syncmap_expunged_forgotten))
    syncmap_table_add(map->dirty, entry);
  return true;
}

enum map_status syncmap_add(struct syncmap *map, uint64_t key, struct syncmap_box *box) {
  struct syncmap_entry *entry = syncmap_entry_create(key, box);
  if (entry == NULL)
    return MAP_NO_MEMORY;
  if (!syncmap_reserve_dirty(map)) {
    free(entry);
    return MAP_NO_MEMORY;
  }
  syncmap_table_add(map->dirty, entry);
  return MAP_DONE;
}

/* All that is in the tables, of which `view` was the read one.  What has been retired is not looked at again. */
static void syncmap_retire_all(struct syncmap *map, const struct syncmap_view *view, struct syncmap_table *dirty) {
  struct syncmap_table *whole = dirty;
  if (dirty != NULL)
    syncmap_retire_replaced(map, view);
  else
    whole = view->table;
  for (uint64_t slot = 0; slot < syncmap_table_slots(whole); slot++)
    if (whole->slots[slot] != NULL)
      syncmap_retire(map, &whole->slots[slot]->block);
  if (whole != NULL)
    syncmap_retire(map, &whole->block);
}

void syncmap_empty(struct syncmap *map) {
  const struct syncmap_view *view = atomic_load(&map->read);
  struct syncmap_table *dirty = map->dirty;
  if (!PLANTED(syncmap_retired_early))
    atomic_store(&map->read, &map->empty[false]);
  map->dirty = NULL;
  if (!PLANTED(syncmap_misses_unlocked))
    map->misses = 0;
  syncmap_retire_all(map, view, dirty);
  if (PLANTED(syncmap_retired_early))
    atomic_store(&map->read, &map->empty[false]);
}
