/* The command, run as people and scripts run it, over a target that does what its inputs say (fake_target.c).
 *
 * ctest: full timeout=300 serial
 *
 * HEDDLE_TEST_COMMAND and HEDDLE_TEST_TARGET, set when this is compiled, are the paths of heddle and fake_target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "triage/finding/layout.h"
#include "triage/test/scratch.h"

/* What a command left behind. */
struct result {
  int status;
  char *out, *err;
};

static struct result result;

static void forget(void) {
  free(result.out);
  free(result.err);
  result = (struct result){0};
}

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...) {
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

static void expect(int status) {
  if (result.status != status)
    fail_msg("status %d, not %d\n--- stdout\n%s--- stderr\n%s", result.status, status, result.out, result.err);
}

/* One clear line: `heddle: ...` with every word, and nothing beside it. */
static void expect_line(int status, const char *word, const char *other) {
  expect(status);
  if (strncmp(result.err, "heddle", 6) != 0 || !strstr(result.err, word) || !strstr(result.err, other))
    fail_msg("not one line with `%s` and `%s`: %s", word, other, result.err);
  if (strchr(result.err, '\n') != result.err + strlen(result.err) - 1)
    fail_msg("more than one line: %s", result.err);
}

static int enter(void **state) {
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

static int leave(void **state) {
  forget();
  scratch_leave(*state);
  return 0;
}

static json_t *parse(const char *text) {
  json_error_t error;
  json_t *json = json_loads(text, 0, &error);
  if (!json)
    fail_msg("not JSON: %s in %s", error.text, text);
  return json;
}

static const char *text_in(const json_t *object, const char *name) {
  const char *text = json_string_value(json_object_get(object, name));
  if (!text)
    fail_msg("no text `%s`", name);
  return text;
}

/* Files below `path` whose name has `part` in it. */
static int count_files(const char *path, const char *part) {
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
static void campaign(void) {
  setenv("FAKE_INPUTS", "race 1;race 2;guard;none", 1);
  run("heddle fuzz --bin-dir=bin --time=2 --out=out --color=never");
}

/* The path of an input whose finding is of `kind`. */
static void input_of(const char *kind, char path[PATH_MAX]) {
  run("heddle list --json out");
  json_t *list = parse(result.out), *entry;
  size_t i;
  *path = '\0';
  json_array_foreach(list, i, entry) if (strcmp(text_in(entry, "kind"), kind) == 0)
      snprintf(path, PATH_MAX, "%s", text_in(entry, "smallest_input"));
  json_decref(list);
  assert_true(*path);
}

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
    assert_int_equal(json_object_size(entry), 9);
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

/* --- repro, minimize, show ------------------------------------------------------------------------------------ */

static void test_repro_json_has_its_shape(void **state) {
  (void)state;
  char path[PATH_MAX], folder[PATH_MAX];
  campaign();
  input_of("data-race", path);
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  run("heddle repro --bin-dir=bin --runs=4 --json %s", path);
  expect(0);
  json_t *json = parse(result.out);
  assert_int_equal(json_object_size(json), 6);
  assert_int_equal(json_integer_value(json_object_get(json, "runs")), 4);
  assert_int_equal(json_integer_value(json_object_get(json, "reproduced")), 4);
  assert_non_null(strstr(path, text_in(json, "key")));
  assert_int_equal(json_array_size(json_object_get(json, "keys")), 1);
  assert_string_equal(text_in(json, "digest"), "0000000000001234");
  assert_true(json_is_true(json_object_get(json, "digests_equal")));
  json_decref(json);
  char *by_input = strdup(result.out);
  run("heddle repro --bin-dir=bin --runs=4 --json %s/", folder);
  expect(0);
  assert_string_equal(result.out, by_input);
  run("heddle repro --bin-dir=bin --runs=4 --json %s/finding.json", folder);
  expect(0);
  assert_string_equal(result.out, by_input);
  free(by_input);
}

static void test_repro_shows_the_interleaving_and_the_verdict(void **state) {
  (void)state;
  char path[PATH_MAX];
  campaign();
  input_of("data-race", path);
  run("heddle repro --bin-dir=bin --trace=trace.json %s", path);
  expect(0);
  assert_non_null(strstr(result.out, "<-- race"));
  assert_non_null(strstr(result.out, "reproduced: data-race"));
  assert_int_equal(access("trace.json", F_OK), 0);
}

static void test_repro_tells_what_does_not_repeat(void **state) {
  (void)state;
  run("printf 'none' >quiet; printf 'wander' >wander; heddle repro --bin-dir=bin --json quiet");
  expect(1);
  json_t *json = parse(result.out);
  assert_true(json_is_null(json_object_get(json, "key")));
  assert_int_equal(json_integer_value(json_object_get(json, "reproduced")), 0);
  json_decref(json);
  run("heddle repro --bin-dir=bin quiet");
  expect(1);
  assert_non_null(strstr(result.out, "not reproduced: nothing fails"));
  run("heddle repro --bin-dir=bin --runs=3 --json wander");
  json = parse(result.out);
  assert_true(json_is_false(json_object_get(json, "digests_equal")));
  json_decref(json);
  run("heddle repro --bin-dir=bin --runs=3 wander");
  assert_non_null(strstr(result.out, "the interleavings differ"));
}

static void test_an_input_that_did_not_fail_again_can_still_be_replayed(void **state) {
  (void)state;
  campaign();
  run("heddle repro --bin-dir=bin --json $(find out/unconfirmed -name input | head -n 1)");
  expect(1);
  run("heddle repro --bin-dir=bin --json $(dirname $(find out/unconfirmed -name input | head -n 1))");
  expect(1);
}

static void test_minimize_writes_beside_the_finding(void **state) {
  (void)state;
  char path[PATH_MAX], minimized[PATH_MAX];
  campaign();
  input_of("data-race", path);
  run("heddle minimize --bin-dir=bin %s", path);
  expect(0);
  snprintf(minimized, sizeof minimized, "%.*s/minimized", (int)(strrchr(path, '/') - path), path);
  assert_non_null(strstr(result.out, minimized));
  assert_int_equal(access(minimized, R_OK), 0);
  run("heddle repro --bin-dir=bin --runs=2 %s", minimized);
  expect(0);
  input_of("data-race", path);
  run("heddle minimize --bin-dir=bin --output=small %s", path);
  expect(0);
  assert_int_equal(access("small", R_OK), 0);
  run("printf none >quiet; heddle minimize --bin-dir=bin quiet");
  expect_line(1, "nothing fails", "quiet");
  assert_int_equal(access("quiet.min", F_OK), -1);
}

static void test_show_prints_programs_and_findings(void **state) {
  (void)state;
  char path[PATH_MAX];
  campaign();
  input_of("data-race", path);
  run("heddle show --bin-dir=bin --json %s", path);
  expect(0);
  json_t *json = parse(result.out);
  static const char *const names[] = {"threads", "operations", "policy", "constraints"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    assert_non_null(json_object_get(json, names[i]));
  json_decref(json);
  run("heddle show --bin-dir=nowhere %s", path); /* a finding needs no target */
  expect(0);
  assert_non_null(strstr(result.out, "after 12 points switch to task 2"));
  run("printf 'race 9\\n' >input; heddle show --bin-dir=bin input");
  expect(0);
  assert_string_equal(result.out, "thread 1 | thread 2\nrace 9\n");
}

/* --- bad input ------------------------------------------------------------------------------------------------ */

static void test_files_that_cannot_be_read_get_one_line_and_status_3(void **state) {
  (void)state;
  static const char *const commands[] = {"repro", "minimize", "show", "show --json", "repro --json", "repro --gdb"};
  mkdir("empty", 0777);
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
    run("heddle %s --bin-dir=bin missing", commands[i]);
    expect_line(3, "No such file", "missing");
    run("heddle %s --bin-dir=bin empty", commands[i]);
    expect_line(3, "a folder without a finding", "empty");
    run("touch file; heddle %s --bin-dir=bin file/x", commands[i]);
    expect_line(3, "Not a directory", "file/x");
  }
  run("heddle list missing");
  expect_line(3, "No such file", "missing");
  run("heddle list empty");
  expect_line(3, "no campaign was here", "empty");
  run("heddle list file");
  expect_line(3, "not a folder", "file");
}

static void test_a_corrupt_finding_gets_one_line_and_the_others_are_listed(void **state) {
  (void)state;
  char path[PATH_MAX], folder[PATH_MAX], json[PATH_MAX + 16];
  campaign();
  input_of("concurrent-map-writes", path);
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  snprintf(json, sizeof json, "%s/finding.json", folder);
  assert_int_equal(files_replace(json, "{\"version\": 1", 13, false), 0);
  run("heddle list --json out");
  expect_line(3, "corrupt JSON", json);
  json_t *list = parse(result.out);
  assert_int_equal(json_array_size(list), 3); /* the key has two more inputs */
  json_decref(list);
  run("heddle repro --bin-dir=bin %s", folder);
  expect_line(3, "corrupt JSON", json);
  run("heddle repro --bin-dir=bin --runs=2 %s", path); /* the input is as good as ever */
  expect_line(0, "corrupt JSON", json);
  assert_non_null(strstr(result.out, "2 of 2"));
}

static void test_missing_targets_get_one_line_and_status_4(void **state) {
  (void)state;
  run("touch input; heddle fuzz --bin-dir=nowhere --time=1 --out=out");
  expect_line(4, "no target for map `gomap`", "nowhere/heddle_gomap_tsan");
  assert_int_equal(access("out", F_OK), -1);
  run("heddle repro --bin-dir=nowhere input");
  expect_line(4, "make build", "nowhere/heddle_gomap_tsan");
  run("heddle repro --bin-dir=bin --map=nomap input");
  expect_line(4, "make build", "bin/heddle_nomap_tsan");
  run("heddle minimize --bin-dir=nowhere input");
  expect_line(4, "make build", "nowhere/heddle_gomap_tsan");
  run("heddle show --bin-dir=nowhere input");
  expect_line(4, "make build", "nowhere/heddle_gomap_tsan");
  run("mkdir no; printf x >no/heddle_gomap_tsan; heddle repro --bin-dir=no input");
  expect_line(4, "cannot be run", "no/heddle_gomap_tsan");
  run("heddle repro --bin-dir=bin --map=../x input");
  expect_line(4, "not a name", "../x");
}

static void test_a_target_that_dies_at_start_ends_the_campaign_with_its_last_words(void **state) {
  (void)state;
  setenv("FAKE_FUZZ", "dies", 1);
  run("heddle fuzz --bin-dir=bin --time=30 --out=out --flavour=tsan --jobs=1");
  expect(4);
  assert_non_null(strstr(result.err, "heddle: target does not start: bin/heddle_gomap_tsan"));
  assert_non_null(strstr(result.err, "out/workers/gomap-tsan-0/log"));
  assert_non_null(strstr(result.err, "unexpected memory mapping"));
  run("printf '#!/nowhere/sh\\n' >bad; chmod +x bad; mkdir no; mv bad no/heddle_gomap_tsan; touch input; "
      "heddle repro --bin-dir=no --json input");
  expect_line(4, "target does not start", "no/heddle_gomap_tsan");
}

static void test_wrong_usage_gets_status_2(void **state) {
  (void)state;
  static const char *const wrong[] = {"",
                                      "nonsense",
                                      "fuzz --nonsense",
                                      "fuzz --time=x",
                                      "fuzz --time=-1",
                                      "fuzz --jobs=0",
                                      "fuzz --flavour=",
                                      "fuzz --flavour=tsan,tsan",
                                      "fuzz --carrier=horse",
                                      "fuzz --color=red",
                                      "fuzz stray",
                                      "repro",
                                      "repro a b",
                                      "repro --runs=0 a",
                                      "minimize",
                                      "minimize --key=zz a",
                                      "show",
                                      "list a b"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    run("heddle %s", wrong[i]);
    expect(2);
    assert_true(strlen(result.err) > 0);
    assert_string_equal(result.out, "");
  }
}

static void test_help_and_version_go_to_stdout(void **state) {
  (void)state;
  static const char *const commands[] = {"", "fuzz", "repro", "minimize", "list", "show"};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
    run("heddle %s --help", commands[i]);
    expect(0);
    assert_non_null(strstr(result.out, "Examples:"));
    assert_non_null(strstr(result.out, commands[i]));
    assert_string_equal(result.err, "");
    run("heddle %s --version", commands[i]);
    expect(0);
    assert_int_equal(strncmp(result.out, "heddle ", 7), 0);
  }
}

static void test_colours_only_where_asked_for(void **state) {
  (void)state;
  campaign();
  run("heddle list out");
  assert_null(strchr(result.out, '\033'));
  run("heddle list --color=always out");
  assert_non_null(strchr(result.out, '\033'));
  run("NO_COLOR=1 heddle list --color=auto out");
  assert_null(strchr(result.out, '\033'));
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

#define CASE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_fuzz_finds_files_counts_and_tells),
      CASE(test_list_json_has_its_shape),
      CASE(test_a_second_campaign_goes_on_where_the_first_ended),
      CASE(test_fuzz_without_findings_says_so),
      CASE(test_a_crash_ends_one_process_and_nothing_else),
      CASE(test_keep_all_keeps_all),
      CASE(test_ctrl_c_ends_with_the_summary),
      CASE(test_a_second_ctrl_c_leaves_what_waits_to_the_next_campaign),
      CASE(test_a_killed_campaign_takes_its_workers_along_and_loses_nothing),
      CASE(test_two_campaigns_do_not_share_a_folder),
      CASE(test_repro_json_has_its_shape),
      CASE(test_repro_shows_the_interleaving_and_the_verdict),
      CASE(test_repro_tells_what_does_not_repeat),
      CASE(test_an_input_that_did_not_fail_again_can_still_be_replayed),
      CASE(test_minimize_writes_beside_the_finding),
      CASE(test_show_prints_programs_and_findings),
      CASE(test_files_that_cannot_be_read_get_one_line_and_status_3),
      CASE(test_a_corrupt_finding_gets_one_line_and_the_others_are_listed),
      CASE(test_missing_targets_get_one_line_and_status_4),
      CASE(test_a_target_that_dies_at_start_ends_the_campaign_with_its_last_words),
      CASE(test_wrong_usage_gets_status_2),
      CASE(test_help_and_version_go_to_stdout),
      CASE(test_colours_only_where_asked_for),
      CASE(test_a_file_where_the_output_folder_should_be_gets_one_line),
      CASE(test_a_read_only_output_folder_gets_one_line),
      CASE(test_a_full_disk_is_told_once_and_loses_nothing),
      CASE(test_a_disk_that_fills_up_while_fuzzing_keeps_inputs_waiting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
