/* syncmap_internal.h - the layout of syncmap, shared by its files and its own tests.
 *
 * syncmap.c opens with the concurrency argument.  Names in comments such as Map.misses are those of Go 1.23's
 * src/sync/map.go.  "mu held" says of a function that its caller holds syncmap.mu, "inside" that its caller stands
 * between syncmap_enter and syncmap_leave. */
#ifndef HEDDLE_MAP_SYNCMAP_INTERNAL_H
#define HEDDLE_MAP_SYNCMAP_INTERNAL_H

#include "map/map.h"

#include <pthread.h>
#include <stdatomic.h>

/* What is retired when it goes out of use: the first member of each kind. */
enum syncmap_kind { SYNCMAP_BOX, SYNCMAP_ENTRY, SYNCMAP_TABLE };

struct syncmap_block {
  struct syncmap_block *next; /* once retired: in its limbo list */
  enum syncmap_kind kind;
};

/* A value: what an entry's pointer leads to.  Never changes. */
struct syncmap_box {
  struct syncmap_block block;
  uint64_t value;
};

/* Go's entry: the place of a key's value, shared by the read and the dirty table. */
struct syncmap_entry {
  struct syncmap_block block;
  uint64_t key;
  /* entry.p: the value; NULL: deleted; &syncmap_expunged: deleted, and not in the dirty table, which is there. */
  _Atomic(struct syncmap_box *) box;
};

/* Go's readOnly: what Map.read points to.  Never changes. */
struct syncmap_view {
  struct syncmap_table *table; /* readOnly.m; NULL: no key */
  bool amended;                /* the dirty table is there, and may have keys that this one lacks */
};

/* From keys to entries, by linear probing: at most three quarters of the slots are in use, the others are NULL. */
struct syncmap_table {
  struct syncmap_block block;
  struct syncmap_view views[2]; /* of this table, by `amended`: so that to publish one needs no memory */
  uint64_t hash_seed;
  uint64_t count;
  uint64_t mask; /* slots - 1 */
  struct syncmap_entry *slots[];
};

/* syncmap.presence: the epoch, from SYNCMAP_EPOCHS on, above two counts of calls. */
#define SYNCMAP_COUNT_BITS 16
#define SYNCMAP_NEXT_EPOCH (UINT64_C(1) << 2 * SYNCMAP_COUNT_BITS)
#define SYNCMAP_BACKLOG 256 /* blocks in limbo beyond which those who write wait before they enter */
#define SYNCMAP_EPOCHS 4    /* limbo lists; a power of two, as the epoch wraps at one */

struct syncmap {
  _Atomic(const struct syncmap_view *) read; /* Map.read: stored with mu held, loaded by everybody */
  pthread_mutex_t mu;
  struct syncmap_table *dirty; /* Map.dirty, or NULL: guarded by mu, and nobody else's until it is promoted */
  uint64_t misses;             /* Map.misses: guarded by mu */
  uint64_t hash_seed;
  uint64_t capacity_hint;
  struct syncmap_view empty[2]; /* the views of no table, by `amended` */

  /* syncmap_reclaim.c */
  _Atomic uint64_t presence; /* who is inside, and the epoch */
  _Atomic uint64_t retired;  /* blocks in limbo */
  _Atomic(struct syncmap_block *) limbo[SYNCMAP_EPOCHS];
};

static inline uint64_t syncmap_epoch(uint64_t presence) { return presence / SYNCMAP_NEXT_EPOCH; }

static inline struct syncmap *syncmap_of(struct map *map) { return (struct syncmap *)map; }

/* The view of `table`, which may be NULL. */
static inline const struct syncmap_view *syncmap_view_of(const struct syncmap *map, const struct syncmap_table *table,
                                                         bool amended) {
  return table != NULL ? &table->views[amended] : &map->empty[amended];
}

/* ---- syncmap_entry.c: one key ---- */

extern struct syncmap_box syncmap_expunged; /* Go's expunged: only its address counts */

static inline bool syncmap_is_value(const struct syncmap_box *box) { return box != NULL && box != &syncmap_expunged; }

/* NULL: no memory. */
struct syncmap_box *syncmap_box_create(uint64_t value);
/* Takes the box; NULL: no memory, and the box is still the caller's. */
struct syncmap_entry *syncmap_entry_create(uint64_t key, struct syncmap_box *box);

/* Each of these acts at one instant, inside, with or without mu.  Those that answer false have found the entry expunged
 * and done nothing, which with mu held they never do once syncmap_unexpunge has been called. */

/* entry.trySwap.  True: the entry has taken the box. */
bool syncmap_try_swap(struct syncmap *map, struct syncmap_entry *entry, struct syncmap_box *box);
/* entry.tryLoadOrStore.  True: *status is MAP_DONE, MAP_PRESENT or MAP_NO_MEMORY; *actual is set in the first two. */
bool syncmap_try_load_or_store(struct syncmap_entry *entry, uint64_t value, uint64_t *actual, enum map_status *status);
/* entry.tryCompareAndSwap: as map_ops.cas. */
enum map_status syncmap_try_compare_and_swap(struct syncmap *map, struct syncmap_entry *entry, uint64_t expected,
                                             uint64_t value);
/* entry.delete.  True: *value was there. */
bool syncmap_entry_delete(struct syncmap *map, struct syncmap_entry *entry, uint64_t *value);
/* entry.tryExpungeLocked.  mu held.  True: the entry is deleted, and now expunged. */
bool syncmap_try_expunge(struct syncmap_entry *entry);
/* entry.unexpungeLocked, of an entry that is expunged.  mu held: the caller puts it into the dirty table. */
void syncmap_unexpunge(struct syncmap_entry *entry);

/* ---- syncmap_table.c: from keys to entries.  Plain accesses: the caller has the table for himself, or nobody writes
 * to it any more ---- */

#define SYNCMAP_MOST_ENTRIES (UINT64_C(1) << 40) /* of one table: more than fit into memory */

/* With room for `count` entries, at most SYNCMAP_MOST_ENTRIES; NULL: no memory. */
struct syncmap_table *syncmap_table_create(uint64_t hash_seed, uint64_t count);
/* NULL where the key is not there; the table may be NULL. */
struct syncmap_entry *syncmap_table_find(const struct syncmap_table *table, uint64_t key);
/* Makes room for one more, by a larger table if need be.  False: no memory, nothing changed. */
bool syncmap_table_reserve(struct syncmap_table **table);
/* There must be room, and the key must not be there. */
void syncmap_table_add(struct syncmap_table *table, struct syncmap_entry *entry);
/* The entry, which is no longer in the table, or NULL. */
struct syncmap_entry *syncmap_table_remove(struct syncmap_table *table, uint64_t key);
/* The place at which a probe for the key begins. */
uint64_t syncmap_table_home(const struct syncmap_table *table, uint64_t key);

static inline uint64_t syncmap_table_count(const struct syncmap_table *table) {
  return table != NULL ? table->count : 0;
}

static inline uint64_t syncmap_table_slots(const struct syncmap_table *table) {
  return table != NULL ? table->mask + 1 : 0;
}

/* ---- syncmap_dirty.c: both tables as wholes.  mu held, inside ---- */

/* The dirty table, which is there, becomes the read table. */
void syncmap_promote(struct syncmap *map);
/* Map.missLocked, of the dirty table that is there. */
void syncmap_miss(struct syncmap *map);
/* Afterwards the entry, one of the read table, is not expunged.  False: no memory, nothing changed. */
bool syncmap_restore(struct syncmap *map, struct syncmap_entry *entry);
/* A key that is in neither table.  MAP_DONE: the box is its entry's.  MAP_NO_MEMORY: it is still the caller's. */
enum map_status syncmap_add(struct syncmap *map, uint64_t key, struct syncmap_box *box);
/* What of Map.Clear is done with mu held. */
void syncmap_empty(struct syncmap *map);

/* ---- syncmap_reclaim.c: when memory may be freed ---- */

/* From here to syncmap_leave no block that can be reached from the map is freed.  May be nested.  Returns what
 * syncmap_leave wants. */
unsigned syncmap_enter(struct syncmap *map);
/* The same for a call that may write: waits first while too much waits to be freed.  Not to be nested. */
unsigned syncmap_enter_to_write(struct syncmap *map);
void syncmap_leave(struct syncmap *map, unsigned phase);
/* Inside.  The block can no longer be reached from the map, and is freed when everybody has left who may hold it; with
 * an entry its box. */
void syncmap_retire(struct syncmap *map, struct syncmap_block *block);
/* Frees a block, with an entry its box: nobody else has it. */
void syncmap_free(struct syncmap_block *block);
/* Frees what is in limbo; the map's last moment. */
void syncmap_free_limbo(struct syncmap *map);
/* Calls inside. */
uint64_t syncmap_inside(struct syncmap *map);

/* ---- syncmap_check.c ---- */

void syncmap_snapshot(struct map *map, struct map_snapshot *out);
enum map_invariant syncmap_check(struct map *map, struct map_fault *fault);

#endif
