/* oracle.h - was every answer one that a sequential map could have given?
 *
 * Judges a history (history/history.h) against the guarantees a map promises (map/map.h: B to E and H).  Pure: knows no
 * schedule and no map's insides, allocates nothing after the first call.  One judgement at a time.
 *
 * A verdict is sound: what is called illegal cannot have come from a map that keeps its promises.  For single keys (B,
 * and C) it is complete as well.  len, clear, move and swap (D, E, H) are judged exactly too, but each by itself, by
 * what B says of the single keys.  What a budget cuts short is Unknown, never Ok. */
#ifndef HEDDLE_ORACLE_ORACLE_H
#define HEDDLE_ORACLE_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "history/history.h"

enum oracle_answer { ORACLE_OK, ORACLE_ILLEGAL, ORACLE_UNKNOWN };

#define ORACLE_EVIDENCE_MAX 8
#define ORACLE_TEXT_MAX 512

/* One broken promise.  `events` are indices of the history's events that together contradict it (evidence.h), the one
 * whose answer cannot be right first; where more are needed than there is room, the latest. */
struct oracle_violation {
  const char *kind;   /* as "not-linearizable": lower case and hyphens; static */
  const char *oracle; /* "linearizability", "iteration", "len", "clear" or "pairs"; static */
  char letter;        /* the guarantee, as map.h letters it */
  uint32_t events[ORACLE_EVIDENCE_MAX];
  size_t event_count;
  char text[ORACLE_TEXT_MAX]; /* one line: the answer, and what it contradicts */
};

typedef void (*oracle_tell_fn)(void *context, const struct oracle_violation *violation);

/* Calls `tell` for each violation found, at most one a key and one an event.  Only what `guarantees` (enum
 * map_guarantee, or-ed) promises is judged, and nothing without B, on which all of it rests.  Returns ORACLE_ILLEGAL
 * where there was one, otherwise ORACLE_UNKNOWN where a budget ran out or the history is not complete. */
enum oracle_answer oracle_judge(const struct history *history, unsigned guarantees, oracle_tell_fn tell, void *context);

#endif
