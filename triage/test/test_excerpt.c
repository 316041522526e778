/* Source is shown where it lies below the root, by whatever name; else a line says why it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/cmd/excerpt.h"
#include "triage/test/scratch.h"

static int enter(void **state) {
  *state = scratch_enter();
  static const char text[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  assert_int_equal(files_make_directories("root/src"), 0);
  assert_int_equal(files_make_directories("root/secret"), 0);
  assert_int_equal(files_make_directories("rootless"), 0);
  assert_int_equal(files_create("root/src/map.c", text, sizeof text - 1), 0);
  assert_int_equal(files_create("rootless/map.c", text, sizeof text - 1), 0);
  assert_int_equal(symlink("../../rootless/map.c", "root/src/away.c"), 0);
  assert_int_equal(symlink("map.c", "root/src/same.c"), 0);
  assert_int_equal(symlink("loop.c", "root/src/loop.c"), 0);
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

/* The lines joined, or why there are none; for free(). */
static char *look(const char *root, const char *file, uint32_t line, uint32_t *first) {
  struct frame frame = {"put", file, line, 0, "", 0};
  struct report_excerpt excerpt;
  struct excerpt_memory memory;
  char text[512] = "";
  if (!excerpt_read(root, &frame, &excerpt, &memory))
    return strdup("nothing");
  *first = excerpt.first_line;
  assert_true((excerpt.line_count == 0) == (excerpt.missing != NULL));
  if (excerpt.missing)
    snprintf(text, sizeof text, "%s", excerpt.missing);
  for (size_t i = 0; i < excerpt.line_count; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s", excerpt.lines[i]);
  free(memory.text);
  free(memory.lines);
  free(memory.missing);
  return strdup(text);
}

static void expect_shown(const char *root, const char *file, uint32_t line, const char *lines, uint32_t first) {
  uint32_t number = 0;
  char *text = look(root, file, line, &number);
  assert_string_equal(text, lines);
  assert_int_equal(number, first);
  free(text);
}

static void expect_told(const char *root, const char *file, uint32_t line, const char *why) {
  uint32_t number = 0;
  char *text = look(root, file, line, &number);
  if (!strstr(text, why))
    fail_msg("%s: %s, not %s", file, text, why);
  free(text);
}

static void test_what_lies_below_the_root_is_shown(void **state) {
  char absolute[PATH_MAX];
  (void)state;
  expect_shown("root", "src/map.c", 5, "2345678", 2);
  expect_shown("root/", "src/map.c", 1, "1234567", 1);
  expect_shown("root", "src/map.c", 9, "6789", 6);
  expect_shown("root", "src/../src/map.c", 5, "2345678", 2);
  expect_shown("root", "src/same.c", 5, "2345678", 2);
  expect_shown(NULL, "root/src/map.c", 5, "2345678", 2);
  assert_non_null(realpath("root/src/map.c", absolute));
  expect_shown("root", absolute, 5, "2345678", 2);
  expect_shown("/", absolute, 5, "2345678", 2);
}

static void test_what_does_not_is_told(void **state) {
  char absolute[PATH_MAX];
  (void)state;
  assert_non_null(realpath("rootless/map.c", absolute));
  expect_told("root", absolute, 5, "it lies outside of root");
  expect_told("root", "../rootless/map.c", 5, "it lies outside of root");
  expect_told("root", "src/away.c", 5, "it lies outside of root");
  expect_told("root", "/etc/passwd", 1, "it lies outside of root");
  expect_told("root", "src/gone.c", 5, "no such file below root: --root=DIR");
  expect_told("root", "src/map.c/x", 5, "no such file below root");
  expect_told("root", "src/loop.c", 5, "it cannot be read (");
  expect_told("root", "secret", 5, "it is no file");
  expect_told("root", "src/map.c", 10, "another version");
  expect_told("root", "src/map.c", UINT32_MAX, "another version");
  expect_told("nowhere", "src/map.c", 5, "no folder nowhere");
  expect_told("root", "", 5, "nothing");
  expect_told("root", "src/map.c", 0, "nothing");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_what_lies_below_the_root_is_shown, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_does_not_is_told, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
