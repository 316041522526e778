/* arrivals.h - the times at which something arrived on one clock: failures, or bugs seen for the first time.
 *
 * What trend.h, power_law.h, srgm.h and headline.h look at.  Times are exposure since the clock began, in any one unit
 * (operations, inputs, seconds); every result that is a time or a rate is in that unit.  Pure functions over memory of
 * the caller's; safe from any thread. */
#ifndef HEDDLE_RELIABILITY_ARRIVALS_H
#define HEDDLE_RELIABILITY_ARRIVALS_H

#include <stddef.h>

enum arrivals_truncation {
  ARRIVALS_TIME,    /* watched until `end`, which was set beforehand: the count is random */
  ARRIVALS_FAILURE, /* watched until the last arrival: the count was set beforehand, `end` is not read */
};

struct arrivals {
  const double *times; /* ascending, equal ones allowed, from 0 to the end; NULL is allowed where count is 0 */
  size_t count;
  enum arrivals_truncation truncation;
  double end; /* > 0, finite */
};

/* Why there is no estimate, or that there is one. */
enum arrivals_status {
  ARRIVALS_OK,
  ARRIVALS_BAD_INPUT,   /* a time that is no number, negative, past the end or out of order; an end that is not > 0 */
  ARRIVALS_NO_FAILURES, /* none arrived: only the exposure speaks */
  ARRIVALS_TOO_FEW,     /* failure-truncated with one arrival, which says nothing of a trend */
  ARRIVALS_ZERO_TIME,   /* something arrived at time 0, where the likelihood has no maximum */
  ARRIVALS_ALL_AT_END,  /* everything arrived at the very end: the shape has no finite estimate */
  ARRIVALS_NO_GROWTH,   /* the rate does not fall: a model of falling rates has no finite estimate */
  ARRIVALS_STATUS_COUNT
};

/* "ok", "bad_input", "no_failures", "too_few", "zero_time", "all_at_end", "no_growth": for a JSON field. */
const char *arrivals_status_name(enum arrivals_status status);

/* When watching ended: `end`, or the last arrival; NAN where there is none. */
double arrivals_end(const struct arrivals *arrivals);

/* OK, BAD_INPUT, NO_FAILURES or TOO_FEW: what must be right before anything can be estimated.  The other statuses
 * belong to one model or another. */
enum arrivals_status arrivals_check(const struct arrivals *arrivals);

/* ln(end / time) for 0 <= time <= end, exact to a rounding or two also next to the end and for ratios that no double
 * holds; INFINITY for time 0. */
double arrivals_log_ratio(double time, double end);

#endif
