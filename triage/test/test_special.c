/* What the C face over Boost.Math promises: values known in closed form, both tails of each distribution, quantiles
 * that undo their functions, the ends of each domain, and NAN outside it without a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "triage/reliability/special.h"

#define NEAR(have, want, relative)                                                                                     \
  do {                                                                                                                 \
    double have_ = (have), want_ = (want);                                                                             \
    if (!(fabs(have_ - want_) <= (relative) * fabs(want_)))                                                            \
      fail_msg("%s is %.17g, not %.17g", #have, have_, want_);                                                         \
  } while (0)
#define CLOSE(have, want) NEAR(have, want, 2e-14)

static void test_values_in_closed_form(void **state) {
  (void)state;
  CLOSE(special_gamma_ln(.5), .5 * log(M_PI));
  CLOSE(special_digamma(1), -0.57721566490153286061);
  CLOSE(special_trigamma(1), M_PI * M_PI / 6);
  CLOSE(special_factorial_ln(20), 42.335616460753485030);
  CLOSE(special_gamma_p(1, .25), -expm1(-.25));
  CLOSE(special_gamma_q(1, 30), exp(-30));
  CLOSE(special_chi2_cdf(3, 2), -expm1(-1.5));
  CLOSE(special_beta_cdf(.25, 1, 3), 1 - .75 * .75 * .75);
  CLOSE(special_beta_sf(.25, 1, 3), .75 * .75 * .75);
  CLOSE(special_normal_quantile(.975), 1.9599639845400542355);
  CLOSE(special_chi2_quantile(.95, 1), 3.8414588206941259584);
  CLOSE(special_beta_quantile(.5, 1, 9), -expm1(log(.5) / 9));
}

static void test_small_tails_keep_their_digits(void **state) {
  (void)state;
  CLOSE(special_normal_sf(10), 7.6198530241605260660e-24);
  CLOSE(special_normal_cdf(-10), 7.6198530241605260660e-24);
  CLOSE(special_chi2_sf(200, 2), exp(-100));
  CLOSE(special_chi2_quantile_upper(exp(-100), 2), 200);
  CLOSE(special_normal_quantile(7.6198530241605260660e-24), -10);
}

static void test_quantiles_undo_their_functions(void **state) {
  static const double shares[] = {1e-9, .025, .3, .5, .8, .999};
  static const double shapes[] = {.3, 1, 2.5, 40, 1000};
  (void)state;
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    double p = shares[i];
    NEAR(special_normal_cdf(special_normal_quantile(p)), p, 1e-13);
    for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
      double a = shapes[j];
      NEAR(special_chi2_cdf(special_chi2_quantile(p, a), a), p, 1e-12);
      NEAR(special_chi2_sf(special_chi2_quantile_upper(p, a), a), p, 1e-12);
      NEAR(special_beta_cdf(special_beta_quantile(p, a, 2), a, 2), p, 1e-12);
    }
  }
}

static void test_the_ends_of_a_domain(void **state) {
  (void)state;
  assert_true(special_gamma_ln(0) == INFINITY);
  assert_true(special_gamma_ln(INFINITY) == INFINITY);
  assert_true(special_gamma_p(2, INFINITY) == 1 && special_gamma_q(2, INFINITY) == 0);
  assert_true(special_gamma_p(2, 0) == 0 && special_gamma_q(2, 0) == 1);
  assert_true(special_normal_cdf(-INFINITY) == 0 && special_normal_cdf(INFINITY) == 1);
  assert_true(special_normal_quantile(0) == -INFINITY && special_normal_quantile(1) == INFINITY);
  assert_true(special_normal_quantile(.5) == 0);
  assert_true(special_chi2_quantile(0, 3) == 0 && special_chi2_quantile(1, 3) == INFINITY);
  assert_true(special_chi2_quantile_upper(0, 3) == INFINITY && special_chi2_quantile_upper(1, 3) == 0);
  assert_true(special_beta_quantile(0, 2, 3) == 0 && special_beta_quantile(1, 2, 3) == 1);
  assert_true(special_beta_cdf(0, 2, 3) == 0 && special_beta_cdf(1, 2, 3) == 1);
}

static void test_outside_its_domain_it_is_not_a_number_and_errno_stays(void **state) {
  (void)state;
  errno = 0;
  const double bad[] = {-1, -INFINITY, NAN};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double x = bad[i];
    assert_true(isnan(special_gamma_ln(x)) && isnan(special_digamma(x)) && isnan(special_trigamma(x)));
    assert_true(isnan(special_factorial_ln(x)) && isnan(special_gamma_p(x, 1)) && isnan(special_gamma_q(1, x)));
    assert_true(isnan(special_chi2_cdf(1, x)) && isnan(special_chi2_sf(x, 1)));
    assert_true(isnan(special_chi2_quantile(x, 1)) && isnan(special_chi2_quantile_upper(.5, x)));
    assert_true(isnan(special_beta_cdf(x, 1, 1)) && isnan(special_beta_sf(.5, x, 1)));
    assert_true(isnan(special_beta_quantile(x, 1, 1)) && isnan(special_normal_quantile(x)));
  }
  assert_true(isnan(special_normal_quantile(1.5)) && isnan(special_chi2_quantile(1.5, 1)));
  assert_true(isnan(special_normal_cdf(NAN)) && isnan(special_normal_sf(NAN)));
  assert_true(isnan(special_digamma(0)) && isnan(special_trigamma(0)) && isnan(special_chi2_cdf(1, 0)));
  assert_int_equal(errno, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values_in_closed_form),
      cmocka_unit_test(test_small_tails_keep_their_digits),
      cmocka_unit_test(test_quantiles_undo_their_functions),
      cmocka_unit_test(test_the_ends_of_a_domain),
      cmocka_unit_test(test_outside_its_domain_it_is_not_a_number_and_errno_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
