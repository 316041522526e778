/* growth_reference.h - for tests: the data sets in triage/test/reliability/ with what is expected of them, and
 * comparisons that name what is off.  Include after cmocka.h. */
#ifndef HEDDLE_TRIAGE_TEST_GROWTH_REFERENCE_H
#define HEDDLE_TRIAGE_TEST_GROWTH_REFERENCE_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/reliability/arrivals.h"

/* Units that nothing may depend on. */
static const double growth_scales[] = {1e-6, 1e-3, 1, 60, 1e9};
#define GROWTH_SCALES (sizeof growth_scales / sizeof *growth_scales)

/* Arrivals with a power law's and the trend tests' figures. */
static const char *const growth_sets[] = {
    "crow_grampus",
    "crow_halfbeak",
    "crow_mil_hdbk_189_1981_appC_27",
    "crow_mil_hdbk_189_ex1_46",
    "crow_musa_sys1",
    "crow_nasa_23",
    "crow_nist_apr452",
    "crow_ntds26",
    "crow_python_reliability_test",
    "crow_rga_22failures",
};
#define GROWTH_SETS (sizeof growth_sets / sizeof *growth_sets)

/* The whole file; json_decref ends it. */
static inline json_t *reference_load(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/triage/test/reliability/%s.json", HEDDLE_SOURCE_DIR, name);
  json_error_t error;
  json_t *file = json_load_file(path, 0, &error);
  if (!file)
    fail_msg("%s:%d: %s", path, error.line, error.text);
  return file;
}

static inline double reference_number(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  if (!json_is_number(value))
    fail_msg("the reference has no number %s", key);
  return json_number_value(value);
}

/* Numbers in an array, times `scale`; summed up if they are gaps.  To be freed. */
static inline double *reference_times(const json_t *array, double scale, int gaps, size_t *count) {
  *count = json_array_size(array);
  assert_true(*count > 0);
  double *times = calloc(*count, sizeof *times), sum = 0;
  assert_non_null(times);
  for (size_t i = 0; i < *count; i++) {
    double value = json_number_value(json_array_get(array, i));
    sum = gaps ? sum + value : value;
    times[i] = sum * scale;
  }
  return times;
}

/* The arrivals of a crow_* set in a unit of their own; their `times` are to be freed. */
static inline struct arrivals reference_arrivals(const json_t *file, double scale) {
  struct arrivals arrivals = {.truncation = ARRIVALS_FAILURE};
  arrivals.times = reference_times(json_object_get(file, "times"), scale, 0, &arrivals.count);
  if (!json_is_null(json_object_get(file, "T"))) {
    arrivals.truncation = ARRIVALS_TIME;
    arrivals.end = reference_number(file, "T") * scale;
  }
  return arrivals;
}

/* `actual` is `expected` within `tolerance`, relative to it. */
static inline void assert_near(const char *set, const char *what, double actual, double expected, double tolerance) {
  if (actual == expected || fabs(actual - expected) <= tolerance * fabs(expected))
    return;
  fail_msg("%s: %s is %.17g, not %.17g: off by %.2g", set, what, actual, expected, actual / expected - 1);
}

#endif
