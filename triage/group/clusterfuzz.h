/* clusterfuzz.h - the crash state that ClusterFuzz gives a report, for those who compare with its lists.
 *
 * https://google.github.io/clusterfuzz/reference/glossary/#crash-state calls it a signature made from the stack trace;
 * how it is made is in ClusterFuzz's src/clusterfuzz/stacktraces (constants.py and __init__.py, 2.6): the functions of
 * the three topmost frames that no ignore rule drops, without arguments, long numbers and addresses told as NUMBER and
 * ADDRESS, 80 characters of each, one a line.  With the crash type it makes two reports one.
 *
 * Deviations: only the first stack counts, where ClusterFuzz goes on into the next one when frames are missing; of its
 * ignore rules those are here that a program of C, C++, Rust or Go on Linux can meet (clusterfuzz.def); what it takes
 * from elsewhere than the stack (the text of an assertion, a target's name for a timeout) is not.
 *
 * Pure, safe from any thread and on any bytes. */
#ifndef HEDDLE_GROUP_CLUSTERFUZZ_H
#define HEDDLE_GROUP_CLUSTERFUZZ_H

#include "triage/finding/finding.h"

#define CLUSTERFUZZ_FRAMES 3
#define CLUSTERFUZZ_LINE 80
#define CLUSTERFUZZ_STATE_SIZE (CLUSTERFUZZ_FRAMES * (CLUSTERFUZZ_LINE + 1))

/* Writes the state, without a newline at its end; "" where no frame is left. */
void clusterfuzz_state(const struct finding *finding, char state[CLUSTERFUZZ_STATE_SIZE]);

#endif
