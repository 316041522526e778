/* golden_ways.h - for tests of the parsers: a golden log in the ways in which logs come (parse_golden.h has the rest).
 */
#ifndef HEDDLE_TRIAGE_TEST_GOLDEN_WAYS_H
#define HEDDLE_TRIAGE_TEST_GOLDEN_WAYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/parse_golden.h"

/* The log's lines, each between these two. */
static inline char *golden_dressed(const char *log, const char *before, const char *after, size_t *size) {
  char *text = NULL;
  FILE *stream = open_memstream(&text, size);
  for (const char *line = log; *line;) {
    size_t length = strcspn(line, "\n");
    fprintf(stream, "%s%.*s%s", before, (int)length, line, after);
    line += length + (line[length] == '\n');
  }
  fclose(stream);
  return text;
}

static inline void golden_same(const char *path, const char *way, const char *log, size_t size, size_t chunk,
                               const struct golden *expected) {
  static struct golden found;
  golden_parse(&found, log, size, chunk);
  for (size_t i = 0; i < found.count && i < expected->count; i++)
    if (strcmp(found.lines[i], expected->lines[i]) != 0)
      fail_msg("%s (%s)\nfound:    %s\nexpected: %s", path, way, found.lines[i], expected->lines[i]);
  if (found.count != expected->count)
    fail_msg("%s (%s): %zu reports, not %zu", path, way, found.count, expected->count);
}

/* As it is, in small pieces, with other ends of lines, behind a prefix, and with other output in between. */
static inline void golden_check(const char *path) {
  static struct golden expected;
  size_t size, dressed_size;
  char *log = golden_read(path, &size);
  assert_non_null(log);
  golden_expected(&expected, path);
  assert_true(expected.count > 0);
  golden_same(path, "as it is", log, size, size, &expected);
  golden_same(path, "byte by byte", log, size, 1, &expected);
  golden_same(path, "7 bytes at a time", log, size, 7, &expected);
  const char *const ways[][3] = {{"CRLF", "", "\r\n"},
                                 {"coloured", "\x1b[1m\x1b[31m", "\x1b[0m\n"},
                                 {"behind a prefix", "2026-11-24T12:00:00.000000001Z app | ", "\n"},
                                 {"interleaved", "", "\nGET /index.html 200 (4 ms)\n"}};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    char *dressed = golden_dressed(log, ways[i][1], ways[i][2], &dressed_size);
    golden_same(path, ways[i][0], dressed, dressed_size, dressed_size, &expected);
    free(dressed);
  }
  free(log);
}

/* KIND KEY | SITE | SITE: of two reports, the same bug? */
static inline bool golden_same_bug(const char *a, const char *b) {
  const char *key = strchr(a, ' ');
  return key && strncmp(a, b, (size_t)(key - a) + KEY_TEXT_SIZE) == 0;
}

/* Each report that is said to be whole in a log cut anywhere has the kind and the key that it has in the whole log. */
static inline void golden_cut(const char *path) {
  static struct golden whole, found;
  size_t size;
  char *log = golden_read(path, &size);
  assert_non_null(log);
  golden_parse(&whole, log, size, size);
  for (size_t cut = 0; cut < size; cut++) {
    char *part = malloc(cut + 1); /* of its own, so that ASan sees its end */
    assert_non_null(part);
    memcpy(part, log, cut);
    golden_parse(&found, part, cut, cut + 1);
    free(part);
    assert_true(found.count <= whole.count);
    for (size_t i = 0; i < found.count; i++) {
      const char *line = found.lines[i];
      /* Nothing says how many goroutines wait in a deadlock. */
      bool open = strncmp(line, "truncated ", 10) == 0 || strncmp(line, "deadlock ", 9) == 0 ||
                  strncmp(line, "timeout ", 8) == 0;
      if (!open && !golden_same_bug(line, whole.lines[i]))
        fail_msg("%s cut at %zu\nfound: %s\nof:    %s", path, cut, line, whole.lines[i]);
    }
  }
  free(log);
}

#endif
