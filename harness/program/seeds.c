/* seeds.c - the seed programs, as a table.
 *
 * Each is as small as what it is after allows.  No seed replays: a strict list of decisions holds for one map only. */
#include "program/seeds.h"

#include <string.h>

struct seed {
  const char *name;
  uint8_t threads; /* 0: two */
  uint8_t log2_keys;
  uint8_t key_choice;
  uint8_t capacity_code;
  uint8_t prefill_code;
  bool shrink;
  uint8_t starving;
  uint16_t starve_at;
  uint32_t hash_seed;
  bool spurious;
  bool prefer_writers;
  uint8_t policy;
  uint8_t granularity;
  uint8_t depth;
  uint8_t log2_horizon;
  uint32_t plan_seed;
  uint16_t op_count;
  const struct program_op *ops;
  uint16_t constraint_count;
  const struct sched_constraint *constraints;
};

#define COUNTED(type, ...) sizeof((const type[]){__VA_ARGS__}) / sizeof(type)
#define OPS(...)                                                                                                       \
  .op_count = COUNTED(struct program_op, __VA_ARGS__), .ops = (const struct program_op[]) { __VA_ARGS__ }
#define CONSTRAINTS(...)                                                                                               \
  .constraint_count = COUNTED(struct sched_constraint, __VA_ARGS__),                                                   \
  .constraints = (const struct sched_constraint[]) {                                                                   \
    __VA_ARGS__                                                                                                        \
  }
#define PCT(d, log2, seed) .policy = SCHED_POLICY_PCT, .depth = (d), .log2_horizon = (log2), .plan_seed = (seed)
#define ONCE(n) .starving = PROGRAM_STARVE_ONCE, .starve_at = (n)
#define FROM(n) .starving = PROGRAM_STARVE_FROM, .starve_at = (n)
#define RANDOM(seed) .policy = SCHED_POLICY_RANDOM, .plan_seed = (seed)

/* thread (from 0), operation, draw, arg */
#define DO(thread, code, draw, arg) {thread, PROGRAM_##code, draw, arg}
#define SWITCH_TO(t, points) {.kind = SCHED_SWITCH, .task = (t), .at = (points)}
#define WAIT(t, points, o, other_points)                                                                               \
  {.kind = SCHED_ORDER, .task = (t), .other = (o), .at = (points), .other_at = (other_points)}

/* Codes of sizes and of bulk counts, by what they stand for. */
enum { SIZE_4 = 4, SIZE_8 = 6, SIZE_12 = 7, SIZE_24 = 9, SIZE_32 = 10, SIZE_64 = 12, SIZE_128 = 14, SIZE_256 = 16 };
enum { SIZE_1024 = 20, SIZE_65536 = 32 };
enum { BULK_4 = 2, BULK_8 = 3, BULK_16 = 4, BULK_64 = 6, BULK_128 = 7, BULK_256 = 8, BULK_1024 = 10, BULK_100000 = 17 };

/* Fills a map of 4 buckets to just below its limit of 26 entries, then empties it: overflow buckets come, none goes. */
#define CHURN(thread, draw)                                                                                            \
  DO(thread, BULK_PUT, draw, BULK_16), DO(thread, BULK_PUT, (draw) + 1, BULK_8), DO(thread, BULK_DEL, draw, BULK_16),  \
      DO(thread, BULK_DEL, (draw) + 1, BULK_8)

/* More entries than one of swissmap's tables holds. */
#define SIXTY_FIVE .log2_keys = 7, .prefill_code = SIZE_64, OPS(DO(0, PUT, 64, 0), DO(1, GET, 64, 0))
/* Four buckets filled to their limit, and the entry that makes them eight; a few old ones are still to be evacuated. */
#define GROWING(...)                                                                                                   \
  .log2_keys = 5, .prefill_code = SIZE_24, OPS(DO(0, PUT, 24, 0), DO(0, PUT, 25, 0), DO(0, PUT, 26, 0), __VA_ARGS__)
/* Half of 32 entries deleted, and a quarter of what is left: the last deletion makes eight buckets four. */
#define SHRINKING(...)                                                                                                 \
  .log2_keys = 5, .prefill_code = SIZE_32, .shrink = true,                                                             \
  OPS(DO(0, DELETE_ITERATING, 1, 1), DO(0, DELETE_ITERATING, 2, 3), __VA_ARGS__)

static const struct seed seeds[] = {
    /* two operations that meet on a key */
    {.name = "put-put", OPS(DO(0, PUT, 0, 0), DO(1, PUT, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 8))},
    {.name = "put-get", OPS(DO(0, PUT, 0, 0), DO(1, GET, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 8))},
    {.name = "put-delete", .prefill_code = 1, OPS(DO(0, PUT, 0, 0), DO(1, DEL, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 8))},
    {.name = "insert-insert", OPS(DO(0, INSERT, 0, 0), DO(1, INSERT, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 8))},
    {.name = "cas-cas", .prefill_code = 1, OPS(DO(0, CAS, 0, 0), DO(1, CAS, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 8))},
    {.name = "cas-never-stored", .prefill_code = 1, OPS(DO(0, CAS, 0, 1), DO(1, PUT, 0, 0)), RANDOM(1)},
    {.name = "get-delete", .prefill_code = 1, OPS(DO(0, GET, 0, 0), DO(1, DEL, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 4))},
    {.name = "delete-delete", .prefill_code = 1, OPS(DO(0, DEL, 0, 0), DO(1, DEL, 0, 0)), RANDOM(2)},
    {.name = "contains-insert", OPS(DO(0, CONTAINS, 0, 0), DO(1, INSERT, 0, 0)), RANDOM(3)},

    {.name = "get-or-insert",
     OPS(DO(0, GET_OR_INSERT, 0, 0), DO(1, GET_OR_INSERT, 0, 0)),
     CONSTRAINTS(SWITCH_TO(2, 12))},
    {.name = "take-take", .prefill_code = 1, OPS(DO(0, TAKE, 0, 0), DO(1, TAKE, 0, 0)), CONSTRAINTS(SWITCH_TO(2, 12))},
    {.name = "take-put", .prefill_code = 1, OPS(DO(0, TAKE, 0, 0), DO(1, PUT, 0, 0)), RANDOM(20)},

    /* two keys at once */
    {.name = "move-get",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, MOVE, 0, 3), DO(1, GET, 0, 0), DO(1, GET, 3, 0)),
     RANDOM(21)},
    {.name = "move-back", .log2_keys = 2, .prefill_code = 2, OPS(DO(0, MOVE, 0, 3), DO(1, MOVE, 3, 0)), RANDOM(22)},
    {.name = "swap-swap",
     .log2_keys = 2,
     .prefill_code = 4,
     OPS(DO(0, SWAP, 0, 1), DO(1, SWAP, 1, 0), DO(1, GET, 0, 0)),
     PCT(2, 8, 8)},
    {.name = "swap-delete", .log2_keys = 2, .prefill_code = 4, OPS(DO(0, SWAP, 0, 1), DO(1, DEL, 1, 0)), RANDOM(23)},
    {.name = "iterate-move",
     .log2_keys = 3,
     .prefill_code = SIZE_4,
     OPS(DO(0, ITERATE, 1, 0), DO(1, MOVE, 0, 6)),
     RANDOM(24)},

    /* memory runs out */
    {.name = "starve-growth",
     .log2_keys = 6,
     OPS(DO(0, BULK_PUT, 1, BULK_64), DO(1, BULK_GET, 2, BULK_16)),
     .starving = PROGRAM_STARVE_FROM,
     .starve_at = 12,
     RANDOM(25)},
    {.name = "starve-once",
     .log2_keys = 4,
     .prefill_code = SIZE_8,
     OPS(DO(0, BULK_PUT, 1, BULK_16), DO(1, PUT, 3, 0)),
     .starving = PROGRAM_STARVE_ONCE,
     .starve_at = 16,
     RANDOM(26)},
    {.name = "starve-creation",
     OPS(DO(0, PUT, 0, 0), DO(1, GET, 0, 0)),
     .starving = PROGRAM_STARVE_ONCE,
     .starve_at = 2,
     RANDOM(27)},

    /* which allocation it is that fails matters: the map itself, its first table, an entry ... */
    {.name = "starve-first", OPS(DO(0, PUT, 0, 0), DO(1, GET, 0, 0)), ONCE(1)},
    {.name = "starve-second", .capacity_code = SIZE_128, OPS(DO(0, PUT, 0, 0), DO(1, GET, 0, 0)), ONCE(2)},
    {.name = "starve-third", OPS(DO(0, PUT, 0, 0), DO(0, PUT, 0, 0), DO(1, GET, 0, 0)), ONCE(3)},
    {.name = "starve-fourth",
     .capacity_code = SIZE_128,
     OPS(DO(0, PUT, 0, 0), DO(0, PUT, 0, 0), DO(1, GET, 0, 0)),
     ONCE(4)},
    {.name = "starve-get-or-insert-empty", OPS(DO(0, GET_OR_INSERT, 0, 0), DO(1, GET, 0, 0)), FROM(2)},
    {.name = "starve-get-or-insert-full",
     .log2_keys = 2,
     .prefill_code = 3,
     OPS(DO(0, GET_OR_INSERT, 3, 0), DO(1, GET, 3, 0)),
     FROM(3)},
    {.name = "starve-get-or-insert",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, GET_OR_INSERT, 2, 0), DO(0, INSERT, 3, 0), DO(1, GET, 3, 0)),
     ONCE(8)},
    {.name = "starve-shortcut",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, GET_OR_INSERT, 0, 0), DO(0, GET_OR_INSERT, 2, 0), DO(0, INSERT, 2, 0), DO(1, GET_OR_INSERT, 2, 0),
         DO(1, GET_OR_INSERT, 3, 0)),
     ONCE(9)},
    {.name = "starve-move", .log2_keys = 4, .prefill_code = SIZE_8, OPS(DO(0, MOVE, 0, 9), DO(1, GET, 9, 0)), FROM(3)},
    {.name = "starve-directory", SIXTY_FIVE, FROM(4)},
    {.name = "starve-larger-table", SIXTY_FIVE, FROM(5)},
    {.name = "starve-split", SIXTY_FIVE, FROM(8)},
    {.name = "starve-wider-directory", SIXTY_FIVE, ONCE(9)},
    {.name = "starve-full-bucket", GROWING(DO(0, GET, 24, 0), DO(1, GET, 25, 0)), ONCE(4)},
    {.name = "starve-larger-array", GROWING(DO(0, GET, 24, 0), DO(1, GET, 25, 0)), ONCE(5)},
    {.name = "starve-evacuation",
     GROWING(DO(0, PUT, 24, 0), DO(0, PUT, 27, 0), DO(0, PUT, 28, 0), DO(1, GET, 25, 0)),
     FROM(8)},
    {.name = "starve-shrinking", SHRINKING(DO(0, DEL, 1, 0), DO(1, GET, 2, 0)), ONCE(9)},
    {.name = "starve-expunged",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, ITERATE, 0, 0), DO(0, DEL, 0, 0), DO(0, PUT, 2, 0), DO(0, PUT, 3, 0), DO(0, PUT, 0, 0),
         DO(0, GET_OR_INSERT, 0, 0), DO(1, GET, 0, 0)),
     FROM(13)},
    {.name = "starve-deleted-insert",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, ITERATE, 0, 0), DO(0, DEL, 0, 0), DO(0, GET_OR_INSERT, 0, 0), DO(1, GET, 0, 0)),
     FROM(7)},
    {.name = "starve-cas",
     .log2_keys = 1,
     .prefill_code = 2,
     OPS(DO(0, GET, 0, 0), DO(0, CAS, 0, 0), DO(1, GET, 0, 0)),
     FROM(7)},
    {.name = "starve-purge",
     .log2_keys = 8,
     .prefill_code = SIZE_256,
     OPS(DO(0, BULK_DEL, 1, BULK_256), DO(0, BULK_PUT, 1, BULK_256), DO(0, CLEAR, 0, 0), DO(0, PUT, 1, 0),
         DO(1, LEN, 0, 0)),
     FROM(8)},

    /* operations on the whole map */
    {.name = "len-put", .log2_keys = 2, OPS(DO(0, LEN, 0, 0), DO(1, PUT, 0, 0), DO(1, PUT, 1, 0)), RANDOM(4)},
    {.name = "clear-put",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, CLEAR, 0, 0), DO(1, PUT, 0, 0)),
     CONSTRAINTS(SWITCH_TO(2, 16))},
    {.name = "clear-get", .log2_keys = 3, .prefill_code = SIZE_8, OPS(DO(0, CLEAR, 0, 0), DO(1, GET, 3, 0)), RANDOM(5)},
    {.name = "iterate-delete",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE, 1, 0), DO(1, DEL, 2, 0)),
     CONSTRAINTS(SWITCH_TO(2, 24))},
    {.name = "iterate-put",
     .log2_keys = 4,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE, 2, 0), DO(1, PUT, 9, 0)),
     RANDOM(6)},
    {.name = "iterate-some-put",
     .log2_keys = 4,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE_SOME, 2, 2), DO(0, PUT, 1, 0), DO(1, PUT, 9, 0), DO(1, ITERATE_SOME, 5, 20)),
     RANDOM(28)},
    {.name = "iterate-clear",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE, 3, 0), DO(1, CLEAR, 0, 0)),
     RANDOM(7)},
    {.name = "delete-iterating-get",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, DELETE_ITERATING, 0, 1), DO(1, GET, 4, 0)),
     PCT(2, 6, 1)},

    /* the map changes its size underneath */
    {.name = "growth-get",
     .log2_keys = 6,
     .prefill_code = SIZE_8,
     OPS(DO(0, BULK_PUT, 1, BULK_64), DO(1, BULK_GET, 2, BULK_16)),
     PCT(3, 10, 2)},
    {.name = "growth-growth", .log2_keys = 8, OPS(DO(0, BULK_PUT, 1, BULK_64), DO(1, BULK_PUT, 2, BULK_64)), RANDOM(8)},
    {.name = "growth-iterate",
     .log2_keys = 8,
     .prefill_code = SIZE_64,
     OPS(DO(0, BULK_PUT, 1, BULK_64), DO(1, ITERATE, 5, 0)),
     PCT(2, 11, 3)},
    {.name = "growth-clear", .log2_keys = 8, OPS(DO(0, BULK_PUT, 1, BULK_64), DO(1, CLEAR, 0, 0)), RANDOM(9)},
    /* the draws are those that give gomap a fourth overflow bucket soonest; the next new key then makes it grow */
    {.name = "same-size-growth",
     .log2_keys = 10,
     .capacity_code = SIZE_24,
     OPS(CHURN(0, 216), CHURN(0, 706), DO(0, BULK_PUT, 1, BULK_4), DO(1, BULK_GET, 706, BULK_16)),
     PCT(3, 12, 4)},
    {.name = "shrink-get",
     .log2_keys = 7,
     .prefill_code = SIZE_128,
     .shrink = true,
     OPS(DO(0, BULK_DEL, 1, BULK_256), DO(1, BULK_GET, 2, BULK_16)),
     PCT(3, 12, 5)},
    {.name = "shrink-put",
     .log2_keys = 7,
     .prefill_code = SIZE_128,
     .shrink = true,
     OPS(DO(0, BULK_DEL, 1, BULK_256), DO(1, BULK_PUT, 2, BULK_8)),
     RANDOM(10)},

    /* one thread after the other, as it is without a schedule: every answer that an operation can give */
    {.name = "answers-empty",
     .log2_keys = 2,
     OPS(DO(0, GET, 0, 0), DO(0, CAS, 0, 0), DO(0, DEL, 0, 0), DO(0, TAKE, 0, 0), DO(0, MOVE, 0, 1), DO(0, SWAP, 0, 1),
         DO(0, CLEAR, 0, 0), DO(0, ITERATE, 0, 0), DO(1, LEN, 0, 0))},
    {.name = "answers-cas",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, GET, 0, 0), DO(0, CAS, 0, 0), DO(0, CAS, 0, 1), DO(0, CAS, 3, 0), DO(0, DEL, 1, 0), DO(0, CAS, 1, 0),
         DO(1, CAS, 0, 0), DO(1, GET, 0, 0))},
    {.name = "answers-get-or-insert",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, GET_OR_INSERT, 0, 0), DO(0, GET_OR_INSERT, 2, 0), DO(0, INSERT, 2, 0), DO(1, GET_OR_INSERT, 2, 0),
         DO(1, GET_OR_INSERT, 3, 0))},
    {.name = "answers-move",
     .log2_keys = 3,
     .prefill_code = 3,
     OPS(DO(0, MOVE, 0, 5), DO(0, MOVE, 0, 6), DO(0, MOVE, 1, 2), DO(0, MOVE, 2, 2), DO(1, GET, 5, 0))},
    {.name = "answers-swap",
     .log2_keys = 3,
     .prefill_code = 3,
     OPS(DO(0, SWAP, 0, 1), DO(0, SWAP, 1, 1), DO(0, SWAP, 0, 5), DO(0, SWAP, 5, 0), DO(1, GET, 1, 0))},

    /* what was deleted leaves its traces */
    {.name = "put-after-delete",
     .log2_keys = 3,
     .prefill_code = 4,
     OPS(DO(0, DEL, 1, 0), DO(0, PUT, 5, 0), DO(0, PUT, 1, 0), DO(1, GET, 5, 0))},
    {.name = "churn-small",
     .log2_keys = 4,
     OPS(DO(0, PUT, 0, 0), DO(0, PUT, 1, 0), DO(0, DEL, 0, 0), DO(0, PUT, 2, 0), DO(0, DEL, 1, 0), DO(0, PUT, 3, 0),
         DO(0, DEL, 2, 0), DO(0, PUT, 4, 0), DO(1, GET, 3, 0), DO(1, GET, 4, 0))},
    {.name = "put-deleted-again",
     .log2_keys = 8,
     .prefill_code = SIZE_256,
     .hash_seed = 1,
     OPS(DO(0, BULK_DEL, 1, BULK_256), DO(0, BULK_PUT, 1, BULK_256), DO(0, ITERATE, 1, 0), DO(0, CLEAR, 0, 0),
         DO(0, PUT, 1, 0), DO(1, LEN, 0, 0))},
    {.name = "clear-tombstones",
     .log2_keys = 8,
     .prefill_code = SIZE_256,
     OPS(DO(0, DELETE_ITERATING, 1, 0), DO(0, PUT, 1, 0), DO(0, CLEAR, 0, 0), DO(1, GET, 1, 0))},
    {.name = "capacity-clear",
     .log2_keys = 2,
     .capacity_code = SIZE_1024,
     .prefill_code = 4,
     OPS(DO(0, CLEAR, 0, 0), DO(0, PUT, 1, 0), DO(0, ITERATE, 7, 0), DO(1, GET, 1, 0))},

    /* both of gomap's buckets have had nine entries and are empty: the next key rids them of their overflow buckets */
    {.name = "same-size-small",
     .log2_keys = 6,
     .capacity_code = SIZE_12,
     .prefill_code = SIZE_12,
     .hash_seed = 175,
     OPS(DO(0, DELETE_ITERATING, 1, 0), DO(0, BULK_PUT, 1, BULK_8), DO(0, BULK_PUT, 2, BULK_4),
         DO(0, DELETE_ITERATING, 1, 0), DO(0, PUT, 1, 0), DO(0, ITERATE, 1, 0), DO(1, GET, 1, 0))},
    /* 17 keys that gomap has in one bucket of four; the last one goes */
    {.name = "long-chain",
     .log2_keys = 6,
     .capacity_code = SIZE_24,
     .prefill_code = SIZE_12,
     OPS(DO(0, PUT, 12, 0), DO(0, PUT, 15, 0), DO(0, PUT, 20, 0), DO(0, PUT, 24, 0), DO(0, PUT, 26, 0),
         DO(0, PUT, 31, 0), DO(0, PUT, 32, 0), DO(0, PUT, 33, 0), DO(0, PUT, 37, 0), DO(0, PUT, 39, 0),
         DO(0, PUT, 40, 0), DO(0, PUT, 41, 0), DO(0, DEL, 41, 0), DO(1, GET, 41, 0))},

    /* a read-only table and another one with what is new; a key deleted before the second one is made, and put again */
    {.name = "expunged-put",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, ITERATE, 0, 0), DO(0, DEL, 0, 0), DO(0, PUT, 2, 0), DO(0, PUT, 0, 0), DO(0, PUT, 2, 0), DO(0, CAS, 2, 0),
         DO(0, GET_OR_INSERT, 2, 0), DO(0, CAS, 3, 0), DO(1, GET, 0, 0))},
    {.name = "expunged-insert",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, ITERATE, 0, 0), DO(0, DEL, 0, 0), DO(0, PUT, 2, 0), DO(0, GET_OR_INSERT, 0, 0), DO(0, DEL, 1, 0),
         DO(0, INSERT, 1, 0), DO(0, GET_OR_INSERT, 1, 0), DO(1, GET, 0, 0))},
    {.name = "expunged-cas",
     .log2_keys = 2,
     .prefill_code = 2,
     OPS(DO(0, ITERATE, 0, 0), DO(0, DEL, 0, 0), DO(0, CAS, 0, 0), DO(0, PUT, 2, 0), DO(0, CAS, 0, 0), DO(0, DEL, 0, 0),
         DO(0, CAS, 1, 0), DO(0, CLEAR, 0, 0), DO(0, CLEAR, 0, 0), DO(1, GET, 2, 0))},

    /* a change of size is under way: 26 entries are all that 4 buckets of 8 hold, and 12 too few for 8 */
    {.name = "growing-get", GROWING(DO(0, GET, 24, 0), DO(0, BULK_GET, 1, BULK_16), DO(1, BULK_GET, 2, BULK_16))},
    {.name = "growing-iterate", GROWING(DO(0, ITERATE, 1, 0), DO(0, ITERATE, 6, 0), DO(1, ITERATE, 2, 0))},
    {.name = "growing-clear", GROWING(DO(0, CLEAR, 0, 0), DO(0, PUT, 1, 0), DO(1, GET, 1, 0))},
    {.name = "growing-delete-iterating", GROWING(DO(0, DELETE_ITERATING, 1, 1), DO(1, ITERATE, 2, 0))},
    {.name = "growing-cas",
     GROWING(DO(0, CAS, 3, 0), DO(0, GET, 3, 0), DO(0, CAS, 3, 0), DO(0, DEL, 2, 0), DO(1, GET, 3, 0))},
    {.name = "shrinking-get", SHRINKING(DO(0, BULK_GET, 1, BULK_16), DO(1, BULK_GET, 2, BULK_16))},
    {.name = "shrinking-iterate", SHRINKING(DO(0, ITERATE, 0, 0), DO(1, ITERATE, 5, 0))},
    {.name = "shrinking-clear", SHRINKING(DO(0, CLEAR, 0, 0), DO(0, PUT, 3, 0), DO(1, GET, 3, 0))},
    {.name = "shrink-iterating",
     .log2_keys = 5,
     .prefill_code = SIZE_32,
     .shrink = true,
     OPS(DO(0, DELETE_ITERATING, 3, 0), DO(0, BULK_PUT, 1, BULK_16), DO(1, ITERATE, 4, 0))},
    {.name = "shrink-least",
     .log2_keys = 3,
     .prefill_code = 4,
     .shrink = true,
     OPS(DO(0, DEL, 1, 0), DO(0, DEL, 2, 0), DO(1, GET, 3, 0))},

    /* many */
    {.name = "bulk-delete-100000",
     .threads = 4,
     .log2_keys = 16,
     .capacity_code = SIZE_65536,
     .prefill_code = SIZE_65536,
     OPS(DO(0, BULK_DEL, 1, BULK_100000), DO(1, BULK_DEL, 2, BULK_100000), DO(2, BULK_DEL, 3, BULK_100000),
         DO(3, BULK_DEL, 4, BULK_100000)),
     PCT(4, 19, 6)},
    {.name = "zipf-4-threads",
     .threads = 4,
     .log2_keys = 10,
     .key_choice = PROGRAM_KEYS_ZIPF,
     .capacity_code = SIZE_1024,
     OPS(DO(0, BULK_PUT, 1, BULK_16), DO(1, BULK_GET, 2, BULK_16), DO(2, BULK_DEL, 3, BULK_16),
         DO(3, BULK_PUT, 4, BULK_16)),
     RANDOM(11)},
    {.name = "hot-8-threads",
     .threads = 8,
     .log2_keys = 6,
     .key_choice = PROGRAM_KEYS_HOT,
     .prefill_code = SIZE_12,
     OPS(DO(0, PUT, 1, 0), DO(1, GET, 1, 0), DO(2, DEL, 1, 0), DO(3, INSERT, 1, 0), DO(4, CAS, 1, 0),
         DO(5, CONTAINS, 1, 0), DO(6, BULK_PUT, 1, BULK_8), DO(7, BULK_DEL, 2, BULK_8)),
     RANDOM(12)},

    /* several threads on the same; the seeds are those by which compare-and-swaps fail and are tried again */
    {.name = "contend-put",
     .threads = 3,
     .prefill_code = 1,
     OPS(DO(0, GET, 0, 0), DO(0, PUT, 0, 0), DO(0, PUT, 0, 0), DO(1, GET, 0, 0), DO(1, PUT, 0, 0), DO(1, DEL, 0, 0),
         DO(2, GET, 0, 0), DO(2, PUT, 0, 0)),
     RANDOM(3)},
    {.name = "contend-cas",
     .threads = 3,
     .prefill_code = 1,
     OPS(DO(0, GET, 0, 0), DO(0, CAS, 0, 0), DO(0, CAS, 0, 0), DO(1, GET, 0, 0), DO(1, CAS, 0, 0), DO(1, DEL, 0, 0),
         DO(2, GET, 0, 0), DO(2, PUT, 0, 0)),
     RANDOM(3)},
    {.name = "contend-get-or-insert",
     .threads = 3,
     .prefill_code = 1,
     OPS(DO(0, GET, 0, 0), DO(0, DEL, 0, 0), DO(0, GET_OR_INSERT, 0, 0), DO(1, GET, 0, 0), DO(1, GET_OR_INSERT, 0, 0),
         DO(1, TAKE, 0, 0), DO(2, GET_OR_INSERT, 0, 0), DO(2, PUT, 0, 0)),
     RANDOM(23)},
    {.name = "contend-promotion",
     .threads = 3,
     .log2_keys = 1,
     .prefill_code = 1,
     OPS(DO(0, PUT, 1, 0), DO(0, CAS, 1, 0), DO(0, ITERATE, 0, 0), DO(1, GET, 1, 0), DO(1, CAS, 1, 0),
         DO(1, ITERATE, 0, 0), DO(2, PUT, 1, 0), DO(2, ITERATE, 0, 0)),
     RANDOM(83)},
    {.name = "contend-growth",
     .threads = 4,
     .log2_keys = 3,
     .prefill_code = 2,
     OPS(DO(0, PUT, 2, 0), DO(1, PUT, 3, 0), DO(2, PUT, 4, 0), DO(3, PUT, 5, 0), DO(0, DEL, 0, 0)),
     RANDOM(54)},
    {.name = "contend-iterate",
     .threads = 3,
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, DELETE_ITERATING, 0, 0), DO(1, PUT, 3, 0), DO(1, DEL, 2, 0), DO(1, DEL, 5, 0), DO(2, CLEAR, 0, 0),
         DO(2, PUT, 3, 0)),
     RANDOM(21)},
    {.name = "contend-iterate-put",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, PUT, 1, 0), DO(0, DEL, 2, 0), DO(0, PUT, 3, 0), DO(1, ITERATE, 0, 0)),
     RANDOM(37)},
    /* a thread stops in the middle of an iteration or a write, and another one changes the map */
    {.name = "grow-iterating",
     .log2_keys = 4,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE, 1, 0), DO(1, PUT, 8, 0), DO(1, PUT, 9, 0), DO(1, PUT, 10, 0)),
     CONSTRAINTS(SWITCH_TO(2, 15))},
    {.name = "clear-iterating",
     .log2_keys = 3,
     .prefill_code = SIZE_8,
     OPS(DO(0, ITERATE, 3, 0), DO(1, CLEAR, 0, 0)),
     CONSTRAINTS(SWITCH_TO(2, 9))},
    {.name = "put-clear",
     .log2_keys = 1,
     .prefill_code = 1,
     OPS(DO(0, PUT, 1, 0), DO(1, CLEAR, 0, 0)),
     CONSTRAINTS(SWITCH_TO(2, 16))},

    /* the schedule's own forms */
    {.name = "policy-bytes",
     .log2_keys = 1,
     OPS(DO(0, PUT, 0, 0), DO(0, GET, 1, 0), DO(1, PUT, 1, 0), DO(1, GET, 0, 0)),
     CONSTRAINTS(SWITCH_TO(2, 6), SWITCH_TO(1, 12), SWITCH_TO(2, 20))},
    {.name = "policy-random",
     .threads = 3,
     .log2_keys = 1,
     OPS(DO(0, PUT, 0, 0), DO(1, DEL, 0, 0), DO(2, GET, 0, 0)),
     RANDOM(13)},
    {.name = "policy-pct",
     .threads = 3,
     .log2_keys = 1,
     OPS(DO(0, PUT, 0, 0), DO(1, DEL, 0, 0), DO(2, GET, 0, 0)),
     PCT(3, 7, 7)},
    {.name = "sync-only",
     .log2_keys = 1,
     OPS(DO(0, PUT, 0, 0), DO(0, PUT, 1, 0), DO(1, GET, 0, 0), DO(1, DEL, 1, 0)),
     RANDOM(14),
     .granularity = SCHED_SYNC_ONLY},
    {.name = "prefer-writers",
     .threads = 3,
     OPS(DO(0, GET, 0, 0), DO(1, PUT, 0, 0), DO(2, GET, 0, 0)),
     RANDOM(15),
     .granularity = SCHED_SYNC_ONLY,
     .prefer_writers = true,
     .spurious = true},
    {.name = "order", .prefill_code = 1, OPS(DO(0, GET, 0, 0), DO(1, PUT, 0, 0)), CONSTRAINTS(WAIT(1, 4, 2, 8))},
    {.name = "order-and-switch",
     .threads = 3,
     OPS(DO(0, PUT, 0, 0), DO(1, PUT, 0, 0), DO(2, DEL, 0, 0)),
     CONSTRAINTS(SWITCH_TO(3, 5), WAIT(2, 2, 1, 6))},
};

const char *seeds_at(size_t index, struct program *out) {
  if (index >= sizeof seeds / sizeof seeds[0])
    return NULL;
  const struct seed *seed = &seeds[index];
  out->version = PROGRAM_VERSION;
  out->threads = seed->threads == 0 ? 2 : seed->threads;
  out->capacity_code = seed->capacity_code;
  out->log2_keys = seed->log2_keys;
  out->key_choice = seed->key_choice;
  out->prefill_code = seed->prefill_code;
  out->shrink = seed->shrink;
  out->starving = seed->starving;
  out->starve_at = seed->starve_at;
  out->hash_seed = seed->hash_seed;
  out->op_count = seed->op_count;
  memcpy(out->ops, seed->ops, seed->op_count * sizeof out->ops[0]);

  struct sched_plan *plan = &out->plan;
  plan->policy = seed->policy;
  plan->granularity = seed->granularity;
  plan->depth = seed->depth;
  plan->log2_horizon = seed->log2_horizon;
  plan->spurious = seed->spurious;
  plan->prefer_writers = seed->prefer_writers;
  plan->seed = seed->plan_seed;
  plan->constraint_count = seed->constraint_count;
  if (seed->constraint_count > 0)
    memcpy(plan->constraints, seed->constraints, seed->constraint_count * sizeof plan->constraints[0]);
  return seed->name;
}
