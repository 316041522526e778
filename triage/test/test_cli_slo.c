/* `heddle slo`: what a promise asks for, exactly, and what failures and time say of it.
 *
 * ctest: full */
#include "triage/test/cli.h"

#include "triage/store/store.h"
#include "triage/test/reference.h"

#define NINES "--target=99.99% --mttr=8min"

static double number_in(const json_t *json, const char *name) {
  const json_t *value = json_object_get(json, name);
  if (!json_is_number(value))
    fail_msg("no number %s", name);
  return json_number_value(value);
}

static json_t *slo(int status, const char *options) {
  run("heddle slo --json %s", options);
  expect(status);
  return parse(result.out);
}

static void expect_words(int status, const char *const *words, size_t count) {
  expect(status);
  for (size_t i = 0; i < count; i++)
    if (!strstr(result.out, words[i]))
      fail_msg("no `%s` in\n%s", words[i], result.out);
}
#define EXPECT_TEXT(status, ...)                                                                                       \
  expect_words(status, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_what_a_promise_asks_for(void **state) {
  (void)state;
  json_t *root = reference_open("slo_to_mtbf"), *one;
  size_t i;
  json_array_foreach(json_object_get(root, "cases"), i, one) {
    char options[256];
    snprintf(options, sizeof options, "--target=%s --mttr=%.0fs --failures=1000000 --exposure=1s", text_in(one, "slo"),
             number_in(one, "mttr"));
    json_t *json = slo(1, options);
    assert_true(number_in(json, "threshold_s") == number_in(one, "mtbf_min_exact"));
    NEAR(number_in(json, "approximation_s"), number_in(one, "mtbf_min_approx"), 1e-15);
    json_decref(json);
  }
  assert_true(i > 0);
  json_decref(root);
  run("heddle slo %s%s", NINES, " --failures=0 --exposure=180d");
  EXPECT_TEXT(0, "79,992 min", "80,000 min");
  json_t *json = slo(0, NINES " --failures=0 --exposure=180d");
  assert_true(number_in(json, "threshold_s") == 79992 * 60);
  assert_true(number_in(json, "approximation_s") == 80000 * 60);
  json_decref(json);
}

static void test_the_three_verdicts(void **state) {
  (void)state;
  /* Without a failure a pass takes -ln(.05) = 2.9957 times the MTBF asked for: 239,635 min, 166.4 days. */
  json_t *json = slo(0, NINES " --failures=0 --exposure=167d");
  assert_string_equal(text_in(json, "verdict"), "pass");
  assert_true(number_in(json, "still_needed_s") == 0);
  assert_true(json_is_null(json_object_get(json, "upper_s")) && json_is_null(json_object_get(json, "mtbf_s")));
  json_decref(json);
  json = slo(1, NINES " --failures=0 --exposure=10d");
  assert_string_equal(text_in(json, "verdict"), "insufficient data");
  NEAR(number_in(json, "needed_s"), 4799520 * -log(0.05), 1e-12);
  NEAR(number_in(json, "still_needed_s"), 4799520 * -log(0.05) - 864000, 1e-12);
  json_decref(json);
  json = slo(1, NINES " --failures=10 --exposure=30d");
  assert_string_equal(text_in(json, "verdict"), "fail");
  assert_true(number_in(json, "upper_s") < 4799520);
  json_decref(json);
  json = slo(0, NINES " --failures=0 --exposure=60d --confidence=.5");
  assert_true(number_in(json, "confidence") == 0.5);
  json_decref(json);
  run("heddle slo %s%s", NINES, " --failures=0 --exposure=10d");
  EXPECT_TEXT(1, "insufficient data: 99.99% of the time up", "repairs of 8 min", "more without a failure",
              "95 % one-sided", "0 in 14,400 min", "clock", "workload");
  run("heddle slo %s%s", NINES, " --failures=10 --exposure=30d");
  EXPECT_TEXT(1, "fail: ", "an MTBF below", "at most");
}

static void test_a_file_of_arrivals_has_rolling_windows(void **state) {
  (void)state;
  run("printf 'time\\n1\\n2\\n3\\n50\\n95\\n' >days.csv");
  json_t *json = slo(1, "--target=99% --mttr=12h --arrivals --end=100 --unit=d days.csv");
  const json_t *windows = json_object_get(json, "windows"), *worst = json_object_get(windows, "worst");
  assert_int_equal(number_in(json_object_get(json, "of"), "failures"), 5);
  assert_true(number_in(json_object_get(json, "of"), "exposure_s") == 100 * 86400.0);
  assert_true(number_in(windows, "length_s") == 30 * 86400.0);
  assert_int_equal(number_in(windows, "count"), 71); /* a day on each time */
  assert_int_equal(number_in(worst, "failures"), 3);
  assert_true(number_in(worst, "mtbf_s") == 10 * 86400.0);
  json_decref(json);
  run("heddle slo --target=99%% --mttr=12h --arrivals --end=100 --unit=d days.csv");
  EXPECT_TEXT(1, "Rolling windows of 43,200 min (30 d)", "the worst: 3 failures", "no verdict follows");
  run("heddle slo --target=99%% --mttr=12h --arrivals --end=100 --unit=24h --window=200d days.csv");
  EXPECT_TEXT(1, "none: watched for less");
  run("printf 'time\\n10\\n19\\n27\\n34\\n40\\n45\\n49\\n52\\n54\\n55\\n55.5\\n55.8\\n' | heddle slo --target=99%% "
      "--mttr=1s "
      "--arrivals --end=56 -");
  EXPECT_TEXT(1, "the rate rises");
}

static void test_a_file_of_lives(void **state) {
  (void)state;
  run("printf 'time,event,count\\n10,1,2\\n30,0,3\\n' >lives.csv");
  json_t *json = slo(1, "--target=99.9% --mttr=10min --unit=h lives.csv");
  assert_int_equal(number_in(json_object_get(json, "of"), "failures"), 2);
  assert_true(number_in(json_object_get(json, "of"), "exposure_s") == 110 * 3600.0);
  assert_true(json_is_null(json_object_get(json, "windows")));
  json_decref(json);
}

static void test_the_store_has_the_fuzzers_clock(void **state) {
  (void)state;
  struct finding_error error;
  struct store *store = store_open("heddle.db", STORE_CREATE, &error);
  assert_non_null(store);
  for (unsigned i = 0; i < 2; i++) {
    struct store_campaign campaign = {.source = i ? "/b" : "/a",
                                      .map = "gomap",
                                      .flavour = "",
                                      .engine = "libfuzzer",
                                      .sessions = 1,
                                      .failing_inputs = 3,
                                      .span = {1000, 8000, 20, 10},
                                      .last_failure_s = -1};
    assert_true(store_put_campaign(store, &campaign, 1000, NULL, &error));
  }
  store_close(store);
  json_t *json = slo(1, NINES);
  assert_string_equal(text_in(json, "verdict"), "fail");
  assert_int_equal(number_in(json_object_get(json, "of"), "failures"), 6);
  assert_true(number_in(json_object_get(json, "of"), "exposure_s") == 20);
  json_decref(json);
  run("heddle slo %s%s", NINES, " --map=gomap");
  EXPECT_TEXT(1, "heddle.db", "failing inputs", "fuzzer's time on the wall", "no user's");
  run("heddle slo %s%s", NINES, " --map=rwmap");
  expect_line(3, "rwmap", "heddle ingest");
}

static void test_what_is_wrong_with_a_question(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"", "--target"},
                                       {"--target=99.99%", "--mttr"},
                                       {"--target=100% --mttr=1s", "nothing reaches"},
                                       {"--target=99.99 --mttr=1s", "percentage"},
                                       {"--target=x --mttr=1s", "99.99%"},
                                       {"--target=99% --mttr=8", "8min"},
                                       {"--target=99% --mttr=0s", "no time"},
                                       {NINES " --failures=1", "--exposure"},
                                       {NINES " --exposure=1d", "--failures"},
                                       {NINES " --failures=-1 --exposure=1d", "--failures"},
                                       {NINES " --failures=1 --exposure=1d x.csv", "instead"},
                                       {NINES " --unit=h", "--data"},
                                       {NINES " --unit=moon x.csv", "--unit=moon"},
                                       {NINES " --window=1d x.csv", "--arrivals"},
                                       {NINES " --confidence=2", "--confidence"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    run("heddle slo %s", bad[i][0]);
    expect(2);
    const char *end = strchr(result.err, '\n');
    if (!end || strncmp(end + 1, "Try ", 4) != 0 || !memmem(result.err, end - result.err, bad[i][1], strlen(bad[i][1])))
      fail_msg("%s: not one line with `%s`: %s", bad[i][0], bad[i][1], result.err);
  }
  run("heddle slo %s%s", NINES, "");
  expect_line(3, "heddle.db", "");
  run("heddle slo %s%s", NINES, " nowhere.csv");
  expect_line(3, "nowhere.csv", "give a CSV file");
  run("printf 'time,event\\n1e308,0\\n1e308,0\\n' | heddle slo %s --unit=h -", NINES);
  expect_line(3, "stdin", "more failures or time");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_what_a_promise_asks_for),
      CASE(test_the_three_verdicts),
      CASE(test_a_file_of_arrivals_has_rolling_windows),
      CASE(test_a_file_of_lives),
      CASE(test_the_store_has_the_fuzzers_clock),
      CASE(test_what_is_wrong_with_a_question),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
