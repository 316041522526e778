/* gomap.h - Go 1.22's built-in map in C, for map/ itself: rwmap.c puts a lock around these functions.
 *
 * The concurrency argument is in gomap.c.  In short: any number of calls of gomap_access, gomap_len and gomap_iterate
 * without deletion may run at once; every other call must run alone, or the behaviour is what Go's would be (a fatal
 * error at best).  Meaning, status values and ownership of each function are those of the operation of map.h that it
 * serves; every `map` here is one that gomap_create returned. */
#ifndef HEDDLE_MAP_GOMAP_H
#define HEDDLE_MAP_GOMAP_H

#include "map/map.h"

/* Bits of map_snapshot.flags.  The first four are Go's. */
enum gomap_flag {
  GOMAP_ITERATOR = 1,     /* an iteration has used the present bucket array */
  GOMAP_OLD_ITERATOR = 2, /* an iteration has used the old bucket array */
  GOMAP_WRITING = 4,      /* a write is under way: the guard */
  GOMAP_SAME_SIZE = 8,    /* the growth under way keeps the number of buckets */
  GOMAP_SHRINKING = 16,   /* the growth under way halves it; not in Go */
};

/* What gomap_assign does with a key that is there already. */
enum gomap_assign_mode { GOMAP_OVERWRITE, GOMAP_KEEP };

struct map *gomap_create(const struct map_config *config);
void gomap_destroy(struct map *map);
/* Stores the value in *value, unless value is NULL. */
enum map_status gomap_access(struct map *map, uint64_t key, uint64_t *value);
enum map_status gomap_assign(struct map *map, uint64_t key, uint64_t value, enum gomap_assign_mode mode);
enum map_status gomap_compare_assign(struct map *map, uint64_t key, uint64_t expected, uint64_t value);
enum map_status gomap_get_or_assign(struct map *map, uint64_t key, uint64_t value, uint64_t *actual);
enum map_status gomap_delete(struct map *map, uint64_t key);
enum map_status gomap_take(struct map *map, uint64_t key, uint64_t *value);
uint64_t gomap_len(struct map *map);
void gomap_clear(struct map *map);
void gomap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context);
void gomap_snapshot(struct map *map, struct map_snapshot *out);
enum map_invariant gomap_check(struct map *map, struct map_fault *fault);

extern const struct map_ops gomap_ops;

#endif
