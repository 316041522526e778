/* `heddle ingest` of what AFL++, libFuzzer and honggfuzz leave: an input goes with the report that names it, and one
 * that none names is told.
 *
 * ctest: full timeout=300 serial */
#include "triage/store/store.h"
#include "triage/test/cli.h"

#define SHA "0123456789abcdef0123456789abcdef01234567"
#define HONGG "SIGSEGV.PC.4011a0.STACK.19d72c3f1a.CODE.1.ADDR.8.INSTR.mov.fuzz"
#define AFL "id:000000,sig:06,src:000002,time:9,op:havoc,rep:4"

#define CRASH                                                                                                          \
  "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x1 bp 0x2 sp 0x3\n"                       \
  "READ of size 1 at 0x602 thread T0\n"                                                                                \
  "    #0 0x55 in cache_get src/cache.c:30:10\n\n"                                                                     \
  "SUMMARY: AddressSanitizer: heap-use-after-free src/cache.c:30:10 in cache_get\n"

static void write_file(const char *path, const char *text) {
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash) {
    *slash = '\0';
    assert_int_equal(files_make_directories(folder), 0);
  }
  assert_int_equal(files_create(path, text, strlen(text)), 0);
}

static void expect_out(const char *part) {
  if (!strstr(result.out, part))
    fail_msg("no `%s` in:\n%s%s", part, result.out, result.err);
}

static void expect_not(const char *part) {
  if (strstr(result.out, part))
    fail_msg("`%s` in:\n%s", part, result.out);
}

/* What the store has of inputs: `bytes|path` a line, in memory for free(). */
struct kept {
  FILE *text;
  char *bytes;
  size_t size;
};

static bool note(void *context, const struct store_occurrence *occurrence) {
  FILE *text = ((struct kept *)context)->text;
  if (occurrence->input)
    fprintf(text, "%.*s|%s\n", (int)occurrence->input_size, (const char *)occurrence->input, occurrence->input_path);
  return true;
}

static struct kept look(void) {
  struct finding_error error;
  struct kept kept = {0};
  kept.text = open_memstream(&kept.bytes, &kept.size);
  struct store *store = store_open("heddle.db", STORE_READ, &error);
  assert_non_null(store);
  assert_true(store_each_occurrence(store, NULL, true, note, &kept, &error));
  store_close(store);
  fclose(kept.text);
  return kept;
}

/* The only input that is kept. */
static void expect_input(const char *bytes, const char *path_end) {
  struct kept kept = look();
  size_t length = strlen(bytes), end = strlen(path_end);
  if (kept.size < length + end + 2 || strncmp(kept.bytes, bytes, length) != 0 ||
      strncmp(kept.bytes + kept.size - 1 - end, path_end, end) != 0 || kept.bytes[length] != '|' ||
      strchr(kept.bytes, '\n') != kept.bytes + kept.size - 1)
    fail_msg("not %s of %s: %s", bytes, path_end, kept.bytes);
  free(kept.bytes);
}

static void expect_no_input(void) {
  struct kept kept = look();
  assert_int_equal(kept.size, 0);
  free(kept.bytes);
}

static void test_libfuzzers_input_goes_with_its_report(void **state) {
  (void)state;
  write_file("w/fuzz-0.log", CRASH "artifact_prefix='./'; Test unit written to ./crash-" SHA "\nBase64: YnVn\n");
  write_file("w/crash-" SHA, "bug");
  run("heddle ingest w");
  expect(0);
  expect_out("1 file with reports: 1 new key,");
  expect_out("1 report with the input that it names");
  expect_not("without a report");
  expect_input("bug", "/w/crash-" SHA);
  run("heddle report");
  expect_out("PROGRAM /");
  expect_not("make repro");
  run("heddle ingest w; rm w/crash-" SHA "; heddle ingest w");
  expect(0);
  expect_out("0 new keys, 0 more occurrences of keys known, 1 taken in before");
  expect_not("more occurrence of");
  run("heddle confirm \"$(heddle key w/fuzz-0.log | sed 's/.*\"key\":\"\\([0-9a-f]*\\)\".*/\\1/')\"");
  expect_line(4, "no target of heddle's", "heddle show");
}

static void test_it_is_found_where_the_folder_was_moved_to(void **state) {
  (void)state;
  write_file("logs/fuzz.log", CRASH "artifact_prefix='/out/'; Test unit written to /out/crash-" SHA "\n");
  write_file("found/crash-" SHA, "bug");
  run("heddle ingest logs found");
  expect(0);
  expect_out("1 report with the input that it names");
  expect_input("bug", "/found/crash-" SHA);
}

static void test_honggfuzzs_input_goes_with_its_report(void **state) {
  (void)state;
  write_file("h/HONGGFUZZ.REPORT.TXT",
             "ORIG_FNAME: a\nFUZZ_FNAME: /gone/" HONGG "\nPID: 7\nSIGNAL: SIGSEGV (11)\n"
             "STACK:\n <0x00000000004011a0> [func:put file:src/map.c line:11 module:/gone/map]\n"
             "=====================================================================\n");
  write_file("h/" HONGG, "bug");
  run("heddle ingest h");
  expect(0);
  expect_out("1 report with the input that it names");
  expect_input("bug", "/h/" HONGG);
}

static void test_a_log_called_after_an_input_is_its_report(void **state) {
  (void)state;
  write_file("out/default/fuzzer_stats", "x");
  write_file("out/default/crashes/README.txt", "x");
  write_file("out/default/crashes/" AFL, "bug");
  write_file("out/default/crashes/" AFL ".asan.log", CRASH);
  write_file("out/default/crashes/id:000001,sig:06", "bug2");
  write_file("out/default/hangs/id:000000,src:000001", "hang");
  write_file("out/default/queue/id:000000,orig:a", "seed");
  run("heddle ingest out out/default/crashes");
  expect(0);
  expect_out("1 new key,");
  expect_out("with the input that it names");
  expect_out("2 inputs without a report (afl++ 2): run the program on each");
  expect_out("heddle repro --map=MAP out/default/crashes/id:000001,sig:06\n");
  expect_input("bug", "/crashes/" AFL);
}

/* Whoever wrote a log does not choose what is read. */
static void test_only_what_was_given_is_read(void **state) {
  (void)state;
  write_file("secret/crash-" SHA, "secret");
  write_file("secret/password", "secret");
  write_file("w/1.log", CRASH "artifact_prefix='../secret/'; Test unit written to ../secret/crash-" SHA "\n");
  write_file("w/2.log", CRASH "Test unit written to ../secret/password\n");
  run("ln -s ../secret/crash-" SHA " w/crash-" SHA "; heddle ingest w/1.log w/2.log");
  expect(0);
  expect_not("with the input");
  expect_no_input();
}

static void test_inputs_alone_are_told_and_nothing_else_is(void **state) {
  (void)state;
  write_file("w/timeout-" SHA, "a");
  write_file("w/oom-" SHA, "b");
  write_file("w/" HONGG, "c");
  write_file("w/\x1b[31mid:000000,sig:06", "d");
  run("heddle ingest w");
  expect(3);
  expect_out("3 inputs without a report (honggfuzz 1, libfuzzer 2): run the program on each");
  expect_not("\x1b");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_libfuzzers_input_goes_with_its_report), CASE(test_it_is_found_where_the_folder_was_moved_to),
      CASE(test_honggfuzzs_input_goes_with_its_report), CASE(test_a_log_called_after_an_input_is_its_report),
      CASE(test_only_what_was_given_is_read),           CASE(test_inputs_alone_are_told_and_nothing_else_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
