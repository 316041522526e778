/* worker.h - one fuzzing process: its folder OUT/workers/<map>-<flavour>-<n>/, its counters, its log.
 *
 * The folder outlives the process, and so do the counters: a worker that was started again counts on.  Folders that an
 * earlier campaign left in OUT are workers too, only without a process. */
#ifndef HEDDLE_CAMPAIGN_WORKER_H
#define HEDDLE_CAMPAIGN_WORKER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "triage/campaign/process.h"
#include "triage/campaign/status.h"
#include "triage/finding/finding.h"

#define WORKER_BARREN_DEATHS 3 /* this often dead before its first input: it does not start */

struct worker {
  char name[128], map[64], flavour[32];
  char folder[PATH_MAX];
  struct arguments arguments; /* of the target; empty for a folder without a process */

  pid_t pid;                      /* 0: not running */
  double started_s, restart_at_s; /* process_clock_s */
  double pause_s;                 /* before the next restart, where it died at once */
  uint64_t inputs_at_start;
  int barren_deaths; /* in a row */

  const struct status *status; /* NULL until the target has made it; mapped read-only */
  off_t log_read;              /* bytes of the log already looked at */
  unsigned coverage, corpus;   /* as libFuzzer last said; 0 before it did */
};

/* Called for each line of the log that begins with `heddle: `. */
typedef void (*worker_say_fn)(void *context, const char *line);

/* Sets name, map, flavour and folder.  False where `name` is not <map>-<flavour>-<n>. */
bool worker_open(struct worker *worker, const char *out, const char *name);
void worker_close(struct worker *worker);

/* Makes the folders that the target expects, and room for its counters: a disk that fills up later must not stop it
 * with SIGBUS at one of them.  0 or an errno. */
int worker_prepare(const struct worker *worker);

/* Starts the process; false and errno. */
bool worker_start(struct worker *worker);

enum worker_fate { WORKER_RUNS, WORKER_ENDED, WORKER_DOES_NOT_START };

/* Looks whether the process ended, and if so says when to start it again (restart_at_s). */
enum worker_fate worker_check(struct worker *worker);

/* Maps the counters once the target has filled in their head.  False and *error where they have another layout or there
 * is no room for them. */
bool worker_map_status(struct worker *worker, struct finding_error *error);

/* Reads what the log has got since the last call. */
void worker_read_log(struct worker *worker, worker_say_fn say, void *context);

/* The last lines of the log, indented, for a target that does not start; the caller frees them. */
char *worker_log_tail(const struct worker *worker);

#endif
