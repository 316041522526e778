/* Go's race detector, its fatal errors and panics, as the runtime prints them and as logs keep them. */
#include "triage/test/golden_ways.h"

static void test_races_are_read(void **state) {
  (void)state;
  assert_true(golden_each("go_race", golden_check) > 0);
}

static void test_races_cut_anywhere_are_not_taken_for_whole(void **state) {
  (void)state;
  assert_true(golden_each("go_race", golden_cut) > 0);
}

static void test_fatal_errors_and_panics_are_read(void **state) {
  (void)state;
  assert_true(golden_each("go_fatal", golden_check) > 0);
}

static void test_fatal_errors_cut_anywhere_are_not_taken_for_whole(void **state) {
  (void)state;
  assert_true(golden_each("go_fatal", golden_cut) > 0);
}

/* Asserts on the one report of a text. */
static void parse_text(const char *text, parse_report_fn tell, size_t expected) {
  struct parser *parser = parse_open(&(struct parse_options){.source_root = NULL}, tell, NULL);
  assert_non_null(parser);
  parse_feed(parser, text, strlen(text));
  assert_int_equal(parse_end(parser), expected);
  parse_close(parser);
}

static void tell_race(void *context, const struct parse_report *report) {
  (void)context;
  const struct finding *finding = &report->finding;
  assert_string_equal(finding->kind, "data-race");
  assert_string_equal(finding->oracle, "Go race detector");
  assert_false(report->truncated);
  assert_int_equal(report->line, 2);
  assert_int_equal(finding->stack_count, 5);
  const struct finding_stack *stacks = finding->stacks;
  assert_int_equal(stacks[0].role, FINDING_ACCESS);
  assert_int_equal(stacks[0].access, FINDING_WRITE);
  assert_int_equal(stacks[0].task, 7);
  assert_int_equal(stacks[0].frame_count, 2);
  assert_string_equal(stacks[0].frames[0].function, "main.(*cache[...]).put");
  assert_string_equal(stacks[0].frames[0].file, "/src/a b/main.go");
  assert_int_equal(stacks[0].frames[0].line, 12);
  assert_int_equal(stacks[1].role, FINDING_PREVIOUS);
  assert_int_equal(stacks[1].access, FINDING_READ);
  assert_int_equal(stacks[1].task, 1);
  assert_int_equal(stacks[2].role, FINDING_ALLOC);
  assert_int_equal(stacks[2].task, 1);
  assert_int_equal(stacks[3].role, FINDING_CREATED);
  assert_int_equal(stacks[3].task, 7);
  assert_int_equal(stacks[4].frame_count, 0);
  assert_int_equal(report->object_offset, 0x18);
  assert_string_equal(finding->location, "heap block of 48 bytes, 24 in");
}

static void test_a_race_has_its_roles_goroutines_and_memory(void **state) {
  (void)state;
  parse_text("==================\n"
             "WARNING: DATA RACE\n"
             "Write at 0x00c00009a018 by goroutine 7:\n"
             "  main.(*cache[...]).put()\n"
             "      /src/a b/main.go:12 +0x44\n"
             "  main.main.func1()\n"
             "      /src/a b/main.go:20 +0x44\n"
             "\n"
             "Previous read at 0x00c00009a018 by main goroutine:\n"
             "  main.main()\n"
             "      /src/a b/main.go:22 +0x44\n"
             "\n"
             "Heap block of size 48 at 0x00c00009a000 allocated by main goroutine:\n"
             "  main.main()\n"
             "      /src/a b/main.go:18 +0x44\n"
             "\n"
             "Goroutine 7 (running) created at:\n"
             "  main.main()\n"
             "      /src/a b/main.go:19 +0x44\n"
             "\n"
             "Goroutine 8 (finished) created at:\n"
             "  [failed to restore the stack]\n"
             "==================\n",
             tell_race, 1);
}

static void tell_panic(void *context, const struct parse_report *report) {
  (void)context;
  const struct finding *finding = &report->finding;
  assert_string_equal(finding->kind, "panic");
  assert_string_equal(finding->message, "boom [recovered]");
  assert_int_equal(finding->stack_count, 4);
  assert_int_equal(finding->stacks[0].role, FINDING_WITNESS);
  assert_string_equal(finding->stacks[0].frames[0].function, "main.cleanup");
  assert_int_equal(finding->stacks[1].role, FINDING_ACCESS);
  assert_int_equal(finding->stacks[1].task, 5);
  assert_string_equal(finding->stacks[1].frames[0].function, "panic");
  assert_string_equal(finding->stacks[1].frames[1].function, "main.work");
  assert_int_equal(finding->stacks[2].role, FINDING_CREATED);
  assert_int_equal(finding->stacks[2].task, 5);
  assert_string_equal(finding->stacks[2].frames[0].function, "main.main");
  assert_int_equal(finding->stacks[3].role, FINDING_WITNESS);
  assert_int_equal(finding->stacks[3].task, 1);
}

static void test_a_panic_is_where_it_began_not_where_it_was_recovered(void **state) {
  (void)state;
  parse_text("panic: boom [recovered]\n\tpanic: boom again\n\ngoroutine 5 [running]:\n"
             "main.cleanup()\n\t/src/main.go:9 +0x45\n"
             "panic({0x471ce0?, 0x4b3e10?})\n\t/usr/local/go/src/runtime/panic.go:785 +0x132\n"
             "main.work(...)\n\t/src/main.go:15\n"
             "created by main.main in goroutine 1\n\t/src/main.go:20 +0x1d\n\n"
             "goroutine 1 [chan receive]:\nmain.main()\n\t/src/main.go:22 +0x5c\n",
             tell_panic, 1);
}

static void tell_nothing(void *context, const struct parse_report *report) {
  (void)context;
  fail_msg("%s: %s", report->finding.kind, report->finding.message);
}

static void test_what_only_looks_like_go_is_none_of_its_reports(void **state) {
  (void)state;
  parse_text("main.c:3:10: fatal error: map.h: No such file or directory\n"
             "fatal error: too many errors emitted, stopping now\n"
             "panic: nothing follows\n\n"
             "thread 'main' panicked at 'panic: index', src/main.rs:3\n"
             "WARNING: DATA RACE\n"
             "==================\n"
             "see WARNING: DATA RACE above\n",
             tell_nothing, 0);
}

static void tell_many(void *context, const struct parse_report *report) {
  (void)context;
  assert_string_equal(report->finding.kind, "deadlock");
  assert_int_equal(report->finding.stack_count, FINDING_STACKS_MAX);
  assert_true(report->cut);
}

static void test_a_thousand_goroutines_are_cut_not_lost(void **state) {
  (void)state;
  char *text = NULL;
  size_t size;
  FILE *stream = open_memstream(&text, &size);
  fputs("fatal error: all goroutines are asleep - deadlock!\n", stream);
  for (int i = 1; i < 1000; i++)
    fprintf(
        stream,
        "\ngoroutine %d [select]:\nmain.wait(0x%x)\n\t/src/main.go:9 +0x45\ncreated by main.main\n\t/src/main.go:1\n",
        i, i);
  fclose(stream);
  parse_text(text, tell_many, 1);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_races_are_read),
      cmocka_unit_test(test_races_cut_anywhere_are_not_taken_for_whole),
      cmocka_unit_test(test_fatal_errors_and_panics_are_read),
      cmocka_unit_test(test_fatal_errors_cut_anywhere_are_not_taken_for_whole),
      cmocka_unit_test(test_a_race_has_its_roles_goroutines_and_memory),
      cmocka_unit_test(test_a_panic_is_where_it_began_not_where_it_was_recovered),
      cmocka_unit_test(test_what_only_looks_like_go_is_none_of_its_reports),
      cmocka_unit_test(test_a_thousand_goroutines_are_cut_not_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
