/* cli.h - running the command as people and scripts run it, over a target that does what its inputs say
 * (fake_target.c), and looking at what it leaves behind.
 *
 * HEDDLE_TEST_COMMAND and HEDDLE_TEST_TARGET, set when a test is compiled, are the paths of heddle and fake_target. */
#ifndef HEDDLE_TRIAGE_TEST_CLI_H
#define HEDDLE_TRIAGE_TEST_CLI_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "triage/test/scratch.h"

/* What a command left behind. */
struct result {
  int status;
  char *out, *err;
};

static struct result result;

static inline void forget(void) {
  free(result.out);
  free(result.err);
  result = (struct result){0};
}

__attribute__((format(printf, 1, 2))) static inline void run(const char *format, ...) {
  char command[4096], line[8192];
  size_t size;
  va_list values;
  va_start(values, format);
  vsnprintf(command, sizeof command, format, values);
  va_end(values);
  forget();
  snprintf(line, sizeof line, "heddle() { \"%s\" \"$@\"; }; { %s; } >stdout.txt 2>stderr.txt </dev/null",
           HEDDLE_TEST_COMMAND, command);
  int wait_status = system(line);
  result.status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
  result.out = files_read("stdout.txt", 1 << 24, &size);
  result.err = files_read("stderr.txt", 1 << 24, &size);
  assert_non_null(result.out);
  assert_non_null(result.err);
}

static inline void expect(int status) {
  if (result.status != status)
    fail_msg("status %d, not %d\n--- stdout\n%s--- stderr\n%s", result.status, status, result.out, result.err);
}

/* One clear line: `heddle: ...` with every word, and nothing beside it. */
static inline void expect_line(int status, const char *word, const char *other) {
  expect(status);
  if (strncmp(result.err, "heddle", 6) != 0 || !strstr(result.err, word) || !strstr(result.err, other))
    fail_msg("not one line with `%s` and `%s`: %s", word, other, result.err);
  if (strchr(result.err, '\n') != result.err + strlen(result.err) - 1)
    fail_msg("more than one line: %s", result.err);
}

static inline int enter(void **state) {
  char *folder = scratch_enter();
  static const char *const flavours[] = {"tsan", "asan", "plain"};
  char name[64];
  assert_int_equal(mkdir("bin", 0777), 0);
  for (size_t i = 0; i < sizeof flavours / sizeof *flavours; ++i) {
    snprintf(name, sizeof name, "bin/heddle_gomap_%s", flavours[i]);
    assert_int_equal(symlink(HEDDLE_TEST_TARGET, name), 0);
  }
  unsetenv("FAKE_INPUTS");
  unsetenv("FAKE_FUZZ");
  *state = folder;
  return 0;
}

static inline int leave(void **state) {
  forget();
  scratch_leave(*state);
  return 0;
}

static inline json_t *parse(const char *text) {
  json_error_t error;
  json_t *json = json_loads(text, 0, &error);
  if (!json)
    fail_msg("not JSON: %s in %s", error.text, text);
  return json;
}

static inline const char *text_in(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  if (!text)
    fail_msg("no text `%s`", name);
  return text;
}

/* Files below `path` whose name has `part` in it. */
static inline int count_files(const char *path, const char *part) {
  char command[512];
  int count = 0;
  snprintf(command, sizeof command, "find %s -name '*%s*' 2>/dev/null | wc -l", path, part);
  FILE *pipe = popen(command, "r");
  if (!pipe || fscanf(pipe, "%d", &count) != 1)
    abort();
  pclose(pipe);
  return count;
}

/* A short campaign that finds two races, a guard failure and an input that does not fail again. */
static inline void campaign(void) {
  setenv("FAKE_INPUTS", "race 1;race 2;guard;none", 1);
  run("heddle fuzz --bin-dir=bin --time=2 --out=out --color=never");
}

/* The path of an input whose finding is of `kind`. */
static inline void input_of(const char *kind, char path[PATH_MAX]) {
  run("heddle list --json out");
  json_t *list = parse(result.out), *entry;
  size_t i;
  *path = '\0';
  json_array_foreach(list, i, entry) if (strcmp(text_in(entry, "kind"), kind) == 0)
      snprintf(path, PATH_MAX, "%s", text_in(entry, "smallest_input"));
  json_decref(list);
  assert_true(*path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

#endif
