/* fuzz_growth.c - any bytes are arrivals, counts, a target and a duration.
 *
 * The first byte says how the rest is taken; then come doubles, as they are in memory, and the rest once more as text.
 * What comes out must keep what the headers of triage/reliability/ promise: a number wherever a status says that there
 * is one, ends of intervals in their order, and NAN where there is none.  libFuzzer's -timeout sees to it that all of
 * it ends. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "triage/reliability/headline.h"
#include "triage/reliability/slo.h"

#define NUMBERS_MAX 512
#define WINDOWS 16

enum { AT_FAILURE = 1, SORTED = 2, SCALED = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* At or below, as far as rounding lets one tell: with a confidence near 0 the ends of an interval meet. */
static bool in_order(double lower, double upper) { return lower >= 0 && lower * (1 - 1e-9) <= upper; }

static void check_interval(double lower, double value, double upper) {
  assert(in_order(lower, value) && in_order(value, upper) && "an estimate is within its interval");
}

static void check_power_law(const struct power_law *fit) {
  if (fit->status != ARRIVALS_OK) {
    assert(isnan(fit->beta) && isnan(fit->mtbf) && isnan(fit->mtbf_exact.lower) && isnan(fit->cvm));
    return;
  }
  assert(fit->beta > 0 && fit->beta <= DBL_MAX && fit->n >= 1 && !isnan(fit->loglik) && !isnan(fit->aic));
  assert(fit->lambda >= 0 && fit->eta >= 0 && fit->mtbf >= 0 && fit->intensity >= 0 && fit->mtbf_cumulative >= 0);
  assert(isnan(fit->beta_unbiased) == isnan(fit->cvm) && isnan(fit->cvm) == isnan(fit->mtbf_unbiased));
  assert(isnan(fit->beta_unbiased) || (fit->beta_unbiased > 0 && fit->cvm > 0));
  assert(in_order(fit->beta_exact.lower, fit->beta_exact.upper));
  assert(in_order(fit->mtbf_exact.lower, fit->mtbf_exact.upper));
  check_interval(fit->beta_fisher.lower, fit->beta, fit->beta_fisher.upper);
  check_interval(fit->mtbf_fisher.lower, fit->mtbf, fit->mtbf_fisher.upper);
  assert(power_law_expected(fit, 0) == 0 && power_law_expected(fit, fit->end) == fit->n);
}

static void check_models(const struct goel_okumoto *go, const struct musa_okumoto *mo) {
  assert(isnan(go->mtbf) == (go->status != ARRIVALS_OK) && isnan(mo->mtbf) == (mo->status != ARRIVALS_OK));
  if (go->status == ARRIVALS_OK) {
    assert(go->a > 0 && go->b >= 0 && go->remaining >= 0 && go->intensity >= 0 && go->mtbf >= 0);
    assert(!isnan(go->loglik) && !isnan(goel_okumoto_expected(go, go->end)) && goel_okumoto_expected(go, 0) == 0);
  }
  if (mo->status == ARRIVALS_OK) {
    assert(mo->beta0 > 0 && mo->beta1 >= 0 && mo->intensity >= 0 && mo->mtbf >= 0);
    assert(!isnan(mo->loglik) && !isnan(musa_okumoto_expected(mo, mo->end)) && musa_okumoto_expected(mo, 0) == 0);
  }
}

static void check_residual(const struct discovery_residual *residual) {
  if (isnan(residual->rate)) {
    assert(isnan(residual->rate_lower) && isnan(residual->rate_upper) && isnan(residual->mtbf));
    assert(isnan(residual->mtbf_lower) && isnan(residual->mtbf_upper));
    return;
  }
  check_interval(residual->rate_lower, residual->rate, residual->rate_upper);
  check_interval(residual->mtbf_lower, residual->mtbf, residual->mtbf_upper);
}

static void check_headline(const struct headline *headline, double confidence) {
  const struct trend *trend = &headline->trend;
  assert(isnan(trend->laplace_u) == (trend->status != ARRIVALS_OK));
  assert(trend->status != ARRIVALS_OK || (trend->laplace_p >= 0 && trend->laplace_p <= 1));
  assert(trend->status != ARRIVALS_OK || (trend->milhdbk_p >= 0 && trend->milhdbk_p <= 1 && trend->milhdbk_chi2 >= 0));
  check_power_law(&headline->power_law);
  check_models(&headline->goel_okumoto, &headline->musa_okumoto);
  check_residual(&headline->residual);
  assert(isnan(headline->mtbf) == (headline->quantity == HEADLINE_NOTHING));
  assert(isnan(headline->interval.lower) == isnan(headline->mtbf) && *headline_quantity_words(headline->quantity));
  if (headline->quantity == HEADLINE_NOTHING)
    return;
  assert(confidence > 0 && confidence < 1);
  assert(in_order(headline->interval.lower, headline->interval.upper));
  assert(in_order(headline->spread.lower, headline->spread.upper));
}

static void check_windows(const struct arrivals *arrivals, double window, double step) {
  struct slo_window windows[WINDOWS];
  size_t count = slo_windows(arrivals, window, step, windows, WINDOWS);
  struct slo_window worst = slo_worst_window(arrivals, window);
  for (size_t i = 0; i < count && i < WINDOWS; i++) {
    assert(windows[i].failures >= 0 && windows[i].failures <= (double)arrivals->count && windows[i].mtbf >= 0);
    assert(isnan(worst.failures) || windows[i].failures <= (double)arrivals->count);
  }
  assert(isnan(worst.failures) || (worst.failures >= 1 && worst.failures <= (double)arrivals->count));
}

static void check_slo(const char *text, double failures, double exposure, double confidence) {
  struct decimal share = {0}, seconds = {0};
  const char *half = text + strlen(text) / 2;
  if (decimal_parse_share(text, &share) || decimal_parse_duration(half, &seconds))
    return;
  double threshold = slo_threshold(share, seconds);
  assert(threshold > 0 && threshold <= DBL_MAX);
  assert(slo_availability(threshold, decimal_value(seconds)) <= 1);
  struct slo_evidence evidence = slo_weigh(threshold, failures, exposure, confidence);
  assert(isnan(evidence.threshold) || (evidence.needed > 0 && evidence.lower >= 0 && evidence.still_needed >= 0));
  assert(isnan(evidence.threshold) || (evidence.verdict == SLO_PASS) == (evidence.still_needed == 0));
}

static void check_counts(const uint8_t *data, size_t size) {
  uint64_t sightings[NUMBERS_MAX];
  size_t count = size < NUMBERS_MAX ? size : NUMBERS_MAX;
  for (size_t i = 0; i < count; i++)
    sightings[i] = data[i] % 8u;
  struct discovery_counts counts = discovery_count(sightings, count);
  struct discovery_richness richness = discovery_richness(&counts);
  if (counts.n == 0)
    return;
  assert(richness.coverage_chao_jost >= 0 && richness.coverage_chao_jost <= 1);
  assert(richness.total_chao1 >= counts.found && richness.total_chao1_corrected >= counts.found);
  double more = discovery_extrapolate(&counts, counts.n);
  assert(more >= 0 && more <= richness.unseen_chao1);
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Makes arrivals of what would hardly ever be some. */
static void put_in_order(double *times, size_t count, double end) {
  for (size_t i = 0; i < count; i++)
    times[i] = isfinite(times[i]) ? fmin(fabs(times[i]), end) : 0;
  qsort(times, count, sizeof *times, ascending);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  double numbers[NUMBERS_MAX] = {0};
  if (size < 1)
    return 0;
  uint8_t how = data[0];
  size_t count = (size - 1) / sizeof *numbers;
  if (count > NUMBERS_MAX)
    count = NUMBERS_MAX;
  memcpy(numbers, data + 1, count * sizeof *numbers);
  enum { END, F1, F2, CONFIDENCE, SIGNIFICANCE, PARAMETERS };
  double *times = numbers + PARAMETERS;
  size_t arrived = count > PARAMETERS ? count - PARAMETERS : 0;
  double confidence = how & SCALED ? .95 : numbers[CONFIDENCE], end = how & SCALED ? fabs(numbers[END]) : numbers[END];
  if (how & SORTED)
    put_in_order(times, arrived, end);
  const struct headline_input input = {
      {times, arrived, how & AT_FAILURE ? ARRIVALS_FAILURE : ARRIVALS_TIME, end},
      numbers[F1],
      numbers[F2],
      confidence,
      how & SCALED ? .05 : numbers[SIGNIFICANCE],
  };
  struct headline headline = headline_choose(&input);
  check_headline(&headline, confidence);
  check_windows(&input.arrivals, numbers[F1], numbers[F2]);
  check_counts(data, size);
  char *text = strndup((const char *)data + 1, size - 1); /* of its own, so that a read past it is seen */
  assert(text);
  check_slo(text, numbers[F1], end, confidence);
  free(text);
  return 0;
}
