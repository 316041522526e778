/* judge.h - the oracles' verdicts on a run, as failures: what the map answered, and how it looks at rest. */
#ifndef HEDDLE_TARGET_JUDGE_H
#define HEDDLE_TARGET_JUDGE_H

#include "carrier/execute.h"

/* When all threads have ended and the map is still there: its own check, and locks that are still held. */
void judge_rest(struct execution *execution);

/* When the run has ended, however it did: the history, against what the map is held to (execution->judged). */
void judge_history(const struct execution *execution);

/* The letter of the guarantee that a failure of this oracle breaks; '\0': none of map.h's. */
char judge_letter(const char *oracle, const char *message);

#endif
