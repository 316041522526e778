/* A constant failure rate: the mean time between failures is the time on test by the failures, with exact intervals by
 * chi-square (Epstein and Sobel, 1953; MIL-HDBK-338B, 8.3.2.5), down to no failures at all.
 *
 * Pure and thread-safe; what is not defined is NAN, what is not bounded INFINITY. */
#ifndef HEDDLE_RELIABILITY_EXPONENTIAL_H
#define HEDDLE_RELIABILITY_EXPONENTIAL_H

#include "triage/reliability/times.h"

struct exponential_fit {
  double failures, total;  /* as times_summarize counts them; NAN for bad times */
  double mtbf;             /* total / failures; NAN without failures */
  double loglik, aic, bic; /* of the density; NAN where mtbf is NAN or 0 */
};

struct exponential_fit exponential_fit(const struct times *times);

/* When the test ended: which of the two it was decides the lower end. */
enum exponential_end {
  EXPONENTIAL_END_BY_TIME,    /* at a time set before, whatever had failed by then; also for want of anything better */
  EXPONENTIAL_END_BY_FAILURE, /* with the last failure, whose number was set before */
};

/* Up to so many failures the chi-square quantiles have 8 digits of an interval's width; above, there is none (NAN). */
#define EXPONENTIAL_FAILURES 1e9

/* Two-sided, each tail (1 - confidence) / 2.  Without failures there is no upper end (INFINITY), and a test that ended
 * by failure has no interval (NAN).  `total` > 0; `failures` is a whole number from 0 to EXPONENTIAL_FAILURES. */
struct interval exponential_interval(double total, double failures, enum exponential_end end, double confidence);

/* One-sided: the MTBF is above this with that confidence.  Without failures total / -ln(1 - confidence). */
double exponential_lower(double total, double failures, enum exponential_end end, double confidence);

/* The time on test after which so many failures still show an MTBF above `mtbf` with that confidence (a test that ends
 * by time). */
double exponential_time_needed(double mtbf, double failures, double confidence);

#endif
