/* seqmap_internal.h - the layout of seqmap, shared by its files and its own tests.  The concurrency argument is at the
 * top of seqmap.c. */
#ifndef HEDDLE_MAP_SEQMAP_INTERNAL_H
#define HEDDLE_MAP_SEQMAP_INTERNAL_H

#include "map/map.h"
#include "map/planted.h"

#include <sched.h>
#include <stdatomic.h>

enum seqmap_mark {
  SEQMAP_EMPTY,     /* nothing further on was ever put past this slot */
  SEQMAP_FULL,      /* holds an entry */
  SEQMAP_TOMBSTONE, /* held one that was deleted: probes go on */
  SEQMAP_UNSETTLED, /* within a purge: holds an entry that has not got its place yet */
};

/* All three are stored (release) within a write section only and loaded (acquire) within a read section, by readers;
 * seqmap_read_valid has what these two pair for. */
struct seqmap_slot {
  _Atomic uint32_t mark; /* enum seqmap_mark */
  _Atomic uint64_t key;
  _Atomic uint64_t value;
};

#define SEQMAP_LOG2_MIN 2
#define SEQMAP_LOG2_MAX 40 /* 24 TiB: no allocation of that size succeeds */

#define SEQMAP_LOG2_IN_PLACE 4 /* tables that one write section may change as a whole, while readers wait */

struct seqmap_table {
  _Atomic uint64_t sequence; /* odd: a write section is open */
  _Atomic uint64_t count;    /* entries: stored (release) within a write section, loaded (acquire) by len */
  uint64_t used;             /* slots that are not EMPTY; the writer's alone */
  uint8_t log2_slots;        /* plain: written before the seat is opened to readers */
  struct seqmap_slot slots[];
};

#define SEQMAP_SEATS 64
#define SEQMAP_SHUT (UINT32_C(1) << 31) /* in `readers`: nobody may come in */

/* What a table is read through.  Seats are part of the map, so a reader that comes too late touches no freed memory. */
struct seqmap_seat {
  _Atomic uint32_t readers;             /* those who are in; SEQMAP_SHUT */
  _Atomic(struct seqmap_table *) table; /* relaxed: `readers` orders it */
};

struct seqmap {
  _Atomic uint32_t current; /* the seat of the present table.  Relaxed: only a number, see seqmap_come_in */
  _Atomic bool writing;     /* the guard: acquired and released by each call that writes */
  uint64_t hash_seed;
  uint8_t least_log2; /* shrinking stops here: what capacity_hint asked for */
  bool shrink;
  uint64_t retired; /* bit a seat: its table is out of use and not freed.  The writer's alone */
  struct seqmap_seat seats[SEQMAP_SEATS];
};

static inline struct seqmap *seqmap_of(struct map *map) { return (struct seqmap *)map; }

static inline uint64_t seqmap_slots(uint8_t log2_slots) { return UINT64_C(1) << (log2_slots & 63); }

/* A table may have this many slots in use: three quarters, so that one at least is EMPTY and ends every probe. */
static inline uint64_t seqmap_limit(uint8_t log2_slots) {
  return seqmap_slots(log2_slots) - seqmap_slots(log2_slots) / 4;
}

/* Where the hash's probe begins: its top bits, so that the order of hashes is that of homes in every table. */
static inline uint64_t seqmap_home(const struct seqmap_table *table, uint64_t hash) {
  return hash >> (64 - table->log2_slots);
}

/* ---- sections ---- */

/* Waits for the end of the write section that is open, and begins a read section. */
static inline uint64_t seqmap_read_begin(const struct seqmap_table *table) {
  for (;;) {
    uint64_t sequence = atomic_load_explicit(&table->sequence, memory_order_acquire); /* pairs with seqmap_write_end */
    if (PLANTED(seqmap_odd_accepted) || sequence % 2 == 0)
      return sequence;
    sched_yield();
  }
}

/* True where nothing was written since the section began.  Relaxed: the loads of slots acquire, so this one comes after
 * them; whichever of them saw a store of a write section makes it see that section's odd number, or a later one. */
static inline bool seqmap_read_valid(const struct seqmap_table *table, uint64_t sequence) {
  uint64_t now = atomic_load_explicit(&table->sequence, memory_order_relaxed); /* pairs with seqmap_write_begin */
  if (PLANTED(seqmap_unchecked))
    return true;
  return now == sequence;
}

static inline uint64_t seqmap_following(uint64_t sequence) {
  return PLANTED(seqmap_parity_flips) ? (sequence + 1) % UINT8_MAX : sequence + 1;
}

/* Relaxed: the stores of slots release, so no reader sees one of them without this. */
static inline void seqmap_write_begin(struct seqmap_table *table) {
  uint64_t sequence = atomic_load_explicit(&table->sequence, memory_order_relaxed);
  if (!PLANTED(seqmap_late_odd))
    atomic_store_explicit(&table->sequence, seqmap_following(sequence),
                          memory_order_relaxed); /* pairs with seqmap_read_valid */
}

static inline void seqmap_write_end(struct seqmap_table *table) {
  uint64_t sequence = atomic_load_explicit(&table->sequence, memory_order_relaxed);
  if (PLANTED(seqmap_late_odd))
    sequence++;
  atomic_store_explicit(&table->sequence, seqmap_following(sequence),
                        memory_order_release); /* pairs with seqmap_read_begin */
}

/* ---- slots ---- */

static inline uint32_t seqmap_mark_of(const struct seqmap_slot *slot) {
  return atomic_load_explicit(&slot->mark, memory_order_acquire);
}

static inline uint64_t seqmap_key_of(const struct seqmap_slot *slot) {
  return atomic_load_explicit(&slot->key, memory_order_acquire);
}

static inline uint64_t seqmap_value_of(const struct seqmap_slot *slot) {
  return atomic_load_explicit(&slot->value, memory_order_acquire);
}

static inline void seqmap_mark(struct seqmap_slot *slot, enum seqmap_mark mark) {
  atomic_store_explicit(&slot->mark, (uint32_t)mark, memory_order_release);
}

static inline void seqmap_store(struct seqmap_slot *slot, uint64_t value) {
  atomic_store_explicit(&slot->value, value, memory_order_release);
}

static inline void seqmap_fill(struct seqmap_slot *slot, uint64_t key, uint64_t value) {
  seqmap_mark(slot, SEQMAP_FULL);
  atomic_store_explicit(&slot->key, key, memory_order_release);
  seqmap_store(slot, value);
}

/* Within a write section. */
static inline void seqmap_set_count(struct seqmap_table *table, uint64_t count) {
  atomic_store_explicit(&table->count, count, memory_order_release); /* pairs with seqmap_len */
}

/* ---- seqmap_table.c: hashing, seats, the present table and its successors ---- */

/* A bijection: two keys have two hashes. */
uint64_t seqmap_hash(const struct seqmap *map, uint64_t key);
/* The slot of the key, or NULL.  Ends in any state of the table: in a read section the answer may be nonsense. */
struct seqmap_slot *seqmap_find(struct seqmap_table *table, uint64_t hash, uint64_t key);

/* For readers: the seat of the present table, which is not freed until seqmap_go_out. */
struct seqmap_seat *seqmap_come_in(struct seqmap *map);
void seqmap_go_out(struct seqmap_seat *seat);
static inline struct seqmap_table *seqmap_table_of(const struct seqmap_seat *seat) {
  return atomic_load_explicit(&seat->table, memory_order_relaxed);
}

/* What follows is for the writer. */

/* The present table, and its count. */
struct seqmap_table *seqmap_table(struct seqmap *map);
static inline uint64_t seqmap_count(const struct seqmap_table *table) {
  return atomic_load_explicit(&table->count, memory_order_relaxed);
}
/* Seats that hold no table, bit a seat. */
uint64_t seqmap_free_seats(const struct seqmap *map);
/* Empty; NULL: no memory. */
struct seqmap_table *seqmap_table_create(uint8_t log2_slots);
/* Puts a first table in place. */
void seqmap_seat_first(struct seqmap *map, struct seqmap_table *table);
/* Makes room in the table for one entry more: another table, or fewer tombstones.  False: no memory, nothing changed.
 * Slots found before are found no more. */
bool seqmap_make_room(struct seqmap *map);
/* A smaller table, where that is wanted and there is memory for it. */
void seqmap_shrink_if_sparse(struct seqmap *map);
/* Removes all entries at one instant.  Needs no memory, though it asks for some. */
void seqmap_empty(struct seqmap *map);
/* Frees the tables out of use that nobody reads any more. */
void seqmap_reap(struct seqmap *map);

/* seqmap.c */
enum map_status seqmap_delete(struct map *map, uint64_t key);

/* seqmap_iterate.c, seqmap_check.c */
void seqmap_iterate(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context);
void seqmap_snapshot(struct map *map, struct map_snapshot *out);
enum map_invariant seqmap_check(struct map *map, struct map_fault *fault);
bool seqmap_protects(struct map *map, const void *block);

#endif
