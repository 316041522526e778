/* `heddle repro`, `minimize`, `show` and `list` on a campaign's findings; bad input and wrong usage of every command.
 *
 * ctest: full timeout=300 serial */
#include "triage/finding/layout.h"
#include "triage/test/cli.h"

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
                                      "fuzz --use=horse",
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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
