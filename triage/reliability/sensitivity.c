#include "triage/reliability/sensitivity.h"

#include <float.h>
#include <math.h>

#include "triage/reliability/special.h"

struct sensitivity_weibull sensitivity_weibull(double beta, double eta) {
  if (!(beta > 0) || !(eta > 0))
    return (struct sensitivity_weibull){NAN, NAN, NAN, NAN, NAN};
  double gamma = exp(special_gamma_ln(1 + 1 / beta));
  struct sensitivity_weibull of = {
      .mtbf = eta * gamma,
      .by_eta = gamma,
      .elasticity_beta = -special_digamma(1 + 1 / beta) / beta,
      .elasticity_eta = 1,
  };
  of.by_beta = of.mtbf * of.elasticity_beta / beta;
  return of;
}

/* Of an estimate that is a mean of n parts: its error, and what follows of it. */
static struct sensitivity_estimate told(double value, double squares, size_t n, double confidence) {
  double count = (double)n;
  double error = n >= 2 ? sqrt(squares / (count - 1) / count) : NAN;
  double z = confidence > 0 && confidence < 1 ? -special_normal_quantile((1 - confidence) / 2) : NAN;
  return (struct sensitivity_estimate){
      .value = value,
      .error = error,
      .interval = {value - z * error, value + z * error},
      .p = value == 0 ? 1 : 2 * special_normal_sf(fabs(value) / error),
  };
}

static double mean_of(const double *values, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  return sum / (double)n;
}

struct sensitivity_estimate sensitivity_difference(const struct sensitivity_runs *runs, double confidence) {
  double step = runs->high_factor - runs->low_factor;
  double difference = mean_of(runs->high, runs->n) - mean_of(runs->low, runs->n);
  double squares = 0;
  for (size_t i = 0; i < runs->n; i++) {
    double away = (runs->high[i] - runs->low[i] - difference) / step;
    squares += away * away;
  }
  return told(difference / step, squares, runs->n, confidence);
}

struct sensitivity_estimate sensitivity_elasticity(const struct sensitivity_runs *runs, double confidence) {
  double step = log(runs->high_factor / runs->low_factor);
  double high = mean_of(runs->high, runs->n);
  double low = mean_of(runs->low, runs->n);
  if (!(high > 0 && low > 0 && runs->high_factor > 0 && runs->low_factor > 0))
    return told(NAN, NAN, runs->n, confidence);
  double squares = 0;
  for (size_t i = 0; i < runs->n; i++) {
    /* What the run adds to ln high - ln low, of first order; these have mean 0. */
    double away = (runs->high[i] / high - runs->low[i] / low) / step;
    squares += away * away;
  }
  return told(log(high / low) / step, squares, runs->n, confidence);
}

double sensitivity_step(double x) { return cbrt(DBL_EPSILON) * (x == 0 ? 1 : fabs(x)); }
