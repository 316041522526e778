/* policy_bytes.c - the constraints decide; otherwise each task runs until it blocks, ends or gives way, and the next
 * one in the order of numbers goes on.
 *
 * With no constraint this is the sequential execution; each constraint adds one switch.  Most bugs of concurrent code
 * need few (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs",
 * PLDI 2007), so a short input can say exactly the interleaving that matters. */
#include <stddef.h>

#include "sched/policy.h"

static void begin(void) {}

static void spawned(int task) { (void)task; }

static int choose(uint64_t candidates) {
  if (candidates >> sched.running & 1)
    return sched.running;
  return policy_next_after(sched.running, candidates);
}

static void gave_way(int task) { (void)task; }

static int64_t patience(void) { return INT64_MAX; }

const struct sched_policy policy_bytes = {"bytes", begin, spawned, choose, gave_way, patience, NULL};
