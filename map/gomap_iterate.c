/* gomap_iterate.c - going through gomap: an iteration that survives growth.
 *
 * Concurrency.  An iteration only reads the map, but for two atomics: it adds GOMAP_ITERATOR and GOMAP_OLD_ITERATOR to
 * iterator_flags (Go's atomic.Or8 in mapiterinit; the other side is gomap_switch_tables, a writer) and keeps the count
 * `iterations` (the other side is gomap_is_iterated, in a writer, which then retires what it would have freed).  So
 * iterations may run side by side, under a read lock say.  Both are relaxed: they order nothing.  That an iteration
 * is over before a writer frees what it read is the caller's exclusion, as it is for everything else, and an unguarded
 * caller is not to look ordered.  Deleting on the way is a write, and such an iteration must run alone.
 *
 * The argument for "each key once".  An iteration remembers the bucket array it began with and walks that, from a
 * random bucket and a random slot on.  Entries never move within a bucket.  When a growth or shrinking evacuates the
 * array under it, the marks say so, and a marked key is looked up where it is now: it may be gone or changed.  An
 * iteration that begins in the middle of a growth walks the new array; where a bucket's old buckets are not evacuated
 * yet, it walks those instead, leaving out keys that will go elsewhere.  While an iteration is under way, no array is
 * freed.
 *
 * Reference: mapiterinit and mapiternext of Go 1.22's src/runtime/map.go. */
#include "map/gomap_internal.h"
#include "map/planted.h"

#include <assert.h>

#define GOMAP_NO_CHECK UINT64_MAX

struct gomap_iterator {
  struct gomap *map;
  struct gomap_table *table; /* as it was at the beginning, with 2^log2_buckets buckets */
  uint8_t log2_buckets;
  uint64_t start;  /* bucket the iteration began at */
  unsigned offset; /* slot each bucket is begun at */
  uint64_t bucket; /* next one to go to */
  bool wrapped;    /* passed the end of the array */

  struct gomap_bucket *at;      /* in this bucket; NULL: between buckets */
  struct gomap_bucket *sibling; /* shrinking: the old chain still to walk after this one, or NULL */
  unsigned slot;                /* the next one, counted from offset */
  uint64_t check_bucket;        /* show only keys that belong in this bucket, or GOMAP_NO_CHECK */

  uint64_t key; /* what gomap_iterate_next found */
  uint64_t value;
};

static void gomap_iterate_begin(struct gomap_iterator *it, struct gomap *map, uint64_t order_seed) {
  if (PLANTED(rwmap_iteration_count_torn)) {
    uint32_t iterations = atomic_load_explicit(&map->iterations, memory_order_relaxed);
    atomic_store_explicit(&map->iterations, iterations + 1, memory_order_relaxed);
  }
  if (!PLANTED(rwmap_iteration_count_torn))
    atomic_fetch_add_explicit(&map->iterations, 1, memory_order_relaxed);
  uint64_t random = gomap_mix(order_seed);
  uint8_t log2_buckets = map->log2_buckets;
  uint64_t start = random & (gomap_bucket_count(log2_buckets) - 1);
  *it = (struct gomap_iterator){
      .map = map,
      .table = map->table,
      .log2_buckets = log2_buckets,
      .start = start,
      .offset = (unsigned)(random >> (log2_buckets & 63)) % GOMAP_SLOTS,
      .bucket = start,
      .check_bucket = GOMAP_NO_CHECK,
  };
  uint8_t both = GOMAP_ITERATOR | GOMAP_OLD_ITERATOR;
  if ((atomic_load_explicit(&map->iterator_flags, memory_order_relaxed) & both) != both)
    atomic_fetch_or_explicit(&map->iterator_flags, both, memory_order_relaxed);
}

static void gomap_iterate_end(struct gomap_iterator *it) {
  atomic_fetch_sub_explicit(&it->map->iterations, 1, memory_order_relaxed);
}

/* Goes to the next bucket; false at the end.  Whether the growth under way is the one in which the iteration began, Go
 * infers from B; here the array itself says it. */
static bool gomap_iterate_enter(struct gomap_iterator *it) {
  struct gomap *map = it->map;
  if (it->bucket == it->start && it->wrapped)
    return false;
  it->at = &it->table->buckets[it->bucket];
  it->check_bucket = GOMAP_NO_CHECK;
  if (gomap_is_growing(map) && it->table == map->table) {
    uint64_t units = gomap_evacuation_units(map);
    struct gomap_bucket *old = &map->old_table->buckets[it->bucket & (units - 1)];
    if (!gomap_is_evacuated(old)) {
      it->at = old;
      if (!PLANTED(rwmap_iterate_shows_twice))
        it->check_bucket = it->bucket;
      it->sibling = map->flags & GOMAP_SHRINKING ? old + units : NULL;
    }
  }
  it->bucket++;
  if (it->bucket == gomap_bucket_count(it->log2_buckets)) {
    it->bucket = 0;
    it->wrapped = true;
  }
  return true;
}

/* True where slot i of the present bucket holds an entry to show. */
static bool gomap_iterate_take(struct gomap_iterator *it, unsigned i) {
  uint8_t top = it->at->tophash[i];
  if (top <= GOMAP_EMPTY_ONE || top == GOMAP_EVACUATED_EMPTY)
    return false;
  uint64_t key = it->at->keys[i];
  /* Only doubling sends the keys of one old bucket to two places; in the other growths all keys pass. */
  if (it->check_bucket != GOMAP_NO_CHECK) {
    uint64_t mask = gomap_bucket_count(it->log2_buckets) - 1;
    if ((gomap_hash(it->map, key) & mask) != it->check_bucket)
      return false;
  }
  it->key = key;
  if (top == GOMAP_EVACUATED_X || top == GOMAP_EVACUATED_Y)
    return gomap_look_up(it->map, key, &it->value) == MAP_DONE;
  it->value = it->at->values[i];
  return true;
}

static bool gomap_iterate_next(struct gomap_iterator *it) {
  if (it->map->flags & GOMAP_WRITING)
    map_fatal("concurrent map iteration and map write");
  for (;;) {
    if (it->at == NULL && !gomap_iterate_enter(it))
      return false;
    while (it->slot < GOMAP_SLOTS) {
      unsigned i = (it->slot + it->offset) % GOMAP_SLOTS;
      it->slot++;
      if (gomap_iterate_take(it, i))
        return true;
    }
    it->slot = 0;
    it->at = it->at->overflow;
    if (it->at == NULL) {
      it->at = it->sibling;
      it->sibling = NULL;
    }
  }
}

void gomap_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  struct gomap *map = gomap_of(opaque);
  if (map->count == 0)
    return;
  struct gomap_iterator it;
  gomap_iterate_begin(&it, map, order_seed);
  while (gomap_iterate_next(&it)) {
    enum map_visit_result result = visit(context, it.key, it.value);
    if (result == MAP_VISIT_STOP) {
      if (PLANTED(rwmap_stop_stays))
        return;
      break;
    }
    if (result == MAP_VISIT_DELETE) {
      assert(may_delete && "the caller said that visit deletes nothing");
      gomap_delete(opaque, it.key);
    }
  }
  gomap_iterate_end(&it);
  if (may_delete)
    gomap_reap(map);
}
