/* The words of a report: what cannot be shown is told, estimates are said as they are, long runs are shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report/visible.h"
#include "triage/report/words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_characters_are_shown_or_told(void **state) {
  (void)state;
  static const struct {
    const char *text, *shown;
    size_t columns;
  } cases[] = {{"plain \\ text", "plain \\ text", 12},
               {"\t\r\n", "\\t\\r\\n", 6},
               {"\033]0;x\a\x7f", "\\x1b]0;x\\x07\\x7f", 16},
               {"caf\xc3\xa9", "caf\xc3\xa9", 4},
               {"\xe6\x97\xa5", "\xe6\x97\xa5", 2},
               {"\xc2\x9b", "\\u{9b}", 6}, /* C1: a control sequence's beginning */
               {"\xe2\x80\xae\xe2\x80\xac", "\\u{202e}\\u{202c}", 16},
               {"\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}", 16},
               {"e\xcc\x81", "e\\u{301}", 8},
               {"\xf3\xa0\x80\xa0", "\\u{e0020}", 9},   /* a tag character */
               {"\xc0\xaf", "\\xc0\\xaf", 8},           /* overlong */
               {"\xed\xa0\x80", "\\xed\\xa0\\x80", 12}, /* a surrogate */
               {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16},
               {"\xe2\x82", "\\xe2\\x82", 8}, /* cut off */
               {"", "", 0}};
  for (size_t i = 0; i < COUNT(cases); ++i) {
    char line[128];
    assert_int_equal(visible_cut(cases[i].text, 100, line, sizeof line), cases[i].columns);
    assert_string_equal(line, cases[i].shown);
  }
}

static void test_a_cut_text_ends_in_dots_and_fits(void **state) {
  (void)state;
  char line[64], small[8];
  assert_int_equal(visible_cut("abcdefghij", 10, line, sizeof line), 10);
  assert_string_equal(line, "abcdefghij");
  assert_int_equal(visible_cut("abcdefghijk", 10, line, sizeof line), 10);
  assert_string_equal(line, "abcdefg...");
  assert_int_equal(visible_cut("abc\033[0mdefgh", 10, line, sizeof line), 10);
  assert_string_equal(line, "abc\\x1b...");
  assert_int_equal(visible_cut("abcd\033[0mdefgh", 10, line, sizeof line), 7);
  assert_string_equal(line, "abcd...");
  assert_int_equal(visible_cut("abcdefghijk", 100, small, sizeof small), 7);
  assert_string_equal(small, "abcd...");
  assert_int_equal(visible_cut(NULL, 10, line, sizeof line), 0);
}

/* Exponential figures by hand: for n arrivals in T without a trend T / n, and 2 T over the chi-square quantiles 0.025
 * of 2n + 2 upwards and of 2n downwards; without any, T / -ln 0.05. */
static void test_estimates_are_said_as_they_are(void **state) {
  (void)state;
  static const double even[] = {1000, 2000, 3000, 4000}, once[] = {0.5};
  static const struct {
    struct arrivals arrivals;
    double f1;
    const char *events, *sentence;
  } cases[] = {
      {{even, 4, ARRIVALS_TIME, 5000},
       4,
       "4 bugs in 5,000 inputs, watched until a time set beforehand",
       "MTBF 1,250 inputs (95 %: 488.2 to 4,588 inputs): time to the next event, at a constant rate"},
      {{once, 1, ARRIVALS_TIME, 1},
       1,
       "1 bug in 1 inputs, watched until a time set beforehand",
       "MTBF 1 inputs (95 %: 0.1795 to 39.5 inputs): time to the next event, at a constant rate"},
      {{NULL, 0, ARRIVALS_TIME, 299573},
       0,
       "0 bugs in 299,600 inputs, watched until a time set beforehand",
       "MTBF no estimate (95 %: at least 100,000 inputs; no useful upper bound): lower bound of the time to the first "
       "event: there was none"},
      {{even, 4, ARRIVALS_TIME, 10},
       4,
       "0 bugs in 10 inputs, watched until a time set beforehand",
       "MTBF: there is neither an estimate nor a bound"}};
  char text[MTBF_WORDS_SIZE];
  for (size_t i = 0; i < COUNT(cases); ++i) {
    struct estimate estimate = estimate_arrivals(&cases[i].arrivals, cases[i].f1, 0, 0.95);
    struct mtbf mtbf = {.estimate = &estimate, .unit = "inputs", .event = "bugs"};
    assert_string_equal(mtbf_words(&mtbf, text), cases[i].sentence);
    assert_string_equal(mtbf_words_events(&mtbf, text), cases[i].events);
  }
}

static void test_estimates_of_lives_say_what_is_censored(void **state) {
  (void)state;
  static const double times[] = {3, 5, 8, 10};
  static const unsigned char events[] = {1, 1, 0, 0}, none[] = {0, 0, 0, 0};
  struct times lives = {.time = times, .event = events, .n = 4};
  struct estimate estimate = estimate_lives(&lives, 0.95);
  struct mtbf mtbf = {.estimate = &estimate, .unit = "hours", .unit_kind = "pumps"};
  char text[MTBF_WORDS_SIZE];
  assert_string_equal(mtbf_words_events(&mtbf, text),
                      "2 of 4 pumps failed in 26 hours; censored, for they had not: 50 %");
  assert_non_null(strstr(mtbf_words(&mtbf, text), "mean of a Weibull distribution"));
  lives.event = none;
  estimate = estimate_lives(&lives, 0.95);
  assert_string_equal(mtbf_words(&mtbf, text),
                      "MTBF no estimate (95 %: at least 8.679 hours; no useful upper bound): one-sided bound, as if "
                      "failures came at a constant rate: none was seen");
}

/* A long run: what it says is kept, its length is counted, and both ends stand. */
static void test_long_interleavings_are_shortened(void **state) {
  (void)state;
  enum { STEPS = 100000 };
  struct report_step *steps = calloc(STEPS, sizeof *steps);
  for (size_t every = 2; every <= 50000; every *= 5) {
    struct words_row rows[WORDS_ROWS_MAX];
    for (size_t i = 0; i < STEPS; ++i)
      steps[i] = (struct report_step){
          .point = i, .task = (int)(i / every % 2), .switched = i > 0 && i % every == 0, .racing = i == STEPS - 3};
    struct report_key key = {.steps = steps, .step_count = STEPS};
    size_t count = words_rows(&key, rows), told = count;
    for (size_t i = 0; i < count; ++i)
      told += rows[i].left_out;
    assert_int_equal(told, STEPS);
    assert_int_equal(rows[0].step->point, 0);
    assert_int_equal(rows[count - 1].step->point, STEPS - 1);
    assert_true(rows[count - 3].step->racing);
    assert_true(every > 1000 || count == WORDS_ROWS_MAX);
  }
  free(steps);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_characters_are_shown_or_told),
                                     cmocka_unit_test(test_a_cut_text_ends_in_dots_and_fits),
                                     cmocka_unit_test(test_estimates_are_said_as_they_are),
                                     cmocka_unit_test(test_estimates_of_lives_say_what_is_censored),
                                     cmocka_unit_test(test_long_interleavings_are_shortened)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
