/* splitlist.h - a lock-free hash map: one sorted list of all entries, and shortcuts into it.
 *
 * Compiled twice, by splitlist_epoch.c and splitlist_hazard.c, which define RECLAIM_SCHEME first.  This file has the
 * layout and the order of the list; splitlist_walk.h the list, splitlist_table.h the shortcuts, splitlist_calls.h the
 * operations, splitlist_look.h snapshot and check.
 *
 * Concurrency.  Nothing ever waits for a particular thread.
 *
 * The list is singly linked and sorted.  All of an entry but its `next` is written before it is linked, and never
 * again; so an entry once found needs no second look.
 *
 * Deletion takes two steps: the deleter marks the entry's own `next` (its low bit), and that is the instant it is gone;
 * then somebody moves the link before it past it.  A marked link never changes again, so nothing can be linked behind
 * an entry that is leaving, and two neighbours cannot leave at once unnoticed.  Everybody who comes by a marked entry
 * unlinks it before going on; whoever's compare-and-swap that was retires it.  A deleter that did not unlink its own
 * walks there once more, so that no call leaves a marked entry behind.
 *
 * A new value (put over an entry, cas) is a new entry that takes the old one's place: marking the old one's `next`
 * points it at the new one in the same compare-and-swap, so that at one instant the old entry leaves and the new one,
 * which has the same place in the order, comes.  A value stored into the entry itself could meet a deletion half done,
 * and be lost or come back.  So a value needs memory, also over an old one.
 *
 * Linearization of what changes the map: its compare-and-swap.  Of what finds an entry: reading its `next`, unmarked.
 * Of what finds none: the second look at the link (epoch: the look) that leads past where it would be.  Each is in the
 * list then: only marked ones leave it.
 *
 * Shortcuts.  Bucket b of 2^n has a dummy entry before all keys whose hash ends in b's n bits.  The order makes that
 * lasting: keys are sorted by the bits of their hash in reverse, so doubling the number of buckets splits each one in
 * two and moves nothing.  A dummy comes with the first key that is looked for in its bucket, never leaves, and a bucket
 * that has none yet, or finds no memory for it, starts at the nearest bucket that it was split from.
 *
 * Memory.  A walk stands on two entries at a time, the one before and the one looked at, and both are protected
 * (reclaim.h): an address that a compare-and-swap expects is not used anew meanwhile.
 *
 * Compare-and-swaps on links are sequentially consistent.  As releases they publish what they link, and what the writer
 * read through the link before; every read of a link (reclaim_protect, splitlist_load) acquires that.  That they also
 * stand in one order with the reads of reclaim_protect is what reclamation relies on.
 *
 * Guarantees.  Iteration (C) remembers its last place in the order and goes on behind it after losing its footing.  len
 * (not D) is a counter, moved after the change itself.  clear (not E) is an iteration that deletes.
 *
 * References: O. Shalev and N. Shavit, Split-ordered lists: lock-free extensible hash tables, JACM 53(3), 2006; the
 * list: M. M. Michael, High performance dynamic lock-free hash tables and list-based sets, SPAA 2002, after T. L.
 * Harris, A pragmatic implementation of non-blocking linked-lists, DISC 2001.  Deviations: values, which the papers do
 * not have, and their replacement by marking; a key has its place among those of equal hash.  map_config.shrink does
 * nothing: dummies stay, as in the paper. */
#ifndef HEDDLE_MAP_SPLITLIST_H
#define HEDDLE_MAP_SPLITLIST_H

#include "map/planted.h"
#include "map/reclaim.h"

#include <assert.h>
#include <stdlib.h>

#define SPLITLIST_LOAD 2              /* entries a bucket, on average, before there are twice as many */
#define SPLITLIST_LOG2_FIRST_MAX 20   /* no hint makes more buckets than this */
#define SPLITLIST_LOG2_BUCKETS_MAX 31 /* what the table of segments has room for */
#define SPLITLIST_SEGMENTS (SPLITLIST_LOG2_BUCKETS_MAX + 1)

struct splitlist_node {
  struct reclaim_block block;
  uint64_t order;         /* splitlist_order_of_hash or, even, _of_bucket */
  uint64_t key;           /* of an entry; 0 in a dummy */
  uint64_t value;         /* likewise */
  _Atomic uintptr_t next; /* a node or 0; | RECLAIM_MARK: this one has left the map */
};

/* The first segment has the buckets that the map was created with, each further one as many as there were before. */
struct splitlist_segment {
  uint64_t first, count; /* of its buckets */
  _Atomic(struct splitlist_node *) dummies[];
};

struct splitlist {
  uint64_t hash_seed;
  uint64_t least_buckets;
  struct reclaim *reclaim;
  _Atomic uint64_t buckets; /* a power of two; goes up only */
  _Atomic int64_t count;    /* of entries, soon: an entry may be deleted before it is counted */
  _Atomic bool cramped;     /* a growth found no memory */
  _Atomic(struct splitlist_segment *) segments[SPLITLIST_SEGMENTS];
};

static inline struct splitlist *splitlist_of(struct map *map) { return (struct splitlist *)map; }

static inline struct splitlist_node *splitlist_node_at(uintptr_t link) {
  return (struct splitlist_node *)(link & ~RECLAIM_MARK);
}

/* Acquires what the compare-and-swap that wrote the link published. */
static inline uintptr_t splitlist_load(const _Atomic uintptr_t *link) {
  return atomic_load_explicit(link, memory_order_acquire);
}

/* ---- the order of the list ---- */

/* The finalizer of MurmurHash3 (A. Appleby): a bijection, so keys differ in their hashes. */
static inline uint64_t splitlist_hash(const struct splitlist *map, uint64_t key) {
  uint64_t x = key ^ map->hash_seed;
  x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ (x >> 33);
}

static inline uint64_t splitlist_reverse(uint64_t x) {
  x = (x >> 1 & UINT64_C(0x5555555555555555)) | (x & UINT64_C(0x5555555555555555)) << 1;
  x = (x >> 2 & UINT64_C(0x3333333333333333)) | (x & UINT64_C(0x3333333333333333)) << 2;
  x = (x >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (x & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
  x = (x >> 8 & UINT64_C(0x00ff00ff00ff00ff)) | (x & UINT64_C(0x00ff00ff00ff00ff)) << 8;
  x = (x >> 16 & UINT64_C(0x0000ffff0000ffff)) | (x & UINT64_C(0x0000ffff0000ffff)) << 16;
  return x >> 32 | x << 32;
}

/* Odd, so that an entry comes after the dummy whose bucket its hash may equal.  The hash's top bit is lost to that: two
 * keys may be of one order. */
static inline uint64_t splitlist_order_of_hash(uint64_t hash) { return splitlist_reverse(hash) | 1; }

static inline uint64_t splitlist_order_of_bucket(uint64_t bucket) {
  return splitlist_reverse(PLANTED(splitlist_hazard_five_bits) ? bucket & 31 : bucket);
}

static inline bool splitlist_is_dummy(const struct splitlist_node *node) { return !(node->order & 1); }

/* NULL: no memory. */
static inline struct splitlist_node *splitlist_new_node(struct reclaim_record *record, uint64_t order, uint64_t key,
                                                        uint64_t value) {
  struct splitlist_node *node = reclaim_allocate(record, sizeof *node);
  if (node == NULL)
    return NULL;
  node->order = order;
  node->key = key;
  node->value = value;
  return node;
}

#endif
