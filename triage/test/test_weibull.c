/* The Weibull fit and its intervals agree with every reference sample, in any unit of time; where there is no fit it
 * says why; rows that say nothing change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "reference.h"
#include "triage/reliability/draw.h"
#include "triage/reliability/weibull.h"

static const double scales[] = {1, 1e-6, 1e-3, 1e3, 1e9};

static void each_sample(reference_check check) {
  assert_int_equal(reference_each_sample(check, scales, sizeof scales / sizeof *scales), 31);
}

/* near_equal's times differ in their seventh digit: what is computed of them can be no better. */
static double tolerance(const char *name) { return strcmp(name, "near_equal") == 0 ? 1e-8 : 1e-10; }

static void check_estimates(const char *name, const json_t *root, const struct times *times, double scale) {
  struct weibull_fit fit = weibull_fit(times);
  double near = tolerance(name);
  print_message("%s at %g\n", name, scale);
  assert_string_equal(weibull_status_name(fit.status), json_string_value(json_object_get(root, "status")));
  assert_true(fit.n == reference_number(root, "n"));
  assert_true(fit.failures == reference_number(root, "failures"));
  const json_t *want = json_object_get(root, "expected");
  if (fit.status != WEIBULL_OK) {
    assert_true(json_is_null(want));
    assert_true(isnan(fit.beta) && isnan(fit.eta) && isnan(fit.mtbf) && isnan(fit.loglik) && isnan(fit.se_ln_beta));
    return;
  }
  double shift = fit.failures * log(scale);
  NEAR(fit.beta, reference_number(want, "beta"), near);
  NEAR(fit.eta, reference_number(want, "eta") * scale, near);
  NEAR(fit.mtbf, reference_number(want, "mtbf") * scale, near);
  assert_true(fabs(fit.ln_eta - reference_number(want, "ln_eta") - log(scale)) < near);
  assert_true(fabs(fit.ln_mtbf - reference_number(want, "ln_mtbf") - log(scale)) < near);
  NEAR(fit.loglik, reference_number(want, "loglik") - shift, near);
  NEAR(fit.aic, reference_number(want, "aic") + 2 * shift, near);
  NEAR(fit.bic, reference_number(want, "bic") + 2 * shift, near);
  double aicc = reference_number(want, "aicc");
  assert_true(isnan(aicc) == isnan(fit.aicc));
  if (!isnan(aicc))
    NEAR(fit.aicc, aicc + 2 * shift, near);
  NEAR(fit.se_ln_beta, reference_number(want, "se_ln_beta"), near);
  NEAR(fit.se_ln_eta, reference_number(want, "se_ln_eta"), near);
  NEAR(fit.se_ln_mtbf, reference_number(want, "se_ln_mtbf"), near);
  NEAR(fit.cov_ln, reference_number(want, "cov_ln"), near);
  NEAR(fit.se_beta, reference_number(want, "se_beta"), near);
  NEAR(fit.se_eta, reference_number(want, "se_eta") * scale, near);
  NEAR(fit.se_mtbf, reference_number(want, "se_mtbf") * scale, near);
  NEAR(fit.beta1_statistic, reference_number(want, "exp.lrt_beta1"), near);
}

static void check_intervals(const char *name, const json_t *root, const struct times *times, double scale) {
  struct weibull_fit fit = weibull_fit(times);
  struct weibull_intervals lr = weibull_likelihood_ratio(times, &fit, .95);
  struct weibull_intervals wald = weibull_wald(&fit, .95);
  const json_t *want = json_object_get(root, "expected");
  if (fit.status != WEIBULL_OK) {
    assert_true(isnan(lr.beta.lower) && isnan(lr.eta.upper) && isnan(lr.mtbf.lower) && isnan(wald.mtbf.upper));
    return;
  }
  print_message("%s at %g\n", name, scale);
  double near = tolerance(name);
  NEAR(wald.beta.lower, reference_number(want, "wald_beta.0"), near);
  NEAR(wald.beta.upper, reference_number(want, "wald_beta.1"), near);
  NEAR(wald.eta.lower, reference_number(want, "wald_eta.0") * scale, near);
  NEAR(wald.eta.upper, reference_number(want, "wald_eta.1") * scale, near);
  NEAR(wald.mtbf.lower, reference_number(want, "wald_mtbf.0") * scale, near);
  NEAR(wald.mtbf.upper, reference_number(want, "wald_mtbf.1") * scale, near);
  NEAR(lr.beta.lower, reference_number(want, "lr95.beta.0"), 1e-8);
  NEAR(lr.beta.upper, reference_number(want, "lr95.beta.1"), 1e-8);
  NEAR(lr.eta.lower, reference_number(want, "lr95.eta.0") * scale, 1e-8);
  NEAR(lr.eta.upper, reference_number(want, "lr95.eta.1") * scale, 1e-8);
  NEAR(lr.mtbf.lower, reference_number(want, "lr95.mtbf.0") * scale, 1e-8);
  NEAR(lr.mtbf.upper, reference_number(want, "lr95.mtbf.1") * scale, 1e-8);
}

static void test_estimates_are_those_of_every_reference(void **state) {
  (void)state;
  each_sample(check_estimates);
}

static void test_intervals_are_those_of_every_reference(void **state) {
  (void)state;
  each_sample(check_intervals);
}

static void check_goodness_and_bias(const char *name, const json_t *root, const struct times *times, double scale) {
  struct weibull_fit fit = weibull_fit(times);
  struct weibull_goodness goodness = weibull_anderson_darling(times, &fit);
  struct weibull_unbiased unbiased = weibull_unbias(&fit);
  print_message("%s at %g\n", name, scale);
  const json_t *want = json_object_get(root, "anderson_darling_complete");
  assert_true(isnan(goodness.a2) == !json_is_object(want));
  if (json_is_object(want)) {
    double near = tolerance(name);
    NEAR(goodness.a2, reference_number(want, "A2"), near);
    NEAR(goodness.a2_modified, reference_number(want, "A2_mod"), near);
    NEAR(goodness.p, reference_number(want, "osl_milhdbk17"), near);
    assert_true((goodness.a2_modified > WEIBULL_A2_CRITICAL) ==
                json_is_true(json_object_get(want, "reject_5pct_crit_0.757")));
  }
  const json_t *bias = json_object_get(root, "bias");
  if (bias) {
    NEAR(unbiased.median_factor, json_number_value(json_object_get(bias, "rba_median_C4^3.5")), 1e-10);
    NEAR(unbiased.mean_factor, json_number_value(json_object_get(bias, "rba_mean_C4^6")), 1e-10);
    NEAR(unbiased.median_beta, fit.beta * unbiased.median_factor, 0);
    NEAR(unbiased.mean_beta, fit.beta * unbiased.mean_factor, 0);
  }
}

/* The reference itself is a simulation, of 100000 draws. */
static void check_pivotal(const char *name, const json_t *root, const struct times *times, double scale) {
  const json_t *want = json_object_get(json_object_get(root, "bootstrap"), "gpq_typeII");
  struct weibull_fit fit = weibull_fit(times);
  bool complete = fit.status == WEIBULL_OK && fit.n == fit.failures;
  struct weibull_intervals have = weibull_pivotal(&fit, .95, 20000, 1);
  assert_true(complete == !isnan(have.mtbf.lower));
  /* With two units the upper end is of no use, and no simulation finds it. */
  if (!complete || !want || scale != 1 || fit.n == 2)
    return;
  print_message("%s: %g to %g\n", name, have.mtbf.lower, have.mtbf.upper);
  NEAR(have.mtbf.lower, reference_number(want, "mtbf95.0"), .03);
  NEAR(have.mtbf.upper, reference_number(want, "mtbf95.1"), fit.n > 3 ? .03 : .1);
  struct weibull_intervals again = weibull_pivotal(&fit, .95, 20000, 1);
  assert_memory_equal(&have, &again, sizeof have);
}

/* The log-likelihood with that mean and shape, of the times as they are. */
static double loglik_at(const struct times *times, double mean, double beta) {
  double ln_eta = log(mean) - lgamma(1 + 1 / beta);
  double sum = 0;
  for (size_t i = 0; i < times->n; i++) {
    double z = beta * (log(times->time[i]) - ln_eta);
    sum += (times->event[i] ? log(beta) + z - log(times->time[i]) : 0) - exp(z);
  }
  return sum;
}

/* What the profile loses at that mean, twice: the best shape by a scan, then closer scans around it. */
static double deviance_at(const struct times *times, const struct weibull_fit *fit, double mean) {
  double middle = log(fit->beta);
  double best = -INFINITY;
  double width = 8;
  for (int closer = 0; closer < 8; closer++, width /= 20) {
    double around = middle;
    for (int i = -40; i <= 40; i++) {
      double x = around + width * i / 40;
      double loglik = loglik_at(times, mean, exp(x));
      if (loglik > best) {
        best = loglik;
        middle = x;
      }
    }
  }
  return 2 * (fit->loglik - best);
}

/* By a profile that is maximized blindly: at both ends of the mean it has lost the chi-square quantile, and outside
 * them it never comes back. */
static void test_the_profile_of_the_mean_by_scanning(void **state) {
  (void)state;
  const double quantile = 3.841458820694126;
  struct draw draw = {11};
  size_t fits = 0;
  for (int sample = 0; sample < 40; sample++) {
    double time[12];
    unsigned char event[12];
    struct times times = {time, event, NULL, 2 + draw_bits(&draw) % 11};
    double shape = exp(2 * draw_uniform(&draw) - 1);
    for (size_t i = 0; i < times.n; i++) {
      time[i] = pow(draw_exponential(&draw), 1 / shape);
      event[i] = draw_uniform(&draw) < .6;
    }
    struct weibull_fit fit = weibull_fit(&times);
    if (fit.status != WEIBULL_OK)
      continue;
    fits++;
    struct interval mtbf = weibull_likelihood_ratio(&times, &fit, .95).mtbf;
    NEAR(deviance_at(&times, &fit, mtbf.lower), quantile, 1e-7);
    NEAR(deviance_at(&times, &fit, mtbf.upper), quantile, 1e-7);
    double beyond = 1.1;
    for (int further = 0; further < 9; further++, beyond *= 3) {
      assert_true(deviance_at(&times, &fit, mtbf.lower / beyond) > quantile);
      assert_true(deviance_at(&times, &fit, mtbf.upper * beyond) > quantile);
    }
  }
  assert_true(fits >= 25);
}

static void test_goodness_and_bias_are_those_of_every_reference(void **state) {
  (void)state;
  each_sample(check_goodness_and_bias);
}

static void test_pivotal_intervals_agree_with_another_simulation(void **state) {
  (void)state;
  each_sample(check_pivotal);
}

/* The beta = 1 test of nist_8413 by hand: 2.842144515354181 is exceeded by chi-square of one degree in 9.18 %. */
static void test_whether_beta_is_one(void **state) {
  (void)state;
  json_t *root = reference_open("nist_8413_weibull");
  struct times times = reference_times(root, 1);
  struct weibull_fit fit = weibull_fit(&times);
  NEAR(fit.beta1_p, 2 * .5 * erfc(sqrt(2.842144515354181 / 2)), 1e-10);
  reference_free(&times);
  json_decref(root);
}

static struct weibull_fit fit_of(size_t n, const double *time, const unsigned char *event, const uint64_t *count) {
  struct times times = {time, event, count, n};
  return weibull_fit(&times);
}

static void test_what_has_no_fit(void **state) {
  (void)state;
  assert_int_equal(fit_of(0, NULL, NULL, NULL).status, WEIBULL_NO_FAILURES);
  assert_int_equal(fit_of(2, (double[]){1, 2}, (unsigned char[]){0, 0}, NULL).status, WEIBULL_NO_FAILURES);
  assert_int_equal(fit_of(2, (double[]){1, 2}, NULL, (uint64_t[]){0, 0}).status, WEIBULL_NO_FAILURES);
  assert_int_equal(fit_of(2, (double[]){1, 2}, NULL, (uint64_t[]){0, 5}).status, WEIBULL_BETA_INFINITE);
  assert_int_equal(fit_of(2, (double[]){0, 2}, NULL, NULL).status, WEIBULL_ZERO_FAILURE_TIME);
  assert_int_equal(fit_of(2, (double[]){0, 0}, NULL, NULL).status, WEIBULL_ZERO_FAILURE_TIME);
  assert_int_equal(fit_of(2, (double[]){1, -2}, NULL, NULL).status, WEIBULL_BAD_TIME);
  assert_int_equal(fit_of(2, (double[]){1, NAN}, NULL, NULL).status, WEIBULL_BAD_TIME);
  assert_int_equal(fit_of(2, (double[]){1, INFINITY}, NULL, NULL).status, WEIBULL_BAD_TIME);
  assert_int_equal(fit_of(2, (double[]){1, 2}, (unsigned char[]){0, 1}, NULL).status, WEIBULL_BETA_INFINITE);
}

/* Rows at time 0 that are censored, rows of no unit, the order of rows, and units counted or one by one. */
static void test_what_says_nothing_changes_nothing(void **state) {
  (void)state;
  struct weibull_fit plain = fit_of(4, (double[]){3, 5, 5, 9}, (unsigned char[]){1, 1, 1, 0}, NULL);
  struct weibull_fit padded =
      fit_of(6, (double[]){9, 0, 5, 3, 100, 9}, (unsigned char[]){0, 0, 1, 1, 1, 0}, (uint64_t[]){1, 7, 2, 1, 0, 0});
  NEAR(padded.beta, plain.beta, 1e-14);
  NEAR(padded.eta, plain.eta, 1e-14);
  NEAR(padded.loglik, plain.loglik, 1e-14);
  assert_true(padded.n == 11 && padded.failures == 3);
}

/* Where doubles end: neighbours, subnormal and huge times at once, and counts that no list of units would hold. */
static void test_extreme_samples_have_a_fit(void **state) {
  (void)state;
  struct weibull_fit neighbours = fit_of(2, (double[]){1, nextafter(1, 2)}, NULL, NULL);
  struct weibull_fit scaled = fit_of(2, (double[]){3, 1}, NULL, NULL);
  assert_int_equal(neighbours.status, WEIBULL_OK);
  /* Two failures have beta ln(larger / smaller) in common. */
  NEAR(neighbours.beta * log1p(0x1p-52), scaled.beta * log(3), 1e-12);
  struct weibull_fit wide = fit_of(2, (double[]){5e-324, 1.7e308}, NULL, NULL);
  NEAR(wide.beta * (log(1.7e308) - log(5e-324)), scaled.beta * log(3), 1e-12);
  assert_true(wide.mtbf == INFINITY && isfinite(wide.ln_mtbf));
  struct weibull_fit many = fit_of(2, (double[]){1, 2}, (unsigned char[]){1, 0}, (uint64_t[]){1, UINT64_MAX});
  assert_int_equal(many.status, WEIBULL_OK);
  assert_true(many.beta > 0 && isfinite(many.ln_eta) && isfinite(many.loglik));
}

static void test_an_upper_bound_of_no_use_is_said_to_be_none(void **state) {
  (void)state;
  json_t *root = reference_open("tiny_n3_f_c_c");
  struct times times = reference_times(root, 1);
  struct weibull_fit fit = weibull_fit(&times);
  struct weibull_intervals lr = weibull_likelihood_ratio(&times, &fit, .95);
  assert_false(interval_upper_is_useful(lr.mtbf, fit.mtbf));
  assert_true(interval_upper_is_useful(lr.beta, fit.beta));
  assert_false(interval_upper_is_useful((struct interval){1, NAN}, 2));
  reference_free(&times);
  json_decref(root);
}

static void test_a_confidence_that_is_none_gives_no_interval(void **state) {
  (void)state;
  struct times times = {(double[]){1, 3}, NULL, NULL, 2};
  struct weibull_fit fit = weibull_fit(&times);
  static const double bad[] = {0, 1, -1, 2, NAN};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_true(isnan(weibull_likelihood_ratio(&times, &fit, bad[i]).mtbf.lower));
    assert_true(isnan(weibull_wald(&fit, bad[i]).mtbf.upper));
    assert_true(isnan(weibull_pivotal(&fit, bad[i], 10, 1).mtbf.upper));
  }
}

/* The band is Wald's for what the fit says of one time: at eta ln(-ln(1 - F)) is 0 and has beta times the standard
 * error of ln eta; elsewhere by the gradient, here taken by differences of the scale itself. */
static void test_band_of_the_probability_plot(void **state) {
  (void)state;
  static const double rows[] = {16, 34, 53, 75, 93, 120};
  struct times times = {.time = rows, .n = 6};
  struct weibull_fit fit = weibull_fit(&times);
  const double z = 1.959963984540054;
  NEAR(weibull_share(&fit, fit.eta), -expm1(-1), 1e-12);
  struct interval band = weibull_share_interval(&fit, fit.eta, .95);
  NEAR(band.lower, -expm1(-exp(-z * fit.beta * fit.se_ln_eta)), 1e-9);
  NEAR(band.upper, -expm1(-exp(z * fit.beta * fit.se_ln_eta)), 1e-9);
  for (int i = 0; i < 10; i++) {
    double t = 5 * pow(1.5, i), at = fit.beta * log(t / fit.eta), step = 1e-6;
    double by_beta = (fit.beta * exp(step) * log(t / fit.eta) - at) / step;
    double by_eta = (fit.beta * log(t / (fit.eta * exp(step))) - at) / step;
    double variance = by_beta * by_beta * fit.se_ln_beta * fit.se_ln_beta +
                      by_eta * by_eta * fit.se_ln_eta * fit.se_ln_eta + 2 * by_beta * by_eta * fit.cov_ln;
    band = weibull_share_interval(&fit, t, .95);
    NEAR(band.upper, -expm1(-exp(at + z * sqrt(variance))), 1e-4);
    NEAR(band.lower, -expm1(-exp(at - z * sqrt(variance))), 1e-4);
  }
  assert_true(isnan(weibull_share_interval(&fit, 0, .95).lower) && isnan(weibull_share_interval(&fit, 50, 0).upper));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_estimates_are_those_of_every_reference),
      cmocka_unit_test(test_intervals_are_those_of_every_reference),
      cmocka_unit_test(test_the_profile_of_the_mean_by_scanning),
      cmocka_unit_test(test_goodness_and_bias_are_those_of_every_reference),
      cmocka_unit_test(test_pivotal_intervals_agree_with_another_simulation),
      cmocka_unit_test(test_whether_beta_is_one),
      cmocka_unit_test(test_what_has_no_fit),
      cmocka_unit_test(test_what_says_nothing_changes_nothing),
      cmocka_unit_test(test_extreme_samples_have_a_fit),
      cmocka_unit_test(test_an_upper_bound_of_no_use_is_said_to_be_none),
      cmocka_unit_test(test_band_of_the_probability_plot),
      cmocka_unit_test(test_a_confidence_that_is_none_gives_no_interval),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
