/* A key names what went wrong: not where in the file, in which order, or at which address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "triage/finding/finding.h"
#include "triage/stack/key.h"

static const struct frame put = {"gomap_put", "map/gomap.c", 210, 7, "heddle_gomap_tsan", 0x1000};
static const struct frame get = {"gomap_get", "map/gomap.c", 120, 3, "heddle_gomap_tsan", 0x2000};

static uint64_t pair(const char *kind, const struct frame *a, const struct frame *b) {
  const struct frame *sites[] = {a, b};
  return key_of(kind, sites, 2);
}

static void test_swapped_sides_have_one_key(void **state) {
  (void)state;
  assert_int_equal(pair("data-race", &put, &get), pair("data-race", &get, &put));
}

static void test_lines_columns_modules_and_offsets_do_not_matter(void **state) {
  (void)state;
  struct frame moved = put;
  moved.line = 999;
  moved.column = 1;
  moved.module = "heddle_gomap_asan";
  moved.offset = 0x7777;
  assert_int_equal(pair("data-race", &put, &get), pair("data-race", &moved, &get));
}

static void test_kind_function_and_file_do_matter(void **state) {
  (void)state;
  struct frame other_function = put, other_file = put;
  other_function.function = "gomap_grow";
  other_file.file = "map/rwmap.c";
  uint64_t key = pair("data-race", &put, &get);
  assert_int_not_equal(key, pair("heap-use-after-free", &put, &get));
  assert_int_not_equal(key, pair("data-race", &other_function, &get));
  assert_int_not_equal(key, pair("data-race", &other_file, &get));
  assert_int_not_equal(key, pair("data-race", &put, &put));
  assert_int_not_equal(pair("data-race", &put, &put), key_of("data-race", (const struct frame *[]){&put}, 1));
}

static void test_texts_do_not_run_into_each_other(void **state) {
  (void)state;
  struct frame a = {"ab", "c", 0, 0, "", 0}, b = {"a", "bc", 0, 0, "", 0};
  assert_int_not_equal(pair("k", &a, &get), pair("k", &b, &get));
}

static void test_without_names_module_and_offset_count(void **state) {
  (void)state;
  struct frame a = {"", "", 0, 0, "/x/lib.so", 0x10}, same = {"", "", 0, 0, "/y/lib.so", 0x10}, b = a;
  b.offset = 0x20;
  assert_int_equal(pair("crash", &a, &get), pair("crash", &same, &get));
  assert_int_not_equal(pair("crash", &a, &get), pair("crash", &b, &get));
}

static void test_keys_stay_what_they_are(void **state) {
  (void)state;
  char text[KEY_TEXT_SIZE];
  /* Findings are stored under their keys: a change of this value orphans every one of them. */
  key_print(pair("data-race", &put, &get), text);
  assert_string_equal(text, "9082d6d76706ff30");
  key_print(0xabc, text);
  assert_string_equal(text, "0000000000000abc");
  assert_true(key_valid(text));
  assert_false(key_valid("0000000000000ABC"));
  assert_false(key_valid("0000000000000abc0"));
  assert_false(key_valid(""));
}

static void add(struct finding *finding, enum finding_role role, const struct frame *frame) {
  finding->stacks[finding->stack_count++] =
      (struct finding_stack){.role = role, .task = -1, .operation = "", .frames = frame, .frame_count = 1};
}

static void test_a_deadlock_is_named_by_its_waiting_places_not_by_how_many_wait(void **state) {
  (void)state;
  struct finding two = {.kind = "deadlock"}, five = {.kind = "deadlock"};
  add(&two, FINDING_WAITING, &put);
  add(&two, FINDING_WAITING, &get);
  add(&five, FINDING_WAITING, &get);
  add(&five, FINDING_HELD, &put);
  for (int i = 0; i < 3; ++i)
    add(&five, FINDING_WAITING, &put);
  finding_set_key(&two);
  finding_set_key(&five);
  assert_string_equal(two.key, five.key);
}

static void test_a_race_of_a_place_with_itself_keeps_both_sides(void **state) {
  (void)state;
  struct finding race = {.kind = "data-race"};
  char sites[4][FINDING_SITE_SIZE];
  add(&race, FINDING_ACCESS, &put);
  add(&race, FINDING_PREVIOUS, &put);
  add(&race, FINDING_ALLOC, &get);
  finding_set_key(&race);
  assert_int_equal(finding_sites(&race, sites, 4), 2);
  assert_string_equal(sites[0], "gomap_put map/gomap.c:210");
  assert_string_equal(sites[1], "gomap_put map/gomap.c:210");
  char expected[KEY_TEXT_SIZE];
  key_print(pair("data-race", &put, &put), expected);
  assert_string_equal(race.key, expected);
}

static void test_a_stack_without_frames_is_an_unknown_site(void **state) {
  (void)state;
  struct finding race = {.kind = "data-race"};
  char sites[4][FINDING_SITE_SIZE];
  add(&race, FINDING_ACCESS, &put);
  race.stacks[race.stack_count++] = (struct finding_stack){.role = FINDING_PREVIOUS, .operation = ""};
  finding_set_key(&race);
  assert_int_equal(finding_sites(&race, sites, 4), 2);
  assert_string_equal(sites[0], "?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_swapped_sides_have_one_key),
      cmocka_unit_test(test_lines_columns_modules_and_offsets_do_not_matter),
      cmocka_unit_test(test_kind_function_and_file_do_matter),
      cmocka_unit_test(test_texts_do_not_run_into_each_other),
      cmocka_unit_test(test_without_names_module_and_offset_count),
      cmocka_unit_test(test_keys_stay_what_they_are),
      cmocka_unit_test(test_a_deadlock_is_named_by_its_waiting_places_not_by_how_many_wait),
      cmocka_unit_test(test_a_race_of_a_place_with_itself_keeps_both_sides),
      cmocka_unit_test(test_a_stack_without_frames_is_an_unknown_site),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
