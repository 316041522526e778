/* `heddle mtbf`: from a file or the store to figures with their words, for people and for programs.
 *
 * ctest: full */
#include "triage/test/cli.h"

#include <math.h>

#include "triage/store/store.h"

static void write_file(const char *path, const char *text) {
  assert_int_equal(files_replace(path, text, strlen(text), false), 0);
}

static double number_at(const json_t *json, const char *name, const char *inner) {
  const json_t *value = json_object_get(json, name);
  if (inner)
    value = json_object_get(value, inner);
  if (!json_is_number(value))
    fail_msg("no number %s %s", name, inner ? inner : "");
  return json_number_value(value);
}

static json_t *mtbf(const char *options) {
  run("heddle mtbf --json %s", options);
  expect(0);
  return parse(result.out);
}

/* Every word, and no line past a terminal's edge. */
static void expect_text(const char *const *words, size_t count) {
  expect(0);
  for (size_t i = 0; i < count; i++)
    if (!strstr(result.out, words[i]))
      fail_msg("no `%s` in\n%s", words[i], result.out);
}
#define EXPECT_TEXT(...)                                                                                               \
  expect_text((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- files ---- */

#define LIVES                                                                                                          \
  "time,event,count\n54,1,1\n187,1,1\n216,1,1\n240,1,1\n244,1,1\n335,1,1\n361,1,1\n373,1,1\n375,1,1\n386,1,1\n500,0,"  \
  "10\n"

static void test_lives_of_a_file(void **state) {
  (void)state;
  write_file("lives.csv", LIVES);
  run("heddle mtbf lives.csv");
  EXPECT_TEXT("units, each until it failed", "lives.csv", "clock", "workload", "10 of 20 units failed", "50 %",
              "7,771 units of time", "MTBF: 540.7 units of time", "95 %: 389.6 to 1,090", "likelihood ratio", "Weibull",
              "constant rate");
  run("heddle mtbf --data=- <lives.csv");
  EXPECT_TEXT("stdin", "MTBF: 540.7");
  run("heddle mtbf --confidence=0.5 lives.csv");
  EXPECT_TEXT("50 %: ");
  json_t *json = mtbf("lives.csv");
  assert_string_equal(text_in(json, "status"), "ok");
  assert_int_equal(number_at(json, "n", NULL), 20);
  assert_int_equal(number_at(json, "of", "exposure"), 7771);
  assert_int_equal(number_at(json, "of", "censored"), 10);
  assert_string_equal(text_in(json_object_get(json, "of"), "source"), "lives.csv");
  assert_true(json_is_null(json_object_get(json_object_get(json, "trend"), "laplace_u"))); /* lives have no order */
  json_decref(json);
}

static void test_arrivals_of_a_file_are_tested_for_a_trend_first(void **state) {
  (void)state;
  write_file("nist.csv", "time\n1478\n40\n43\n175\n389\n712\n747\n795\n1299\n5\n"); /* in any order */
  run("heddle mtbf --arrivals --end=1500 nist.csv");
  EXPECT_TEXT("the rate falls", "Laplace", "MIL-HDBK-189", "watched until a time set beforehand", "MTBF: 279.2",
              "power law", "Goel-Okumoto", "none: the arrivals have a trend");
  run("heddle mtbf --arrivals nist.csv");
  EXPECT_TEXT("watched until the last of them");
  write_file("even.csv", "time\n10\n20\n30\n40\n50\n60\n");
  run("heddle mtbf --arrivals --end=65 even.csv");
  EXPECT_TEXT("no trend is seen", "MTBF: 10.83", "constant rate");
  json_t *json = mtbf("--arrivals --end=65 even.csv");
  assert_string_equal(text_in(json_object_get(json, "headline"), "by"), "constant");
  json_decref(json);
}

static void test_data_that_name_no_distribution(void **state) {
  (void)state;
  write_file("censored.csv", "time,event,count\n300,0,5\n");
  run("heddle mtbf censored.csv");
  EXPECT_TEXT("0 of 5 units failed", "100 %", "no estimate", "500.7", "no useful upper bound", "nothing failed");
  write_file("equal.csv", "time,event\n7,1\n7,1\n7,1\n7,1\n");
  run("heddle mtbf equal.csv");
  EXPECT_TEXT("MTBF: 7 units of time", "2.734 to 25.69", "no fit: all failures are at the largest time");
  write_file("zero.csv", "time,event\n0,1\n5,1\n");
  run("heddle mtbf zero.csv");
  EXPECT_TEXT("no fit: something failed at time 0");
  run("printf 'time\\n' | heddle mtbf --arrivals --end=100 -");
  EXPECT_TEXT("no estimate", "33.38", "there was none");
  run("printf 'time\\n5\\n5\\n5\\n' | heddle mtbf --arrivals -");
  EXPECT_TEXT("the rate rises", "MTBF: 1.667", "time to the next event, at a constant rate");
  json_t *json = mtbf("censored.csv");
  assert_string_equal(text_in(json, "status"), "no_failures");
  assert_true(json_is_null(json_object_get(json, "beta")));
  assert_true(json_is_null(json_object_get(json_object_get(json, "exponential"), "upper")));
  json_decref(json);
}

static void test_files_that_cannot_be_read(void **state) {
  (void)state;
  static const struct {
    const char *text, *options, *word, *other;
  } bad[] = {
      {"", "", "bad.csv", "empty"},
      {"a,b\n1,2\n", "", "bad.csv:1", "no column `time`"},
      {"time\n1\n", "", "bad.csv:1", "no column `event`"},
      {"time,event\n1,1\nx,1\n", "", "bad.csv:3", "time `x`"},
      {"time,event\n1,1\n-1,1\n", "", "bad.csv:3", "a number from 0"},
      {"time,event\nnan,1\n", "", "bad.csv:2", "time `nan`"},
      {"time,event\n1,2\n", "", "bad.csv:2", "event `2`"},
      {"time,event,count\n1,1,0.5\n", "", "bad.csv:2", "count `0.5`"},
      {"time,event\n1\n", "", "bad.csv:2", "fewer fields"},
      {"time,event\n", "", "bad.csv", "no times"},
      {"time\n", "--arrivals", "bad.csv", "--end"},
      {"time\n0\n", "--arrivals", "bad.csv", "--end"},
      {"time\n5\n", "--arrivals --end=4", "bad.csv", "after --end=4"},
      {"time,event\n\x1b[31m,1\n", "", "bad.csv:2", "?[31m"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    write_file("bad.csv", bad[i].text);
    run("heddle mtbf %s bad.csv", bad[i].options);
    expect_line(3, bad[i].word, bad[i].other);
    assert_string_equal(result.out, "");
  }
  run("heddle mtbf nowhere.csv");
  expect_line(3, "nowhere.csv", "give a CSV file");
  run("heddle mtbf .");
  expect_line(3, ".:", "directory");
  run("printf 'time,event\\n1,0,\\0' | heddle mtbf -");
  expect_line(3, "stdin:2", "zero byte");
}

static void test_options_that_are_wrong(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"--clock=moon", "ops, inputs, cpu and wall"},
                                       {"--per=year", "group, bug and campaign"},
                                       {"--confidence=1", "--confidence"},
                                       {"--confidence=nan", "--confidence"},
                                       {"--confidence=95%", "--confidence"},
                                       {"--end=5", "--data"},
                                       {"--arrivals", "--data"},
                                       {"--end=0 --arrivals lives.csv", "--end=0"},
                                       {"--end=5 lives.csv", "--arrivals"},
                                       {"--per=bug lives.csv", "of the store"},
                                       {"--store=s.db lives.csv", "of the store"},
                                       {"lives.csv other.csv", "one file"},
                                       {"--nothing", "nothing"}};
  write_file("lives.csv", LIVES);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    run("heddle mtbf %s", bad[i][0]);
    expect(2);
    const char *end = strchr(result.err, '\n'); /* then where to find help, as everywhere */
    if (!end || strncmp(end + 1, "Try ", 4) != 0 || !memmem(result.err, end - result.err, bad[i][1], strlen(bad[i][1])))
      fail_msg("%s: not one line with `%s`: %s", bad[i][0], bad[i][1], result.err);
    assert_string_equal(result.out, "");
  }
  run("heddle mtbf lives.csv >/dev/full");
  expect_line(2, "stdout", "give a place");
}

/* ---- the store ---- */

static struct store *store;

static int64_t put_campaign(const char *source, const char *map, uint64_t inputs, double wall_s) {
  struct store_campaign campaign = {.source = source,
                                    .map = map,
                                    .flavour = "",
                                    .engine = "libfuzzer",
                                    .sessions = 1,
                                    .failing_inputs = 10,
                                    .span = {inputs, 8 * inputs, 2 * wall_s, wall_s},
                                    .last_failure_s = -1};
  struct finding_error error;
  int64_t id;
  assert_true(store_put_campaign(store, &campaign, 1000, &id, &error));
  return id;
}

/* `number` tells keys apart, `input` what showed them; seen after so many inputs, a thousand of which take a second. */
static void put_sighting(unsigned number, const char *input, const char *map, int64_t campaign, uint64_t inputs) {
  char key[KEY_TEXT_SIZE];
  struct finding_error error;
  snprintf(key, sizeof key, "%016x", number);
  struct store_occurrence occurrence = {.key = key,
                                        .kind = "data-race",
                                        .source = input,
                                        .map = map,
                                        .flavour = "tsan",
                                        .campaign = campaign,
                                        .seen_s = 1000};
  files_sha1((const uint8_t *)input, strlen(input), occurrence.sha1);
  if (campaign)
    occurrence.clock =
        (struct finding_clock){true, {inputs, 8 * inputs, (double)inputs / 500, (double)inputs / 1000}, {0}};
  assert_int_not_equal(store_put_occurrence(store, &occurrence, 1000, &error), STORE_FAILED);
}

/* Two campaigns of gomap, of 10,000 inputs and of 5,000, the first with one more behind its totals: it died then. */
static void make_store(void) {
  struct finding_error error;
  store = store_open("heddle.db", STORE_CREATE, &error);
  assert_non_null(store);
  int64_t first = put_campaign("/a", "gomap", 10000, 10), second = put_campaign("/b", "gomap", 5000, 5);
  put_sighting(1, "a", "gomap", first, 1000);
  put_sighting(1, "b", "gomap", first, 500);
  put_sighting(1, "c", "gomap", second, 100); /* again, which is no first time */
  put_sighting(2, "d", "gomap", first, 10001);
  put_sighting(2, "e", "gomap", second, 4000);
  put_sighting(3, "f", "gomap", second, 2000);
  put_sighting(4, "g", "gomap", 0, 0); /* out of a log */
  put_sighting(2, "h", "rwmap", 0, 0);
  store_close(store);
}

static void test_bugs_of_the_store(void **state) {
  (void)state;
  make_store();
  /* Firsts at 500, 10,001 and 10,001 + 2,000 of 15,001 inputs; one bug seen once, one twice. */
  json_t *json = mtbf("");
  assert_int_equal(number_at(json, "failures", NULL), 3);
  assert_int_equal(number_at(json, "of", "exposure"), 15001);
  assert_int_equal(number_at(json, "residual", "f1"), 1);
  assert_int_equal(number_at(json, "residual", "f2"), 1);
  assert_true(number_at(json, "residual", "mtbf") == 15001);
  const double centered = ((500 + 10001 + 12001) / 3.0 - 15001 / 2.0) / (15001 * sqrt(1 / 36.0));
  assert_true(fabs(number_at(json, "trend", "laplace_u") - centered) < 1e-12);
  assert_non_null(strstr(result.err, "left out: 1 bug out of logs"));
  json_decref(json);
  json = mtbf("--clock=ops --per=bug");
  assert_int_equal(number_at(json, "of", "exposure"), 8 * 15001);
  json_decref(json);
  json = mtbf("--clock=wall");
  assert_true(fabs(number_at(json, "of", "exposure") - 15.001) < 1e-12);
  json_decref(json);
  json = mtbf("--clock=cpu");
  assert_true(fabs(number_at(json, "of", "exposure") - 30.002) < 1e-12);
  json_decref(json);
  run("heddle mtbf");
  EXPECT_TEXT("new bugs of gomap", "heddle.db", "inputs run, over all workers", "fuzzer", "3 new bugs in 15,0",
              "watched until", "a failing input every");
}

static void test_a_group_counts_once(void **state) {
  (void)state;
  make_store();
  run("heddle group --accept 0000000000000001 0000000000000002 --reason=one");
  expect(0);
  json_t *json = mtbf("");
  assert_int_equal(number_at(json, "failures", NULL), 2); /* at 500 and at 12,001 */
  assert_int_equal(number_at(json, "residual", "f1"), 1);
  assert_int_equal(number_at(json, "residual", "f2"), 0);
  json_decref(json);
  json = mtbf("--per=bug");
  assert_int_equal(number_at(json, "failures", NULL), 3);
  json_decref(json);
}

static void test_campaigns_of_the_store(void **state) {
  (void)state;
  make_store();
  struct finding_error error;
  store = store_open("heddle.db", STORE_WRITE, &error);
  assert_non_null(store);
  put_campaign("/c", "gomap", 7000, 7);
  store_close(store);
  json_t *json = mtbf("--per=campaign"); /* failed at 500 and at 100; the third ran 7,000 inputs without */
  assert_int_equal(number_at(json, "n", NULL), 3);
  assert_int_equal(number_at(json, "failures", NULL), 2);
  assert_int_equal(number_at(json, "of", "exposure"), 7600);
  assert_int_equal(number_at(json, "of", "censored"), 1);
  assert_true(number_at(json, "exponential", "mtbf") == 3800);
  json_decref(json);
  run("heddle mtbf --per=campaign");
  EXPECT_TEXT("campaigns of gomap: each until its first failure", "2 of 3 campaigns failed");
}

static void test_which_map(void **state) {
  (void)state;
  run("heddle mtbf");
  expect_line(3, "heddle.db", "");
  write_file("log",
             "WARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 8 at 0x7b0400000010 by thread T1:\n"
             "    #0 put src/cache.c:12:3 (prog+0x12c8)\n\nSUMMARY: ThreadSanitizer: data race\n==================\n");
  run("heddle ingest log");
  run("heddle mtbf");
  expect_line(3, "no campaign in the store", "heddle ingest");
  run("rm heddle.db");
  make_store();
  struct finding_error error;
  store = store_open("heddle.db", STORE_WRITE, &error);
  put_campaign("/a", "rwmap", 300, 0);
  store_close(store);
  run("heddle mtbf");
  expect_line(3, "several maps", "--map");
  json_t *json = mtbf("--map=rwmap");
  assert_int_equal(number_at(json, "failures", NULL), 0);
  assert_int_equal(number_at(json, "of", "exposure"), 300);
  json_decref(json);
  json = mtbf("--map=gomap");
  assert_int_equal(number_at(json, "of", "exposure"), 15001);
  json_decref(json);
  run("heddle mtbf --map=hashmap");
  expect_line(3, "hashmap", "heddle ingest");
  run("heddle mtbf --map=rwmap --clock=wall");
  expect_line(3, "rwmap", "--clock");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_lives_of_a_file),
      CASE(test_arrivals_of_a_file_are_tested_for_a_trend_first),
      CASE(test_data_that_name_no_distribution),
      CASE(test_files_that_cannot_be_read),
      CASE(test_options_that_are_wrong),
      CASE(test_bugs_of_the_store),
      CASE(test_a_group_counts_once),
      CASE(test_campaigns_of_the_store),
      CASE(test_which_map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
