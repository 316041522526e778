/* availability.h - whether a promised availability is kept, as people and programs read it.
 *
 * What is said follows from failures and the time in which they came (triage/reliability/slo.h), wherever these are
 * from: campaigns, a file, trials.  Times are seconds of a clock on the wall; what the clock is of stands beside the
 * verdict in words, since an availability of a fuzzer is none of a service.  Pointers are borrowed and only read; texts
 * may hold anything but NUL.  The writers flush `out` and return whether everything was written; they keep no state. */
#ifndef HEDDLE_REPORT_AVAILABILITY_H
#define HEDDLE_REPORT_AVAILABILITY_H

#include <stdbool.h>
#include <stdio.h>

#include "triage/reliability/slo.h"

struct availability {
  /* What was promised. */
  const char *target; /* as it was written: `99.99%` */
  struct decimal share;
  struct decimal mttr; /* seconds; above 0 */

  /* What was seen. */
  double failures; /* of the system as it is, each repaired */
  double exposure; /* seconds */
  double confidence;
  const struct arrivals *arrivals; /* in seconds, for rolling windows; NULL: when they came is not known */
  double window;                   /* seconds */

  const char *source;   /* where it is from, as `heddle.db` */
  const char *subject;  /* what fails, as `failing inputs of gomap` */
  const char *clock;    /* what was counted, and what that says of a service */
  const char *workload; /* as `a fuzzer's, which is no user's` */
  const char *doubt;    /* why the rate may not be constant, as the verdict has it; "": nothing speaks against it */
};

/* What follows from it. */
struct slo_evidence availability_weigh(const struct availability *availability);

bool availability_write_json(FILE *out, const struct availability *availability);
bool availability_write_text(FILE *out, const struct availability *availability, bool color);

#endif
