/* past.h - what ThreadSanitizer remembers of a task's earlier accesses, put back to one state at each start of a task.
 *
 * TSan writes a thread's accesses down (its trace), and where more than four accesses to one word would have to be kept
 * in four shadow cells, the length of that trace chooses which of them is forgotten.  Fibers are used again, and a
 * thread's start leaves entries that a fiber's does not: so one interleaving would show other races in a process's
 * first run than in its millionth, and with another carrier.  Here every task starts at one length, a fiber by going
 * back to where its trace was when it was new.  Nothing is lost: whatever it did until now happened before all that
 * its new task does.  The trace stays short too, and a report, which reads it through, costs a fraction.
 *
 * Synchronisation is counted too, in steps of which a slot has 2^14 (tsan_rtl.cpp).  A task that uses up its slot goes
 * on in another, and what it did before can then no longer be told, so that its races are not reported; when all 256
 * slots are used up, TSan forgets every access there was.  So it is told to begin anew in good time, between two runs.
 *
 * The four words that matter lie in TSan's state of a thread, for which there is no interface; past_init() finds them
 * by what known calls do to them.  Reference: compiler-rt, tsan_trace.h and tsan_rtl_access.cpp, LLVM 14 to 22. */
#ifndef HEDDLE_FLAVOUR_PAST_H
#define HEDDLE_FLAVOUR_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "flavour/flavour.h"

/* Where a fiber's trace stood when the fiber was new. */
struct past {
  uintptr_t position, pc, depth; /* depth: where its stack of calls ended */
  uint64_t entries[3];           /* the last ones before that position */
};

#if HEDDLE_FLAVOUR_TSAN
/* Once a process; false: TSan's state of a thread does not look as expected, and the other calls will do nothing. */
bool past_init(void);
/* On a new fiber or a new thread, before its first task: lengthens the trace to where tasks start. */
void past_begin(struct past *past);
/* False where `fiber` (__tsan_create_fiber) has written so much that its trace goes on in another piece of memory: only
 * a new one will do. */
bool past_lasts(void *fiber, const struct past *past);
/* On a fiber, at the start of a task. */
void past_forget(const struct past *past);
/* Between two runs, after all that is done on fibers: begins TSan's count of synchronisation anew where a fiber that
 * past_forget() was called on, or the calling thread, has half of its slot behind it. */
void past_renew(void);
/* On a fiber whose task was left in the middle of calls: ends those calls; false where they cannot be told. */
bool past_unwind(const struct past *past);
#else
static inline bool past_init(void) { return true; }
static inline void past_begin(struct past *past) { (void)past; }
static inline void past_renew(void) {}
#endif

#endif
