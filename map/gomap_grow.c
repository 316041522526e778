/* gomap_grow.c - gomap's bucket arrays: making them, growing, shrinking, evacuation, and giving them back.
 *
 * Concurrency.  Everything here runs inside a write (gomap.c), alone, but for gomap_evacuation_units and
 * gomap_old_bucket_of, which readers use too.
 *
 * Growth is incremental.  gomap_hash_grow makes the new array and leaves the entries where they are; from then on each
 * write first evacuates the old buckets of the bucket it is about to use, and one more unit at evacuation_mark.  A
 * reader looks into the old bucket until its marks say that it is evacuated.  A unit of evacuation is
 *   doubling     one old bucket, split by one more bit of the hash into X (low half) and Y (high half);
 *   same size    one old bucket, copied without its gaps, to get rid of overflow buckets;
 *   shrinking    two old buckets, n and n + units, merged into bucket n.  Go's map never shrinks.
 * Old buckets are marked but not emptied: an iteration that stands in one goes on in it, and looks its keys up.
 *
 * Reference: hashGrow, growWork, evacuate, advanceEvacuationMark, makeBucketArray, newoverflow of Go 1.22's
 * src/runtime/map.go. */
#include "map/gomap_internal.h"
#include "map/planted.h"

#include <stdlib.h>
#include <string.h>

/* One half of the new array, while a unit is evacuated into it. */
struct gomap_destination {
  struct gomap_bucket *bucket;
  unsigned index; /* of the next free slot */
};

/* ---- when ---- */

/* Load factor 13/2: at most 6.5 entries a bucket, and 8 in the only one. */
bool gomap_over_load_factor(int64_t count, uint8_t log2_buckets) {
  return count > GOMAP_SLOTS && (uint64_t)count > 13 * (gomap_bucket_count(log2_buckets) / 2);
}

/* About as many overflow buckets as buckets: most of them must be nearly empty. */
bool gomap_too_many_overflow_buckets(uint16_t overflow_count, uint8_t log2_buckets) {
  return overflow_count >= 1u << (log2_buckets > 15 ? 15 : log2_buckets);
}

/* Below a quarter of the load factor. */
static bool gomap_is_sparse(const struct gomap *map) {
  return map->log2_buckets > map->least_log2_buckets &&
         (uint64_t)map->count * 8 < 13 * gomap_bucket_count(map->log2_buckets);
}

/* ---- tables ---- */

/* About what the median map of this size needs. */
uint64_t gomap_spare_buckets(uint8_t log2_buckets) {
  return log2_buckets >= 4 ? gomap_bucket_count((uint8_t)(log2_buckets - 4)) : 0;
}

/* Go's convention: an unused bucket behind the array has overflow NULL, but for the last of them, where it is the
 * array itself. */
static void gomap_prepare_spare_buckets(struct gomap_table *table, uint8_t log2_buckets) {
  uint64_t base = gomap_bucket_count(log2_buckets);
  uint64_t spare = gomap_spare_buckets(log2_buckets);
  table->next_overflow = NULL;
  if (spare == 0)
    return;
  table->next_overflow = &table->buckets[base];
  table->buckets[base + spare - 1].overflow = table->buckets;
}

struct gomap_table *gomap_table_create(uint8_t log2_buckets) {
  uint64_t buckets = gomap_bucket_count(log2_buckets) + gomap_spare_buckets(log2_buckets);
  if (buckets > (SIZE_MAX - sizeof(struct gomap_table)) / sizeof(struct gomap_bucket))
    return NULL;
  struct gomap_table *table = calloc(1, sizeof *table + buckets * sizeof table->buckets[0]);
  if (table == NULL)
    return NULL;
  table->log2_buckets = log2_buckets;
  gomap_prepare_spare_buckets(table, log2_buckets);
  return table;
}

static void gomap_free_overflow(struct gomap_overflow *list) {
  while (list != NULL) {
    struct gomap_overflow *next = list->next;
    free(list);
    list = next;
  }
}

static void gomap_table_free(struct gomap_table *table) {
  gomap_free_overflow(table->overflow);
  free(table);
}

static bool gomap_is_iterated(const struct gomap *map) {
  return atomic_load_explicit(&map->iterations, memory_order_relaxed) != 0;
}

void gomap_table_reset(struct gomap *map, struct gomap_table *table, uint8_t log2_buckets) {
  if (!gomap_is_iterated(map)) {
    gomap_free_overflow(table->overflow);
    table->overflow = NULL;
  }
  uint64_t buckets = gomap_bucket_count(log2_buckets) + gomap_spare_buckets(log2_buckets);
  memset(table->buckets, 0, buckets * sizeof table->buckets[0]);
  gomap_prepare_spare_buckets(table, log2_buckets);
}

void gomap_table_discard(struct gomap *map, struct gomap_table *table) {
  gomap_reap(map);
  if (table == NULL)
    return;
  if (!PLANTED(rwmap_free_under_iteration) && gomap_is_iterated(map)) {
    table->next_retired = map->retired;
    map->retired = table;
  } else {
    gomap_table_free(table);
  }
}

void gomap_reap(struct gomap *map) {
  if (map->retired == NULL || gomap_is_iterated(map))
    return;
  struct gomap_table *retired = map->retired;
  if (!PLANTED(rwmap_reap_twice))
    map->retired = NULL;
  while (retired != NULL) {
    struct gomap_table *next = retired->next_retired;
    gomap_table_free(retired);
    retired = next;
  }
}

void gomap_free_all(struct gomap *map) {
  atomic_store_explicit(&map->iterations, 0, memory_order_relaxed); /* some may have been cut short */
  if (!PLANTED(gomap_destroy_forgets))
    gomap_table_discard(map, map->old_table);
  gomap_table_discard(map, map->table);
  if (!PLANTED(gomap_spare_leaks))
    gomap_free_overflow(map->spare);
}

/* ---- overflow buckets ---- */

bool gomap_reserve_overflow(struct gomap *map, uint64_t count) {
  uint64_t have = 0;
  for (struct gomap_overflow *spare = map->spare; spare != NULL && have < count; spare = spare->next)
    have++;
  for (; have < count; have++) {
    struct gomap_overflow *spare = calloc(1, sizeof *spare);
    if (spare == NULL)
      return false;
    spare->next = map->spare;
    map->spare = spare;
  }
  return true;
}

/* The count decides on growth of the same size, and has 16 bits: with 2^16 buckets and more, each new overflow bucket
 * counts with probability 1/2^(B-15). */
static void gomap_count_overflow(struct gomap *map) {
  if (map->log2_buckets < 16) {
    map->overflow_count++;
    return;
  }
  uint64_t mask = gomap_bucket_count((uint8_t)(map->log2_buckets - 15)) - 1;
  if ((gomap_random(map) & mask) == 0)
    map->overflow_count++;
}

/* One of the buckets behind the array, or NULL. */
static struct gomap_bucket *gomap_take_behind(struct gomap_table *table) {
  struct gomap_bucket *bucket = table->next_overflow;
  if (bucket == NULL)
    return NULL;
  if (bucket->overflow == NULL) {
    if (!PLANTED(rwmap_spare_taken_twice))
      table->next_overflow = bucket + 1;
  } else {
    if (!PLANTED(rwmap_last_spare_linked))
      bucket->overflow = NULL;
    table->next_overflow = NULL;
  }
  return bucket;
}

static struct gomap_bucket *gomap_take_spare(struct gomap *map) {
  struct gomap_overflow *spare = map->spare;
  if (spare == NULL)
    map_fatal("bad map state"); /* not reserved: the chain changed meanwhile */
  map->spare = spare->next;
  spare->next = map->table->overflow;
  map->table->overflow = spare;
  return &spare->bucket;
}

struct gomap_bucket *gomap_new_overflow(struct gomap *map, struct gomap_bucket *last) {
  struct gomap_bucket *bucket = gomap_take_behind(map->table);
  if (bucket == NULL)
    bucket = gomap_take_spare(map);
  gomap_count_overflow(map);
  last->overflow = bucket;
  return bucket;
}

/* ---- starting ---- */

/* Makes `table` the present array and the present one the old.  An iteration that used the present one now uses the
 * old one. */
static void gomap_switch_tables(struct gomap *map, struct gomap_table *table, uint8_t log2_buckets) {
  uint8_t marks = atomic_load_explicit(&map->iterator_flags, memory_order_relaxed);
  atomic_store_explicit(&map->iterator_flags, marks & GOMAP_ITERATOR ? GOMAP_OLD_ITERATOR : 0, memory_order_relaxed);
  map->log2_buckets = log2_buckets;
  map->old_table = map->table;
  map->table = table;
  map->evacuation_mark = 0;
  map->overflow_count = 0;
}

bool gomap_hash_grow(struct gomap *map) {
  bool bigger = gomap_over_load_factor(map->count + 1, map->log2_buckets);
  uint8_t log2_buckets = (uint8_t)(map->log2_buckets + bigger);
  struct gomap_table *table = gomap_table_create(log2_buckets);
  if (table == NULL)
    return false;
  if (!bigger)
    map->flags |= GOMAP_SAME_SIZE;
  gomap_switch_tables(map, table, log2_buckets);
  return true;
}

void gomap_shrink_if_sparse(struct gomap *map) {
  if (!map->shrink || gomap_is_growing(map) || !gomap_is_sparse(map))
    return;
  if (PLANTED(rwmap_shrink_flag_first))
    map->flags |= GOMAP_SHRINKING;
  uint8_t log2_buckets = (uint8_t)(map->log2_buckets - 1);
  struct gomap_table *table = gomap_table_create(log2_buckets);
  if (table == NULL)
    return;
  map->flags |= GOMAP_SHRINKING;
  gomap_switch_tables(map, table, log2_buckets);
}

/* ---- evacuation ---- */

uint64_t gomap_evacuation_units(const struct gomap *map) {
  bool doubling = !(map->flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING));
  return gomap_bucket_count((uint8_t)(map->log2_buckets - doubling));
}

uint64_t gomap_old_bucket_count(const struct gomap *map) {
  uint64_t units = gomap_evacuation_units(map);
  return map->flags & GOMAP_SHRINKING ? 2 * units : units;
}

struct gomap_bucket *gomap_old_bucket_of(const struct gomap *map, uint64_t hash) {
  return &map->old_table->buckets[hash & (gomap_old_bucket_count(map) - 1)];
}

static uint64_t gomap_count_entries(const struct gomap_bucket *b) {
  uint64_t entries = 0;
  for (; b != NULL; b = b->overflow)
    for (unsigned i = 0; i < GOMAP_SLOTS; i++)
      entries += b->tophash[i] >= GOMAP_MIN_TOPHASH;
  return entries;
}

/* Reserves what evacuating a unit can need.  n entries in one destination or split over two need at most (n-1)/8
 * overflow buckets; a chain of one bucket needs none. */
static bool gomap_reserve_for_unit(struct gomap *map, const struct gomap_bucket *low, const struct gomap_bucket *high) {
  if (low->overflow == NULL && high == NULL)
    return true;
  uint64_t entries = gomap_count_entries(low) + gomap_count_entries(high);
  return entries == 0 || gomap_reserve_overflow(map, (entries - 1) / GOMAP_SLOTS);
}

static void gomap_evacuate_entry(struct gomap *map, struct gomap_bucket *from, unsigned i, uint8_t top,
                                 struct gomap_destination *to) {
  if (to->index == GOMAP_SLOTS) {
    to->bucket = gomap_new_overflow(map, to->bucket);
    to->index = 0;
  }
  to->bucket->tophash[to->index] = top;
  if (PLANTED(rwmap_raw_tophash))
    to->bucket->tophash[to->index] = (uint8_t)(gomap_hash(map, from->keys[i]) >> 56);
  to->bucket->keys[to->index] = from->keys[i];
  to->bucket->values[to->index] = from->values[i];
  to->index++;
}

/* Moves one old chain.  `split` is the bit of the hash that sends an entry to Y, 0 where there is no Y. */
static void gomap_evacuate_chain(struct gomap *map, struct gomap_bucket *b, uint64_t split,
                                 struct gomap_destination xy[2]) {
  for (; b != NULL; b = b->overflow) {
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      uint8_t top = b->tophash[i];
      if (top <= GOMAP_EMPTY_ONE) {
        b->tophash[i] = GOMAP_EVACUATED_EMPTY;
        continue;
      }
      if (top < GOMAP_MIN_TOPHASH)
        map_fatal("bad map state");
      bool use_y = split != 0 && (gomap_hash(map, b->keys[i]) & split) != 0;
      b->tophash[i] = (uint8_t)(GOMAP_EVACUATED_X + use_y);
      gomap_evacuate_entry(map, b, i, top, &xy[use_y]);
    }
  }
}

/* Lets the mark pass what is evacuated; at the end of the old array the growth is over. */
static void gomap_advance_mark(struct gomap *map, uint64_t units) {
  map->evacuation_mark++;
  uint64_t stop = map->evacuation_mark + GOMAP_MARK_STEP;
  if (stop > units)
    stop = units;
  while (map->evacuation_mark != stop && gomap_is_evacuated(&map->old_table->buckets[map->evacuation_mark]))
    map->evacuation_mark++;
  if (map->evacuation_mark == units) {
    struct gomap_table *old = map->old_table;
    map->old_table = NULL;
    map->flags &= (uint8_t)~(PLANTED(rwmap_same_size_stays) ? GOMAP_SHRINKING : GOMAP_SAME_SIZE | GOMAP_SHRINKING);
    if (!PLANTED(gomap_old_leaks))
      gomap_table_discard(map, old);
  }
}

/* False: no memory, nothing changed. */
static bool gomap_evacuate(struct gomap *map, uint64_t unit) {
  uint64_t units = gomap_evacuation_units(map);
  struct gomap_bucket *low = &map->old_table->buckets[unit];
  if (!gomap_is_evacuated(low)) {
    bool shrinking = map->flags & GOMAP_SHRINKING;
    bool doubling = !(map->flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING));
    struct gomap_bucket *high = shrinking ? &map->old_table->buckets[unit + units] : NULL;
    if (!gomap_reserve_for_unit(map, low, high))
      return false;
    struct gomap_destination xy[2] = {
        {&map->table->buckets[unit], 0},
        {doubling ? &map->table->buckets[unit + units] : NULL, 0},
    };
    gomap_evacuate_chain(map, low, doubling ? units : 0, xy);
    if (shrinking)
      gomap_evacuate_chain(map, high, 0, xy);
  }
  if (unit == map->evacuation_mark)
    gomap_advance_mark(map, units);
  return true;
}

bool gomap_grow_work(struct gomap *map, uint64_t hash) {
  uint64_t units =
      PLANTED(rwmap_evacuate_new_mask) ? gomap_bucket_count(map->log2_buckets) : gomap_evacuation_units(map);
  if (!PLANTED(rwmap_write_before_evacuation) && !gomap_evacuate(map, hash & (units - 1)))
    return false; /* and not the other one: it may be the same, and memory may be there again */
  if (gomap_is_growing(map))
    gomap_evacuate(map, map->evacuation_mark); /* no memory: then the growth takes a write more */
  return true;
}
