/* mtbf.h - a mean time between failures, as people and programs read it.
 *
 * The figures come from triage/reliability/estimate.h; here they get their words: every form says what quantity it is,
 * on which clock, under which workload, from how many events in how much exposure, and what was censored.  Pointers are
 * borrowed and only read; texts may hold anything but NUL.  The writers flush `out` and return whether everything was
 * written; they keep no state. */
#ifndef HEDDLE_REPORT_MTBF_H
#define HEDDLE_REPORT_MTBF_H

#include <stdbool.h>
#include <stdio.h>

#include "triage/reliability/estimate.h"

struct mtbf {
  const struct estimate *estimate;
  const char *source;    /* where the times are from, as `heddle.db` */
  const char *subject;   /* what fails, as `new bugs of gomap` */
  const char *unit;      /* of the figures, as `inputs`, `CPU seconds` */
  const char *clock;     /* what was counted, as `inputs run by all workers` */
  const char *workload;  /* as `a fuzzer's inputs, which are not production's` */
  const char *event;     /* what an event is, in the plural, as `failures`, `new bugs` */
  const char *unit_kind; /* what was watched, in the plural, as `units`, `campaigns`; "" for arrivals */
  double failing;        /* all failures seen in the exposure, the same ones again included; NAN: not known */
};

/* One object; the issue of each member is in README.md.  Numbers have 17 digits; null stands for what is not defined
 * and for what no number bounds. */
bool mtbf_write_json(FILE *out, const struct mtbf *mtbf);

/* For a terminal. */
bool mtbf_write_text(FILE *out, const struct mtbf *mtbf, bool color);

#endif
