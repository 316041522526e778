/* gomap_internal.h - the layout of gomap, shared by its files (and its own tests).
 *
 * Names in comments such as hmap.count are those of Go 1.22's src/runtime/map.go. */
#ifndef HEDDLE_MAP_GOMAP_INTERNAL_H
#define HEDDLE_MAP_GOMAP_INTERNAL_H

#include "map/gomap.h"

#include <stdatomic.h>

#define GOMAP_SLOTS 8          /* entries a bucket holds */
#define GOMAP_RETIRED_BOUND 64 /* arrays retired while one iteration is under way: each is half the one before */
#define GOMAP_MARK_STEP 1024   /* evacuated buckets that the mark may pass in one write: keeps a write O(1) */

/* What a tophash says about its slot.  A bucket's slots are either all evacuated or none is. */
enum gomap_tophash {
  GOMAP_EMPTY_REST = 0,      /* empty, and so is everything after it in the chain */
  GOMAP_EMPTY_ONE = 1,       /* empty */
  GOMAP_EVACUATED_X = 2,     /* moved to the lower half of the new array, or to the only place there is */
  GOMAP_EVACUATED_Y = 3,     /* moved to the upper half of the new array */
  GOMAP_EVACUATED_EMPTY = 4, /* was empty when its bucket was evacuated */
  GOMAP_MIN_TOPHASH = 5,     /* from here on: the top byte of the hash of the key that is in the slot */
};

struct gomap_bucket {
  uint8_t tophash[GOMAP_SLOTS];
  uint64_t keys[GOMAP_SLOTS];
  uint64_t values[GOMAP_SLOTS];
  struct gomap_bucket *overflow; /* the chain goes on here */
};

/* An overflow bucket with an allocation of its own. */
struct gomap_overflow {
  struct gomap_bucket bucket;
  struct gomap_overflow *next; /* in the table's list, or in the map's spare list */
};

/* A bucket array and all that lives and dies with it. */
struct gomap_table {
  struct gomap_overflow *overflow;    /* hmap.extra.overflow: keeps the chained buckets reachable */
  struct gomap_bucket *next_overflow; /* hmap.extra.nextOverflow: first unused one of those behind the array, or NULL */
  struct gomap_table *next_retired;
  uint8_t log2_buckets;
  struct gomap_bucket buckets[];
};

/* A slot of a bucket; bucket NULL: none. */
struct gomap_slot {
  struct gomap_bucket *bucket;
  unsigned index;
};

struct gomap {
  int64_t count;                 /* hmap.count, an int there too */
  uint8_t flags;                 /* hmap.flags without the iterator bits: plain, as the guard must be */
  uint8_t log2_buckets;          /* hmap.B */
  uint16_t overflow_count;       /* hmap.noverflow: exact below 2^16 buckets, then a sample */
  uint64_t hash_seed;            /* hmap.hash0 */
  struct gomap_table *table;     /* hmap.buckets; NULL until the first assignment where one bucket will do */
  struct gomap_table *old_table; /* hmap.oldbuckets; not NULL: growing (or shrinking) */
  uint64_t evacuation_mark;      /* hmap.nevacuate: every unit below it is evacuated */
  uint64_t random;               /* state of gomap_random, Go's fastrand */
  uint8_t least_log2_buckets;    /* shrinking stops here: what capacity_hint asked for */
  bool shrink;

  /* What Go leaves to its garbage collector. */
  struct gomap_overflow *spare; /* allocated ahead of a change, so that the change cannot fail */
  struct gomap_table *retired;  /* out of use, but an iteration may stand on them */
  _Atomic uint32_t iterations;  /* under way.  Relaxed: see gomap_iterate.c */

  _Atomic uint8_t iterator_flags; /* GOMAP_ITERATOR, GOMAP_OLD_ITERATOR.  Relaxed: see gomap_iterate.c */
};

static inline struct gomap *gomap_of(struct map *map) { return (struct gomap *)map; }

static inline uint64_t gomap_bucket_count(uint8_t log2_buckets) { return UINT64_C(1) << (log2_buckets & 63); }

static inline bool gomap_is_growing(const struct gomap *map) { return map->old_table != NULL; }

static inline bool gomap_is_evacuated(const struct gomap_bucket *bucket) {
  uint8_t top = bucket->tophash[0];
  return top > GOMAP_EMPTY_ONE && top < GOMAP_MIN_TOPHASH;
}

/* gomap.c: hashing. */
uint64_t gomap_mix(uint64_t x);
uint64_t gomap_hash(const struct gomap *map, uint64_t key);
uint8_t gomap_tophash(uint64_t hash);
uint64_t gomap_random(struct gomap *map);
/* The bucket in which a reader finds the hash: the old one while that is not evacuated. */
struct gomap_bucket *gomap_bucket_of(const struct gomap *map, uint64_t hash);
/* Where the key is in the chain. */
struct gomap_slot gomap_find(struct gomap_bucket *bucket, uint64_t key, uint8_t top);
/* Go's mapaccessK: without the guard. */
enum map_status gomap_look_up(const struct gomap *map, uint64_t key, uint64_t *value);

/* gomap_grow.c: tables, overflow buckets, growth. */
bool gomap_over_load_factor(int64_t count, uint8_t log2_buckets);
bool gomap_too_many_overflow_buckets(uint16_t overflow_count, uint8_t log2_buckets);
/* Overflow buckets that lie behind an array of this size. */
uint64_t gomap_spare_buckets(uint8_t log2_buckets);
/* Empty; NULL: no memory. */
struct gomap_table *gomap_table_create(uint8_t log2_buckets);
/* Makes `table`, whose slots are marked empty, as if new; its overflow buckets go too unless an iteration may stand
 * on them. */
void gomap_table_reset(struct gomap *map, struct gomap_table *table, uint8_t log2_buckets);
/* Frees `table` (NULL is allowed), or retires it while an iteration is under way. */
void gomap_table_discard(struct gomap *map, struct gomap_table *table);
/* Frees what was retired, unless an iteration is under way. */
void gomap_reap(struct gomap *map);
/* Frees every table and spare bucket; the map's last moment. */
void gomap_free_all(struct gomap *map);
/* False: no memory.  True: the next `count` calls of gomap_new_overflow succeed. */
bool gomap_reserve_overflow(struct gomap *map, uint64_t count);
/* A new bucket at the end of the chain of which `last` was the last. */
struct gomap_bucket *gomap_new_overflow(struct gomap *map, struct gomap_bucket *last);
/* Starts a growth, doubling or of the same size.  False: no memory, nothing changed. */
bool gomap_hash_grow(struct gomap *map);
/* Starts to halve the bucket array if that is wanted and sensible; without memory a later deletion tries again. */
void gomap_shrink_if_sparse(struct gomap *map);
/* Units of evacuation of the growth under way: each is the old buckets that feed, or are fed by, one bucket of the
 * smaller array.  A power of two. */
uint64_t gomap_evacuation_units(const struct gomap *map);
/* Buckets of the old array, while growing. */
uint64_t gomap_old_bucket_count(const struct gomap *map);
/* Where the hash was before the growth under way. */
struct gomap_bucket *gomap_old_bucket_of(const struct gomap *map, uint64_t hash);
/* Evacuates the unit of `hash`, and one more.  False: no memory for the first, whose old buckets stay in use. */
bool gomap_grow_work(struct gomap *map, uint64_t hash);

#endif
