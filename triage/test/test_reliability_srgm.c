/* Goel-Okumoto and Musa-Okumoto against published data, against their own likelihood, and where there is no estimate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/srgm.h"

#define TOLERANCE 1e-10

struct figure {
  const char *key;
  double value;
};

static void check(const char *name, const json_t *expected, const struct figure *figures, size_t count) {
  for (size_t i = 0; i < count; i++)
    assert_near(name, figures[i].key, figures[i].value, reference_number(expected, figures[i].key), TOLERANCE);
}

static void check_set(const char *name, double scale) {
  json_t *file = reference_open(name);
  const json_t *expected = json_object_get(file, "expected");
  struct arrivals arrivals = {.truncation = ARRIVALS_FAILURE};
  arrivals.times = growth_times(json_object_get(file, "interfailure"), scale, 1, &arrivals.count);
  struct goel_okumoto go = goel_okumoto_fit(&arrivals);
  struct musa_okumoto mo = musa_okumoto_fit(&arrivals);
  assert_int_equal(go.status, ARRIVALS_OK);
  assert_int_equal(mo.status, ARRIVALS_OK);
  double unit = go.n * log(scale);
  const struct figure of_go[] = {{"a", go.a},
                                 {"b", go.b * scale},
                                 {"loglik", go.loglik + unit},
                                 {"aic", go.aic - 2 * unit},
                                 {"intensity_T", go.intensity * scale},
                                 {"mtbf_inst_T", go.mtbf / scale},
                                 {"remaining", go.remaining}};
  const struct figure of_mo[] = {
      {"beta0", mo.beta0},        {"beta1", mo.beta1 * scale},           {"loglik", mo.loglik + unit},
      {"aic", mo.aic - 2 * unit}, {"intensity_T", mo.intensity * scale}, {"mtbf_inst_T", mo.mtbf / scale}};
  check(name, json_object_get(expected, "GO"), of_go, sizeof of_go / sizeof *of_go);
  check(name, json_object_get(expected, "MO"), of_mo, sizeof of_mo / sizeof *of_mo);
  assert_near(name, "go curve", goel_okumoto_expected(&go, go.end), go.n, TOLERANCE);
  assert_near(name, "mo curve", musa_okumoto_expected(&mo, mo.end), mo.n, TOLERANCE);
  free((double *)arrivals.times);
  json_decref(file);
}

static void test_published_sets_in_every_unit(void **state) {
  (void)state;
  for (size_t i = 0; i < GROWTH_SCALES; i++) {
    check_set("srgm_musa_sys1", growth_scales[i]);
    check_set("srgm_ntds26", growth_scales[i]);
  }
}

static double musa_okumoto_loglik(const struct arrivals *arrivals, double beta0, double beta1) {
  double sum = (double)arrivals->count * log(beta0 * beta1) - beta0 * log1p(beta1 * arrivals->end);
  for (size_t i = 0; i < arrivals->count; i++)
    sum -= log1p(beta1 * arrivals->times[i]);
  return sum;
}

/* No pair of parameters on a wide grid is likelier than the estimate. */
static void check_highest(const struct arrivals *arrivals) {
  struct musa_okumoto fit = musa_okumoto_fit(arrivals);
  assert_int_equal(fit.status, ARRIVALS_OK);
  assert_near("highest", "loglik", fit.loglik, musa_okumoto_loglik(arrivals, fit.beta0, fit.beta1), TOLERANCE);
  for (int i = -900; i <= 1200; i++) {
    double beta1 = pow(10, .01 * i);
    double beta0 = (double)arrivals->count / log1p(beta1 * arrivals->end);
    assert_true(musa_okumoto_loglik(arrivals, beta0, beta1) <= fit.loglik + 1e-9);
  }
}

/* A burst at the very start, then a rate that rises and falls; and a mean arrival past the middle. */
static void test_the_highest_of_several_maxima(void **state) {
  (void)state;
  static const double late[] = {1e-7, 2e-7, 4e-7, 55, 60, 61, 62, 63, 64, 65, 99};
  static const double burst[] = {1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 6e-6, 40, 90, 91, 92, 93, 94, 95, 96, 97, 98};
  const struct arrivals mixed = {late, 11, ARRIVALS_TIME, 100}, bursts = {burst, 16, ARRIVALS_TIME, 100};
  check_highest(&mixed);
  check_highest(&bursts);
  double mean = 0;
  for (size_t i = 0; i < bursts.count; i++)
    mean += bursts.times[i] / (double)bursts.count;
  assert_true(mean > 50);
  assert_int_equal(goel_okumoto_fit(&bursts).status, ARRIVALS_NO_GROWTH);
}

/* A mean arrival just before the middle: the rate hardly falls, and the estimates still satisfy their equations. */
static void test_next_to_no_growth(void **state) {
  (void)state;
  static const double times[] = {10, 30, 49.9997, 70, 90};
  const struct arrivals arrivals = {times, 5, ARRIVALS_TIME, 100};
  struct goel_okumoto go = goel_okumoto_fit(&arrivals);
  struct musa_okumoto mo = musa_okumoto_fit(&arrivals);
  assert_int_equal(go.status, ARRIVALS_OK);
  assert_int_equal(mo.status, ARRIVALS_OK);
  assert_near("hardly", "x", go.b * 100, 12 * .0003 / 500, 1e-6); /* the tangent at 0 */
  assert_near("hardly", "go mtbf", go.mtbf, 20, 1e-4);
  assert_near("hardly", "mo mtbf", mo.mtbf, 20, 1e-4);
}

static void test_statuses(void **state) {
  (void)state;
  static const double rising[] = {50, 70, 90}, zeros[] = {0, 0}, one_zero[] = {0, 1, 2, 3}, middle[] = {40, 60},
                      one[] = {1};
  const struct {
    struct arrivals arrivals;
    enum arrivals_status go, mo;
  } cases[] = {
      {{rising, 3, ARRIVALS_TIME, 100}, ARRIVALS_NO_GROWTH, ARRIVALS_NO_GROWTH},
      {{middle, 2, ARRIVALS_TIME, 100}, ARRIVALS_NO_GROWTH, ARRIVALS_NO_GROWTH},
      {{zeros, 2, ARRIVALS_TIME, 100}, ARRIVALS_ZERO_TIME, ARRIVALS_ZERO_TIME},
      {{one_zero, 4, ARRIVALS_TIME, 100}, ARRIVALS_OK, ARRIVALS_ZERO_TIME},
      {{NULL, 0, ARRIVALS_TIME, 100}, ARRIVALS_NO_FAILURES, ARRIVALS_NO_FAILURES},
      {{one, 1, ARRIVALS_FAILURE, 0}, ARRIVALS_TOO_FEW, ARRIVALS_TOO_FEW},
      {{one, 1, ARRIVALS_TIME, 100}, ARRIVALS_OK, ARRIVALS_OK},
      {{one, 1, ARRIVALS_TIME, .5}, ARRIVALS_BAD_INPUT, ARRIVALS_BAD_INPUT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct goel_okumoto go = goel_okumoto_fit(&cases[i].arrivals);
    struct musa_okumoto mo = musa_okumoto_fit(&cases[i].arrivals);
    assert_int_equal(go.status, cases[i].go);
    assert_int_equal(mo.status, cases[i].mo);
    assert_int_equal(isnan(go.mtbf), go.status != ARRIVALS_OK);
    assert_int_equal(isnan(mo.mtbf), mo.status != ARRIVALS_OK);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_sets_in_every_unit),
      cmocka_unit_test(test_the_highest_of_several_maxima),
      cmocka_unit_test(test_next_to_no_growth),
      cmocka_unit_test(test_statuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
