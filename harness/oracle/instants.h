/* instants.h - at which instants can a key have been there, and an operation have taken effect?
 *
 * In any of the orders that explain a key's answers, not in one of them.  An instant is what lies between two
 * neighbouring times of the history, and has the number of the first of the two. */
#ifndef HEDDLE_ORACLE_INSTANTS_H
#define HEDDLE_ORACLE_INSTANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/register.h"

/* An operation that is to have taken effect on several keys at one instant, of `call` to `ret` - 1. */
struct joint {
  uint32_t event;
  uint32_t call, ret;
  uint32_t asked;    /* keys on which it can have taken effect at some of these instants only, maybe */
  uint32_t *allowed; /* how many of those allow the instant, from `call` on */
};

struct instants {
  struct joint *joints; /* by the number in struct register_op, counted from 1 */
  uint32_t only;        /* the number of the one that matters, or 0: all do */
  /* Keys that were certainly there, and possibly: the changes from one instant to the next, summed over keys.  NULL
   * where nobody asks. */
  int32_t *certain, *possible;
};

/* Adds what one key allows; its history is a legal one.  Exact; ORACLE_UNKNOWN where `steps` are not enough: then more
 * than what is possible may be allowed. */
enum oracle_answer instants_add(const struct register_history *history, const struct instants *instants,
                                int64_t *steps);

#endif
