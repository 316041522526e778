/* splitlist_look.h - the map looked at from outside: the snapshot, and what must hold at rest.
 *
 * Both walk the bare list, without protection: nobody writes, so nothing is being unlinked.  A walk ends where the
 * order does not go up, so it ends in a list that is no longer one, too. */
#ifndef HEDDLE_MAP_SPLITLIST_LOOK_H
#define HEDDLE_MAP_SPLITLIST_LOOK_H

#include "map/splitlist_calls.h"

/* NULL: none. */
static struct splitlist_node *splitlist_dummy(const struct splitlist *map, uint64_t bucket) {
  const struct splitlist_segment *segment = splitlist_segment(map, splitlist_segment_of(map, bucket));
  return segment != NULL ? atomic_load_explicit(&segment->dummies[bucket - segment->first], memory_order_acquire)
                         : NULL;
}

static const struct splitlist_node *splitlist_next(const struct splitlist_node *node) {
  return splitlist_node_at(splitlist_load(&node->next));
}

/* Where looking up the entry's key starts. */
static const struct splitlist_node *splitlist_start_of(const struct splitlist *map, const struct splitlist_node *node) {
  uint64_t bucket = splitlist_hash(map, node->key) & (splitlist_buckets(map) - 1);
  while (bucket != 0 && splitlist_dummy(map, bucket) == NULL)
    bucket = splitlist_parent(bucket);
  return splitlist_dummy(map, bucket);
}

static bool splitlist_ascends(const struct splitlist_node *a, const struct splitlist_node *b) {
  return a->order < b->order || (a->order == b->order && a->key < b->key);
}

/* Nodes looked at to find this one. */
static uint64_t splitlist_probe(const struct splitlist *map, const struct splitlist_node *node) {
  uint64_t looked = 0;
  for (const struct splitlist_node *at = splitlist_start_of(map, node); at != NULL && splitlist_ascends(at, node);
       at = splitlist_next(at))
    looked++;
  return looked;
}

static void splitlist_snapshot(struct map *opaque, struct map_snapshot *out) {
  struct splitlist *map = splitlist_of(opaque);
  *out = (struct map_snapshot){
      .count = splitlist_len(opaque),
      .capacity = splitlist_buckets(map) * SPLITLIST_LOAD,
      .log2_buckets = splitlist_log2(splitlist_buckets(map)),
      .flags = atomic_load_explicit(&map->cramped, memory_order_relaxed),
  };
  reclaim_look(map->reclaim, out);
  const struct splitlist_node *before = NULL;
  for (const struct splitlist_node *node = splitlist_dummy(map, 0);
       node != NULL && (before == NULL || splitlist_ascends(before, node)); node = splitlist_next(node)) {
    uint64_t looked = splitlist_is_dummy(node) ? 0 : splitlist_probe(map, node);
    if (looked > out->longest_probe)
      out->longest_probe = looked;
    out->tombstones += splitlist_load(&node->next) & RECLAIM_MARK;
    before = node;
  }
}

/* ---- the check ---- */

struct splitlist_audit {
  const struct splitlist *map;
  struct map_fault *fault;
  uint64_t entries, dummies; /* met in the list */
};

static enum map_invariant splitlist_audit_order(struct splitlist_audit *audit, const struct splitlist_node *before,
                                                const struct splitlist_node *node) {
  if (splitlist_load(&node->next) & RECLAIM_MARK)
    return map_fault_set(audit->fault, MAP_BROKEN_BUSY, "key %llu has left the map and is still in the list",
                         (unsigned long long)node->key);
  if (before == NULL || splitlist_ascends(before, node))
    return MAP_SOUND;
  if (splitlist_ascends(node, before))
    return map_fault_set(audit->fault, MAP_BROKEN_ORDER, "order %016llx follows %016llx",
                         (unsigned long long)node->order, (unsigned long long)before->order);
  if (splitlist_is_dummy(node))
    return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "bucket %llu has two dummies in the list",
                         (unsigned long long)splitlist_reverse(node->order));
  return map_fault_set(audit->fault, MAP_BROKEN_TWICE, "key %llu is in the list twice", (unsigned long long)node->key);
}

/* The node is where those who need it look for it. */
static enum map_invariant splitlist_audit_place(struct splitlist_audit *audit, const struct splitlist_node *node) {
  const struct splitlist *map = audit->map;
  if (splitlist_is_dummy(node)) {
    uint64_t bucket = splitlist_reverse(node->order);
    audit->dummies++;
    if (bucket >= splitlist_buckets(map))
      return map_fault_set(audit->fault, MAP_BROKEN_SIZE, "a dummy of bucket %llu, and there are %llu buckets",
                           (unsigned long long)bucket, (unsigned long long)splitlist_buckets(map));
    if (splitlist_dummy(map, bucket) != node)
      return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "bucket %llu has a dummy in the list, and starts elsewhere",
                           (unsigned long long)bucket);
    return MAP_SOUND;
  }
  audit->entries++;
  if (node->order != splitlist_order_of_hash(splitlist_hash(map, node->key)) ||
      !splitlist_ascends(splitlist_start_of(map, node), node))
    return map_fault_set(audit->fault, MAP_BROKEN_REACH, "key %llu is not where its hash belongs",
                         (unsigned long long)node->key);
  return MAP_SOUND;
}

static enum map_invariant splitlist_audit_list(struct splitlist_audit *audit) {
  const struct splitlist_node *before = NULL;
  for (const struct splitlist_node *node = splitlist_dummy(audit->map, 0); node != NULL; node = splitlist_next(node)) {
    if (splitlist_audit_order(audit, before, node) != MAP_SOUND || splitlist_audit_place(audit, node) != MAP_SOUND)
      return audit->fault->broken;
    before = node;
  }
  return MAP_SOUND;
}

static enum map_invariant splitlist_audit_segments(struct splitlist_audit *audit) {
  const struct splitlist *map = audit->map;
  uint64_t buckets = splitlist_buckets(map), first = 0;
  for (unsigned i = 0; first < buckets; i++) {
    const struct splitlist_segment *segment = i < SPLITLIST_SEGMENTS ? splitlist_segment(map, i) : NULL;
    if (segment == NULL || segment->first != first || segment->count != (first == 0 ? map->least_buckets : first))
      return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "segment %u does not have the buckets from %llu on", i,
                           (unsigned long long)first);
    first += segment->count;
  }
  if (first != buckets || buckets & (buckets - 1))
    return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%llu buckets, and room for %llu", (unsigned long long)buckets,
                         (unsigned long long)first);
  if (splitlist_dummy(map, 0) == NULL)
    return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "there is no list");
  return MAP_SOUND;
}

/* Every dummy met in the list is its bucket's: where there are as many as buckets that have one, all are in the list.
 */
static enum map_invariant splitlist_audit_dummies(struct splitlist_audit *audit) {
  const struct splitlist *map = audit->map;
  uint64_t found = 0;
  for (unsigned i = 0; i < SPLITLIST_SEGMENTS; i++) {
    const struct splitlist_segment *segment = splitlist_segment(map, i);
    for (uint64_t n = 0; segment != NULL && n < segment->count; n++) {
      const struct splitlist_node *dummy = atomic_load_explicit(&segment->dummies[n], memory_order_acquire);
      uint64_t bucket = segment->first + n;
      found += dummy != NULL;
      if (dummy != NULL && dummy->order != splitlist_order_of_bucket(bucket))
        return map_fault_set(audit->fault, MAP_BROKEN_REACH, "bucket %llu starts at the dummy of bucket %llu",
                             (unsigned long long)bucket, (unsigned long long)splitlist_reverse(dummy->order));
    }
  }
  if (found != audit->dummies)
    return map_fault_set(audit->fault, MAP_BROKEN_SHAPE, "%llu buckets have a dummy, and %llu are in the list",
                         (unsigned long long)found, (unsigned long long)audit->dummies);
  return MAP_SOUND;
}

static enum map_invariant splitlist_audit_count(struct splitlist_audit *audit) {
  const struct splitlist *map = audit->map;
  int64_t count = atomic_load_explicit(&map->count, memory_order_relaxed);
  uint64_t buckets = splitlist_buckets(map);
  if (count != (int64_t)audit->entries)
    return map_fault_set(audit->fault, MAP_BROKEN_COUNT, "the count is %lld, and there are %llu entries",
                         (long long)count, (unsigned long long)audit->entries);
  if (audit->entries > buckets * SPLITLIST_LOAD && splitlist_log2(buckets) < SPLITLIST_LOG2_BUCKETS_MAX &&
      !atomic_load_explicit(&map->cramped, memory_order_relaxed))
    return map_fault_set(audit->fault, MAP_BROKEN_SIZE, "%llu entries in %llu buckets",
                         (unsigned long long)audit->entries, (unsigned long long)buckets);
  return MAP_SOUND;
}

static enum map_invariant splitlist_check(struct map *opaque, struct map_fault *fault) {
  struct splitlist_audit audit = {.map = splitlist_of(opaque), .fault = fault};
  *fault = (struct map_fault){.broken = MAP_SOUND};
  if (splitlist_audit_segments(&audit) != MAP_SOUND || splitlist_audit_list(&audit) != MAP_SOUND ||
      splitlist_audit_dummies(&audit) != MAP_SOUND || splitlist_audit_count(&audit) != MAP_SOUND)
    return fault->broken;
  return reclaim_check(audit.map->reclaim, fault);
}

/* What both maps offer, for the initializer of a struct map_ops. */
#define SPLITLIST_CALLS                                                                                                \
  .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_NO_MEMORY_SAFE | MAP_SOUND_AT_REST |      \
                MAP_PROGRESS | MAP_MEMORY_SAFE,                                                                        \
  .concurrency = MAP_READERS_AND_WRITERS, .create = splitlist_create, .destroy = splitlist_destroy,                    \
  .get = splitlist_get, .put = splitlist_put, .insert = splitlist_insert, .cas = splitlist_cas,                        \
  .del = splitlist_delete, .contains = splitlist_contains, .len = splitlist_len, .clear = splitlist_clear,             \
  .iterate = splitlist_iterate, .snapshot = splitlist_snapshot, .check = splitlist_check,                              \
  .get_or_insert = splitlist_get_or_insert, .take = splitlist_take

#endif
