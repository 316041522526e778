/* confirm.h - each failing input is shown once more in a fresh process before it counts as a finding.
 *
 * Takes the inputs that workers hand over (OUT/workers/NAME/pending/, libFuzzer's crash-, timeout-, oom- and leak-
 * files), replays each, and the replay files what it finds.  An input whose failure does not show again goes to
 * OUT/unconfirmed/<sha1>/.  An input is removed from its worker's folder only once it is stored elsewhere, or once its
 * keys have all the inputs that are kept: nothing is lost at any moment, nor by being killed. */
#ifndef HEDDLE_CAMPAIGN_CONFIRM_H
#define HEDDLE_CAMPAIGN_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/campaign/exposure.h"
#include "triage/campaign/ledger.h"
#include "triage/campaign/worker.h"

#define CONFIRM_JOBS 2      /* replays at a time: fuzzing has the machine */
#define CONFIRM_RAWS_MAX 16 /* raw names looked at of one input */

struct confirm_job {
  pid_t pid; /* 0: free */
  const struct worker *worker;
  char target[PATH_MAX];
  char sha1[41];
  char input[PATH_MAX]; /* the file to be shown again */
  char claim[PATH_MAX]; /* the .json beside it; "" for an artifact */
  uint64_t raws[CONFIRM_RAWS_MAX];
  size_t raw_count;
  struct finding_clock clock, worker_clock;
  int out, err, clock_file; /* in memory */
  double started_s;
};

struct confirmer {
  /* Set by the owner. */
  const char *out, *bin_dir, *carrier; /* bin_dir and carrier may be NULL */
  bool keep_all;
  struct ledger *ledger;
  const struct exposure *exposure;
  double session_began_s;  /* seconds since 1970, when exposure's wall time was... */
  double wall_s_before;    /* ...this */
  finding_complain_fn say; /* one line for people */
  void (*found)(void *context, const struct finding_summary *summary, const struct worker *worker);
  void *context;

  /* Its own. */
  struct confirm_job jobs[CONFIRM_JOBS];
  double paused_until_s; /* process_clock_s: after a failure to store */
  uint64_t unconfirmed, confirmed;
  size_t turn; /* the worker that is looked at first, so that none waits for the others to run dry */
};

/* Ends what is over, starts what is due; call it often.  Returns how many replays run. */
size_t confirm_step(struct confirmer *confirmer, const struct worker *workers, size_t worker_count);

/* Inputs that still wait, counted up to `limit`. */
size_t confirm_waiting(const struct confirmer *confirmer, const struct worker *workers, size_t worker_count,
                       size_t limit);

/* True where storing failed within the last seconds. */
bool confirm_is_paused(const struct confirmer *confirmer);

/* Ends every replay; their inputs wait on. */
void confirm_stop(struct confirmer *confirmer);

#endif
