/* seqmap.c - open addressing under a sequence lock: one writer, readers that look again.
 *
 * Concurrency.  Any number of readers run beside one writing thread; they store nothing that the writer waits for.
 *
 *   Sections.  Each table has a sequence number.  The writer makes it odd, changes slots, and makes it even again: a
 * write section, the only place where slots of a table that readers know are changed.  A reader notes an even number,
 * reads whatever it needs, and looks at the number again: where it is another one, what was read is worth nothing, and
 * the reader begins anew.
 *
 *   Why that is sound without fences.  All of a slot is atomic.  The writer stores the odd number (relaxed), stores
 * slots (release), stores the even number (release); the reader loads the number (acquire), slots (acquire), the number
 * (relaxed).  If one of the reader's loads of a slot sees a store of a write section, that store synchronises with the
 * load, hence the odd number of the section happens before the reader's second look, which finds it or a later one.
 * Were both looks equal, the first would have found a number from after the section.  So a reader that is content has
 * seen nothing of a section that was not over when it began.  It has seen all of those that were: the first look
 * synchronises with the end of the last one.  What it read is the table as it was at its first look.
 *
 *   Effect.  Calls of the writer take effect, for readers of slots, all at once, within the section (B, E, H): no
 * reader's section that succeeds overlaps it.  That is why len may take the table's `count` as it is (D): it is stored
 * within the section, and that store can count as the instant at which the call took effect.  Release and acquire make
 * what len has counted visible to the gets that follow.
 *
 *   Tables.  They follow one another, and are freed when nobody reads them any more: seqmap_table.c.  A new table has
 * the same entries as the one before it, so that putting it in place changes nothing for anybody; or it has none, and
 * that is a clear.  Iterations: seqmap_iterate.c.
 *
 *   Guard (F).  Each call that writes sets `writing` by an exchange (acquire) and clears it at its end (release,
 * which pairs with the next one's exchange).  One that finds it set is a second writer, and fatal.
 *
 *   Memory (G).  Only a new key may need some, and asks for it before anything is changed.
 *
 * Structure.  2^n slots, linear probing from the top n bits of the hash, three quarters in use at most.  A deleted
 * entry leaves a tombstone; a new key takes the first one of its probe.
 *
 * References: L. Lamport, "Concurrent reading and writing", CACM 20(11), 1977; H.-J. Boehm, "Can seqlocks get along
 * with programming language memory models?", MSPC 2012; D. E. Knuth, The Art of Computer Programming 3, 6.4 (linear
 * probing).  Deviation: where Boehm has fences the accesses here are ordered themselves, since checkers of races do not
 * know fences. */
#include "map/seqmap_internal.h"

#include <stdlib.h>

static struct map *seqmap_create(const struct map_config *config) {
  struct seqmap *map = calloc(1, sizeof *map);
  if (map == NULL)
    return NULL;
  map->hash_seed = config->hash_seed * UINT64_C(0x9e3779b97f4a7c15);
  map->shrink = config->shrink;
  map->least_log2 = SEQMAP_LOG2_MIN;
  /* A hint that no memory could hold is none. */
  uint64_t hint = config->capacity_hint > seqmap_limit(SEQMAP_LOG2_MAX) ? 0 : config->capacity_hint;
  while (seqmap_limit(map->least_log2) < hint)
    map->least_log2++;
  struct seqmap_table *table = seqmap_table_create(map->least_log2);
  if (table == NULL) {
    free(map);
    return NULL;
  }
  seqmap_seat_first(map, table);
  return (struct map *)map;
}

static void seqmap_destroy(struct map *opaque) {
  struct seqmap *map = seqmap_of(opaque);
  for (uint64_t left = ~seqmap_free_seats(map); left != 0; left &= left - 1)
    free(seqmap_table_of(&map->seats[__builtin_ctzll(left)]));
  free(map);
}

/* ---- reading ---- */

static enum map_status seqmap_get(struct map *opaque, uint64_t key, uint64_t *value) {
  struct seqmap *map = seqmap_of(opaque);
  uint64_t hash = seqmap_hash(map, key);
  struct seqmap_seat *seat = seqmap_come_in(map);
  struct seqmap_table *table = seqmap_table_of(seat);
  if (PLANTED(seqmap_out_early))
    seqmap_go_out(seat);
  const struct seqmap_slot *slot;
  uint64_t sequence, found = 0;
  if (PLANTED(seqmap_get_tires)) {
    unsigned tries = 5;
    do {
      sequence = seqmap_read_begin(table);
      slot = seqmap_find(table, hash, key);
      found = slot != NULL ? seqmap_value_of(slot) : 0;
    } while (!seqmap_read_valid(table, sequence) && --tries > 0);
    seqmap_go_out(seat);
    *value = found;
    return slot != NULL && tries > 0 ? MAP_DONE : MAP_ABSENT;
  }
  do {
    sequence = seqmap_read_begin(table);
    slot = seqmap_find(table, hash, key);
    if (slot != NULL)
      found = seqmap_value_of(slot);
  } while (!seqmap_read_valid(table, sequence));
  if (PLANTED(seqmap_value_late))
    found = slot != NULL ? seqmap_value_of(slot) : 0;
  if (!PLANTED(seqmap_out_early))
    seqmap_go_out(seat);
  if (slot == NULL)
    return MAP_ABSENT;
  *value = found;
  return MAP_DONE;
}

static enum map_status seqmap_contains(struct map *map, uint64_t key) {
  uint64_t value;
  return seqmap_get(map, key, &value);
}

static uint64_t seqmap_len(struct map *map) {
  struct seqmap_seat *seat = seqmap_come_in(seqmap_of(map));
  uint64_t count =
      atomic_load_explicit(&seqmap_table_of(seat)->count, memory_order_acquire); /* pairs with seqmap_set_count */
  seqmap_go_out(seat);
  return count;
}

/* ---- writing ---- */

/* The guard's way in; returns the map. */
static struct seqmap *seqmap_begin(struct map *opaque) {
  struct seqmap *map = seqmap_of(opaque);
  if (atomic_exchange_explicit(&map->writing, true, memory_order_acquire)) /* pairs with seqmap_end */
    map_fatal("concurrent map writes");
  return map;
}

static void seqmap_end(struct seqmap *map) {
  seqmap_reap(map);
  atomic_store_explicit(&map->writing, false, memory_order_release); /* pairs with seqmap_begin */
}

/* The slot of the key, or NULL and in *vacant the one to put it into: the first tombstone of its probe, or its end. */
static struct seqmap_slot *seqmap_find_vacant(struct seqmap_table *table, uint64_t hash, uint64_t key,
                                              struct seqmap_slot **vacant) {
  uint64_t mask = seqmap_slots(table->log2_slots) - 1;
  *vacant = NULL;
  for (uint64_t at = seqmap_home(table, hash);; at = (at + 1) & mask) {
    struct seqmap_slot *slot = &table->slots[at];
    uint32_t mark = seqmap_mark_of(slot);
    if (mark == SEQMAP_FULL) {
      if (seqmap_key_of(slot) == key)
        return slot;
      continue;
    }
    if (*vacant == NULL)
      *vacant = slot;
    if (PLANTED(seqmap_first_tombstone) || mark == SEQMAP_EMPTY)
      return NULL;
  }
}

/* Makes sure that putting an absent key into *vacant leaves the table within its limit; where that takes another table,
 * or a purge, *vacant is found anew.  False: no memory, nothing changed. */
static bool seqmap_reserve(struct seqmap *map, uint64_t hash, uint64_t key, struct seqmap_slot **vacant) {
  struct seqmap_table *table = seqmap_table(map);
  if (seqmap_mark_of(*vacant) == SEQMAP_TOMBSTONE || table->used < seqmap_limit(table->log2_slots))
    return true;
  if (!seqmap_make_room(map)) {
    if (PLANTED(seqmap_no_memory_odd))
      seqmap_write_begin(table);
    return false;
  }
  seqmap_find_vacant(seqmap_table(map), hash, key, vacant);
  return true;
}

/* Within a write section: puts an absent key where seqmap_reserve said. */
static void seqmap_occupy(struct seqmap_table *table, struct seqmap_slot *vacant, uint64_t key, uint64_t value) {
  table->used += seqmap_mark_of(vacant) == SEQMAP_EMPTY;
  seqmap_fill(vacant, key, value);
}

/* Within a write section.  The value goes too: nothing is left of what was deleted but its key. */
static void seqmap_vacate(struct seqmap_slot *slot) {
  seqmap_mark(slot, SEQMAP_TOMBSTONE);
  seqmap_store(slot, 0);
}

static enum map_status seqmap_add(struct seqmap *map, uint64_t hash, uint64_t key, uint64_t value,
                                  struct seqmap_slot *vacant) {
  if (!seqmap_reserve(map, hash, key, &vacant))
    return MAP_NO_MEMORY;
  struct seqmap_table *table = seqmap_table(map);
  if (PLANTED(seqmap_reused_openly)) {
    if (seqmap_mark_of(vacant) == SEQMAP_TOMBSTONE) {
      seqmap_fill(vacant, key, value);
      seqmap_set_count(table, seqmap_count(table) + 1);
      return MAP_DONE;
    }
  }
  seqmap_write_begin(table);
  seqmap_occupy(table, vacant, key, value);
  seqmap_set_count(table, seqmap_count(table) + 1);
  seqmap_write_end(table);
  return MAP_DONE;
}

/* Adds the key.  MAP_PRESENT: it is there, and *slot has it. */
static enum map_status seqmap_add_absent(struct seqmap *map, uint64_t key, uint64_t value, struct seqmap_slot **slot) {
  uint64_t hash = seqmap_hash(map, key);
  struct seqmap_slot *vacant;
  if (PLANTED(seqmap_counts_ahead))
    seqmap_set_count(seqmap_table(map), seqmap_count(seqmap_table(map)) + 1);
  *slot = seqmap_find_vacant(seqmap_table(map), hash, key, &vacant);
  if (PLANTED(seqmap_counts_ahead))
    seqmap_set_count(seqmap_table(map), seqmap_count(seqmap_table(map)) - 1);
  return *slot != NULL ? MAP_PRESENT : seqmap_add(map, hash, key, value, vacant);
}

static void seqmap_overwrite(struct seqmap *map, struct seqmap_slot *slot, uint64_t value) {
  struct seqmap_table *table = seqmap_table(map);
  seqmap_write_begin(table);
  seqmap_store(slot, value);
  seqmap_write_end(table);
}

static enum map_status seqmap_put(struct map *opaque, uint64_t key, uint64_t value) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_slot *slot;
  enum map_status status = seqmap_add_absent(map, key, value, &slot);
  if (status == MAP_PRESENT) {
    seqmap_overwrite(map, slot, value);
    status = MAP_DONE;
  }
  seqmap_end(map);
  return status;
}

static enum map_status seqmap_insert(struct map *opaque, uint64_t key, uint64_t value) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_slot *slot;
  enum map_status status = seqmap_add_absent(map, key, value, &slot);
  seqmap_end(map);
  return status;
}

static enum map_status seqmap_get_or_insert(struct map *opaque, uint64_t key, uint64_t value, uint64_t *actual) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_slot *slot;
  enum map_status status = seqmap_add_absent(map, key, value, &slot);
  if (status != MAP_NO_MEMORY)
    *actual = status == MAP_PRESENT ? seqmap_value_of(slot) : value;
  seqmap_end(map);
  return status;
}

/* For the writer. */
static struct seqmap_slot *seqmap_look_up(struct seqmap *map, uint64_t key) {
  return seqmap_find(seqmap_table(map), seqmap_hash(map, key), key);
}

static enum map_status seqmap_cas(struct map *opaque, uint64_t key, uint64_t expected, uint64_t value) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_slot *slot = seqmap_look_up(map, key);
  enum map_status status = MAP_ABSENT;
  if (slot != NULL) {
    status = seqmap_value_of(slot) == expected ? MAP_DONE : MAP_DIFFERS;
    if (status == MAP_DONE)
      seqmap_overwrite(map, slot, value);
    if (PLANTED(seqmap_differs_odd)) {
      if (status == MAP_DIFFERS)
        seqmap_write_begin(seqmap_table(map));
    }
  }
  seqmap_end(map);
  return status;
}

static enum map_status seqmap_take(struct map *opaque, uint64_t key, uint64_t *value) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_table *table = seqmap_table(map);
  struct seqmap_slot *slot = seqmap_look_up(map, key);
  if (slot != NULL) {
    *value = seqmap_value_of(slot);
    seqmap_write_begin(table);
    seqmap_vacate(slot);
    if (PLANTED(seqmap_tombstone_uncounted))
      table->used--;
    seqmap_set_count(table, seqmap_count(table) - 1);
    seqmap_write_end(table);
    seqmap_shrink_if_sparse(map);
  }
  seqmap_end(map);
  return slot != NULL ? MAP_DONE : MAP_ABSENT;
}

enum map_status seqmap_delete(struct map *map, uint64_t key) {
  uint64_t value;
  return seqmap_take(map, key, &value);
}

static void seqmap_clear(struct map *opaque) {
  struct seqmap *map = seqmap_begin(opaque);
  seqmap_empty(map);
  seqmap_end(map);
}

/* The two keys' changes of a move, in one section.  `from` is there, `to` is not. */
static enum map_status seqmap_rename(struct seqmap *map, uint64_t from, uint64_t to, struct seqmap_slot *vacant,
                                     uint64_t *value) {
  if (!seqmap_reserve(map, seqmap_hash(map, to), to, &vacant))
    return MAP_NO_MEMORY;
  struct seqmap_table *table = seqmap_table(map);
  struct seqmap_slot *slot = seqmap_look_up(map, from);
  *value = seqmap_value_of(slot);
  seqmap_write_begin(table);
  seqmap_vacate(slot);
  if (PLANTED(seqmap_move_in_two)) {
    seqmap_write_end(table);
    seqmap_find_vacant(table, seqmap_hash(map, to), to, &vacant);
    seqmap_write_begin(table);
  }
  seqmap_occupy(table, vacant, to, *value);
  seqmap_write_end(table);
  return MAP_DONE;
}

static enum map_status seqmap_move(struct map *opaque, uint64_t from, uint64_t to, uint64_t *value) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_slot *vacant;
  enum map_status status = MAP_ABSENT;
  if (seqmap_look_up(map, from) != NULL) {
    bool free_to_take = seqmap_find_vacant(seqmap_table(map), seqmap_hash(map, to), to, &vacant) == NULL;
    status = free_to_take ? seqmap_rename(map, from, to, vacant, value) : MAP_PRESENT;
  }
  seqmap_end(map);
  return status;
}

static enum map_status seqmap_swap(struct map *opaque, uint64_t a, uint64_t b, uint64_t values[2]) {
  struct seqmap *map = seqmap_begin(opaque);
  struct seqmap_table *table = seqmap_table(map);
  struct seqmap_slot *first = seqmap_look_up(map, a), *second = seqmap_look_up(map, b);
  bool both = first != NULL && second != NULL;
  if (both) {
    values[0] = seqmap_value_of(first);
    values[1] = seqmap_value_of(second);
    seqmap_write_begin(table);
    seqmap_store(first, values[1]);
    seqmap_store(second, values[0]);
    seqmap_write_end(table);
  }
  seqmap_end(map);
  return both ? MAP_DONE : MAP_ABSENT;
}

const struct map_ops seqmap_ops = {
    .name = "seqmap",
    .guarantees = MAP_RACE_FREE | MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC |
                  MAP_SELF_GUARDED | MAP_NO_MEMORY_SAFE | MAP_PAIRS_ATOMIC | MAP_SOUND_AT_REST | MAP_PROGRESS |
                  MAP_MEMORY_SAFE,
    .concurrency = MAP_READERS_AND_WRITER,
    .create = seqmap_create,
    .destroy = seqmap_destroy,
    .get = seqmap_get,
    .put = seqmap_put,
    .insert = seqmap_insert,
    .cas = seqmap_cas,
    .del = seqmap_delete,
    .contains = seqmap_contains,
    .len = seqmap_len,
    .clear = seqmap_clear,
    .iterate = seqmap_iterate,
    .snapshot = seqmap_snapshot,
    .check = seqmap_check,
    .get_or_insert = seqmap_get_or_insert,
    .take = seqmap_take,
    .move = seqmap_move,
    .swap = seqmap_swap,
    .protects = seqmap_protects,
};
