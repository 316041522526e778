/* program.h - what each thread does: the operations of an input, and with sched/plan.h its schedule.
 *
 * The byte layout is in FORMAT.md.  Every byte string decodes to a valid program, and encoding that program and
 * decoding it again gives the same one.  Pure functions over caller-owned memory: safe from any thread.
 *
 * Where a function takes a program, it is to be a valid one (program_valid); what decoding, mutating and crossing
 * give is valid. */
#ifndef HEDDLE_PROGRAM_PROGRAM_H
#define HEDDLE_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sched/plan.h"

#define PROGRAM_VERSION 3
#define PROGRAM_THREADS_MIN 2
#define PROGRAM_THREADS_MAX 8
#define PROGRAM_OPS_MAX 1024
#define PROGRAM_LOG2_KEYS_MAX 16
#define PROGRAM_BULK_CODES 18 /* bulk counts 1, 2, 4 ... 65536, 100000 */
#define PROGRAM_SIZE_CODES 33 /* entries 0, 1, 2, 3, 4, 6, 8, 12 ... 32768, 49152, 65536 */
/* No run takes more operations than this, so that no input is a day's work: past it, bulk counts are cut down. */
#define PROGRAM_OPERATIONS_MAX 500000
/* No encoding is longer than this, in bytes. */
#define PROGRAM_BYTES_MAX (32 + 5 * PROGRAM_OPS_MAX + 8 * SCHED_PLAN_CONSTRAINTS_MAX)

enum program_op_code {
#define OP(name, shape, bulk, reading, plain, text) PROGRAM_##name,
#include "program/ops.def"
#undef OP
  PROGRAM_OP_COUNT
};

/* Which allocations of the code under test find no memory. */
enum program_starving {
  PROGRAM_STARVE_NEVER,
  PROGRAM_STARVE_ONCE, /* the `starve_at`-th of the run, counted from 1, the map's making included */
  PROGRAM_STARVE_FROM, /* that one and all after it */
  PROGRAM_STARVING_COUNT
};

enum program_key_choice { PROGRAM_KEYS_UNIFORM, PROGRAM_KEYS_ZIPF, PROGRAM_KEYS_HOT, PROGRAM_KEY_CHOICE_COUNT };

struct program_op {
  uint8_t thread; /* 0 to threads-1 */
  uint8_t code;   /* enum program_op_code */
  uint16_t draw;  /* which key: a point on the key distribution; a seed, for bulk (program_bulk_draw) and iteration */
  uint8_t arg;    /* bulk: the count's code, below PROGRAM_BULK_CODES; CAS: expect the last value seen (even) or one
                     never stored (odd); DELETE_ITERATING: delete every (arg+1)-th entry shown; ITERATE_SOME: stop at
                     the (arg+1)-th; MOVE, SWAP: which other key (program_other_key); otherwise as it came */
};

struct program {
  uint8_t version; /* of the input; decoding treats every version as PROGRAM_VERSION */
  uint8_t threads;
  uint8_t capacity_code; /* program_capacity(); below PROGRAM_SIZE_CODES */
  uint8_t log2_keys;     /* the key space has 2^this keys, 0 and up */
  uint8_t key_choice;    /* enum program_key_choice */
  uint8_t prefill_code;  /* program_prefill(); below PROGRAM_SIZE_CODES */
  bool shrink;
  uint8_t starving;   /* enum program_starving */
  uint16_t starve_at; /* 1 and up; 0 with PROGRAM_STARVE_NEVER */
  uint32_t hash_seed;
  uint16_t op_count; /* at least 1; a thread's operations are those that name it, in this order */
  struct program_op ops[PROGRAM_OPS_MAX];
  struct sched_plan plan;
};

/* Fills *out from any bytes.  A header or record that is cut short is filled up with zeros, bytes left over are
 * ignored.  Entries of `ops` and `plan.constraints` past their counts are left as they were. */
void program_decode(const uint8_t *bytes, size_t size, struct program *out);

/* Writes the canonical encoding; returns its length, or 0 where `capacity` is too small for it. */
size_t program_encode(const struct program *program, uint8_t *bytes, size_t capacity);

/* What a map can be asked for; programs are brought within it before they run. */
struct program_rules {
  uint32_t offered; /* bit 1 << code (enum program_op_code): the map has this operation */
  uint8_t writers;  /* threads 0 to writers-1 may change the map, the others only read it */
  bool may_starve;  /* the map says what it does when memory runs out */
};
/* Every valid program stays valid; one that is within the rules already stays as it is. */
void program_restrict(struct program *program, const struct program_rules *rules);

/* True where both mean the same run: compares fields, never padding, nor what the run does not read (the version,
 * PCT's parameters under another policy). */
bool program_equal(const struct program *a, const struct program *b);

/* True where every field lies in its range. */
bool program_valid(const struct program *program);

/* Entries, from the codes of the header: the map's capacity hint, and how many keys (0, 1, 2 ... in this order, never
 * more than the key space has) are put before the threads start. */
uint64_t program_capacity(const struct program *program);
uint32_t program_prefill(const struct program *program);
/* Operations that a bulk op stands for; 1 for a simple one. */
uint32_t program_op_repeat(const struct program_op *op);
/* Operations in all, bulk ones counted out. */
uint64_t program_operations(const struct program *program);

/* The key at `draw` (0 to 65535) of the program's key distribution, in integer arithmetic alone: uniform; Zipf with
 * exponent 1 by its exact inverse distribution function; hot: 80 % of the draws fall on min(10, keys) keys. */
uint64_t program_key(const struct program *program, uint16_t draw);
/* The second key of MOVE and SWAP: the one at 257 * arg (0 to 65535) of the same distribution. */
uint64_t program_other_key(const struct program *program, const struct program_op *op);
/* The draw of a bulk operation's i-th repetition: the seed itself first, then well mixed ones.  Bulk operations with
 * one seed visit the same keys in the same order. */
uint16_t program_bulk_draw(uint16_t seed, uint32_t i);

/* Human text: a column a thread, then the schedule in words.  Threads carry their task's number: 1 and up. */
void program_print(FILE *out, const struct program *program);
/* The schedule in words alone. */
void program_print_schedule(FILE *out, const struct program *program);
/* One operation, as `put k17`; snprintf's contract. */
int program_print_op(char *buffer, size_t size, const struct program *program, const struct program_op *op);
/* One JSON object on one line: {threads, operations, policy, constraints, ...}, as FORMAT.md says. */
void program_print_json(FILE *out, const struct program *program);

/* Changes one thing at random (seeded): an operation or its thread or key, the policy, a constraint, the header.
 * Deterministic in `seed`.  A strict replay does not survive a change: it becomes SCHED_POLICY_BYTES. */
void program_mutate(struct program *program, uint32_t seed);
/* Mixes two programs: operations of both, the header and the schedule of one.  `out` is neither `a` nor `b`. */
void program_crossover(const struct program *a, const struct program *b, uint32_t seed, struct program *out);

/* A dictionary of the format for libFuzzer and AFL++: an entry for each operation, policy and kind of constraint. */
void program_write_dictionary(FILE *out);

#endif
