/* The trend decides which figure comes first, and that figure is the one its own header gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/headline.h"

static const double falling[] = {1, 2, 3, 5, 8, 13, 40};
static const double rising[] = {60, 87, 92, 95, 97, 98, 99};
static const double even[] = {10, 25, 35, 50, 65, 75, 90};

static struct headline choose(const double *times, size_t count, double f1, double f2) {
  const struct headline_input input = {{times, count, ARRIVALS_TIME, 100}, f1, f2, .95, .05};
  return headline_choose(&input);
}

static void test_a_falling_rate_is_judged_by_singletons(void **state) {
  (void)state;
  struct headline headline = choose(falling, 7, 2, 3);
  struct discovery_residual residual = discovery_residual(100, 2, 3, .95);
  assert_int_equal(headline.quantity, HEADLINE_RESIDUAL);
  assert_true(headline.mtbf == 50 && headline.interval.lower == residual.mtbf_lower &&
              headline.interval.upper == residual.mtbf_upper);
  assert_true(headline.spread.lower <= 50 && headline.spread.upper >= headline.power_law.mtbf);
  assert_true(headline.spread.upper >= headline.goel_okumoto.mtbf &&
              headline.spread.lower <= headline.musa_okumoto.mtbf);
  struct headline all_seen_again = choose(falling, 7, 0, 3);
  assert_true(all_seen_again.quantity == HEADLINE_RESIDUAL && isinf(all_seen_again.mtbf));
  assert_true(isfinite(all_seen_again.interval.lower));
}

static void test_without_sightings_the_power_law_speaks(void **state) {
  (void)state;
  struct headline headline = choose(falling, 7, NAN, NAN);
  assert_int_equal(headline.quantity, HEADLINE_POWER_LAW);
  assert_true(headline.mtbf == headline.power_law.mtbf &&
              headline.interval.lower == headline.power_law.mtbf_exact.lower);
}

static void test_a_rising_rate_is_not_judged_by_singletons(void **state) {
  (void)state;
  struct headline headline = choose(rising, 7, 7, 0);
  assert_int_equal(headline.direction, TREND_RISING);
  assert_int_equal(headline.quantity, HEADLINE_POWER_LAW);
  assert_true(headline.mtbf < headline.residual.mtbf);
}

/* Seven in 100: chi-square of 16 and of 14 degrees of freedom, from any table. */
static void test_no_trend(void **state) {
  (void)state;
  struct headline headline = choose(even, 7, 5, 1);
  assert_int_equal(headline.quantity, HEADLINE_CONSTANT);
  assert_near("even", "mtbf", headline.mtbf, 100. / 7, 1e-15);
  assert_near("even", "lower", headline.interval.lower, 200 / 28.84535, 1e-6);
  assert_near("even", "upper", headline.interval.upper, 200 / 5.628726, 1e-6);
  assert_true(headline.spread.lower == headline.mtbf && headline.spread.upper == headline.mtbf);
}

static void test_nothing_arrived(void **state) {
  (void)state;
  struct headline headline = choose(NULL, 0, 0, 0);
  assert_int_equal(headline.quantity, HEADLINE_BOUND);
  assert_near("none", "lower", headline.interval.lower, 100 / -log(.05), 1e-12);
  assert_true(isinf(headline.mtbf) && isinf(headline.interval.upper));
}

static void test_one_at_the_end(void **state) {
  (void)state;
  static const double one[] = {40}, at_end[] = {100, 100, 100};
  const struct headline_input input = {{one, 1, ARRIVALS_FAILURE, 0}, 1, 0, .95, .05};
  struct headline headline = headline_choose(&input);
  assert_int_equal(headline.quantity, HEADLINE_CONSTANT);
  assert_near("one", "lower", headline.interval.lower, 40 / -log(.025), 1e-12);
  assert_near("one", "upper", headline.interval.upper, 40 / -log(.975), 1e-12);
  headline = choose(at_end, 3, 3, 0);
  assert_true(headline.quantity == HEADLINE_CONSTANT && headline.direction == TREND_RISING);
}

static void test_wrong_input_has_no_headline(void **state) {
  (void)state;
  static const double unordered[] = {2, 1};
  struct headline_input input = {{unordered, 2, ARRIVALS_TIME, 100}, 1, 0, .95, .05};
  assert_int_equal(headline_choose(&input).quantity, HEADLINE_NOTHING);
  input.arrivals.times = falling;
  assert_int_equal(headline_choose(&input).quantity, HEADLINE_RESIDUAL);
  input.confidence = 1;
  struct headline headline = headline_choose(&input);
  assert_true(headline.quantity == HEADLINE_NOTHING && isnan(headline.mtbf) && isnan(headline.spread.lower));
  input.confidence = .95;
  input.significance = NAN;
  assert_int_equal(headline_choose(&input).quantity, HEADLINE_NOTHING);
  const struct headline_input none = {{NULL, 0, ARRIVALS_FAILURE, 0}, 0, 0, .95, .05};
  headline = headline_choose(&none);
  assert_true(headline.quantity == HEADLINE_NOTHING);
}

static void test_names(void **state) {
  (void)state;
  assert_string_equal(headline_quantity_name(HEADLINE_RESIDUAL), "residual");
  for (int i = 0; i < HEADLINE_QUANTITY_COUNT; i++)
    assert_true(*headline_quantity_name((enum headline_quantity)i) &&
                *headline_quantity_words((enum headline_quantity)i));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_falling_rate_is_judged_by_singletons),
      cmocka_unit_test(test_without_sightings_the_power_law_speaks),
      cmocka_unit_test(test_a_rising_rate_is_not_judged_by_singletons),
      cmocka_unit_test(test_no_trend),
      cmocka_unit_test(test_nothing_arrived),
      cmocka_unit_test(test_one_at_the_end),
      cmocka_unit_test(test_wrong_input_has_no_headline),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
