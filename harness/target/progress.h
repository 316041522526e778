/* progress.h - the progress oracle: what a run that stood still, or went in circles, was waiting for. */
#ifndef HEDDLE_TARGET_PROGRESS_H
#define HEDDLE_TARGET_PROGRESS_H

/* Adds a failure where the run just ended in a deadlock or a livelock; its tasks' stacks are still there. */
void progress_judge(void);

#endif
