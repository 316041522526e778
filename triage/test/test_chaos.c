/* What is made of chaos trials: their MTBF, and what it depends on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/chaos_mtbf.h"
#include "triage/cmd/chaos_sensitivity.h"
#include "triage/reliability/sensitivity.h"

#define N 8

static void fill(struct results *results, const double *times, const bool *survived, bool backwards) {
  for (uint64_t i = 0; i < N; ++i) {
    uint64_t number = backwards ? N - 1 - i : i;
    struct experiment_trial trial = {.outcome = survived && survived[number] ? EXPERIMENT_SURVIVED : EXPERIMENT_DIED,
                                     .time_s = times[number],
                                     .operations = (uint64_t)(times[number] * 1000)};
    results_add(results, number, &trial);
  }
}

static const double low[N] = {1, 2, 4, 0.5, 3, 1.5, 2.5, 6}, high[N] = {0.7, 1, 2.5, 0.5, 1, 1.1, 1.2, 2};

/* Without survivors it is the elasticity of the means, pairs matched by number whatever their order. */
static void test_an_effect_of_failed_trials_is_that_of_their_means(void **state) {
  struct results lows = {0}, highs = {0};
  (void)state;
  fill(&lows, low, NULL, false);
  fill(&highs, high, NULL, true);
  struct chaos_effect effect = chaos_effect(&lows, &highs, log(8.0 / 2.0), results_time_s);
  struct sensitivity_runs runs = {.high = high, .low = low, .n = N, .high_factor = 8, .low_factor = 2};
  struct sensitivity_estimate expected = sensitivity_elasticity(&runs, 0.95);
  assert_true(fabs(effect.value - expected.value) < 1e-12);
  assert_true(fabs(effect.error - expected.error) < 1e-12);
  assert_int_equal(effect.pairs, N);
  results_free(&lows);
  results_free(&highs);
}

/* A survivor adds its time and no failure: MTBF is 20.5 / 8 on one side, and 10 / 6 on the other. */
static void test_survivors_count_as_censored(void **state) {
  static const bool survived[N] = {true, false, false, true, false, false, false, false};
  struct results lows = {0}, highs = {0};
  (void)state;
  fill(&lows, low, NULL, false);
  fill(&highs, high, survived, false);
  struct chaos_effect effect = chaos_effect(&lows, &highs, 1, results_time_s);
  assert_true(fabs(effect.value - log((10.0 / 6) / (20.5 / 8))) < 1e-12);
  assert_true(effect.error > 0 && isfinite(effect.error));
  static const bool all[N] = {true, true, true, true, true, true, true, true};
  struct results none = {0};
  fill(&none, high, all, false);
  effect = chaos_effect(&lows, &none, 1, results_time_s);
  assert_true(isnan(effect.value) && isnan(effect.error));
  results_free(&lows);
  results_free(&highs);
  results_free(&none);
}

static void test_varied_workloads_differ_and_are_allowed(void **state) {
  static const unsigned threads[] = {2, 3, 4, 7, 32, 33, 64};
  (void)state;
  for (size_t i = 0; i < sizeof threads / sizeof *threads; ++i) {
    struct chaos_plan plan = {.cells = calloc(1, sizeof *plan.cells), .count = 1};
    static char texts[16][WORKLOAD_TEXT];
    assert_non_null(plan.cells);
    workload_init(&plan.cells->workload);
    plan.cells->workload.threads = threads[i];
    chaos_vary(&plan);
    assert_int_equal(plan.count, 7);
    for (size_t j = 0; j < plan.count; ++j) {
      assert_in_range(plan.cells[j].workload.threads, 2, WORKLOAD_THREADS_MAX);
      workload_print(&plan.cells[j].workload, texts[j]);
      for (size_t k = 0; k < j; ++k)
        assert_string_not_equal(texts[j], texts[k]);
    }
    free(plan.cells);
  }
}

static void test_without_failures_there_is_a_lower_bound(void **state) {
  static const bool all[N] = {true, true, true, true, true, true, true, true};
  struct results results = {0};
  (void)state;
  fill(&results, low, all, false);
  struct chaos_mtbf mtbf = chaos_mtbf(&results, results_time_s);
  assert_int_equal(mtbf.weibull.status, WEIBULL_NO_FAILURES);
  assert_true(mtbf.failures == 0 && mtbf.exposure == 20.5);
  assert_true(fabs(mtbf.at_least - 20.5 / -log(0.05)) < 1e-10);
  results_free(&results);
  fill(&results, low, NULL, false);
  mtbf = chaos_mtbf(&results, results_operations);
  assert_int_equal(mtbf.weibull.status, WEIBULL_OK);
  assert_true(fabs(mtbf.exponential - 20500.0 / N) < 1e-9);
  assert_true(mtbf.intervals.mtbf.lower < mtbf.weibull.mtbf && mtbf.weibull.mtbf < mtbf.intervals.mtbf.upper);
  results_free(&results);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_effect_of_failed_trials_is_that_of_their_means),
      cmocka_unit_test(test_survivors_count_as_censored),
      cmocka_unit_test(test_varied_workloads_differ_and_are_allowed),
      cmocka_unit_test(test_without_failures_there_is_a_lower_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
