/* scratch.h - for tests: a folder of their own, and a finding to store in it. */
#ifndef HEDDLE_TRIAGE_TEST_SCRATCH_H
#define HEDDLE_TRIAGE_TEST_SCRATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/finding/files.h"
#include "triage/finding/finding.h"

/* Makes the folder and goes there; scratch_leave removes it. */
static inline char *scratch_enter(void) {
  static char folder[PATH_MAX];
  const char *above = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/heddle-test-XXXXXX", above ? above : "/tmp");
  if (!mkdtemp(folder) || chdir(folder) < 0)
    abort();
  return folder;
}

static inline void scratch_leave(const char *folder) {
  if (chdir("/") == 0)
    files_remove(folder);
}

/* A race with everything set, found in `input`. */
static inline struct finding scratch_finding(const char *input) {
  static const struct frame put[] = {{"gomap_evacuate", "map/gomap.c", 301, 9, "/b/heddle_gomap_tsan", 0x1234},
                                     {"gomap_put", "map/gomap.c", 210, 7, "/b/heddle_gomap_tsan", 0x1234}};
  static const struct frame get[] = {{"gomap_get", "map/gomap.c", 120, 3, "/b/heddle_gomap_tsan", 0x2000},
                                     {"", "", 0, 0, "libc.so.6", 0x99}};
  struct finding finding = {.kind = "data-race",
                            .oracle = "tsan",
                            .raw = "00000000deadbeef",
                            .message = "two tasks",
                            .location = "heap block of 272 bytes, 16 in",
                            .target = "heddle_gomap_tsan",
                            .map = "gomap",
                            .flavour = "tsan",
                            .engine = "libfuzzer",
                            .build_id = "00ff",
                            .digest = UINT64_C(0xfedcba9876543210),
                            .points = 190,
                            .clock = {true, {1000, 4000, 0.5, 0.25}, {10, 40, 0.005, 0.0025}},
                            .worker_clock = {true, {500, 2000, 0.25, 0.25}, {10, 40, 0.005, 0.0025}},
                            .report = "WARNING: ThreadSanitizer: data race",
                            .program = "put k1 | get k1\n",
                            .schedule = "after 12 points switch to task 2\n",
                            .input = (const uint8_t *)input,
                            .input_size = strlen(input),
                            .stack_count = 2,
                            .number_count = 2,
                            .also = {"0123456789abcdef", "fedcba9876543210"},
                            .also_count = 2,
                            .also_known = true};
  finding.stacks[0] = (struct finding_stack){FINDING_ACCESS, 1, "put k1", FINDING_WRITE, 8, put, 2};
  finding.stacks[1] = (struct finding_stack){FINDING_PREVIOUS, 2, "get k1", FINDING_ATOMIC_READ, 4, get, 2};
  finding.numbers[0] = (struct finding_number){"count", 3};
  finding.numbers[1] = (struct finding_number){"tombstones", UINT64_MAX};
  finding_set_key(&finding);
  return finding;
}

/* findings/<key>/<sha1 of input> */
static inline void scratch_folder(const struct finding *finding, char folder[PATH_MAX]) {
  char sha1[FILES_SHA1_SIZE];
  files_sha1(finding->input, finding->input_size, sha1);
  snprintf(folder, PATH_MAX, "findings/%s/%s", finding->key, sha1);
}

#endif
