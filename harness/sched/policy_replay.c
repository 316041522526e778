/* policy_replay.c - a complete list of decisions, taken strictly.
 *
 * The constraints hold every switch of a recorded run.  Between them a task goes on, or the next one in the order of
 * numbers where it cannot; that is what sched/record.h writes a run down against.  A decision that cannot be taken
 * as it stands ends the run as SCHED_DIVERGED (the core sees to that): the code under test, or heddle, is not
 * deterministic, and nothing after it would mean anything. */
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

const struct sched_policy policy_replay = {"replay", begin, spawned, choose, gave_way, patience, NULL};
