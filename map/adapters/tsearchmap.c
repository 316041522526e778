/* tsearchmap.c - the worked example of README.md: POSIX tsearch (<search.h>), a tree that knows no threads, as a map.
 *
 * Concurrency.  One mutex, held for the whole of every call: each takes effect at one instant (A, B, D, E), and nothing
 * changes the tree while an iteration walks it (C).
 *
 * Compiled and tested with the maps, but not registered. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* twalk_r */
#endif

#include "map/map.h"

#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

struct tsearchmap_entry {
  uint64_t key;
  uint64_t value;
  struct tsearchmap_entry *next_doomed; /* while an iteration runs: to be deleted at its end */
};

struct tsearchmap {
  pthread_mutex_t lock;
  void *root; /* tsearch's tree of struct tsearchmap_entry */
  uint64_t count;
};

struct tsearchmap_walk {
  map_visit_fn visit;
  void *context;
  bool stopped;
  struct tsearchmap_entry *doomed;
};

static int tsearchmap_compare(const void *a, const void *b) {
  uint64_t left = ((const struct tsearchmap_entry *)a)->key;
  uint64_t right = ((const struct tsearchmap_entry *)b)->key;
  return (left > right) - (left < right);
}

static struct tsearchmap *tsearchmap_lock(struct map *map) {
  pthread_mutex_lock(&((struct tsearchmap *)map)->lock);
  return (struct tsearchmap *)map;
}

static void tsearchmap_unlock(struct map *map) { pthread_mutex_unlock(&((struct tsearchmap *)map)->lock); }

static struct tsearchmap_entry *tsearchmap_find(struct tsearchmap *map, uint64_t key) {
  struct tsearchmap_entry probe = {.key = key};
  struct tsearchmap_entry **node = tfind(&probe, &map->root, tsearchmap_compare);
  return node != NULL ? *node : NULL;
}

static enum map_status tsearchmap_add(struct tsearchmap *map, uint64_t key, uint64_t value) {
  struct tsearchmap_entry *entry = malloc(sizeof *entry);
  if (entry == NULL)
    return MAP_NO_MEMORY;
  *entry = (struct tsearchmap_entry){.key = key, .value = value};
  if (tsearch(entry, &map->root, tsearchmap_compare) == NULL) {
    free(entry);
    return MAP_NO_MEMORY;
  }
  map->count++;
  return MAP_DONE;
}

static void tsearchmap_remove(struct tsearchmap *map, struct tsearchmap_entry *entry) {
  tdelete(entry, &map->root, tsearchmap_compare);
  free(entry);
  map->count--;
}

static struct map *tsearchmap_create(const struct map_config *config) {
  (void)config; /* a tree has no capacity and no hash */
  struct tsearchmap *map = calloc(1, sizeof *map);
  if (map != NULL)
    pthread_mutex_init(&map->lock, NULL);
  return (struct map *)map;
}

static void tsearchmap_clear(struct map *opaque) {
  struct tsearchmap *map = tsearchmap_lock(opaque);
  while (map->root != NULL)
    tsearchmap_remove(map, *(struct tsearchmap_entry **)map->root);
  tsearchmap_unlock(opaque);
}

static void tsearchmap_destroy(struct map *map) {
  tsearchmap_clear(map);
  pthread_mutex_destroy(&((struct tsearchmap *)map)->lock);
  free(map);
}

static enum map_status tsearchmap_get(struct map *map, uint64_t key, uint64_t *value) {
  struct tsearchmap_entry *entry = tsearchmap_find(tsearchmap_lock(map), key);
  if (entry != NULL)
    *value = entry->value;
  tsearchmap_unlock(map);
  return entry != NULL ? MAP_DONE : MAP_ABSENT;
}

static enum map_status tsearchmap_contains(struct map *map, uint64_t key) {
  uint64_t value;
  return tsearchmap_get(map, key, &value);
}

static enum map_status tsearchmap_put(struct map *opaque, uint64_t key, uint64_t value) {
  struct tsearchmap *map = tsearchmap_lock(opaque);
  struct tsearchmap_entry *entry = tsearchmap_find(map, key);
  enum map_status status = MAP_DONE;
  if (entry != NULL)
    entry->value = value;
  else
    status = tsearchmap_add(map, key, value);
  tsearchmap_unlock(opaque);
  return status;
}

static enum map_status tsearchmap_insert(struct map *opaque, uint64_t key, uint64_t value) {
  struct tsearchmap *map = tsearchmap_lock(opaque);
  enum map_status status = tsearchmap_find(map, key) != NULL ? MAP_PRESENT : tsearchmap_add(map, key, value);
  tsearchmap_unlock(opaque);
  return status;
}

static enum map_status tsearchmap_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  struct tsearchmap_entry *entry = tsearchmap_find(tsearchmap_lock(map), key);
  enum map_status status = entry == NULL ? MAP_ABSENT : entry->value == expected ? MAP_DONE : MAP_DIFFERS;
  if (status == MAP_DONE)
    entry->value = value;
  tsearchmap_unlock(map);
  return status;
}

static enum map_status tsearchmap_delete(struct map *opaque, uint64_t key) {
  struct tsearchmap *map = tsearchmap_lock(opaque);
  struct tsearchmap_entry *entry = tsearchmap_find(map, key);
  if (entry != NULL)
    tsearchmap_remove(map, entry);
  tsearchmap_unlock(opaque);
  return entry != NULL ? MAP_DONE : MAP_ABSENT;
}

static uint64_t tsearchmap_len(struct map *map) {
  uint64_t count = tsearchmap_lock(map)->count;
  tsearchmap_unlock(map);
  return count;
}

/* twalk shows an inner node three times; `postorder` is the one in order of the keys.  It cannot stop early, nor may
 * the tree change under it. */
static void tsearchmap_show(const void *node, VISIT which, void *closure) {
  struct tsearchmap_walk *walk = closure;
  struct tsearchmap_entry *entry = *(struct tsearchmap_entry *const *)node;
  if (walk->stopped || (which != postorder && which != leaf))
    return;
  enum map_visit_result result = walk->visit(walk->context, entry->key, entry->value);
  walk->stopped = result == MAP_VISIT_STOP;
  if (result == MAP_VISIT_DELETE) {
    entry->next_doomed = walk->doomed;
    walk->doomed = entry;
  }
}

static void tsearchmap_iterate(struct map *opaque, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                               void *context) {
  (void)may_delete; /* one lock for both */
  (void)order_seed; /* a tree has one order */
  struct tsearchmap *map = tsearchmap_lock(opaque);
  struct tsearchmap_walk walk = {.visit = visit, .context = context};
  twalk_r(map->root, tsearchmap_show, &walk);
  while (walk.doomed != NULL) {
    struct tsearchmap_entry *next = walk.doomed->next_doomed;
    tsearchmap_remove(map, walk.doomed);
    walk.doomed = next;
  }
  tsearchmap_unlock(opaque);
}

static void tsearchmap_snapshot(struct map *map, struct map_snapshot *out) {
  uint64_t count = ((struct tsearchmap *)map)->count;
  *out = (struct map_snapshot){.count = count, .capacity = count};
}

/* tsearch has no way to ask a tree for its shape: that the walk is sorted and finds every entry again is what shows. */
struct tsearchmap_audit {
  struct tsearchmap *map;
  struct map_fault *fault;
  uint64_t shown, last;
};

static void tsearchmap_audit_node(const void *node, VISIT which, void *closure) {
  struct tsearchmap_audit *audit = closure;
  struct tsearchmap_entry *entry = *(struct tsearchmap_entry *const *)node;
  if (audit->fault->broken != MAP_SOUND || (which != postorder && which != leaf))
    return;
  if (audit->shown > 0 && entry->key <= audit->last) {
    bool twice = entry->key == audit->last;
    audit->fault->broken = twice ? MAP_BROKEN_TWICE : MAP_BROKEN_ORDER;
  } else if (tsearchmap_find(audit->map, entry->key) != entry) {
    audit->fault->broken = MAP_BROKEN_REACH;
  }
  if (audit->fault->broken != MAP_SOUND)
    snprintf(audit->fault->text, sizeof audit->fault->text, "at key %llu", (unsigned long long)entry->key);
  audit->shown++;
  audit->last = entry->key;
}

static enum map_invariant tsearchmap_check(struct map *opaque, struct map_fault *fault) {
  struct tsearchmap *map = (struct tsearchmap *)opaque;
  struct tsearchmap_audit audit = {.map = map, .fault = fault};
  *fault = (struct map_fault){.broken = MAP_SOUND};
  twalk_r(map->root, tsearchmap_audit_node, &audit);
  if (fault->broken == MAP_SOUND && audit.shown != map->count) {
    fault->broken = MAP_BROKEN_COUNT;
    snprintf(fault->text, sizeof fault->text, "the count is %llu, and there are %llu entries",
             (unsigned long long)map->count, (unsigned long long)audit.shown);
  }
  return fault->broken;
}

const struct map_ops tsearchmap_ops = {
    .name = "tsearchmap",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC |
                  MAP_NO_MEMORY_SAFE | MAP_SOUND_AT_REST | MAP_PROGRESS | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITERS,
    .create = tsearchmap_create,
    .destroy = tsearchmap_destroy,
    .get = tsearchmap_get,
    .put = tsearchmap_put,
    .insert = tsearchmap_insert,
    .cas = tsearchmap_cas,
    .del = tsearchmap_delete,
    .contains = tsearchmap_contains,
    .len = tsearchmap_len,
    .clear = tsearchmap_clear,
    .iterate = tsearchmap_iterate,
    .snapshot = tsearchmap_snapshot,
    .check = tsearchmap_check,
};
