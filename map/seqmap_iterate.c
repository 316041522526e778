/* seqmap_iterate.c - going through seqmap while it changes.
 *
 * Concurrency.  An iteration stands on no slot.  It goes through the hashes in ascending order, from a place chosen by
 * the caller's seed to the end and from the beginning to that place, and each step asks the present table, in a read
 * section, for the entry with the least hash from the one shown last on.  Different keys have different hashes, so no
 * key comes twice, not even one that was deleted and put again, and whatever becomes of tables meanwhile.
 *
 * The argument for C.  A step goes home by home: the entries of a home are those of the probe that begins there, up to
 * the first EMPTY slot.  Where the home's own slot is EMPTY there are none.  So each section of a step that succeeds
 * proves that at one instant there was no entry between two hashes, or which one was the next.  A key present
 * throughout cannot be passed over, and what is shown was there at the instant of that section, which lies in the call.
 *
 * Readers are in (seqmap_come_in) for one step only: what the visitor does takes as long as it likes, and keeps no
 * table from being freed. */
#include "map/seqmap_internal.h"

#include <assert.h>

/* The hashes still to come: `from` to `last`. */
struct seqmap_walk {
  uint64_t from, last;
  bool found; /* what the present section has found: */
  uint64_t hash, key, value;
};

/* Looks through the homes from that of walk->from on, until one has an entry that is wanted; in a read section. Returns
 * the first hash that it has not looked at, 0 where it has seen the last. */
static uint64_t seqmap_walk_homes(const struct seqmap *map, const struct seqmap_table *table,
                                  struct seqmap_walk *walk) {
  uint64_t mask = seqmap_slots(table->log2_slots) - 1;
  uint64_t home = seqmap_home(table, walk->from), last_home = seqmap_home(table, walk->last);
  while (home < last_home && seqmap_mark_of(&table->slots[home]) == SEQMAP_EMPTY)
    home++;
  for (uint64_t n = 0; n <= mask; n++) {
    const struct seqmap_slot *slot = &table->slots[(home + n) & mask];
    uint32_t mark = seqmap_mark_of(slot);
    if (mark == SEQMAP_EMPTY)
      break;
    uint64_t key = seqmap_key_of(slot), hash = seqmap_hash(map, key);
    if (mark != SEQMAP_FULL || seqmap_home(table, hash) != home || hash < walk->from || hash > walk->last ||
        (walk->found && hash > walk->hash))
      continue;
    walk->found = true;
    walk->hash = hash;
    walk->key = key;
    walk->value = seqmap_value_of(slot);
  }
  return home == last_home ? 0 : (home + 1) << (64 - table->log2_slots);
}

/* Finds the entry with the least hash of those still to come, and leaves those behind it to come. */
static bool seqmap_walk_on(struct seqmap *map, struct seqmap_walk *walk, bool *over) {
  struct seqmap_seat *seat = seqmap_come_in(map);
  const struct seqmap_table *table = seqmap_table_of(seat);
  walk->found = false;
  while (!walk->found && !*over) {
    uint64_t sequence, next;
    if (PLANTED(seqmap_iterate_tires)) {
      unsigned disturbed = 0;
      do {
        sequence = seqmap_read_begin(table);
        walk->found = false;
        next = seqmap_walk_homes(map, table, walk);
      } while (!seqmap_read_valid(table, sequence) && ++disturbed < 6);
      if (disturbed == 6) {
        walk->found = false;
        *over = true;
        break;
      }
    }
    do {
      sequence = seqmap_read_begin(table);
      if (!PLANTED(seqmap_iterate_keeps_find))
        walk->found = false;
      next = seqmap_walk_homes(map, table, walk);
    } while (!seqmap_read_valid(table, sequence));
    *over = walk->found ? walk->hash == walk->last : next == 0;
    walk->from = walk->found ? walk->hash + 1 : next;
  }
  seqmap_go_out(seat);
  return walk->found;
}

/* Shows the entries with hashes from `from` to `last`; false where the visitor wants no more. */
static bool seqmap_iterate_range(struct map *opaque, uint64_t from, uint64_t last, bool may_delete, map_visit_fn visit,
                                 void *context) {
  struct seqmap_walk walk = {.from = from, .last = last};
  bool over = false;
  while (!over && seqmap_walk_on(seqmap_of(opaque), &walk, &over)) {
    enum map_visit_result result = visit(context, walk.key, walk.value);
    if (result == MAP_VISIT_STOP)
      return false;
    if (result == MAP_VISIT_DELETE) {
      assert(may_delete && "the caller said that visit deletes nothing");
      seqmap_delete(opaque, walk.key);
    }
  }
  return true;
}

void seqmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context) {
  uint64_t start = order_seed * UINT64_C(0x9e3779b97f4a7c15);
  bool more = seqmap_iterate_range(map, start, UINT64_MAX, may_delete, visit, context);
  if ((PLANTED(seqmap_stop_halfway) || more) && start != 0)
    seqmap_iterate_range(map, 0, start - 1, may_delete, visit, context);
}
