/* swissmap_iterate.c - going through swissmap: an iteration that survives growth and splits.
 *
 * Concurrency.  An iteration only reads the map, but for one atomic: the count `iterations`, which it raises and lowers
 * (the other side is swissmap_is_iterated, in a writer, which then retires what it would have freed).  So iterations
 * may run side by side, under a read lock say.  The count is relaxed and orders nothing.  That an iteration is over
 * before a writer frees what it read is the caller's exclusion, as it is for everything else, and an unguarded caller
 * is not to look ordered.  Deleting on the way is a write, and such an iteration must run alone.
 *
 * The argument for "each key once".  An iteration goes through the directory from a random table on, and through each
 * table's slots from a random slot on.  Entries never move within a table.  When a table is replaced while the
 * iteration is in it, the iteration goes on in the old one, which is marked stale, and looks each key up where it is
 * now: it may be gone or changed.  Then it passes all entries of the directory that the old table had, and with them
 * the tables that it was replaced by.  A directory that has doubled meanwhile doubles the iteration's place in it.
 * While an iteration is under way, no table is freed.
 *
 * Reference: Iter.Init, Iter.Next and nextDirIdx of Go 1.24's internal/runtime/maps. */
#include "map/planted.h"
#include "map/swissmap_internal.h"

#include <assert.h>

struct swissmap_iterator {
  struct swissmap *map;
  struct swissmap_group *small; /* the only group there was when the iteration began; NULL: there was a directory */
  uint64_t slot_offset;         /* slot each table is begun at */
  uint64_t directory_offset;    /* entry of the directory the iteration began at */
  uint64_t passed;              /* entries of the directory that are behind it, from the offset on */
  uint8_t global_depth;         /* of the directory in which the last two are counted */

  struct swissmap_table *table; /* in this table; NULL: between tables */
  uint64_t slot;                /* the next one, counted from slot_offset */

  uint64_t key; /* what swissmap_iterate_next found */
  uint64_t value;
};

static void swissmap_iterate_begin(struct swissmap_iterator *it, struct swissmap *map, uint64_t order_seed) {
  atomic_fetch_add_explicit(&map->iterations, 1, memory_order_relaxed);
  uint64_t random = swissmap_mix(order_seed);
  *it = (struct swissmap_iterator){
      .map = map,
      .small = map->directory_length == 0 ? map->small : NULL,
      .slot_offset = random,
      .directory_offset = random >> 32,
      .global_depth = map->global_depth,
  };
}

static void swissmap_iterate_end(struct swissmap_iterator *it) {
  atomic_fetch_sub_explicit(&it->map->iterations, 1, memory_order_relaxed);
}

/* True where the slot holds an entry to show.  `stale`: it is not where the map would look for it now. */
static bool swissmap_iterate_take(struct swissmap_iterator *it, const struct swissmap_group *group, uint64_t slot,
                                  bool stale) {
  unsigned index = slot % SWISSMAP_SLOTS;
  if (!swissmap_is_full(swissmap_control(group, index)))
    return false;
  it->key = group->slots[index].key;
  if (stale)
    return swissmap_look_up(it->map, it->key, &it->value) == MAP_DONE;
  it->value = group->slots[index].value;
  return true;
}

static bool swissmap_iterate_next_small(struct swissmap_iterator *it) {
  while (it->slot < SWISSMAP_SLOTS) {
    uint64_t slot = it->slot++ + it->slot_offset;
    if (swissmap_iterate_take(it, it->small, slot, it->map->directory_length != 0))
      return true;
  }
  return false;
}

/* Goes to the next table.  The first may be entered in the middle of its entries: then the offset was chosen amiss. */
static bool swissmap_iterate_enter(struct swissmap_iterator *it) {
  struct swissmap *map = it->map;
  if (it->passed >= map->directory_length)
    return false;
  uint64_t index = (it->passed + it->directory_offset) & (map->directory_length - 1);
  it->table = map->directory[index];
  it->directory_offset -= index - it->table->index;
  it->slot = 0;
  return true;
}

static void swissmap_iterate_leave(struct swissmap_iterator *it) {
  it->passed += PLANTED(swissrw_alias_again) ? 1 : swissmap_entries(it->map, it->table);
  it->table = NULL;
}

static bool swissmap_iterate_next(struct swissmap_iterator *it) {
  if (it->map->writing != 0)
    map_fatal("concurrent map iteration and map write");
  if (it->small != NULL)
    return swissmap_iterate_next_small(it);
  unsigned doublings = (it->map->global_depth - it->global_depth) & 63;
  it->passed <<= doublings;
  it->directory_offset <<= doublings;
  it->global_depth = it->map->global_depth;
  while (it->table != NULL || swissmap_iterate_enter(it)) {
    const struct swissmap_table *table = it->table;
    while (it->slot < table->capacity) {
      uint64_t slot = (it->slot++ + it->slot_offset) & (table->capacity - 1u);
      if (swissmap_iterate_take(it, &table->groups[slot / SWISSMAP_SLOTS], slot, table->index == SWISSMAP_STALE))
        return true;
    }
    swissmap_iterate_leave(it);
  }
  return false;
}

void swissmap_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return;
  struct swissmap_iterator it;
  swissmap_iterate_begin(&it, map, order_seed);
  while (swissmap_iterate_next(&it)) {
    enum map_visit_result result = visit(context, it.key, it.value);
    if (result == MAP_VISIT_STOP) {
      if (PLANTED(swissrw_stop_stays))
        return;
      break;
    }
    if (result == MAP_VISIT_DELETE) {
      assert(may_delete && "the caller said that visit deletes nothing");
      swissmap_delete(opaque, it.key, NULL);
    }
  }
  swissmap_iterate_end(&it);
  if (may_delete)
    swissmap_reap(map);
}
