/* segments.h - a list of switches seen as what it makes of a run: stretches, each of one thread.
 *
 * Taking one switch out of a list of points moves all that comes after it; joining two stretches of a thread keeps
 * what every other one does.  Minimisation works on these. */
#ifndef HEDDLE_TARGET_SEGMENTS_H
#define HEDDLE_TARGET_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/plan.h"

#define SEGMENTS_MAX 512

struct segment {
  uint8_t task;
  uint32_t length; /* points; the last one's is not read: it lasts to the end */
};

/* The stretches of a plan of switches alone, in the order of `at`; returns how many, 0 where there are too many or the
 * plan has other constraints. */
size_t segments_of_plan(const struct sched_plan *plan, struct segment segments[SEGMENTS_MAX]);
/* The other way round; the plan's policy becomes SCHED_POLICY_BYTES. */
void segments_to_plan(const struct segment *segments, size_t count, struct sched_plan *plan);

/* Joins segment i with the nearest one of the same thread, after it (later) or before it, and neighbours that have
 * become one; returns the new count, or `count` where there is none such. */
size_t segments_join(struct segment *segments, size_t count, size_t i, bool later);

#endif
