/* names.c - the words for the codes of a program. */
#include "program/names.h"

#include <assert.h>

#include "program/program.h"

enum op_shape { SHAPE_NONE, SHAPE_KEY, SHAPE_KEY_VALUE, SHAPE_PAIR };

static const struct {
  const char *text;
  enum op_shape shape;
  bool bulk;
  uint8_t reading, plain;
} ops[PROGRAM_OP_COUNT] = {
#define OP(name, shape, bulk, reading, plain, text)                                                                    \
  [PROGRAM_##name] = {text, SHAPE_##shape, bulk, PROGRAM_##reading, PROGRAM_##plain},
#include "program/ops.def"
#undef OP
};

const char *names_op(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].text;
}

bool names_op_is_bulk(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].bulk;
}

bool names_op_has_key(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].shape != SHAPE_NONE;
}

bool names_op_has_other_key(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].shape == SHAPE_PAIR;
}

uint8_t names_op_reading(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].reading;
}

uint8_t names_op_plain(unsigned code) {
  assert(code < PROGRAM_OP_COUNT);
  return ops[code].plain;
}

const char *names_key_choice(unsigned choice) {
  static const char *const texts[PROGRAM_KEY_CHOICE_COUNT] = {"uniform", "zipf", "hot"};
  assert(choice < PROGRAM_KEY_CHOICE_COUNT);
  return texts[choice];
}

const char *names_starving(unsigned starving) {
  static const char *const texts[PROGRAM_STARVING_COUNT] = {"never", "once", "from"};
  assert(starving < PROGRAM_STARVING_COUNT);
  return texts[starving];
}

const char *names_policy(unsigned policy) {
  static const char *const texts[SCHED_POLICY_COUNT] = {"bytes", "random", "pct", "replay"};
  assert(policy < SCHED_POLICY_COUNT);
  return texts[policy];
}

const char *names_granularity(unsigned granularity) {
  static const char *const texts[SCHED_GRANULARITY_COUNT] = {"every-access", "sync-only"};
  assert(granularity < SCHED_GRANULARITY_COUNT);
  return texts[granularity];
}
