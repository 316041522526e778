/* power_law.c - see power_law.h. */
#include "triage/reliability/power_law.h"

#include <math.h>
#include <stdbool.h>

#include "triage/reliability/special.h"

static const struct interval no_interval = {NAN, NAN};

static struct power_law nothing(enum arrivals_status status) {
  return (struct power_law){
      .status = status,
      .n = NAN,
      .end = NAN,
      .beta = NAN,
      .lambda = NAN,
      .eta = NAN,
      .beta_unbiased = NAN,
      .intensity = NAN,
      .mtbf = NAN,
      .mtbf_unbiased = NAN,
      .mtbf_cumulative = NAN,
      .loglik = NAN,
      .aic = NAN,
      .cvm = NAN,
      .cvm_m = NAN,
      .beta_exact = no_interval,
      .beta_fisher = no_interval,
      .mtbf_exact = no_interval,
      .mtbf_fisher = no_interval,
  };
}

/* Crow 1974: the distance of (t / T)^beta from evenly spread; without the last arrival where that is the end. */
static double cramer_von_mises(const struct arrivals *arrivals, double end, double beta, size_t m) {
  double sum = 1 / (12 * (double)m);
  for (size_t i = 0; i < m; i++) {
    double off = exp(-beta * arrivals_log_ratio(arrivals->times[i], end)) - (2 * (double)i + 1) / (2 * (double)m);
    sum += off * off;
  }
  return sum;
}

static void add_unbiased(struct power_law *fit, const struct arrivals *arrivals, bool at_failure) {
  size_t m = arrivals->count - at_failure;
  double lost = at_failure ? 2 : 1;
  fit->cvm_m = (double)m;
  fit->beta_unbiased = fit->n > lost ? fit->beta * ((fit->n - lost) / fit->n) : NAN;
  fit->mtbf_unbiased = fit->end / (fit->n * fit->beta_unbiased);
  if (fit->n > lost)
    fit->cvm = cramer_von_mises(arrivals, fit->end, fit->beta_unbiased, m);
}

static struct interval times(double value, double lower, double upper) {
  return (struct interval){value * lower, value * upper};
}

static void add_intervals(struct power_law *fit, enum arrivals_truncation truncation, double confidence) {
  double tail = (1 - confidence) / 2, n = fit->n, z = -special_normal_quantile(tail);
  double df = 2 * (truncation == ARRIVALS_FAILURE ? n - 1 : n);
  fit->beta_exact =
      times(fit->beta, special_chi2_quantile(tail, df) / (2 * n), special_chi2_quantile_upper(tail, df) / (2 * n));
  fit->beta_fisher = times(fit->beta, exp(-z / sqrt(n)), exp(z / sqrt(n)));
  fit->mtbf_fisher = times(fit->mtbf, exp(-z * sqrt(2 / n)), exp(z * sqrt(2 / n)));
  struct interval factors = power_law_factors(n, truncation, confidence);
  fit->mtbf_exact = times(fit->mtbf, factors.lower, factors.upper);
}

struct power_law power_law_fit(const struct arrivals *arrivals, double confidence) {
  enum arrivals_status status = arrivals_check(arrivals);
  if (!(confidence > 0 && confidence < 1))
    status = ARRIVALS_BAD_INPUT;
  if (status != ARRIVALS_OK)
    return nothing(status);
  double end = arrivals_end(arrivals), logs = 0, n = (double)arrivals->count;
  for (size_t i = 0; i < arrivals->count; i++)
    logs += arrivals_log_ratio(arrivals->times[i], end);
  if (isinf(logs) || logs == 0)
    return nothing(logs == 0 ? ARRIVALS_ALL_AT_END : ARRIVALS_ZERO_TIME);
  struct power_law fit = nothing(ARRIVALS_OK);
  fit.n = n;
  fit.end = end;
  fit.beta = n / logs;
  fit.lambda = n / pow(end, fit.beta);
  fit.eta = end / pow(n, 1 / fit.beta);
  fit.intensity = n * fit.beta / end;
  fit.mtbf = end / (n * fit.beta);
  fit.mtbf_cumulative = end / n;
  fit.loglik = n * (log(n * fit.beta) - log(end)) + logs - 2 * n; /* (1 - beta) logs is logs - n */
  fit.aic = 4 - 2 * fit.loglik;
  add_unbiased(&fit, arrivals, arrivals->truncation == ARRIVALS_FAILURE);
  add_intervals(&fit, arrivals->truncation, confidence);
  return fit;
}

double power_law_expected(const struct power_law *fit, double t) { return fit->n * pow(t / fit->end, fit->beta); }

struct interval power_law_expected_interval(const struct power_law *fit, double t, double confidence) {
  double expected = t > 0 ? power_law_expected(fit, t) : NAN, slope = fit->beta * log(t / fit->end);
  double z = confidence > 0 && confidence < 1 ? -special_normal_quantile((1 - confidence) / 2) : NAN;
  double factor = exp(z * sqrt((1 + slope * slope) / fit->n));
  return (struct interval){expected / factor, expected * factor};
}
