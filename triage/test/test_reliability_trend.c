/* The trend tests give what they are known to give, in every unit, and nothing where nothing can be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/trend.h"

#define TOLERANCE 1e-10

static void check_set(const char *name, double scale) {
  json_t *file = reference_open(name);
  const json_t *expected = json_object_get(file, "expected");
  struct arrivals arrivals = growth_arrivals(file, scale);
  struct trend trend = trend_test(&arrivals);
  assert_int_equal(trend.status, ARRIVALS_OK);
  assert_near(name, "laplace_u", trend.laplace_u, reference_number(expected, "laplace_U"), TOLERANCE);
  assert_near(name, "laplace_p", trend.laplace_p, reference_number(expected, "laplace_p_two_sided"), TOLERANCE);
  assert_near(name, "milhdbk_chi2", trend.milhdbk_chi2, reference_number(expected, "milhdbk_chi2"), TOLERANCE);
  assert_near(name, "milhdbk_df", trend.milhdbk_df, reference_number(expected, "milhdbk_df"), 0);
  assert_near(name, "milhdbk_p", trend.milhdbk_p, reference_number(expected, "milhdbk_p_two_sided"), TOLERANCE);
  free((double *)arrivals.times);
  json_decref(file);
}

static void test_published_sets_in_every_unit(void **state) {
  (void)state;
  for (size_t i = 0; i < GROWTH_SETS; i++)
    for (size_t j = 0; j < GROWTH_SCALES; j++)
      check_set(growth_sets[i], growth_scales[j]);
}

static void test_direction(void **state) {
  (void)state;
  static const double early[] = {1, 2, 3, 5, 8, 13, 40}, late[] = {60, 87, 92, 95, 97, 98, 99},
                      even[] = {10, 25, 35, 50, 65, 75, 90};
  const struct arrivals falling = {early, 7, ARRIVALS_TIME, 100}, rising = {late, 7, ARRIVALS_TIME, 100},
                        flat = {even, 7, ARRIVALS_TIME, 100};
  struct trend trend = trend_test(&falling);
  assert_true(trend.laplace_u < 0 && trend.milhdbk_chi2 > trend.milhdbk_df);
  assert_int_equal(trend_direction(&trend, .05), TREND_FALLING);
  trend = trend_test(&rising);
  assert_true(trend.laplace_u > 0 && trend.milhdbk_chi2 < trend.milhdbk_df);
  assert_int_equal(trend_direction(&trend, .05), TREND_RISING);
  trend = trend_test(&flat);
  assert_int_equal(trend_direction(&trend, .05), TREND_NONE);
}

static void test_what_is_no_sample(void **state) {
  (void)state;
  static const double one[] = {1}, back[] = {2, 1}, negative[] = {-1, 1}, nan[] = {1, NAN}, late[] = {1, 2};
  const struct {
    struct arrivals arrivals;
    enum arrivals_status status;
  } cases[] = {
      {{NULL, 0, ARRIVALS_TIME, 10}, ARRIVALS_NO_FAILURES},   {{NULL, 0, ARRIVALS_FAILURE, 0}, ARRIVALS_NO_FAILURES},
      {{one, 1, ARRIVALS_FAILURE, 0}, ARRIVALS_TOO_FEW},      {{back, 2, ARRIVALS_TIME, 10}, ARRIVALS_BAD_INPUT},
      {{negative, 2, ARRIVALS_TIME, 10}, ARRIVALS_BAD_INPUT}, {{nan, 2, ARRIVALS_TIME, 10}, ARRIVALS_BAD_INPUT},
      {{nan, 2, ARRIVALS_FAILURE, 10}, ARRIVALS_BAD_INPUT},   {{late, 2, ARRIVALS_TIME, 1.5}, ARRIVALS_BAD_INPUT},
      {{one, 1, ARRIVALS_TIME, 0}, ARRIVALS_BAD_INPUT},       {{one, 1, ARRIVALS_TIME, INFINITY}, ARRIVALS_BAD_INPUT},
      {{NULL, 0, ARRIVALS_TIME, NAN}, ARRIVALS_BAD_INPUT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct trend trend = trend_test(&cases[i].arrivals);
    assert_int_equal(trend.status, cases[i].status);
    assert_true(isnan(trend.laplace_u) && isnan(trend.laplace_p) && isnan(trend.milhdbk_p));
    assert_int_equal(trend_direction(&trend, .05), TREND_NONE);
  }
}

static void test_ends_of_the_range(void **state) {
  (void)state;
  static const double zero[] = {0, 5, 6}, at_end[] = {10, 10, 10}, one[] = {4};
  const struct arrivals with_zero = {zero, 3, ARRIVALS_TIME, 10}, all_at_end = {at_end, 3, ARRIVALS_TIME, 10},
                        single = {one, 1, ARRIVALS_TIME, 10};
  struct trend trend = trend_test(&with_zero);
  assert_int_equal(trend.status, ARRIVALS_OK);
  assert_true(isinf(trend.milhdbk_chi2) && trend.milhdbk_p == 0);
  trend = trend_test(&all_at_end);
  assert_true(trend.milhdbk_chi2 == 0 && trend.milhdbk_p == 0 && trend.laplace_u == 3);
  trend = trend_test(&single);
  assert_near("single", "milhdbk_p", trend.milhdbk_p, 2 * 0.4, TOLERANCE); /* -2 ln(U) < 2 ln(10/4) when U > 0.4 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_sets_in_every_unit),
      cmocka_unit_test(test_direction),
      cmocka_unit_test(test_what_is_no_sample),
      cmocka_unit_test(test_ends_of_the_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
