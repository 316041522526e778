/* Reports of the Linux kernel's concurrency sanitizer, as the console, dmesg and syslog have them. */
#include "triage/test/golden_ways.h"

static void test_reports_are_read(void **state) {
  (void)state;
  assert_true(golden_each("kcsan", golden_check) > 0);
}

static void test_reports_cut_anywhere_are_not_taken_for_whole(void **state) {
  (void)state;
  assert_true(golden_each("kcsan", golden_cut) > 0);
}

static void tell(void *context, const struct parse_report *report) {
  ++*(int *)context;
  const struct finding *finding = &report->finding;
  assert_string_equal(finding->kind, "data-race");
  assert_string_equal(finding->oracle, "KCSAN");
  assert_string_equal(finding->message, "data-race in map_drop / map_grow");
  assert_int_equal(finding->stack_count, 2);
  const struct finding_stack *stacks = finding->stacks;
  assert_int_equal(stacks[0].role, FINDING_ACCESS);
  assert_int_equal(stacks[0].access, FINDING_ATOMIC_WRITE);
  assert_int_equal(stacks[0].size, 4);
  assert_int_equal(stacks[0].task, 7843);
  assert_int_equal(stacks[0].frame_count, 3);
  assert_string_equal(stacks[0].frames[0].function, "atomic_inc");
  assert_string_equal(stacks[0].frames[0].file, "include/linux/atomic.h");
  assert_int_equal(stacks[0].frames[0].line, 435);
  assert_string_equal(stacks[0].frames[1].function, "map_drop");
  assert_string_equal(stacks[0].frames[1].module, "mapmod");
  assert_string_equal(stacks[0].frames[1].file, "lib/map.c");
  assert_string_equal(stacks[0].frames[2].function, "");
  assert_int_equal(stacks[0].frames[2].offset, 0xffffffffc0123456);
  assert_int_equal(stacks[1].role, FINDING_PREVIOUS);
  assert_int_equal(stacks[1].access, FINDING_READ);
  assert_int_equal(stacks[1].size, 8);
  assert_int_equal(stacks[1].task, -1);
  assert_int_equal(stacks[1].frame_count, 1);
  assert_int_equal(report->truncated, *(int *)context == 1);
}

static void test_a_race_has_its_accesses_and_frames(void **state) {
  (void)state;
  static const char text[] = "BUG: KCSAN: data-race in map_drop / map_grow\n\n"
                             "read-write (marked) to 0xffff888237c4a7f8 of 4 bytes by task 7843 on cpu 0:\n"
                             " atomic_inc include/linux/atomic.h:435 [inline]\n"
                             " map_drop+0x9f/0x180 [mapmod] lib/map.c:210\n"
                             " 0xffffffffc0123456\n\n"
                             "read to 0xffff888237c4a7f8 of 8 bytes by interrupt on cpu 1:\n"
                             " map_grow+0x1b1/0x230\n\n";
  int count = 0;
  struct parser *parser = parse_open(&(struct parse_options){.source_root = NULL}, tell, &count);
  assert_non_null(parser);
  for (int i = 0; i < 2; i++) /* the first is cut short by the second */
    parse_feed(parser, text, sizeof text - 1);
  parse_feed(parser, "Reported by Kernel Concurrency Sanitizer on:\n", 45);
  assert_int_equal(parse_end(parser), 2);
  parse_close(parser);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reports_are_read),
      cmocka_unit_test(test_reports_cut_anywhere_are_not_taken_for_whole),
      cmocka_unit_test(test_a_race_has_its_accesses_and_frames),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
