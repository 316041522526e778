/* segments.c - see segments.h. */
#include "target/segments.h"

#include <string.h>

#define FIRST_TASK 1 /* who runs when the main task first waits and nothing else is said */

size_t segments_of_plan(const struct sched_plan *plan, struct segment segments[SEGMENTS_MAX]) {
  size_t count = 0;
  uint32_t at = 0;
  uint8_t task = FIRST_TASK;
  if (plan->constraint_count + 1 >= SEGMENTS_MAX)
    return 0;
  for (uint16_t i = 0; i < plan->constraint_count; i++) {
    const struct sched_constraint *next = &plan->constraints[i];
    if (next->kind != SCHED_SWITCH || next->at < at)
      return 0;
    if (next->at > at)
      segments[count++] = (struct segment){task, next->at - at};
    task = next->task;
    at = next->at;
  }
  segments[count++] = (struct segment){task, 0};
  return count;
}

void segments_to_plan(const struct segment *segments, size_t count, struct sched_plan *plan) {
  uint32_t at = 0;
  uint8_t task = FIRST_TASK;
  plan->policy = SCHED_POLICY_BYTES;
  plan->constraint_count = 0;
  for (size_t i = 0; i < count && at <= SCHED_PLAN_AT_MAX; i++) {
    if (segments[i].task != task)
      plan->constraints[plan->constraint_count++] =
          (struct sched_constraint){.kind = SCHED_SWITCH, .task = segments[i].task, .at = at};
    task = segments[i].task;
    at += segments[i].length;
  }
}

static void take_out(struct segment *segments, size_t count, size_t i) {
  memmove(segments + i, segments + i + 1, (count - i - 1) * sizeof *segments);
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

size_t segments_join(struct segment *segments, size_t count, size_t i, bool later) {
  for (size_t step = 1; later ? i + step < count : step <= i; step++) {
    size_t other = later ? i + step : i - step;
    if (segments[other].task != segments[i].task)
      continue;
    segments[other].length += segments[i].length;
    take_out(segments, count, i);
    return merge_neighbours(segments, count - 1);
  }
  return count;
}
