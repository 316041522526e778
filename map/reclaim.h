/* reclaim.h - when may a block be freed that other threads may still be looking at?
 *
 * A lock-free list unlinks a block with one compare-and-swap, while others stand on it.  The one whose
 * compare-and-swap it was retires the block; it is freed when nobody can have kept a pointer to it.  Two schemes:
 *
 *   epoch    (reclaim_epoch.c) an operation notes the epoch in which it begins, and a block is freed two epochs after
 * it was retired.  Cheap for the walk, but one operation that stands still keeps everything.
 *
 *   hazard   (reclaim_hazard.c) an operation announces each block before it touches it, and what is announced is not
 *            freed.  Dearer for the walk, but never keeps more than there are announcements.
 *
 * A file that uses one says which by defining RECLAIM_SCHEME before it includes this; the functions below are then that
 * scheme's own, called directly.
 *
 * Threads are not known: an operation takes one of RECLAIM_RECORDS records at its beginning and gives it back at its
 * end, so reclaiming needs no memory once the map is made, and nothing is left behind by a thread that ends.  Where
 * every record is taken, the next operation waits for one: lock-free for that many operations at a time.
 *
 * Links are words that point to a block, with the low bit set once what they are part of has left the list; such a link
 * never changes again. */
#ifndef HEDDLE_MAP_RECLAIM_H
#define HEDDLE_MAP_RECLAIM_H

#include "map/map.h"

#include <stdatomic.h>

#ifndef RECLAIM_SCHEME
#error "define RECLAIM_SCHEME as epoch or hazard"
#endif

#define RECLAIM_NAME(scheme, verb) reclaim_##scheme##_##verb
#define RECLAIM_OF(scheme, verb) RECLAIM_NAME(scheme, verb)
#define reclaim_create RECLAIM_OF(RECLAIM_SCHEME, create)
#define reclaim_destroy RECLAIM_OF(RECLAIM_SCHEME, destroy)
#define reclaim_begin RECLAIM_OF(RECLAIM_SCHEME, begin)
#define reclaim_end RECLAIM_OF(RECLAIM_SCHEME, end)
#define reclaim_allocate RECLAIM_OF(RECLAIM_SCHEME, allocate)
#define reclaim_protect RECLAIM_OF(RECLAIM_SCHEME, protect)
#define reclaim_retire RECLAIM_OF(RECLAIM_SCHEME, retire)
#define reclaim_protects RECLAIM_OF(RECLAIM_SCHEME, protects)
#define reclaim_look RECLAIM_OF(RECLAIM_SCHEME, look)
#define reclaim_check RECLAIM_OF(RECLAIM_SCHEME, check)

#define RECLAIM_RECORDS 16 /* operations at a time */
#define RECLAIM_SLOTS 2    /* blocks that an operation protects at a time */
#define RECLAIM_BATCH 4    /* blocks that a record retires before it looks which ones can be freed */
#define RECLAIM_MARK ((uintptr_t)1)

struct reclaim;        /* one a map */
struct reclaim_record; /* held by one operation at a time */

/* What every block begins with; the schemes' own once the block is retired. */
struct reclaim_block {
  struct reclaim_block *next_retired; /* of the same record */
  uint64_t epoch;                     /* epoch: when it was retired */
};

/* NULL: no memory. */
struct reclaim *reclaim_create(void);
/* Frees everything retired as well.  No operation is in progress. */
void reclaim_destroy(struct reclaim *reclaim);

/* Around every operation: what is reached through links is touched only between the two. */
struct reclaim_record *reclaim_begin(struct reclaim *reclaim);
void reclaim_end(struct reclaim_record *record);
/* Within an operation: a zeroed block of `size` bytes; NULL: no memory.  One that was never linked is freed by free. */
void *reclaim_allocate(struct reclaim_record *record, size_t size);
/* Reads *link.  Where the mark is clear, the block it points to is not freed until the same slot is used for another
 * one or the operation ends.  The link must be part of a block that is protected itself or never freed. */
uintptr_t reclaim_protect(struct reclaim_record *record, unsigned slot, const _Atomic uintptr_t *link);
/* The block is no longer reached from any link, and its owner calls this once. */
void reclaim_retire(struct reclaim_record *record, struct reclaim_block *block);

/* hazard alone: map_ops.protects. */
bool reclaim_protects(const struct reclaim *reclaim, const void *block);
/* Fills in_progress, retired and retired_bound. */
void reclaim_look(const struct reclaim *reclaim, struct map_snapshot *out);
/* At rest: no record is held, and no more blocks wait than the scheme promises.  As map_ops.check. */
enum map_invariant reclaim_check(const struct reclaim *reclaim, struct map_fault *fault);

#endif
