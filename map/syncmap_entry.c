/* syncmap_entry.c - one key of syncmap: what may happen to an entry's value.
 *
 * Concurrency.  An entry's pointer, `box`, is all that changes, and every change of it is one atomic operation, at
 * which the call takes effect.  Its states and who may change them:
 *
 *   a value    anybody: to another value, or to NULL;
 *   NULL       anybody: to a value.  With mu held: to expunged, while the dirty table is being built without it;
 *   expunged   only with mu held, and only in the present read table: back to NULL, going into the dirty table.
 *
 * So nobody who finds an entry expunged may store into it without mu: the dirty table, which replaces the read table at
 * the next promotion, does not have the entry, and the value would be lost.  Checking that and storing must be one
 * operation: hence the loops.
 *
 * Ordering.  Each compare-and-swap that stores a box (release) pairs with the loads of `box` (acquire): the value in it
 * was written before.  A box that a compare-and-swap takes out is retired by whoever took it out, so exactly once, and
 * is not freed while a call that may have loaded it is inside; so no other box gets its address meanwhile, and a
 * compare-and-swap that finds the same pointer finds the same value.
 *
 * Reference: the methods of entry in src/sync/map.go of Go 1.23. */
#include "map/syncmap_internal.h"

#include "map/planted.h"

#include <assert.h>
#include <stdlib.h>

struct syncmap_box syncmap_expunged;

struct syncmap_box *syncmap_box_create(uint64_t value) {
  struct syncmap_box *box = malloc(sizeof *box);
  if (box == NULL)
    return NULL;
  box->block.kind = SYNCMAP_BOX;
  box->value = value;
  return box;
}

struct syncmap_entry *syncmap_entry_create(uint64_t key, struct syncmap_box *box) {
  struct syncmap_entry *entry = malloc(sizeof *entry);
  if (entry == NULL)
    return NULL;
  entry->block.kind = SYNCMAP_ENTRY;
  entry->key = key;
  atomic_init(&entry->box, box);
  return entry;
}

/* What an entry had in it before is out of use. */
static void syncmap_retire_value(struct syncmap *map, struct syncmap_box *box) {
  if (!syncmap_is_value(box))
    return;
  if (PLANTED(syncmap_box_freed)) {
    free(box);
    return;
  }
  syncmap_retire(map, &box->block);
}

bool syncmap_try_swap(struct syncmap *map, struct syncmap_entry *entry, struct syncmap_box *box) {
  struct syncmap_box *old = atomic_load(&entry->box);
  do {
    if (old == &syncmap_expunged)
      return false;
    if (PLANTED(syncmap_swap_unlooked)) {
      old = atomic_exchange(&entry->box, box);
      break;
    }
  } while (!atomic_compare_exchange_weak(&entry->box, &old, box));
  syncmap_retire_value(map, old);
  return true;
}

bool syncmap_try_load_or_store(struct syncmap_entry *entry, uint64_t value, uint64_t *actual, enum map_status *status) {
  struct syncmap_box *fresh = NULL;
  struct syncmap_box *old = atomic_load(&entry->box);
  for (;;) {
    if (old != NULL) {
      free(fresh);
      if (old == &syncmap_expunged)
        return false;
      *actual = old->value;
      *status = MAP_PRESENT;
      return true;
    }
    if (fresh == NULL && (fresh = syncmap_box_create(value)) == NULL) {
      *status = MAP_NO_MEMORY;
      return true;
    }
    if (atomic_compare_exchange_strong(&entry->box, &old, fresh)) {
      *actual = value;
      *status = MAP_DONE;
      return true;
    }
  }
}

enum map_status syncmap_try_compare_and_swap(struct syncmap *map, struct syncmap_entry *entry, uint64_t expected,
                                             uint64_t value) {
  struct syncmap_box *fresh = NULL;
  struct syncmap_box *old = atomic_load(&entry->box);
  for (;;) {
    if (!syncmap_is_value(old) || old->value != expected) {
      free(fresh);
      return syncmap_is_value(old) ? MAP_DIFFERS : MAP_ABSENT;
    }
    if (fresh == NULL && (fresh = syncmap_box_create(value)) == NULL)
      return MAP_NO_MEMORY;
    if (PLANTED(syncmap_cas_exchanges)) {
      syncmap_retire_value(map, atomic_exchange(&entry->box, fresh));
      return MAP_DONE;
    }
    if (PLANTED(syncmap_cas_retires_first))
      syncmap_retire_value(map, old);
    struct syncmap_box *replaced = old;
    if (atomic_compare_exchange_strong(&entry->box, &old, fresh)) {
      if (!PLANTED(syncmap_cas_retires_first))
        syncmap_retire_value(map, replaced);
      return MAP_DONE;
    }
  }
}

bool syncmap_entry_delete(struct syncmap *map, struct syncmap_entry *entry, uint64_t *value) {
  struct syncmap_box *box = atomic_load(&entry->box);
  do {
    if (!syncmap_is_value(box))
      return false;
    if (PLANTED(syncmap_delete_twice)) {
      *value = box->value;
      syncmap_retire_value(map, atomic_exchange(&entry->box, NULL));
      return true;
    }
  } while (!atomic_compare_exchange_weak(&entry->box, &box, NULL));
  *value = box->value;
  syncmap_retire_value(map, box);
  return true;
}

bool syncmap_try_expunge(struct syncmap_entry *entry) {
  struct syncmap_box *box = atomic_load(&entry->box);
  while (box == NULL) {
    if (atomic_compare_exchange_weak(&entry->box, &box, &syncmap_expunged))
      return true;
  }
  return box == &syncmap_expunged;
}

void syncmap_unexpunge(struct syncmap_entry *entry) {
  assert(atomic_load(&entry->box) == &syncmap_expunged && "with mu held nobody else changes that");
  atomic_store(&entry->box, NULL);
}
