/* `heddle fuzz`: what a campaign finds, counts and tells, how it ends, and what becomes of it where a disk is full.
 *
 * ctest: full timeout=300 serial */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <time.h>

#include "triage/campaign/process.h"
#include "triage/test/cli.h"

/* --- fuzz ----------------------------------------------------------------------------------------------------- */

static void test_fuzz_finds_files_counts_and_tells(void **state) {
  (void)state;
  campaign();
  expect(1);
  assert_non_null(strstr(result.err, "3 unique findings in gomap"));
  assert_non_null(strstr(result.err, "next: make minimize CRASH=out/findings/"));
  assert_non_null(strstr(result.err, "new  data-race"));
  assert_non_null(strstr(result.out, "make repro CRASH=out/findings/"));
  assert_null(strchr(result.out, '\033'));
  assert_null(strchr(result.err, '\033'));
  assert_int_equal(count_files("out/findings", "finding.json"), 9); /* three inputs a key */
  assert_true(count_files("out/unconfirmed", "info.json") > 0);
  assert_int_equal(count_files("out/workers", ".input"), 0);
}

static void test_list_json_has_its_shape(void **state) {
  (void)state;
  campaign();
  run("heddle list --json out");
  expect(0);
  json_t *list = parse(result.out), *entry;
  size_t i;
  double last_s = 0;
  assert_int_equal(json_array_size(list), 3);
  json_array_foreach(list, i, entry) {
    assert_int_equal(json_object_size(entry), 10);
    assert_true(strlen(text_in(entry, "oracle")) > 0);
    assert_int_equal(strlen(text_in(entry, "key")), 16);
    assert_string_equal(text_in(entry, "map"), "gomap");
    assert_non_null(strstr("tsan asan", text_in(entry, "flavour")));
    bool race = strcmp(text_in(entry, "kind"), "data-race") == 0;
    assert_int_equal(json_array_size(json_object_get(entry, "sites")), race ? 2 : 1);
    assert_true(json_integer_value(json_object_get(entry, "count")) >= 6);
    assert_true(json_number_value(json_object_get(entry, "first_seen_s")) >= last_s);
    last_s = json_number_value(json_object_get(entry, "first_seen_s"));
    assert_true(json_integer_value(json_object_get(entry, "inputs_at_first")) > 0);
    assert_int_equal(access(text_in(entry, "smallest_input"), R_OK), 0);
  }
  assert_true(last_s > 0);
  json_decref(list);
}

static void test_a_second_campaign_goes_on_where_the_first_ended(void **state) {
  (void)state;
  campaign();
  run("heddle list --json out");
  json_t *before = parse(result.out);
  campaign();
  expect(1);
  assert_non_null(strstr(result.err, "over 2 sessions, 3 findings known before this one"));
  assert_null(strstr(result.err, "new  "));
  run("heddle list --json out");
  json_t *after = parse(result.out);
  for (size_t i = 0; i < 3; ++i) {
    const json_t *a = json_array_get(before, i), *b = json_array_get(after, i);
    assert_string_equal(text_in(a, "key"), text_in(b, "key"));
    assert_true(json_integer_value(json_object_get(b, "count")) > json_integer_value(json_object_get(a, "count")));
    assert_true(json_number_value(json_object_get(a, "first_seen_s")) ==
                json_number_value(json_object_get(b, "first_seen_s")));
  }
  json_decref(before);
  json_decref(after);
}

static void test_a_campaign_ends_with_the_finding_that_it_is_to_wait_for(void **state) {
  (void)state;
  static const char *const until[] = {"data-race", "guard,tsan", "tsan,guard"}; /* a kind; an oracle of several */
  setenv("FAKE_INPUTS", "race 1", 1);
  for (size_t i = 0; i < sizeof until / sizeof *until; ++i) {
    double began_s = process_clock_s();
    run("heddle fuzz --bin-dir=bin --time=100 --until=%s --out=out%zu --flavour=tsan --jobs=1", until[i], i);
    expect(1);
    assert_true(process_clock_s() - began_s < 50);
  }
  /* Words, not pieces of words: nothing ends this one. */
  double began_s = process_clock_s();
  run("heddle fuzz --bin-dir=bin --time=2 --until=data,race,data-races,guard --out=rest --flavour=tsan --jobs=1");
  expect(1);
  assert_true(process_clock_s() - began_s >= 2);
}

static void test_fuzz_without_findings_says_so(void **state) {
  (void)state;
  run("heddle fuzz --bin-dir=bin --time=1 --out=out --flavour=tsan");
  expect(0);
  assert_non_null(strstr(result.err, "0 unique findings in gomap"));
  assert_string_equal(result.out, "");
  run("heddle fuzz --bin-dir=bin --time=1 --out=out --flavour=tsan --json");
  expect(0);
  assert_string_equal(result.out, "[]\n");
  run("heddle list out");
  expect(0);
  assert_string_equal(result.out, "no findings in out\n");
}

static void test_a_crash_ends_one_process_and_nothing_else(void **state) {
  (void)state;
  setenv("FAKE_INPUTS", "race 1;crash", 1);
  run("heddle fuzz --bin-dir=bin --time=3 --out=out --flavour=asan --jobs=1");
  expect(1);
  assert_int_equal(count_files("out/workers", "crash-"), 0);
  char path[PATH_MAX];
  input_of("crash", path);
  assert_non_null(strstr(result.out, "fakemap_grow map/fakemap.c:77"));
  run("heddle show %s", path);
  expect(0);
  assert_non_null(strstr(result.out, "killed by signal 6"));
  assert_non_null(strstr(result.out, "thread 1 | thread 2")); /* its program, printed by the target */
  run("heddle repro --bin-dir=bin --runs=3 %s", path);
  expect(0);
  assert_non_null(strstr(result.out, "3 of 3"));
}

static void test_keep_all_keeps_all(void **state) {
  (void)state;
  setenv("FAKE_INPUTS", "race 1", 1);
  run("heddle fuzz --bin-dir=bin --time=3 --out=out --flavour=tsan --jobs=1 --keep-all");
  expect(1);
  assert_true(count_files("out/findings", "finding.json") > 5);
  assert_int_equal(count_files("out/workers", ".input"), 0);
}

/* Starts a campaign without end in the background; returns its process. */
static pid_t start_endless(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (!freopen("stdout.txt", "w", stdout) || !freopen("stderr.txt", "w", stderr))
      _exit(9);
    execl(HEDDLE_TEST_COMMAND, "heddle", "fuzz", "--bin-dir=bin", "--time=0", "--out=out", NULL);
    _exit(9);
  }
  return pid;
}

/* Whether the worker's counters stand still. */
static bool is_worker_quiet(const char *name) {
  char path[128];
  size_t size, again;
  snprintf(path, sizeof path, "out/workers/%s/status", name);
  char *before = files_read(path, 1 << 20, &size);
  nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  char *after = files_read(path, 1 << 20, &again);
  bool quiet = before && after && size == again && memcmp(before, after, size) == 0;
  free(before);
  free(after);
  return quiet;
}

static void test_ctrl_c_ends_with_the_summary(void **state) {
  (void)state;
  size_t size;
  int wait_status;
  setenv("FAKE_INPUTS", "race 1", 1);
  pid_t pid = start_endless();
  sleep(2);
  kill(pid, SIGINT);
  assert_int_equal(waitpid(pid, &wait_status, 0), pid);
  assert_true(WIFEXITED(wait_status));
  assert_int_equal(WEXITSTATUS(wait_status), 1);
  char *err = files_read("stderr.txt", 1 << 20, &size);
  assert_non_null(strstr(err, "1 unique finding in gomap"));
  free(err);
  assert_int_equal(count_files("out/workers", ".input"), 0);
}

static void test_a_second_ctrl_c_leaves_what_waits_to_the_next_campaign(void **state) {
  (void)state;
  size_t size;
  int wait_status;
  setenv("FAKE_INPUTS", "hang", 1); /* its replay does not end by itself */
  pid_t pid = start_endless();
  sleep(1);
  kill(pid, SIGINT);
  sleep(1);
  assert_int_equal(waitpid(pid, &wait_status, WNOHANG), 0);
  kill(pid, SIGINT);
  assert_int_equal(waitpid(pid, &wait_status, 0), pid);
  assert_true(WIFEXITED(wait_status));
  char *err = files_read("stderr.txt", 1 << 20, &size);
  assert_non_null(strstr(err, "not replayed yet: out/workers"));
  free(err);
  assert_true(count_files("out/workers", ".input") > 0);
}

static void test_a_killed_campaign_takes_its_workers_along_and_loses_nothing(void **state) {
  (void)state;
  setenv("FAKE_INPUTS", "race 1;race 2", 1);
  pid_t pid = start_endless();
  sleep(2);
  assert_false(is_worker_quiet("gomap-tsan-0"));
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  for (int i = 0; i < 50 && !(is_worker_quiet("gomap-tsan-0") && is_worker_quiet("gomap-asan-0")); ++i)
    ;
  assert_true(is_worker_quiet("gomap-tsan-0"));
  assert_true(is_worker_quiet("gomap-asan-0"));
  run("heddle list --json out");
  expect(0);
  json_t *list = parse(result.out);
  assert_int_equal(json_array_size(list), 2);
  json_decref(list);
  run("heddle fuzz --bin-dir=bin --time=1 --out=out");
  expect(1);
  assert_non_null(strstr(result.err, "over 2 sessions"));
}

static void test_two_campaigns_do_not_share_a_folder(void **state) {
  (void)state;
  pid_t pid = start_endless();
  sleep(1);
  run("heddle fuzz --bin-dir=bin --time=1 --out=out");
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
  expect_line(2, "another campaign runs here", "out");
}

/* --- disks ---------------------------------------------------------------------------------------------------- */

static void test_a_file_where_the_output_folder_should_be_gets_one_line(void **state) {
  (void)state;
  run("touch out; heddle fuzz --bin-dir=bin --time=1 --out=out");
  expect_line(2, "cannot use the output folder", "out");
  run("heddle fuzz --bin-dir=bin --time=1 --out=out/below");
  expect_line(2, "cannot use the output folder", "out/below");
  run("printf 'race 1' >input; mkdir folder; heddle minimize --bin-dir=bin --output=folder input");
  expect_line(2, "cannot write", "folder");
  run("heddle minimize --bin-dir=bin --output=nowhere/x input");
  expect_line(2, "cannot write", "nowhere/x");
}

/* A file system of our own at ./disk, and no seeds (which heddle may have beside it) to fill it; false where this
 * machine does not let us have one. */
static bool mount_disk(unsigned long flags, const char *data) {
  mkdir("disk", 0777);
  mkdir("empty", 0777);
  return mount("tmpfs", "disk", "tmpfs", flags, data) == 0;
}

static void test_a_read_only_output_folder_gets_one_line(void **state) {
  (void)state;
  if (!mount_disk(MS_RDONLY, NULL)) {
    print_message("          mounting is not permitted here: skipped\n");
    skip();
  }
  run("heddle fuzz --bin-dir=bin --time=1 --out=disk/out");
  struct result first = result;
  result = (struct result){0};
  run("heddle fuzz --bin-dir=bin --time=1 --out=disk");
  umount("disk");
  expect_line(2, "Read-only file system", "disk");
  forget();
  result = first;
  expect_line(2, "Read-only file system", "disk/out");
}

static void test_a_full_disk_is_told_once_and_loses_nothing(void **state) {
  (void)state;
  if (!mount_disk(0, "size=512k")) {
    print_message("          mounting is not permitted here: skipped\n");
    skip();
  }
  setenv("FAKE_INPUTS", "race 1", 1);
  run("heddle fuzz --bin-dir=bin --seeds=empty --time=3 --out=disk/out --flavour=tsan --jobs=1");
  int first_status = result.status;
  int stored = count_files("disk/out/findings", "finding.json");
  /* What follows finds no room for its own findings; those that are there stay whole. */
  setenv("FAKE_INPUTS", "race 2;race 3;race 4", 1);
  run("dd if=/dev/zero of=disk/fill bs=1k count=600 2>/dev/null; "
      "heddle fuzz --bin-dir=bin --seeds=empty --time=3 --out=disk/out --flavour=tsan --jobs=1");
  int full_status = result.status;
  bool told = strstr(result.err, "No space left on device") != NULL;
  run("rm disk/fill; heddle list --json disk/out");
  int list_status = result.status, kept = count_files("disk/out/findings", "finding.json");
  /* With room again the next campaign goes on. */
  run("heddle fuzz --bin-dir=bin --seeds=empty --time=3 --out=disk/out --flavour=tsan --jobs=1");
  int found = count_files("disk/out/findings", "finding.json");
  umount("disk");
  assert_int_equal(first_status, 1);
  assert_int_equal(stored, 3);
  assert_int_equal(full_status, 2);
  assert_true(told);
  assert_int_equal(list_status, 0);
  assert_int_equal(kept, stored);
  assert_true(found > stored);
}

static void test_a_disk_that_fills_up_while_fuzzing_keeps_inputs_waiting(void **state) {
  (void)state;
  if (!mount_disk(0, "size=512k")) {
    print_message("          mounting is not permitted here: skipped\n");
    skip();
  }
  /* Room for the probe, the counters and the inputs, not for every finding. */
  setenv("FAKE_INPUTS", "race 1;race 2;race 3;race 4;race 5;race 6", 1);
  run("dd if=/dev/zero of=disk/fill bs=1k count=320 2>/dev/null; "
      "heddle fuzz --bin-dir=bin --seeds=empty --time=3 --out=disk/out --flavour=tsan --jobs=1");
  int status = result.status;
  bool told = strstr(result.err, "No space left on device") != NULL;
  int waiting = count_files("disk/out/workers", ".json");
  run("rm disk/fill; heddle list --json disk/out");
  int list_status = result.status;
  unsetenv("FAKE_INPUTS");
  run("heddle fuzz --bin-dir=bin --seeds=empty --time=2 --out=disk/out --flavour=tsan --jobs=1");
  int left = count_files("disk/out/workers", ".input"), found = count_files("disk/out/findings", "finding.json");
  char *last = strdup(result.err);
  umount("disk");
  assert_true(told);
  assert_true(status == 0 || status == 1);
  assert_true(waiting > 0);
  assert_int_equal(list_status, 0);
  if (left != 0)
    fail_msg("%d inputs left: %s", left, last);
  assert_true(found > 0);
  free(last);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_fuzz_finds_files_counts_and_tells),
      CASE(test_list_json_has_its_shape),
      CASE(test_a_second_campaign_goes_on_where_the_first_ended),
      CASE(test_a_campaign_ends_with_the_finding_that_it_is_to_wait_for),
      CASE(test_fuzz_without_findings_says_so),
      CASE(test_a_crash_ends_one_process_and_nothing_else),
      CASE(test_keep_all_keeps_all),
      CASE(test_ctrl_c_ends_with_the_summary),
      CASE(test_a_second_ctrl_c_leaves_what_waits_to_the_next_campaign),
      CASE(test_a_killed_campaign_takes_its_workers_along_and_loses_nothing),
      CASE(test_two_campaigns_do_not_share_a_folder),
      CASE(test_a_file_where_the_output_folder_should_be_gets_one_line),
      CASE(test_a_read_only_output_folder_gets_one_line),
      CASE(test_a_full_disk_is_told_once_and_loses_nothing),
      CASE(test_a_disk_that_fills_up_while_fuzzing_keeps_inputs_waiting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
