/* Whatever folder is given, the files that say what went wrong are found in it, each once, in one order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "triage/parse/folder.h"
#include "triage/test/scratch.h"

#define SHA1 "0123456789abcdef0123456789abcdef01234567"

struct heard {
  FILE *files, *complaints;
  char *file_text, *complaint_text;
  size_t file_size, complaint_size;
  bool good;
};

static void on_file(void *context, const struct folder_file *file) {
  static const char *const sorts[] = {"log", "finding", "campaign", "input"};
  struct heard *heard = context;
  fprintf(heard->files, "%s %s", sorts[file->sort], file->path);
  if (*file->engine)
    fprintf(heard->files, " (%s%s%s)", file->engine, *file->kind ? " " : "", file->kind);
  fputc('\n', heard->files);
}

static void on_complaint(void *context, const char *line) {
  fprintf(((struct heard *)context)->complaints, "%s\n", line);
}

static void walk(const char *path, struct heard *heard) {
  *heard = (struct heard){0};
  heard->files = open_memstream(&heard->file_text, &heard->file_size);
  heard->complaints = open_memstream(&heard->complaint_text, &heard->complaint_size);
  heard->good = folder_walk(path, &(struct folder_reader){on_file, on_complaint, heard});
  fclose(heard->files);
  fclose(heard->complaints);
  assert_int_equal(heard->good, heard->complaint_size == 0);
}

static void forget(struct heard *heard) {
  free(heard->file_text);
  free(heard->complaint_text);
}

static void assert_found(const char *path, const char *files, const char *complaints) {
  struct heard heard;
  walk(path, &heard);
  assert_string_equal(heard.file_text, files);
  assert_string_equal(heard.complaint_text, complaints);
  forget(&heard);
}

/* Makes the file and the folders above it. */
static void make(const char *path) {
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash) {
    *slash = '\0';
    assert_int_equal(files_make_directories(folder), 0);
  }
  assert_int_equal(files_create(path, "x", 1), 0);
}

static void make_all(const char *const paths[], size_t count) {
  for (size_t i = 0; i < count; i++)
    make(paths[i]);
}
#define MAKE(...) make_all((const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

static void test_a_file_is_itself(void **state) {
  (void)state;
  MAKE("a.log", "crash-" SHA1, "f/finding.json");
  assert_found("a.log", "log a.log\n", "");
  assert_found("./crash-" SHA1, "input ./crash-" SHA1 " (libfuzzer crash)\n", "");
  assert_found("f/finding.json", "finding f/finding.json (heddle)\n", "");
}

static void test_a_folder_of_logs_is_walked_in_order(void **state) {
  (void)state;
  MAKE("logs/b.log", "logs/a/2.log", "logs/a/10.log", "logs/c", "logs/.hidden/x.log", "logs/.tmp-1");
  assert_found("logs", "log logs/a/10.log\nlog logs/a/2.log\nlog logs/b.log\nlog logs/c\n", "");
  assert_found("logs///", "log logs/a/10.log\nlog logs/a/2.log\nlog logs/b.log\nlog logs/c\n", "");
}

static void test_of_heddles_output_the_findings_are_told(void **state) {
  (void)state;
  MAKE("out/campaign.json", "out/corpus/gomap/1", "out/workers/0/log", "out/unconfirmed/" SHA1 "/report.txt",
       "out/findings/0123456789abcdef/count.json", "out/findings/0123456789abcdef/" SHA1 "/finding.json",
       "out/findings/0123456789abcdef/" SHA1 "/report.txt", "out/findings/0123456789abcdef/" SHA1 "/input",
       "out/findings/0123456789abcdef/.tmp-2/finding.json");
  const char *expected = "finding out/findings/0123456789abcdef/" SHA1 "/finding.json (heddle)\n";
  char with_totals[512];
  snprintf(with_totals, sizeof with_totals, "campaign out/campaign.json (heddle)\n%s", expected);
  assert_found("out", with_totals, "");
  assert_found("out/findings", expected, "");
  assert_found("out/findings/0123456789abcdef", expected, "");
  assert_found("out/findings/0123456789abcdef/" SHA1, expected, "");
}

static void test_of_a_campaign_without_findings_the_totals_are_told(void **state) {
  (void)state;
  MAKE("out/campaign.json", "out/campaign.json.corrupt", "out/corpus/gomap/1", "out/workers/0/log");
  MAKE("out/unconfirmed/" SHA1 "/report.txt");
  assert_found("out", "campaign out/campaign.json (heddle)\n", "");
  assert_found("out/campaign.json", "campaign out/campaign.json (heddle)\n", "");
  MAKE("logs/campaign.json", "logs/fuzz-0.log"); /* somebody else's: the log beside it is not lost */
  assert_found("logs", "campaign logs/campaign.json (heddle)\nlog logs/fuzz-0.log\n", "");
}

static void test_of_afls_output_the_inputs_are_told(void **state) {
  (void)state;
  MAKE("out/default/fuzzer_stats", "out/default/cmdline", "out/default/queue/id:000000,time:0,orig:a",
       "out/default/crashes/README.txt", "out/default/crashes/id:000000,sig:06,src:000002,time:9,op:havoc,rep:4",
       "out/default/crashes/id:000000,sig:06,src:000002,time:9,op:havoc,rep:4.log",
       "out/default/crashes.2026-11-24-12:00:00/id:000001,sig:11,src:000000", "out/default/hangs/id:000000,src:000001",
       "out/default/.synced/x", "out/second/queue/id:000000,orig:a", "out/second/crashes/id_000007,sig_06");
  const char *crash = "input out/default/crashes/id:000000,sig:06,src:000002,time:9,op:havoc,rep:4 (afl++ crash)\n"
                      "log out/default/crashes/id:000000,sig:06,src:000002,time:9,op:havoc,rep:4.log\n";
  char expected[2048];
  snprintf(expected, sizeof expected,
           "%sinput out/default/crashes.2026-11-24-12:00:00/id:000001,sig:11,src:000000 (afl++ crash)\n"
           "input out/default/hangs/id:000000,src:000001 (afl++ hang)\n"
           "input out/second/crashes/id_000007,sig_06 (afl++ crash)\n",
           crash);
  assert_found("out", expected, "");
  assert_found("out/default/crashes", crash, "");
  assert_found("out/default/queue", "", "");
  assert_found("out/default/hangs/id:000000,src:000001", "input out/default/hangs/id:000000,src:000001 (afl++ hang)\n",
               "");
}

static void test_of_libfuzzers_and_honggfuzzs_output_inputs_and_logs_are_told(void **state) {
  (void)state;
  MAKE("w/crash-" SHA1, "w/leak-" SHA1, "w/oom-" SHA1, "w/timeout-" SHA1, "w/slow-unit-" SHA1, "w/minimized-from-" SHA1,
       "w/crash-report", "w/fuzz-0.log");
  assert_found("w",
               "input w/crash-" SHA1 " (libfuzzer crash)\nlog w/crash-report\nlog w/fuzz-0.log\n"
               "input w/leak-" SHA1 " (libfuzzer leak)\ninput w/minimized-from-" SHA1 " (libfuzzer crash)\n"
               "input w/oom-" SHA1 " (libfuzzer out-of-memory)\ninput w/slow-unit-" SHA1 " (libfuzzer slow-unit)\n"
               "input w/timeout-" SHA1 " (libfuzzer timeout)\n",
               "");
  MAKE("h/HONGGFUZZ.REPORT.TXT", "h/SIGABRT.PC.7ffff7a8c8eb.STACK.18d2ab1e.CODE.-6.ADDR.0.INSTR.mov____0x108.fuzz",
       "h/SIGABRT.PC.7ffff7a8c8eb.STACK.18d2ab1e.CODE.-6.ADDR.0.INSTR.mov____0x108.fuzz.log");
  assert_found("h",
               "log h/HONGGFUZZ.REPORT.TXT (honggfuzz)\n"
               "input h/SIGABRT.PC.7ffff7a8c8eb.STACK.18d2ab1e.CODE.-6.ADDR.0.INSTR.mov____0x108.fuzz "
               "(honggfuzz crash)\n"
               "log h/SIGABRT.PC.7ffff7a8c8eb.STACK.18d2ab1e.CODE.-6.ADDR.0.INSTR.mov____0x108.fuzz.log\n",
               "");
}

static void test_links_are_followed_but_not_in_circles(void **state) {
  (void)state;
  MAKE("a/b/x.log", "other/y.log");
  assert_int_equal(symlink("..", "a/b/up"), 0);
  assert_int_equal(symlink(".", "a/self"), 0);
  assert_int_equal(symlink("../other", "a/other1"), 0);
  assert_int_equal(symlink("../other", "a/other2"), 0);
  assert_int_equal(symlink("b/x.log", "a/z.log"), 0);
  assert_found("a", "log a/b/x.log\nlog a/other1/y.log\nlog a/z.log\n", "");
}

static void test_what_cannot_be_read_is_told_and_the_rest_read(void **state) {
  (void)state;
  MAKE("a/1.log", "a/5.log");
  assert_int_equal(symlink("nowhere", "a/2.log"), 0);
  assert_int_equal(symlink("3.log", "a/3.log"), 0);
  assert_int_equal(mkfifo("a/4.log", 0600), 0);
  assert_int_equal(symlink("gone", "a/odd\n\x1b[31m"), 0);
  struct heard heard;
  walk("a", &heard);
  assert_string_equal(heard.file_text, "log a/1.log\nlog a/5.log\n");
  assert_non_null(strstr(heard.complaint_text, "cannot read (No such file or directory): a/2.log: check the name\n"));
  assert_non_null(strstr(heard.complaint_text, "cannot read (symbolic links that go in a circle): a/3.log: "));
  assert_non_null(strstr(heard.complaint_text, ": a/odd??[31m: "));
  assert_null(strstr(heard.complaint_text, "4.log"));
  forget(&heard);
  walk("a/4.log", &heard);
  assert_string_equal(heard.complaint_text, "cannot read (neither a file nor a folder): a/4.log: it was passed over\n");
  forget(&heard);
  walk("a/1.log/b", &heard);
  assert_non_null(strstr(heard.complaint_text, "cannot read (Not a directory): a/1.log/b"));
  forget(&heard);
  walk("", &heard);
  assert_false(heard.good);
  forget(&heard);
}

static void test_depth_and_length_are_bounded(void **state) {
  (void)state;
  char path[PATH_MAX] = "deep", *name = malloc(PATH_MAX * 2);
  for (int i = 0; i < FOLDER_DEPTH_MAX; i++)
    strcat(path, "/d");
  assert_int_equal(files_make_directories(path), 0);
  strcat(path, "/x.log");
  make(path);
  char expected[PATH_MAX];
  snprintf(expected, sizeof expected, "log %s\n", path);
  assert_found("deep", expected, "");
  strcpy(strrchr(path, '/'), "/d");
  assert_int_equal(files_make_directories(path), 0);
  struct heard heard;
  walk("deep", &heard);
  assert_string_equal(heard.file_text, expected);
  assert_non_null(strstr(heard.complaint_text, "folders too deep in each other"));
  forget(&heard);
  assert_non_null(name);
  memset(name, 'a', (size_t)PATH_MAX * 2 - 1);
  name[PATH_MAX * 2 - 1] = '\0';
  walk(name, &heard);
  assert_non_null(strstr(heard.complaint_text, "File name too long"));
  forget(&heard);
  free(name);
}

static void test_a_file_of_two_gibibytes_is_told_unread(void **state) {
  (void)state;
  make("big/huge.log");
  assert_int_equal(truncate("big/huge.log", (off_t)1 << 31), 0);
  assert_found("big", "log big/huge.log\n", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_file_is_itself, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_folder_of_logs_is_walked_in_order, enter, leave),
      cmocka_unit_test_setup_teardown(test_of_heddles_output_the_findings_are_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_of_a_campaign_without_findings_the_totals_are_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_of_afls_output_the_inputs_are_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_of_libfuzzers_and_honggfuzzs_output_inputs_and_logs_are_told, enter, leave),
      cmocka_unit_test_setup_teardown(test_links_are_followed_but_not_in_circles, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_told_and_the_rest_read, enter, leave),
      cmocka_unit_test_setup_teardown(test_depth_and_length_are_bounded, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_file_of_two_gibibytes_is_told_unread, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
