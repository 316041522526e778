/* draw.h - which keys a thread asks for: drawn before the threads start, so that a distribution which takes long to
 * draw from is asked of the map as fast as any other. */
#ifndef HEDDLE_CHAOS_DRAW_H
#define HEDDLE_CHAOS_DRAW_H

#include <stdint.h>

#include "triage/trial/workload.h"

#define DRAW_PUT (UINT32_C(1) << 31) /* beside a key's number: to be put, not deleted */
#define DRAW_MAX (UINT64_C(1) << 18) /* a thread that asks for more begins again at its first */

/* The draws of a thread, of which the caller frees the array; *count, at least 1 and at most DRAW_MAX, is as many as
 * the thread has operations, where that is known.  They follow from the seed and the thread's number.  NULL: no memory.
 */
uint32_t *draw_keys(const struct workload *workload, uint64_t seed, unsigned thread, uint64_t *count);

/* A thread's part of the operations. */
uint64_t draw_share(const struct workload *workload, unsigned thread);

#endif
