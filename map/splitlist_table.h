/* splitlist_table.h - the shortcuts into the list: dummies, segments, growth (splitlist.h has the argument).
 *
 * A segment pointer and a bucket's dummy go from NULL to their only value, by a release that each reader's acquire
 * pairs with.  The number of buckets is raised after the segment for them is there, with a release too. */
#ifndef HEDDLE_MAP_SPLITLIST_TABLE_H
#define HEDDLE_MAP_SPLITLIST_TABLE_H

#include "map/splitlist_walk.h"

/* Not of 0. */
static inline unsigned splitlist_log2(uint64_t x) { return 63u - (unsigned)__builtin_clzll(x); }

/* Acquires the segments that growth released. */
static inline uint64_t splitlist_buckets(const struct splitlist *map) {
  return atomic_load_explicit(&map->buckets, memory_order_acquire);
}

static inline struct splitlist_segment *splitlist_segment(const struct splitlist *map, unsigned index) {
  return atomic_load_explicit(&map->segments[index], memory_order_acquire);
}

/* NULL: no memory. */
static struct splitlist_segment *splitlist_new_segment(uint64_t first, uint64_t count) {
  struct splitlist_segment *segment = calloc(1, sizeof *segment + count * sizeof segment->dummies[0]);
  if (segment == NULL)
    return NULL;
  segment->first = first;
  segment->count = count;
  return segment;
}

/* Which segment has the bucket. */
static unsigned splitlist_segment_of(const struct splitlist *map, uint64_t bucket) {
  return bucket < map->least_buckets ? 0 : splitlist_log2(bucket) - splitlist_log2(map->least_buckets) + 1;
}

static _Atomic(struct splitlist_node *) *splitlist_shortcut(const struct splitlist *map, uint64_t bucket) {
  struct splitlist_segment *segment = splitlist_segment(map, splitlist_segment_of(map, bucket));
  assert(segment != NULL && bucket - segment->first < segment->count);
  return &segment->dummies[bucket - segment->first];
}

/* The bucket that this one was split from.  Not of 0. */
static uint64_t splitlist_parent(uint64_t bucket) { return bucket & ~(UINT64_C(1) << splitlist_log2(bucket)); }

/* Links the dummy in, from `start` on, or finds that another thread has linked one. */
static struct splitlist_node *splitlist_link_dummy(struct splitlist *map, struct reclaim_record *record,
                                                   struct splitlist_node *start, struct splitlist_node *dummy) {
  struct splitlist_cursor cursor = {.map = map, .record = record, .start = start, .order = dummy->order};
  while (!splitlist_find(&cursor))
    if (splitlist_link(&cursor, dummy))
      return dummy;
  if (PLANTED(splitlist_hazard_two_dummies)) {
    if (splitlist_link(&cursor, dummy))
      return dummy;
  }
  free(dummy);
  return cursor.node;
}

/* Where to start looking for keys of the bucket: its dummy, which it gets if it has none; without memory for it, one
 * further ahead in the list. */
static struct splitlist_node *splitlist_start(struct splitlist *map, struct reclaim_record *record, uint64_t bucket) {
  _Atomic(struct splitlist_node *) *shortcut = splitlist_shortcut(map, bucket);
  struct splitlist_node *dummy = atomic_load_explicit(shortcut, memory_order_acquire);
  if (dummy != NULL)
    return dummy;
  struct splitlist_node *start = splitlist_start(map, record, splitlist_parent(bucket));
  dummy = splitlist_new_node(record, splitlist_order_of_bucket(bucket), 0, 0);
  if (dummy == NULL)
    return start;
  if (PLANTED(splitlist_epoch_shortcut_early))
    atomic_store_explicit(shortcut, dummy, memory_order_release);
  dummy = splitlist_link_dummy(map, record, start, dummy);
  /* Whoever else comes here found the same one. */
  atomic_store_explicit(shortcut, dummy, memory_order_release);
  return dummy;
}

/* Makes sure of a segment for the buckets from `buckets` on.  False: no memory. */
static bool splitlist_provide_segment(struct splitlist *map, uint64_t buckets) {
  unsigned index = splitlist_segment_of(map, buckets);
  if (splitlist_segment(map, index) != NULL)
    return true;
  struct splitlist_segment *segment = splitlist_new_segment(buckets, buckets), *expected = NULL;
  if (segment == NULL)
    return false;
  if (!atomic_compare_exchange_strong_explicit(&map->segments[index], &expected, segment, memory_order_acq_rel,
                                               memory_order_relaxed))
    free(segment);
  return true;
}

/* Doubles the number of buckets until it suits `count`.  Without memory a later insertion tries again. */
static void splitlist_grow(struct splitlist *map, int64_t count) {
  uint64_t buckets = splitlist_buckets(map);
  while (count > (int64_t)(buckets * SPLITLIST_LOAD) && splitlist_log2(buckets) < SPLITLIST_LOG2_BUCKETS_MAX) {
    if (!splitlist_provide_segment(map, buckets)) {
      atomic_store_explicit(&map->cramped, true, memory_order_relaxed);
      return;
    }
    if (PLANTED(splitlist_epoch_grown_twice)) {
      atomic_store_explicit(&map->buckets, 2 * splitlist_buckets(map), memory_order_release);
      return;
    }
    /* Where it fails, somebody else has grown it, and `buckets` says so. */
    if (atomic_compare_exchange_strong_explicit(&map->buckets, &buckets, 2 * buckets, memory_order_acq_rel,
                                                memory_order_acquire))
      buckets *= 2;
  }
}

static void splitlist_count(struct splitlist *map, int64_t change) {
  int64_t count = atomic_fetch_add_explicit(&map->count, change, memory_order_relaxed) + change;
  if (change > 0)
    splitlist_grow(map, count);
}

/* As many as the hint calls for, within reason; at least 1. */
static uint64_t splitlist_first_buckets(uint64_t hint) {
  uint64_t buckets = 1;
  while (buckets * SPLITLIST_LOAD < hint && splitlist_log2(buckets) < SPLITLIST_LOG2_FIRST_MAX)
    buckets *= 2;
  return buckets;
}

static void splitlist_free_all(struct splitlist *map) {
  struct splitlist_segment *first = splitlist_segment(map, 0);
  struct splitlist_node *node = first != NULL ? atomic_load_explicit(&first->dummies[0], memory_order_relaxed) : NULL;
  while (node != NULL) {
    struct splitlist_node *next = splitlist_node_at(splitlist_load(&node->next));
    free(node);
    node = next;
  }
  for (unsigned i = 0; i < SPLITLIST_SEGMENTS; i++)
    free(splitlist_segment(map, i));
  if (map->reclaim != NULL)
    reclaim_destroy(map->reclaim);
  free(map);
}

/* The head of the list; NULL: no memory. */
static struct splitlist_node *splitlist_new_head(struct splitlist *map) {
  struct reclaim_record *record = reclaim_begin(map->reclaim);
  struct splitlist_node *head = splitlist_new_node(record, splitlist_order_of_bucket(0), 0, 0);
  reclaim_end(record);
  return head;
}

static struct map *splitlist_create(const struct map_config *config) {
  struct splitlist *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->hash_seed = (config->hash_seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
  map->least_buckets = splitlist_first_buckets(config->capacity_hint);
  atomic_init(&map->buckets, map->least_buckets);
  map->reclaim = reclaim_create();
  struct splitlist_segment *segment = splitlist_new_segment(0, map->least_buckets);
  atomic_init(&map->segments[0], segment);
  struct splitlist_node *head = map->reclaim != NULL && segment != NULL ? splitlist_new_head(map) : NULL;
  if (head == NULL) {
    splitlist_free_all(map);
    return NULL;
  }
  atomic_init(&segment->dummies[0], head);
  return (struct map *)map;
}

static void splitlist_destroy(struct map *map) { splitlist_free_all(splitlist_of(map)); }

#endif
