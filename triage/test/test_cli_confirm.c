/* `heddle confirm`, `bisect`, `list` and `show` over a store: how often a key comes back, since which commit, and what
 * is known of it.
 *
 * ctest: full timeout=300 serial */
#include <math.h>

#include "triage/cmd/wilson.h"
#include "triage/test/cli.h"

#define NO_KEY "0123456789abcdef"

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* A script in place of a target: a fake target that lets some inputs pass. */
static void write_target(const char *path, const char *lines) {
  char text[8192];
  snprintf(text, sizeof text, "#!/bin/sh\n%s\n", lines);
  unlink(path);
  write_file(path, text);
  assert_int_equal(chmod(path, 0755), 0);
}

/* A campaign in `heddle.db`, and the key of a race and of a guard's failure. */
static void take_campaign(char race[KEY_TEXT_SIZE], char guard[KEY_TEXT_SIZE]) {
  setenv("FAKE_INPUTS", "race 1;guard", 1);
  run("heddle fuzz --bin-dir=bin --flavour=tsan --time=1 --out=out --color=never; heddle ingest out");
  expect(0);
  run("heddle list --store --json");
  expect(0);
  json_t *list = parse(result.out), *entry;
  size_t i;
  *race = *guard = '\0';
  json_array_foreach(list, i, entry) {
    char *key = strcmp(text_in(entry, "kind"), "data-race") == 0 ? race : guard;
    snprintf(key, KEY_TEXT_SIZE, "%s", text_in(entry, "key"));
  }
  json_decref(list);
  assert_true(key_valid(race) && key_valid(guard));
}

/* The process whose number is in that file is gone, or will be in a moment; a dead one may wait for its parent. */
static void expect_gone(const char *file) {
  run("for i in 1 2 3 4 5 6 7 8 9 10; do case $(sed 's/.*) //' /proc/$(cat %s)/stat) in ''|Z*) exit 0;; esac;"
      " sleep 0.3; done; exit 1",
      file);
  expect(0);
}

/* The key as `heddle show` has it. */
static json_t *show(const char *key) {
  run("heddle show --store --json %s", key);
  expect(0);
  return parse(result.out);
}

static void expect_state(const char *key, const char *state) {
  json_t *json = show(key);
  assert_string_equal(text_in(json, "state"), state);
  json_decref(json);
}

static int number_in(const json_t *object, const char *name) {
  const json_t *value = json_object_get(object, name);
  assert_true(json_is_integer(value));
  return (int)json_integer_value(value);
}

/* --- the interval --------------------------------------------------------------------------------------------- */

static void expect_interval(uint64_t count, uint64_t trials, double lower, double upper) {
  struct wilson_interval interval = wilson_interval(count, trials);
  if (fabs(interval.lower - lower) > 5e-5 || fabs(interval.upper - upper) > 5e-5)
    fail_msg("%d of %d: %.6f to %.6f", (int)count, (int)trials, interval.lower, interval.upper);
}

/* The published figures of R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; and the limits in
 * closed form of none and of all: z2 / (n + z2) and n / (n + z2). */
static void test_the_interval_is_wilsons(void **state) {
  (void)state;
  expect_interval(81, 263, 0.2553, 0.3662);
  expect_interval(15, 148, 0.0624, 0.1605);
  expect_interval(0, 20, 0, 0.1611);
  expect_interval(1, 29, 0.0061, 0.1718);
  expect_interval(20, 20, 0.8389, 1);
  for (uint64_t trials = 1; trials <= 60; ++trials)
    for (uint64_t count = 0; count <= trials; ++count) {
      struct wilson_interval one = wilson_interval(count, trials), other = wilson_interval(trials - count, trials);
      double share = (double)count / (double)trials;
      assert_true(0 <= one.lower && one.lower <= share && share <= one.upper && one.upper <= 1);
      assert_true(fabs(one.lower + other.upper - 1) < 1e-12);
    }
}

/* --- confirm -------------------------------------------------------------------------------------------------- */

static void test_what_comes_back_is_confirmed(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  expect_state(race, "new");
  run("rm -r out; mkdir tmp; TMPDIR=tmp heddle confirm --bin-dir=bin %s %.8s", race,
      guard); /* the store has the input */
  expect(0);
  assert_non_null(strstr(result.out, "20 of 20, 95 % interval 0.839 to 1.000: confirmed"));
  assert_string_equal(result.err, "");
  expect_state(race, "confirmed");
  expect_state(guard, "confirmed");
  run("heddle confirm --json --runs=3 --bin-dir=bin %s", race);
  expect(0);
  json_t *json = parse(result.out);
  assert_string_equal(text_in(json, "key"), race);
  assert_string_equal(text_in(json, "state"), "confirmed");
  assert_string_equal(text_in(json, "map"), "gomap");
  assert_int_equal(number_in(json, "runs"), 3);
  assert_int_equal(number_in(json, "shown"), 3);
  assert_true(fabs(json_number_value(json_object_get(json, "lower")) - 0.4385) < 1e-4);
  json_decref(json);
  run("heddle fixed %s; heddle confirm --bin-dir=bin %s", race, race);
  expect(0);
  expect_state(race, "regressed");
  assert_int_equal(count_files("tmp", "heddle-input-"), 0);
}

static void test_what_does_not_come_back_incubates(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  write_file("none", "none\n");
  write_file("other", "race 7\n");
  write_target("bin/heddle_gomap_tsan", "exec '" HEDDLE_TEST_TARGET "' \"$@\" --heddle_input=none");
  run("heddle confirm --runs=4 --bin-dir=bin %s", race);
  expect(1);
  assert_non_null(strstr(result.out, "0 of 4, 95 % interval 0.000 to 0.490: incubating"));
  expect_state(race, "incubating");
  /* Another key is not this key. */
  write_target("bin/heddle_gomap_tsan", "exec '" HEDDLE_TEST_TARGET "' \"$@\" --heddle_input=other");
  run("heddle confirm --runs=2 --bin-dir=bin %s", race);
  expect(1);
  assert_non_null(strstr(result.out, "0 of 2"));
  assert_non_null(strstr(result.out, "seen besides: "));
  expect_state(race, "incubating");
  /* One run in three. */
  write_target("bin/heddle_gomap_tsan",
               "n=$(cat runs 2>/dev/null || echo 0); echo $((n + 1)) >runs\n"
               "[ $((n % 3)) = 0 ] || set -- \"$@\" --heddle_input=none\nexec '" HEDDLE_TEST_TARGET "' \"$@\"");
  run("heddle confirm --runs=9 --bin-dir=bin %s", race);
  expect(0);
  assert_non_null(strstr(result.out, "3 of 9, 95 % interval 0.121 to 0.646: confirmed"));
  json_t *json = show(race);
  assert_string_equal(text_in(json, "state"), "confirmed");
  assert_int_equal(number_in(json_object_get(json, "replays"), "shown"), 3);
  assert_int_equal(number_in(json_object_get(json, "replays"), "runs"), 9);
  assert_int_equal(json_array_size(json_object_get(json, "history")), 2);
  json_decref(json);
}

static void test_ctrl_c_counts_what_was_done(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  run("timeout --foreground --preserve-status -s INT 1 %s confirm --runs=1000000 --bin-dir=bin %s %s",
      HEDDLE_TEST_COMMAND, race, guard);
  expect(0);
  int shown = 0, runs = 0;
  const char *of = strstr(result.out, "data-race  ");
  assert_true(of && sscanf(of, "data-race  %d of %d", &shown, &runs) == 2);
  assert_true(runs >= 1 && shown == runs);
  assert_non_null(strstr(result.err, "stopped after"));
  expect_state(race, "confirmed");
  expect_state(guard, "new");
  /* In the middle of a run that does not end: it does not count, and is not left behind. */
  write_target("bin/heddle_gomap_tsan", "echo $$ >pid; exec sleep 1000");
  run("timeout --foreground --preserve-status -s INT 3 %s confirm --bin-dir=bin %s", HEDDLE_TEST_COMMAND, guard);
  expect(1);
  assert_non_null(strstr(result.err, "0 of 20 replays done, 0 showed it\n")); /* it took more than two seconds */
  assert_non_null(strstr(result.err, "nothing is said of it"));
  expect_state(guard, "new");
  expect_gone("pid");
}

static void test_bad_requests_are_one_line(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  run("heddle confirm --bin-dir=bin " NO_KEY);
  expect_line(3, NO_KEY, "no such key");
  run("heddle confirm --bin-dir=bin %s " NO_KEY, race);
  expect_line(3, NO_KEY, "no such key");
  assert_non_null(strstr(result.out, "20 of 20"));
  run("heddle confirm --bin-dir=nowhere %s", race);
  expect_line(4, "nowhere/heddle_gomap_tsan", "make build");
  run("heddle confirm --store=nowhere.db %s", race);
  expect_line(3, "nowhere.db", "");
  run("heddle confirm");
  expect(2);
  run("heddle confirm --runs=0 %s", race);
  expect(2);
  run("TMPDIR=nowhere heddle confirm --bin-dir=bin %s", race);
  expect_line(2, "nowhere", "cannot write the input");
  write_target("bin/heddle_gomap_tsan", "exit 0");
  run("heddle confirm --bin-dir=bin %s", race);
  expect_line(4, "bin/heddle_gomap_tsan", "target says nothing");
}

/* --- other people's logs -------------------------------------------------------------------------------------- */

/* A log of another program, whose function's name holds a terminal escape and markup. */
#define HOSTILE                                                                                                        \
  "WARNING: ThreadSanitizer: data race (pid=7)\n"                                                                      \
  "  Write of size 8 at 0x7b0400000010 by thread T1:\n"                                                                \
  "    #0 put\033[2J<b>\xff src/cache.c:12:3 (prog+0x12c8)\n\n"                                                        \
  "  Previous read of size 8 at 0x7b0400000010 by main thread:\n"                                                      \
  "    #0 cache_get src/cache.c:30:10 (prog+0x1400)\n\n"                                                               \
  "SUMMARY: ThreadSanitizer: data race src/cache.c:12:3 in put\n"

static void test_a_log_is_shown_harmless_and_has_nothing_to_replay(void **state) {
  (void)state;
  write_file("race.log", HOSTILE);
  run("heddle ingest race.log; heddle list --store --json");
  json_t *list = parse(strchr(result.out, '['));
  char key[KEY_TEXT_SIZE];
  snprintf(key, sizeof key, "%s", text_in(json_array_get(list, 0), "key"));
  json_decref(list);
  run("heddle list heddle.db; heddle show %s; heddle show --json %s", key, key);
  expect(0);
  assert_null(strchr(result.out, '\033'));
  assert_null(strchr(result.out, '\xff'));
  assert_non_null(strstr(result.out, "cache_get src/cache.c:30"));
  assert_non_null(strstr(result.out, "write of 8 bytes"));
  assert_non_null(strstr(result.out, "next: heddle report"));
  run("heddle confirm %s", key);
  expect_line(3, key, "no input of it");
  run("heddle bisect --build=true %s", key);
  expect_line(3, key, "no input of it");
}

/* --- list and show -------------------------------------------------------------------------------------------- */

static void test_list_chooses(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  run("heddle fixed %s", guard);
  run("heddle list heddle.db");
  expect(0);
  assert_non_null(strstr(result.out, race));
  assert_non_null(strstr(result.out, guard));
  assert_non_null(strstr(result.out, "  fakemap_get map/fakemap.c:120\n"));
  static const char *const choices[] = {"--state=new", "--state=new,regressed", "--kind=data-race",
                                        "--kind=data-race --map=gomap"};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; ++i) {
    run("heddle list --store %s", choices[i]);
    expect(0);
    if (!strstr(result.out, race) || strstr(result.out, guard))
      fail_msg("%s: %s", choices[i], result.out);
  }
  run("heddle list heddle.db --map=othermap");
  expect(0);
  assert_non_null(strstr(result.out, "no such findings in heddle.db"));
  run("heddle list heddle.db --map=othermap --json");
  expect(0);
  assert_string_equal(result.out, "[]\n");
  run("heddle list heddle.db --state=gone");
  expect(2);
  run("heddle list --store=heddle.db out");
  expect_line(2, "out", "give one of them");
  run("heddle list out --kind=data-race");
  expect_line(2, "out", "--store");
  run("heddle list --store=nowhere.db");
  expect_line(3, "nowhere.db", "");
}

static void test_show_tells_all_of_a_key(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  run("heddle confirm --bin-dir=bin %s; heddle ignore --reason=known --until=2101-01-01 %s", race, race);
  run("heddle show %.8s", race);
  expect(0);
  static const char *const told[] = {"data-race",
                                     "ignored",
                                     "confirmed",
                                     "20 of 20 showed it",
                                     "put k1",
                                     "fakemap_put_1 map/fakemap.c:211",
                                     "thread 1 | thread 2",
                                     "run to completion",
                                     "new -> confirmed: 20 of 20",
                                     "until 2101-01-01",
                                     "known",
                                     "finding.json",
                                     "make repro CRASH=/",
                                     "next: heddle confirm"};
  for (size_t i = 0; i < sizeof told / sizeof *told; ++i)
    if (!strstr(result.out, told[i]))
      fail_msg("`%s` is missing in %s", told[i], result.out);
  json_t *json = show(race);
  assert_string_equal(text_in(json, "beneath"), "confirmed");
  assert_int_equal(number_in(json_object_get(json, "occurrences"), "count"), number_in(json, "count"));
  assert_string_equal(text_in(json_object_get(json, "finding"), "key"), race);
  assert_non_null(strstr(text_in(json, "program"), "put k1"));
  json_decref(json);
  run("heddle show --store=heddle.db " NO_KEY);
  expect_line(3, NO_KEY, "no such key");
  run("heddle show --store=nowhere.db %s", race);
  expect_line(3, "nowhere.db", "");
}

/* --- bisect --------------------------------------------------------------------------------------------------- */

/* What builds a commit of `repository`, for a shell. */
#define BUILD "sh build.sh && mkdir -p build && cp target.sh build/heddle_gomap_tsan"

/* Eight commits in repo/.  From commit `broken` on, the target replays as it is told, before it nothing fails.  Commit
 * `unbuilt` has a build that fails.  The first is also called v1. */
static void repository(int broken, int unbuilt) {
  /* Nobody's own settings, and no repository that a hook is run for. */
  setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
  setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  static const char *const own[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"};
  for (size_t i = 0; i < sizeof own / sizeof *own; ++i)
    unsetenv(own[i]);
  run("git init -q -b main repo && cd repo && git config user.name Anna && git config user.email anna@example.org &&"
      " printf build/ >.git/info/exclude && echo none >none.txt");
  expect(0);
  for (int i = 1; i <= 8; ++i) {
    char lines[1024];
    snprintf(lines, sizeof lines, "# %d\nexec '%s' \"$@\" %s", i, HEDDLE_TEST_TARGET,
             i < broken ? "--heddle_input=none.txt" : "");
    write_target("repo/target.sh", lines);
    write_file("repo/build.sh", i == unbuilt ? "echo what went wrong; exit 1\n" : "exit 0\n");
    run("cd repo && git add -A && git commit -qm 'change %d' && { git tag v1 2>/dev/null; true; }", i);
    expect(0);
  }
}

__attribute__((format(printf, 1, 2))) static void bisect(const char *format, ...) {
  char options[1024];
  va_list values;
  va_start(values, format);
  vsnprintf(options, sizeof options, format, values);
  va_end(values);
  run("cd repo; heddle bisect --store=../heddle.db --bin-dir=build %s", options);
}

/* On the branch as before, no bisect under way, nothing changed. */
static void expect_untouched(void) {
  char *out = strdup(result.out), *err = strdup(result.err);
  int status = result.status;
  run("cd repo; git rev-parse --abbrev-ref HEAD; git log -1 --format=%%s; git status --porcelain; ! git bisect log");
  expect(0);
  assert_string_equal(result.out, "main\nchange 8\n");
  forget();
  result = (struct result){status, out, err};
}

static void expect_first_bad(const char *subject) {
  expect(0);
  if (!strstr(result.out, "first bad commit: ") || !strstr(result.out, subject))
    fail_msg("not %s: %s%s", subject, result.out, result.err);
  assert_non_null(strstr(result.out, "next: git show "));
  expect_untouched();
}

static void test_bisect_finds_the_commit(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  run("rm -r out");
  repository(6, 3);
  bisect("--build='" BUILD "' %s", race);
  expect_first_bad("Anna: change 6");
  assert_non_null(strstr(result.err, "change 5\n  does not show in 20 replays\n"));
  assert_non_null(strstr(result.err, "change 6\n  shows in 1 replay\n"));
  bisect("--build='" BUILD "' --good=v1 --bad=HEAD~2 --runs=3 %.6s", race);
  expect_first_bad("Anna: change 6");
  bisect("--build='" BUILD "' --good=HEAD~3 --bad=HEAD~2 %s", race); /* nothing between them */
  expect_first_bad("Anna: change 6");
  bisect("--build='" BUILD "' --good=HEAD~5 %s", race); /* which does not build, and shows nothing */
  expect_first_bad("Anna: change 6");
  assert_non_null(strstr(result.err, "does not build: passed over\n    | what went wrong\n"));
}

static void test_bisect_says_what_it_cannot_tell(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE], third[64], fourth[64];
  take_campaign(race, guard);
  repository(4, 3);
  run("cd repo; git rev-parse HEAD~4");
  snprintf(fourth, sizeof fourth, "%s", result.out);
  run("cd repo; git rev-parse HEAD~5");
  snprintf(third, sizeof third, "%s", result.out);
  bisect("--build='" BUILD "' %s", race);
  expect(1);
  assert_true(strstr(result.out, third) && strstr(result.out, fourth));
  assert_non_null(strstr(result.err, "only the newest could be tried"));
  expect_untouched();
  bisect("--build='" BUILD "' --bad=HEAD~6 %s", race);
  expect(1);
  assert_non_null(strstr(result.err, "does not show at HEAD~6"));
  expect_untouched();
  bisect("--build='" BUILD "' --good=HEAD~2 %s", race);
  expect(1);
  assert_non_null(strstr(result.err, "give an older --good"));
  expect_untouched();
  bisect("--build=false %s", race);
  expect(4);
  assert_non_null(strstr(result.err, "not built by --build"));
  expect_untouched();
}

static void test_bisect_keeps_off(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  repository(6, 0);
  run("echo >>repo/none.txt");
  bisect("--build=true %s", race);
  expect_line(2, "has changes", "git stash");
  run("cd repo; git checkout -q . && git bisect start");
  bisect("--build=true %s", race);
  expect_line(2, "under way", "git bisect reset");
  run("cd repo; git bisect reset");
  bisect("--build=true --good=nowhere %s", race);
  expect_line(2, "--good=nowhere", "no such commit");
  bisect("--build=true --good=HEAD %s", race);
  expect_line(2, "does not come before", "--good");
  bisect("--build=true --good=--all %s", race);
  expect(2);
  bisect("%s", race);
  expect(2);
  bisect("--build=true " NO_KEY);
  expect_line(3, NO_KEY, "no such key");
  expect_untouched();
  run("GIT_CEILING_DIRECTORIES=/ GIT_DIR=nowhere heddle bisect --build=true %s", race);
  expect_line(2, "no git work tree", "");
}

static void test_ctrl_c_ends_a_bisect_where_it_began(void **state) {
  (void)state;
  char race[KEY_TEXT_SIZE], guard[KEY_TEXT_SIZE];
  take_campaign(race, guard);
  repository(6, 0);
  /* While --bad is judged. */
  run("cd repo; timeout --foreground --preserve-status -s INT 1 %s bisect --store=../heddle.db --bin-dir=build"
      " --build='" BUILD "; echo $$ >../pid; sleep 1000' %s",
      HEDDLE_TEST_COMMAND, race);
  expect(1);
  assert_non_null(strstr(result.err, "heddle: stopped: the work tree is where it was\n"));
  expect_untouched();
  expect_gone("pid");
  /* While git runs the bisect: the third build does not end. */
  run("cd repo; timeout --foreground --preserve-status -s INT 3 %s bisect --store=../heddle.db --bin-dir=build --runs=2"
      " --build='" BUILD "; echo >>../builds; [ $(wc -l <../builds) -lt 3 ] || { echo $$ >../pid; sleep 1000; }' %s",
      HEDDLE_TEST_COMMAND, race);
  expect(1);
  assert_non_null(strstr(result.err, "heddle: stopped: the work tree is where it was\n"));
  expect_untouched();
  run("[ $(wc -l <builds) = 3 ]");
  expect(0);
  expect_gone("pid");
}

static void test_help_goes_to_stdout(void **state) {
  (void)state;
  static const char *const commands[] = {"confirm", "bisect", "list", "show"};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
    run("heddle %s --help", commands[i]);
    expect(0);
    if (!strstr(result.out, "Examples:\n  heddle ") || !strstr(result.out, "Exit status:") || *result.err)
      fail_msg("heddle %s --help: %s", commands[i], result.out);
    assert_null(strstr(result.out, "--step"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_interval_is_wilsons),
      CASE(test_what_comes_back_is_confirmed),
      CASE(test_what_does_not_come_back_incubates),
      CASE(test_ctrl_c_counts_what_was_done),
      CASE(test_bad_requests_are_one_line),
      CASE(test_a_log_is_shown_harmless_and_has_nothing_to_replay),
      CASE(test_list_chooses),
      CASE(test_show_tells_all_of_a_key),
      CASE(test_bisect_finds_the_commit),
      CASE(test_bisect_says_what_it_cannot_tell),
      CASE(test_bisect_keeps_off),
      CASE(test_ctrl_c_ends_a_bisect_where_it_began),
      CASE(test_help_goes_to_stdout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
