/* Inside the Weibull fits: the times as logarithms relative to the largest, the sums that every equation is made of,
 * and the equation of the shape.
 *
 * u = ln(time / largest) <= 0, so that time^beta never overflows and no unit of time matters; near the largest it
 * comes from log1p of an exact difference, so that times which differ in their last digits keep what differs. */
#ifndef HEDDLE_RELIABILITY_WEIBULL_SAMPLE_H
#define HEDDLE_RELIABILITY_WEIBULL_SAMPLE_H

#include "triage/reliability/weibull.h"

struct weibull_sample {
  double *u;          /* owned; rows at time 0 are left out, as they say nothing */
  double *weight;     /* owned; NULL: all are 1 */
  size_t rows;        /* of u and weight */
  double failures;    /* r */
  double mean_u;      /* of the failures; < 0 */
  double deviation_u; /* standard deviation of the same; may be 0 */
  double largest;     /* the largest time */
};

/* Takes in times that have a fit.  False when memory is short; then nothing is to be freed. */
bool weibull_sample_take(struct weibull_sample *sample, const struct times *times, const struct times_summary *summary);
void weibull_sample_free(struct weibull_sample *sample);

/* At one shape b: S0 = sum of weight e^(b u), and moments of u under the weights weight e^(b u) / S0. */
struct weibull_moments {
  double b, s0;
  double mean, variance, third; /* third: the third cumulant */
  double score;                 /* 1 + b (mean_u - mean): b / r times the profile log-likelihood's derivative */
};

/* Over every `stride`-th row. */
struct weibull_moments weibull_moments(const struct weibull_sample *sample, double b, size_t stride);

/* The shape where the score is 0, and the sums there.  It always ends. */
struct weibull_moments weibull_solve(const struct weibull_sample *sample);

/* ln(eta / largest) of the best eta for that shape. */
double weibull_log_scale(const struct weibull_sample *sample, const struct weibull_moments *at);

#endif
