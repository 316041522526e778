/* segments.h - an interleaving seen as segments, each what one task does before another one goes on.
 *
 * Taking one switch out of a plan moves all that comes after it; bringing the segments of a task together leaves each
 * task to get as far as before.  Minimisation works on these; cf. N. Jalbert and K. Sen, "A trace simplification
 * technique for effective debugging of concurrent programs", FSE 2010. */
#ifndef HEDDLE_SCHED_SEGMENTS_H
#define HEDDLE_SCHED_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "sched/plan.h"

#define SEGMENTS_MAX 4096

struct segment {
  uint8_t task;
  uint32_t length; /* points; the last one's is not read: it lasts to the end */
};

/* Makes of the segments `from` to `to` - 1 one for each task in them, that of `first` at the head and the others in the
 * order in which they come.  Joins neighbours that have become one; returns the new count. */
size_t segments_gather(struct segment *segments, size_t count, size_t from, size_t to, uint8_t first);

/* The plan that takes the segments one after the other, by a switch at the beginning of each but the first, as far as
 * they are within SCHED_PLAN_AT_MAX points and SCHED_PLAN_CONSTRAINTS_MAX switches.  Its policy becomes
 * SCHED_POLICY_BYTES. */
void segments_to_plan(const struct segment *segments, size_t count, struct sched_plan *plan);

#endif
