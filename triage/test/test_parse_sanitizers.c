/* Real reports of clang's and GCC's sanitizers and of libFuzzer are read right: as they are, with CRLF, in chunks of
 * any size, with what loggers put before each line, amid other output, and cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/parse_golden.h"

static struct golden expected, got;

static void assert_same(const char *log, const char *how, size_t sites_only) {
  if (got.count != expected.count)
    fail_msg("%s, %s: %zu reports, not %zu", log, how, got.count, expected.count);
  for (size_t i = 0; i < got.count; i++) {
    char *a = got.lines[i], *b = expected.lines[i];
    if (sites_only && strcmp(a, b) != 0 && strncmp(a, b, strcspn(b, "|")) == 0)
      continue;
    if (strcmp(a, b) != 0)
      fail_msg("%s, %s, report %zu:\n  %s\nnot\n  %s", log, how, i, a, b);
  }
}

/* ---- as they are ---- */

static void look_whole(const char *log) {
  size_t size;
  char *bytes = golden_read(log, &size);
  golden_expected(&expected, log);
  golden_parse(&got, bytes, size, size);
  if (expected.count == 0)
    fail_msg("%s has no .expect: UPDATE_GOLDENS=1 makes it", log);
  assert_same(log, "whole", false);
  free(bytes);
}

static void test_goldens_are_read_as_expected(void **state) {
  (void)state;
  golden_each_sanitizer(look_whole);
}

static void look_in_chunks(const char *log) {
  static const size_t chunks[] = {1, 2, 3, 7, 61, 4096};
  size_t size;
  char *bytes = golden_read(log, &size);
  golden_expected(&expected, log);
  for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
    golden_parse(&got, bytes, size, chunks[i]);
    assert_same(log, "in chunks", false);
  }
  free(bytes);
}

static void test_the_size_of_chunks_does_not_matter(void **state) {
  (void)state;
  golden_each_sanitizer(look_in_chunks);
}

/* ---- changed by those who keep logs ---- */

/* Each line with `before` and `after` around it; "%u" in `before` is the line's number. */
static char *rewrite(const char *bytes, size_t size, const char *before, const char *after, size_t *length) {
  char *out = NULL;
  FILE *file = open_memstream(&out, length);
  if (!file)
    abort();
  unsigned number = 1;
  for (const char *at = bytes; at < bytes + size;) {
    const char *end = memchr(at, '\n', (size_t)(bytes + size - at));
    size_t line = (size_t)((end ? end : bytes + size) - at);
    for (const char *p = before; *p; p++)
      if (*p == '%')
        fprintf(file, "%u", number);
      else
        fputc(*p, file);
    fwrite(at, 1, line, file);
    fprintf(file, "%s\n", after);
    number++;
    at += line + 1;
  }
  fclose(file);
  return out;
}

static void look_rewritten(const char *log, const char *before, const char *after, bool sites_only) {
  size_t size, length;
  char *bytes = golden_read(log, &size), *changed = rewrite(bytes, size, before, after, &length), how[200];
  golden_expected(&expected, log);
  golden_parse(&got, changed, length, length);
  snprintf(how, sizeof how, "lines as `%s...%s`", before, after);
  assert_same(log, how, sites_only);
  free(bytes);
  free(changed);
}

static void look_with_crlf(const char *log) { look_rewritten(log, "", "\r", false); }

static void look_with_prefixes(const char *log) {
  static const char *const prefixes[] = {
      "[1234] ", "I1124 12:00:%.123456 12 map_test.cc:%] ", "2025-01-02T03:04:%.678Z stderr F ", "worker-%|", "    ",
      "%: "};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
    look_rewritten(log, prefixes[i], "", false);
}

static void look_interleaved(const char *log) { look_rewritten(log, "", "\nprogress: 12 of 99 done", true); }
static void look_spaced(const char *log) { look_rewritten(log, "", "\n", true); }

static void test_crlf_changes_nothing(void **state) {
  (void)state;
  golden_each_sanitizer(look_with_crlf);
}

static void test_what_a_logger_puts_before_each_line_changes_nothing(void **state) {
  (void)state;
  golden_each_sanitizer(look_with_prefixes);
}

static void test_other_output_in_between_changes_nothing(void **state) {
  (void)state;
  golden_each_sanitizer(look_interleaved);
  golden_each("tsan", look_spaced);
  golden_each("asan", look_spaced);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goldens_are_read_as_expected),
      cmocka_unit_test(test_the_size_of_chunks_does_not_matter),
      cmocka_unit_test(test_crlf_changes_nothing),
      cmocka_unit_test(test_what_a_logger_puts_before_each_line_changes_nothing),
      cmocka_unit_test(test_other_output_in_between_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
