/* What was found once tells of what was not found: against known figures, against the definitions, and at the ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "growth_reference.h"
#include "triage/reliability/discovery.h"

#define TOLERANCE 1e-10

static struct discovery_counts count_set(const json_t *array) {
  size_t count = json_array_size(array);
  uint64_t *sightings = calloc(count, sizeof *sightings);
  assert_non_null(sightings);
  for (size_t i = 0; i < count; i++)
    sightings[i] = (uint64_t)json_integer_value(json_array_get(array, i));
  struct discovery_counts counts = discovery_count(sightings, count);
  free(sightings);
  return counts;
}

static void check_richness(const char *name, const struct discovery_counts *counts, const json_t *expected) {
  struct discovery_richness richness = discovery_richness(counts);
  const struct {
    const char *key;
    double value;
  } figures[] = {
      {"n", counts->n},
      {"S", counts->found},
      {"f1", counts->f1},
      {"f2", counts->f2},
      {"good_turing_discovery_prob", richness.discovery_probability},
      {"coverage_good_turing", richness.coverage_good_turing},
      {"coverage_chao_jost", richness.coverage_chao_jost},
      {"f0_chao1", richness.unseen_chao1},
      {"chao1", richness.total_chao1},
      {"chao1_bias_corrected", richness.total_chao1_corrected},
  };
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
    assert_near(name, figures[i].key, figures[i].value, reference_number(expected, figures[i].key), TOLERANCE);
  const char *more;
  json_t *value;
  json_object_foreach(json_object_get(expected, "extrapolated_new_species"), more, value) assert_near(
      name, "extrapolated", discovery_extrapolate(counts, strtod(more, NULL)), json_number_value(value), TOLERANCE);
}

static void test_published_samples(void **state) {
  (void)state;
  json_t *file = reference_open("species_estimators");
  size_t index;
  json_t *set;
  assert_true(json_array_size(file) >= 5);
  json_array_foreach(file, index, set) {
    struct discovery_counts counts = count_set(json_object_get(set, "counts"));
    check_richness(json_string_value(json_object_get(set, "name")), &counts, json_object_get(set, "expected"));
  }
  json_decref(file);
}

static void test_nothing_seen(void **state) {
  (void)state;
  struct discovery_counts counts = discovery_count(NULL, 0);
  struct discovery_richness richness = discovery_richness(&counts);
  assert_true(isnan(richness.discovery_probability) && isnan(richness.coverage_chao_jost) &&
              isnan(richness.total_chao1));
  assert_true(isnan(discovery_extrapolate(&counts, 10)));
  static const uint64_t zeros[] = {0, 0, 3, 0, 1};
  counts = discovery_count(zeros, 5);
  assert_true(counts.n == 4 && counts.found == 2 && counts.f1 == 1 && counts.f2 == 0);
  assert_true(isnan(discovery_extrapolate(&counts, -1)) && isnan(discovery_extrapolate(&counts, NAN)));
}

/* Ten bugs seen once and none twice is a Poisson count of ten, whose exact interval is in every table: 4.7954, 18.3904.
 */
static void test_without_doubletons_the_interval_is_poissons(void **state) {
  (void)state;
  for (size_t i = 0; i < GROWTH_SCALES; i++) {
    double exposure = 5000 * growth_scales[i];
    struct discovery_residual residual = discovery_residual(exposure, 10, 0, .95);
    assert_near("ten", "mtbf", residual.mtbf, 500 * growth_scales[i], 1e-15);
    assert_near("ten", "rate_lower", residual.rate_lower * exposure, 4.795389, 1e-6);
    assert_near("ten", "rate_upper", residual.rate_upper * exposure, 18.390356, 1e-6);
    assert_near("ten", "mtbf_lower", residual.mtbf_lower, 1 / residual.rate_upper, 1e-15);
    assert_near("ten", "mtbf_upper", residual.mtbf_upper, 1 / residual.rate_lower, 1e-15);
  }
}

static void test_doubletons_stretch_the_interval(void **state) {
  (void)state;
  struct discovery_residual narrow = discovery_residual(100, 30, 0, .95), wide = discovery_residual(100, 30, 45, .95);
  assert_true(narrow.mtbf == wide.mtbf);
  assert_near("wide", "below", wide.rate - wide.rate_lower, 2 * (narrow.rate - narrow.rate_lower), TOLERANCE);
  assert_near("wide", "above", wide.rate_upper - wide.rate, 2 * (narrow.rate_upper - narrow.rate), TOLERANCE);
  assert_true(discovery_residual(100, 30, 45, .99).mtbf_lower < wide.mtbf_lower);
}

static void test_no_upper_bound_where_there_is_none(void **state) {
  (void)state;
  /* Nothing seen just once, ever: only what exponential arrivals would say after a time without any. */
  struct discovery_residual none = discovery_residual(100, 0, 0, .95);
  assert_true(none.rate == 0 && isinf(none.mtbf) && isinf(none.mtbf_upper) && none.rate_lower == 0);
  assert_near("none", "mtbf_lower", none.mtbf_lower, 100 / -log(.025), TOLERANCE);
  assert_near("none", "seen twice", discovery_residual(100, 0, 4, .95).mtbf_lower, none.mtbf_lower / 3, TOLERANCE);
  /* One seen once among many seen twice: all may be found. */
  struct discovery_residual few = discovery_residual(100, 1, 20, .95);
  assert_true(few.mtbf == 100 && few.rate_lower == 0 && isinf(few.mtbf_upper) && few.mtbf_lower > 0);
}

static void test_bad_arguments_give_no_number(void **state) {
  (void)state;
  static const double bad[][4] = {{0, 1, 1, .95},     {-1, 1, 1, .95},       {NAN, 1, 1, .95}, {INFINITY, 1, 1, .95},
                                  {1, -1, 1, .95},    {1, NAN, 1, .95},      {1, 1, NAN, .95}, {1, 1, -1, .95},
                                  {1, 1e300, 1, .95}, {1, 1, INFINITY, .95}, {1, 1, 1, 0},     {1, 1, 1, 1},
                                  {1, 1, 1, NAN}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct discovery_residual residual = discovery_residual(bad[i][0], bad[i][1], bad[i][2], bad[i][3]);
    assert_true(isnan(residual.rate) && isnan(residual.rate_lower) && isnan(residual.rate_upper));
    assert_true(isnan(residual.mtbf) && isnan(residual.mtbf_lower) && isnan(residual.mtbf_upper));
  }
}

static void test_what_was_seen_by_when(void **state) {
  (void)state;
  struct discovery_sightings bugs[3];
  for (size_t i = 0; i < 3; i++)
    bugs[i] = (struct discovery_sightings){{INFINITY, INFINITY, INFINITY}};
  const double first[] = {30, 10, 20, 40}; /* in any order; the fourth says nothing more */
  for (size_t i = 0; i < 4; i++)
    discovery_note(&bugs[0], first[i]);
  discovery_note(&bugs[1], 15);
  discovery_note(&bugs[1], 25);
  discovery_note(&bugs[2], 25);
  const double sorted[] = {10, 20, 30};
  assert_memory_equal(bugs[0].at, sorted, sizeof sorted);
  static const struct {
    double moment, f1, f2;
  } cases[] = {{9, 0, 0}, {10, 1, 0}, {15, 2, 0}, {20, 1, 1}, {25, 1, 2}, {30, 1, 1}, {1e300, 1, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct discovery_once_twice counts = discovery_by(bugs, 3, cases[i].moment);
    assert_true(counts.f1 == cases[i].f1 && counts.f2 == cases[i].f2);
  }
  assert_true(discovery_by(NULL, 0, 5).f1 == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_samples),
      cmocka_unit_test(test_what_was_seen_by_when),
      cmocka_unit_test(test_nothing_seen),
      cmocka_unit_test(test_without_doubletons_the_interval_is_poissons),
      cmocka_unit_test(test_doubletons_stretch_the_interval),
      cmocka_unit_test(test_no_upper_bound_where_there_is_none),
      cmocka_unit_test(test_bad_arguments_give_no_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
