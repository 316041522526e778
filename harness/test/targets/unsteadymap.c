/* unsteadymap.c - a map that does not do the same thing twice: a target for tests of --check-determinism.
 *
 * It asks the processor's clock, which nothing can model, how often to look. */
#include <stdlib.h>
#include <string.h>

#include "map/map.h"

struct unsteadymap {
  uint64_t looked;
};

static struct map *unsteadymap_create(const struct map_config *config) {
  (void)config;
  return calloc(1, sizeof(struct unsteadymap));
}

static void unsteadymap_destroy(struct map *map) { free(map); }

static enum map_status unsteadymap_look(struct map *map) {
  volatile uint64_t looks = __builtin_readcyclecounter() / 16 % 8;
  uint64_t looked = 0;
  while (looks > 0) {
    looks--;
    looked += ((struct unsteadymap *)(void *)map)->looked;
  }
  return looked ? MAP_DONE : MAP_ABSENT;
}

static enum map_status unsteadymap_get(struct map *map, uint64_t key, uint64_t *value) {
  (void)key;
  (void)value;
  return unsteadymap_look(map);
}

static enum map_status unsteadymap_put(struct map *map, uint64_t key, uint64_t value) {
  (void)key;
  (void)value;
  unsteadymap_look(map);
  return MAP_DONE;
}

static enum map_status unsteadymap_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  (void)expected;
  return unsteadymap_put(map, key, value);
}

static enum map_status unsteadymap_del(struct map *map, uint64_t key) {
  (void)key;
  return unsteadymap_look(map);
}

static uint64_t unsteadymap_len(struct map *map) {
  unsteadymap_look(map);
  return 0;
}

static void unsteadymap_clear(struct map *map) { unsteadymap_look(map); }

static void unsteadymap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                                void *context) {
  (void)may_delete;
  (void)order_seed;
  (void)visit;
  (void)context;
  unsteadymap_look(map);
}

static void unsteadymap_snapshot(struct map *map, struct map_snapshot *out) {
  (void)map;
  *out = (struct map_snapshot){0};
}

static enum map_invariant unsteadymap_check(struct map *map, struct map_fault *fault) {
  (void)map;
  *fault = (struct map_fault){.broken = MAP_SOUND};
  return MAP_SOUND;
}

static const struct map_ops unsteadymap_ops = {.name = "unsteadymap",
                                               .concurrency = MAP_READERS_AND_WRITERS,
                                               .create = unsteadymap_create,
                                               .destroy = unsteadymap_destroy,
                                               .get = unsteadymap_get,
                                               .put = unsteadymap_put,
                                               .insert = unsteadymap_put,
                                               .cas = unsteadymap_cas,
                                               .del = unsteadymap_del,
                                               .contains = unsteadymap_del,
                                               .len = unsteadymap_len,
                                               .clear = unsteadymap_clear,
                                               .iterate = unsteadymap_iterate,
                                               .snapshot = unsteadymap_snapshot,
                                               .check = unsteadymap_check};

/* The registry of a program with this map alone. */
const struct map_ops *map_find(const char *name) { return strcmp(name, "unsteadymap") == 0 ? &unsteadymap_ops : NULL; }
