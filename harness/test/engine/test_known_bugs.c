/* Bugs that everybody knows, in code that knows nothing of heddle: each is found within 10,000 inputs, drawn as a
 * fuzzer draws its first ones, with no feedback; and its fixed version shows nothing. */
#include "harness/test/engine/engine.h"

#define INPUTS_MAX 10000
#define SEQUENCES 20
#define FIXED_RUNS 2000

/* The first input of the n-th sequence that shows the bug, counted from 1. */
static unsigned find_bug(unsigned sequence, void *(*body)(void *), const char *kind, const char *text) {
  for (unsigned i = 0; i < INPUTS_MAX; i++) {
    struct run_result result;
    engine_run(sequence * UINT64_C(1000000) + i, body, NULL, &result);
    if (engine_find(kind, text))
      return i + 1;
  }
  return INPUTS_MAX + 1;
}

static int ascending(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void expect_bug(const char *name, void *(*body)(void *), const char *kind, const char *text) {
  static int fixed;
  int found[SEQUENCES];
  for (unsigned i = 0; i < SEQUENCES; i++)
    found[i] = (int)find_bug(i, body, kind, text);
  int first = found[0];
  qsort(found, SEQUENCES, sizeof found[0], ascending);
  print_message("%s: %s in %s at input %d; in %d sequences at %d to %d, median %d\n", name, kind, FLAVOUR_NAME, first,
                SEQUENCES, found[0], found[SEQUENCES - 1], found[SEQUENCES / 2]);
  assert_in_range(found[SEQUENCES - 1], 1, INPUTS_MAX);
  engine_expect_clean(body, &fixed, FIXED_RUNS);
}

static void dining_philosophers(void **state) {
  (void)state;
  expect_bug("dining philosophers", known_philosophers, "deadlock", "waits for the mutex of");
}

static void abba_with_rwlocks(void **state) {
  (void)state;
  expect_bug("ABBA with rwlocks", known_rwlock_abba, "deadlock", "waits for the rwlock (write) of");
}

static void a_lost_wake_up(void **state) {
  (void)state;
  expect_bug("lost wake-up", known_lost_wakeup, "deadlock", "waits for a condition variable");
}

static void a_missed_broadcast(void **state) {
  (void)state;
  expect_bug("missed broadcast", known_missed_broadcast, "deadlock", "waits for a condition variable");
}

/* The plain build checks no access: it only takes the same interleaving. */
static void a_use_after_free_across_threads(void **state) {
  (void)state;
  if (!HEDDLE_FLAVOUR_PLAIN)
    expect_bug("use after free", known_use_after_free, "heap-use-after-free", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dining_philosophers),
      cmocka_unit_test(abba_with_rwlocks),
      cmocka_unit_test(a_lost_wake_up),
      cmocka_unit_test(a_missed_broadcast),
      cmocka_unit_test(a_use_after_free_across_threads),
  };
  return ENGINE_MAIN(tests);
}
