/* segments.c - see segments.h. */
#include "sched/segments.h"

#include <string.h>

void segments_to_plan(const struct segment *segments, size_t count, struct sched_plan *plan) {
  uint64_t at = 0;
  plan->policy = SCHED_POLICY_BYTES;
  plan->depth = plan->log2_horizon = 0;
  plan->constraint_count = 0;
  for (size_t i = 1; i < count && plan->constraint_count < SCHED_PLAN_CONSTRAINTS_MAX; i++) {
    at += segments[i - 1].length;
    if (at > SCHED_PLAN_AT_MAX)
      return;
    plan->constraints[plan->constraint_count++] =
        (struct sched_constraint){.kind = SCHED_SWITCH, .task = segments[i].task, .at = (uint32_t)at};
  }
}

static size_t merge_neighbours(struct segment *segments, size_t count) {
  size_t kept = 0;
  for (size_t i = 1; i < count; i++) {
    if (segments[i].task == segments[kept].task)
      segments[kept].length += segments[i].length;
    else
      segments[++kept] = segments[i];
  }
  return count ? kept + 1 : 0;
}

static uint32_t length_of(const struct segment *segments, size_t count, uint8_t task) {
  uint32_t length = 0;
  for (size_t i = 0; i < count; i++)
    length += segments[i].task == task ? segments[i].length : 0;
  return length;
}

size_t segments_gather(struct segment *segments, size_t count, size_t from, size_t to, uint8_t first) {
  struct segment gathered[UINT8_MAX + 1];
  size_t kept = 0;
  gathered[kept++] = (struct segment){first, length_of(segments + from, to - from, first)};
  for (size_t i = from; i < to; i++) {
    size_t at = 0;
    while (at < kept && gathered[at].task != segments[i].task)
      at++;
    if (at == kept)
      gathered[kept++] = (struct segment){segments[i].task, length_of(segments + from, to - from, segments[i].task)};
  }
  memcpy(segments + from, gathered, kept * sizeof *gathered);
  memmove(segments + from + kept, segments + to, (count - to) * sizeof *segments);
  return merge_neighbours(segments, count - (to - from) + kept);
}
