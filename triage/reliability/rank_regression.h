/* The Weibull line through median ranks on probability paper, as engineers draw it, to show beside the maximum
 * likelihood fit.  It has no likelihood, so no intervals; with many censored units prefer weibull.h.
 *
 * Ranks after censored units are adjusted as Johnson does (The Statistical Treatment of Fatigue Experiments, 1964;
 * Abernethy, The New Weibull Handbook, 2.9); the median rank of the adjusted rank i among n is exact, the median of
 * the beta distribution of i and n - i + 1.  Units that failed at one time have a rank each.
 *
 * Pure and thread-safe; what is not defined is NAN. */
#ifndef HEDDLE_RELIABILITY_RANK_REGRESSION_H
#define HEDDLE_RELIABILITY_RANK_REGRESSION_H

#include "triage/reliability/times.h"

enum rank_regression_status {
  RANK_REGRESSION_OK,
  RANK_REGRESSION_TOO_FEW,  /* failures at fewer than two times: no line */
  RANK_REGRESSION_TOO_MANY, /* more failures than RANK_REGRESSION_FAILURES, or more units than RANK_REGRESSION_UNITS */
  RANK_REGRESSION_BAD_TIME, /* a time is negative, infinite or not a number, or a unit failed at time 0 */
  RANK_REGRESSION_NO_MEMORY,
};

/* Each failure needs a beta quantile; with more of them the likelihood fit has all the digits anyway. */
#define RANK_REGRESSION_FAILURES 100000
/* Beyond so many units a median rank takes long and has few digits. */
#define RANK_REGRESSION_UNITS 1e9

/* A point on probability paper. */
struct rank_regression_point {
  double time;
  double rank;   /* adjusted, 1 to n */
  double median; /* the median rank: the share of units that fail up to `time` */
};

struct rank_regression_line {
  double beta, eta, mtbf;
};

/* All but `status` is NAN unless it is RANK_REGRESSION_OK. */
struct rank_regression {
  enum rank_regression_status status;
  struct rank_regression_line y_on_x; /* ln(-ln(1 - F)) from ln t: errors are of the ranks */
  struct rank_regression_line x_on_y; /* ln t from ln(-ln(1 - F)): errors are of the times; engineers' usual choice */
  double correlation;                 /* of the two */
};

/* Needs 16 bytes a row and 24 a failure while it runs. */
struct rank_regression rank_regression_fit(const struct times *times);

/* The points themselves, by time: at most `room` of them into `points`.  Returns how many there are, which is the
 * number of failures, or 0 where the times are bad, memory is short or there are too many. */
size_t rank_regression_points(const struct times *times, struct rank_regression_point *points, size_t room);

#endif
