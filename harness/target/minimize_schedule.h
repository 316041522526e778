/* minimize_schedule.h - fewer switches, and fewer threads in the same schedule.
 *
 * Single switches are taken out; then what the threads did in turns is gathered (sched/segments.h); then schedules of
 * very few switches are looked for anew.  One thread may do what several did. */
#ifndef HEDDLE_TARGET_MINIMIZE_SCHEDULE_H
#define HEDDLE_TARGET_MINIMIZE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "program/program.h"

/* One round on trial.best.  True: it got smaller. */
bool minimize_schedule(void);

/* Takes a thread and its operations out. */
void minimize_remove_thread(struct program *program, unsigned thread);

#endif
