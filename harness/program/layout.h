/* layout.h - the numbers of FORMAT.md, for the decoder, the encoder and the dictionary.  Internal to program/. */
#ifndef HEDDLE_PROGRAM_LAYOUT_H
#define HEDDLE_PROGRAM_LAYOUT_H

#include <stdint.h>

#include "program/program.h"

/* The header, byte by byte. */
enum {
  LAYOUT_VERSION = 0,
  LAYOUT_THREADS = 1,
  LAYOUT_LOG2_KEYS = 2,
  LAYOUT_KEY_CHOICE = 3,
  LAYOUT_CAPACITY = 4,
  LAYOUT_PREFILL = 5,
  LAYOUT_FLAGS = 6,
  LAYOUT_POLICY = 7,
  LAYOUT_GRANULARITY = 8,
  LAYOUT_DEPTH = 9,
  LAYOUT_HORIZON = 10,
  LAYOUT_STARVING = 11,
  LAYOUT_HASH_SEED = 12, /* 4 bytes */
  LAYOUT_PLAN_SEED = 16, /* 4 bytes */
  LAYOUT_COUNT = 20,     /* 2 bytes */
  LAYOUT_STARVE_AT = 22, /* 2 bytes */
  LAYOUT_HEADER_BYTES = 24,
};

enum { LAYOUT_FLAG_SHRINK = 1, LAYOUT_FLAG_SPURIOUS = 2, LAYOUT_FLAG_PREFER_WRITERS = 4 };

enum { LAYOUT_CONSTRAINT_BYTES = 8, LAYOUT_OP_BYTES = 5 };

/* The constraint count: small ones in the low byte alone, so that most byte pairs mean few constraints. */
enum { LAYOUT_FEW_CONSTRAINTS = 8, LAYOUT_MANY_CONSTRAINTS_FROM = 240 };

/* PCT's parameters begin here. */
enum { LAYOUT_DEPTH_MIN = 1, LAYOUT_DEPTH_MAX = 8, LAYOUT_HORIZON_MIN = 4, LAYOUT_HORIZON_MAX = 19 };

/* A task is a nibble; this one is the main task, the others are threads. */
enum { LAYOUT_MAIN_TASK = 15 };

/* Bits of a constraint's points that count, by width code.  The encoder takes the first code that is wide enough;
 * the narrow ones after it are there for random bytes, which would otherwise nearly always lie past the run. */
enum { LAYOUT_WIDTH_CODES = 8 };
static const uint8_t layout_widths[LAYOUT_WIDTH_CODES] = {8, 5, 6, 7, 10, 12, 16, 24};

static inline uint8_t layout_width_code(uint32_t at) {
  uint8_t code = 0;
  while (at >> layout_widths[code] != 0)
    code++;
  return code;
}

/* Cuts bulk counts down, first operation first, until the program takes PROGRAM_OPERATIONS_MAX at most. */
void layout_limit_operations(struct program *program);

_Static_assert(LAYOUT_HEADER_BYTES + LAYOUT_CONSTRAINT_BYTES * SCHED_PLAN_CONSTRAINTS_MAX +
                       LAYOUT_OP_BYTES * PROGRAM_OPS_MAX <=
                   PROGRAM_BYTES_MAX,
               "PROGRAM_BYTES_MAX holds the longest encoding");
_Static_assert((256 - LAYOUT_MANY_CONSTRAINTS_FROM) * 256 == SCHED_PLAN_CONSTRAINTS_MAX,
               "two bytes reach every constraint count");
_Static_assert(PROGRAM_THREADS_MAX < LAYOUT_MAIN_TASK, "a thread fits a nibble");

#endif
