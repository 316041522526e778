#include "triage/reliability/weibull.h"

#include <assert.h>
#include <math.h>

#include "triage/reliability/special.h"
#include "triage/reliability/weibull_sample.h"

const char *weibull_status_name(enum weibull_status status) {
  switch (status) {
  case WEIBULL_OK:
    return "ok";
  case WEIBULL_NO_FAILURES:
    return "no_failures";
  case WEIBULL_ZERO_FAILURE_TIME:
    return "zero_failure_time";
  case WEIBULL_BETA_INFINITE:
    return "beta_infinite";
  case WEIBULL_BAD_TIME:
    return "bad_time";
  case WEIBULL_NO_MEMORY:
    return "no_memory";
  }
  assert(false && "a status of weibull.h");
  return "";
}

static enum weibull_status status_of(const struct times_summary *sum) {
  if (sum->bad)
    return WEIBULL_BAD_TIME;
  if (sum->failures == 0)
    return WEIBULL_NO_FAILURES;
  if (sum->zero_failure)
    return WEIBULL_ZERO_FAILURE_TIME;
  return sum->early_failure ? WEIBULL_OK : WEIBULL_BETA_INFINITE;
}

static struct weibull_fit no_fit(enum weibull_status status, const struct times_summary *sum) {
  return (struct weibull_fit){
      .status = status,
      .n = sum->n,
      .failures = sum->failures,
      .beta = NAN,
      .eta = NAN,
      .mtbf = NAN,
      .ln_eta = NAN,
      .ln_mtbf = NAN,
      .se_ln_beta = NAN,
      .se_ln_eta = NAN,
      .cov_ln = NAN,
      .se_ln_mtbf = NAN,
      .se_beta = NAN,
      .se_eta = NAN,
      .se_mtbf = NAN,
      .loglik = NAN,
      .aic = NAN,
      .aicc = NAN,
      .bic = NAN,
      .beta1_statistic = NAN,
      .beta1_p = NAN,
  };
}

static void estimate(struct weibull_fit *fit, const struct weibull_sample *sample, const struct weibull_moments *at) {
  double scale = weibull_log_scale(sample, at);
  double gamma = special_gamma_ln(1 + 1 / at->b);
  fit->beta = at->b;
  fit->eta = times_scale(sample->largest, scale);
  fit->ln_eta = log(sample->largest) + scale;
  fit->mtbf = times_scale(sample->largest, scale + gamma);
  fit->ln_mtbf = fit->ln_eta + gamma;
}

/* With z = b u - ln(s0 / r), whose mean under the weights e^z is `a`, the information in (ln eta, ln beta) is
 * r [b^2, -b a; -b a, 1 + a^2 + b^2 variance]. */
static void spread_errors(struct weibull_fit *fit, const struct weibull_sample *sample,
                          const struct weibull_moments *at) {
  double r = sample->failures;
  double b = at->b;
  double a = b * (at->mean - weibull_log_scale(sample, at));
  double spread = 1 + b * b * at->variance;
  double var_beta = 1 / (r * spread);
  double var_eta = (1 + a * a / spread) / (r * b * b);
  fit->cov_ln = a / (r * b * spread);
  fit->se_ln_beta = sqrt(var_beta);
  fit->se_ln_eta = sqrt(var_eta);
  /* d ln mtbf / d ln beta */
  double elasticity = -special_digamma(1 + 1 / b) / b;
  fit->se_ln_mtbf = sqrt(fmax(0, var_eta + elasticity * elasticity * var_beta + 2 * elasticity * fit->cov_ln));
  fit->se_beta = fit->beta * fit->se_ln_beta;
  fit->se_eta = fit->eta * fit->se_ln_eta;
  fit->se_mtbf = fit->mtbf * fit->se_ln_mtbf;
}

/* Of beta = 1, what s0 is there: the total time in units of the largest. */
static double exponential_s0(const struct weibull_sample *sample, const struct times_summary *sum) {
  return isfinite(sum->total) ? sum->total / sum->largest : weibull_moments(sample, 1, 1).s0;
}

static void weigh(struct weibull_fit *fit, const struct weibull_sample *sample, const struct weibull_moments *at,
                  double s0_of_1) {
  double r = sample->failures;
  double b = at->b;
  double excess = (b - 1) * sample->mean_u;
  fit->loglik = r * (log(b) + excess - log(sample->largest) - log(at->s0 / r) - 1);
  fit->aic = 4 - 2 * fit->loglik;
  fit->bic = 2 * log(fit->n) - 2 * fit->loglik;
  fit->aicc = fit->n > 3 ? fit->aic + 12 / (fit->n - 3) : NAN;
  fit->beta1_statistic = fmax(0, 2 * r * (log(b) + excess + log(s0_of_1 / at->s0)));
  fit->beta1_p = special_chi2_sf(fit->beta1_statistic, 1);
}

struct weibull_fit weibull_fit(const struct times *times) {
  struct times_summary sum = times_summarize(times);
  struct weibull_fit fit = no_fit(status_of(&sum), &sum);
  if (fit.status != WEIBULL_OK)
    return fit;
  struct weibull_sample sample;
  if (!weibull_sample_take(&sample, times, &sum)) {
    fit.status = WEIBULL_NO_MEMORY;
    return fit;
  }
  struct weibull_moments at = weibull_solve(&sample);
  estimate(&fit, &sample, &at);
  spread_errors(&fit, &sample, &at);
  weigh(&fit, &sample, &at, exponential_s0(&sample, &sum));
  weibull_sample_free(&sample);
  return fit;
}

/* An estimate that no double holds is INFINITY or 0, but its ends may be numbers: they come from the logarithm then. */
static struct interval around(double value, double ln_value, double error, double z) {
  if (value > 0 && value < INFINITY)
    return (struct interval){value * exp(-z * error), value * exp(z * error)};
  return (struct interval){exp(ln_value - z * error), exp(ln_value + z * error)};
}

struct weibull_intervals weibull_wald(const struct weibull_fit *fit, double confidence) {
  double z = confidence > 0 && confidence < 1 ? -special_normal_quantile((1 - confidence) / 2) : NAN;
  return (struct weibull_intervals){
      .beta = around(fit->beta, log(fit->beta), fit->se_ln_beta, z),
      .eta = around(fit->eta, fit->ln_eta, fit->se_ln_eta, z),
      .mtbf = around(fit->mtbf, fit->ln_mtbf, fit->se_ln_mtbf, z),
  };
}

/* ln(-ln(1 - share)) at a time. */
static double log_hazard(const struct weibull_fit *fit, double time) {
  return time > 0 ? fit->beta * (log(time) - fit->ln_eta) : NAN;
}

double weibull_share(const struct weibull_fit *fit, double time) { return -expm1(-exp(log_hazard(fit, time))); }

struct interval weibull_share_interval(const struct weibull_fit *fit, double time, double confidence) {
  double z = confidence > 0 && confidence < 1 ? -special_normal_quantile((1 - confidence) / 2) : NAN;
  double at = log_hazard(fit, time), by_beta = at * fit->se_ln_beta, by_eta = fit->beta * fit->se_ln_eta;
  double variance = by_beta * by_beta + by_eta * by_eta - 2 * at * fit->beta * fit->cov_ln;
  double width = z * sqrt(fmax(variance, 0));
  return (struct interval){-expm1(-exp(at - width)), -expm1(-exp(at + width))};
}

struct weibull_unbiased weibull_unbias(const struct weibull_fit *fit) {
  double r = fit->failures;
  double ln_c4 = NAN;
  if (fit->status == WEIBULL_OK && r >= 2)
    ln_c4 = .5 * log(2 / (r - 1)) + special_gamma_ln(r / 2) - special_gamma_ln((r - 1) / 2);
  struct weibull_unbiased unbiased = {.median_factor = exp(3.5 * ln_c4), .mean_factor = exp(6 * ln_c4)};
  unbiased.median_beta = unbiased.median_factor * fit->beta;
  unbiased.mean_beta = unbiased.mean_factor * fit->beta;
  return unbiased;
}
