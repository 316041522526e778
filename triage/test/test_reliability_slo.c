/* Targets and durations are taken exactly as written, thresholds are exact, and a verdict says no more than the data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/slo.h"

static struct decimal share(const char *text) {
  struct decimal share;
  const char *wrong = decimal_parse_share(text, &share);
  if (wrong)
    fail_msg("%s: %s", text, wrong);
  return share;
}

static struct decimal duration(const char *text) {
  struct decimal seconds;
  const char *wrong = decimal_parse_duration(text, &seconds);
  if (wrong)
    fail_msg("%s: %s", text, wrong);
  return seconds;
}

static void test_reference_thresholds_to_the_last_bit(void **state) {
  (void)state;
  json_t *file = reference_open("slo_to_mtbf");
  size_t index;
  json_t *set;
  assert_true(json_array_size(json_object_get(file, "cases")) >= 40);
  json_array_foreach(json_object_get(file, "cases"), index, set) {
    const char *slo = json_string_value(json_object_get(set, "slo"));
    double mttr = reference_number(set, "mttr");
    char text[32];
    snprintf(text, sizeof text, "%.0fs", mttr);
    double threshold = slo_threshold(share(slo), duration(text));
    assert_near(slo, "mtbf_min_exact", threshold, reference_number(set, "mtbf_min_exact"), 0);
    assert_near(slo, "mtbf_min_approx", threshold + mttr, reference_number(set, "mtbf_min_approx"), 0);
    assert_near(slo, "sli", slo_availability(threshold, mttr), reference_number(set, "sli_at_exact"), 1e-15);
  }
  json_decref(file);
}

static void test_four_nines_and_eight_minutes(void **state) {
  (void)state;
  double threshold = slo_threshold(share("99.99%"), duration("8min"));
  assert_true(threshold == 79992.0 * 60);
  assert_true(threshold == slo_threshold(share("0.9999"), duration("480 s")));
  assert_true(threshold == slo_threshold(share(" 99.990000 % "), duration("0h 7m 59s 1000ms")));
  /* Where the quotient is no double: the nearest one. */
  assert_true(slo_threshold(share("40%"), duration("100ms")) == 0.2 / 3);
  assert_true(slo_threshold(share("0.7"), duration("1ns")) == 7e-9 / 3);
}

static void test_durations(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double seconds;
  } cases[] = {
      {"8min", 480},     {"1h30m", 5400},    {"500ms", .5},
      {"1.5h", 5400},    {"2 days", 172800}, {"1 week 1 day", 691200},
      {"250us", 250e-6}, {"3ns", 3e-9},      {".5s", .5},
      {"0.1s", .1},      {"1h 0m 1s", 3601}, {"90 minutes", 5400},
      {"1d1d", 172800},  {"100000h", 3.6e8}, {"1000000000000000000s", 1e18},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_near(cases[i].text, "seconds", decimal_value(duration(cases[i].text)), cases[i].seconds, 0);
}

static void test_what_is_no_duration_or_share(void **state) {
  (void)state;
  static const char *const durations[] = {"",
                                          " ",
                                          "8",
                                          "min",
                                          "-8min",
                                          "8mn",
                                          "8min x",
                                          "0s",
                                          "0ms 0h",
                                          "1e3s",
                                          "1..s",
                                          "nan s",
                                          "8 MIN",
                                          "1,5h",
                                          "inf",
                                          "\xff\xfe",
                                          "1.0000000000000000001s",
                                          "99999999999999999w",
                                          "999999999999999999s 1s",
                                          "1h\n"};
  static const char *const shares[] = {"",
                                       "%",
                                       "0",
                                       "0%",
                                       "100%",
                                       "1",
                                       "1.0",
                                       "99.99",
                                       "101%",
                                       "-1%",
                                       "ab",
                                       "99%%",
                                       "9 9%",
                                       "0.9.9",
                                       "nan",
                                       "\x80",
                                       "99.99999999999999999999%",
                                       "0.0000000000000000001",
                                       "1e-3"};
  struct decimal decimal;
  for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
    if (!decimal_parse_duration(durations[i], &decimal))
      fail_msg("the duration '%s' was taken", durations[i]);
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
    if (!decimal_parse_share(shares[i], &decimal))
      fail_msg("the share '%s' was taken", shares[i]);
  char zeros[400];
  memset(zeros, '0', sizeof zeros);
  zeros[399] = 0;
  assert_non_null(decimal_parse_duration(zeros, &decimal));
  assert_non_null(decimal_parse_share(zeros, &decimal));
  zeros[0] = '.';
  assert_non_null(decimal_parse_share(zeros, &decimal));
  zeros[0] = '9';
  assert_non_null(decimal_parse_duration(zeros, &decimal));
}

static void test_verdicts(void **state) {
  (void)state;
  assert_int_equal(slo_judge(100, 100, INFINITY), SLO_PASS);
  assert_int_equal(slo_judge(100, 99, INFINITY), SLO_INSUFFICIENT_DATA);
  assert_int_equal(slo_judge(100, 50, 100), SLO_INSUFFICIENT_DATA);
  assert_int_equal(slo_judge(100, 50, 99), SLO_FAIL);
  assert_int_equal(slo_judge(100, NAN, NAN), SLO_INSUFFICIENT_DATA);
  assert_string_equal(slo_verdict_name(SLO_INSUFFICIENT_DATA), "insufficient data");
}

/* Without a failure, -ln(1 - confidence) thresholds of exposure are needed; with r of them, until a Poisson count of
 * that mean is as low as r with probability 1 - confidence. */
static void test_exposure_needed(void **state) {
  (void)state;
  struct slo_evidence none = slo_weigh(1000, 0, 500, .95);
  assert_int_equal(none.verdict, SLO_INSUFFICIENT_DATA);
  assert_near("none", "needed", none.needed, -1000 * log(.05), 1e-12);
  assert_near("none", "still_needed", none.still_needed, -1000 * log(.05) - 500, 1e-12);
  assert_near("none", "lower", none.lower, -500 / log(.05), 1e-12);
  assert_true(isinf(none.upper) && isinf(none.mtbf));
  struct slo_evidence enough = slo_weigh(1000, 0, none.needed, .95);
  assert_true(enough.verdict == SLO_PASS && enough.still_needed == 0);
  struct slo_evidence two = slo_weigh(1000, 2, 500, .95);
  double mean = two.needed / 1000;
  assert_near("two", "poisson", exp(-mean) * (1 + mean + mean * mean / 2), .05, 1e-12);
  assert_int_equal(slo_weigh(1000, 20, 500, .95).verdict, SLO_FAIL);
  double worst = slo_weigh(1000, 20, 500, .95).upper;
  mean = 500 / worst; /* 20 or more are then no surprise, to 5 % */
  double term = exp(-mean), below = 0;
  for (int k = 0; k < 20; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  assert_near("twenty", "poisson", 1 - below, .05, 1e-10);
}

static void test_evidence_of_nothing(void **state) {
  (void)state;
  static const double bad[][4] = {{0, 1, 1, .9},   {NAN, 1, 1, .9}, {1, -1, 1, .9},
                                  {1, NAN, 1, .9}, {1, 1, -1, .9},  {1, 1, INFINITY, .9},
                                  {1, 1, 1, 0},    {1, 1, 1, 1},    {1, 1e300, 1, .9}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct slo_evidence evidence = slo_weigh(bad[i][0], bad[i][1], bad[i][2], bad[i][3]);
    assert_int_equal(evidence.verdict, SLO_INSUFFICIENT_DATA);
    assert_true(isnan(evidence.lower) && isnan(evidence.needed) && isnan(evidence.still_needed));
  }
}

static void test_windows(void **state) {
  (void)state;
  static const double times[] = {0, 1, 2, 9, 10, 11, 11, 25};
  const struct arrivals arrivals = {times, 8, ARRIVALS_TIME, 31};
  struct slo_window windows[8];
  assert_int_equal(slo_windows(&arrivals, 10, 5, windows, 8), 5); /* that end at 10, 15, 20, 25, 30 */
  static const double expected[] = {5, 4, 2, 1, 1};
  for (size_t i = 0; i < 5; i++) {
    assert_true(windows[i].to == 10 + 5 * (double)i && windows[i].from == windows[i].to - 10);
    assert_true(windows[i].failures == expected[i] && windows[i].mtbf == 10 / expected[i]);
  }
  assert_int_equal(slo_windows(&arrivals, 10, 5, windows, 2), 5);
  assert_int_equal(slo_windows(&arrivals, 10, 1e-300, windows, 0), SLO_WINDOWS_MAX);
  struct slo_window worst = slo_worst_window(&arrivals, 3);
  assert_true(worst.to == 11 && worst.from == 8 && worst.failures == 4);
  worst = slo_worst_window(&arrivals, 12);
  assert_true(worst.to == 12 && worst.failures == 7);
}

static void test_no_windows(void **state) {
  (void)state;
  static const double times[] = {3, 2};
  const struct arrivals unordered = {times, 2, ARRIVALS_TIME, 10}, none = {NULL, 0, ARRIVALS_TIME, 10};
  struct slo_window window;
  assert_int_equal(slo_windows(&unordered, 1, 1, &window, 1), 0);
  assert_int_equal(slo_windows(&none, 11, 1, &window, 1), 0);
  assert_int_equal(slo_windows(&none, 10, 0, &window, 1), 0);
  assert_int_equal(slo_windows(&none, NAN, 1, &window, 1), 0);
  assert_int_equal(slo_windows(&none, 10, 1, &window, 1), 1);
  assert_true(window.failures == 0 && isinf(window.mtbf));
  assert_true(isnan(slo_worst_window(&none, 10).failures) && isnan(slo_worst_window(&unordered, 1).failures));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference_thresholds_to_the_last_bit),
      cmocka_unit_test(test_four_nines_and_eight_minutes),
      cmocka_unit_test(test_durations),
      cmocka_unit_test(test_what_is_no_duration_or_share),
      cmocka_unit_test(test_verdicts),
      cmocka_unit_test(test_exposure_needed),
      cmocka_unit_test(test_evidence_of_nothing),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_no_windows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
