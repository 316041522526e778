/* striped_internal.h - the layout of striped, shared by striped.c, striped_resize.c and striped_check.c (and its own
 * tests).  striped.c opens with what guards what. */
#ifndef HEDDLE_MAP_STRIPED_INTERNAL_H
#define HEDDLE_MAP_STRIPED_INTERNAL_H

#include "map/map.h"

#include <pthread.h>
#include <stdatomic.h>

#define STRIPED_STRIPES 4u /* a power of two; few, so that keys do share one */
#define STRIPED_ROWS 1u    /* old buckets that each operation moves beside its own */
#define STRIPED_ALL_ROWS UINT64_MAX

struct striped_entry {
  uint64_t key, value;
  struct striped_entry *next;
};

/* Bucket i belongs to stripe i % STRIPED_STRIPES, in every array: the i-th of a stripe's buckets is its row i. */
struct striped_table {
  uint64_t size; /* buckets: a power of two, STRIPED_STRIPES at least; never changes */
  struct striped_entry *buckets[];
};

struct striped_stripe {
  pthread_mutex_t lock;
  _Atomic uint64_t count;    /* entries; changed with the lock held, see striped_count_roughly */
  struct striped_table *old; /* the array before this one, while entries of the stripe may be left in it; or NULL */
  uint64_t moved;            /* rows of old below this one are empty */
};

struct striped {
  struct striped_stripe stripes[STRIPED_STRIPES];
  struct striped_table *table;   /* changed with every stripe locked, by whoever has the turn; read by either */
  _Atomic unsigned stripes_left; /* whose old array is not NULL; see striped_count_down */
  uint64_t hash_seed;
  uint64_t least_size; /* shrinking stops here: what capacity_hint asked for */
  bool shrink;

  pthread_mutex_t turn_lock;
  pthread_cond_t turn_changed; /* the turn ended, or there came to be something to help with */
  bool turn_taken;             /* guarded by turn_lock: a resize or a clear is under way */
  bool refused;                /* whose turn it is: the last resize that was wanted found no memory */
};

static inline struct striped *striped_of(struct map *map) { return (struct striped *)map; }

/* The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
static inline uint64_t striped_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static inline uint64_t striped_hash(const struct striped *map, uint64_t key) {
  return striped_mix(striped_mix(key ^ map->hash_seed) + key);
}

static inline unsigned striped_stripe_of(uint64_t hash) { return (unsigned)(hash % STRIPED_STRIPES); }

static inline uint64_t striped_rows(const struct striped_table *table) { return table->size / STRIPED_STRIPES; }

static inline struct striped_entry **striped_row(struct striped_table *table, unsigned stripe, uint64_t row) {
  return &table->buckets[row * STRIPED_STRIPES + stripe];
}

static inline struct striped_entry **striped_bucket(struct striped_table *table, uint64_t hash) {
  return &table->buckets[hash & (table->size - 1)];
}

/* striped.c: locks. */
void striped_lock(pthread_mutex_t *lock);
void striped_unlock(pthread_mutex_t *lock);
void striped_lock_all(struct striped *map);
void striped_unlock_all(struct striped *map);

/* striped_resize.c.  All are called with no lock held unless they say otherwise. */

/* Empty; NULL: no memory. */
struct striped_table *striped_table_create(uint64_t size);
/* The size for so many entries, starting from `size`: the same where that will do. */
uint64_t striped_fit(const struct striped *map, uint64_t size, uint64_t count);
/* The sum of the stripes' counts: exact where nobody else changes them, otherwise a hint. */
uint64_t striped_count_roughly(struct striped *map);
/* With one stripe locked at least, and its count changed: whether the array's size may have ceased to fit. */
bool striped_is_due(struct striped *map);
/* With the stripe locked: moves bucket `index` of `old`, one of the stripe's, into the present array. */
void striped_move_bucket(struct striped *map, struct striped_table *old, uint64_t index);
/* With the stripe locked, and its old array not NULL: moves so many more rows of it.  Where that was the last that the
 * resize had to move, returns the old array, which the caller then passes to striped_finish; otherwise NULL. */
struct striped_table *striped_move_rows(struct striped *map, struct striped_stripe *stripe, uint64_t rows);
/* Ends a resize. */
void striped_finish(struct striped *map, struct striped_table *spent);
/* Begins a resize if the size does not fit, after the end of the one under way if there is one.  Where there is no
 * memory for it the array stays as it is. */
void striped_resize(struct striped *map);
/* Ends the resize under way, if there is one; another one may begin at once. */
void striped_end_resize(struct striped *map);
/* Ends the resize under way, if there is one, and takes the turn: none begins until it is handed back. */
void striped_take_turn(struct striped *map);
/* Hands the turn back, after having begun a resize if the size does not fit: then the resize ends the turn. */
void striped_fit_and_end_turn(struct striped *map);

/* striped_check.c */
void striped_snapshot(struct map *map, struct map_snapshot *out);
enum map_invariant striped_check(struct map *map, struct map_fault *fault);

#endif
