/* striped_check.c - striped's insides at rest: what is there, and whether it holds together.
 *
 * Concurrency: none, the caller sees to that (map.h); so nothing is locked here.  A resize may be under way at rest:
 * its buckets are moved by the operations that come, and none comes.
 *
 * Bounded: a chain that leads back into itself is found before anything else follows it to its end. */
#include "map/striped_internal.h"

#include <assert.h>

static bool striped_is_power_of_two(uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }

/* Brent's search for a cycle: the tortoise is put where the hare is after 1, 2, 4, 8 ... steps. */
static bool striped_chain_ends(const struct striped_entry *entry) {
  const struct striped_entry *tortoise = NULL;
  for (uint64_t step = 0; entry != NULL; step++, entry = entry->next) {
    if (entry == tortoise)
      return false;
    if (striped_is_power_of_two(step))
      tortoise = entry;
  }
  return true;
}

static uint64_t striped_chain_length(const struct striped_entry *entry) {
  uint64_t length = 0;
  for (; entry != NULL; entry = entry->next)
    length++;
  return length;
}

static bool striped_chain_has(const struct striped_entry *entry, uint64_t key) {
  for (; entry != NULL; entry = entry->next)
    if (entry->key == key)
      return true;
  return false;
}

static bool striped_check_table(const struct striped_table *table, const char *which, struct map_fault *fault) {
  if (!striped_is_power_of_two(table->size) || table->size < STRIPED_STRIPES)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "the %s array has %llu buckets", which,
                          (unsigned long long)table->size);
  for (uint64_t i = 0; i < table->size; i++)
    if (!striped_chain_ends(table->buckets[i]))
      return !map_fault_set(fault, MAP_BROKEN_SHAPE, "the chain of bucket %llu of the %s array leads back into itself",
                            (unsigned long long)i, which);
  return true;
}

/* The arrays by themselves, and that all agree on whether a resize is under way. */
static bool striped_check_arrays(struct striped *map, struct map_fault *fault) {
  unsigned stripes_left = 0;
  struct striped_table *old = NULL;
  for (unsigned s = 0; s < STRIPED_STRIPES; s++) {
    if (map->stripes[s].old == NULL)
      continue;
    if (old != NULL && map->stripes[s].old != old)
      return !map_fault_set(fault, MAP_BROKEN_SHAPE, "stripe %u has another old array than the stripes before it", s);
    old = map->stripes[s].old;
    stripes_left++;
  }
  unsigned said = atomic_load(&map->stripes_left);
  if (said != stripes_left)
    return !map_fault_set(fault, MAP_BROKEN_BUSY, "%u stripes are said to have an old array, %u have one", said,
                          stripes_left);
  if (map->turn_taken != (stripes_left != 0))
    return !map_fault_set(fault, MAP_BROKEN_BUSY, "the turn is %s, and %u stripes have an old array",
                          map->turn_taken ? "taken" : "not taken", stripes_left);
  if (old == map->table)
    return !map_fault_set(fault, MAP_BROKEN_SHAPE, "the old array is the present one");
  return striped_check_table(map->table, "present", fault) && (old == NULL || striped_check_table(old, "old", fault));
}

/* Bucket `index` of the present or of an old array: every key belongs there and is nowhere else. */
static bool striped_check_bucket(struct striped *map, struct striped_table *table, uint64_t index,
                                 struct map_fault *fault) {
  for (const struct striped_entry *entry = table->buckets[index]; entry != NULL; entry = entry->next) {
    uint64_t hash = striped_hash(map, entry->key);
    unsigned long long key = entry->key, bucket = index, own = hash & (table->size - 1);
    if (own != bucket)
      return !map_fault_set(fault, MAP_BROKEN_REACH, "bucket %llu: key %llu belongs into bucket %llu", bucket, key,
                            own);
    if (striped_chain_has(entry->next, entry->key))
      return !map_fault_set(fault, MAP_BROKEN_TWICE, "bucket %llu: key %llu is there twice", bucket, key);
    if (table != map->table && striped_chain_has(*striped_bucket(map->table, hash), entry->key))
      return !map_fault_set(fault, MAP_BROKEN_TWICE, "key %llu is in the old array and in the present one", key);
  }
  return true;
}

static bool striped_check_stripe(struct striped *map, unsigned s, struct map_fault *fault) {
  const struct striped_stripe *stripe = &map->stripes[s];
  uint64_t entries = 0;
  for (uint64_t row = 0; row < striped_rows(map->table); row++) {
    if (!striped_check_bucket(map, map->table, row * STRIPED_STRIPES + s, fault))
      return false;
    entries += striped_chain_length(*striped_row(map->table, s, row));
  }
  uint64_t old_rows = stripe->old != NULL ? striped_rows(stripe->old) : 0;
  if (old_rows != 0 && stripe->moved >= old_rows)
    return !map_fault_set(fault, MAP_BROKEN_MOVED, "stripe %u: all is moved, and the old array is still in use", s);
  for (uint64_t row = 0; row < old_rows; row++) {
    if (row < stripe->moved && *striped_row(stripe->old, s, row) != NULL)
      return !map_fault_set(fault, MAP_BROKEN_MOVED, "stripe %u: row %llu of the old array is moved, and not empty", s,
                            (unsigned long long)row);
    if (!striped_check_bucket(map, stripe->old, row * STRIPED_STRIPES + s, fault))
      return false;
    entries += striped_chain_length(*striped_row(stripe->old, s, row));
  }
  uint64_t count = atomic_load(&stripe->count);
  if (count != entries)
    return !map_fault_set(fault, MAP_BROKEN_COUNT, "stripe %u: the count is %llu, there are %llu entries", s,
                          (unsigned long long)count, (unsigned long long)entries);
  return true;
}

static bool striped_check_size(struct striped *map, struct map_fault *fault) {
  uint64_t count = striped_count_roughly(map), size = map->table->size;
  uint64_t fit = striped_fit(map, size, count);
  if (fit != size && !map->refused)
    return !map_fault_set(fault, MAP_BROKEN_SIZE, "%llu buckets for %llu entries, which call for %llu",
                          (unsigned long long)size, (unsigned long long)count, (unsigned long long)fit);
  return true;
}

enum map_invariant striped_check(struct map *opaque, struct map_fault *fault) {
  struct striped *map = striped_of(opaque);
  *fault = (struct map_fault){.broken = MAP_SOUND};
  bool sound = striped_check_arrays(map, fault);
  for (unsigned s = 0; sound && s < STRIPED_STRIPES; s++)
    sound = striped_check_stripe(map, s, fault);
  sound = sound && striped_check_size(map, fault);
  assert(sound == (fault->broken == MAP_SOUND));
  return fault->broken;
}

static void striped_note_longest(struct map_snapshot *out, const struct striped_entry *chain) {
  uint64_t length = striped_chain_length(chain);
  if (length > out->longest_probe)
    out->longest_probe = length;
}

void striped_snapshot(struct map *opaque, struct map_snapshot *out) {
  struct striped *map = striped_of(opaque);
  uint64_t size = map->table->size;
  *out = (struct map_snapshot){
      .count = striped_count_roughly(map),
      .capacity = size,
      .log2_buckets = (uint64_t)__builtin_ctzll(size),
      .flags = (uint64_t)map->turn_taken | (uint64_t)map->refused << 1,
      .in_progress = map->turn_taken && atomic_load(&map->stripes_left) == 0,
  };
  for (uint64_t i = 0; i < size; i++)
    striped_note_longest(out, map->table->buckets[i]);
  for (unsigned s = 0; s < STRIPED_STRIPES; s++) {
    const struct striped_stripe *stripe = &map->stripes[s];
    for (uint64_t row = stripe->moved; stripe->old != NULL && row < striped_rows(stripe->old); row++) {
      striped_note_longest(out, *striped_row(stripe->old, s, row));
      out->old_buckets_left++;
    }
  }
}
