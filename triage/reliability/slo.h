/* slo.h - does a time between failures keep a promised availability?
 *
 * Available is MTBF / (MTBF + MTTR), so a target S asks for MTBF >= MTTR * S / (1 - S).  The usual MTTR / (1 - S) asks
 * for one MTTR more.  Targets are decimals and are kept so (decimal.h): 1 - 0.9999 in binary is off by 1e-13 of itself,
 * and 99.99 % with an MTTR of 8 minutes asks for exactly 79,992 of them.
 *
 * The failures meant are those of the system as it is, repaired each time, on the clock that the MTTR is given on: with
 * a fuzzer's clock the verdict is about the fuzzer.  Pure; safe from any thread. */
#ifndef HEDDLE_RELIABILITY_SLO_H
#define HEDDLE_RELIABILITY_SLO_H

#include <stddef.h>

#include "triage/reliability/arrivals.h"
#include "triage/reliability/decimal.h"

/* The least MTBF that keeps `share` when a repair takes `mttr`, in the unit of the MTTR (seconds, from
 * decimal_parse_duration): the double nearest to the exact quotient.  `share` is strictly between 0 and 1. */
double slo_threshold(struct decimal share, struct decimal mttr);

/* The share of time up: mtbf / (mtbf + mttr), of numbers >= 0; 1 for an MTBF of INFINITY, NAN for two zeros. */
double slo_availability(double mtbf, double mttr);

enum slo_verdict {
  SLO_INSUFFICIENT_DATA, /* the data allow both */
  SLO_PASS,              /* the one-sided lower bound of the MTBF reaches the threshold */
  SLO_FAIL,              /* the one-sided upper bound does not */
  SLO_VERDICT_COUNT
};

/* "insufficient data", "pass", "fail". */
const char *slo_verdict_name(enum slo_verdict verdict);

/* Bounds of an MTBF from wherever they come, each one-sided with the confidence of the verdict; the upper may be
 * INFINITY. A bound that is NAN decides nothing. */
enum slo_verdict slo_judge(double threshold, double lower, double upper);

/* The same from a count of failures in an exposure that was set beforehand, failures coming at a constant rate. */
struct slo_evidence {
  enum slo_verdict verdict;
  double threshold;
  double mtbf;         /* exposure / failures; INFINITY without any */
  double lower, upper; /* one-sided bounds: 2 T / chi-square of 2 r + 2, and of 2 r degrees of freedom */
  double needed;       /* exposure in all for a pass, if no failure is added: threshold * chi-square of 2 r + 2 / 2 */
  double still_needed; /* what is missing of it, 0 for a pass */
};

/* `failures` whole, from 0 to EXPONENTIAL_FAILURES (exponential.h), in `exposure` >= 0, finite; `confidence` strictly
 * between 0 and 1.  In any unit, that of the threshold.  Where an argument is none of that, all is NAN and the verdict
 * SLO_INSUFFICIENT_DATA. */
struct slo_evidence slo_weigh(double threshold, double failures, double exposure, double confidence);

/* ------------------------------------------------------------------------------------------------- rolling windows
 *
 * A diagnostic: it shows when things were bad, which one figure for all time hides.  No verdict follows from it.
 * Windows that overlap share their failures, so they rise and fall together and are no independent evidence; and the
 * worst of many windows is bad by selection also where nothing ever changed. */

#define SLO_WINDOW_SECONDS 2592000.0 /* 30 days */

struct slo_window {
  double from, to; /* from < arrival <= to */
  double failures;
  double mtbf; /* (to - from) / failures; INFINITY without any */
};

/* Windows of length `window` that end at `window`, `window` + `step`, ... and lie within the time watched; step > 0.
 * Writes up to `room` of them and returns how many there are: 0 where the arrivals are not right (arrivals_check),
 * where `window` is not above 0, or longer than what was watched.  More than SLO_WINDOWS_MAX are not counted. */
size_t slo_windows(const struct arrivals *arrivals, double window, double step, struct slo_window *windows,
                   size_t room);
#define SLO_WINDOWS_MAX ((size_t)1 << 30)

/* The window with most failures wherever it begins, the first of them; it ends with a failure unless it
 * begins at 0.  All NAN where slo_windows
 * has none or nothing arrived. */
struct slo_window slo_worst_window(const struct arrivals *arrivals, double window);

#endif
