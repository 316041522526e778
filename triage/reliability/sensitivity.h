/* How much a mean time between failures moves with what it depends on.
 *
 * Pure and thread-safe; what is not defined is NAN. */
#ifndef HEDDLE_RELIABILITY_SENSITIVITY_H
#define HEDDLE_RELIABILITY_SENSITIVITY_H

#include <stddef.h>

#include "triage/reliability/times.h"

/* Of the Weibull mean, eta Gamma(1 + 1/beta), in closed form.  An elasticity is d ln mean / d ln parameter: what one
 * percent more of it makes of the mean, in percent. */
struct sensitivity_weibull {
  double mtbf;
  double by_beta, by_eta; /* d mtbf / d beta, d mtbf / d eta */
  double elasticity_beta; /* -digamma(1 + 1/beta) / beta: 0 at beta = 2.166, below 0 under it */
  double elasticity_eta;  /* 1 */
};

/* NAN unless beta > 0 and eta > 0. */
struct sensitivity_weibull sensitivity_weibull(double beta, double eta);

/* For a factor that needs a run of its own at each value: the runs `high[i]` and `low[i]`, i < n, are of the same
 * random numbers (the same seed), `high` with the factor at `high_factor`, `low` at `low_factor`.  What is the same in
 * both then cancels, and the error of the difference is that of n paired differences (common random numbers: Law,
 * Simulation Modeling and Analysis, 11.2). */
struct sensitivity_runs {
  const double *high, *low; /* what was measured, run by run */
  size_t n;
  double high_factor, low_factor;
};

struct sensitivity_estimate {
  double value, error;      /* the estimate and its standard error; `error` is NAN below two runs */
  struct interval interval; /* value -+ z error; approximate, by the normal distribution */
  double p;                 /* two-sided chance of as much if the truth were 0, by the same */
};

/* The derivative by central difference: mean of (high - low) / (high_factor - low_factor). */
struct sensitivity_estimate sensitivity_difference(const struct sensitivity_runs *runs, double confidence);

/* The elasticity between the two factors: ln(mean high / mean low) / ln(high_factor / low_factor), its error by the
 * delta method on the pairs.  NAN unless both means and both factors are above 0. */
struct sensitivity_estimate sensitivity_elasticity(const struct sensitivity_runs *runs, double confidence);

/* The step for a central difference of something computed to full precision at `x`: it balances the error of the
 * formula (third order) against rounding. */
double sensitivity_step(double x);

#endif
