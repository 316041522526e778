/* Reports of honggfuzz, as its source says that it writes them: with a sanitizer's word or without, before 2.0 and
 * since. */
#include "triage/test/golden_ways.h"

static void test_reports_are_read(void **state) {
  (void)state;
  assert_int_equal(golden_each("honggfuzz", golden_check), 3);
}

static void test_reports_cut_anywhere_are_not_taken_for_whole(void **state) {
  (void)state;
  assert_int_equal(golden_each("honggfuzz", golden_cut), 3);
}

struct told {
  int count;
  char kind[64], oracle[64], artifact[256], message[256];
  bool truncated;
};

static void tell(void *context, const struct parse_report *report) {
  struct told *told = context;
  told->count++;
  told->truncated = report->truncated;
  snprintf(told->kind, sizeof told->kind, "%s", report->finding.kind);
  snprintf(told->oracle, sizeof told->oracle, "%s", report->finding.oracle);
  snprintf(told->artifact, sizeof told->artifact, "%s", report->artifact);
  snprintf(told->message, sizeof told->message, "%s", report->finding.message);
  assert_string_equal(report->finding.engine, "honggfuzz");
}

static struct told parse(const char *text) {
  struct told told = {0};
  struct parser *parser = parse_open(&(struct parse_options){.source_root = NULL}, tell, &told);
  assert_non_null(parser);
  parse_feed(parser, text, strlen(text));
  parse_end(parser);
  parse_close(parser);
  return told;
}

#define RULER "=====================================================================\n"

static void test_what_a_sanitizer_said_is_the_kind(void **state) {
  (void)state;
  struct told told = parse("CRASH:\nDESCRIPTION: AddressSanitizer: attempting double-free on 0x60 in thread T0:\n"
                           "ORIG_FNAME: a\nFUZZ_FNAME: /w/x y.fuzz\nSIGNAL: SIGABRT (6)\nSTACK:\n" RULER);
  assert_int_equal(told.count, 1);
  assert_string_equal(told.kind, "double-free");
  assert_string_equal(told.oracle, "AddressSanitizer");
  assert_string_equal(told.artifact, "/w/x y.fuzz");
  assert_false(told.truncated);
}

static void test_signals_have_the_kinds_that_sanitizers_give_them(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"SIGSEGV (11)", "segv"},      {"SIGFPE (8)", "arithmetic-error"},
                                         {"SIGABRT (6)", "abort"},      {"SIGVTALRM-TMOUT (26)", "timeout"},
                                         {"SIGSYS", "bad-system-call"}, {"UNKNOWN-99 (99)", "unknown-signal"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char text[256];
    snprintf(text, sizeof text, "ORIG_FNAME: a\nSIGNAL: %s\nSTACK:\n" RULER, pairs[i][0]);
    struct told told = parse(text);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.kind, pairs[i][1]);
    assert_string_equal(told.message, pairs[i][0]);
    assert_string_equal(told.oracle, "honggfuzz");
  }
}

/* Many programs say that much. */
static void test_a_lone_word_is_no_report(void **state) {
  (void)state;
  assert_int_equal(parse("CRASH:\nthe car, not the program\n" RULER).count, 0);
  assert_int_equal(parse("TIMEOUT:\n").count, 0);
  assert_int_equal(parse("request failed, TIMEOUT: 5 s\nSIGNAL: SIGTERM\n").count, 0);
}

static void test_a_report_without_its_end_is_truncated(void **state) {
  (void)state;
  struct told told = parse("ORIG_FNAME: a\nFUZZ_FNAME: b\nSIGNAL: SIGSEGV (11)\nSTACK:\n <0x1> [f():1 at m]\n");
  assert_int_equal(told.count, 1);
  assert_true(told.truncated);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reports_are_read),
      cmocka_unit_test(test_reports_cut_anywhere_are_not_taken_for_whole),
      cmocka_unit_test(test_what_a_sanitizer_said_is_the_kind),
      cmocka_unit_test(test_signals_have_the_kinds_that_sanitizers_give_them),
      cmocka_unit_test(test_a_lone_word_is_no_report),
      cmocka_unit_test(test_a_report_without_its_end_is_truncated),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
