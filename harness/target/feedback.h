/* feedback.h - what beside code coverage tells the engine that an input did something new. */
#ifndef HEDDLE_TARGET_FEEDBACK_H
#define HEDDLE_TARGET_FEEDBACK_H

#include "carrier/execute.h"
#include "target/run.h"

/* Once a process. */
void feedback_init(void);
/* After a run: marks the map's shape, the outcome and the failures. */
void feedback_mark(const struct execution *execution, const struct run_result *result);

#endif
