/* seqmap_check.c - seqmap looked at from outside: the snapshot, and what must hold at rest.
 *
 * Concurrency.  Both only read, and take no lock: the snapshot runs where nobody writes, the check where nobody does
 * anything.  Every walk is bounded by the size of the table. */
#include "map/seqmap_internal.h"

#include <inttypes.h>

/* What a walk over the present table counts. */
struct seqmap_census {
  uint64_t full, tombstones, longest_probe;
};

static struct seqmap_census seqmap_census_of(const struct seqmap *map, const struct seqmap_table *table) {
  struct seqmap_census census = {0, 0, 0};
  uint64_t mask = seqmap_slots(table->log2_slots) - 1;
  for (uint64_t n = 0; n <= mask; n++) {
    uint32_t mark = seqmap_mark_of(&table->slots[n]);
    census.tombstones += mark == SEQMAP_TOMBSTONE;
    if (mark != SEQMAP_FULL)
      continue;
    uint64_t home = seqmap_home(table, seqmap_hash(map, seqmap_key_of(&table->slots[n])));
    uint64_t probe = ((n - home) & mask) + 1;
    census.full++;
    census.longest_probe = probe > census.longest_probe ? probe : census.longest_probe;
  }
  return census;
}

/* Readers that are in, or whom a shut seat counts for a moment. */
static uint64_t seqmap_readers(const struct seqmap *map) {
  uint64_t readers = 0;
  for (unsigned n = 0; n < SEQMAP_SEATS; n++)
    readers += atomic_load_explicit(&map->seats[n].readers, memory_order_relaxed) & ~SEQMAP_SHUT;
  return readers;
}

/* What seqmap_replace leaves: see `Bound` in seqmap_table.c. */
static uint64_t seqmap_retired_bound(const struct seqmap_table *table) {
  return SEQMAP_SEATS - 1 - (uint64_t)(SEQMAP_LOG2_MAX - table->log2_slots);
}

/* flags: 1 while a call writes, 2 while a write section is open. */
void seqmap_snapshot(struct map *opaque, struct map_snapshot *out) {
  struct seqmap *map = seqmap_of(opaque);
  const struct seqmap_table *table = seqmap_table(map);
  struct seqmap_census census = seqmap_census_of(map, table);
  bool writing = atomic_load_explicit(&map->writing, memory_order_relaxed);
  bool section = atomic_load_explicit(&table->sequence, memory_order_relaxed) % 2 != 0;
  *out = (struct map_snapshot){
      .count = seqmap_count(table),
      .capacity = seqmap_slots(table->log2_slots),
      .tombstones = census.tombstones,
      .flags = (uint64_t)writing | (uint64_t)section << 1,
      .in_progress = writing + seqmap_readers(map),
      .longest_probe = census.longest_probe,
      .retired = (uint64_t)__builtin_popcountll(map->retired),
      .retired_bound = seqmap_retired_bound(table),
  };
}

/* ---- the check ---- */

static enum map_invariant seqmap_check_rest(const struct seqmap *map, const struct seqmap_table *table,
                                            struct map_fault *fault) {
  if (atomic_load_explicit(&map->writing, memory_order_relaxed))
    return map_fault_set(fault, MAP_BROKEN_BUSY, "the guard says that a call is writing");
  uint64_t sequence = atomic_load_explicit(&table->sequence, memory_order_relaxed);
  if (sequence % 2 != 0)
    return map_fault_set(fault, MAP_BROKEN_BUSY, "a write section is open: the sequence number is %" PRIu64, sequence);
  return MAP_SOUND;
}

/* A seat is open exactly when it holds a table, and nobody is in. */
static enum map_invariant seqmap_check_seats(const struct seqmap *map, const struct seqmap_table *table,
                                             struct map_fault *fault) {
  uint64_t present = UINT64_C(1) << atomic_load_explicit(&map->current, memory_order_relaxed);
  if (map->retired & present)
    return map_fault_set(fault, MAP_BROKEN_SHAPE, "the present table is out of use");
  for (unsigned n = 0; n < SEQMAP_SEATS; n++) {
    uint32_t readers = atomic_load_explicit(&map->seats[n].readers, memory_order_relaxed);
    bool open = !(readers & SEQMAP_SHUT), holds = !(seqmap_free_seats(map) >> n & 1);
    if ((readers & ~SEQMAP_SHUT) != 0)
      return map_fault_set(fault, MAP_BROKEN_BUSY, "seat %u counts %" PRIu32 " readers", n, readers & ~SEQMAP_SHUT);
    if (open != holds)
      return map_fault_set(fault, MAP_BROKEN_SHAPE, "seat %u %s and is %s", n,
                           holds ? "holds a table" : "holds no table", open ? "open" : "shut");
    if (holds && seqmap_table_of(&map->seats[n]) == NULL)
      return map_fault_set(fault, MAP_BROKEN_SHAPE, "seat %u lacks its table", n);
  }
  uint64_t retired = (uint64_t)__builtin_popcountll(map->retired), bound = seqmap_retired_bound(table);
  if (retired > bound)
    return map_fault_set(fault, MAP_BROKEN_RETIRED, "%" PRIu64 " tables wait to be freed, at most %" PRIu64 " may",
                         retired, bound);
  return MAP_SOUND;
}

/* The entry in slot n is found there, by a probe for its key. */
static enum map_invariant seqmap_check_entry(const struct seqmap *map, const struct seqmap_table *table, uint64_t n,
                                             struct map_fault *fault) {
  uint64_t mask = seqmap_slots(table->log2_slots) - 1;
  uint64_t key = seqmap_key_of(&table->slots[n]), home = seqmap_home(table, seqmap_hash(map, key));
  for (uint64_t at = home; at != n; at = (at + 1) & mask) {
    uint32_t mark = seqmap_mark_of(&table->slots[at]);
    if (mark == SEQMAP_EMPTY)
      return map_fault_set(fault, MAP_BROKEN_REACH,
                           "key %" PRIu64 " is in slot %" PRIu64 ", its probe from %" PRIu64 " ends at %" PRIu64, key,
                           n, home, at);
    if (mark == SEQMAP_FULL && seqmap_key_of(&table->slots[at]) == key)
      return map_fault_set(fault, MAP_BROKEN_TWICE, "key %" PRIu64 " is in slots %" PRIu64 " and %" PRIu64, key, at, n);
  }
  return MAP_SOUND;
}

static enum map_invariant seqmap_check_slots(const struct seqmap *map, const struct seqmap_table *table,
                                             struct map_fault *fault) {
  for (uint64_t n = 0; n < seqmap_slots(table->log2_slots); n++) {
    uint32_t mark = seqmap_mark_of(&table->slots[n]);
    if (mark > SEQMAP_TOMBSTONE)
      return map_fault_set(fault, MAP_BROKEN_SHAPE, "slot %" PRIu64 " is marked %" PRIu32, n, mark);
    if (mark == SEQMAP_FULL && seqmap_check_entry(map, table, n, fault) != MAP_SOUND)
      return fault->broken;
  }
  return MAP_SOUND;
}

static enum map_invariant seqmap_check_counts(const struct seqmap *map, const struct seqmap_table *table,
                                              struct map_fault *fault) {
  struct seqmap_census census = seqmap_census_of(map, table);
  if (census.full != seqmap_count(table))
    return map_fault_set(fault, MAP_BROKEN_COUNT, "the count is %" PRIu64 ", there are %" PRIu64 " entries",
                         seqmap_count(table), census.full);
  if (census.full + census.tombstones != table->used)
    return map_fault_set(fault, MAP_BROKEN_COUNT,
                         "%" PRIu64 " slots count as used, %" PRIu64 " are full and %" PRIu64 " tombstones",
                         table->used, census.full, census.tombstones);
  if (table->used > seqmap_limit(table->log2_slots) || table->log2_slots < map->least_log2)
    return map_fault_set(fault, MAP_BROKEN_SIZE, "%" PRIu64 " slots of 2^%u are in use, with 2^%u at least",
                         table->used, table->log2_slots, map->least_log2);
  return MAP_SOUND;
}

enum map_invariant seqmap_check(struct map *opaque, struct map_fault *fault) {
  static enum map_invariant (*const parts[])(const struct seqmap *, const struct seqmap_table *, struct map_fault *) = {
      seqmap_check_rest, seqmap_check_seats, seqmap_check_slots, seqmap_check_counts};
  struct seqmap *map = seqmap_of(opaque);
  *fault = (struct map_fault){.broken = MAP_SOUND};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && fault->broken == MAP_SOUND; i++)
    parts[i](map, seqmap_table(map), fault);
  return fault->broken;
}
