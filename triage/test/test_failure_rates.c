/* What needs no likelihood search: exponential intervals, rank regression and sensitivities agree with the references,
 * and say what they cannot give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "reference.h"
#include "triage/reliability/draw.h"
#include "triage/reliability/exponential.h"
#include "triage/reliability/rank_regression.h"
#include "triage/reliability/sensitivity.h"

static void check_interval(struct interval have, const json_t *want) {
  if (!json_is_array(want)) {
    assert_true(isnan(have.lower) && isnan(have.upper));
    return;
  }
  NEAR(have.lower, reference_number(want, "0"), 1e-10);
  double upper = reference_number(want, "1");
  NEAR(have.upper, isnan(upper) ? INFINITY : upper, 1e-10);
}

static void check_exponential(const char *name, const json_t *root, const struct times *times, double scale) {
  (void)scale;
  print_message("%s\n", name);
  const json_t *want = json_object_get(json_object_get(root, "exponential"), "chi2_ci");
  struct exponential_fit fit = exponential_fit(times);
  NEAR(fit.total, reference_number(want, "total_time"), 1e-14);
  assert_true(fit.failures == reference_number(want, "r"));
  check_interval(exponential_interval(fit.total, fit.failures, EXPONENTIAL_END_BY_TIME, .95),
                 json_object_get(want, "time_truncated_2sided95"));
  check_interval(exponential_interval(fit.total, fit.failures, EXPONENTIAL_END_BY_FAILURE, .95),
                 json_object_get(want, "failure_truncated_2sided95"));
  NEAR(exponential_lower(fit.total, fit.failures, EXPONENTIAL_END_BY_TIME, .95),
       reference_number(want, "one_sided95_lower_time_truncated"), 1e-10);
  double mtbf = reference_number(root, "exponential.mtbf");
  assert_true(isnan(mtbf) == isnan(fit.mtbf));
  if (!isnan(mtbf))
    NEAR(fit.mtbf, mtbf, 1e-14);
  if (json_is_object(json_object_get(root, "expected"))) {
    NEAR(fit.loglik, reference_number(root, "expected.exp.loglik"), 1e-10);
    NEAR(fit.aic, reference_number(root, "expected.exp.aic"), 1e-10);
  }
}

static void check_line(const struct rank_regression_line *have, const json_t *want, double scale, double near) {
  NEAR(have->beta, reference_number(want, "beta"), near);
  NEAR(have->eta, reference_number(want, "eta") * scale, near);
  NEAR(have->mtbf, reference_number(want, "mtbf") * scale, near);
}

static void check_rank_regression(const char *name, const json_t *root, const struct times *times, double scale) {
  const json_t *want = json_object_get(root, "rank_regression_exact_median_rank");
  struct rank_regression fit = rank_regression_fit(times);
  if (!json_is_object(want)) {
    assert_true(fit.status == RANK_REGRESSION_OK || isnan(fit.x_on_y.beta));
    return;
  }
  print_message("%s at %g\n", name, scale);
  double near = strcmp(name, "near_equal") == 0 ? 1e-8 : 1e-10;
  assert_int_equal(fit.status, RANK_REGRESSION_OK);
  check_line(&fit.y_on_x, json_object_get(want, "rry"), scale, near);
  check_line(&fit.x_on_y, json_object_get(want, "rrx"), scale, near);
  NEAR(fit.correlation, reference_number(want, "r"), near);
}

static void test_exponential_intervals_are_those_of_every_reference(void **state) {
  (void)state;
  static const double unit[] = {1};
  assert_int_equal(reference_each_sample(check_exponential, unit, 1), 31);
}

static void test_rank_regression_is_that_of_every_reference(void **state) {
  (void)state;
  static const double units[] = {1, 1e-6, 1e9};
  assert_int_equal(reference_each_sample(check_rank_regression, units, 3), 31);
}

static void test_lower_bounds_by_failures_and_confidence(void **state) {
  (void)state;
  json_t *root = reference_open("exponential_bounds");
  json_t *row = NULL;
  size_t i = 0;
  json_array_foreach(json_object_get(root, "cases"), i, row) {
    double failures = reference_number(row, "failures");
    double confidence = reference_number(row, "confidence");
    NEAR(exponential_lower(reference_number(row, "T"), failures, EXPONENTIAL_END_BY_TIME, confidence),
         reference_number(row, "one_sided_lower_mtbf_time_truncated"), 1e-12);
    NEAR(exponential_time_needed(1, failures, confidence), reference_number(row, "test_time_needed_for_mtbf_1"), 1e-12);
  }
  assert_int_equal(i, 42);
  check_interval(exponential_interval(800, 2, EXPONENTIAL_END_BY_TIME, .9),
                 json_object_get(json_object_get(root, "nist_8451_example"), "computed_90"));
  json_decref(root);
}

static void test_exponential_says_what_is_not_defined(void **state) {
  (void)state;
  struct times bad = {(double[]){1, -1}, NULL, NULL, 2};
  struct times zero = {(double[]){0, 0}, NULL, NULL, 2};
  assert_true(isnan(exponential_fit(&bad).total));
  assert_true(exponential_fit(&zero).mtbf == 0 && isnan(exponential_fit(&zero).loglik));
  assert_true(isnan(exponential_interval(0, 1, EXPONENTIAL_END_BY_TIME, .95).lower));
  assert_true(isnan(exponential_interval(1, 1.5, EXPONENTIAL_END_BY_TIME, .95).lower));
  assert_true(isnan(exponential_lower(1, 0, EXPONENTIAL_END_BY_FAILURE, .95)));
  assert_true(isnan(exponential_lower(1, 1, EXPONENTIAL_END_BY_TIME, 1)));
  assert_true(isnan(exponential_time_needed(NAN, 0, .9)));
}

static void test_rank_regression_says_why_there_is_no_line(void **state) {
  (void)state;
  struct times one = {(double[]){1, 2}, (unsigned char[]){1, 0}, NULL, 2};
  struct times level = {(double[]){2, 2}, NULL, NULL, 2};
  struct times zero = {(double[]){0, 2}, NULL, NULL, 2};
  struct times many = {(double[]){1, 2}, NULL, (uint64_t[]){UINT64_MAX, 1}, 2};
  assert_int_equal(rank_regression_fit(&one).status, RANK_REGRESSION_TOO_FEW);
  assert_int_equal(rank_regression_fit(&level).status, RANK_REGRESSION_TOO_FEW);
  assert_int_equal(rank_regression_fit(&zero).status, RANK_REGRESSION_BAD_TIME);
  struct times crowd = {(double[]){1, 2, 3}, (unsigned char[]){1, 1, 0}, (uint64_t[]){1, 1, UINT64_MAX}, 3};
  assert_int_equal(rank_regression_fit(&many).status, RANK_REGRESSION_TOO_MANY);
  assert_int_equal(rank_regression_fit(&crowd).status, RANK_REGRESSION_TOO_MANY);
  assert_int_equal(rank_regression_points(&crowd, NULL, 0), 0);
}

/* Johnson's ranks by hand: 4 units, the second censored: 1, then 1 + (5 - 1) / 3 and 5 - 4 / 3. */
static void test_points_have_adjusted_ranks(void **state) {
  (void)state;
  struct times times = {(double[]){30, 10, 40, 20}, (unsigned char[]){1, 1, 1, 0}, NULL, 4};
  struct rank_regression_point points[2];
  assert_int_equal(rank_regression_points(&times, points, 2), 3);
  assert_true(points[0].time == 10 && points[0].rank == 1);
  NEAR(points[0].median, 1 - pow(.5, .25), 1e-14);
  assert_true(points[1].time == 30);
  NEAR(points[1].rank, 1 + 4. / 3, 1e-15);
  struct times padded = {(double[]){30, NAN, 10}, NULL, (uint64_t[]){1, 0, 1}, 3};
  assert_int_equal(rank_regression_points(&padded, points, 2), 2);
  assert_true(points[1].time == 30 && points[1].rank == 2);
}

static void test_analytic_sensitivities(void **state) {
  (void)state;
  json_t *root = reference_open("sensitivity_weibull_mtbf");
  json_t *row = NULL;
  size_t i = 0;
  json_array_foreach(json_object_get(root, "cases"), i, row) {
    double beta = reference_number(row, "beta");
    struct sensitivity_weibull have = sensitivity_weibull(beta, reference_number(row, "eta"));
    NEAR(have.mtbf, reference_number(row, "mtbf"), 1e-10);
    NEAR(have.by_eta, reference_number(row, "dm_deta"), 1e-10);
    NEAR(have.elasticity_eta, reference_number(row, "elasticity_eta"), 1e-10);
    if (fabs(beta - reference_number(root, "beta_where_dm_dbeta_is_zero")) > 1e-6) {
      NEAR(have.by_beta, reference_number(row, "dm_dbeta"), 1e-10);
      NEAR(have.elasticity_beta, reference_number(row, "elasticity_beta"), 1e-10);
    } else {
      /* Next to the root 1 + 1/beta, a double, has only so many digits of the distance. */
      assert_true(fabs(have.elasticity_beta - reference_number(row, "elasticity_beta")) < 1e-15);
      assert_true(fabs(have.by_beta - reference_number(row, "dm_dbeta")) < 1e-15 * have.mtbf);
    }
  }
  assert_int_equal(i, 39);
  assert_true(isnan(sensitivity_weibull(0, 1).mtbf) && isnan(sensitivity_weibull(1, NAN).by_eta));
  json_decref(root);
}

static double difference_error(double relative_step) {
  double step = 1.5 * relative_step;
  double high = sensitivity_weibull(1.5 + step, 1).mtbf;
  double low = sensitivity_weibull(1.5 - step, 1).mtbf;
  struct sensitivity_runs runs = {&high, &low, 1, 1.5 + step, 1.5 - step};
  double exact = sensitivity_weibull(1.5, 1).by_beta;
  struct sensitivity_estimate have = sensitivity_difference(&runs, .95);
  assert_true(isnan(have.error) && isnan(have.interval.lower) && isnan(have.p));
  return fabs(have.value / exact - 1);
}

/* The formula's error as the reference has it, and at the step that we advise no worse than 1e-9. */
static void test_central_differences_err_as_their_formula_does(void **state) {
  (void)state;
  json_t *root = reference_open("sensitivity_weibull_mtbf");
  json_t *rows = json_object_get(root, "central_difference_rel_error_at_beta_1.5_by_relative_step");
  for (size_t i = 0; i < 2; i++) {
    const json_t *row = json_array_get(rows, i);
    NEAR(difference_error(reference_number(row, "0")), reference_number(row, "1"), 1e-6);
  }
  assert_true(difference_error(sensitivity_step(1.5) / 1.5) < 1e-9);
  json_decref(root);
}

/* Runs whose mean is 10 factor^2, with noise that both of a pair share and a little of their own: the error is that of
 * the pairs, far below that of runs apart, and the truth is inside what it says. */
static void test_common_random_numbers_cancel_what_is_common(void **state) {
  (void)state;
  enum { RUNS = 400 };
  double high[RUNS];
  double low[RUNS];
  struct draw draw = {7};
  for (size_t i = 0; i < RUNS; i++) {
    double common = draw_exponential(&draw);
    high[i] = 10 * 1.1 * 1.1 * common * (1 + .01 * (draw_uniform(&draw) - .5));
    low[i] = 10 * .9 * .9 * common * (1 + .01 * (draw_uniform(&draw) - .5));
  }
  struct sensitivity_runs runs = {high, low, RUNS, 1.1, .9};
  struct sensitivity_estimate elasticity = sensitivity_elasticity(&runs, .95);
  assert_true(elasticity.interval.lower < 2 && 2 < elasticity.interval.upper);
  assert_true(elasticity.error < .003 && elasticity.p < 1e-9);
  struct sensitivity_estimate slope = sensitivity_difference(&runs, .95);
  assert_true(slope.interval.lower < 20 && 20 < slope.interval.upper);
  /* By hand, of the pairs. */
  double mean = 0;
  double squares = 0;
  for (size_t i = 0; i < RUNS; i++)
    mean += (high[i] - low[i]) / .2 / (double)RUNS;
  for (size_t i = 0; i < RUNS; i++)
    squares += pow((high[i] - low[i]) / .2 - mean, 2);
  NEAR(slope.value, mean, 1e-12);
  NEAR(slope.error, sqrt(squares / (double)(RUNS - 1) / (double)RUNS), 1e-12);
  runs.low_factor = 0;
  assert_true(isnan(sensitivity_elasticity(&runs, .95).value) && isnan(sensitivity_elasticity(&runs, .95).p));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exponential_intervals_are_those_of_every_reference),
      cmocka_unit_test(test_rank_regression_is_that_of_every_reference),
      cmocka_unit_test(test_lower_bounds_by_failures_and_confidence),
      cmocka_unit_test(test_exponential_says_what_is_not_defined),
      cmocka_unit_test(test_rank_regression_says_why_there_is_no_line),
      cmocka_unit_test(test_points_have_adjusted_ranks),
      cmocka_unit_test(test_analytic_sensitivities),
      cmocka_unit_test(test_central_differences_err_as_their_formula_does),
      cmocka_unit_test(test_common_random_numbers_cancel_what_is_common),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
