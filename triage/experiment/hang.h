/* hang.h - who waits for whom in a trial that does not go on. */
#ifndef HEDDLE_EXPERIMENT_HANG_H
#define HEDDLE_EXPERIMENT_HANG_H

#include <sys/types.h>

#include "triage/trial/page.h"

/* A line for each thread that has not ended: what it does, for how long, whether it runs or waits, and where that can
 * be told for which thread.  Then, where they wait in a circle, the circle.  The process is alive, `threads` of the
 * page were begun.
 *
 * A thread that waits is in a futex call, whose address the kernel tells (/proc/PID/task/TID/syscall).  Who holds the
 * lock around that word is read out of the process as glibc (2.25 and later) lays out its mutexes and read-write
 * locks; one that is held by readers names none of them. */
void hang_describe(pid_t pid, const struct trial_page *page, unsigned threads, uint64_t now_ns, char *text,
                   size_t size);

#endif
