/* Logs as an enemy writes them: too long, too many, any bytes.  What is read of them is right and bounded, and that
 * parts were passed over is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/parse.h"

/* Of the last report. */
static struct {
  size_t reports, stacks, frames;
  bool cut, truncated;
  char key[KEY_TEXT_SIZE], kind[100], first[200];
} told;

static void tell(void *context, const struct parse_report *report) {
  (void)context;
  const struct finding *finding = &report->finding;
  told.reports++;
  told.stacks = finding->stack_count;
  told.frames = finding->stack_count ? finding->stacks[0].frame_count : 0;
  told.cut = report->cut;
  told.truncated = report->truncated;
  memcpy(told.key, finding->key, sizeof told.key);
  snprintf(told.kind, sizeof told.kind, "%s", finding->kind);
  snprintf(told.first, sizeof told.first, "%s", told.frames ? finding->stacks[0].frames[0].function : "");
}

static struct parser *open_parser(void) {
  struct parse_options options = {0};
  memset(&told, 0, sizeof told);
  struct parser *parser = parse_open(&options, tell, NULL);
  assert_non_null(parser);
  return parser;
}

static void feed(struct parser *parser, const char *text) { parse_feed(parser, text, strlen(text)); }

static void feed_many(struct parser *parser, const char *text, size_t times) {
  for (size_t i = 0; i < times; i++)
    feed(parser, text);
}

#define SEGV "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x1 (pc 0x1 bp 0x2 sp 0x3 T0)\n"
#define SUMMARY "SUMMARY: AddressSanitizer: SEGV\n"

static void test_a_million_frames_are_cut_at_the_outer_end(void **state) {
  (void)state;
  struct parser *parser = open_parser();
  feed(parser, SEGV);
  for (unsigned i = 0; i < 1000000; i++) {
    char line[100];
    int length = snprintf(line, sizeof line, "    #%u 0x1 in f%u /src/x.c:3:4\n", i, i);
    parse_feed(parser, line, (size_t)length);
  }
  feed(parser, SUMMARY);
  assert_int_equal(parse_end(parser), 1);
  assert_true(told.cut && !told.truncated);
  assert_int_equal(told.frames, STACK_FRAMES_MAX);
  assert_string_equal(told.first, "f0");
  parse_close(parser);
}

static void test_too_many_stacks_are_passed_over(void **state) {
  (void)state;
  struct parser *parser = open_parser();
  feed(parser, "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x1\n"
               "READ of size 1 at 0x1 thread T0\n    #0 0x1 in f /src/x.c:1\n\n");
  feed_many(parser, "Thread T1 created by T0 here:\n    #0 0x1 in g /src/x.c:2\n\n", 1000);
  feed(parser, SUMMARY);
  assert_int_equal(parse_end(parser), 1);
  assert_true(told.cut && !told.truncated);
  assert_int_equal(told.stacks, FINDING_STACKS_MAX);
  assert_int_equal(told.frames, 1);
  parse_close(parser);
}

static void test_a_name_of_a_megabyte_is_cut(void **state) {
  (void)state;
  static const char *const parts[] = {
      "<", "(", "operator", " /", "::", "operator<(", "'", " created by T1", "\xff", ":1"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    struct parser *parser = open_parser();
    feed(parser, SEGV "    #0 0x1 in f");
    feed_many(parser, parts[i], 1000000 / strlen(parts[i]));
    feed(parser, "\n" SUMMARY SEGV "    #0 0x1 in g /src/x.c:1\n" SUMMARY);
    assert_int_equal(parse_end(parser), 2);
    assert_false(told.cut);
    assert_string_equal(told.first, "g");
    parse_close(parser);
  }
}

static void test_other_output_without_end_ends_a_report(void **state) {
  (void)state;
  struct parser *parser = open_parser();
  feed(parser, SEGV "    #0 0x1 in f /src/x.c:1\n");
  feed_many(parser, "nothing to see\n", 5000);
  assert_int_equal(told.reports, 1);
  assert_true(told.truncated);
  feed(parser, "    #1 0x1 in g /src/x.c:1\n");
  assert_int_equal(parse_end(parser), 1);
  parse_close(parser);
}

static void test_a_report_that_breaks_off_is_told_before_the_next(void **state) {
  (void)state;
  struct parser *parser = open_parser();
  feed(parser, SEGV "    #0 0x1 in f /src/x.c:1\nWARNING: ThreadSanitizer: data race (pid=1)\n");
  assert_int_equal(told.reports, 1);
  assert_true(told.truncated);
  assert_string_equal(told.first, "f");
  assert_int_equal(parse_end(parser), 2);
  assert_string_equal(told.kind, "data-race");
  parse_close(parser);
}

static void test_kinds_are_slugs_whatever_the_words(void **state) {
  (void)state;
  static const struct {
    const char *line, *kind;
  } cases[] = {
      {"==1==ERROR: AddressSanitizer: <script>alert(1)</script>\n", "unknown-error"},
      {"==1==ERROR: AddressSanitizer: New-Kind_Of_error on address\n", "new-kind-of-error"},
      {"==1==ERROR: AddressSanitizer: 12345 '; DROP TABLE x'\n", "unknown-error"},
      {"WARNING: ThreadSanitizer: some new thing 0x12 (see 'manual') (pid=7)\n", "some-new-thing-see"},
      {"x.c:1:2: runtime error: value 17 of type 'int' is odd: really\n", "value-of-type-is-odd"},
      {"==7== ERROR: libFuzzer: fuzz target overwrites its const input\n", "fuzz-target-overwrites-its-const"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct parser *parser = open_parser();
    feed(parser, cases[i].line);
    assert_int_equal(parse_end(parser), 1);
    assert_string_equal(told.kind, cases[i].kind);
    parse_close(parser);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_million_frames_are_cut_at_the_outer_end),
      cmocka_unit_test(test_too_many_stacks_are_passed_over),
      cmocka_unit_test(test_a_name_of_a_megabyte_is_cut),
      cmocka_unit_test(test_other_output_without_end_ends_a_report),
      cmocka_unit_test(test_a_report_that_breaks_off_is_told_before_the_next),
      cmocka_unit_test(test_kinds_are_slugs_whatever_the_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
