/* policy_replay.c - a complete list of decisions, taken strictly.
 *
 * The constraints hold every switch of a recorded run.  Between them a task goes on, or the next one in the order of
 * numbers where it cannot; sched_set_record() writes a run down against that.  A decision that cannot be taken
 * as it stands ends the run as SCHED_DIVERGED (the core sees to that): the code under test, or heddle, is not
 * deterministic, and nothing after it would mean anything. */
#include "sched/policy.h"

const struct sched_policy policy_replay = {.name = "replay", .choose = policy_go_on};
