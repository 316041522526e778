/* register.h - one key of a map as a register: can its operations be put in an order that explains every answer?
 *
 * A map is linearizable exactly where each of its keys is (P-compositionality: Horn, Kroening, "Faster linearizability
 * checking via P-compositionality", FORTE 2015), so that a key's operations are judged alone.
 *
 * The state is whether the key is there and with which value; to begin with it is not.  An operation takes effect at
 * one instant between its call and its return.  One that has not returned may have taken effect or not.  Pure
 * functions; the memory they work in is their own and fixed: one call at a time. */
#ifndef HEDDLE_ORACLE_REGISTER_H
#define HEDDLE_ORACLE_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/oracle.h"

enum register_kind {
  /* Observers change nothing. */
  REGISTER_IS,      /* there, with value `expected` */
  REGISTER_PRESENT, /* there */
  REGISTER_ABSENT,  /* not there */
  REGISTER_DIFFERS, /* there, with another value than `expected` */
  /* These need a state. */
  REGISTER_ADD,     /* absent before, `value` after */
  REGISTER_REPLACE, /* `expected` before, `value` after */
  REGISTER_REMOVE,  /* there before, absent after */
  REGISTER_TAKE,    /* `expected` before, absent after */
  /* These take any. */
  REGISTER_WRITE,    /* `value` after */
  REGISTER_ERASE,    /* absent after */
  REGISTER_ANYTHING, /* nothing is known of it: leaves the state as it is, or takes it to any of the domain */
  REGISTER_NEVER,    /* its answer is one that no state explains; until it returns, as REGISTER_ANYTHING */
};

struct register_op {
  uint64_t expected, value;
  uint32_t call, ret; /* HISTORY_PENDING: has not returned */
  uint32_t event;     /* of the history, that it comes from */
  uint32_t joint;     /* the operation that is to be at one instant on several keys, of which it is one: its number,
                         counted from 1; 0: it is none */
  uint8_t kind;       /* enum register_kind */
  bool iteration;     /* it is what an iteration saw */
};

enum register_presence {
  REGISTER_NOT_THERE,
  REGISTER_THERE,
  REGISTER_OTHER, /* there, with a value that no operation mentions */
};

struct register_history {
  const struct register_op *ops; /* in the order of their calls; no two times are equal */
  uint32_t count;
  /* What those of which nothing is known can lead to, beside absence and a value that no operation mentions. */
  const uint64_t *domain;
  uint32_t domain_count;
};

static inline bool register_observes(enum register_kind kind) { return kind <= REGISTER_DIFFERS; }
static inline bool register_overwrites(enum register_kind kind) { return kind >= REGISTER_WRITE; }

static inline bool register_expects(enum register_kind kind) {
  return kind == REGISTER_IS || kind == REGISTER_DIFFERS || kind == REGISTER_REPLACE || kind == REGISTER_TAKE;
}
static inline bool register_unknown(enum register_kind kind) { return kind >= REGISTER_ANYTHING; }

/* Takes one step: false where the state does not allow it.  Not for operations of which nothing is known. */
static inline bool register_step(const struct register_op *op, uint8_t *presence, uint64_t *value) {
  bool holds = *presence == REGISTER_THERE && *value == op->expected;
  switch ((enum register_kind)op->kind) {
  case REGISTER_IS:
    return holds;
  case REGISTER_PRESENT:
    return *presence != REGISTER_NOT_THERE;
  case REGISTER_ABSENT:
    return *presence == REGISTER_NOT_THERE;
  case REGISTER_DIFFERS:
    return *presence != REGISTER_NOT_THERE && !holds;
  case REGISTER_ADD:
    if (*presence != REGISTER_NOT_THERE)
      return false;
    break;
  case REGISTER_REPLACE:
  case REGISTER_TAKE:
    if (!holds)
      return false;
    break;
  case REGISTER_REMOVE:
    if (*presence == REGISTER_NOT_THERE)
      return false;
    break;
  case REGISTER_WRITE:
  case REGISTER_ERASE:
    break;
  default:
    return false;
  }
  bool leaves = op->kind == REGISTER_REMOVE || op->kind == REGISTER_TAKE || op->kind == REGISTER_ERASE;
  *presence = leaves ? REGISTER_NOT_THERE : REGISTER_THERE;
  *value = leaves ? 0 : op->value;
  return true;
}

/* The index-th state that an operation of which nothing is known can lead to: false past the last one. */
static inline bool register_domain(const struct register_history *history, uint32_t index, uint8_t *presence,
                                   uint64_t *value) {
  if (index >= history->domain_count + 2)
    return false;
  *presence = index == 0 ? REGISTER_NOT_THERE : index == 1 ? REGISTER_OTHER : REGISTER_THERE;
  *value = index < 2 ? 0 : history->domain[index - 2];
  return true;
}

/* Exact.  Where illegal, *failed is the operation at whose return no explanation is left: the operations called before
 * that return are illegal by themselves, and without its answer they are not.  `steps` is what it may cost, in
 * configurations looked at, and is counted down; ORACLE_UNKNOWN where that is not enough. */
enum oracle_answer register_judge(const struct register_history *history, int64_t *steps, uint32_t *failed);

#endif
