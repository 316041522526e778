/* splitlist_epoch.c - the split-ordered list of splitlist.h, with memory reclaimed by epochs (reclaim_epoch.c).
 *
 * Concurrency.  As splitlist.h says, on the understanding that what an operation reaches is not freed before it ends. A
 * walk announces nothing on its way; an operation that stands still keeps every block that is retired meanwhile. */
#define RECLAIM_SCHEME epoch
#include "map/splitlist_look.h"

const struct map_ops splitlist_epoch_ops = {.name = "splitlist_epoch", SPLITLIST_CALLS};
