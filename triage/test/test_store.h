/* test_store.h - for the tests of the store: an occurrence with everything set, and counting what is there. */
#ifndef HEDDLE_TRIAGE_TEST_TEST_STORE_H
#define HEDDLE_TRIAGE_TEST_TEST_STORE_H

#include "triage/store/store.h"
#include "triage/test/scratch.h"

#define STORE_FILE "store.db"
#define NOW INT64_C(1750000000)
#define KEY_A "00000000000000aa"
#define KEY_B "00000000000000bb"
#define KEY_C "00000000000000cc"
#define KEY_D "00000000000000dd"

static inline struct store *store_must_open(enum store_mode mode) {
  struct finding_error error;
  struct store *store = store_open(STORE_FILE, mode, &error);
  if (!store)
    fail_msg("%s", error.text);
  return store;
}

/* Report `index` of a log, with that key. */
static inline struct store_occurrence store_sample(const char *key, uint64_t index) {
  struct store_occurrence occurrence = {.key = key,
                                        .kind = "data-race",
                                        .oracle = "ThreadSanitizer",
                                        .guarantee = "B",
                                        .message = "two tasks",
                                        .location = "heap block of 272 bytes, 16 in",
                                        .sites = "gomap_get map/gomap.c\ngomap_put map/gomap.c",
                                        .source = "out/log.txt",
                                        .index = index,
                                        .target = "heddle_gomap_tsan",
                                        .map = "gomap",
                                        .flavour = "tsan",
                                        .engine = "libfuzzer",
                                        .build_id = "00ff",
                                        .seen_s = NOW - 1000 + (int64_t)(index % 1000),
                                        .digest = UINT64_C(0xfedcba9876543210),
                                        .points = 190,
                                        .clock = {true, {1000, 4000, 0.5, 0.25}, {10, 40, 0.005, 0.0025}},
                                        .worker_clock = {true, {UINT64_MAX, 2000, 0.125, 0.25}, {1, 2, 3, 4}},
                                        .report = "WARNING: ThreadSanitizer: data race",
                                        .program = "put k1 | get k1\n",
                                        .schedule = "after 12 points switch to task 2\n",
                                        .document = "{\"version\": 1}",
                                        .input = (const uint8_t *)"in\0put",
                                        .input_size = 6,
                                        .input_path = "out/crash-1"};
  files_sha1(&index, sizeof index, occurrence.sha1);
  return occurrence;
}

static inline enum store_result store_must_put(struct store *store, const struct store_occurrence *occurrence,
                                               int64_t now_s) {
  struct finding_error error;
  enum store_result result = store_put_occurrence(store, occurrence, now_s, &error);
  if (result == STORE_FAILED)
    fail_msg("%s", error.text);
  return result;
}

static inline bool store_count_one(void *context, const struct store_occurrence *occurrence) {
  (void)occurrence;
  ++*(uint64_t *)context;
  return true;
}

/* Occurrences that a walk meets. */
static inline uint64_t store_count(struct store *store, const char *key) {
  struct finding_error error;
  uint64_t count = 0;
  if (!store_each_occurrence(store, key, true, store_count_one, &count, &error))
    fail_msg("%s", error.text);
  return count;
}

static inline bool store_copy_key(void *context, const struct store_key *key) {
  *(struct store_key *)context = *key;
  return true;
}

/* The numbers of a key; its strings are gone. */
static inline struct store_key store_must_find(struct store *store, const char *key, int64_t now_s) {
  struct finding_error error;
  struct store_key found = {.count = UINT64_MAX};
  if (!store_each_key(store, &(struct store_filter){.key = key}, now_s, store_copy_key, &found, &error))
    fail_msg("%s", error.text);
  if (found.count == UINT64_MAX)
    fail_msg("no key %s", key);
  return found;
}

#endif
