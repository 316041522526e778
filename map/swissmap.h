/* swissmap.h - Go 1.24's built-in map in C, for map/ itself: swissrw.c puts a lock around these functions.
 *
 * The concurrency argument is in swissmap.c.  In short: any number of calls of swissmap_access, swissmap_len and
 * swissmap_iterate without deletion may run at once; every other call must run alone, or the behaviour is what Go's
 * would be (a fatal error at best).  Meaning, status values and ownership of each function are those of the operation
 * of map.h that it serves; every `map` here is one that swissmap_create returned. */
#ifndef HEDDLE_MAP_SWISSMAP_H
#define HEDDLE_MAP_SWISSMAP_H

#include "map/map.h"

struct map *swissmap_create(const struct map_config *config);
void swissmap_destroy(struct map *map);
/* Stores the value in *value, unless value is NULL. */
enum map_status swissmap_access(struct map *map, uint64_t key, uint64_t *value);
/* Go's mapassign: finds the key or adds it, and leaves its value to the caller, who stores it through *place before
 * the map changes again.  MAP_DONE: added, its value is 0; MAP_PRESENT: was there; MAP_NO_MEMORY: no *place. */
enum map_status swissmap_assign(struct map *map, uint64_t key, uint64_t **place);
enum map_status swissmap_compare_assign(struct map *map, uint64_t key, uint64_t expected, uint64_t value);
/* Stores what was there in *value, unless value is NULL. */
enum map_status swissmap_delete(struct map *map, uint64_t key, uint64_t *value);
enum map_status swissmap_move(struct map *map, uint64_t from, uint64_t to, uint64_t *value);
enum map_status swissmap_swap(struct map *map, uint64_t a, uint64_t b, uint64_t values[2]);
uint64_t swissmap_len(struct map *map);
void swissmap_clear(struct map *map);
void swissmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context);
void swissmap_snapshot(struct map *map, struct map_snapshot *out);
enum map_invariant swissmap_check(struct map *map, struct map_fault *fault);

#endif
