/* fuzz_weibull.c - any doubles are failure times.
 *
 * The first byte is a confidence, the second says how the rows are read; each row is eight bytes of time, one of event
 * and one of count.  Whatever is read, everything in reliability/ that takes times ends, and what it says is a number
 * where it says there is one: estimates lie in their intervals, no error is below 0. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "triage/reliability/exponential.h"
#include "triage/reliability/rank_regression.h"
#include "triage/reliability/sensitivity.h"
#include "triage/reliability/weibull.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 200, ROW_BYTES = 10 };

enum way {
  WAY_NEAR = 1,    /* times between 1 and 2, which differ late */
  WAY_LARGE = 2,   /* counts up to 2^63 */
  WAY_COUNTED = 4, /* rows have counts at all */
  WAY_EVENT = 8,   /* rows have events at all */
};

static struct {
  double time[ROWS];
  unsigned char event[ROWS];
  uint64_t count[ROWS];
} rows;

static struct times times_of(const uint8_t *data, size_t size, unsigned way) {
  size_t n = 0;
  for (; n < ROWS && size >= ROW_BYTES; n++, data += ROW_BYTES, size -= ROW_BYTES) {
    uint64_t bits = 0;
    memcpy(&bits, data, sizeof bits);
    if (way & WAY_NEAR)
      bits = bits % 4096 + UINT64_C(0x3ff0000000000000);
    memcpy(&rows.time[n], &bits, sizeof bits);
    rows.event[n] = data[8] & 1;
    rows.count[n] = way & WAY_LARGE ? UINT64_C(1) << data[9] % 64 : data[9] % 4;
  }
  return (struct times){rows.time, way & WAY_EVENT ? rows.event : NULL, way & WAY_COUNTED ? rows.count : NULL, n};
}

static void check_interval(struct interval interval, double estimate) {
  assert(interval.lower <= estimate && estimate <= interval.upper && "an estimate lies in its interval");
}

static void check_intervals(const struct weibull_intervals *intervals, const struct weibull_fit *fit) {
  check_interval(intervals->beta, fit->beta);
  check_interval(intervals->eta, fit->eta);
  check_interval(intervals->mtbf, fit->mtbf);
}

static void check_fit(const struct times *times, const struct weibull_fit *fit, double confidence) {
  assert(fit->beta > 0 && fit->beta < INFINITY && fit->eta >= 0 && fit->mtbf >= 0);
  assert(isfinite(fit->ln_eta) && isfinite(fit->ln_mtbf) && isfinite(fit->loglik));
  assert(isfinite(fit->aic) && isfinite(fit->bic) && isfinite(fit->aicc) == (fit->n > 3));
  assert(fit->se_ln_beta > 0 && fit->se_ln_eta > 0 && fit->se_ln_mtbf >= 0 && isfinite(fit->cov_ln));
  assert(fit->beta1_statistic >= 0 && fit->beta1_p >= 0 && fit->beta1_p <= 1);
  struct weibull_intervals lr = weibull_likelihood_ratio(times, fit, confidence);
  struct weibull_intervals wald = weibull_wald(fit, confidence);
  check_intervals(&lr, fit);
  check_intervals(&wald, fit);
  struct weibull_goodness goodness = weibull_anderson_darling(times, fit);
  bool complete = fit->n == fit->failures;
  assert(complete ? goodness.p >= 0 && goodness.p <= 1 : isnan(goodness.a2));
  if (complete && fit->n < (double)ROWS) {
    struct weibull_intervals pivotal = weibull_pivotal(fit, confidence, 20, 1);
    assert(pivotal.beta.lower <= pivotal.beta.upper && pivotal.mtbf.lower <= pivotal.mtbf.upper);
  }
  struct sensitivity_weibull sensitivity = sensitivity_weibull(fit->beta, fit->eta);
  assert(fit->eta == 0 || !isnan(sensitivity.elasticity_beta));
}

static void check_rank_regression(const struct times *times) {
  struct rank_regression fit = rank_regression_fit(times);
  if (fit.status == RANK_REGRESSION_OK) {
    assert(fit.y_on_x.beta > 0 && fit.x_on_y.beta > 0 && fit.x_on_y.eta >= 0 && fit.x_on_y.mtbf >= 0);
    assert(fit.correlation > 0 && fit.correlation < 1 + 1e-9);
  } else {
    assert(isnan(fit.y_on_x.beta) && isnan(fit.x_on_y.mtbf) && isnan(fit.correlation));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  double confidence = (data[0] + .5) / 256;
  struct times times = times_of(data + 2, size - 2, data[1]);
  struct weibull_fit fit = weibull_fit(&times);
  assert(weibull_status_name(fit.status));
  if (fit.status == WEIBULL_OK)
    check_fit(&times, &fit, confidence);
  else
    assert(isnan(fit.beta) && isnan(weibull_likelihood_ratio(&times, &fit, confidence).mtbf.lower));
  struct exponential_fit exponential = exponential_fit(&times);
  /* Exact intervals are around the median of what the mean may be, which is not the estimate. */
  struct interval exact =
      exponential_interval(exponential.total, exponential.failures, EXPONENTIAL_END_BY_FAILURE, confidence);
  if (exponential.mtbf > 0 && exponential.failures <= EXPONENTIAL_FAILURES)
    assert(exact.lower <= exact.upper);
  if (!(exponential.failures > 3 * ROWS))
    check_rank_regression(&times);
  return 0;
}
