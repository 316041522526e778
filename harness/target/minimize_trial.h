/* minimize_trial.h - does a smaller input still show the failure?  The one minimisation of this process. */
#ifndef HEDDLE_TARGET_MINIMIZE_TRIAL_H
#define HEDDLE_TARGET_MINIMIZE_TRIAL_H

#include <signal.h>

#include "target/run.h"
#include "triage/stack/key.h"

/* Points that a run counts for besides its own, where what a search may cost is counted in points. */
#define TRIAL_RUN_COST 1000

struct trial {
  const struct subject *subject;
  char key[KEY_TEXT_SIZE];  /* of the failure to keep */
  struct program best;      /* the smallest that shows it so far */
  struct program candidate; /* for the next trial */
  struct run_result result; /* of the latest run */
  uint64_t runs;
  volatile sig_atomic_t stopped; /* nothing smaller is tried, and what there is gets written */
};
extern struct trial trial;

/* Chooses the failure of trial.best to keep: the one with that key, or, where it is NULL, the first.  False where the
 * input does not show it. */
bool trial_begin(const char *key);

/* Runs the program; true where it shows the failure.  False once stopped. */
bool trial_shows(const struct program *program);

/* Likewise; the program's schedule is then a list of switches, if one that short does as well. */
bool trial_shows_explicitly(struct program *program);

/* Gives the program a schedule of `switches` switches, at random among the first `points` points. */
void trial_scatter(struct program *program, uint32_t switches, uint64_t points);

/* Takes trial.candidate for the best so far if it shows the failure, in its own schedule or in one that a search finds.
 */
bool trial_accept(void);

#endif
