/* staticmap.c - a map whose state lies in static variables: a target for tests, not one of map/'s.
 *
 * Open addressing in a fixed table, no lock, one map a process.  Concurrent use is a bug wherever it happens; what it
 * is for is that heddle must find the same ones each time although the memory is never allocated anew. */
#include <stdio.h>
#include <string.h>

#include "map/map.h"

#define SLOTS 64u

enum slot_state { SLOT_FREE, SLOT_USED, SLOT_DELETED };

static struct {
  uint64_t key, value;
  unsigned char state;
} slots[SLOTS];
static uint64_t used, seed;
static int made = 41; /* initialised data, beside the zeroes */

static struct map *staticmap_create(const struct map_config *config) {
  seed = config->hash_seed;
  made++;
  return (struct map *)(void *)slots;
}

static void staticmap_destroy(struct map *map) { (void)map; }

/* The slot of the key; else the first that could take it; else SLOTS. */
static unsigned staticmap_find(uint64_t key) {
  unsigned at = (unsigned)((key ^ seed) * UINT64_C(0x9e3779b97f4a7c15) >> 58), vacant = SLOTS;
  for (unsigned probe = 0; probe < SLOTS; probe++, at = (at + 1) % SLOTS) {
    if (slots[at].state == SLOT_USED && slots[at].key == key)
      return at;
    if (slots[at].state != SLOT_USED && vacant == SLOTS)
      vacant = at;
    if (slots[at].state == SLOT_FREE)
      break;
  }
  return vacant;
}

static bool staticmap_holds(unsigned at, uint64_t key) {
  return at < SLOTS && slots[at].state == SLOT_USED && slots[at].key == key;
}

static enum map_status staticmap_get(struct map *map, uint64_t key, uint64_t *value) {
  (void)map;
  unsigned at = staticmap_find(key);
  if (!staticmap_holds(at, key))
    return MAP_ABSENT;
  *value = slots[at].value;
  return MAP_DONE;
}

static enum map_status staticmap_store(uint64_t key, uint64_t value, bool overwrite) {
  unsigned at = staticmap_find(key);
  if (at == SLOTS)
    return MAP_NO_MEMORY;
  if (staticmap_holds(at, key)) {
    if (!overwrite)
      return MAP_PRESENT;
  } else {
    slots[at].key = key;
    slots[at].state = SLOT_USED;
    used++;
  }
  slots[at].value = value;
  return MAP_DONE;
}

static enum map_status staticmap_put(struct map *map, uint64_t key, uint64_t value) {
  (void)map;
  return staticmap_store(key, value, true);
}

static enum map_status staticmap_insert(struct map *map, uint64_t key, uint64_t value) {
  (void)map;
  return staticmap_store(key, value, false);
}

static enum map_status staticmap_cas(struct map *map, uint64_t key, uint64_t expected, uint64_t value) {
  (void)map;
  unsigned at = staticmap_find(key);
  if (!staticmap_holds(at, key))
    return MAP_ABSENT;
  if (slots[at].value != expected)
    return MAP_DIFFERS;
  slots[at].value = value;
  return MAP_DONE;
}

static enum map_status staticmap_del(struct map *map, uint64_t key) {
  (void)map;
  unsigned at = staticmap_find(key);
  if (!staticmap_holds(at, key))
    return MAP_ABSENT;
  slots[at].state = SLOT_DELETED;
  used--;
  return MAP_DONE;
}

static enum map_status staticmap_contains(struct map *map, uint64_t key) {
  (void)map;
  return staticmap_holds(staticmap_find(key), key) ? MAP_DONE : MAP_ABSENT;
}

static uint64_t staticmap_len(struct map *map) {
  (void)map;
  return used;
}

static void staticmap_clear(struct map *map) {
  (void)map;
  memset(slots, 0, sizeof slots);
  used = 0;
}

static void staticmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit,
                              void *context) {
  (void)map;
  (void)may_delete;
  for (unsigned i = 0; i < SLOTS; i++) {
    unsigned at = (unsigned)((i + order_seed) % SLOTS);
    if (slots[at].state != SLOT_USED)
      continue;
    enum map_visit_result result = visit(context, slots[at].key, slots[at].value);
    if (result == MAP_VISIT_STOP)
      return;
    if (result == MAP_VISIT_DELETE) {
      slots[at].state = SLOT_DELETED;
      used--;
    }
  }
}

static void staticmap_snapshot(struct map *map, struct map_snapshot *out) {
  (void)map;
  *out = (struct map_snapshot){.count = used, .capacity = SLOTS, .flags = (uint64_t)made};
}

static enum map_invariant staticmap_check(struct map *map, struct map_fault *fault) {
  (void)map;
  uint64_t found = 0;
  *fault = (struct map_fault){.broken = MAP_SOUND};
  for (unsigned at = 0; at < SLOTS && fault->broken == MAP_SOUND; at++) {
    if (slots[at].state != SLOT_USED)
      continue;
    found++;
    unsigned first = staticmap_find(slots[at].key);
    if (first == at)
      continue;
    fault->broken = staticmap_holds(first, slots[at].key) ? MAP_BROKEN_TWICE : MAP_BROKEN_REACH;
    snprintf(fault->text, sizeof fault->text, "slot %u: looking its key up ends at slot %u", at, first);
  }
  if (fault->broken == MAP_SOUND && found != used) {
    fault->broken = MAP_BROKEN_COUNT;
    snprintf(fault->text, sizeof fault->text, "the count is %llu, and there are %llu entries", (unsigned long long)used,
             (unsigned long long)found);
  }
  return fault->broken;
}

static const struct map_ops staticmap_ops = {.name = "staticmap",
                                             .concurrency = MAP_READERS_OR_WRITER,
                                             .create = staticmap_create,
                                             .destroy = staticmap_destroy,
                                             .get = staticmap_get,
                                             .put = staticmap_put,
                                             .insert = staticmap_insert,
                                             .cas = staticmap_cas,
                                             .del = staticmap_del,
                                             .contains = staticmap_contains,
                                             .len = staticmap_len,
                                             .clear = staticmap_clear,
                                             .iterate = staticmap_iterate,
                                             .snapshot = staticmap_snapshot,
                                             .check = staticmap_check};

/* The registry of a program with this map alone. */
const struct map_ops *map_find(const char *name) { return strcmp(name, "staticmap") == 0 ? &staticmap_ops : NULL; }
