/* swissmap_check.c - a look at swissmap's insides, and what is wrong with them.
 *
 * Concurrency.  Only at rest.  What is found may be the ruin that misuse has left: every walk has a bound that does not
 * depend on what it finds, and nothing is followed before it was looked at.  Slots are compared byte by byte, not by
 * the control words' matches, so that a fault of those does not hide itself. */
#include "map/swissmap_internal.h"

#include <inttypes.h>

/* What a walk over a table or group counts. */
struct swissmap_census {
  uint64_t full;
  uint64_t deleted;
};

/* ---- finding ---- */

static unsigned swissmap_scan_group(const struct swissmap_group *group, uint64_t hash, uint64_t key) {
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++)
    if (swissmap_control(group, n) == swissmap_h2(hash) && group->slots[n].key == key)
      return n;
  return SWISSMAP_SLOTS;
}

static bool swissmap_has_empty(const struct swissmap_group *group) {
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++)
    if (swissmap_control(group, n) == SWISSMAP_EMPTY)
      return true;
  return false;
}

/* The slot at which looking the key up in the table ends, NULL where that is in vain.  *groups: how many it looks at.
 */
static const struct swissmap_slot *swissmap_scan_table(const struct swissmap_table *table, uint64_t hash, uint64_t key,
                                                       uint64_t *groups) {
  struct swissmap_probe probe = swissmap_probe_begin(table, hash);
  for (*groups = 1; *groups <= swissmap_group_mask(table) + 1; ++*groups) {
    const struct swissmap_group *group = &table->groups[probe.offset];
    unsigned index = swissmap_scan_group(group, hash, key);
    if (index < SWISSMAP_SLOTS)
      return &group->slots[index];
    if (swissmap_has_empty(group))
      return NULL;
    swissmap_probe_next(&probe);
  }
  return NULL;
}

/* ---- looking ---- */

static uint64_t swissmap_tombstones(const struct swissmap_group *group) {
  uint64_t found = 0;
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++)
    found += swissmap_control(group, n) == SWISSMAP_DELETED;
  return found;
}

static uint64_t swissmap_longest_probe(const struct swissmap *map, const struct swissmap_table *table) {
  uint64_t longest = 0;
  for (uint64_t slot = 0; slot < table->capacity; slot++) {
    const struct swissmap_group *group = &table->groups[slot / SWISSMAP_SLOTS];
    if (!swissmap_is_full(swissmap_control(group, slot % SWISSMAP_SLOTS)))
      continue;
    uint64_t key = group->slots[slot % SWISSMAP_SLOTS].key;
    uint64_t groups;
    swissmap_scan_table(table, swissmap_hash(map, key), key, &groups);
    longest = groups > longest ? groups : longest;
  }
  return longest * SWISSMAP_SLOTS;
}

/* The n-th entry's table, NULL where it was met at the entry before. */
static const struct swissmap_table *swissmap_table_at(const struct swissmap *map, uint64_t n) {
  return n > 0 && map->directory[n] == map->directory[n - 1] ? NULL : map->directory[n];
}

/* What is retired has been replaced.  That happens to the small group, to a map's first table until it has
 * SWISSMAP_TABLE_MAX slots (to tables that a hint made, once each at most), and then once for each table more. */
static uint64_t swissmap_retired_bound(const struct swissmap *map) { return map->directory_length + 2; }

/* Stops past the bound. */
static uint64_t swissmap_retired(const struct swissmap *map) {
  uint64_t retired = map->retired_small != NULL;
  for (const struct swissmap_table *table = map->retired; table != NULL; table = table->next_retired)
    if (++retired > swissmap_retired_bound(map))
      break;
  return retired;
}

void swissmap_snapshot(struct map *opaque, struct map_snapshot *out) {
  const struct swissmap *map = swissmap_of(opaque);
  *out = (struct map_snapshot){
      .count = map->used,
      .capacity = map->small != NULL ? SWISSMAP_SLOTS : 0,
      .log2_buckets = map->global_depth, /* tables are the buckets of an extendible hash table */
      .flags = map->writing,
      .in_progress = map->writing + atomic_load_explicit(&map->iterations, memory_order_relaxed),
      .longest_probe = map->small != NULL ? SWISSMAP_SLOTS : 0,
      .retired = swissmap_retired(map),
      .retired_bound = swissmap_retired_bound(map),
  };
  for (uint64_t n = 0; n < map->directory_length; n++) {
    const struct swissmap_table *table = swissmap_table_at(map, n);
    if (table == NULL)
      continue;
    uint64_t longest = swissmap_longest_probe(map, table);
    out->capacity += table->capacity;
    out->longest_probe = longest > out->longest_probe ? longest : out->longest_probe;
    for (uint64_t group = 0; group <= swissmap_group_mask(table); group++)
      out->tombstones += swissmap_tombstones(&table->groups[group]);
  }
}

/* ---- checking: each of these returns false where it found something wrong ---- */

static bool swissmap_check_rest(const struct swissmap *map, struct map_fault *fault) {
  if (map->writing != 0)
    return !map_fault_set(fault, MAP_BROKEN_BUSY, "the writing flag is %u", map->writing);
  uint32_t iterations = atomic_load_explicit(&map->iterations, memory_order_relaxed);
  if (iterations != 0)
    return !map_fault_set(fault, MAP_BROKEN_BUSY, "%" PRIu32 " iterations are under way", iterations);
  uint64_t bound = swissmap_retired_bound(map);
  if (swissmap_retired(map) > bound)
    return !map_fault_set(fault, MAP_BROKEN_RETIRED, "more than %" PRIu64 " tables are retired", bound);
  return true;
}

/* The entries of the table that the n-th entry of the directory names. */
static bool swissmap_check_entries(const struct swissmap *map, uint64_t n, struct map_fault *fault) {
  const struct swissmap_table *table = map->directory[n];
  if (table == NULL)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "directory entry %" PRIu64 ": no table", n);
  if (table->local_depth > map->global_depth)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "directory entry %" PRIu64 ": a table of depth %u, beyond %u", n,
                          table->local_depth, map->global_depth);
  uint64_t entries = swissmap_entries(map, table);
  uint64_t index = n & ~(entries - 1);
  if (table->index != index)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE,
                          "directory entry %" PRIu64 ": its table says %" PRIu64 ", not %" PRIu64, n, table->index,
                          index);
  for (uint64_t other = index; other < index + entries; other++)
    if (map->directory[other] != table)
      return !map_fault_set(fault, MAP_BROKEN_SHAPE, "directory entry %" PRIu64 ": not the table of entry %" PRIu64,
                            other, n);
  if (table->capacity < SWISSMAP_SLOTS || table->capacity > SWISSMAP_TABLE_MAX ||
      (table->capacity & (table->capacity - 1)) != 0)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "table %" PRIu64 ": %u slots", index, table->capacity);
  return true;
}

static bool swissmap_check_directory(const struct swissmap *map, struct map_fault *fault) {
  uint64_t length = map->directory_length;
  if ((length == 0) != (map->directory == NULL) || (length != 0 && map->small != NULL))
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "neither a small map nor one with a directory");
  if (length == 0)
    return true;
  if (map->global_depth >= 64 || length != UINT64_C(1) << map->global_depth ||
      map->global_shift != 64 - map->global_depth)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "a directory of %" PRIu64 " entries with depth %u and shift %u",
                          length, map->global_depth, map->global_shift);
  for (uint64_t n = 0; n < length; n++)
    if (!swissmap_check_entries(map, n, fault))
      return false;
  return true;
}

static bool swissmap_check_controls(const struct swissmap_group *group, struct swissmap_census *census,
                                    struct map_fault *fault) {
  uint64_t deleted = swissmap_tombstones(group);
  if (deleted != 0 && swissmap_has_empty(group))
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "a group with tombstones and an empty slot");
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++) {
    uint8_t control = swissmap_control(group, n);
    if (!swissmap_is_full(control) && control != SWISSMAP_EMPTY && control != SWISSMAP_DELETED)
      return !map_fault_set(fault, MAP_BROKEN_SHAPE, "a control byte of %#x", control);
    census->full += swissmap_is_full(control);
  }
  census->deleted += deleted;
  return true;
}

/* An entry that `found`, where looking its key up ends, should be; `where` is a table's index. */
static bool swissmap_check_found(const struct swissmap_slot *slot, const struct swissmap_slot *found, uint64_t where,
                                 struct map_fault *fault) {
  if (found == NULL)
    return !map_fault_set(fault, MAP_BROKEN_REACH, "table %" PRIu64 ": key %" PRIu64 " is not found", where, slot->key);
  if (found != slot)
    return !map_fault_set(fault, MAP_BROKEN_TWICE, "table %" PRIu64 ": key %" PRIu64 " is stored twice", where,
                          slot->key);
  return true;
}

static bool swissmap_check_keys(const struct swissmap *map, const struct swissmap_table *table,
                                struct map_fault *fault) {
  for (uint64_t n = 0; n < table->capacity; n++) {
    const struct swissmap_group *group = &table->groups[n / SWISSMAP_SLOTS];
    unsigned index = n % SWISSMAP_SLOTS;
    if (!swissmap_is_full(swissmap_control(group, index)))
      continue;
    uint64_t key = group->slots[index].key;
    uint64_t hash = swissmap_hash(map, key);
    uint64_t groups;
    if (map->directory[swissmap_directory_index(map, hash)] != table)
      return !map_fault_set(fault, MAP_BROKEN_REACH, "table %" PRIu64 ": key %" PRIu64 " belongs into table %" PRIu64,
                            table->index, key, map->directory[swissmap_directory_index(map, hash)]->index);
    const struct swissmap_slot *found = swissmap_scan_table(table, hash, key, &groups);
    if (!swissmap_check_found(&group->slots[index], found, table->index, fault))
      return false;
  }
  return true;
}

static bool swissmap_check_table(const struct swissmap *map, const struct swissmap_table *table, uint64_t *used,
                                 struct map_fault *fault) {
  struct swissmap_census census = {0};
  for (uint64_t n = 0; n <= swissmap_group_mask(table); n++)
    if (!swissmap_check_controls(&table->groups[n], &census, fault))
      return false;
  if (!swissmap_check_keys(map, table, fault))
    return false;
  if (census.full != table->used)
    return !map_fault_set(fault, MAP_BROKEN_COUNT, "table %" PRIu64 ": %" PRIu64 " entries, the count says %u",
                          table->index, census.full, table->used);
  uint64_t limit = swissmap_growth_limit(table->capacity);
  if (census.full + census.deleted + table->growth_left != limit)
    return !map_fault_set(fault, MAP_BROKEN_SIZE,
                          "table %" PRIu64 ": %" PRIu64 " entries, %" PRIu64
                          " tombstones and %u to go are not %" PRIu64,
                          table->index, census.full, census.deleted, table->growth_left, limit);
  *used += census.full;
  return true;
}

static bool swissmap_check_small(const struct swissmap *map, uint64_t *used, struct map_fault *fault) {
  struct swissmap_census census = {0};
  if (!swissmap_check_controls(map->small, &census, fault))
    return false;
  if (census.deleted != 0)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "a small map with a tombstone");
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++) {
    if (!swissmap_is_full(swissmap_control(map->small, n)))
      continue;
    const struct swissmap_slot *slot = &map->small->slots[n];
    unsigned index = swissmap_scan_group(map->small, swissmap_hash(map, slot->key), slot->key);
    if (!swissmap_check_found(slot, index < SWISSMAP_SLOTS ? &map->small->slots[index] : NULL, 0, fault))
      return false;
  }
  *used = census.full;
  return true;
}

static bool swissmap_check_all(const struct swissmap *map, struct map_fault *fault) {
  if (!swissmap_check_rest(map, fault) || !swissmap_check_directory(map, fault))
    return false;
  uint64_t used = 0;
  if (map->small != NULL && !swissmap_check_small(map, &used, fault))
    return false;
  for (uint64_t n = 0; n < map->directory_length; n++) {
    const struct swissmap_table *table = swissmap_table_at(map, n);
    if (table != NULL && !swissmap_check_table(map, table, &used, fault))
      return false;
  }
  if (used != map->used)
    return !map_fault_set(fault, MAP_BROKEN_COUNT, "%" PRIu64 " entries, the count says %" PRIu64, used, map->used);
  return true;
}

enum map_invariant swissmap_check(struct map *opaque, struct map_fault *fault) {
  *fault = (struct map_fault){.broken = MAP_SOUND};
  swissmap_check_all(swissmap_of(opaque), fault);
  return fault->broken;
}
