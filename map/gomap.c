/* gomap.c - Go 1.22's built-in map: access, assignment, deletion, clear.
 *
 * Concurrency.  There are no locks, and on purpose no atomics where Go has none.  Calls that only read (access, len,
 * iteration without deletion) may run side by side; a call that writes must run alone.  Ordering them is the caller's
 * duty, and as in Go the map does not defend itself: it notices some breaches on a best effort (guarantee F) and
 * otherwise goes wrong.
 *
 *   The guard     A write checks that GOMAP_WRITING is clear, toggles it by a plain XOR, works, checks that it is still
 *                 set, clears it.  Two writers that both pass the first check toggle it twice, and one of them finds
 *                 it clear at the end.  Readers only check.  All of these are plain accesses, exactly as in Go: the
 *                 check and the toggle may be far apart, which is why some breaches pass.
 *   Iterations    set two flags and a count by atomic operations, since several may run at once under a read lock
 *                 (gomap_iterate.c).
 *   Memory        Go's collector keeps what a reader still holds.  Here an old bucket array is freed when its last
 *                 bucket is evacuated, or retired while an iteration is under way.  A reader that runs unguarded
 *                 beside a writer can touch freed memory: that is a bug of its caller, and is left to be found.
 *
 * Structure.  2^B buckets of 8 slots, each slot with the top byte of its key's hash, chained overflow buckets, load
 * factor 13/2.  The low bits of the hash choose the bucket.  gomap_grow.c has growth, gomap_iterate.c iteration,
 * gomap_check.c what must hold at rest.
 *
 * Reference: src/runtime/map.go of Go 1.22 (K. Randall, "Inside the Map Implementation", GopherCon 2016).
 * Deviations, all for want of a collector or a crash on no memory: overflow buckets are allocated before a change
 * begins; a write that finds no memory to evacuate its bucket uses the old bucket, and only a new key then needs
 * MAP_NO_MEMORY; the iterator flags have a byte of their own, because C calls an atomic beside a plain access to one
 * object a data race.  Random numbers come from a generator in the map, so equal calls give equal maps.  Shrinking is
 * an addition (map_config.shrink). */
#include "map/gomap_internal.h"
#include "map/planted.h"

#include <stdlib.h>

/* The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection in which every bit depends on all. */
uint64_t gomap_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

uint64_t gomap_hash(const struct gomap *map, uint64_t key) { return gomap_mix(gomap_mix(key ^ map->hash_seed) + key); }

uint8_t gomap_tophash(uint64_t hash) {
  uint8_t top = (uint8_t)(hash >> 56);
  return top < GOMAP_MIN_TOPHASH ? (uint8_t)(top + GOMAP_MIN_TOPHASH) : top;
}

uint64_t gomap_random(struct gomap *map) {
  map->random += UINT64_C(0x9e3779b97f4a7c15);
  return gomap_mix(map->random);
}

struct map *gomap_create(const struct map_config *config) {
  struct gomap *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->random = config->hash_seed;
  map->hash_seed = gomap_random(map);
  map->shrink = config->shrink;
  /* As Go does, a hint that no memory could hold is none. */
  int64_t hint = config->capacity_hint > PTRDIFF_MAX / sizeof(struct gomap_bucket) ? 0 : (int64_t)config->capacity_hint;
  while (gomap_over_load_factor(hint, map->log2_buckets))
    map->log2_buckets++;
  map->least_log2_buckets = map->log2_buckets;
  if (map->log2_buckets != 0) {
    map->table = gomap_table_create(map->log2_buckets);
    if (map->table == NULL) {
      free(map);
      return NULL;
    }
  }
  return (struct map *)map;
}

void gomap_destroy(struct map *opaque) {
  gomap_free_all(gomap_of(opaque));
  free(opaque);
}

/* ---- reading ---- */

struct gomap_bucket *gomap_bucket_of(const struct gomap *map, uint64_t hash) {
  if (!PLANTED(rwmap_read_ignores_old) && gomap_is_growing(map)) {
    struct gomap_bucket *old = gomap_old_bucket_of(map, hash);
    if (!gomap_is_evacuated(old))
      return old;
  }
  return &map->table->buckets[hash & (gomap_bucket_count(map->log2_buckets) - 1)];
}

struct gomap_slot gomap_find(struct gomap_bucket *bucket, uint64_t key, uint8_t top) {
  for (; bucket != NULL; bucket = bucket->overflow) {
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      if (bucket->tophash[i] != top) {
        if (bucket->tophash[i] == GOMAP_EMPTY_REST)
          return (struct gomap_slot){NULL, 0};
        continue;
      }
      if (bucket->keys[i] == key)
        return (struct gomap_slot){bucket, i};
    }
  }
  return (struct gomap_slot){NULL, 0};
}

enum map_status gomap_look_up(const struct gomap *map, uint64_t key, uint64_t *value) {
  uint64_t hash = gomap_hash(map, key);
  struct gomap_slot slot = gomap_find(gomap_bucket_of(map, hash), key, gomap_tophash(hash));
  if (slot.bucket == NULL)
    return MAP_ABSENT;
  if (value != NULL)
    *value = slot.bucket->values[slot.index];
  return MAP_DONE;
}

enum map_status gomap_access(struct map *opaque, uint64_t key, uint64_t *value) {
  struct gomap *map = gomap_of(opaque);
  if (map->count == 0)
    return MAP_ABSENT;
  if (map->flags & GOMAP_WRITING)
    map_fatal("concurrent map read and map write");
  return gomap_look_up(map, key, value);
}

uint64_t gomap_len(struct map *opaque) { return (uint64_t)gomap_of(opaque)->count; }

/* ---- writing ---- */

/* The guard's way in.  Go computes the hash between the check and the toggle; the width of that gap is part of what
 * the guard misses. */
static uint64_t gomap_begin_write(struct gomap *map, uint64_t key) {
  if (map->flags & GOMAP_WRITING)
    map_fatal("concurrent map writes");
  uint64_t hash = gomap_hash(map, key);
  map->flags ^= GOMAP_WRITING;
  return hash;
}

static void gomap_end_write(struct gomap *map) {
  if (!(map->flags & GOMAP_WRITING))
    map_fatal("concurrent map writes");
  map->flags &= (uint8_t)~GOMAP_WRITING;
}

/* The bucket a write of `hash` works on, after its share of evacuation.  *in_place: there was no memory to evacuate it;
 * it is the old bucket, in which entries may be changed and removed but none added. */
static struct gomap_bucket *gomap_bucket_for_write(struct gomap *map, uint64_t hash, bool *in_place) {
  *in_place = gomap_is_growing(map) && !gomap_grow_work(map, hash);
  if (*in_place)
    return gomap_old_bucket_of(map, hash);
  return &map->table->buckets[hash & (gomap_bucket_count(map->log2_buckets) - 1)];
}

/* Looks for the key from *bucket on, remembering the first empty slot passed in *vacant.  Leaves *bucket at the last
 * bucket looked at. */
static struct gomap_slot gomap_find_or_vacant(struct gomap_bucket **bucket, uint64_t key, uint8_t top,
                                              struct gomap_slot *vacant) {
  struct gomap_bucket *b = *bucket;
  for (;;) {
    *bucket = b;
    for (unsigned i = 0; i < GOMAP_SLOTS; i++) {
      if (b->tophash[i] == top) {
        if (b->keys[i] == key)
          return (struct gomap_slot){b, i};
        continue;
      }
      if (b->tophash[i] <= GOMAP_EMPTY_ONE && vacant->bucket == NULL)
        *vacant = (struct gomap_slot){b, i};
      if (b->tophash[i] == GOMAP_EMPTY_REST)
        return (struct gomap_slot){NULL, 0};
    }
    if (b->overflow == NULL)
      return (struct gomap_slot){NULL, 0};
    b = b->overflow;
  }
}

/* Puts a key that is not in the map into *vacant, or behind `last` where the chain has no room. */
static enum map_status gomap_add(struct gomap *map, struct gomap_slot *vacant, struct gomap_bucket *last, uint8_t top,
                                 uint64_t key) {
  if (vacant->bucket == NULL) {
    if (!gomap_reserve_overflow(map, 1))
      return MAP_NO_MEMORY;
    *vacant = (struct gomap_slot){gomap_new_overflow(map, last), 0};
  }
  vacant->bucket->keys[vacant->index] = key;
  vacant->bucket->tophash[vacant->index] = top;
  map->count++;
  return MAP_DONE;
}

/* Go's mapassign between its two guard checks: finds or adds the key.  MAP_DONE: added; MAP_PRESENT: was there;
 * *slot has it.  Goes round again after a growth has begun, which invalidates whatever was found. */
static enum map_status gomap_assign_slot(struct gomap *map, uint64_t hash, uint64_t key, struct gomap_slot *slot) {
  if (map->table == NULL) {
    map->table = gomap_table_create(0);
    if (map->table == NULL)
      return MAP_NO_MEMORY;
  }
  uint8_t top = gomap_tophash(hash);
  for (;;) {
    bool in_place;
    struct gomap_bucket *bucket = gomap_bucket_for_write(map, hash, &in_place);
    struct gomap_slot vacant = {NULL, 0};
    *slot = gomap_find_or_vacant(&bucket, key, top, &vacant);
    if (slot->bucket != NULL)
      return MAP_PRESENT;
    if (in_place)
      return MAP_NO_MEMORY;
    if (gomap_is_growing(map) || !(gomap_over_load_factor(map->count + 1, map->log2_buckets) ||
                                   gomap_too_many_overflow_buckets(map->overflow_count, map->log2_buckets))) {
      *slot = vacant;
      return gomap_add(map, slot, bucket, top, key);
    }
    if (!gomap_hash_grow(map))
      return MAP_NO_MEMORY;
  }
}

/* mapassign returns the place of the value, and the compiler stores the value there after the guard has been left:
 * so does this. */
enum map_status gomap_assign(struct map *opaque, uint64_t key, uint64_t value, enum gomap_assign_mode mode) {
  struct gomap *map = gomap_of(opaque);
  uint64_t hash = gomap_begin_write(map, key);
  struct gomap_slot slot = {NULL, 0};
  enum map_status status = gomap_assign_slot(map, hash, key, &slot);
  gomap_end_write(map);
  if (status == MAP_PRESENT && mode == GOMAP_OVERWRITE)
    status = MAP_DONE;
  if (status == MAP_DONE)
    slot.bucket->values[slot.index] = value;
  return status;
}

/* Not in Go: `if v, ok := m[k]; ok { actual = v } else { m[k] = value }` as one guarded write. */
enum map_status gomap_get_or_assign(struct map *opaque, uint64_t key, uint64_t value, uint64_t *actual) {
  struct gomap *map = gomap_of(opaque);
  uint64_t hash = gomap_begin_write(map, key);
  struct gomap_slot slot = {NULL, 0};
  enum map_status status = gomap_assign_slot(map, hash, key, &slot);
  if (status == MAP_DONE)
    slot.bucket->values[slot.index] = value;
  if (status != MAP_NO_MEMORY)
    *actual = slot.bucket->values[slot.index];
  gomap_end_write(map);
  return status;
}

/* Not in Go: `if v, ok := m[k]; ok && v == expected { m[k] = value }` as one guarded write. */
enum map_status gomap_compare_assign(struct map *opaque, uint64_t key, uint64_t expected, uint64_t value) {
  struct gomap *map = gomap_of(opaque);
  if (map->count == 0)
    return MAP_ABSENT;
  uint64_t hash = gomap_begin_write(map, key);
  bool in_place;
  struct gomap_bucket *bucket = gomap_bucket_for_write(map, hash, &in_place);
  struct gomap_slot slot = gomap_find(bucket, key, gomap_tophash(hash));
  enum map_status status = MAP_ABSENT;
  if (slot.bucket != NULL) {
    status = slot.bucket->values[slot.index] == expected ? MAP_DONE : MAP_DIFFERS;
    if (status == MAP_DONE)
      slot.bucket->values[slot.index] = value;
  }
  gomap_end_write(map);
  return status;
}

/* True where nothing comes after the slot in its chain. */
static bool gomap_is_last(struct gomap_slot slot) {
  if (slot.index + 1 < GOMAP_SLOTS)
    return slot.bucket->tophash[slot.index + 1] == GOMAP_EMPTY_REST;
  return PLANTED(rwmap_empty_rest_ignores_overflow) || slot.bucket->overflow == NULL ||
         slot.bucket->overflow->tophash[0] == GOMAP_EMPTY_REST;
}

/* Turns the run of empty slots that ends at `slot`, the last of the chain from `head`, into the chain's empty rest.
 * Chains are singly linked: the bucket before is found from the head. */
static void gomap_backtrack(struct gomap_bucket *head, struct gomap_slot slot) {
  do {
    slot.bucket->tophash[slot.index] = GOMAP_EMPTY_REST;
    if (slot.index > 0) {
      slot.index--;
    } else {
      if (slot.bucket == head)
        return;
      struct gomap_bucket *before = head;
      while (before->overflow != slot.bucket)
        before = before->overflow;
      slot = (struct gomap_slot){before, GOMAP_SLOTS - 1};
    }
  } while (slot.bucket->tophash[slot.index] == GOMAP_EMPTY_ONE);
}

/* Empties the slot.  The key stays, as in Go where keys hold no pointers. */
static void gomap_remove(struct gomap_bucket *head, struct gomap_slot slot) {
  slot.bucket->values[slot.index] = 0;
  slot.bucket->tophash[slot.index] = GOMAP_EMPTY_ONE;
  if (gomap_is_last(slot))
    gomap_backtrack(head, slot);
}

/* Stores what was there in *value, unless value is NULL. */
static enum map_status gomap_delete_key(struct gomap *map, uint64_t key, uint64_t *value) {
  if (map->count == 0)
    return MAP_ABSENT;
  uint64_t hash = gomap_begin_write(map, key);
  bool in_place;
  struct gomap_bucket *head = gomap_bucket_for_write(map, hash, &in_place);
  struct gomap_slot slot = gomap_find(head, key, gomap_tophash(hash));
  if (PLANTED(rwmap_delete_stays_writing)) {
    if (slot.bucket == NULL)
      return MAP_ABSENT;
  }
  if (slot.bucket != NULL) {
    if (value != NULL)
      *value = slot.bucket->values[slot.index];
    gomap_remove(head, slot);
    map->count--;
    if (map->count == 0) /* so that collisions once learnt are worth nothing */
      map->hash_seed = gomap_random(map);
    gomap_shrink_if_sparse(map);
  }
  gomap_end_write(map);
  return slot.bucket != NULL ? MAP_DONE : MAP_ABSENT;
}

enum map_status gomap_delete(struct map *map, uint64_t key) { return gomap_delete_key(gomap_of(map), key, NULL); }

/* Not in Go: `v, ok := m[k]; delete(m, k)` as one guarded write. */
enum map_status gomap_take(struct map *map, uint64_t key, uint64_t *value) {
  return gomap_delete_key(gomap_of(map), key, value);
}

/* Marks the chains of the first `count` buckets empty, so that an iteration that stands in them ends. */
static void gomap_mark_empty(struct gomap_table *table, uint64_t count) {
  for (uint64_t n = 0; n < count; n++)
    for (struct gomap_bucket *b = &table->buckets[n]; b != NULL; b = b->overflow)
      for (unsigned i = 0; i < GOMAP_SLOTS; i++)
        b->tophash[i] = GOMAP_EMPTY_REST;
}

void gomap_clear(struct map *opaque) {
  struct gomap *map = gomap_of(opaque);
  if (map->count == 0)
    return;
  if (map->flags & GOMAP_WRITING)
    map_fatal("concurrent map writes");
  map->flags ^= GOMAP_WRITING;
  gomap_mark_empty(map->table, gomap_bucket_count(map->log2_buckets));
  struct gomap_table *old = map->old_table;
  if (PLANTED(rwmap_clear_keeps_old))
    old = NULL;
  if (old != NULL)
    gomap_mark_empty(old, gomap_old_bucket_count(map));
  map->flags &= (uint8_t)~(GOMAP_SAME_SIZE | GOMAP_SHRINKING);
  if (!PLANTED(rwmap_clear_keeps_old))
    map->old_table = NULL;
  map->evacuation_mark = 0;
  map->overflow_count = 0;
  map->count = 0;
  map->hash_seed = gomap_random(map);
  gomap_table_reset(map, map->table, map->log2_buckets);
  gomap_table_discard(map, old);
  gomap_end_write(map);
}

static enum map_status gomap_put(struct map *map, uint64_t key, uint64_t value) {
  return gomap_assign(map, key, value, GOMAP_OVERWRITE);
}

static enum map_status gomap_insert(struct map *map, uint64_t key, uint64_t value) {
  return gomap_assign(map, key, value, GOMAP_KEEP);
}

static enum map_status gomap_contains(struct map *map, uint64_t key) { return gomap_access(map, key, NULL); }

/* A to E, H and J are about calls beside a write, which gomap does not allow: it promises none of them. */
const struct map_ops gomap_ops = {
    .name = "gomap",
    .guarantees = MAP_SELF_GUARDED | MAP_NO_MEMORY_SAFE | MAP_SOUND_AT_REST | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_OR_WRITER,
    .create = gomap_create,
    .destroy = gomap_destroy,
    .get = gomap_access,
    .put = gomap_put,
    .insert = gomap_insert,
    .cas = gomap_compare_assign,
    .del = gomap_delete,
    .contains = gomap_contains,
    .len = gomap_len,
    .clear = gomap_clear,
    .iterate = gomap_iterate,
    .snapshot = gomap_snapshot,
    .check = gomap_check,
    .get_or_insert = gomap_get_or_assign,
    .take = gomap_take,
};
