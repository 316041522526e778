/* swissmap_internal.h - the layout of swissmap, shared by its own files (and its own tests).
 *
 * Names in comments such as Map.used are those of Go 1.24's internal/runtime/maps. */
#ifndef HEDDLE_MAP_SWISSMAP_INTERNAL_H
#define HEDDLE_MAP_SWISSMAP_INTERNAL_H

#include "map/swissmap.h"

#include <stdatomic.h>

#define SWISSMAP_SLOTS 8      /* a group has */
#define SWISSMAP_LOAD 7       /* of these, on average, may be in use */
#define SWISSMAP_TABLE_MAX 64 /* slots; a table that would need more is split.  1,024 in Go */

/* What a control byte says about its slot; below these: full, and h2 of the key that is in it. */
enum swissmap_control {
  SWISSMAP_EMPTY = 0x80,   /* and so never passed by a probe */
  SWISSMAP_DELETED = 0xfe, /* a tombstone: empty, but keys may lie further on */
};

/* The control word of a group.  Byte i belongs to slot i and is bits 8i to 8i+7 of the word. */
union swissmap_controls {
  uint64_t word;
  uint8_t bytes[SWISSMAP_SLOTS]; /* by swissmap_byte: memory may have the other order */
};

struct swissmap_slot {
  uint64_t key;
  uint64_t value; /* 0 where the slot is not full */
};

struct swissmap_group {
  union swissmap_controls controls;
  struct swissmap_slot slots[SWISSMAP_SLOTS];
};

#define SWISSMAP_STALE UINT64_MAX

/* A hash table of its own, for the keys whose hashes begin with certain local_depth bits. */
struct swissmap_table {
  uint64_t index;       /* of the first of its entries in the directory; SWISSMAP_STALE: out of the directory */
  uint16_t used;        /* full slots */
  uint16_t capacity;    /* slots: a power of two, a group at least */
  uint16_t growth_left; /* empty slots that may still be filled: load - used - tombstones */
  uint8_t local_depth;
  struct swissmap_table *next_retired;
  struct swissmap_group groups[];
};

struct swissmap {
  uint64_t used;      /* Map.used: entries in all tables */
  uint64_t hash_seed; /* Map.seed */
  /* Go keeps the next two in one pointer, Map.dirPtr, and tells them apart by directory_length. */
  struct swissmap_group *small;      /* the only group of a map that has no directory; NULL before the first entry */
  struct swissmap_table **directory; /* by the first global_depth bits of the hash */
  uint64_t directory_length;         /* Map.dirLen: 0, or 2^global_depth */
  uint8_t global_depth;
  uint8_t global_shift; /* 64 - global_depth */
  uint8_t writing;      /* the guard: plain, toggled by XOR */
  uint64_t random;      /* state of swissmap_random, Go's rand */

  /* What Go leaves to its garbage collector. */
  struct swissmap_group *retired_small; /* out of use, but an iteration may stand in it */
  struct swissmap_table *retired;       /* likewise */
  _Atomic uint32_t iterations;          /* under way.  Relaxed: see swissmap_iterate.c */
};

/* A slot; group NULL: none. */
struct swissmap_place {
  struct swissmap_table *table; /* NULL: the map is small */
  struct swissmap_group *group;
  unsigned index;
};

static inline struct swissmap *swissmap_of(struct map *map) { return (struct swissmap *)map; }

static inline struct swissmap_slot *swissmap_slot(struct swissmap_place place) {
  return &place.group->slots[place.index];
}

/* ---- hashes ---- */

/* The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection in which every bit depends on all. */
static inline uint64_t swissmap_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static inline uint64_t swissmap_hash(const struct swissmap *map, uint64_t key) {
  return swissmap_mix(swissmap_mix(key ^ map->hash_seed) + key);
}

/* h1 chooses the group, h2 tells the keys within a group apart; the directory is indexed by the top bits of both. */
static inline uint64_t swissmap_h1(uint64_t hash) { return hash >> 7; }
static inline uint8_t swissmap_h2(uint64_t hash) { return hash & 0x7f; }

/* ---- control words ----
 * A match is a word whose bit 8i+7 is set for each slot i that matches, and no other bit is. */

#define SWISSMAP_LOW_BITS UINT64_C(0x0101010101010101)
#define SWISSMAP_HIGH_BITS UINT64_C(0x8080808080808080)
#define SWISSMAP_ALL_EMPTY (SWISSMAP_LOW_BITS * SWISSMAP_EMPTY)

/* Slots whose byte is h2.  May err, by the borrow: after a slot that matches, one with h2 ^ 1 does so too.  Keys are
 * compared anyway. */
static inline uint64_t swissmap_match_h2(uint64_t controls, uint8_t h2) {
  uint64_t difference = controls ^ (SWISSMAP_LOW_BITS * h2);
  return (difference - SWISSMAP_LOW_BITS) & ~difference & SWISSMAP_HIGH_BITS;
}

/* Of the three kinds of bytes only "empty" has bit 7 set and bit 1 clear. */
static inline uint64_t swissmap_match_empty(uint64_t controls) {
  return controls & ~(controls << 6) & SWISSMAP_HIGH_BITS;
}

static inline uint64_t swissmap_match_empty_or_deleted(uint64_t controls) { return controls & SWISSMAP_HIGH_BITS; }
static inline uint64_t swissmap_match_full(uint64_t controls) { return ~controls & SWISSMAP_HIGH_BITS; }

/* The lowest slot of a match that is not empty, and the match without it. */
static inline unsigned swissmap_match_first(uint64_t match) { return (unsigned)__builtin_ctzll(match) / 8; }
static inline uint64_t swissmap_match_rest(uint64_t match) { return match & (match - 1); }

static inline unsigned swissmap_byte(unsigned index) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return SWISSMAP_SLOTS - 1 - index;
#else
  return index;
#endif
}

static inline uint8_t swissmap_control(const struct swissmap_group *group, unsigned index) {
  return group->controls.bytes[swissmap_byte(index)];
}

static inline void swissmap_control_set(struct swissmap_group *group, unsigned index, uint8_t control) {
  group->controls.bytes[swissmap_byte(index)] = control;
}

/* True where the slot, by its control byte, holds an entry. */
static inline bool swissmap_is_full(uint8_t control) { return !(control & SWISSMAP_EMPTY); }

/* ---- probing ---- */

/* The groups of a table in the order in which a hash tries them: h1, h1 + 1, h1 + 1 + 2, h1 + 1 + 2 + 3 ...; as their
 * number is a power of two, the first so many steps come by each of them once. */
struct swissmap_probe {
  uint64_t mask;
  uint64_t offset; /* the group to look at */
  uint64_t step;
};

static inline uint64_t swissmap_group_mask(const struct swissmap_table *table) {
  return table->capacity / SWISSMAP_SLOTS - 1u;
}

static inline struct swissmap_probe swissmap_probe_begin(const struct swissmap_table *table, uint64_t hash) {
  uint64_t mask = swissmap_group_mask(table);
  return (struct swissmap_probe){.mask = mask, .offset = swissmap_h1(hash) & mask, .step = 0};
}

void swissmap_probe_next(struct swissmap_probe *probe);

/* ---- the directory; swissmap.c: looking up ---- */

/* The index in the directory, of which there must be one, at which the hash belongs. */
static inline uint64_t swissmap_directory_index(const struct swissmap *map, uint64_t hash) {
  return map->directory_length == 1 ? 0 : hash >> (map->global_shift & 63);
}

/* In how many entries of the directory the table stands, side by side. */
static inline uint64_t swissmap_entries(const struct swissmap *map, const struct swissmap_table *table) {
  return UINT64_C(1) << ((map->global_depth - table->local_depth) & 63);
}

/* Go's getWithKey: without the guard. */
enum map_status swissmap_look_up(const struct swissmap *map, uint64_t key, uint64_t *value);

/* ---- swissmap_grow.c: tables, growth, splits ---- */

/* Entries and tombstones that a table may hold: one slot at least stays empty, or probing would not end. */
static inline uint16_t swissmap_growth_limit(uint64_t capacity) {
  return (uint16_t)(capacity <= SWISSMAP_SLOTS ? capacity - 1 : capacity * SWISSMAP_LOAD / SWISSMAP_SLOTS);
}

/* The only group of a small map, empty.  False: no memory. */
bool swissmap_make_small(struct swissmap *map);
/* A directory and tables for `hint` entries.  False: no memory, nothing changed. */
bool swissmap_make_tables(struct swissmap *map, uint64_t hint);
/* From the only group to a table.  False: no memory, nothing changed. */
bool swissmap_leave_small(struct swissmap *map);
/* Makes room in a table that has no growth left: by one twice as large or by two.  False: no memory, nothing changed.
 */
bool swissmap_rehash(struct swissmap *map, struct swissmap_table *table);
/* Marks every slot empty. */
void swissmap_empty_group(struct swissmap_group *group);
void swissmap_empty_table(struct swissmap_table *table);
/* Frees what was retired, unless an iteration is under way. */
void swissmap_reap(struct swissmap *map);
/* Frees everything that the map owns, but not the map itself. */
void swissmap_free_all(struct swissmap *map);

#endif
