/* What a campaign works out by itself: clocks, counts, crash reports, verdicts, and how it tells of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/campaign/crash.h"
#include "triage/campaign/exposure.h"
#include "triage/campaign/ledger.h"
#include "triage/campaign/progress.h"
#include "triage/campaign/target.h"
#include "triage/campaign/worker.h"
#include "triage/stack/normalize.h"
#include "triage/test/scratch.h"

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

static void no_complaint(void *context, const char *line) {
  (void)context;
  fail_msg("%s", line);
}

static void count_complaints(void *context, const char *line) {
  (void)line;
  ++*(int *)context;
}

/* --- progress ------------------------------------------------------------------------------------------------- */

static const struct text_style plain = {"", "", "", "", "", "", ""};

static void test_the_progress_line_tells_all_in_a_wide_terminal(void **state) {
  (void)state;
  char line[512];
  struct progress progress = {72, 600, 51204.4, 614448, 214, 812, 5, 3.9};
  progress_print(&progress, plain, 160, line, sizeof line);
  assert_string_equal(line, "0:01:12 / 0:10:00  51,204 inputs/s  614,448 inputs  corpus 214  coverage 812  5 findings  "
                            "last new 3.0 s ago");
  progress = (struct progress){3, 0, 0, 0, 0, 0, 0, -1};
  progress_print(&progress, plain, 160, line, sizeof line);
  assert_string_equal(line, "0:00:03  0 inputs/s  0 inputs  0 findings");
}

static void test_the_progress_line_fits_its_width(void **state) {
  (void)state;
  char line[512];
  struct progress progress = {72, 600, 51204.4, 614448, 214, 812, 1, 3.9};
  for (int width = 20; width < 160; ++width) {
    progress_print(&progress, plain, width, line, sizeof line);
    assert_in_range(strlen(line), 1, width);
    assert_non_null(strstr(line, "1 finding"));
  }
  progress_print(&progress, plain, 80, line, sizeof line);
  assert_string_equal(line, "0:01:12 / 0:10:00  51,204 inputs/s  coverage 812  1 finding  last new 3.0 s ago");
}

static void test_numbers_and_times_are_written_for_people(void **state) {
  (void)state;
  char text[TEXT_SIZE];
  assert_string_equal(text_count(0, text), "0");
  assert_string_equal(text_count(999, text), "999");
  assert_string_equal(text_count(1000, text), "1,000");
  assert_string_equal(text_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
  assert_string_equal(text_things(0, "new key", text), "0 new keys");
  assert_string_equal(text_things(1, "new key", text), "1 new key");
  assert_string_equal(text_things(1204, "input", text), "1,204 inputs");
  assert_true(strlen(text_things(UINT64_MAX, "thing whose name is too long to fit, so that it is cut", text)) <
              TEXT_SIZE);
  assert_string_equal(text_span(0.34, text), "340 ms");
  assert_string_equal(text_span(0.9999, text), "1.0 s");
  assert_string_equal(text_span(59.97, text), "1 min 0 s");
  assert_string_equal(text_span(200, text), "3 min 20 s");
  assert_string_equal(text_span(5 * 3600 + 180, text), "5 h 3 min");
  assert_string_equal(text_span(50 * 3600, text), "2 d 2 h");
  assert_string_equal(text_bytes(42, text), "42 B");
  assert_string_equal(text_bytes(1536, text), "1.5 KiB");
}

/* --- exposure -------------------------------------------------------------------------------------------------- */

static struct finding_span span(uint64_t inputs, double wall_s) {
  return (struct finding_span){inputs, inputs * 4, wall_s * 2, wall_s};
}

static void test_exposure_grows_evenly_between_samples(void **state) {
  (void)state;
  static struct exposure exposure;
  exposure_begin(&exposure, span(0, 0), 0, -1);
  exposure_add(&exposure, span(1000, 1), 0);
  exposure_add(&exposure, span(3000, 2), 0);
  assert_int_equal(exposure_at(&exposure, 0.5).inputs, 500);
  assert_int_equal(exposure_at(&exposure, 1.5).inputs, 2000);
  assert_int_equal(exposure_at(&exposure, 9).inputs, 3000);
  assert_int_equal(exposure_at(&exposure, 1.25).operations, 6000);
}

static void test_a_clock_counts_from_the_maps_last_failure(void **state) {
  (void)state;
  static struct exposure exposure;
  struct finding_clock none = {.known = false};
  exposure_begin(&exposure, span(0, 0), 0, -1);
  struct finding_clock clock = exposure_clock(&exposure, 0, &none);
  assert_int_equal(clock.last_failure.inputs, 0);
  exposure_add(&exposure, span(1000, 1), 0);
  clock = exposure_clock(&exposure, 1, &none);
  assert_int_equal(clock.begun.inputs, 1000);
  assert_int_equal(clock.last_failure.inputs, 1000); /* none yet: since the beginning */
  exposure_add(&exposure, span(2000, 2), 1);
  exposure_add(&exposure, span(3000, 3), 1);
  clock = exposure_clock(&exposure, 3, &none);
  assert_int_equal(clock.begun.inputs, 3000);
  assert_int_equal(clock.last_failure.inputs, 1000);
  assert_true(clock.last_failure.wall_s == 1);
  /* The worker knows of one that the samples do not show yet, and its own share is part of the whole. */
  struct finding_clock worker = {true, {3100, 12400, 1, 3}, {50, 200, 0.1, 0.25}};
  clock = exposure_clock(&exposure, 3, &worker);
  assert_int_equal(clock.begun.inputs, 3100);
  assert_int_equal(clock.last_failure.inputs, 350);
  assert_true(clock.last_failure.wall_s == 0.25);
}

static void test_history_forgets_the_oldest(void **state) {
  (void)state;
  static struct exposure exposure;
  exposure_begin(&exposure, span(0, 0), 0, -1);
  for (unsigned i = 1; i < 3 * EXPOSURE_SAMPLES; ++i)
    exposure_add(&exposure, span(i * 10, i), 0);
  assert_int_equal(exposure_at(&exposure, 3 * EXPOSURE_SAMPLES - 1).inputs, (3 * EXPOSURE_SAMPLES - 1) * 10);
  assert_int_equal(exposure_at(&exposure, 0).inputs, 2 * EXPOSURE_SAMPLES * 10);
}

/* --- ledger --------------------------------------------------------------------------------------------------- */

static struct finding store(const char *input) {
  struct finding finding = scratch_finding(input);
  struct finding_error error;
  assert_int_equal(finding_write("out/findings", &finding, 3, &error), FINDING_WRITTEN);
  return finding;
}

static void test_counts_and_names_outlive_a_session(void **state) {
  (void)state;
  struct ledger ledger;
  bool fresh;
  ledger_open(&ledger, "out", "gomap", no_complaint, NULL);
  struct finding finding = store("a");
  struct ledger_key *key = ledger_learn(&ledger, 0xbeef, finding.key, &fresh, no_complaint, NULL);
  assert_true(fresh);
  key->uncounted = 2;
  ledger_learn(&ledger, 0xcafe, finding.key, &fresh, no_complaint, NULL);
  assert_false(fresh);
  ledger_count_begin(&ledger);
  ledger_count(&ledger, 0xbeef, 10);
  ledger_count(&ledger, 0xcafe, 5);
  ledger_count(&ledger, 0x1111, 99); /* not known yet */
  assert_int_equal(ledger_count_end(&ledger, true), 0);
  assert_int_equal(finding_count_read("out", finding.key), 17);
  struct ledger_totals totals = {.span = {100, 400, 1.5, 2.5}, .failing_inputs = 17, .last_failure_s = 2.25};
  assert_int_equal(ledger_save(&ledger, &totals, true), 0);
  ledger_close(&ledger);

  ledger_open(&ledger, "out", "gomap", no_complaint, NULL);
  assert_int_equal(ledger.sessions, 2);
  assert_int_equal(ledger.before.span.inputs, 100);
  assert_true(ledger.before.span.wall_s == 2.5);
  assert_true(ledger.before.last_failure_s == 2.25);
  assert_int_equal(ledger_findings(&ledger), 1);
  assert_string_equal(ledger_find_raw(&ledger, 0xbeef)->summary.key, finding.key);
  assert_string_equal(ledger_find_raw(&ledger, 0xcafe)->summary.key, finding.key);
  assert_null(ledger_find_raw(&ledger, 0x1111));
  ledger_count_begin(&ledger);
  ledger_count(&ledger, 0xbeef, 11);
  ledger_count(&ledger, 0xcafe, 5);
  assert_int_equal(ledger_count_end(&ledger, true), 0);
  assert_int_equal(finding_count_read("out", finding.key), 18);
  ledger_close(&ledger);
}

static void test_another_maps_totals_are_passed_on(void **state) {
  (void)state;
  struct ledger ledger;
  struct ledger_totals totals = {.span = {7, 0, 0, 0}, .last_failure_s = -1};
  assert_int_equal(files_make_directories("out"), 0);
  ledger_open(&ledger, "out", "rwmap", no_complaint, NULL);
  assert_int_equal(ledger_save(&ledger, &totals, true), 0);
  ledger_close(&ledger);
  totals.span.inputs = 9;
  ledger_open(&ledger, "out", "gomap", no_complaint, NULL);
  assert_int_equal(ledger.before.span.inputs, 0);
  assert_int_equal(ledger_save(&ledger, &totals, true), 0);
  ledger_close(&ledger);
  ledger_open(&ledger, "out", "rwmap", no_complaint, NULL);
  assert_int_equal(ledger.before.span.inputs, 7);
  assert_true(ledger.before.last_failure_s < 0);
  ledger_close(&ledger);
}

static void test_a_corrupt_campaign_file_costs_no_finding_and_no_count(void **state) {
  (void)state;
  struct ledger ledger;
  int complaints = 0;
  struct finding finding = store("a");
  assert_int_equal(finding_count_write("out", finding.key, 40, true), 0);
  assert_int_equal(files_replace("out/campaign.json", "{\"version\": 1, \"ma", 18, true), 0);
  ledger_open(&ledger, "out", "gomap", count_complaints, &complaints);
  assert_int_equal(complaints, 1);
  assert_int_equal(ledger_findings(&ledger), 1);
  ledger_count_begin(&ledger);
  assert_int_equal(ledger_count_end(&ledger, true), 0);
  assert_int_equal(finding_count_read("out", finding.key), 40);
  assert_int_equal(access("out/campaign.json.corrupt", F_OK), 0);
  ledger_close(&ledger);
}

static void test_a_count_below_none_is_none(void **state) {
  (void)state;
  struct ledger ledger;
  char text[128];
  struct finding finding = store("a");
  int size = snprintf(text, sizeof text, "{\"version\": 1, \"uncounted\": {\"%s\": -5}}", finding.key);
  assert_int_equal(files_replace("out/campaign.json", text, (size_t)size, true), 0);
  ledger_open(&ledger, "out", "gomap", no_complaint, NULL);
  ledger_count_begin(&ledger);
  ledger_count(&ledger, 0xdeadbeef, 3);
  assert_int_equal(ledger_count_end(&ledger, true), 0);
  assert_int_equal(finding_count_read("out", finding.key), 3);
  ledger_close(&ledger);
}

static void test_stored_findings_tell_their_raw_names_themselves(void **state) {
  (void)state;
  struct ledger ledger;
  struct finding finding = store("a");
  ledger_open(&ledger, "out", "gomap", no_complaint, NULL); /* no campaign.json: killed, or the disk was full */
  struct ledger_key *key = ledger_find_raw(&ledger, 0xdeadbeef);
  assert_non_null(key);
  assert_string_equal(key->summary.key, finding.key);
  ledger_close(&ledger);
}

/* --- crash reports -------------------------------------------------------------------------------------------- */

static void test_stacks_of_a_report_are_read(void **state) {
  (void)state;
  static struct frame frames[FINDING_STACKS_MAX * STACK_FRAMES_MAX];
  struct finding_stack stacks[FINDING_STACKS_MAX];
  char report[] = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x55 bp 0x7f\n"
                  "READ of size 8 at 0x602 thread T0\n"
                  "    #0 0x55d0 in gomap_get map/gomap.c:120:3\n"
                  "    #1 0x55d1 in run_task harness/target/run.c:9:1\n"
                  "\n"
                  "0x602 is located 16 bytes inside of 272-byte region\n"
                  "freed by thread T0 here:\n"
                  "    #0 0x55d2 in free (/b/heddle_gomap_asan+0xa1) (BuildId: 00ff)\n"
                  "    #1 0x55d3 in gomap_clear map/gomap.c:400\n"
                  "\n"
                  "previously allocated by thread T0 here:\n"
                  "    #0 0x55d4  (/b/heddle_gomap_asan+0x2b) (BuildId: 00ff)\n"
                  "\n"
                  "SUMMARY: AddressSanitizer: heap-use-after-free map/gomap.c:120:3 in gomap_get\n";
  assert_int_equal(crash_read_stacks(report, stacks, frames), 3);
  assert_int_equal(stacks[0].role, FINDING_ACCESS);
  assert_int_equal(stacks[0].frame_count, 2);
  assert_string_equal(stacks[0].frames[0].function, "gomap_get");
  assert_string_equal(stacks[0].frames[0].file, "map/gomap.c");
  assert_int_equal(stacks[0].frames[0].line, 120);
  assert_int_equal(stacks[0].frames[0].column, 3);
  assert_int_equal(stacks[1].role, FINDING_FREE);
  assert_string_equal(stacks[1].frames[0].function, "free");
  assert_int_equal(stacks[1].frames[0].offset, 0xa1);
  assert_ptr_equal(stack_top(stacks[1].frames, 2), &stacks[1].frames[1]);
  assert_int_equal(stacks[1].frames[1].line, 400);
  assert_int_equal(stacks[1].frames[1].column, 0);
  assert_int_equal(stacks[2].role, FINDING_ALLOC);
  assert_string_equal(stacks[2].frames[0].function, "");
  assert_string_equal(stacks[2].frames[0].module, "/b/heddle_gomap_asan");
  assert_int_equal(stacks[2].frames[0].offset, 0x2b);
}

static void test_a_race_report_gives_both_accesses(void **state) {
  (void)state;
  static struct frame frames[FINDING_STACKS_MAX * STACK_FRAMES_MAX];
  struct finding_stack stacks[FINDING_STACKS_MAX];
  char report[] = "WARNING: ThreadSanitizer: data race (pid=7)\n"
                  "  Write of size 8 at 0x7b by thread T1:\n"
                  "    #0 gomap_put map/gomap.c:210:7 (heddle_gomap_tsan+0x1234) (BuildId: 00ff)\n"
                  "\n"
                  "  Previous read of size 8 at 0x7b by main thread:\n"
                  "    #0 gomap_get map/gomap.c:120:3 (heddle_gomap_tsan+0x2000)\n"
                  "\n"
                  "  Thread T1 (tid=9, running) created by main thread at:\n"
                  "    #0 pthread_create <null> (heddle_gomap_tsan+0x3000)\n";
  assert_int_equal(crash_read_stacks(report, stacks, frames), 3);
  assert_int_equal(stacks[0].role, FINDING_ACCESS);
  assert_string_equal(stacks[0].frames[0].function, "gomap_put");
  assert_int_equal(stacks[0].frames[0].offset, 0x1234);
  assert_int_equal(stacks[1].role, FINDING_PREVIOUS);
  assert_string_equal(stacks[1].frames[0].function, "gomap_get");
  assert_int_equal(stacks[2].role, FINDING_CREATED);
  assert_string_equal(stacks[2].frames[0].file, "");
}

static void test_odd_reports_do_no_harm(void **state) {
  (void)state;
  static struct frame frames[FINDING_STACKS_MAX * STACK_FRAMES_MAX];
  struct finding_stack stacks[FINDING_STACKS_MAX];
  static const char *const odd[] = {"",     "#",      "#0",        "#0 ",          "    #1 0x",   "#0 0x55 in ",
                                    "#0 (", "#0 f :", "#0 f ::1:", "#0 f x:y:z:1", "#0 f (m+0x)", "#0 (+0x1)"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
    char report[64];
    snprintf(report, sizeof report, "%s", odd[i]);
    assert_in_range(crash_read_stacks(report, stacks, frames), 0, 1);
  }
  /* More stacks, and deeper ones, than there is room for. */
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int stack = 0; stack < 50; ++stack) {
    fputs("freed by thread T0 here:\n", out);
    for (int frame = 0; frame < 100; ++frame)
      fprintf(out, "    #%d 0x55 in f map/gomap.c:1:1\n", frame);
  }
  fclose(out);
  assert_int_equal(crash_read_stacks(text, stacks, frames), FINDING_STACKS_MAX);
  assert_int_equal(stacks[7].frame_count, STACK_FRAMES_MAX);
  free(text);
}

/* --- targets and workers -------------------------------------------------------------------------------------- */

static void test_a_verdict_is_found_among_other_output(void **state) {
  (void)state;
  struct target_verdict verdict;
  const char *good =
      "hello\n{not json}\n{\"digest\":\"0123456789abcdef\",\"points\":9,\"switches\":2,\"operations\":3,"
      "\"outcome\":\"completed\",\"failures\":[{\"key\":\"00000000000000aa\",\"raw\":\"00000000000000bb\","
      "\"kind\":\"data-race\",\"sites\":[\"a x.c:1\",\"b y.c:2\"]}]}";
  assert_true(target_parse_verdict(good, strlen(good), &verdict));
  assert_string_equal(verdict.digest, "0123456789abcdef");
  assert_int_equal(verdict.points, 9);
  assert_int_equal(verdict.failure_count, 1);
  assert_string_equal(verdict.failures[0].raw, "00000000000000bb");
  assert_string_equal(verdict.failures[0].sites[1], "b y.c:2");
  assert_non_null(target_find_failure(&verdict, "00000000000000aa"));
  assert_null(target_find_failure(&verdict, "00000000000000bb"));
  target_free_verdict(&verdict);
  static const char *const bad[] = {"", "{}", "{\"digest\":\"0123456789abcdef\"}",
                                    "{\"digest\":\"0123456789abcdef\",\"failures\":[{\"key\":\"zz\"}]}",
                                    "{\"digest\":\"0123456789abcdef\",\"failures\":[7]}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
    assert_false(target_parse_verdict(bad[i], strlen(bad[i]), &verdict));
}

static void test_a_workers_name_tells_map_and_flavour(void **state) {
  (void)state;
  struct worker worker;
  assert_true(worker_open(&worker, "out", "gomap-tsan-12"));
  assert_string_equal(worker.map, "gomap");
  assert_string_equal(worker.flavour, "tsan");
  assert_string_equal(worker.folder, "out/workers/gomap-tsan-12");
  assert_false(worker_open(&worker, "out", "."));
  assert_false(worker_open(&worker, "out", "gomap-tsan"));
  assert_false(worker_open(&worker, "out", "gomap-tsan-1x"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_progress_line_tells_all_in_a_wide_terminal),
      cmocka_unit_test(test_the_progress_line_fits_its_width),
      cmocka_unit_test(test_numbers_and_times_are_written_for_people),
      cmocka_unit_test(test_exposure_grows_evenly_between_samples),
      cmocka_unit_test(test_a_clock_counts_from_the_maps_last_failure),
      cmocka_unit_test(test_history_forgets_the_oldest),
      cmocka_unit_test_setup_teardown(test_counts_and_names_outlive_a_session, enter, leave),
      cmocka_unit_test_setup_teardown(test_another_maps_totals_are_passed_on, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_corrupt_campaign_file_costs_no_finding_and_no_count, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_count_below_none_is_none, enter, leave),
      cmocka_unit_test_setup_teardown(test_stored_findings_tell_their_raw_names_themselves, enter, leave),
      cmocka_unit_test(test_stacks_of_a_report_are_read),
      cmocka_unit_test(test_a_race_report_gives_both_accesses),
      cmocka_unit_test(test_odd_reports_do_no_harm),
      cmocka_unit_test(test_a_verdict_is_found_among_other_output),
      cmocka_unit_test(test_a_workers_name_tells_map_and_flavour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
