/* The power law against published and computed figures, its intervals against what defines them, and its ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/power_law.h"

#define CLOSED 1e-12    /* what a formula gives */
#define FACTORS 1e-9    /* what is solved for */
#define TOLERANCE 1e-10 /* what takes a quantile */

static void check_interval(const char *set, const json_t *expected, const char *key, const char *confidence,
                           struct interval interval, double tolerance) {
  char name[64];
  snprintf(name, sizeof name, "%s_%s", key, confidence);
  const json_t *ends = json_object_get(expected, name);
  assert_int_equal(json_array_size(ends), 2);
  assert_near(set, name, interval.lower, json_number_value(json_array_get(ends, 0)), tolerance);
  assert_near(set, name, interval.upper, json_number_value(json_array_get(ends, 1)), tolerance);
}

static struct interval over(struct interval interval, double unit) {
  return (struct interval){interval.lower / unit, interval.upper / unit};
}

static void check_intervals(const char *name, const json_t *expected, const struct arrivals *arrivals, double scale,
                            const char *level) {
  double confidence = strtod(level, NULL);
  struct power_law fit = power_law_fit(arrivals, confidence);
  check_interval(name, expected, "beta_ci_exact", level, fit.beta_exact, TOLERANCE);
  check_interval(name, expected, "beta_ci_fisher_log", level, fit.beta_fisher, TOLERANCE);
  check_interval(name, expected, "mtbf_ci_fisher_log", level, over(fit.mtbf_fisher, scale), TOLERANCE);
  check_interval(name, expected, "mtbf_ci_crow_exact", level, over(fit.mtbf_exact, scale), FACTORS);
  struct interval factors = power_law_factors(fit.n, arrivals->truncation, confidence);
  check_interval(name, expected, "crow_factors", level, factors, FACTORS);
}

static void check_set(const char *name, double scale) {
  json_t *file = reference_open(name);
  const json_t *expected = json_object_get(file, "expected");
  struct arrivals arrivals = growth_arrivals(file, scale);
  struct power_law fit = power_law_fit(&arrivals, .95);
  assert_int_equal(fit.status, ARRIVALS_OK);
  const struct {
    const char *key;
    double value;
  } closed[] = {
      {"N", fit.n},
      {"T", fit.end / scale},
      {"beta_mle", fit.beta},
      {"beta_unbiased", fit.beta_unbiased},
      {"lambda_mle", fit.lambda * pow(scale, fit.beta)},
      {"eta", fit.eta / scale},
      {"intensity_T", fit.intensity * scale},
      {"mtbf_inst_T", fit.mtbf / scale},
      {"mtbf_inst_T_unbiased_beta", fit.mtbf_unbiased / scale},
      {"mtbf_cum_T", fit.mtbf_cumulative / scale},
      {"loglik", fit.loglik + fit.n * log(scale)},
      {"cvm", fit.cvm},
      {"cvm_M", fit.cvm_m},
  };
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
    assert_near(name, closed[i].key, closed[i].value, reference_number(expected, closed[i].key), CLOSED);
  check_intervals(name, expected, &arrivals, scale, "0.90");
  check_intervals(name, expected, &arrivals, scale, "0.95");
  free((double *)arrivals.times);
  json_decref(file);
}

static void test_published_sets_in_every_unit(void **state) {
  (void)state;
  for (size_t i = 0; i < GROWTH_SETS; i++)
    for (size_t j = 0; j < GROWTH_SCALES; j++)
      check_set(growth_sets[i], growth_scales[j]);
}

/* One arrival, time-truncated: the weights of the count are x^k / (k! (k-1)!), and x where the first of them is .025 of
 * all was found by summing them. */
static double share_of_first(double x) {
  double weight = x, all = x;
  for (int k = 1; k < 200; k++)
    all += weight *= x / (k * (k + 1.));
  return x / all;
}

static void test_factors_of_few(void **state) {
  (void)state;
  struct interval one = power_law_factors(1, ARRIVALS_TIME, .95);
  assert_true(isinf(one.upper));
  assert_near("one", "lower", share_of_first(1 / one.lower), .025, FACTORS);
  /* Two, failure-truncated: a Gamma(2) times an exponential, above x with probability (1 + y) K1(y) y / 2 + ..., so
   * only that the ends lie on both sides of the middle and move apart. */
  struct interval two = power_law_factors(2, ARRIVALS_FAILURE, .95);
  struct interval wider = power_law_factors(2, ARRIVALS_FAILURE, .9999999999999998);
  assert_true(two.lower > 0 && two.lower < 1 && two.upper > 1 && isfinite(two.upper));
  assert_true(wider.lower < two.lower && wider.upper > two.upper && isfinite(wider.upper));
}

/* ln x is then nearly normal with deviation sqrt(2 / n). */
static void test_factors_of_many(void **state) {
  (void)state;
  for (int truncation = ARRIVALS_TIME; truncation <= ARRIVALS_FAILURE; truncation++) {
    struct interval many = power_law_factors(1e6, (enum arrivals_truncation)truncation, .95);
    assert_near("many", "lower", log(many.lower), -1.959964 * sqrt(2e-6), 2e-3);
    assert_near("many", "upper", log(many.upper), 1.959964 * sqrt(2e-6), 2e-3);
  }
}

static void test_factors_of_nothing(void **state) {
  (void)state;
  static const double bad[][2] = {{0, .95},        {-3, .95}, {2.5, .95}, {NAN, .95},
                                  {INFINITY, .95}, {5, 0},    {5, 1},     {5, NAN}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct interval factors = power_law_factors(bad[i][0], ARRIVALS_TIME, bad[i][1]);
    assert_true(isnan(factors.lower) && isnan(factors.upper));
  }
  assert_true(isnan(power_law_factors(1, ARRIVALS_FAILURE, .95).lower));
}

static void test_statuses(void **state) {
  (void)state;
  static const double zero[] = {0, 5, 6}, at_end[] = {10, 10, 10}, one[] = {4}, unordered[] = {5, 4};
  const struct {
    struct arrivals arrivals;
    enum arrivals_status status;
  } cases[] = {
      {{NULL, 0, ARRIVALS_TIME, 10}, ARRIVALS_NO_FAILURES},  {{zero, 3, ARRIVALS_TIME, 10}, ARRIVALS_ZERO_TIME},
      {{at_end, 3, ARRIVALS_TIME, 10}, ARRIVALS_ALL_AT_END}, {{at_end, 3, ARRIVALS_FAILURE, 0}, ARRIVALS_ALL_AT_END},
      {{one, 1, ARRIVALS_FAILURE, 0}, ARRIVALS_TOO_FEW},     {{unordered, 2, ARRIVALS_TIME, 10}, ARRIVALS_BAD_INPUT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct power_law fit = power_law_fit(&cases[i].arrivals, .95);
    assert_int_equal(fit.status, cases[i].status);
    assert_true(isnan(fit.beta) && isnan(fit.mtbf) && isnan(fit.mtbf_exact.lower) && isnan(fit.cvm));
  }
  const struct arrivals fine = {one, 1, ARRIVALS_TIME, 10};
  assert_int_equal(power_law_fit(&fine, 1).status, ARRIVALS_BAD_INPUT);
  struct power_law fit = power_law_fit(&fine, .95);
  assert_int_equal(fit.status, ARRIVALS_OK);
  assert_true(isnan(fit.beta_unbiased) && isnan(fit.mtbf_unbiased) && isnan(fit.cvm) && isinf(fit.mtbf_exact.upper));
}

static void test_curve(void **state) {
  (void)state;
  static const double times[] = {1, 4, 9, 30};
  const struct arrivals arrivals = {times, 4, ARRIVALS_TIME, 50};
  struct power_law fit = power_law_fit(&arrivals, .95);
  assert_near("curve", "at 0", power_law_expected(&fit, 0), 0, 0);
  assert_near("curve", "at the end", power_law_expected(&fit, 50), 4, CLOSED);
  assert_near("curve", "between", power_law_expected(&fit, 20), fit.lambda * pow(20, fit.beta), CLOSED);
}

/* Against the table in MIL-HDBK-189, which has three digits. */
/* By hand, of 4 arrivals until T = 100 with logarithms of T / t that sum to 8: shape 1/2; at the end the count is 4
 * with a standard error of 1 / 2 on log scale, and at T / e^2, where ln (t / T) is -2, it is 4 / e with sqrt(1 + 1)
 * / 2. */
static void test_band_of_the_curve(void **state) {
  (void)state;
  const double times[] = {100 * exp(-4), 100 * exp(-2), 100 * exp(-1.5), 100 * exp(-.5)};
  const struct arrivals arrivals = {times, 4, ARRIVALS_TIME, 100};
  const double z = 1.959963984540054;
  struct power_law fit = power_law_fit(&arrivals, 0.95);
  assert_near("four by hand", "band", fit.beta, 0.5, 1e-12);
  struct interval end = power_law_expected_interval(&fit, 100, 0.95);
  assert_near("four by hand", "band", end.lower, 4 * exp(-z / 2), 1e-12);
  assert_near("four by hand", "band", end.upper, 4 * exp(z / 2), 1e-12);
  struct interval before = power_law_expected_interval(&fit, 100 * exp(-2), 0.95);
  assert_near("four by hand", "band", before.lower, 4 * exp(-1 - z * sqrt(2) / 2), 1e-12);
  assert_near("four by hand", "band", before.upper, 4 * exp(-1 + z * sqrt(2) / 2), 1e-12);
  assert_true(isnan(power_law_expected_interval(&fit, 0, 0.95).lower));
  assert_true(isnan(power_law_expected_interval(&fit, 10, 1).upper));
  const struct arrivals none = {NULL, 0, ARRIVALS_TIME, 100};
  fit = power_law_fit(&none, 0.95);
  assert_true(isnan(power_law_expected_interval(&fit, 10, 0.95).lower));
}

static void test_critical_values(void **state) {
  (void)state;
  static const double levels[] = {.20, .15, .10, .05, .01};
  static const double expected[][6] = {{2, .138, .149, .162, .175, .186},
                                       {10, .125, .142, .167, .212, .324},
                                       {30, .128, .146, .172, .218, .33},
                                       {100, .129, .147, .173, .220, .336}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    for (size_t j = 0; j < 5; j++)
      assert_true(fabs(power_law_cvm_critical(expected[i][0], levels[j]) - expected[i][j + 1]) < .004);
  assert_true(isnan(power_law_cvm_critical(10, .02)) && isnan(power_law_cvm_critical(1, .05)) &&
              isnan(power_law_cvm_critical(NAN, .05)));
  assert_true(power_law_cvm_critical(1e9, .05) > .215 && power_law_cvm_critical(1e9, .05) < .225);
  assert_near("between", "m = 7", power_law_cvm_critical(7, .1), .165, .02);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_sets_in_every_unit),
      cmocka_unit_test(test_factors_of_few),
      cmocka_unit_test(test_factors_of_many),
      cmocka_unit_test(test_factors_of_nothing),
      cmocka_unit_test(test_statuses),
      cmocka_unit_test(test_curve),
      cmocka_unit_test(test_band_of_the_curve),
      cmocka_unit_test(test_critical_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
