/* A finding that was written is read back the same; one that is not whole is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "triage/finding/layout.h"
#include "triage/finding/list.h"
#include "triage/test/scratch.h"

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

static void assert_same_stack(const struct finding_stack *a, const struct finding_stack *b) {
  assert_int_equal(a->role, b->role);
  assert_int_equal(a->task, b->task);
  assert_string_equal(a->operation, b->operation);
  assert_int_equal(a->access, b->access);
  assert_int_equal(a->size, b->size);
  assert_int_equal(a->frame_count, b->frame_count);
  for (size_t i = 0; i < a->frame_count; ++i) {
    assert_string_equal(a->frames[i].function, b->frames[i].function);
    assert_string_equal(a->frames[i].file, b->frames[i].file);
    assert_int_equal(a->frames[i].line, b->frames[i].line);
    assert_int_equal(a->frames[i].column, b->frames[i].column);
    assert_int_equal(a->frames[i].offset, b->frames[i].offset);
  }
}

static void assert_same_clock(const struct finding_clock *a, const struct finding_clock *b) {
  assert_true(a->known && b->known);
  assert_int_equal(a->begun.inputs, b->begun.inputs);
  assert_int_equal(a->begun.operations, b->begun.operations);
  assert_true(a->begun.cpu_s == b->begun.cpu_s && a->begun.wall_s == b->begun.wall_s);
  assert_int_equal(a->last_failure.inputs, b->last_failure.inputs);
  assert_true(a->last_failure.wall_s == b->last_failure.wall_s);
}

static void test_what_was_written_is_read_back(void **state) {
  (void)state;
  struct finding out = scratch_finding("input"), in;
  struct finding_error error;
  char folder[PATH_MAX], path[PATH_MAX + 32];
  assert_int_equal(finding_write("findings", &out, 3, &error), FINDING_WRITTEN);
  scratch_folder(&out, folder);
  assert_true(finding_read(folder, &in, &error));
  assert_int_equal(in.version, FINDING_VERSION);
  assert_string_equal(in.kind, out.kind);
  assert_string_equal(in.oracle, out.oracle);
  assert_string_equal(in.key, out.key);
  assert_string_equal(in.raw, out.raw);
  assert_string_equal(in.message, out.message);
  assert_string_equal(in.location, out.location);
  assert_string_equal(in.target, out.target);
  assert_string_equal(in.map, out.map);
  assert_string_equal(in.flavour, out.flavour);
  assert_string_equal(in.engine, out.engine);
  assert_string_equal(in.build_id, out.build_id);
  assert_int_equal(in.digest, out.digest);
  assert_int_equal(in.points, out.points);
  assert_int_equal(in.stack_count, 2);
  assert_same_stack(&in.stacks[0], &out.stacks[0]);
  assert_same_stack(&in.stacks[1], &out.stacks[1]);
  assert_string_equal(in.stacks[0].frames[0].module, "heddle_gomap_tsan"); /* without its folder */
  assert_int_equal(in.number_count, 2);
  assert_string_equal(in.numbers[1].name, "tombstones");
  assert_int_equal(in.numbers[1].value, UINT64_MAX);
  assert_true(in.also_known);
  assert_int_equal(in.also_count, 2);
  assert_string_equal(in.also[1], "fedcba9876543210");
  assert_same_clock(&in.clock, &out.clock);
  assert_same_clock(&in.worker_clock, &out.worker_clock);
  finding_set_key(&in);
  assert_string_equal(in.key, out.key); /* the key follows from what is stored */
  finding_free(&in);
  snprintf(path, sizeof path, "%s/finding.json", folder);
  assert_true(finding_read(path, &in, &error));
  finding_free(&in);
}

static void test_the_texts_lie_beside_it(void **state) {
  (void)state;
  struct finding out = scratch_finding("input");
  struct finding_error error;
  char folder[PATH_MAX], command[PATH_MAX + 64];
  assert_int_equal(finding_write("findings", &out, 3, &error), FINDING_WRITTEN);
  scratch_folder(&out, folder);
  char *report = finding_read_text(folder, FINDING_REPORT, &error),
       *program = finding_read_text(folder, FINDING_PROGRAM, &error);
  char *schedule = finding_read_text(folder, FINDING_SCHEDULE, &error),
       *input = finding_read_text(folder, FINDING_INPUT, &error);
  snprintf(command, sizeof command, "%s\n\nmake repro CRASH=%s/input\n", out.report, folder);
  assert_string_equal(report, command);
  assert_string_equal(program, out.program);
  assert_string_equal(schedule, out.schedule);
  assert_string_equal(input, "input");
  free(report), free(program), free(schedule), free(input);
}

static void test_bytes_that_are_no_text_do_not_stop_a_finding(void **state) {
  (void)state;
  struct finding out = scratch_finding("input"), in;
  struct finding_error error;
  char folder[PATH_MAX];
  out.message = "bad \xff byte";
  assert_int_equal(finding_write("findings", &out, 3, &error), FINDING_WRITTEN);
  scratch_folder(&out, folder);
  assert_true(finding_read(folder, &in, &error));
  assert_string_equal(in.message, "bad ? byte");
  finding_free(&in);
}

static void test_a_key_keeps_its_first_inputs(void **state) {
  (void)state;
  struct finding_error error;
  char input[16], key_folder[64];
  for (int i = 0; i < 5; ++i) {
    snprintf(input, sizeof input, "input %d", i);
    struct finding out = scratch_finding(input);
    assert_int_equal(finding_write("findings", &out, 3, &error), i < 3 ? FINDING_WRITTEN : FINDING_KNOWN);
    if (i == 0)
      assert_int_equal(finding_write("findings", &out, 3, &error), FINDING_KNOWN);
    snprintf(key_folder, sizeof key_folder, "findings/%s", out.key);
  }
  assert_int_equal(finding_count_inputs(key_folder), 3);
  struct finding fifth = scratch_finding("input 4");
  assert_int_equal(finding_write("findings", &fifth, 0, &error), FINDING_WRITTEN); /* 0: keep all */
  assert_int_equal(finding_count_inputs(key_folder), 4);
}

/* Writes `text` in place of a good finding.json and expects the complaint to name the file and say `words`. */
static void assert_refused(const char *text, size_t size, const char *words) {
  struct finding out = scratch_finding("input"), in;
  struct finding_error error;
  char folder[PATH_MAX], path[PATH_MAX + 32];
  finding_write("findings", &out, 3, &error);
  scratch_folder(&out, folder);
  snprintf(path, sizeof path, "%s/finding.json", folder);
  assert_int_equal(files_replace(path, text, size, false), 0);
  assert_false(finding_read(folder, &in, &error));
  if (!strstr(error.text, path) || !strstr(error.text, words) ||
      strcspn(error.text, "\n\033\x7f") != strlen(error.text))
    fail_msg("not said: %s in: %s", words, error.text);
}

static void test_a_corrupt_finding_is_refused_by_name(void **state) {
  (void)state;
  assert_refused("", 0, "corrupt JSON");
  assert_refused("\0\0\0\0", 4, "corrupt JSON");
  /* Which is quoted: */
  static const char with_escape[] = "{\"version\": 1, \"kind\": \"\033[31m\n", with_delete[] = "{\"version\": \"\x7f\n";
  assert_refused(with_escape, sizeof with_escape - 1, "corrupt JSON");
  assert_refused(with_delete, sizeof with_delete - 1, "corrupt JSON");
  assert_refused("[]", 2, "version");
  assert_refused("{}", 2, "version");
  assert_refused("{\"version\": 99}", 15, "newer heddle");
  assert_refused("{\"version\": 1, \"kind\": 7}", 25, "kind");
}

static void test_a_finding_cut_anywhere_is_refused(void **state) {
  (void)state;
  struct finding out = scratch_finding("input");
  struct finding_error error;
  char folder[PATH_MAX];
  finding_write("findings", &out, 3, &error);
  scratch_folder(&out, folder);
  char *whole = finding_read_text(folder, FINDING_JSON, &error);
  for (size_t size = 0; size + 2 < strlen(whole); size += 7)
    assert_refused(whole, size, "corrupt");
  free(whole);
}

static void test_a_member_of_the_wrong_form_is_refused_by_name(void **state) {
  (void)state;
  const struct {
    const char *from, *to, *words;
  } cases[] = {{"\"role\": \"access\"", "\"role\": \"excess\"", "role"},
               {"\"offset\": \"0x1234\"", "\"offset\": \"0xZ234\"", "offset"},
               {"\"access\": \"write\"", "\"access\": \"wrote\"", "access"},
               {"\"task\": 1", "\"task\":-1", "task"},
               {"\"size\": 8", "\"size\":-8", "size"},
               {"\"line\": 301", "\"line\":-301", "line"},
               {"\"digest\": \"fedc", "\"digest\": \"zedc", "digest"},
               {"\"wall_s\": 0.25", "\"wall_x\": 0.25", "wall_s"},
               {"\"0123456789abcdef\"", "\"0123456789abcdeX\"", "also"},
               {"\"key\": \"", "\"kez\": \"", "key"}};
  struct finding out = scratch_finding("input");
  struct finding_error error;
  char folder[PATH_MAX];
  finding_write("findings", &out, 3, &error);
  scratch_folder(&out, folder);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    files_remove(folder);
    finding_write("findings", &out, 3, &error);
    char *text = finding_read_text(folder, FINDING_JSON, &error), *place = strstr(text, cases[i].from);
    assert_non_null(place);
    memcpy(place, cases[i].to, strlen(cases[i].to));
    assert_refused(text, strlen(text), cases[i].words);
    free(text);
  }
}

static void count_complaints(void *context, const char *line) {
  assert_non_null(strstr(line, "finding.json"));
  ++*(int *)context;
}

static void test_a_list_reads_past_a_corrupt_finding(void **state) {
  (void)state;
  struct finding good = scratch_finding("good"), small = scratch_finding("s"), bad = scratch_finding("bad");
  struct finding_error error;
  struct finding_list list;
  char folder[PATH_MAX], path[PATH_MAX + 32];
  int complaints = 0;
  small.clock.begun.wall_s = 9;
  bad.kind = "deadlock";
  finding_set_key(&bad);
  assert_int_equal(finding_write("out/findings", &good, 3, &error), FINDING_WRITTEN);
  assert_int_equal(finding_write("out/findings", &small, 3, &error), FINDING_WRITTEN);
  assert_int_equal(finding_write("out/findings", &bad, 3, &error), FINDING_WRITTEN);
  scratch_folder(&bad, folder);
  snprintf(path, sizeof path, "out/%s/finding.json", folder);
  assert_int_equal(files_replace(path, "{", 1, false), 0);
  assert_int_equal(finding_count_write("out", good.key, 77, true), 0);
  assert_false(finding_list_read("out", NULL, &list, count_complaints, &complaints));
  assert_int_equal(complaints, 1);
  assert_int_equal(list.count, 1);
  const struct finding_summary *summary = &list.entries[0];
  assert_string_equal(summary->key, good.key);
  assert_int_equal(summary->count, 77);
  assert_int_equal(summary->inputs, 2);
  assert_true(summary->first_seen_s == 0.25);
  assert_int_equal(summary->inputs_at_first, 1000);
  assert_int_equal(summary->site_count, 2);
  assert_string_equal(summary->sites[0], "gomap_evacuate map/gomap.c:301");
  assert_string_equal(summary->sites[1], "gomap_get map/gomap.c:120");
  assert_int_equal(summary->smallest_size, 1);
  finding_list_free(&list);
}

/* A site has room for some of a long name, and its end may fall within a character. */
static void test_a_long_name_is_listed_cut(void **state) {
  (void)state;
  char name[FINDING_SITE_SIZE + 8] = "x";
  for (size_t i = 1; i + 2 < sizeof name; i += 2)
    memcpy(name + i, "\xc3\xa9", 3);
  struct frame frame = {name, "map/gomap.c", 1, 0, "", 0};
  struct finding finding = scratch_finding("input");
  struct finding_error error;
  struct finding_list list;
  finding.stacks[0].frames = &frame;
  finding.stacks[0].frame_count = 1;
  assert_int_equal(finding_write("out/findings", &finding, 3, &error), FINDING_WRITTEN);
  assert_true(finding_list_read("out", NULL, &list, count_complaints, NULL));
  json_t *line = finding_summary_to_json(&list.entries[0]);
  assert_int_equal(json_array_size(json_object_get(line, "sites")), 2);
  json_decref(line);
  finding_list_free(&list);
}

static void test_no_findings_is_an_empty_list(void **state) {
  (void)state;
  struct finding_list list;
  int complaints = 0;
  assert_true(finding_list_read("out", NULL, &list, count_complaints, &complaints));
  assert_int_equal(list.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_what_was_written_is_read_back, enter, leave),
      cmocka_unit_test_setup_teardown(test_the_texts_lie_beside_it, enter, leave),
      cmocka_unit_test_setup_teardown(test_bytes_that_are_no_text_do_not_stop_a_finding, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_key_keeps_its_first_inputs, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_corrupt_finding_is_refused_by_name, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_finding_cut_anywhere_is_refused, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_member_of_the_wrong_form_is_refused_by_name, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_list_reads_past_a_corrupt_finding, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_long_name_is_listed_cut, enter, leave),
      cmocka_unit_test_setup_teardown(test_no_findings_is_an_empty_list, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
