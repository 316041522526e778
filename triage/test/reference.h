/* Reads the reference data sets in triage/test/reliability/: published samples, and what must come of them, computed
 * elsewhere to 15 digits. */
#ifndef TRIAGE_TEST_REFERENCE_H
#define TRIAGE_TEST_REFERENCE_H

#include <glob.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/reliability/times.h"

#define NEAR(have, want, relative)                                                                                     \
  do {                                                                                                                 \
    double have_ = (have), want_ = (want);                                                                             \
    if (have_ != want_ && !(fabs(have_ - want_) <= (relative) * fabs(want_)))                                          \
      fail_msg("%s is %.17g, not %.17g", #have, have_, want_);                                                         \
  } while (0)

static inline json_t *reference_open(const char *name) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/triage/test/reliability/%s.json", HEDDLE_SOURCE_DIR, name);
  json_t *root = json_load_file(path, 0, NULL);
  if (!root)
    fail_msg("no reference %s", path);
  return root;
}

/* The number at `path`, names apart by dots; NAN for null. */
static inline double reference_number(const json_t *node, const char *path) {
  char copy[256];
  (void)snprintf(copy, sizeof copy, "%s", path);
  char *rest = NULL;
  for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest)) {
    const json_t *next =
        json_is_array(node) ? json_array_get(node, strtoul(name, NULL, 10)) : json_object_get(node, name);
    if (!next)
      fail_msg("the reference has no %s", path);
    node = next;
  }
  return json_is_null(node) ? NAN : json_number_value(node);
}

/* The rows of a sample, times `scale`; free with reference_free. */
static inline struct times reference_times(const json_t *root, double scale) {
  json_t *data = json_object_get(root, "data");
  size_t n = json_array_size(data);
  double *time = malloc(n * sizeof *time);
  unsigned char *event = malloc(n);
  uint64_t *count = malloc(n * sizeof *count);
  for (size_t i = 0; i < n; i++) {
    json_t *row = json_array_get(data, i);
    time[i] = reference_number(row, "t") * scale;
    event[i] = (unsigned char)reference_number(row, "event");
    count[i] = (uint64_t)reference_number(row, "count");
  }
  return (struct times){time, event, count, n};
}

static inline void reference_free(struct times *times) {
  free((void *)times->time);
  free((void *)times->event);
  free((void *)times->count);
}

typedef void (*reference_check)(const char *name, const json_t *root, const struct times *times, double scale);

/* Calls `check` with every sample, its times in every unit; returns how many samples there are. */
static inline size_t reference_each_sample(reference_check check, const double *scales, size_t units) {
  glob_t found;
  assert_int_equal(glob(HEDDLE_SOURCE_DIR "/triage/test/reliability/*.json", 0, NULL, &found), 0);
  size_t samples = 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    char name[128];
    (void)snprintf(name, sizeof name, "%s", strrchr(found.gl_pathv[i], '/') + 1);
    *strrchr(name, '.') = '\0';
    json_t *root = reference_open(name);
    bool is_sample = json_object_get(root, "data") != NULL;
    samples += is_sample;
    for (size_t k = 0; is_sample && k < units; k++) {
      struct times times = reference_times(root, scales[k]);
      check(name, root, &times, scales[k]);
      reference_free(&times);
    }
    json_decref(root);
  }
  globfree(&found);
  return samples;
}

#endif
