/* Times to failure, right-censored: what the fits of this room take, and how an interval looks that they give. */
#ifndef HEDDLE_RELIABILITY_TIMES_H
#define HEDDLE_RELIABILITY_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `n` rows in any order, borrowed from the caller, never changed.  The unit of time is the caller's (operations,
 * seconds): results have the same. */
struct times {
  const double *time;         /* >= 0 and finite; anything else makes the rows bad */
  const unsigned char *event; /* not 0: failed at `time`; 0: had not failed by then (censored).  NULL: all failed */
  const uint64_t *count;      /* so many units with that fate; a row of 0 does not count.  NULL: each row is one */
  size_t n;
};

/* Sums over the rows, counts included. */
struct times_summary {
  bool bad;           /* a time is negative, infinite or not a number; nothing else of this struct holds then */
  bool zero_failure;  /* a unit failed at time 0 */
  bool early_failure; /* a unit failed strictly before `largest` */
  double n, failures; /* units, and how many of them failed */
  double total;       /* time on test of all units; INFINITY where a double does not hold it */
  double largest;     /* the largest time, of failed and censored units alike; 0 without any */
};

/* Pure and thread-safe. */
struct times_summary times_summarize(const struct times *times);

/* ln(time / unit) of two times > 0, right in all its digits whether they are close, far apart or subnormal. */
double times_log_ratio(double time, double unit);

/* The time with that ln(time / unit), where a double holds it, though it may not hold the ratio. */
double times_scale(double unit, double log_ratio);

/* Both ends of an interval of confidence.  An end is NAN where it is not defined (no fit, or a confidence outside
 * (0, 1)); `upper` is INFINITY where there is no bound, or none that a double holds. */
struct interval {
  double lower, upper;
};

/* Above so many times the estimate an upper bound says nothing that anybody could use: with one failure the upper end
 * of a Weibull mean may be 1e18 times the mean. */
#define INTERVAL_USEFUL_RATIO 1e3

/* Whether to tell people the upper end, rather than "no useful upper bound". */
static inline bool interval_upper_is_useful(struct interval interval, double estimate) {
  return interval.upper <= INTERVAL_USEFUL_RATIO * estimate;
}

#endif
