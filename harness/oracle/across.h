/* across.h - answers that concern several keys: len, and what is promised to happen at one instant.
 *
 * Each is judged by itself: there is to be an instant of its call at which it can have taken effect, by what is known
 * of every single key (instants.h). */
#ifndef HEDDLE_ORACLE_ACROSS_H
#define HEDDLE_ORACLE_ACROSS_H

#include "oracle/instants.h"
#include "oracle/keys.h"
#include "oracle/tell.h"

struct across {
  const struct keys *keys;
  struct teller *teller;
  bool lens; /* there are some to be judged */
  bool pairs;
  struct instants instants;
  uint8_t *legal;  /* by key: all is well with it alone */
  uint32_t unsure; /* keys with which it is not */
  int64_t steps;
  bool unknown; /* the steps ran out */
};

void across_begin(struct across *across, const struct keys *keys, unsigned guarantees, struct teller *teller);
/* The next key, without what iterations saw; each one comes once.  `legal` if it is so by itself: otherwise nothing
 * follows from it. */
void across_add(struct across *across, uint32_t index, const struct key_ops *key, bool legal);
/* Tells what is wrong. */
void across_end(struct across *across);

#endif
