/* evidence.h - which few of many events already contradict each other.
 *
 * A set of operations is evidence where it stays illegal whatever the others did: each of the others is taken for
 * REGISTER_ANYTHING (an observer: for nothing at all).  One thing of them is still believed: a value comes from an
 * operation that stores it, so that others cannot supply what only operations of the set, or none, have stored. */
#ifndef HEDDLE_ORACLE_EVIDENCE_H
#define HEDDLE_ORACLE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/register.h"

/* Operations on one or several keys, each believed or not.  One at a time: the memory is the room's own. */
struct evidence {
  struct register_op *ops; /* key after key, each in the order of their calls */
  bool *believed;
  bool *fixed; /* not to be doubted */
  uint32_t count;
};

/* Empties it, for `most` operations. */
void evidence_begin(struct evidence *out, uint32_t most);
/* Takes in one key's operations, all believed; they are those from the count of before. */
void evidence_add(struct evidence *evidence, const struct register_op *ops, uint32_t count);
/* One key's history, so far as it is believed: `first` and `count` as it was added.  `merge`: of operations not
 * believed only as many as whether it is legal may depend on; not when something may have been, does.  Valid until the
 * next call. */
void evidence_history(uint32_t first, uint32_t count, bool merge, struct register_history *out);

/* True where what is believed is still illegal. */
typedef bool (*evidence_illegal_fn)(void *context, const struct evidence *evidence);
/* Stops believing whatever is not needed.  Afterwards nothing can be spared, unless illegal() had enough of it. */
void evidence_shrink(struct evidence *evidence, evidence_illegal_fn illegal, void *context);

/* Evidence that one key's history is illegal: the smallest there is where it is one operation, two or three and that
 * can be afforded, otherwise some of which nothing can be spared.  `failed` is as register_judge gave it; it is part of
 * all evidence there is, and has the same index in *out. */
void evidence_register(const struct register_history *history, uint32_t failed, struct evidence *out);

#endif
