/* What a chaos trial is told, how its latencies are counted, and what is counted over trials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/experiment/results.h"
#include "triage/trial/latency.h"
#include "triage/trial/workload.h"

static void test_buckets_cover_all_times_without_a_gap(void **state) {
  (void)state;
  assert_int_equal(latency_lower_ns(0), 0);
  for (unsigned i = 0; i < LATENCY_BUCKETS; ++i) {
    uint64_t lower = latency_lower_ns(i), upper = latency_upper_ns(i);
    assert_true(lower < upper);
    assert_int_equal(latency_bucket(lower), i);
    assert_int_equal(latency_bucket(upper - 1), i);
    assert_true((upper - lower) * LATENCY_STEPS <= lower || upper - lower == 1);
  }
  assert_int_equal(latency_upper_ns(LATENCY_BUCKETS - 1), UINT64_C(1) << LATENCY_LOG2_MAX);
  assert_int_equal(latency_bucket(UINT64_C(1) << LATENCY_LOG2_MAX), LATENCY_BUCKETS - 1);
  assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void test_quantiles_are_within_a_bucket(void **state) {
  static uint64_t counts[LATENCY_BUCKETS];
  (void)state;
  assert_true(latency_quantile_ns(counts, 0.5) == 0);
  for (uint64_t ns = 1; ns <= 100000; ++ns)
    counts[latency_bucket(ns)]++;
  static const double shares[] = {1e-5, 0.01, 0.5, 0.99, 0.999, 1};
  for (size_t i = 0; i < sizeof shares / sizeof *shares; ++i) {
    double exact = shares[i] * 100000, got = latency_quantile_ns(counts, shares[i]);
    assert_true(fabs(got - exact) <= exact / LATENCY_STEPS + 1);
  }
  assert_int_equal(latency_total(counts), 100000);
}

static void test_a_histogram_is_written_and_read_back(void **state) {
  static uint64_t counts[LATENCY_BUCKETS], read[LATENCY_BUCKETS];
  (void)state;
  counts[0] = 3, counts[70] = UINT64_MAX / 2, counts[LATENCY_BUCKETS - 1] = 1;
  char *text = latency_print(counts);
  assert_non_null(text);
  latency_add_text(read, text);
  assert_memory_equal(counts, read, sizeof counts);
  latency_add_text(read, "70:1 5:2");
  assert_int_equal(read[70], UINT64_MAX / 2 + 1);
  assert_int_equal(read[5], 2);
  free(text);
  static const char *const bad[] = {"", " ", "x", "1", "1:", "1:x", ":", "999999:1", "-1:1", "1:2:3", "5 6:7"};
  memset(read, 0, sizeof read);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
    latency_add_text(read, bad[i]);
  assert_int_equal(latency_total(read), 2); /* of `1:2:3` its beginning */
}

static void test_a_workload_is_written_as_it_is_told(void **state) {
  static const struct {
    enum workload_setting setting;
    const char *value;
  } told[] = {{WORKLOAD_map, "striped"},           {WORKLOAD_threads, "64"},  {WORKLOAD_pin, "0,1,0"},
              {WORKLOAD_capacity, "77"},           {WORKLOAD_key, "string"},  {WORKLOAD_keys, "1"},
              {WORKLOAD_distribution, "zipf:0.7"}, {WORKLOAD_mix, "mixed"},   {WORKLOAD_operations, "0"},
              {WORKLOAD_duration, "0.25"},         {WORKLOAD_jitter, "2:500"}};
  struct workload workload;
  char error[WORKLOAD_ERROR], text[WORKLOAD_TEXT];
  (void)state;
  workload_init(&workload);
  workload_print(&workload, text);
  assert_string_equal(text, "map=gomap threads=4 pin=none capacity=0 key=int64 keys=100000 distribution=uniform "
                            "mix=delete operations=100000 duration=0 jitter=1:1000");
  for (size_t i = 0; i < sizeof told / sizeof *told; ++i)
    assert_true(workload_set(&workload, told[i].setting, told[i].value, error));
  workload_print(&workload, text);
  assert_string_equal(text, "map=striped threads=64 pin=0,1,0 capacity=77 key=string keys=1 distribution=zipf:0.7 "
                            "mix=mixed operations=0 duration=0.25 jitter=2:500");
}

static void test_a_setting_that_does_not_fit_is_one_line(void **state) {
  static const struct {
    enum workload_setting setting;
    const char *value;
  } bad[] = {{WORKLOAD_map, ""},
             {WORKLOAD_map, "a/b"},
             {WORKLOAD_threads, "1"},
             {WORKLOAD_threads, "65"},
             {WORKLOAD_threads, "4x"},
             {WORKLOAD_threads, " 4"},
             {WORKLOAD_threads, "99999999999999999999"},
             {WORKLOAD_pin, "0,"},
             {WORKLOAD_pin, "0;1"},
             {WORKLOAD_pin, "-1"},
             {WORKLOAD_capacity, "-1"},
             {WORKLOAD_key, "int"},
             {WORKLOAD_keys, "0"},
             {WORKLOAD_distribution, "zipf"},
             {WORKLOAD_distribution, "zipf:0"},
             {WORKLOAD_distribution, "zipf:-1"},
             {WORKLOAD_distribution, "zipf:nan"},
             {WORKLOAD_distribution, "zipf:0x1p3"},
             {WORKLOAD_distribution, "zipf:1e9"},
             {WORKLOAD_mix, ""},
             {WORKLOAD_operations, "1.5"},
             {WORKLOAD_duration, "inf"},
             {WORKLOAD_duration, "-1"},
             {WORKLOAD_jitter, "1"},
             {WORKLOAD_jitter, "1:0"},
             {WORKLOAD_jitter, "0:1"}};
  struct workload workload, before;
  char error[WORKLOAD_ERROR], text[2][WORKLOAD_TEXT];
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    workload_init(&workload);
    before = workload;
    *error = '\0';
    assert_false(workload_set(&workload, bad[i].setting, bad[i].value, error));
    assert_non_null(strstr(error, workload_settings[bad[i].setting].name));
    assert_null(strchr(error, '\n'));
    if (bad[i].setting == WORKLOAD_map) {
      workload_print(&before, text[0]);
      workload_print(&workload, text[1]);
      assert_string_equal(text[0], text[1]);
    }
  }
}

static void add(struct results *results, uint64_t number, enum experiment_outcome outcome, const char *detail,
                double time_s, uint64_t operations) {
  struct experiment_trial trial = {.outcome = outcome, .time_s = time_s, .operations = operations};
  strcpy(trial.detail, detail);
  trial.state_known = outcome != EXPERIMENT_DIED;
  trial.state.count = operations;
  results_add(results, number, &trial);
}

static void test_failed_and_surviving_trials_are_counted_apart(void **state) {
  struct results results = {0};
  struct results_kind kinds[3];
  (void)state;
  add(&results, 0, EXPERIMENT_FATAL, "concurrent map writes", 1, 10);
  add(&results, 1, EXPERIMENT_SURVIVED, "", 100, 1000);
  add(&results, 2, EXPERIMENT_DIED, "SIGSEGV", 2, 20);
  add(&results, 3, EXPERIMENT_BROKEN, "bucket 3", 4, 60);
  add(&results, 4, EXPERIMENT_BROKEN, "bucket 4", 5, 70);
  assert_int_equal(results_count(&results, RESULTS_FAILED), 4);
  assert_int_equal(results_count(&results, RESULTS_SURVIVED), 1);
  assert_int_equal(results_count(&results, RESULTS_ALL), 5);
  struct results_spread spread = results_spread(&results, RESULTS_FAILED, results_time_s);
  assert_true(spread.mean == 3 && spread.median == 3 && spread.least == 1 && spread.most == 5);
  assert_true(fabs(spread.sd - sqrt(10.0 / 3)) < 1e-15);
  spread = results_spread(&results, RESULTS_SURVIVED, results_operations);
  assert_true(spread.mean == 1000 && isnan(spread.sd));
  assert_int_equal(results_state(&results, RESULTS_FAILED, 0).count, 3);
  assert_int_equal(results_kinds(&results, kinds, 3), 3);
  assert_int_equal(kinds[0].outcome, EXPERIMENT_BROKEN); /* whatever it says */
  assert_int_equal(kinds[0].count, 2);
  assert_string_equal(kinds[0].detail, "");
  assert_string_equal(kinds[1].detail, "concurrent map writes");
  assert_true(results_have(&results, 4) && !results_have(&results, 5));
  results_free(&results);
  assert_int_equal(results_spread(&results, RESULTS_ALL, results_time_s).count, 0);
}

static void test_outcomes_have_names(void **state) {
  (void)state;
  for (unsigned i = 0; i < EXPERIMENT_OUTCOME_COUNT; ++i) {
    enum experiment_outcome outcome;
    assert_true(experiment_outcome_parse(experiment_outcome_text((enum experiment_outcome)i), &outcome));
    assert_int_equal(outcome, i);
  }
  enum experiment_outcome outcome;
  assert_false(experiment_outcome_parse("well", &outcome));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_buckets_cover_all_times_without_a_gap),
      cmocka_unit_test(test_quantiles_are_within_a_bucket),
      cmocka_unit_test(test_a_histogram_is_written_and_read_back),
      cmocka_unit_test(test_a_workload_is_written_as_it_is_told),
      cmocka_unit_test(test_a_setting_that_does_not_fit_is_one_line),
      cmocka_unit_test(test_failed_and_surviving_trials_are_counted_apart),
      cmocka_unit_test(test_outcomes_have_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
