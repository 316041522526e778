/* splitlist_hazard.c - the split-ordered list of splitlist.h, with memory reclaimed by hazard pointers
 * (reclaim_hazard.c).
 *
 * Concurrency.  As splitlist.h says, on the understanding that what a cursor stands on, and the one before, are not
 * freed. A walk may therefore not go on through entries that have left: what follows them may be freed. */
#define RECLAIM_SCHEME hazard
#include "map/splitlist_look.h"

static bool splitlist_protects(struct map *map, const void *block) {
  return reclaim_protects(splitlist_of(map)->reclaim, block);
}

const struct map_ops splitlist_hazard_ops = {
    .name = "splitlist_hazard", SPLITLIST_CALLS, .protects = splitlist_protects};
