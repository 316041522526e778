/* One race has one key: three races of planted bugs, as real threads met them in what clang 19, clang 22 and GCC made
 * at -O0, -O1 and -O2 (golden/make/planted.py).  harness/bench/one_key.sh measures it over all planted bugs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/parse_golden.h"

#define RACES 3
#define LOGS 9

static struct golden first, other;
static unsigned logs;
static unsigned later[2]; /* of race 0: logs in which the read came later, in which the write did */

/* KIND KEY | SITE, without the sites' lines, which are not part of the key. */
static void assert_same_race(const char *log, const char *a, const char *b) {
  size_t length = strcspn(a, "|");
  if (strncmp(a, b, length) != 0)
    fail_msg("%s:\n  %s\nnot\n  %s", log, b, a);
}

static void look(const char *log) {
  static struct golden expected;
  size_t size;
  char *bytes = golden_read(log, &size);
  struct golden *found = logs++ == 0 ? &first : &other;
  golden_parse(found, bytes, size, size);
  free(bytes);
  golden_expected(&expected, log);
  assert_int_equal(found->count, expected.count);
  for (size_t i = 0; i < found->count; i++)
    assert_string_equal(found->lines[i], expected.lines[i]);
  if (found->count != RACES)
    fail_msg("%s: %zu reports, not %d", log, found->count, RACES);
  for (size_t i = 0; i < RACES; i++)
    assert_same_race(log, first.lines[i], found->lines[i]);
  const char *access = strstr(found->lines[0], "| access@");
  assert_non_null(access);
  access = strchr(access + 2, ' ') + 1;
  later[0] += strncmp(access, "read", 4) == 0;
  later[1] += strncmp(access, "write", 5) == 0;
}

static void test_a_race_has_one_key_in_every_build_and_either_order(void **state) {
  (void)state;
  assert_int_equal(golden_each("one_key", look), LOGS);
  for (size_t i = 1; i < RACES; i++)
    assert_string_not_equal(first.lines[i - 1], first.lines[i]);
  assert_true(later[0] > 0 && later[1] > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_race_has_one_key_in_every_build_and_either_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
