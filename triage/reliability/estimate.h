/* estimate.h - all that can be said of one series of times, computed at once.
 *
 * Two sorts of series.  Lives: each of several units ran until it failed or was left running; their order says nothing.
 * Arrivals: one thing ran, and failures, or new bugs, came one after the other.  Arrivals have gaps, and a distribution
 * is fitted to these too; but where arrivals have a trend (headline.h) it means nothing, which is why the headline
 * comes first.  Pure but for the heap; safe from any thread. */
#ifndef HEDDLE_RELIABILITY_ESTIMATE_H
#define HEDDLE_RELIABILITY_ESTIMATE_H

#include <stdbool.h>

#include "triage/reliability/exponential.h"
#include "triage/reliability/headline.h"
#include "triage/reliability/rank_regression.h"
#include "triage/reliability/weibull.h"

struct estimate {
  double confidence;
  double
      exposure; /* time on test of all units, or until the end of watching; INFINITY where a double does not hold it */

  /* A distribution of the lives, or of the gaps between arrivals (the last one, until the end of watching, is
   * censored). */
  struct weibull_fit weibull;
  struct weibull_intervals likelihood_ratio; /* the ones to print */
  struct weibull_intervals wald;             /* approximate */
  struct weibull_unbiased unbiased;
  struct weibull_goodness goodness; /* NAN where a unit is censored */
  struct rank_regression ranks;
  struct exponential_fit exponential;
  struct interval exponential_interval; /* two-sided; without failures upper is INFINITY */
  double exponential_lower;             /* one-sided */
  enum exponential_end end;

  bool arrived;             /* the series is of arrivals: what follows holds */
  struct headline headline; /* trend, power law and what to print first */
  double f1, f2;            /* bugs seen exactly once, twice; NAN: not counted */
};

/* Rows of lives.  The test is taken to have ended by time, which puts the exponential's lower end on the safe side. */
struct estimate estimate_lives(const struct times *times, double confidence);

/* f1 and f2 are NAN where sightings were not counted. */
struct estimate estimate_arrivals(const struct arrivals *arrivals, double f1, double f2, double confidence);

#endif
