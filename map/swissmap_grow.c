/* swissmap_grow.c - swissmap's tables: making them, growth, splits, and giving them back.
 *
 * Concurrency.  Everything here runs inside a write (swissmap.c), alone.
 *
 * A table that has no growth left, be it for entries or for tombstones, is replaced at once and whole: by one twice as
 * large, or from SWISSMAP_TABLE_MAX slots on by two of that size, between which the next bit of the hash decides.
 * The directory has 2^global_depth entries, for the first global_depth bits of the hash.  A table is for the keys
 * whose first local_depth bits are equal, so it stands in 2^(global_depth - local_depth) entries side by side, from
 * its index on.  A split of a table with one entry needs a directory of twice the size first.
 *
 * The old table keeps its entries and is marked stale: an iteration that stands in it goes on there, and looks its keys
 * up.  No iteration holds on to a directory, so an old one is freed.
 *
 * Reference: growToTable, rehash, grow, split, installTableSplit and replaceTable of Go 1.24's internal/runtime/maps.
 */
#include "map/planted.h"
#include "map/swissmap_internal.h"

#include <stdlib.h>

/* ---- tables ---- */

void swissmap_empty_group(struct swissmap_group *group) {
  *group = (struct swissmap_group){.controls.word = SWISSMAP_ALL_EMPTY};
}

/* `capacity` is a power of two, SWISSMAP_SLOTS to SWISSMAP_TABLE_MAX. */
static struct swissmap_table *swissmap_table_create(uint64_t capacity, uint64_t index, uint8_t local_depth) {
  uint64_t groups = capacity / SWISSMAP_SLOTS;
  struct swissmap_table *table = malloc(sizeof *table + groups * sizeof table->groups[0]);
  if (table == NULL)
    return NULL;
  *table = (struct swissmap_table){
      .index = index,
      .capacity = (uint16_t)capacity,
      .growth_left = swissmap_growth_limit(capacity),
      .local_depth = local_depth,
  };
  for (uint64_t n = 0; n < groups; n++)
    swissmap_empty_group(&table->groups[n]);
  return table;
}

void swissmap_empty_table(struct swissmap_table *table) {
  uint16_t limit = swissmap_growth_limit(table->capacity);
  if (table->used == 0 && table->growth_left == limit)
    return; /* nor has it tombstones */
  for (uint64_t n = 0; n <= swissmap_group_mask(table); n++)
    swissmap_empty_group(&table->groups[n]);
  table->used = 0;
  table->growth_left = limit;
}

static uint64_t swissmap_power_of_two_from(uint64_t least) {
  uint64_t power = 1;
  while (power < least)
    power *= 2;
  return power;
}

/* Go's NewMap: as many tables of one size as hold the hint at full load, on average. */
bool swissmap_make_tables(struct swissmap *map, uint64_t hint) {
  uint64_t slots = hint * SWISSMAP_SLOTS / SWISSMAP_LOAD;
  uint64_t length = swissmap_power_of_two_from((slots + SWISSMAP_TABLE_MAX - 1) / SWISSMAP_TABLE_MAX);
  uint64_t capacity = swissmap_power_of_two_from(slots / length);
  uint8_t depth = (uint8_t)__builtin_ctzll(length);
  struct swissmap_table **directory = calloc(length, sizeof(struct swissmap_table *));
  if (directory == NULL)
    return false;
  for (uint64_t n = 0; n < length; n++) {
    directory[n] = swissmap_table_create(capacity < SWISSMAP_SLOTS ? SWISSMAP_SLOTS : capacity, n, depth);
    if (directory[n] == NULL) {
      while (n > 0)
        free(directory[--n]);
      free(directory);
      return false;
    }
  }
  map->directory = directory;
  map->directory_length = length;
  map->global_depth = depth;
  map->global_shift = (uint8_t)(64 - depth);
  return true;
}

bool swissmap_make_small(struct swissmap *map) {
  map->small = malloc(sizeof *map->small);
  if (map->small != NULL)
    swissmap_empty_group(map->small);
  return map->small != NULL;
}

/* ---- giving back ---- */

static bool swissmap_is_iterated(const struct swissmap *map) {
  uint32_t iterations = atomic_load_explicit(&map->iterations, memory_order_relaxed);
  return PLANTED(swissrw_iterate_two) ? iterations == 1 : iterations != 0;
}

static void swissmap_free_retired(struct swissmap *map) {
  free(map->retired_small);
  map->retired_small = NULL;
  while (map->retired != NULL) {
    struct swissmap_table *next = map->retired->next_retired;
    free(map->retired);
    map->retired = next;
  }
}

void swissmap_reap(struct swissmap *map) {
  if (!swissmap_is_iterated(map))
    swissmap_free_retired(map);
}

/* Takes a table that is in the directory no more. */
static void swissmap_table_discard(struct swissmap *map, struct swissmap_table *table) {
  table->index = SWISSMAP_STALE;
  table->next_retired = map->retired;
  map->retired = table;
  swissmap_reap(map);
}

void swissmap_free_all(struct swissmap *map) {
  swissmap_free_retired(map);
  free(map->small);
  for (uint64_t n = 0; n < map->directory_length; n++)
    if (n + 1 == map->directory_length || map->directory[n] != map->directory[n + 1])
      free(map->directory[n]);
  free(map->directory);
}

/* ---- the directory ---- */

/* Puts the table into all of its entries. */
static void swissmap_install(struct swissmap *map, struct swissmap_table *table) {
  uint64_t entries = swissmap_entries(map, table);
  for (uint64_t n = 0; n < entries; n++)
    map->directory[table->index + n] = table;
}

/* Makes `wider`, of twice the length, the directory.  A table is met at its own index first, and that grows: it is
 * doubled once. */
static void swissmap_widen(struct swissmap *map, struct swissmap_table **wider) {
  for (uint64_t n = 0; n < map->directory_length; n++) {
    struct swissmap_table *table = map->directory[n];
    wider[2 * n] = table;
    wider[2 * n + 1] = table;
    if (table->index == n)
      table->index = 2 * n;
  }
  struct swissmap_table **old = map->directory;
  map->global_depth++;
  map->global_shift--;
  map->directory = wider;
  map->directory_length *= 2;
  if (!PLANTED(swissmap_directory_leaks))
    free(old);
}

/* ---- growth ---- */

/* Go's uncheckedPutSlot: the key is not there, and the table has room and no tombstones. */
static void swissmap_put_unchecked(struct swissmap_table *table, uint64_t hash, const struct swissmap_slot *slot) {
  if (table->growth_left == 0)
    map_fatal("invariant failed: growthLeft is unexpectedly 0");
  struct swissmap_probe probe = swissmap_probe_begin(table, hash);
  while (swissmap_match_empty_or_deleted(table->groups[probe.offset].controls.word) == 0)
    swissmap_probe_next(&probe);
  struct swissmap_group *group = &table->groups[probe.offset];
  unsigned index = swissmap_match_first(swissmap_match_empty_or_deleted(group->controls.word));
  group->slots[index] = *slot;
  swissmap_control_set(group, index, swissmap_h2(hash));
  table->growth_left--;
  table->used++;
}

/* Copies the group's entries: to `high` those whose hashes have the bit set, to `low` the others. */
static void swissmap_copy_group(const struct swissmap *map, const struct swissmap_group *group, uint64_t bit,
                                struct swissmap_table *low, struct swissmap_table *high) {
  for (unsigned n = 0; n < SWISSMAP_SLOTS; n++) {
    if (!swissmap_is_full(swissmap_control(group, n)))
      continue;
    uint64_t hash = swissmap_hash(map, group->slots[n].key);
    swissmap_put_unchecked(hash & bit ? high : low, hash, &group->slots[n]);
  }
}

static void swissmap_copy_table(const struct swissmap *map, const struct swissmap_table *table, uint64_t bit,
                                struct swissmap_table *low, struct swissmap_table *high) {
  for (uint64_t n = 0; n <= swissmap_group_mask(table); n++)
    swissmap_copy_group(map, &table->groups[n], bit, low, high);
}

bool swissmap_leave_small(struct swissmap *map) {
  struct swissmap_table *table = swissmap_table_create(2 * SWISSMAP_SLOTS, 0, 0);
  struct swissmap_table **directory = malloc(sizeof(struct swissmap_table *));
  if (table == NULL || directory == NULL) {
    free(table);
    free(directory);
    return false;
  }
  swissmap_copy_group(map, map->small, 0, table, table);
  directory[0] = table;
  map->directory = directory;
  map->directory_length = 1;
  map->global_depth = 0;
  map->global_shift = 64;
  if (!PLANTED(swissmap_small_leaks))
    map->retired_small = map->small;
  map->small = NULL;
  swissmap_reap(map);
  return true;
}

static bool swissmap_grow(struct swissmap *map, struct swissmap_table *table) {
  struct swissmap_table *larger = swissmap_table_create(2u * table->capacity, table->index, table->local_depth);
  if (larger == NULL)
    return false;
  swissmap_copy_table(map, table, 0, larger, larger);
  swissmap_install(map, larger);
  if (!PLANTED(swissmap_grown_leaks))
    swissmap_table_discard(map, table);
  return true;
}

static bool swissmap_split(struct swissmap *map, struct swissmap_table *table) {
  uint8_t depth = (uint8_t)(table->local_depth + 1);
  bool widen = table->local_depth == map->global_depth;
  struct swissmap_table *low = swissmap_table_create(SWISSMAP_TABLE_MAX, SWISSMAP_STALE, depth);
  struct swissmap_table *high = swissmap_table_create(SWISSMAP_TABLE_MAX, SWISSMAP_STALE, depth);
  struct swissmap_table **wider = widen ? malloc(2 * map->directory_length * sizeof(struct swissmap_table *)) : NULL;
  if (low == NULL || high == NULL || (widen && wider == NULL)) {
    if (!PLANTED(swissrw_split_leaks))
      free(low);
    free(high);
    free(wider);
    return false;
  }
  unsigned place = PLANTED(swissrw_split_bit) ? map->global_depth + 1u : depth; /* of the bit, from the top */
  swissmap_copy_table(map, table, UINT64_C(1) << (64 - place), low, high);
  if (widen)
    swissmap_widen(map, wider);
  low->index = table->index;
  high->index = low->index + swissmap_entries(map, low);
  swissmap_install(map, low);
  swissmap_install(map, high);
  swissmap_table_discard(map, table);
  return true;
}

bool swissmap_rehash(struct swissmap *map, struct swissmap_table *table) {
  if (table->capacity < SWISSMAP_TABLE_MAX)
    return swissmap_grow(map, table);
  return swissmap_split(map, table);
}
