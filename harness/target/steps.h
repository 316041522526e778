/* steps.h - the interleaving of a finding: what trace.h kept of the run, as far as the finding is about it. */
#ifndef HEDDLE_TARGET_STEPS_H
#define HEDDLE_TARGET_STEPS_H

#include "failure/failure.h"
#include "program/program.h"
#include "triage/finding/interleaving.h"

/* The steps up to the one at which `failure` was seen; `racing` are those that its stacks are about (trace_find). Where
 * there are more than FINDING_STEPS_MAX, first come those around the racing ones, then both sides of each switch, then
 * all others, the later ones first.  An operation is told at the first of its steps that is there.
 *
 * After a run that was traced; outside of runs.  False: there is nothing to tell, and nothing to free. */
bool steps_take(const struct failure *failure, const struct program *program,
                struct finding_interleaving *interleaving);
void steps_free(struct finding_interleaving *interleaving);

#endif
