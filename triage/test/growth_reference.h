/* growth_reference.h - for tests: arrivals among the reference data sets, and a comparison that names what is off.
 * Include after cmocka.h. */
#ifndef HEDDLE_TRIAGE_TEST_GROWTH_REFERENCE_H
#define HEDDLE_TRIAGE_TEST_GROWTH_REFERENCE_H

#include <string.h>

#include "reference.h"
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

/* Numbers in an array, times `scale`; summed up if they are gaps.  To be freed. */
static inline double *growth_times(const json_t *array, double scale, int gaps, size_t *count) {
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
static inline struct arrivals growth_arrivals(const json_t *file, double scale) {
  struct arrivals arrivals = {.truncation = ARRIVALS_FAILURE};
  arrivals.times = growth_times(json_object_get(file, "times"), scale, 0, &arrivals.count);
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
