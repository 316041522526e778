/* The steps of a run that were written are read back the same; a file of steps that is not whole is refused by name,
 * and costs a report nothing but the picture. */
#include "triage/test/cli.h"

#include "triage/finding/interleaving.h"
#include "triage/finding/layout.h"

static int enter_scratch(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave_scratch(void **state) {
  scratch_leave(*state);
  return 0;
}

static const struct finding_step steps[] = {
    {0, 0, false, NULL, "main waits for the threads", NULL},
    {1, 1, false, "put k17", "load of 8 bytes", "gomap_hash map/gomap.c:40"},
    {2, 1, true, "", "store of 8 bytes", "gomap_add map/gomap.c:187"},
    {2, 2, false, "get \xff<b>", "pthread_mutex_lock, waits", ""},
    {INT64_MAX, 2, true, "", "load of 1 byte", "gomap_get map/gomap.c:120"},
};
#define STEP_COUNT (sizeof steps / sizeof *steps)

/* Writes a finding with these steps; its folder. */
static void write_steps(const struct finding_interleaving *interleaving, char folder[PATH_MAX]) {
  struct finding out = scratch_finding("input");
  struct finding_error error;
  out.interleaving = interleaving;
  assert_int_equal(finding_write("findings", &out, 3, &error), FINDING_WRITTEN);
  scratch_folder(&out, folder);
}

static void write_usual_steps(char folder[PATH_MAX]) {
  const struct finding_interleaving interleaving = {.steps = steps, .step_count = STEP_COUNT, .left_out = 12};
  write_steps(&interleaving, folder);
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static void test_steps_that_were_written_are_read_back(void **state) {
  (void)state;
  struct finding_interleaving in;
  struct finding_error error;
  char folder[PATH_MAX];
  write_usual_steps(folder);
  assert_true(finding_read_interleaving(folder, &in, &error));
  assert_int_equal(in.left_out, 12);
  assert_int_equal(in.step_count, STEP_COUNT);
  for (size_t i = 0; i < STEP_COUNT; i++) {
    assert_int_equal(in.steps[i].point, steps[i].point);
    assert_int_equal(in.steps[i].task, steps[i].task);
    assert_int_equal(in.steps[i].racing, steps[i].racing);
    assert_string_equal(in.steps[i].text, steps[i].text);
    assert_string_equal(in.steps[i].place, or_empty(steps[i].place));
    /* What is no text is no reason not to write. */
    assert_string_equal(in.steps[i].operation, i == 3 ? "get ?<b>" : or_empty(steps[i].operation));
  }
  finding_free_interleaving(&in);
  assert_null(in.steps);
}

static void test_as_many_steps_as_there_may_be(void **state) {
  (void)state;
  struct finding_interleaving in, out = {.step_count = FINDING_STEPS_MAX};
  struct finding_error error;
  char folder[PATH_MAX];
  struct finding_step *many = calloc(FINDING_STEPS_MAX, sizeof *many);
  assert_non_null(many);
  for (size_t i = 0; i < FINDING_STEPS_MAX; i++)
    many[i] = (struct finding_step){i, (int)(i % 63), i % 2, "put k1", "load of 8 bytes", "gomap_hash map/gomap.c:40"};
  out.steps = many;
  write_steps(&out, folder);
  assert_true(finding_read_interleaving(folder, &in, &error));
  assert_int_equal(in.step_count, FINDING_STEPS_MAX);
  finding_free_interleaving(&in);
  free(many);
}

static void test_without_steps_there_is_no_file(void **state) {
  (void)state;
  const struct finding_interleaving none = {.steps = steps};
  struct finding_interleaving in;
  struct finding_error error;
  struct finding finding;
  char folder[PATH_MAX];
  write_steps(&none, folder);
  assert_false(finding_read_interleaving(folder, &in, &error));
  assert_non_null(strstr(error.text, FINDING_INTERLEAVING));
  assert_true(finding_read(folder, &finding, &error));
  finding_free(&finding);
}

static void test_what_is_known_is_known_before_it_is_written(void **state) {
  (void)state;
  struct finding first = scratch_finding("1"), second = scratch_finding("2");
  struct finding_error error;
  assert_false(finding_is_known("findings", &first, 1));
  assert_int_equal(finding_write("findings", &first, 1, &error), FINDING_WRITTEN);
  assert_true(finding_is_known("findings", &first, 0));
  assert_true(finding_is_known("findings", &second, 1)); /* the key has its inputs */
  assert_false(finding_is_known("findings", &second, 2));
  assert_false(finding_is_known("findings", &second, 0));
}

static void replace_file(const char *folder, const char *text, size_t size) {
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/" FINDING_INTERLEAVING, folder);
  assert_int_equal(files_replace(path, text, size, false), 0);
}

static void assert_refused(const char *folder, const char *text, size_t size, const char *word) {
  struct finding_interleaving in;
  struct finding_error error;
  replace_file(folder, text, size);
  if (finding_read_interleaving(folder, &in, &error))
    fail_msg("taken: %.*s", (int)size, text);
  if (!strstr(error.text, FINDING_INTERLEAVING) || !strstr(error.text, word) || strchr(error.text, '\n'))
    fail_msg("not one line about `%s`: %s", word, error.text);
}

static void test_a_file_of_the_wrong_form_is_refused_by_name(void **state) {
  (void)state;
#define STEPS(list) "{\"version\": 1, \"left_out\": 0, \"steps\": [" list "]}"
#define STEP(members) STEPS("{" members "}")
  static const char *const cases[][2] = {
      {"", "corrupt JSON"},
      {"[]", "version"},
      {"{\"version\": 2, \"left_out\": 0, \"steps\": []}", "version"},
      {"{\"version\": 1, \"steps\": []}", "left_out"},
      {"{\"version\": 1, \"left_out\": -1, \"steps\": []}", "left_out"},
      {"{\"version\": 1, \"left_out\": 0, \"steps\": {}}", "steps"},
      {"{\"version\": 1, \"left_out\": 0, \"left_out\": 0, \"steps\": []}", "duplicate"},
      {STEPS("null"), "point"},
      {STEP("\"point\": -1, \"task\": 1, \"racing\": true, \"text\": \"\""), "point"},
      {STEP("\"point\": 1e9, \"task\": 1, \"racing\": true, \"text\": \"\""), "point"},
      {STEP("\"point\": 99999999999999999999, \"task\": 1, \"racing\": true, \"text\": \"\""), "corrupt JSON"},
      {STEP("\"point\": 1, \"task\": 4294967297, \"racing\": true, \"text\": \"\""), "task"},
      {STEP("\"point\": 1, \"task\": -1, \"racing\": true, \"text\": \"\""), "task"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": 1, \"text\": \"\""), "racing"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true"), "text"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": 7"), "text"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\\u0000\""), "corrupt JSON"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\xff\""), "corrupt JSON"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\", \"place\": []"), "place"},
      {STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\", \"operation\": null"), "operation"},
      {STEPS("{\"point\": 2, \"task\": 1, \"racing\": true, \"text\": \"\"},"
             "{\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\"}"),
       "point"},
  };
  char folder[PATH_MAX];
  write_usual_steps(folder);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_refused(folder, cases[i][0], strlen(cases[i][0]), cases[i][1]);
  struct finding_interleaving in;
  struct finding_error error;
  static const char newer[] =
      STEP("\"point\": 1, \"task\": 1, \"racing\": true, \"text\": \"\", \"colour\": [\"of a later version\"]");
  replace_file(folder, newer, sizeof newer - 1);
  assert_true(finding_read_interleaving(folder, &in, &error));
  finding_free_interleaving(&in);
}

static void test_a_file_cut_anywhere_is_refused(void **state) {
  (void)state;
  struct finding_error error;
  char folder[PATH_MAX];
  write_usual_steps(folder);
  char *text = finding_read_text(folder, FINDING_INTERLEAVING, &error);
  assert_non_null(text);
  for (size_t size = strlen(text); size-- > 0;)
    assert_refused(folder, text, size, "corrupt JSON");
  free(text);
}

static void test_a_file_that_is_too_large_is_refused(void **state) {
  (void)state;
  char folder[PATH_MAX];
  write_usual_steps(folder);
  json_t *list = json_array(), *document = json_pack("{s:i, s:i, s:o}", "version", 1, "left_out", 0, "steps", list);
  for (int i = 0; i <= FINDING_STEPS_MAX; i++)
    json_array_append_new(list, json_pack("{s:i, s:i, s:b, s:s}", "point", i, "task", 1, "racing", 0, "text", "load"));
  char *text = json_dumps(document, JSON_COMPACT);
  assert_refused(folder, text, strlen(text), "steps");
  free(text);
  json_decref(document);
  size_t size = (size_t)5 << 20;
  text = malloc(size);
  assert_non_null(text);
  memset(text, '[', size);
  assert_refused(folder, text, size, "cannot read");
  assert_refused(folder, text, size / 2, "corrupt JSON"); /* nor one that is nested too deep */
  free(text);
}

/* ---- in a report ---- */

/* The report's key of that kind, after a campaign of a fake target was taken in. */
static json_t *report_json(const char *kind, json_t **report) {
  run("heddle report --format=json");
  expect(0);
  *report = parse(result.out);
  json_t *bug;
  size_t i;
  json_array_foreach(json_object_get(*report, "bugs"), i, bug) {
    json_t *key = json_array_get(json_object_get(bug, "keys"), 0);
    if (strcmp(text_in(key, "kind"), kind) == 0)
      return key;
  }
  fail_msg("no %s in the report", kind);
  return NULL;
}

/* Puts a file of steps beside every input. */
static void put_everywhere(const char *text) {
  assert_int_equal(files_replace("steps.json", text, strlen(text), false), 0);
  run("for f in out/findings/*/*/finding.json; do cp steps.json ${f%%/*}/" FINDING_INTERLEAVING "; done");
  expect(0);
}

static void test_the_steps_come_into_a_report(void **state) {
  (void)state;
  json_t *report;
  campaign();
  put_everywhere(
      STEPS("{\"point\": 1, \"task\": 1, \"racing\": false, \"text\": \"calloc\", \"operation\": \"put k1\"},"
            "{\"point\": 2, \"task\": 1, \"racing\": true, \"text\": \"store of 8 bytes\", \"place\": \"f a.c:1\"},"
            "{\"point\": 3, \"task\": 2, \"racing\": true, \"text\": \"load of 8 bytes\", \"place\": \"f a.c:1\"}"));
  run("heddle ingest out");
  expect(0);
  const json_t *list = json_object_get(report_json("data-race", &report), "steps");
  assert_int_equal(json_array_size(list), 3);
  const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1), *third = json_array_get(list, 2);
  assert_string_equal(text_in(first, "operation"), "put k1");
  assert_string_equal(text_in(second, "place"), "f a.c:1");
  assert_false(json_is_true(json_object_get(first, "switched")));
  assert_false(json_is_true(json_object_get(second, "switched")));
  assert_true(json_is_true(json_object_get(third, "switched")));
  assert_true(json_is_true(json_object_get(third, "racing")));
  json_decref(report);
  run("heddle report --output=r.html; grep -c 'class=\"interleaving\"' r.html");
  expect(0);
}

static void test_a_bad_file_costs_the_picture_only(void **state) {
  (void)state;
  static const char *const files[] = {"", "{", "[1]", STEPS("{\"point\": \"</script>\"}")};
  json_t *report;
  campaign();
  run("heddle ingest out");
  expect(0);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    put_everywhere(files[i]);
    const json_t *key = report_json("data-race", &report);
    assert_true(json_array_size(json_object_get(key, "stacks")) > 0);
    assert_true(json_is_null(json_object_get(key, "steps")));
    assert_non_null(strstr(result.err, FINDING_INTERLEAVING));
    json_decref(report);
  }
  run("rm -r out; heddle report --format=json");
  expect(0);
  assert_string_equal(result.err, "");
}

#define LOG_RACE(one, other)                                                                                           \
  "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n"                                                  \
  "  Write of size 8 at 0x7b0400000010 by thread T1:\n    #0 " one " src/a.c:12:3 (prog+0x12c8)\n\n"                   \
  "  Previous read of size 8 at 0x7b0400000010 by main thread:\n    #0 " other " src/a.c:30:10 (prog+0x1400)\n\n"      \
  "==================\n"
#define LOG_FREED                                                                                                      \
  "==9==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55 bp 0x7f sp 0x7f\n"           \
  "READ of size 8 at 0x602000000010 thread T1\n    #0 0x55 in cache_get src/a.c:30:10\n\n"                             \
  "0x602000000010 is located 0 bytes inside of 16-byte region [0x602000000010,0x602000000020)\n"                       \
  "freed by thread T2 here:\n    #0 0x44 in free (prog+0x44)\n    #1 0x56 in cache_drop src/a.c:40:3\n\n"              \
  "SUMMARY: AddressSanitizer: heap-use-after-free src/a.c:30:10 in cache_get\n"

static void test_a_message_that_says_only_the_kind_becomes_a_title(void **state) {
  (void)state;
  static const struct {
    const char *log, *kind, *title;
  } cases[] = {
      {LOG_RACE("cache_put", "cache_get"), "data-race", "cache_get races with cache_put"},
      {LOG_RACE("cache_get", "cache_put"), "data-race", "cache_get races with cache_put"},
      {LOG_RACE("cache_put", "cache_put"), "data-race", "cache_put races with itself"},
      {LOG_FREED, "heap-use-after-free", "cache_get uses what cache_drop freed"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    json_t *report;
    assert_int_equal(files_replace("a.log", cases[i].log, strlen(cases[i].log), false), 0);
    run("rm -f *.db; heddle ingest a.log");
    expect(0);
    assert_string_equal(text_in(report_json(cases[i].kind, &report), "title"), cases[i].title);
    json_decref(report);
  }
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void) {
  const struct CMUnitTest tests[] = {
      UNIT(test_steps_that_were_written_are_read_back),
      UNIT(test_as_many_steps_as_there_may_be),
      UNIT(test_without_steps_there_is_no_file),
      UNIT(test_what_is_known_is_known_before_it_is_written),
      UNIT(test_a_file_of_the_wrong_form_is_refused_by_name),
      UNIT(test_a_file_cut_anywhere_is_refused),
      UNIT(test_a_file_that_is_too_large_is_refused),
      CASE(test_the_steps_come_into_a_report),
      CASE(test_a_bad_file_costs_the_picture_only),
      CASE(test_a_message_that_says_only_the_kind_becomes_a_title),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
