/* The words of a report: what cannot be shown is told, estimates are said as they are, long runs are shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

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

static void test_estimates_are_said_as_they_are(void **state) {
  (void)state;
  static const struct {
    struct report_mtbf mtbf;
    const char *sentence;
  } cases[] = {{{"failures of gomap", "CPU seconds", 12.34, 5, 41.6, 0.9},
                "On average 12.3 CPU seconds between failures of gomap; with 90% confidence between 5 and 41.6."},
               {{"failures", "inputs", 1234567, 999500, INFINITY, 0.95},
                "On average 1,230,000 inputs between failures; with 95% confidence at least 1,000,000."},
               {{"failures", "inputs", NAN, 41000, INFINITY, 0.95},
                "With 95% confidence at least 41,000 inputs between failures; too few were seen for a mean."},
               {{"failures", "inputs", NAN, 0, INFINITY, 0.95}, ""}};
  char text[WORDS_SIZE];
  for (size_t i = 0; i < COUNT(cases); ++i)
    assert_string_equal(words_mtbf(&cases[i].mtbf, text), cases[i].sentence);
  assert_string_equal(words_mtbf(NULL, text), "");
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
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_characters_are_shown_or_told), cmocka_unit_test(test_a_cut_text_ends_in_dots_and_fits),
      cmocka_unit_test(test_estimates_are_said_as_they_are), cmocka_unit_test(test_long_interleavings_are_shortened)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
