/* progress.h - the progress oracle: what a run that stood still, or went in circles, was waiting for. */
#ifndef HEDDLE_TARGET_PROGRESS_H
#define HEDDLE_TARGET_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Adds a failure where the run just ended in a deadlock or a livelock; its tasks' stacks are still there.  `lost`: the
 * tasks (as bits) of which progress_went_on said that they sleep for want of a wake-up. */
void progress_judge(uint64_t lost);

/* True where the run just ended in a deadlock and somebody sleeps on a condition variable: is what they wait for still
 * to come, or was its announcement lost? */
bool progress_sleeps(void);
/* After a run of the same with sched_limits.nudge: the sleepers that, woken, found what they wait for and got on with
 * their work.  Their predicate was true. */
uint64_t progress_went_on(void);

#endif
