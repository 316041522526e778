/* seqmap_table.c - seqmap's tables: how readers come in and go out, how one table follows another, and when the old one
 * is freed.
 *
 * Concurrency.  The present table is read through its seat, a counter in the map itself.  A reader loads the number of
 * the current seat and adds itself to the seat's `readers`; unless that is shut, it is in, and the seat's table stays
 * until it goes out.  A table that another has replaced stays open, and the writer shuts its seat, by a
 * compare-and-swap from "nobody is in", before it frees it.  So a reader comes in before, and the table is not freed;
 * or after, and it sees that it is shut and looks again for the current seat.  The writer never waits: it keeps what is
 * still read and tries again with a later write.
 *
 * Effect.  A table takes the place of another when its seat becomes the current one; it is opened after that, and a
 * reader that comes in between waits.  Were it open before, a reader late enough to have this seat's number from an
 * earlier use could see it first, while others still came into the old one: a clear would be undone for them.  As it
 * is, whatever table a reader comes into was the present one at an instant since it loaded the number.  It may have
 * been replaced; then nothing in it changes any more, and it holds what the map held when it was replaced, which was an
 * instant of the reader's call.
 *
 * Ordering.  All of a seat's accesses are read-modify-writes of `readers`, one chain.  Opening (release) pairs with
 * coming in (acquire): the table is filled.  Going out (release) pairs with shutting (acquire): whoever was in has made
 * its last access.  `current` and the seat's `table` need no order of their own.
 *
 * Bound.  The seats could run out if a reader stood still in each; a growth must not wait for that.  Each growth
 * doubles the table, so SEQMAP_LOG2_MAX - log2_slots free seats are enough for all that can follow.  Only a shrinking
 * could break that, and is left out where it would.
 *
 * A table without room is doubled where it is half full, and otherwise rid of its tombstones.  This, and clear, is one
 * write section in a small table; in a large one readers would wait for too long, so that another of the same size
 * takes its place, but for want of memory. */
#include "map/seqmap_internal.h"

#include <stdlib.h>

/* The 64-bit finalizer of MurmurHash3 (A. Appleby, 2011): a bijection in which every bit depends on all. */
static uint64_t seqmap_mix(uint64_t x) {
  x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

uint64_t seqmap_hash(const struct seqmap *map, uint64_t key) { return seqmap_mix(key + map->hash_seed); }

struct seqmap_slot *seqmap_find(struct seqmap_table *table, uint64_t hash, uint64_t key) {
  uint64_t mask = seqmap_slots(table->log2_slots) - 1;
  uint64_t at = seqmap_home(table, hash);
  for (uint64_t n = 0; n <= mask; n++, at = (at + 1) & mask) {
    struct seqmap_slot *slot = &table->slots[at];
    uint32_t mark = seqmap_mark_of(slot);
    if (mark == SEQMAP_EMPTY)
      return NULL;
    if (mark == SEQMAP_FULL && seqmap_key_of(slot) == key)
      return slot;
  }
  return NULL;
}

/* ---- seats ---- */

struct seqmap_seat *seqmap_come_in(struct seqmap *map) {
  for (;;) {
    struct seqmap_seat *seat = &map->seats[atomic_load_explicit(&map->current, memory_order_relaxed)];
    uint32_t before = PLANTED(seqmap_readers_flag)
                          ? atomic_fetch_xor_explicit(&seat->readers, 1, memory_order_acquire)
                          : atomic_fetch_add_explicit(&seat->readers, 1, memory_order_acquire); /* seqmap_open */
    if (PLANTED(seqmap_shut_ignored) || !(before & SEQMAP_SHUT))
      return seat;
    if (PLANTED(seqmap_reopened_empty))
      sched_yield();
    seqmap_go_out(seat); /* has read nothing */
    sched_yield();
  }
}

void seqmap_go_out(struct seqmap_seat *seat) {
  if (PLANTED(seqmap_readers_flag)) {
    atomic_fetch_xor_explicit(&seat->readers, 1, memory_order_release);
    return;
  }
  if (PLANTED(seqmap_out_torn)) {
    uint32_t readers = atomic_load_explicit(&seat->readers, memory_order_relaxed);
    atomic_store_explicit(&seat->readers, readers - 1, memory_order_release);
    return;
  }
  atomic_fetch_sub_explicit(&seat->readers, 1, memory_order_release); /* pairs with seqmap_shut */
}

/* True where nobody is in, nor will be until the seat is opened again. */
static bool seqmap_shut(struct seqmap_seat *seat) {
  uint32_t readers = 0;
  if (PLANTED(seqmap_shut_in_two)) {
    readers = atomic_load_explicit(&seat->readers, memory_order_acquire);
    if (readers == 0)
      atomic_fetch_or_explicit(&seat->readers, SEQMAP_SHUT, memory_order_acquire);
    return readers == 0;
  }
  return atomic_compare_exchange_strong_explicit(&seat->readers, &readers, SEQMAP_SHUT, memory_order_acquire,
                                                 memory_order_relaxed); /* pairs with seqmap_go_out */
}

/* Puts the table into a free seat, makes that the current one and opens it.  Readers who come too late, or too early,
 * may be counted in a shut seat for a moment: they stay counted. */
static void seqmap_open(struct seqmap *map, unsigned number, struct seqmap_table *table) {
  struct seqmap_seat *seat = &map->seats[number];
  atomic_store_explicit(&seat->table, table, memory_order_relaxed);
  atomic_store_explicit(&map->current, number, memory_order_relaxed);
  if (PLANTED(seqmap_reopened_empty))
    atomic_store_explicit(&seat->readers, 0, memory_order_relaxed);
  atomic_fetch_and_explicit(&seat->readers, ~SEQMAP_SHUT, /* pairs with seqmap_come_in */
                            PLANTED(seqmap_opened_relaxed) ? memory_order_relaxed : memory_order_release);
}

void seqmap_seat_first(struct seqmap *map, struct seqmap_table *table) {
  for (unsigned n = 0; n < SEQMAP_SEATS; n++)
    atomic_store_explicit(&map->seats[n].readers, SEQMAP_SHUT, memory_order_relaxed);
  seqmap_open(map, 0, table);
}

struct seqmap_table *seqmap_table(struct seqmap *map) {
  return seqmap_table_of(&map->seats[atomic_load_explicit(&map->current, memory_order_relaxed)]);
}

uint64_t seqmap_free_seats(const struct seqmap *map) {
  return ~(map->retired | UINT64_C(1) << atomic_load_explicit(&map->current, memory_order_relaxed));
}

bool seqmap_protects(struct map *opaque, const void *block) {
  struct seqmap *map = seqmap_of(opaque);
  for (unsigned n = 0; n < SEQMAP_SEATS; n++) {
    uint32_t readers = atomic_load_explicit(&map->seats[n].readers, memory_order_relaxed);
    if (readers != 0 && !(readers & SEQMAP_SHUT) && seqmap_table_of(&map->seats[n]) == block)
      return true;
  }
  return false;
}

void seqmap_reap(struct seqmap *map) {
  for (uint64_t left = map->retired; left != 0; left &= left - 1) {
    struct seqmap_seat *seat = &map->seats[__builtin_ctzll(left)];
    uint64_t bit = left & -left;
    if (PLANTED(seqmap_retired_forgotten))
      map->retired &= ~bit;
    if (PLANTED(seqmap_freed_at_once) || seqmap_shut(seat)) {
      map->retired &= ~bit;
      free(seqmap_table_of(seat));
    }
    if (PLANTED(seqmap_freed_at_once))
      atomic_fetch_or_explicit(&seat->readers, SEQMAP_SHUT, memory_order_acquire);
  }
}

/* ---- one table after another ---- */

struct seqmap_table *seqmap_table_create(uint8_t log2_slots) {
  struct seqmap_table *table =
      calloc(1, sizeof *table + seqmap_slots(log2_slots) * sizeof table->slots[0]); /* EMPTY is 0 */
  if (table != NULL)
    table->log2_slots = log2_slots;
  return table;
}

/* Puts all entries of `from` into `to`, which is empty and which nobody else has seen. */
static void seqmap_copy(const struct seqmap *map, const struct seqmap_table *from, struct seqmap_table *to) {
  uint64_t mask = seqmap_slots(to->log2_slots) - 1;
  atomic_store_explicit(&to->count, seqmap_count(from), memory_order_relaxed);
  to->used = seqmap_count(from);
  for (uint64_t n = 0; n < seqmap_slots(from->log2_slots); n++) {
    const struct seqmap_slot *slot = &from->slots[n];
    if (seqmap_mark_of(slot) != SEQMAP_FULL)
      continue;
    uint64_t key = seqmap_key_of(slot);
    uint64_t at = seqmap_home(to, seqmap_hash(map, key));
    while (seqmap_mark_of(&to->slots[at]) != SEQMAP_EMPTY)
      at = (at + 1) & mask;
    seqmap_fill(&to->slots[at], key, seqmap_value_of(slot));
  }
}

/* Another table of that size takes the place of the present one, with its entries or without.  False: no memory, or the
 * bound forbids it, which it does not where the new table is larger. */
static bool seqmap_replace(struct seqmap *map, uint8_t log2_slots, bool with_entries) {
  uint64_t seats = seqmap_free_seats(map);
  if (log2_slots > SEQMAP_LOG2_MAX || __builtin_popcountll(seats) <= SEQMAP_LOG2_MAX - log2_slots)
    return false;
  struct seqmap_table *table = seqmap_table_create(log2_slots);
  if (table == NULL)
    return false;
  struct seqmap_table *before = seqmap_table(map);
  unsigned number = (unsigned)__builtin_ctzll(seats);
  map->retired |= UINT64_C(1) << atomic_load_explicit(&map->current, memory_order_relaxed);
  if (PLANTED(seqmap_opened_unfilled))
    seqmap_open(map, number, table);
  if (with_entries)
    seqmap_copy(map, before, table);
  if (!PLANTED(seqmap_opened_unfilled))
    seqmap_open(map, number, table);
  return true;
}

/* Gives the unsettled entry in `slot` the first place of its probe that no settled one has, or leaves another unsettled
 * one in its stead. */
static void seqmap_settle(const struct seqmap *map, struct seqmap_table *table, struct seqmap_slot *slot) {
  uint64_t key = seqmap_key_of(slot), value = seqmap_value_of(slot);
  uint64_t at = seqmap_home(table, seqmap_hash(map, key));
  while (seqmap_mark_of(&table->slots[at]) == SEQMAP_FULL)
    at = (at + 1) & (seqmap_slots(table->log2_slots) - 1);
  struct seqmap_slot *place = &table->slots[at];
  if (place != slot && seqmap_mark_of(place) == SEQMAP_UNSETTLED) {
    seqmap_fill(slot, seqmap_key_of(place), seqmap_value_of(place));
    seqmap_mark(slot, SEQMAP_UNSETTLED);
  } else {
    seqmap_mark(slot, SEQMAP_EMPTY);
  }
  seqmap_fill(place, key, value);
}

/* Removes all tombstones.  A settled entry never moves again, and all slots before it in its probe are settled too: so
 * it is found.  Each step settles one. */
static void seqmap_purge(const struct seqmap *map, struct seqmap_table *table) {
  uint64_t slots = seqmap_slots(table->log2_slots);
  if (!PLANTED(seqmap_purged_openly))
    seqmap_write_begin(table);
  for (uint64_t n = 0; n < slots; n++)
    seqmap_mark(&table->slots[n], seqmap_mark_of(&table->slots[n]) == SEQMAP_FULL ? SEQMAP_UNSETTLED : SEQMAP_EMPTY);
  for (uint64_t n = 0; n < slots; n++)
    while (seqmap_mark_of(&table->slots[n]) == SEQMAP_UNSETTLED)
      seqmap_settle(map, table, &table->slots[n]);
  table->used = seqmap_count(table);
  if (!PLANTED(seqmap_purged_openly))
    seqmap_write_end(table);
}

bool seqmap_make_room(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  uint8_t log2_slots = table->log2_slots;
  bool half_full = seqmap_count(table) + 1 > seqmap_slots(log2_slots) / 2;
  if (half_full && seqmap_replace(map, (uint8_t)(log2_slots + 1), true))
    return true;
  if (table->used == seqmap_count(table))
    return false;
  if (log2_slots <= SEQMAP_LOG2_IN_PLACE || !seqmap_replace(map, log2_slots, true))
    seqmap_purge(map, table);
  return true;
}

/* The size that the entries call for, where the map may shrink: not more than four times the limit that is needed. */
static uint8_t seqmap_fitting(const struct seqmap *map, uint64_t count, uint8_t log2_slots) {
  while (map->shrink && log2_slots > map->least_log2 && count < seqmap_limit(log2_slots) / 4)
    log2_slots--;
  return log2_slots;
}

void seqmap_shrink_if_sparse(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  uint8_t fitting = seqmap_fitting(map, seqmap_count(table), table->log2_slots);
  if (fitting != table->log2_slots)
    seqmap_replace(map, fitting, true); /* where it cannot: a later deletion tries again */
}

static void seqmap_empty_in_place(struct seqmap_table *table) {
  seqmap_write_begin(table);
  for (uint64_t n = 0; n < seqmap_slots(table->log2_slots); n++) {
    seqmap_mark(&table->slots[n], SEQMAP_EMPTY);
    if (PLANTED(seqmap_clear_by_slot)) {
      seqmap_write_end(table);
      seqmap_write_begin(table);
    }
  }
  table->used = 0;
  seqmap_set_count(table, 0);
  seqmap_write_end(table);
}

void seqmap_empty(struct seqmap *map) {
  struct seqmap_table *table = seqmap_table(map);
  uint8_t fitting = seqmap_fitting(map, 0, table->log2_slots);
  bool in_place = fitting == table->log2_slots && fitting <= SEQMAP_LOG2_IN_PLACE;
  if (in_place || !seqmap_replace(map, fitting, false))
    seqmap_empty_in_place(table);
}
