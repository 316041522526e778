/* trend.h - does the rate of arrivals change?
 *
 * Two tests of a constant rate (a homogeneous Poisson process) against a monotone one.  Looked at before any
 * distribution is fitted to the gaps between arrivals, which a trend makes meaningless (Ascher and Feingold,
 * "Repairable Systems Reliability", 1984, chapter 5).  What the tests do not reject is not proven.
 *
 *   Laplace       u: the mean arrival time against the middle, standard normal under a constant rate, by approximation
 *                 (close from four arrivals on).  Below 0: the rate falls
 *   MIL-HDBK-189  2 * sum of ln(end / time), chi-square with `milhdbk_df` degrees of freedom under a constant rate,
 *                 exactly, for any count (MIL-HDBK-189, 1981, appendix C; Crow 1974).  Above the degrees of freedom:
 * the rate falls
 *
 * Failure-truncated, the last arrival is the end and is left out of both.  Pure; safe from any thread. */
#ifndef HEDDLE_RELIABILITY_TREND_H
#define HEDDLE_RELIABILITY_TREND_H

#include "triage/reliability/arrivals.h"

struct trend {
  enum arrivals_status status; /* OK, BAD_INPUT, NO_FAILURES or TOO_FEW; where it is not OK the rest is NAN */
  double laplace_u;
  double laplace_p;    /* two-sided */
  double milhdbk_chi2; /* INFINITY where something arrived at time 0 */
  double milhdbk_df;
  double milhdbk_p; /* two-sided: twice the smaller tail */
};

enum trend_direction {
  TREND_NONE,    /* neither test rejects a constant rate */
  TREND_FALLING, /* fewer and fewer arrivals: growth */
  TREND_RISING,
};

struct trend trend_test(const struct arrivals *arrivals);

/* What the tests say at this significance (0.05, say).  One rejection is enough: each sees trends that the other
 * misses. Together they reject a constant rate wrongly more often than one alone, at most twice `significance`.  Where
 * both reject in opposite directions, which takes a rate that turns, the smaller p decides; NONE where there is no
 * test. */
enum trend_direction trend_direction(const struct trend *trend, double significance);

#endif
