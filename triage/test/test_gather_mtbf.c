/* A report's estimates out of a store: each map's own, on the clock of inputs, by groups of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "triage/cmd/gather.h"
#include "triage/test/test_store.h"

static int64_t put_campaign(struct store *store, const char *source, const char *map, uint64_t inputs) {
  struct store_campaign campaign = {
      .source = source, .map = map, .flavour = "tsan", .engine = "libfuzzer", .span = {.inputs = inputs}};
  struct finding_error error;
  int64_t id = 0;
  assert_true(store_put_campaign(store, &campaign, NOW, &id, &error));
  return id;
}

static void put(struct store *store, const char *key, const char *map, int64_t campaign, uint64_t inputs) {
  static uint64_t index;
  struct store_occurrence occurrence = store_sample(key, index++);
  occurrence.map = map;
  occurrence.campaign = campaign;
  occurrence.clock.begun.inputs = inputs;
  store_must_put(store, &occurrence, NOW);
}

static void accept(struct store *store, const char *a, const char *b) {
  struct store_decision decision = {.verdict = STORE_ACCEPT, .reason = "one lock", .decided_s = NOW};
  struct finding_error error;
  snprintf(decision.key_a, sizeof decision.key_a, "%s", a);
  snprintf(decision.key_b, sizeof decision.key_b, "%s", b);
  assert_true(store_decide(store, &decision, &error));
}

/* Two campaigns of gomap, 1,000 and 500 inputs long, one of rwmap, and KEY_A, which both maps show. */
static void fill(struct store *store) {
  int64_t second = put_campaign(store, "b", "gomap", 500), other = put_campaign(store, "c", "rwmap", 2000);
  int64_t first = put_campaign(store, "a", "gomap", 1000);
  put(store, KEY_A, "gomap", first, 100); /* stands after the second, which came in before it: 600 */
  put(store, KEY_A, "gomap", second, 40);
  put(store, KEY_A, "gomap", second, 60);
  put(store, KEY_A, "gomap", second, 10);
  put(store, KEY_B, "gomap", first, 300); /* 800 */
  put(store, KEY_C, "gomap", second, 70);
  put(store, KEY_C, "gomap", first, 900); /* 1400 */
  put(store, KEY_A, "rwmap", other, 7);
}

static struct gathered gather_all(struct store *store) {
  struct gather_options options = {.now_s = NOW, .store_name = "some.db"};
  struct gathered gathered;
  struct finding_error error;
  if (!gather(store, &options, &gathered, &error))
    fail_msg("%s", error.text);
  return gathered;
}

static void assert_times(const struct mtbf *mtbf, const double *times, size_t count, double end) {
  assert_int_equal(mtbf->arrivals.count, count);
  for (size_t i = 0; i < count; i++)
    assert_true(mtbf->arrivals.times[i] == times[i]);
  assert_true(mtbf->arrivals.end == end && mtbf->estimate->exposure == end);
}

static void test_each_map_has_its_estimate(void **state) {
  (void)state;
  char *folder = scratch_enter();
  struct store *store = store_must_open(STORE_CREATE);
  fill(store);
  struct gathered gathered = gather_all(store);
  const struct report *report = &gathered.report;
  assert_int_equal(report->mtbf_count, 2);
  assert_string_equal(report->mtbf[0].map, "gomap");
  assert_string_equal(report->mtbf[0].source, "some.db");
  assert_string_equal(report->mtbf[0].unit, "inputs");
  assert_times(&report->mtbf[0], (double[]){10, 70, 800}, 3, 1500);
  assert_true(report->mtbf[0].estimate->f1 == 1 && report->mtbf[0].estimate->f2 == 1);
  static const double seen[3][3] = {{10, 40, 60}, {70, 1400, INFINITY}, {800, INFINITY, INFINITY}};
  static const char *const keys[] = {KEY_A, KEY_C, KEY_B};
  for (size_t i = 0; i < 3; i++) {
    assert_memory_equal(report->mtbf[0].sightings[i].at, seen[i], sizeof seen[i]);
    assert_string_equal(report->mtbf[0].keys[i], keys[i]);
  }
  assert_int_equal(report->mtbf[0].begin_count, 1);
  assert_true(report->mtbf[0].begins[0] == 500);
  assert_string_equal(report->mtbf[1].map, "rwmap");
  assert_times(&report->mtbf[1], (double[]){7}, 1, 2000);
  gather_free(&gathered);
  store_close(store);
  scratch_leave(folder);
}

static void test_a_group_is_one_bug(void **state) {
  (void)state;
  char *folder = scratch_enter();
  struct store *store = store_must_open(STORE_CREATE);
  fill(store);
  accept(store, KEY_B, KEY_C);
  struct gathered gathered = gather_all(store);
  assert_times(&gathered.report.mtbf[0], (double[]){10, 70}, 2, 1500);
  assert_true(gathered.report.mtbf[0].estimate->f1 == 0 && gathered.report.mtbf[0].estimate->f2 == 0);
  gather_free(&gathered);
  store_close(store);
  scratch_leave(folder);
}

static void test_a_store_without_campaigns_has_no_estimate(void **state) {
  (void)state;
  char *folder = scratch_enter();
  struct store *store = store_must_open(STORE_CREATE);
  put(store, KEY_A, "gomap", 0, 5);
  struct gathered gathered = gather_all(store);
  assert_int_equal(gathered.report.mtbf_count, 0);
  assert_int_equal(gathered.report.bug_count, 1);
  gather_free(&gathered);
  store_close(store);
  scratch_leave(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_map_has_its_estimate),
                                     cmocka_unit_test(test_a_group_is_one_bug),
                                     cmocka_unit_test(test_a_store_without_campaigns_has_no_estimate)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
