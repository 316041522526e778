#include "triage/reliability/exponential.h"

#include <math.h>

#include "triage/reliability/special.h"

struct exponential_fit exponential_fit(const struct times *times) {
  struct times_summary sum = times_summarize(times);
  if (sum.bad)
    return (struct exponential_fit){NAN, NAN, NAN, NAN, NAN, NAN};
  struct exponential_fit fit = {.failures = sum.failures, .total = sum.total, .mtbf = NAN};
  fit.loglik = fit.aic = fit.bic = NAN;
  if (sum.failures > 0)
    fit.mtbf = sum.total / sum.failures;
  if (fit.mtbf > 0) {
    fit.loglik = -sum.failures * (log(fit.mtbf) + 1);
    fit.aic = 2 - 2 * fit.loglik;
    fit.bic = log(sum.n) - 2 * fit.loglik;
  }
  return fit;
}

static bool is_asked(double total, double failures, double confidence) {
  bool counted = failures >= 0 && failures <= EXPONENTIAL_FAILURES && floor(failures) == failures;
  return total > 0 && counted && confidence > 0 && confidence < 1;
}

/* 2 total / chi-square, of which `tail` lies above; an end by time counts one failure more. */
static double lower_end(double total, double failures, enum exponential_end end, double tail) {
  double counted = end == EXPONENTIAL_END_BY_TIME ? failures + 1 : failures;
  return total / (special_chi2_quantile_upper(tail, 2 * counted) / 2);
}

struct interval exponential_interval(double total, double failures, enum exponential_end end, double confidence) {
  struct interval interval = {NAN, NAN};
  if (!is_asked(total, failures, confidence) || (failures == 0 && end == EXPONENTIAL_END_BY_FAILURE))
    return interval;
  double tail = (1 - confidence) / 2;
  interval.lower = lower_end(total, failures, end, tail);
  interval.upper = failures > 0 ? total / (special_chi2_quantile(tail, 2 * failures) / 2) : INFINITY;
  return interval;
}

double exponential_lower(double total, double failures, enum exponential_end end, double confidence) {
  if (!is_asked(total, failures, confidence) || (failures == 0 && end == EXPONENTIAL_END_BY_FAILURE))
    return NAN;
  return lower_end(total, failures, end, 1 - confidence);
}

double exponential_time_needed(double mtbf, double failures, double confidence) {
  if (!is_asked(mtbf, failures, confidence))
    return NAN;
  return mtbf * (special_chi2_quantile_upper(1 - confidence, 2 * failures + 2) / 2);
}
