/* ctest: full timeout=600
 * A log of a sanitizer's reports that is cut, at whatever byte, gives no report that passes for whole and is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/parse_golden.h"

static struct golden expected, got;

/* Where UBSan's first line is all there is left, nothing says that a stack was to come. */
static bool may_lack_stack(const char *log) { return strstr(log, "/ubsan/") != NULL; }

static bool whole_and_right(size_t i) {
  if (strncmp(got.lines[i], "truncated ", 10) == 0)
    return true;
  size_t key = strcspn(expected.lines[i], "|");
  return i < expected.count && strncmp(got.lines[i], expected.lines[i], key) == 0;
}

static void look_cut(const char *log) {
  size_t size;
  char *bytes = golden_read(log, &size);
  golden_expected(&expected, log);
  for (size_t end = 0; end < size; end++) {
    char *part = memcpy(malloc(end + 1), bytes, end); /* of its own, so that ASan sees a read past it */
    golden_parse(&got, part, end, end + 1);
    free(part);
    if (got.count > expected.count)
      fail_msg("%s, cut at %zu: %zu reports", log, end, got.count);
    for (size_t i = 0; i < got.count; i++)
      if (!whole_and_right(i) && !(i + 1 == got.count && may_lack_stack(log)))
        fail_msg("%s, cut at %zu, report %zu:\n  %s\nnot\n  %s", log, end, i, got.lines[i], expected.lines[i]);
  }
  free(bytes);
}

static void test_a_log_that_is_cut_gives_no_wrong_whole_report(void **state) {
  (void)state;
  golden_each_sanitizer(look_cut);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_log_that_is_cut_gives_no_wrong_whole_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
