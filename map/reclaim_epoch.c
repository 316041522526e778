/* reclaim_epoch.c - reclamation by epochs.
 *
 * Concurrency.  One counter, the epoch, and a state in each record: free, or the epoch that an operation noted when it
 * took the record.  The epoch goes up by one only if every operation in progress noted the present one.  A retired
 * block is stamped with the epoch that is present after it was unlinked, and freed when the epoch is two further.
 *
 * Why two suffice.  An operation that still reaches the block noted its epoch before the block was unlinked, so what it
 * noted is at most the stamp s (less, where the epoch went up between its looking and its noting: noting an old one
 * holds up the others, and does no harm).  From s+1 to s+2 the epoch goes only past states that were read after it had
 * become s+1, hence after the block was stamped: they show this operation, with an epoch other than s+1, or that it has
 * ended.  The stamp must be the present epoch, not the one that the retiring operation noted: the epoch may have gone
 * up once since.
 *
 * Store, then load.  An operation notes its epoch and then reads links; whoever unlinks a block and moves the epoch
 * writes a link and then reads notes.  Each must see the other's write if its own was later.  Both sides are
 * sequentially consistent: reclaim_epoch_begin and _protect here, the list's compare-and-swaps and
 * reclaim_epoch_advance there.
 *
 * Before the free.  What an operation did to a block happens before its record's release (reclaim_epoch_leave), which
 * the advance past it acquires, which every later reader of the epoch acquires.
 *
 * Records.  A record's list belongs to whoever made its state other than free (acquires what the one before released).
 *
 * Bound.  While operations stand still nothing bounds what waits.  At rest no record has RECLAIM_BATCH blocks or more:
 * an operation that must leave more behind, because another one is in progress, says so in `overdue`, after it has
 * given its record back; and every operation looks at that after it has ended.  Whoever finds it set sweeps all
 * records, unless an operation is in progress: then that one will look in its turn.
 *
 * Reference: K. Fraser, Practical lock-freedom, PhD thesis, Cambridge 2004, 5.2.3.  Deviations: the stamp is stored in
 * the block, so that one list a record is enough instead of three; records are not a thread's; the sweep. */
#define RECLAIM_SCHEME epoch
#include "map/planted.h"
#include "map/reclaim.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>

/* A record's state; from RECLAIM_EPOCH_FIRST on, the epoch that its operation noted. */
enum { RECLAIM_EPOCH_FREE, RECLAIM_EPOCH_SWEEPING, RECLAIM_EPOCH_FIRST };

struct reclaim_record {
  struct reclaim *reclaim;
  _Atomic uint64_t state;
  struct reclaim_block *oldest, *newest; /* retired, in the order of their stamps; the holder's */
  _Atomic uint32_t count;                /* of them; the holder's, read by reclaim_epoch_look */
  char apart[64];                        /* two records share no cache line */
};

struct reclaim {
  _Atomic uint64_t epoch;
  _Atomic bool overdue; /* a record may have been left with a batch or more */
  struct reclaim_record records[RECLAIM_RECORDS];
};

struct reclaim *reclaim_create(void) {
  struct reclaim *reclaim = calloc(1, sizeof *reclaim);
  if (reclaim == NULL)
    return NULL;
  atomic_init(&reclaim->epoch, RECLAIM_EPOCH_FIRST);
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    reclaim->records[i].reclaim = reclaim;
  return reclaim;
}

static uint32_t reclaim_epoch_count(const struct reclaim_record *record) {
  return atomic_load_explicit(&record->count, memory_order_relaxed);
}

/* Off the list.  There is one. */
static struct reclaim_block *reclaim_epoch_take_oldest(struct reclaim_record *record) {
  struct reclaim_block *block = record->oldest;
  record->oldest = block->next_retired;
  if (record->oldest == NULL)
    record->newest = NULL;
  atomic_store_explicit(&record->count, reclaim_epoch_count(record) - 1, memory_order_relaxed);
  return block;
}

void reclaim_destroy(struct reclaim *reclaim) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    while (reclaim->records[i].oldest != NULL)
      free(reclaim_epoch_take_oldest(&reclaim->records[i]));
  free(reclaim);
}

/* Takes a free record.  Acquires what its last holder released; sequentially consistent because links are read next. */
static bool reclaim_epoch_take(struct reclaim_record *record, uint64_t state) {
  uint64_t expected = RECLAIM_EPOCH_FREE;
  return atomic_compare_exchange_strong_explicit(&record->state, &expected, state, memory_order_seq_cst,
                                                 memory_order_relaxed);
}

/* Gives it back, with the list and with all that was done to blocks: pairs with the loads of reclaim_epoch_advance and
 * with reclaim_epoch_take. */
static void reclaim_epoch_leave(struct reclaim_record *record) {
  assert(atomic_load_explicit(&record->state, memory_order_relaxed) != RECLAIM_EPOCH_FREE);
  if (PLANTED(splitlist_epoch_left_relaxed)) {
    atomic_store_explicit(&record->state, RECLAIM_EPOCH_FREE, memory_order_relaxed);
    return;
  }
  atomic_store_explicit(&record->state, RECLAIM_EPOCH_FREE, memory_order_seq_cst);
}

struct reclaim_record *reclaim_begin(struct reclaim *reclaim) {
  for (;;) {
    for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
      struct reclaim_record *record = &reclaim->records[i];
      if (atomic_load_explicit(&record->state, memory_order_relaxed) == RECLAIM_EPOCH_FREE &&
          reclaim_epoch_take(record, atomic_load_explicit(&reclaim->epoch, memory_order_seq_cst)))
        return record;
    }
    sched_yield();
  }
}

void *reclaim_allocate(struct reclaim_record *record, size_t size) {
  assert(atomic_load_explicit(&record->state, memory_order_relaxed) >= RECLAIM_EPOCH_FIRST);
  if (PLANTED(splitlist_epoch_recycled)) {
    if (record->oldest != NULL)
      return reclaim_epoch_take_oldest(record);
  }
  return calloc(1, size);
}

/* Nothing to announce: the epoch covers every block.  Acquires the block's contents from the compare-and-swap that
 * linked it. */
uintptr_t reclaim_protect(struct reclaim_record *record, unsigned slot, const _Atomic uintptr_t *link) {
  (void)record, (void)slot;
  return atomic_load_explicit(link, memory_order_seq_cst);
}

void reclaim_retire(struct reclaim_record *record, struct reclaim_block *block) {
  block->next_retired = NULL;
  block->epoch = atomic_load_explicit(PLANTED(splitlist_epoch_own_stamp) ? &record->state : &record->reclaim->epoch,
                                      memory_order_seq_cst);
  if (record->newest != NULL)
    record->newest->next_retired = block;
  else
    record->oldest = block;
  record->newest = block;
  atomic_store_explicit(&record->count, reclaim_epoch_count(record) + 1, memory_order_relaxed);
}

/* Moves the epoch on, or finds that somebody else has.  False: an operation is in progress that noted an older one. */
static bool reclaim_epoch_advance(struct reclaim *reclaim) {
  uint64_t epoch = atomic_load_explicit(&reclaim->epoch, memory_order_seq_cst);
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
    uint64_t state = atomic_load_explicit(&reclaim->records[i].state, memory_order_seq_cst);
    if (state >= RECLAIM_EPOCH_FIRST && state != epoch)
      return false;
  }
  if (PLANTED(splitlist_epoch_set_back)) {
    atomic_store_explicit(&reclaim->epoch, epoch + 1, memory_order_seq_cst);
    return true;
  }
  atomic_compare_exchange_strong_explicit(&reclaim->epoch, &epoch, epoch + 1, memory_order_seq_cst,
                                          memory_order_relaxed);
  return true;
}

/* Frees what can be freed.  The caller holds the record, and no operation does: it would hold up itself. */
static void reclaim_epoch_collect(struct reclaim_record *record) {
  struct reclaim *reclaim = record->reclaim;
  for (unsigned tries = 0; tries < 2 && reclaim_epoch_advance(reclaim); tries++)
    continue;
  uint64_t epoch = atomic_load_explicit(&reclaim->epoch, memory_order_seq_cst);
  while (record->oldest != NULL && record->oldest->epoch + (PLANTED(splitlist_epoch_one_early) ? 1 : 2) <= epoch)
    free(reclaim_epoch_take_oldest(record));
}

static bool reclaim_epoch_any_operation(const struct reclaim *reclaim) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    if (atomic_load_explicit(&reclaim->records[i].state, memory_order_seq_cst) >= RECLAIM_EPOCH_FIRST)
      return true;
  return false;
}

/* Collects in every record that is free.  A record that is not is collected by its holder.  True: some were left with a
 * batch or more. */
static bool reclaim_epoch_sweep_once(struct reclaim *reclaim) {
  bool late = false;
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
    struct reclaim_record *record = &reclaim->records[i];
    if (!PLANTED(splitlist_epoch_swept_in_use) && !reclaim_epoch_take(record, RECLAIM_EPOCH_SWEEPING))
      continue;
    if (reclaim_epoch_count(record) >= RECLAIM_BATCH)
      reclaim_epoch_collect(record);
    late |= reclaim_epoch_count(record) >= RECLAIM_BATCH;
    reclaim_epoch_leave(record);
  }
  return late;
}

/* `overdue` is cleared before the sweep and set after it: whoever sets it has given its record back before, so a sweep
 * that clears it comes by that record. */
static void reclaim_epoch_sweep(struct reclaim *reclaim) {
  while (atomic_load_explicit(&reclaim->overdue, memory_order_seq_cst) && !reclaim_epoch_any_operation(reclaim)) {
    atomic_store_explicit(&reclaim->overdue, false, memory_order_seq_cst);
    if (reclaim_epoch_sweep_once(reclaim))
      atomic_store_explicit(&reclaim->overdue, true, memory_order_seq_cst);
  }
}

void reclaim_end(struct reclaim_record *record) {
  struct reclaim *reclaim = record->reclaim;
  bool late = reclaim_epoch_count(record) >= RECLAIM_BATCH;
  if (late) {
    /* The operation is over, the record still ours.  Releases as reclaim_epoch_leave does. */
    atomic_store_explicit(&record->state, RECLAIM_EPOCH_SWEEPING, memory_order_seq_cst);
    reclaim_epoch_collect(record);
    late = reclaim_epoch_count(record) >= RECLAIM_BATCH;
  }
  reclaim_epoch_leave(record);
  if (late)
    atomic_store_explicit(&reclaim->overdue, true, memory_order_seq_cst);
  if (!PLANTED(splitlist_epoch_not_swept))
    reclaim_epoch_sweep(reclaim);
}

void reclaim_look(const struct reclaim *reclaim, struct map_snapshot *out) {
  out->retired_bound = RECLAIM_RECORDS * (RECLAIM_BATCH - 1);
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++) {
    const struct reclaim_record *record = &reclaim->records[i];
    out->in_progress += atomic_load_explicit(&record->state, memory_order_relaxed) != RECLAIM_EPOCH_FREE;
    out->retired += reclaim_epoch_count(record);
  }
}

static enum map_invariant reclaim_epoch_check_record(const struct reclaim_record *record, unsigned number,
                                                     struct map_fault *fault) {
  uint64_t state = atomic_load_explicit(&record->state, memory_order_relaxed);
  uint64_t last = atomic_load_explicit(&record->reclaim->epoch, memory_order_relaxed);
  uint32_t count = reclaim_epoch_count(record);
  if (state != RECLAIM_EPOCH_FREE)
    return map_fault_set(fault, MAP_BROKEN_BUSY, "record %u is held, state %llu", number, (unsigned long long)state);
  uint32_t walked = 0;
  for (const struct reclaim_block *b = record->oldest, *before = NULL; b != NULL; before = b, b = b->next_retired) {
    if (++walked > count)
      break;
    if (b->epoch > last || (before != NULL && b->epoch < before->epoch))
      return map_fault_set(fault, MAP_BROKEN_ORDER, "record %u: a block is stamped %llu out of order", number,
                           (unsigned long long)b->epoch);
  }
  if (walked != count)
    return map_fault_set(fault, MAP_BROKEN_SHAPE, "record %u counts %u retired blocks, and its list has %s", number,
                         count, walked > count ? "more" : "fewer");
  if (count >= RECLAIM_BATCH)
    return map_fault_set(fault, MAP_BROKEN_RETIRED, "record %u was left with %u retired blocks, %u or more", number,
                         count, RECLAIM_BATCH);
  return MAP_SOUND;
}

enum map_invariant reclaim_check(const struct reclaim *reclaim, struct map_fault *fault) {
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    if (reclaim_epoch_check_record(&reclaim->records[i], i, fault) != MAP_SOUND)
      return fault->broken;
  return MAP_SOUND;
}
