/* map.h - what a map under test offers.
 *
 * A map holds 64-bit keys and 64-bit values and is reached through one table of functions, `struct map_ops`.
 * map/ knows nothing of heddle: no map mentions a scheduler, a yield or a test, and a map that somebody else
 * wrote is adapted in about 30 lines (map/adapters/README.md).
 *
 * Guarantees, lettered so that a failure can cite the one that was broken.  A map promises those it sets in
 * `map_ops.guarantees`:
 *   A  no data race, whichever operations of `concurrent` run at the same time;
 *   B  get, put, insert, cas, del and contains on one key are linearizable;
 *   C  an iteration visits a key that was present throughout exactly once, one that was absent throughout
 *      never, and no key twice; it ends where the visitor stops it, and until then the same holds;
 *   D  len is the number of keys at some instant of the call;
 *   E  clear removes everything at one instant (without E: each key at some instant of the call);
 *   F  the map itself notices unguarded concurrent use on a best effort (map_fatal) instead of going wrong;
 *   G  running out of memory is reported as MAP_NO_MEMORY and leaves the map as it was;
 *   H  move and swap take effect on both keys at one instant;
 *   I  at rest the map is consistent: its own check finds nothing wrong;
 *   J  every call returns, whatever the others do, and leaves no lock held;
 *   K  memory: only blocks that are allocated are touched, each is freed once and by destroy at the latest, and no more
 *      than snapshot's bound wait to be freed.
 * They hold for what may run at the same time, `map_ops.concurrency`; A and J say that it may.
 */
#ifndef HEDDLE_MAP_MAP_H
#define HEDDLE_MAP_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum map_status {
  MAP_DONE = 0,  /* the operation took effect, or the key was found */
  MAP_ABSENT,    /* the key is not in the map */
  MAP_PRESENT,   /* insert: the key is already there; nothing changed */
  MAP_DIFFERS,   /* cas: the value is not the expected one; nothing changed */
  MAP_NO_MEMORY, /* nothing changed */
};

/* What an iteration is to do after it has shown an entry. */
enum map_visit_result { MAP_VISIT_NEXT, MAP_VISIT_DELETE, MAP_VISIT_STOP };

typedef enum map_visit_result (*map_visit_fn)(void *context, uint64_t key, uint64_t value);

/* Bit n is the letter 'A' + n. */
enum map_guarantee {
  MAP_RACE_FREE = 1 << 0,       /* A */
  MAP_LINEARIZABLE = 1 << 1,    /* B */
  MAP_ITERATION_EXACT = 1 << 2, /* C */
  MAP_LEN_EXACT = 1 << 3,       /* D */
  MAP_CLEAR_ATOMIC = 1 << 4,    /* E */
  MAP_SELF_GUARDED = 1 << 5,    /* F */
  MAP_NO_MEMORY_SAFE = 1 << 6,  /* G */
  MAP_PAIRS_ATOMIC = 1 << 7,    /* H */
  MAP_SOUND_AT_REST = 1 << 8,   /* I */
  MAP_PROGRESS = 1 << 9,        /* J */
  MAP_MEMORY_SAFE = 1 << 10,    /* K */
};

/* What may run at the same time.  Reading: get, contains, len, iterate without deletion; every other call writes. */
enum map_concurrency {
  MAP_READERS_OR_WRITER,  /* any number of readers, or one writer alone */
  MAP_READERS_AND_WRITER, /* any number of readers beside one writing thread */
  MAP_READERS_AND_WRITERS /* anything */
};

/* What a map's check finds wrong at rest: INVARIANT(name, kind of the failure, sentence). */
#define MAP_INVARIANTS(INVARIANT)                                                                                      \
  INVARIANT(COUNT, "count-wrong", "the count differs from a walk over the entries")                                    \
  INVARIANT(REACH, "key-unreachable", "a key is stored where looking it up does not come by")                          \
  INVARIANT(TWICE, "key-twice", "a key is stored twice")                                                               \
  INVARIANT(ORDER, "not-sorted", "a list is not in its order")                                                         \
  INVARIANT(MOVED, "not-evacuated", "something marked as moved has no copy, or is still in use")                       \
  INVARIANT(BUSY, "stuck-in-progress", "an operation is still in progress")                                            \
  INVARIANT(SIZE, "size-wrong", "the size is not what the count calls for")                                            \
  INVARIANT(RETIRED, "retired-too-many", "more blocks wait to be freed than the bound allows")                         \
  INVARIANT(SHAPE, "malformed", "the structure is malformed")

enum map_invariant {
  MAP_SOUND, /* nothing is wrong */
#define INVARIANT(name, kind, text) MAP_BROKEN_##name,
  MAP_INVARIANTS(INVARIANT)
#undef INVARIANT
};

#define MAP_FAULT_TEXT 160
struct map_fault {
  enum map_invariant broken;
  char text[MAP_FAULT_TEXT]; /* where and how, in one line: "bucket 3: key 17 belongs into bucket 5" */
};
/* For a check's way out: fills the fault in, the text cut to fit, and returns `broken`. */
__attribute__((format(printf, 3, 4))) enum map_invariant
map_fault_set(struct map_fault *fault, enum map_invariant broken, const char *format, ...);

struct map_config {
  uint64_t capacity_hint; /* entries the map is to hold without growing; 0 leaves it to the map */
  uint64_t hash_seed;     /* mixed into every hash: the same seed gives the same layout */
  bool shrink;            /* shrink below a quarter of the load, where the map can */
};

/* A look at a map's insides, for reports and for feedback.  Counts are entries or buckets. */
struct map_snapshot {
  uint64_t count;            /* what len would say */
  uint64_t capacity;         /* slots, without overflow buckets */
  uint64_t log2_buckets;     /* Go's B; 0 where a map has no such thing */
  uint64_t overflow_buckets; /* as the map counts them */
  uint64_t old_buckets_left; /* not yet evacuated while growing or shrinking */
  uint64_t tombstones;       /* slots that are empty but not at the end of their probe */
  uint64_t flags;            /* the map's own flag word */
  uint64_t in_progress;      /* operations that have begun and not ended, growth apart: 0 at rest */
  uint64_t longest_probe;    /* slots or nodes looked at to find the key that is hardest to find */
  uint64_t retired;          /* blocks out of use and not yet freed */
  uint64_t retired_bound;    /* which `retired` never exceeds */
};

struct map; /* opaque: each map defines its own and casts */

/* Ownership: create returns a map that the caller passes to destroy exactly once, when no other call is in
 * progress.  Every other function may be called from any thread, as far as `guarantees` allows. */
struct map_ops {
  const char *name;
  unsigned guarantees; /* enum map_guarantee, or-ed */
  enum map_concurrency concurrency;

  struct map *(*create)(const struct map_config *config); /* NULL: no memory */
  void (*destroy)(struct map *map);

  enum map_status (*get)(struct map *map, uint64_t key, uint64_t *value); /* MAP_DONE or MAP_ABSENT */
  /* This one, insert, cas and get_or_insert may also answer MAP_NO_MEMORY. */
  enum map_status (*put)(struct map *map, uint64_t key, uint64_t value);    /* MAP_DONE, also over an old value */
  enum map_status (*insert)(struct map *map, uint64_t key, uint64_t value); /* MAP_DONE or MAP_PRESENT */
  /* MAP_DONE, MAP_ABSENT or MAP_DIFFERS */
  enum map_status (*cas)(struct map *map, uint64_t key, uint64_t expected, uint64_t value);
  enum map_status (*del)(struct map *map, uint64_t key);      /* MAP_DONE or MAP_ABSENT */
  enum map_status (*contains)(struct map *map, uint64_t key); /* MAP_DONE or MAP_ABSENT */
  uint64_t (*len)(struct map *map);
  void (*clear)(struct map *map);
  /* Shows every entry to `visit`, once.  `may_delete` says beforehand that visit may answer MAP_VISIT_DELETE,
   * which removes the entry just shown (its key, as by del, whatever has become of it meanwhile), before the next one
   * is shown or iterate returns.  visit must not call the map.  `order_seed` chooses where the iteration
   * starts, in maps that start at random. */
  void (*iterate)(struct map *map, bool may_delete, uint64_t order_seed, map_visit_fn visit, void *context);

  /* For one caller at a time, and not while others write. */
  void (*snapshot)(struct map *map, struct map_snapshot *out);
  /* At rest only: no other call is in progress.  Walks all of the map; changes nothing, allocates nothing.  Returns
   * fault->broken, MAP_SOUND where all is well. */
  enum map_invariant (*check)(struct map *map, struct map_fault *fault);

  /* What not every map has: NULL where it has not. */

  /* MAP_DONE: the value was stored and is in *actual; MAP_PRESENT: *actual is the value that was there. */
  enum map_status (*get_or_insert)(struct map *map, uint64_t key, uint64_t value, uint64_t *actual);
  /* Deletes and tells what was there.  MAP_DONE or MAP_ABSENT. */
  enum map_status (*take)(struct map *map, uint64_t key, uint64_t *value);
  /* Renames a key; its value is in *value.  MAP_DONE; MAP_ABSENT: `from` is not there; MAP_PRESENT: `to` is there
   * already (from == to counts as that).  Unless MAP_DONE nothing changed. */
  enum map_status (*move)(struct map *map, uint64_t from, uint64_t to, uint64_t *value);
  /* Exchanges the values of two keys; *values are those of a and of b from before.  MAP_DONE (also for a == b where it
   * is there); MAP_ABSENT: one is not there, nothing changed. */
  enum map_status (*swap)(struct map *map, uint64_t a, uint64_t b, uint64_t values[2]);
  /* True where some thread has announced that it may touch the block: freeing it now breaks K.  Reads its announcements
   * with relaxed atomics and changes nothing; may be called from within any of the map's own calls. */
  bool (*protects)(struct map *map, const void *block);
};

/* Registered maps, in the order of registry.def; NULL where the name is not known. */
const struct map_ops *map_find(const char *name);
/* The index-th registered map, NULL past the end. */
const struct map_ops *map_at(size_t index);

/* How a map says that it was used against its rules (guarantee F): prints "fatal error: <message>" to stderr and
 * aborts.  `message` is a string literal.  Does not return. */
_Noreturn void map_fatal(const char *message);

#endif
