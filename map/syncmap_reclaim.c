/* syncmap_reclaim.c - when syncmap may free what it no longer uses: two-phase epochs.
 *
 * Concurrency.  Go leaves this to its collector.  Here every call of the map is "inside" from syncmap_enter to
 * syncmap_leave, and one word, `presence`, says at once what the epoch is and how many calls are inside, counted apart
 * by whether they entered in an even or in an odd epoch.  All of it changes by read-modify-writes of that word.
 *
 *   The rule     The epoch may go from E to E+1 only when nobody is inside who entered in E-1 (who has the other
 *                parity).  So everybody inside has entered in the present epoch or in the one before, and two counts
 *                are enough.
 *   Retiring     A block that has been unlinked goes into the limbo list of the epoch E that is read after the
 *                unlinking.  Who enters in E+1 or later comes after the unlinking, and cannot reach the block.  Who
 *                entered in E or before has left when the epoch becomes E+2: then the list of E is freed.
 *   Who frees    Whoever makes the epoch E+2 does so while inside, having entered in E+1.  Until he leaves, the epoch
 *                cannot pass E+2, so nothing is retired into the list of E, which is that of E+4, while he empties it;
 *                nor can a call that is retiring a block be overtaken, for it is inside.
 *   At rest      Whoever leaves last, and sees blocks in limbo, enters again and moves the epoch on until there are
 *                none.  So while no call is inside, nothing waits to be freed.
 *   The bound    While a call is inside, what is retired after it entered waits.  Where that is more than
 *                SYNCMAP_BACKLOG blocks, those who are about to write wait before they enter, until it is less: so no
 *                more waits than that and what the calls inside retire, which is the size of the map each at most.
 *                Who waits is not inside and holds no lock, so those he waits for go on; some of them will leave last.
 *
 * Apart from that no call waits for another: who cannot move the epoch leaves that to those who come later.
 *
 * Ordering.  All atomics are sequentially consistent.  The unlinking (a change of entry.box, of syncmap.read or, under
 * mu, of the dirty table) precedes the retirer's load of `presence`, which precedes the compare-and-swap to the next
 * epoch, which precedes the entering in that epoch, which precedes the newcomer's loads of those pointers: in one total
 * order, so he finds the block unlinked.  syncmap_leave's subtraction (release) pairs with the compare-and-swap of
 * syncmap_advance (acquire): what a call read of a block happens before the block is freed.  A push on a limbo list
 * pairs with the exchange that takes it.
 *
 * Reference: K. Fraser, "Practical lock-freedom" (PhD thesis, Cambridge, 2004), section 5.2.3, epochs; P. E. McKenney
 * and others, "User-level implementations of read-copy update" (IEEE TPDS 23(2), 2012), counting readers by phase.
 * Deviation: readers are counted in one word for the whole map, not by thread: no thread need register, and all of them
 * write to that word. */
#include "map/syncmap_internal.h"

#include "map/planted.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>

#define SYNCMAP_COUNT_MASK ((UINT64_C(1) << SYNCMAP_COUNT_BITS) - 1)

/* One call, in the count of those who entered in epochs of that parity. */
static uint64_t syncmap_one(uint64_t parity) { return UINT64_C(1) << (parity % 2 * SYNCMAP_COUNT_BITS); }

/* How many there are of those. */
static uint64_t syncmap_counted(uint64_t presence, uint64_t parity) {
  return presence >> (parity % 2 * SYNCMAP_COUNT_BITS) & SYNCMAP_COUNT_MASK;
}

static uint64_t syncmap_counted_both(uint64_t presence) {
  return syncmap_counted(presence, 0) + syncmap_counted(presence, 1);
}

uint64_t syncmap_inside(struct syncmap *map) { return syncmap_counted_both(atomic_load(&map->presence)); }

static _Atomic(struct syncmap_block *) *syncmap_limbo_of(struct syncmap *map, uint64_t epoch) {
  return &map->limbo[PLANTED(syncmap_epoch_wraps) ? epoch % 16 % 3 : epoch % SYNCMAP_EPOCHS];
}

void syncmap_free(struct syncmap_block *block) {
  if (block->kind == SYNCMAP_ENTRY) {
    struct syncmap_box *box = atomic_load(&((struct syncmap_entry *)block)->box);
    if (syncmap_is_value(box))
      free(box);
  }
  free(block);
}

/* Returns how many there were. */
static uint64_t syncmap_free_list(struct syncmap_block *list) {
  uint64_t count = 0;
  while (list != NULL) {
    struct syncmap_block *next = list->next;
    syncmap_free(list);
    list = next;
    count++;
  }
  return count;
}

void syncmap_free_limbo(struct syncmap *map) {
  for (unsigned n = 0; n < SYNCMAP_EPOCHS; n++)
    atomic_fetch_sub(&map->retired, syncmap_free_list(atomic_exchange(&map->limbo[n], NULL)));
}

void syncmap_retire(struct syncmap *map, struct syncmap_block *block) {
  atomic_fetch_add(&map->retired, 1);
  _Atomic(struct syncmap_block *) *limbo = syncmap_limbo_of(map, syncmap_epoch(atomic_load(&map->presence)));
  block->next = atomic_load(limbo);
  while (!atomic_compare_exchange_weak(limbo, &block->next, block))
    continue;
}

/* Inside: moves the epoch on if that is allowed, and frees what was retired two epochs ago. */
static void syncmap_advance(struct syncmap *map) {
  uint64_t seen = atomic_load(&map->presence);
  do {
    if (syncmap_counted(seen, syncmap_epoch(seen) + 1) != 0)
      return;
    if (PLANTED(syncmap_advance_unchecked)) {
      seen = atomic_fetch_add(&map->presence, SYNCMAP_NEXT_EPOCH);
      break;
    }
  } while (!atomic_compare_exchange_weak(&map->presence, &seen, seen + SYNCMAP_NEXT_EPOCH));
  uint64_t left = syncmap_epoch(seen) - (PLANTED(syncmap_epoch_early) ? 0 : 1);
  atomic_fetch_sub(&map->retired, syncmap_free_list(atomic_exchange(syncmap_limbo_of(map, left), NULL)));
}

unsigned syncmap_enter(struct syncmap *map) {
  uint64_t seen = atomic_load(&map->presence);
  uint64_t parity;
  do {
    parity = syncmap_epoch(seen) % 2;
    assert(syncmap_counted(seen, parity) < SYNCMAP_COUNT_MASK && "no more calls inside than can be counted");
  } while (!atomic_compare_exchange_weak(&map->presence, &seen, seen + syncmap_one(parity)));
  return (unsigned)parity;
}

unsigned syncmap_enter_to_write(struct syncmap *map) {
  unsigned phase = 0;
  if (PLANTED(syncmap_waits_inside))
    phase = syncmap_enter(map);
  while (atomic_load(&map->retired) > SYNCMAP_BACKLOG)
    sched_yield();
  if (!PLANTED(syncmap_waits_inside))
    phase = syncmap_enter(map);
  return phase;
}

void syncmap_leave(struct syncmap *map, unsigned phase) {
  for (;;) {
    if (atomic_load(&map->retired) != 0)
      syncmap_advance(map);
    uint64_t before = atomic_fetch_sub(&map->presence, syncmap_one(phase));
    assert(syncmap_counted(before, phase) > 0 && "who leaves has entered");
    if (syncmap_counted_both(before) > 1 || atomic_load(&map->retired) == 0)
      return;
    if (PLANTED(syncmap_last_frees_all)) {
      syncmap_free_limbo(map);
      return;
    }
    phase = syncmap_enter(map);
  }
}
