/* syncmap_table.c - syncmap's tables from keys to entries: what Go has its built-in map for.
 *
 * Concurrency.  None here: every access is plain.  A table is its maker's until it is published by a store of
 * syncmap.read; from then on nobody writes to it (syncmap.c).
 *
 * Structure.  Open addressing with linear probing in 2^n slots, of which at most three quarters are in use, so every
 * probe ends at an empty one.  Removing an entry moves those behind it forward, so there are no tombstones.
 *
 * Reference: D. E. Knuth, The Art of Computer Programming 3, section 6.4, algorithms L and R. */
#include "map/syncmap_internal.h"

#include "map/planted.h"

#include <assert.h>
#include <stdlib.h>

#define SYNCMAP_LEAST_SLOTS 4

/* The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection in which every bit depends on all. */
static uint64_t syncmap_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

uint64_t syncmap_table_home(const struct syncmap_table *table, uint64_t key) {
  return syncmap_mix(syncmap_mix(key ^ table->hash_seed) + key) & table->mask;
}

static bool syncmap_table_holds(uint64_t slots, uint64_t count) { return count <= slots - slots / 4; }

struct syncmap_table *syncmap_table_create(uint64_t hash_seed, uint64_t count) {
  assert(count <= SYNCMAP_MOST_ENTRIES);
  uint64_t slots = SYNCMAP_LEAST_SLOTS;
  while (!syncmap_table_holds(slots, count))
    slots *= 2;
  struct syncmap_table *table = calloc(1, sizeof *table + slots * sizeof table->slots[0]);
  if (table == NULL)
    return NULL;
  table->block.kind = SYNCMAP_TABLE;
  table->hash_seed = hash_seed;
  table->mask = slots - 1;
  for (unsigned amended = 0; amended < 2; amended++)
    table->views[amended] = (struct syncmap_view){.table = table, .amended = amended};
  return table;
}

/* The slot that has the key, or UINT64_MAX. */
static uint64_t syncmap_table_slot(const struct syncmap_table *table, uint64_t key) {
  uint64_t home = syncmap_table_home(table, key);
  uint64_t longest = PLANTED(syncmap_short_probe) ? 16 : table->mask + 1;
  for (uint64_t n = 0; n < longest; n++) {
    uint64_t slot = (home + n) & table->mask;
    if (table->slots[slot] == NULL)
      break;
    if (table->slots[slot]->key == key)
      return slot;
  }
  return UINT64_MAX;
}

struct syncmap_entry *syncmap_table_find(const struct syncmap_table *table, uint64_t key) {
  if (table == NULL)
    return NULL;
  uint64_t slot = syncmap_table_slot(table, key);
  return slot != UINT64_MAX ? table->slots[slot] : NULL;
}

void syncmap_table_add(struct syncmap_table *table, struct syncmap_entry *entry) {
  assert(syncmap_table_holds(table->mask + 1, table->count + 1) && "room was made before");
  uint64_t slot = syncmap_table_home(table, entry->key);
  while (table->slots[slot] != NULL)
    slot = (slot + 1) & table->mask;
  table->slots[slot] = entry;
  table->count++;
}

bool syncmap_table_reserve(struct syncmap_table **table) {
  struct syncmap_table *old = *table;
  if (syncmap_table_holds(old->mask + 1, old->count + 1))
    return true;
  struct syncmap_table *larger = syncmap_table_create(old->hash_seed, 2 * old->count);
  if (larger == NULL)
    return false;
  for (uint64_t slot = 0; slot <= old->mask; slot++)
    if (old->slots[slot] != NULL)
      syncmap_table_add(larger, old->slots[slot]);
  *table = larger;
  free(old);
  return true;
}

struct syncmap_entry *syncmap_table_remove(struct syncmap_table *table, uint64_t key) {
  if (table == NULL)
    return NULL;
  uint64_t hole = syncmap_table_slot(table, key);
  if (hole == UINT64_MAX)
    return NULL;
  struct syncmap_entry *removed = table->slots[hole];
  uint64_t slot = PLANTED(syncmap_remove_leaves_hole) ? hole : (hole + 1) & table->mask;
  for (; slot != hole && table->slots[slot] != NULL; slot = (slot + 1) & table->mask) {
    /* An entry goes forward into the hole unless its probe begins behind that. */
    uint64_t home = syncmap_table_home(table, table->slots[slot]->key);
    if (((slot - home) & table->mask) < ((slot - hole) & table->mask))
      continue;
    table->slots[hole] = table->slots[slot];
    hole = slot;
  }
  table->slots[hole] = NULL;
  table->count--;
  return removed;
}
