/* reclaim_hazard.c - reclamation by hazard pointers.
 *
 * Concurrency.  A record has RECLAIM_SLOTS slots.  Before an operation touches a block it writes its address into a
 * slot and then reads the link again that led there.  If that still points to the block, unmarked, the block was in the
 * list after it was announced: it will be unlinked, retired and scanned for later than that, and the scan, which reads
 * all slots after the block was retired, finds the announcement.
 *
 * Store, then load.  The announcement is a store and then a load of the link; whoever unlinks and scans writes the link
 * and then reads the slots.  Each must see the other's write if its own was later: sequentially consistent on both
 * sides, reclaim_hazard_protect here, the list's compare-and-swaps and reclaim_hazard_read there.  The same holds of a
 * record that a scan passes over because nobody holds it.
 *
 * Links of a block that was unlinked never change again (the mark), so reading one twice proves nothing; such a link is
 * marked, and protects nothing.
 *
 * Before the free.  What an operation did to a block happens before it takes the announcement back (a release, when the
 * slot is used again and at the end), which the scan acquires.
 *
 * Records.  A record's list belongs to whoever has set `held`, which acquires what the one before released.
 *
 * An announcement that is not yet confirmed by the second look keeps the block all the same, if it comes in time, but
 * promises nothing: it may be of a block that is just being freed.  The low bit of a slot says that it is confirmed.
 * No scan looks at it; reclaim_hazard_protects does.
 *
 * Bound.  A scan leaves at most one block for each announcement that it met, and the next one comes a batch later.  So
 * a record has at most RECLAIM_BATCH - 1 blocks more than there were announcements at its last scan, at any time,
 * whoever stands still.
 *
 * Reference: M. M. Michael, Hazard Pointers, IEEE TPDS 15(6), 2004.  Deviations: a record's list is scanned a batch
 * after the last scan's announcements, not after a fixed multiple of all slots; slots are compared one by one, as there
 * are few. */
#define RECLAIM_SCHEME hazard
#include "map/planted.h"
#include "map/reclaim.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>

#define RECLAIM_HAZARD_CONFIRMED ((uintptr_t)1)
#define RECLAIM_HAZARD_ALL (RECLAIM_RECORDS * RECLAIM_SLOTS)

struct reclaim_record {
  struct reclaim *reclaim;
  _Atomic bool held;
  _Atomic uintptr_t slots[RECLAIM_SLOTS]; /* 0, or a block's address */
  struct reclaim_block *retired;          /* newest first; the holder's */
  uint32_t kept;                          /* of them by the last scan */
  _Atomic uint32_t count;                 /* of them; the holder's, read by reclaim_hazard_look */
  _Atomic uint32_t met;                   /* announcements at the last scan; likewise */
  char apart[64];                         /* two records share no cache line */
};

struct reclaim {
  struct reclaim_record records[RECLAIM_RECORDS];
};

struct reclaim *reclaim_create(void) {
  struct reclaim *reclaim = calloc(1, sizeof *reclaim);
  if (reclaim == NULL)
    return NULL;
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    reclaim->records[i].reclaim = reclaim;
  return reclaim;
}

static uint32_t reclaim_hazard_count(const struct reclaim_record *record) {
  return atomic_load_explicit(&record->count, memory_order_relaxed);
}

void reclaim_destroy(struct reclaim *reclaim) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
    struct reclaim_block *next = NULL;
    for (struct reclaim_block *block = reclaim->records[i].retired; block != NULL; block = next) {
      next = block->next_retired;
      free(block);
    }
  }
  free(reclaim);
}

/* Acquires what the record's last holder released; sequentially consistent because links are read next. */
struct reclaim_record *reclaim_begin(struct reclaim *reclaim) {
  for (;;) {
    for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
      struct reclaim_record *record = &reclaim->records[i];
      bool expected = false;
      if (!atomic_load_explicit(&record->held, memory_order_relaxed) &&
          atomic_compare_exchange_strong_explicit(&record->held, &expected, true, memory_order_seq_cst,
                                                  memory_order_relaxed))
        return record;
    }
    sched_yield();
  }
}

void *reclaim_allocate(struct reclaim_record *record, size_t size) {
  assert(atomic_load_explicit(&record->held, memory_order_relaxed));
  (void)record;
  return calloc(1, size);
}

/* The slots first: with the record they would be somebody else's.  Releases to reclaim_hazard_read, and with the record
 * to reclaim_hazard_begin. */
void reclaim_end(struct reclaim_record *record) {
  assert(atomic_load_explicit(&record->held, memory_order_relaxed));
  for (unsigned i = 0; i < RECLAIM_SLOTS; i++)
    atomic_store_explicit(&record->slots[i], 0, memory_order_release);
  atomic_store_explicit(&record->held, false, memory_order_release);
}

/* Acquires the block's contents from the compare-and-swap that linked it. */
uintptr_t reclaim_protect(struct reclaim_record *record, unsigned slot, const _Atomic uintptr_t *link) {
  assert(slot < RECLAIM_SLOTS);
  uintptr_t seen = atomic_load_explicit(link, memory_order_acquire);
  for (;;) {
    if (seen == 0 || seen & RECLAIM_MARK)
      return seen;
    atomic_store_explicit(&record->slots[slot], seen, memory_order_seq_cst);
    uintptr_t again = atomic_load_explicit(link, memory_order_seq_cst);
    if (PLANTED(splitlist_hazard_unvalidated) || again == seen)
      break;
    seen = again;
  }
  /* A release too, as the announcement was: a scan may read this one in its place. */
  atomic_store_explicit(&record->slots[slot], seen | RECLAIM_HAZARD_CONFIRMED, memory_order_release);
  return seen;
}

/* All announcements; returns how many. */
static uint32_t reclaim_hazard_read(const struct reclaim *reclaim, uintptr_t announced[RECLAIM_HAZARD_ALL]) {
  uint32_t met = 0;
  for (unsigned i = 0; i < (PLANTED(splitlist_hazard_scan_short) ? RECLAIM_SLOTS : RECLAIM_RECORDS); i++) {
    const struct reclaim_record *record = &reclaim->records[i];
    if (!atomic_load_explicit(&record->held, memory_order_seq_cst))
      continue;
    for (unsigned s = 0; s < RECLAIM_SLOTS; s++) {
      uintptr_t slot = atomic_load_explicit(&record->slots[s], memory_order_seq_cst);
      if (slot != 0)
        announced[met++] = slot & ~RECLAIM_HAZARD_CONFIRMED;
    }
  }
  return met;
}

static bool reclaim_hazard_is_among(const uintptr_t *announced, uint32_t met, const struct reclaim_block *block) {
  for (uint32_t i = 0; i < met; i++)
    if (announced[i] == (uintptr_t)block)
      return true;
  return false;
}

/* Frees what the record retired and nobody announces. */
static void reclaim_hazard_scan(struct reclaim_record *record) {
  uintptr_t announced[RECLAIM_HAZARD_ALL];
  uint32_t met = reclaim_hazard_read(record->reclaim, announced);
  uint32_t count = reclaim_hazard_count(record);
  struct reclaim_block **link = &record->retired;
  while (*link != NULL) {
    struct reclaim_block *block = *link;
    if (reclaim_hazard_is_among(announced, met, block)) {
      link = &block->next_retired;
      continue;
    }
    *link = block->next_retired;
    free(block);
    count--;
    if (PLANTED(splitlist_hazard_scan_skips)) {
      if (*link != NULL)
        link = &(*link)->next_retired;
    }
  }
  record->kept = count;
  atomic_store_explicit(&record->count, count, memory_order_relaxed);
  atomic_store_explicit(&record->met, met, memory_order_relaxed);
}

static uint32_t reclaim_hazard_bound(const struct reclaim_record *record) {
  return atomic_load_explicit(&record->met, memory_order_relaxed) + RECLAIM_BATCH - 1;
}

void reclaim_retire(struct reclaim_record *record, struct reclaim_block *block) {
  if (PLANTED(splitlist_hazard_freed_at_once)) {
    free(block);
    return;
  }
  block->next_retired = record->retired;
  record->retired = block;
  atomic_store_explicit(&record->count, reclaim_hazard_count(record) + 1, memory_order_relaxed);
  if (reclaim_hazard_count(record) > reclaim_hazard_bound(record))
    reclaim_hazard_scan(record);
}

bool reclaim_protects(const struct reclaim *reclaim, const void *block) {
  uintptr_t announcement = (uintptr_t)block | RECLAIM_HAZARD_CONFIRMED;
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    for (unsigned s = 0; s < RECLAIM_SLOTS; s++)
      if (atomic_load_explicit(&reclaim->records[i].slots[s], memory_order_relaxed) == announcement)
        return true;
  return false;
}

void reclaim_look(const struct reclaim *reclaim, struct map_snapshot *out) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
    const struct reclaim_record *record = &reclaim->records[i];
    out->in_progress += atomic_load_explicit(&record->held, memory_order_relaxed);
    out->retired += reclaim_hazard_count(record);
    out->retired_bound += reclaim_hazard_bound(record);
  }
}

static enum map_invariant reclaim_hazard_check_record(const struct reclaim_record *record, unsigned number,
                                                      struct map_fault *fault) {
  uint32_t count = reclaim_hazard_count(record);
  uint32_t met = atomic_load_explicit(&record->met, memory_order_relaxed);
  if (atomic_load_explicit(&record->held, memory_order_relaxed))
    return map_fault_set(fault, MAP_BROKEN_BUSY, "record %u is held", number);
  for (unsigned s = 0; s < RECLAIM_SLOTS; s++)
    if (atomic_load_explicit(&record->slots[s], memory_order_relaxed) != 0)
      return map_fault_set(fault, MAP_BROKEN_BUSY, "record %u is free, and its slot %u announces a block", number, s);
  uint32_t walked = 0;
  for (const struct reclaim_block *b = record->retired; b != NULL && walked <= count; b = b->next_retired)
    walked++;
  if (walked != count)
    return map_fault_set(fault, MAP_BROKEN_SHAPE, "record %u counts %u retired blocks, and its list has %s", number,
                         count, walked > count ? "more" : "fewer");
  if (record->kept > met)
    return map_fault_set(fault, MAP_BROKEN_RETIRED, "record %u: a scan met %u announcements and kept %u blocks", number,
                         met, record->kept);
  if (count > reclaim_hazard_bound(record))
    return map_fault_set(fault, MAP_BROKEN_RETIRED, "record %u has %u retired blocks, more than %u", number, count,
                         reclaim_hazard_bound(record));
  return MAP_SOUND;
}

enum map_invariant reclaim_check(const struct reclaim *reclaim, struct map_fault *fault) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    if (reclaim_hazard_check_record(&reclaim->records[i], i, fault) != MAP_SOUND)
      return fault->broken;
  return MAP_SOUND;
}
