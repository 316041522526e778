/* gomap_check.c - gomap looked at from outside: the snapshot, and what must hold at rest.
 *
 * Concurrency.  Both only read, by plain accesses, and run where nobody writes; the check where nobody does anything.
 *
 * The check takes nothing for granted that unguarded writers may have broken: it goes by the size an array was made
 * with, follows no chain further than the array has overflow buckets, and only then looks keys up. */
#include "map/gomap_internal.h"

#define GOMAP_CIRCULAR UINT64_MAX

/* The check under way. */
struct gomap_audit {
  const struct gomap *map;
  struct map_fault *fault; /* broken stays MAP_SOUND as long as nothing is wrong */
  uint64_t entries;        /* seen where lookups find them */
};

/* ---- sizes ---- */

/* Of a table's list of overflow buckets, by Brent's search for a cycle. */
static uint64_t gomap_list_length(const struct gomap_overflow *list) {
  const struct gomap_overflow *behind = list;
  uint64_t length = 0, stride = 1;
  for (; list != NULL; list = list->next) {
    length++;
    if (list->next == behind)
      return GOMAP_CIRCULAR;
    if (length == stride) {
      behind = list;
      stride *= 2;
    }
  }
  return length;
}

/* Overflow buckets of the table that are in use. */
static uint64_t gomap_overflow_in_use(const struct gomap_table *table) {
  uint64_t listed = gomap_list_length(table->overflow);
  uint64_t behind = gomap_spare_buckets(table->log2_buckets);
  if (table->next_overflow != NULL) {
    ptrdiff_t next = table->next_overflow - table->buckets;
    behind = (uint64_t)next - gomap_bucket_count(table->log2_buckets);
  }
  return listed == GOMAP_CIRCULAR ? listed : listed + behind;
}

/* Of the chain, without its first bucket, up to limit + 1. */
static uint64_t gomap_chain_length(const struct gomap_bucket *first, uint64_t limit) {
  uint64_t length = 0;
  for (const struct gomap_bucket *b = first->overflow; b != NULL && length <= limit; b = b->overflow)
    length++;
  return length;
}

static uint64_t gomap_retired_length(const struct gomap *map) {
  uint64_t length = 0;
  for (const struct gomap_table *t = map->retired; t != NULL && length <= GOMAP_RETIRED_BOUND; t = t->next_retired)
    length++;
  return length;
}

/* ---- the snapshot ---- */

static void gomap_look_at_chain(const struct gomap_bucket *first, uint64_t limit, struct map_snapshot *out) {
  uint64_t buckets = 1 + gomap_chain_length(first, limit);
  uint64_t slots = 0;
  for (const struct gomap_bucket *b = first; buckets-- > 0; b = b->overflow) {
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      slots++;
      out->tombstones += b->tophash[i] == GOMAP_EMPTY_ONE;
      if (b->tophash[i] >= GOMAP_MIN_TOPHASH && slots > out->longest_probe)
        out->longest_probe = slots;
    }
  }
}

/* Buckets of the table that are not evacuated. */
static uint64_t gomap_look_at_table(const struct gomap_table *table, struct map_snapshot *out) {
  uint64_t used = 0;
  uint64_t limit = gomap_overflow_in_use(table);
  for (uint64_t n = 0; n < gomap_bucket_count(table->log2_buckets); n++) {
    if (gomap_is_evacuated(&table->buckets[n]))
      continue;
    used++;
    gomap_look_at_chain(&table->buckets[n], limit == GOMAP_CIRCULAR ? 0 : limit, out);
  }
  return used;
}

void gomap_snapshot(struct map *opaque, struct map_snapshot *out) {
  const struct gomap *map = gomap_of(opaque);
  uint64_t iterations = atomic_load_explicit(&map->iterations, memory_order_relaxed);
  *out = (struct map_snapshot){
      .count = (uint64_t)map->count,
      .capacity = map->table != NULL ? gomap_bucket_count(map->log2_buckets) * GOMAP_SLOTS : 0,
      .log2_buckets = map->log2_buckets,
      .overflow_buckets = map->overflow_count,
      .flags = map->flags | (uint64_t)atomic_load_explicit(&map->iterator_flags, memory_order_relaxed),
      .in_progress = iterations + ((map->flags & GOMAP_WRITING) != 0),
      .retired = gomap_retired_length(map),
      .retired_bound = iterations != 0 ? GOMAP_RETIRED_BOUND : 0,
  };
  if (map->table != NULL)
    gomap_look_at_table(map->table, out);
  if (map->old_table != NULL)
    out->old_buckets_left = gomap_look_at_table(map->old_table, out);
}

/* ---- the check: what is not about entries ---- */

static bool gomap_audit_idle(struct gomap_audit *audit) {
  const struct gomap *map = audit->map;
  unsigned iterations = atomic_load_explicit(&map->iterations, memory_order_relaxed);
  if (map->flags & GOMAP_WRITING)
    return !map_fault_set(audit->fault, MAP_BROKEN_BUSY, "the writing flag is set");
  if (iterations != 0)
    return !map_fault_set(audit->fault, MAP_BROKEN_BUSY, "%u iterations have not ended", iterations);
  if (map->retired != NULL)
    return !map_fault_set(audit->fault, MAP_BROKEN_RETIRED, "a bucket array is retired, and no iteration is under way");
  if (!gomap_is_growing(map) && map->flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING))
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "flags %u tell of a growth, and there is no old array",
                          (unsigned)map->flags);
  return true;
}

/* The arrays have as many buckets as the map believes. */
static bool gomap_audit_size(struct gomap_audit *audit) {
  const struct gomap *map = audit->map;
  if (map->table->log2_buckets != map->log2_buckets)
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "the array was made with B=%u and is used with B=%u",
                          (unsigned)map->table->log2_buckets, (unsigned)map->log2_buckets);
  if (map->log2_buckets < map->least_log2_buckets)
    return !map_fault_set(audit->fault, MAP_BROKEN_SIZE, "B=%u, less than the %u it was created with",
                          (unsigned)map->log2_buckets, (unsigned)map->least_log2_buckets);
  if (gomap_is_growing(map)) {
    uint64_t made = gomap_bucket_count(map->old_table->log2_buckets);
    uint64_t used = gomap_old_bucket_count(map);
    if (made != used)
      return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE,
                            "the old array has %llu buckets and is used as if it had %llu", (unsigned long long)made,
                            (unsigned long long)used);
  } else if (map->count > 0 && gomap_over_load_factor(map->count, (uint8_t)(map->log2_buckets + 1))) {
    /* Some more than the load factor come in while a growth of the same size is under way, or without memory. */
    return !map_fault_set(audit->fault, MAP_BROKEN_SIZE, "%lld entries in %llu buckets, and it is not growing",
                          (long long)map->count, (unsigned long long)gomap_bucket_count(map->log2_buckets));
  }
  return true;
}

/* Each overflow bucket in use is in one chain, and no chain goes anywhere else. */
static bool gomap_audit_overflow(struct gomap_audit *audit, const struct gomap_table *table, const char *which) {
  uint64_t used = gomap_overflow_in_use(table);
  if (used == GOMAP_CIRCULAR)
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "the list of the %s's overflow buckets is circular", which);
  uint64_t chained = 0;
  for (uint64_t n = 0; n < gomap_bucket_count(table->log2_buckets); n++) {
    chained += gomap_chain_length(&table->buckets[n], used);
    if (chained > used)
      return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE,
                            "the chain of %s bucket %llu is circular, or shares buckets with another", which,
                            (unsigned long long)n);
  }
  if (chained != used)
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%s: %llu overflow buckets are in use and %llu in chains",
                          which, (unsigned long long)used, (unsigned long long)chained);
  uint16_t counted = audit->map->overflow_count;
  bool exact = table->log2_buckets < 16;
  if (table == audit->map->table && (exact ? counted != chained : counted > chained))
    return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%u overflow buckets are counted and %llu are there",
                          (unsigned)counted, (unsigned long long)chained);
  return true;
}

/* ---- the check: evacuation ---- */

/* Whether the chain is evacuated, by its first mark, and all the others say the same. */
static bool gomap_audit_marks(struct gomap_audit *audit, uint64_t n) {
  const struct gomap *map = audit->map;
  const struct gomap_bucket *first = &map->old_table->buckets[n];
  bool evacuated = gomap_is_evacuated(first);
  bool doubling = !(map->flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING));
  for (const struct gomap_bucket *b = first; b != NULL; b = b->overflow) {
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      uint8_t top = b->tophash[i];
      bool marked = top > GOMAP_EMPTY_ONE && top < GOMAP_MIN_TOPHASH;
      if (marked != evacuated)
        return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "old bucket %llu is evacuated in part",
                              (unsigned long long)n);
      if (top == GOMAP_EVACUATED_Y && !doubling)
        return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "old bucket %llu went to a half that is not there",
                              (unsigned long long)n);
    }
  }
  return true;
}

static bool gomap_audit_evacuation(struct gomap_audit *audit) {
  const struct gomap *map = audit->map;
  uint64_t units = gomap_evacuation_units(map), mark = map->evacuation_mark;
  const struct gomap_bucket *old = map->old_table->buckets;
  if (mark >= units)
    return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "the mark is at %llu of %llu, and the growth is not over",
                          (unsigned long long)mark, (unsigned long long)units);
  for (uint64_t n = 0; n < gomap_old_bucket_count(map); n++) {
    if (!gomap_audit_marks(audit, n))
      return false;
    bool evacuated = gomap_is_evacuated(&old[n]);
    if (n % units < mark && !evacuated)
      return !map_fault_set(audit->fault, MAP_BROKEN_MOVED,
                            "old bucket %llu is below the mark at %llu and not evacuated", (unsigned long long)n,
                            (unsigned long long)mark);
    if (evacuated != gomap_is_evacuated(&old[n % units]))
      return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "of old buckets %llu and %llu one is evacuated",
                            (unsigned long long)(n % units), (unsigned long long)n);
  }
  /* It stops at an evacuated one only where it has made its longest step. */
  if (mark < GOMAP_MARK_STEP && gomap_is_evacuated(&old[mark]))
    return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "the mark stands at old bucket %llu, which is evacuated",
                          (unsigned long long)mark);
  return true;
}

/* ---- the check: entries ---- */

/* The entry is where looking its key up ends. */
static bool gomap_audit_entry(struct gomap_audit *audit, struct gomap_slot slot, const char *which, uint64_t n) {
  const struct gomap *map = audit->map;
  uint64_t key = slot.bucket->keys[slot.index];
  uint64_t hash = gomap_hash(map, key);
  struct gomap_slot found = gomap_find(gomap_bucket_of(map, hash), key, gomap_tophash(hash));
  audit->entries++;
  if (found.bucket == slot.bucket && found.index == slot.index)
    return true;
  if (found.bucket != NULL)
    return !map_fault_set(audit->fault, MAP_BROKEN_TWICE, "key %llu is in %s bucket %llu and somewhere else",
                          (unsigned long long)key, which, (unsigned long long)n);
  return !map_fault_set(audit->fault, MAP_BROKEN_REACH, "%s bucket %llu: key %llu is not found from bucket %llu on",
                        which, (unsigned long long)n, (unsigned long long)key,
                        (unsigned long long)(hash & (gomap_bucket_count(map->log2_buckets) - 1)));
}

static bool gomap_audit_chain(struct gomap_audit *audit, struct gomap_bucket *b, const char *which, uint64_t n) {
  bool rest = false;
  for (; b != NULL; b = b->overflow) {
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      uint8_t top = b->tophash[i];
      if (top >= GOMAP_MIN_TOPHASH) {
        if (!gomap_audit_entry(audit, (struct gomap_slot){b, i}, which, n))
          return false;
      } else if (top > GOMAP_EMPTY_ONE) {
        return !map_fault_set(audit->fault, MAP_BROKEN_MOVED, "%s bucket %llu is in use and has a mark of evacuation",
                              which, (unsigned long long)n);
      }
      if (rest && top != GOMAP_EMPTY_REST)
        return !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%s bucket %llu: the empty rest is not empty to its end",
                              which, (unsigned long long)n);
      rest = top == GOMAP_EMPTY_REST;
    }
  }
  return true;
}

static bool gomap_audit_entries(struct gomap_audit *audit) {
  const struct gomap *map = audit->map;
  for (uint64_t n = 0; n < gomap_bucket_count(map->log2_buckets); n++)
    if (!gomap_audit_chain(audit, &map->table->buckets[n], "new", n))
      return false;
  for (uint64_t n = 0; gomap_is_growing(map) && n < gomap_old_bucket_count(map); n++)
    if (!gomap_is_evacuated(&map->old_table->buckets[n]) &&
        !gomap_audit_chain(audit, &map->old_table->buckets[n], "old", n))
      return false;
  return true;
}

static bool gomap_audit_tables(struct gomap_audit *audit) {
  const struct gomap *map = audit->map;
  if (map->table == NULL)
    return !gomap_is_growing(map) || !map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "an old array without a new one");
  if (!gomap_audit_size(audit) || !gomap_audit_overflow(audit, map->table, "new"))
    return false;
  if (gomap_is_growing(map) && (!gomap_audit_overflow(audit, map->old_table, "old") || !gomap_audit_evacuation(audit)))
    return false;
  return gomap_audit_entries(audit);
}

enum map_invariant gomap_check(struct map *opaque, struct map_fault *fault) {
  struct gomap_audit audit = {.map = gomap_of(opaque), .fault = fault};
  *fault = (struct map_fault){.broken = MAP_SOUND};
  if (gomap_audit_idle(&audit) && gomap_audit_tables(&audit) && (int64_t)audit.entries != audit.map->count)
    map_fault_set(fault, MAP_BROKEN_COUNT, "the count is %lld, and there are %llu entries", (long long)audit.map->count,
                  (unsigned long long)audit.entries);
  return fault->broken;
}
