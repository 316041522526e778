/* What is committed is what ops.def and the seed table generate: dict/, corpus/seeds/ and FORMAT.md's table. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/program.h"
#include "program/seeds.h"

static const char *const maps[] = {
#define MAP(name, text) #name,
#include "map/registry.def"
#undef MAP
};
enum { MAPS = sizeof maps / sizeof maps[0], FILE_MAX_BYTES = 1 << 20 };

static char path_buffer[4096];

/* A path below the source folder. */
static const char *source_path(const char *format, ...) {
  const char *folder = getenv("HEDDLE_SOURCE_DIR");
#ifdef HEDDLE_SOURCE_DIR
  if (folder == NULL)
    folder = HEDDLE_SOURCE_DIR;
#endif
  assert_non_null(folder);
  int length = snprintf(path_buffer, sizeof path_buffer, "%s/", folder);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(path_buffer + length, sizeof path_buffer - (size_t)length, format, arguments);
  va_end(arguments);
  return path_buffer;
}

/* The whole file, ended by a NUL; to be freed. */
static char *read_whole(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    fail_msg("%s cannot be opened: run `make generate`", path);
    abort(); /* not reached; the analyzer does not know that */
  }
  char *bytes = malloc(FILE_MAX_BYTES + 1);
  assert_non_null(bytes);
  *size = fread(bytes, 1, FILE_MAX_BYTES, file);
  bytes[*size] = '\0';
  fclose(file);
  return bytes;
}

static char *generated_dictionary(void) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  program_write_dictionary(out);
  assert_int_equal(fclose(out), 0);
  return text;
}

static void the_dictionaries_are_those_generated(void **state) {
  (void)state;
  char *generated = generated_dictionary();
  for (size_t i = 0; i < MAPS; i++) {
    size_t size;
    char *committed = read_whole(source_path("dict/heddle_%s.dict", maps[i]), &size);
    assert_string_equal(committed, generated);
    free(committed);
  }
  free(generated);
}

/* NAME="\xAB\xCD..." with NAME of letters, digits and underscores: what both fuzzers take. */
static void check_entry(const char *line) {
  size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");
  assert_true(name > 0);
  assert_memory_equal(line + name, "=\"", 2);
  const char *at = line + name + 2;
  size_t bytes = 0;
  for (; at[0] == '\\'; at += 4, bytes++) {
    assert_int_equal(at[1], 'x');
    assert_int_equal(strspn(at + 2, "0123456789abcdef") >= 2, 1);
  }
  assert_in_range(bytes, 1, 64);
  assert_string_equal(at, "\"");
}

static void the_dictionary_has_a_valid_entry_for_every_operation(void **state) {
  (void)state;
  char *text = generated_dictionary();
  size_t entries = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;)
    if (line[0] != '\0' && line[0] != '#') {
      check_entry(line);
      entries++;
    }
  assert_int_equal(entries, 2 * PROGRAM_OP_COUNT + 3 * SCHED_GRANULARITY_COUNT + 4);
  free(text);
}

static size_t count_files(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL)
    return 0;
  size_t files = 0;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
    files += entry->d_name[0] != '.';
  closedir(folder);
  return files;
}

static void the_seed_files_are_those_generated(void **state) {
  (void)state;
  static struct program program;
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  for (size_t map = 0; map < MAPS; map++) {
    const char *name;
    size_t seeds = 0;
    for (; (name = seeds_at(seeds, &program)) != NULL; seeds++) {
      size_t size = program_encode(&program, bytes, sizeof bytes), committed_size = 0;
      char *committed = read_whole(source_path("corpus/seeds/%s/%s", maps[map], name), &committed_size);
      assert_int_equal(committed_size, size);
      assert_memory_equal(committed, bytes, size);
      free(committed);
    }
    assert_int_equal(count_files(source_path("corpus/seeds/%s", maps[map])), seeds);
  }
}

static void seeds_have_names_of_their_own_and_use_every_operation(void **state) {
  (void)state;
  static struct program program, other;
  bool used[PROGRAM_OP_COUNT] = {0};
  const char *name, *other_name;
  for (size_t i = 0; (name = seeds_at(i, &program)) != NULL; i++) {
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
    for (size_t j = 0; j < i && (other_name = seeds_at(j, &other)) != NULL; j++) {
      assert_string_not_equal(name, other_name);
      assert_false(program_equal(&program, &other));
    }
    for (unsigned k = 0; k < program.op_count; k++)
      used[program.ops[k].code] = true;
  }
  for (unsigned code = 0; code < PROGRAM_OP_COUNT; code++)
    assert_true(used[code]);
}

static void the_table_in_the_documentation_is_that_of_ops_def(void **state) {
  (void)state;
  enum { SHAPE_NONE, SHAPE_KEY, SHAPE_KEY_VALUE, SHAPE_PAIR };
  static const char *const keys[] = {"none", "one", "one", "two"};
  char *table = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&table, &size);
  assert_non_null(out);
  fputs("| byte | operation | keys | value | bulk |\n|---|---|---|---|---|\n", out);
#define OP(name, shape, bulk, reading, plain, text)                                                                    \
  fprintf(out, "| %d | %s | %s | %s | %s |\n", PROGRAM_##name, text, (bulk) ? "many" : keys[SHAPE_##shape],            \
          SHAPE_##shape == SHAPE_KEY_VALUE ? "yes" : "no", (bulk) ? "yes" : "no");
#include "program/ops.def"
#undef OP
  fputs("\n", out);
  assert_int_equal(fclose(out), 0);
  char *document = read_whole(source_path("harness/program/FORMAT.md"), &size);
  assert_non_null(document);
  if (strstr(document, table) == NULL)
    fail_msg("harness/program/FORMAT.md does not hold this table:\n%s", table);
  free(document);
  free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_dictionaries_are_those_generated),
      cmocka_unit_test(the_dictionary_has_a_valid_entry_for_every_operation),
      cmocka_unit_test(the_seed_files_are_those_generated),
      cmocka_unit_test(seeds_have_names_of_their_own_and_use_every_operation),
      cmocka_unit_test(the_table_in_the_documentation_is_that_of_ops_def),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
