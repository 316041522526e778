/* swissmap.c - Go 1.24's built-in map, a Swiss table: access, assignment, deletion, clear.
 *
 * Concurrency.  There are no locks, and on purpose no atomics where Go has none.  Calls that only read (access, len,
 * iteration without deletion) may run side by side; a call that writes must run alone.  Ordering them is the caller's
 * duty, and as in Go the map does not defend itself: it notices some breaches on a best effort (guarantee F) and
 * otherwise goes wrong.
 *
 *   The guard     A write checks that `writing` is 0, toggles it by a plain XOR, works, checks that it is not 0,
 *                 toggles it back.  Two writers that both pass the first check toggle it twice, and one of them finds
 *                 it 0 at the end.  Readers only check.  All of these are plain accesses, exactly as in Go.
 *   Iterations    keep a count by atomic operations, since several may run at once under a read lock
 *                 (swissmap_iterate.c).
 *   Memory        Go's collector keeps what a reader still holds.  Here a table that has been replaced is freed, or
 *                 retired while an iteration is under way.  A reader that runs unguarded beside a writer can touch
 *                 freed memory: that is a bug of its caller, and is left to be found.
 *
 * Structure.  Up to 8 entries live in one group of 8 slots.  A group has a control word of 8 bytes: empty, deleted, or
 * h2, the low 7 bits of the hash; one look at the word tells which slots can hold a key.  Larger maps have a directory
 * of tables, indexed by the first bits of the hash.  A table is an array of groups, probed from h1 (the rest of the
 * hash) on in triangular steps until a group with an empty slot ends the search.  At most 7/8 of its slots are in use,
 * tombstones included; growth_left counts down to that.  A full table is replaced by one twice as large, or split in
 * two (swissmap_grow.c).  There is no rehashing in place: iterations rely on slots staying where they are.
 *
 * Deletion.  A group that has an empty slot was never full since its table was made, so no probe has gone past it, and
 * the slot may become empty too.  In a full group it becomes a tombstone.  Hence a group with tombstones has no empty
 * slot, and the first of either kind on a key's way is where the key may be put once it is known to be absent.
 *
 * Reference: internal/runtime/maps of Go 1.24; A. Kulukundis, "Designing a Fast, Efficient, Cache-friendly Hash Table,
 * Step by Step", CppCon 2017; the directory is that of R. Fagin, J. Nievergelt, N. Pippenger and H. R. Strong,
 * "Extendible Hashing", ACM TODS 4(3), 1979.
 * Deviations.  Tables are split from 64 slots on, where Go's grow to 1,024: splits are what there is to find.  A key
 * that is there never makes a small map grow.  For want of a collector or a crash on no memory: all memory is got
 * before a change begins, and a new key may need MAP_NO_MEMORY; Map.clearSeq is missing, as only keys that differ from
 * themselves need it.  A table and its groups are one block, and the small group has a pointer of its own.  Random
 * numbers come from a generator in the map, so equal calls give equal maps. */
#include "map/planted.h"
#include "map/swissmap_internal.h"

#include <stdlib.h>

static uint64_t swissmap_random(struct swissmap *map) {
  map->random += UINT64_C(0x9e3779b97f4a7c15);
  return swissmap_mix(map->random);
}

struct map *swissmap_create(const struct map_config *config) {
  struct swissmap *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->random = config->hash_seed;
  map->hash_seed = swissmap_random(map);
  map->global_shift = 64;
  /* As Go does, a hint that no memory could hold is none, and a small map gets its group with its first entry. */
  uint64_t hint = config->capacity_hint;
  bool sensible = hint <= PTRDIFF_MAX / sizeof(struct swissmap_group);
  if (hint > SWISSMAP_SLOTS && sensible && !swissmap_make_tables(map, hint)) {
    free(map);
    return NULL;
  }
  return (struct map *)map;
}

void swissmap_destroy(struct map *opaque) {
  swissmap_free_all(swissmap_of(opaque));
  free(opaque);
}

/* ---- reading ---- */

void swissmap_probe_next(struct swissmap_probe *probe) {
  probe->step++;
  uint64_t distance = PLANTED(swissrw_squares) ? 2 * probe->step - 1 : probe->step;
  probe->offset = (probe->offset + distance) & probe->mask;
}

/* The slot of the group that holds the key, SWISSMAP_SLOTS where none does. */
static unsigned swissmap_find_in_group(const struct swissmap_group *group, uint64_t hash, uint64_t key) {
  uint64_t match = swissmap_match_h2(group->controls.word, swissmap_h2(hash));
  for (; match != 0; match = swissmap_match_rest(match)) {
    unsigned index = swissmap_match_first(match);
    if (PLANTED(swissrw_h2_only) || group->slots[index].key == key)
      return index;
  }
  return SWISSMAP_SLOTS;
}

static struct swissmap_place swissmap_find(const struct swissmap *map, uint64_t hash, uint64_t key) {
  if (map->directory_length == 0) {
    unsigned index = swissmap_find_in_group(map->small, hash, key);
    return (struct swissmap_place){NULL, index < SWISSMAP_SLOTS ? map->small : NULL, index};
  }
  struct swissmap_table *table = map->directory[swissmap_directory_index(map, hash)];
  for (struct swissmap_probe probe = swissmap_probe_begin(table, hash);; swissmap_probe_next(&probe)) {
    struct swissmap_group *group = &table->groups[probe.offset];
    unsigned index = swissmap_find_in_group(group, hash, key);
    if (index < SWISSMAP_SLOTS)
      return (struct swissmap_place){table, group, index};
    if (swissmap_match_empty(group->controls.word) != 0)
      return (struct swissmap_place){table, NULL, 0};
  }
}

enum map_status swissmap_look_up(const struct swissmap *map, uint64_t key, uint64_t *value) {
  struct swissmap_place place = swissmap_find(map, swissmap_hash(map, key), key);
  if (place.group == NULL)
    return MAP_ABSENT;
  if (value != NULL)
    *value = swissmap_slot(place)->value;
  return MAP_DONE;
}

enum map_status swissmap_access(struct map *opaque, uint64_t key, uint64_t *value) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return MAP_ABSENT;
  if (map->writing != 0)
    map_fatal("concurrent map read and map write");
  return swissmap_look_up(map, key, value);
}

uint64_t swissmap_len(struct map *opaque) { return swissmap_of(opaque)->used; }

/* ---- writing ---- */

/* The guard's way in.  Go computes the hash between the check and the toggle; the width of that gap is part of what
 * the guard misses. */
static uint64_t swissmap_begin_write(struct swissmap *map, uint64_t key) {
  if (map->writing != 0)
    map_fatal("concurrent map writes");
  uint64_t hash = swissmap_hash(map, key);
  map->writing ^= 1;
  return hash;
}

static void swissmap_end_write(struct swissmap *map) {
  if (map->writing == 0)
    map_fatal("concurrent map writes");
  map->writing ^= 1;
}

/* Finds the key in the table; where it is not, *place is where to put it: the first tombstone on its way, or else the
 * empty slot that ended the search. */
static bool swissmap_seek(struct swissmap_table *table, uint64_t hash, uint64_t key, struct swissmap_place *place) {
  *place = (struct swissmap_place){table, NULL, 0};
  for (struct swissmap_probe probe = swissmap_probe_begin(table, hash);; swissmap_probe_next(&probe)) {
    struct swissmap_group *group = &table->groups[probe.offset];
    unsigned index = swissmap_find_in_group(group, hash, key);
    if (index < SWISSMAP_SLOTS) {
      *place = (struct swissmap_place){table, group, index};
      return true;
    }
    uint64_t vacant = swissmap_match_empty_or_deleted(group->controls.word);
    if (vacant == 0)
      continue;
    if (place->group == NULL)
      *place = (struct swissmap_place){table, group, swissmap_match_first(vacant)};
    if (PLANTED(swissrw_first_tombstone) || swissmap_match_empty(group->controls.word) != 0)
      return false;
  }
}

static void swissmap_fill(struct swissmap *map, struct swissmap_place place, uint64_t hash, uint64_t key) {
  swissmap_slot(place)->key = key;
  swissmap_control_set(place.group, place.index, swissmap_h2(hash));
  map->used++;
}

/* False: the table has no room for another key.  A tombstone's room is already accounted for. */
static bool swissmap_fill_in_table(struct swissmap *map, struct swissmap_place place, uint64_t hash, uint64_t key) {
  struct swissmap_table *table = place.table;
  bool reused = swissmap_control(place.group, place.index) == SWISSMAP_DELETED;
  if (!reused && table->growth_left == 0)
    return false;
  swissmap_fill(map, place, hash, key);
  table->growth_left = (uint16_t)(table->growth_left - !reused);
  table->used++;
  return true;
}

/* A map of one group: MAP_DONE, MAP_PRESENT; MAP_ABSENT: the group is full of other keys. */
static enum map_status swissmap_assign_small(struct swissmap *map, uint64_t hash, uint64_t key,
                                             struct swissmap_place *place) {
  struct swissmap_group *small = map->small;
  *place = (struct swissmap_place){NULL, small, swissmap_find_in_group(small, hash, key)};
  if (place->index < SWISSMAP_SLOTS)
    return MAP_PRESENT;
  if (map->used >= SWISSMAP_SLOTS)
    return MAP_ABSENT;
  uint64_t vacant = swissmap_match_empty_or_deleted(small->controls.word);
  if (vacant == 0)
    map_fatal("small map with no empty slot (concurrent map writes?)");
  place->index = swissmap_match_first(vacant);
  swissmap_fill(map, *place, hash, key);
  return MAP_DONE;
}

/* Go's mapassign between its two guard checks: finds or adds the key.  MAP_DONE: added; MAP_PRESENT: was there;
 * *place has it.  Goes round again after a table has been replaced, which invalidates whatever was found. */
static enum map_status swissmap_assign_place(struct swissmap *map, uint64_t hash, uint64_t key,
                                             struct swissmap_place *place) {
  if (map->directory_length == 0) {
    if (map->small == NULL && !swissmap_make_small(map))
      return MAP_NO_MEMORY;
    enum map_status status = swissmap_assign_small(map, hash, key, place);
    if (status != MAP_ABSENT)
      return status;
    if (!swissmap_leave_small(map))
      return MAP_NO_MEMORY;
  }
  for (;;) {
    struct swissmap_table *table = map->directory[swissmap_directory_index(map, hash)];
    if (swissmap_seek(table, hash, key, place))
      return MAP_PRESENT;
    if (swissmap_fill_in_table(map, *place, hash, key))
      return MAP_DONE;
    if (!swissmap_rehash(map, table))
      return MAP_NO_MEMORY;
  }
}

enum map_status swissmap_assign(struct map *opaque, uint64_t key, uint64_t **value) {
  struct swissmap *map = swissmap_of(opaque);
  uint64_t hash = swissmap_begin_write(map, key);
  struct swissmap_place place;
  enum map_status status = swissmap_assign_place(map, hash, key, &place);
  swissmap_end_write(map);
  if (status != MAP_NO_MEMORY)
    *value = &swissmap_slot(place)->value;
  return status;
}

/* Not in Go: `if v, ok := m[k]; ok && v == expected { m[k] = value }` as one guarded write. */
enum map_status swissmap_compare_assign(struct map *opaque, uint64_t key, uint64_t expected, uint64_t value) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return MAP_ABSENT;
  uint64_t hash = swissmap_begin_write(map, key);
  struct swissmap_place place = swissmap_find(map, hash, key);
  enum map_status status = MAP_ABSENT;
  if (place.group != NULL) {
    status = swissmap_slot(place)->value == expected ? MAP_DONE : MAP_DIFFERS;
    if (status == MAP_DONE)
      swissmap_slot(place)->value = value;
  }
  swissmap_end_write(map);
  return status;
}

/* Empties the slot.  The key stays, as in Go where keys hold no pointers. */
static void swissmap_remove(struct swissmap *map, struct swissmap_place place) {
  swissmap_slot(place)->value = 0;
  map->used--;
  if (place.table == NULL) {
    swissmap_control_set(place.group, place.index, SWISSMAP_EMPTY); /* nothing is ever probed past the only group */
    return;
  }
  place.table->used--;
  if (PLANTED(swissrw_tombstone_empty) || swissmap_match_empty(place.group->controls.word) != 0) {
    swissmap_control_set(place.group, place.index, SWISSMAP_EMPTY);
    place.table->growth_left++;
  } else {
    swissmap_control_set(place.group, place.index, SWISSMAP_DELETED);
    if (PLANTED(swissrw_tombstone_counted))
      place.table->growth_left++;
  }
}

enum map_status swissmap_delete(struct map *opaque, uint64_t key, uint64_t *value) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return MAP_ABSENT;
  uint64_t hash = swissmap_begin_write(map, key);
  struct swissmap_place place = swissmap_find(map, hash, key);
  if (place.group != NULL) {
    if (value != NULL)
      *value = swissmap_slot(place)->value;
    swissmap_remove(map, place);
    if (map->used == 0) /* so that collisions once learnt are worth nothing */
      map->hash_seed = swissmap_random(map);
  }
  swissmap_end_write(map);
  return place.group != NULL ? MAP_DONE : MAP_ABSENT;
}

static void swissmap_remove_key(struct swissmap *map, uint64_t hash, uint64_t key) {
  struct swissmap_place place = swissmap_find(map, hash, key);
  if (place.group != NULL)
    swissmap_remove(map, place);
}

/* move between its two guard checks.  Only adding can fail, so that comes first; it may replace the table in which the
 * old key was found. */
static enum map_status swissmap_rename(struct swissmap *map, uint64_t from_hash, uint64_t from, uint64_t to,
                                       uint64_t *value) {
  uint64_t to_hash = swissmap_hash(map, to);
  struct swissmap_place place = swissmap_find(map, from_hash, from);
  if (place.group == NULL)
    return MAP_ABSENT;
  if (swissmap_find(map, to_hash, to).group != NULL)
    return MAP_PRESENT;
  uint64_t moved = swissmap_slot(place)->value;
  enum map_status status = swissmap_assign_place(map, to_hash, to, &place);
  if (PLANTED(swissrw_move_loses))
    swissmap_remove_key(map, from_hash, from);
  if (status != MAP_DONE)
    return status;
  *value = swissmap_slot(place)->value = moved;
  swissmap_remove_key(map, from_hash, from);
  return MAP_DONE;
}

/* Not in Go, as swap: one guarded write. */
enum map_status swissmap_move(struct map *opaque, uint64_t from, uint64_t to, uint64_t *value) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return MAP_ABSENT;
  uint64_t hash = swissmap_begin_write(map, from);
  enum map_status status = swissmap_rename(map, hash, from, to, value);
  swissmap_end_write(map);
  return status;
}

enum map_status swissmap_swap(struct map *opaque, uint64_t a, uint64_t b, uint64_t values[2]) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return MAP_ABSENT;
  uint64_t hash = swissmap_begin_write(map, a);
  struct swissmap_place first = swissmap_find(map, hash, a);
  struct swissmap_place second = swissmap_find(map, swissmap_hash(map, b), b);
  enum map_status status = MAP_ABSENT;
  if (first.group != NULL && second.group != NULL) {
    status = MAP_DONE;
    values[0] = swissmap_slot(first)->value;
    values[1] = swissmap_slot(second)->value;
    swissmap_slot(first)->value = values[1];
    swissmap_slot(second)->value = values[0];
  }
  swissmap_end_write(map);
  return status;
}

void swissmap_clear(struct map *opaque) {
  struct swissmap *map = swissmap_of(opaque);
  if (map->used == 0)
    return;
  if (map->writing != 0)
    map_fatal("concurrent map writes");
  map->writing ^= 1;
  if (map->directory_length == 0)
    swissmap_empty_group(map->small);
  struct swissmap_table *last = NULL;
  for (uint64_t n = 0; n < map->directory_length; n++) {
    if (map->directory[n] != last)
      swissmap_empty_table(map->directory[n]);
    last = map->directory[n];
  }
  map->used = 0;
  map->hash_seed = swissmap_random(map);
  swissmap_end_write(map);
}

/* ---- as struct map_ops wants them ---- */

/* These store the value after the guard has been left, as Go's compiler does with what mapassign returns. */

static enum map_status swissmap_put(struct map *map, uint64_t key, uint64_t value) {
  uint64_t *place;
  enum map_status status = swissmap_assign(map, key, &place);
  if (status == MAP_NO_MEMORY)
    return status;
  *place = value;
  return MAP_DONE;
}

static enum map_status swissmap_insert(struct map *map, uint64_t key, uint64_t value) {
  uint64_t *place;
  enum map_status status = swissmap_assign(map, key, &place);
  if (status == MAP_DONE)
    *place = value;
  return status;
}

static enum map_status swissmap_get_or_insert(struct map *map, uint64_t key, uint64_t value, uint64_t *actual) {
  uint64_t *place;
  enum map_status status = swissmap_assign(map, key, &place);
  if (status == MAP_NO_MEMORY)
    return status;
  if (status == MAP_DONE)
    *place = value;
  *actual = *place;
  return status;
}

static enum map_status swissmap_del(struct map *map, uint64_t key) { return swissmap_delete(map, key, NULL); }

static enum map_status swissmap_contains(struct map *map, uint64_t key) { return swissmap_access(map, key, NULL); }

/* A to E, H and J are about calls that run at the same time, of which swissmap allows only readers: it promises none
 * of them. */
const struct map_ops swissmap_ops = {
    .name = "swissmap",
    .guarantees = MAP_SELF_GUARDED | MAP_NO_MEMORY_SAFE | MAP_SOUND_AT_REST | MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_OR_WRITER,
    .create = swissmap_create,
    .destroy = swissmap_destroy,
    .get = swissmap_access,
    .put = swissmap_put,
    .insert = swissmap_insert,
    .cas = swissmap_compare_assign,
    .del = swissmap_del,
    .contains = swissmap_contains,
    .len = swissmap_len,
    .clear = swissmap_clear,
    .iterate = swissmap_iterate,
    .snapshot = swissmap_snapshot,
    .check = swissmap_check,
    .get_or_insert = swissmap_get_or_insert,
    .take = swissmap_delete,
    .move = swissmap_move,
    .swap = swissmap_swap,
};
