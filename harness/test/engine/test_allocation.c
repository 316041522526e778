/* Allocation by the code under test: what it orders, and what goes wrong with it. */
#include "harness/test/engine/engine.h"

static int guarded;

static void blocks_may_pass_from_thread_to_thread(void **state) {
  (void)state;
  engine_expect_clean(allocation_exchange, &guarded, ENGINE_RUNS);
}

static void allocating_and_freeing_order_nothing(void **state) {
  (void)state;
  if (HEDDLE_FLAVOUR_TSAN)
    engine_expect_race(allocation_exchange, NULL);
}

static void every_call_does_what_it_should(void **state) {
  (void)state;
  engine_expect_clean(allocation_calls, NULL, ENGINE_RUNS);
}

static void fresh_memory_is_the_same_in_every_flavour(void **state) {
  (void)state;
  int sum = 0;
  for (int i = 0; i < 100; i++) {
    engine_expect_clean(allocation_fresh, &sum, 1);
    assert_int_equal(sum, 3 * 0xbe);
  }
}

static void what_is_never_freed_is_a_leak(void **state) {
  (void)state;
  engine_expect_always(allocation_leak, NULL, 200, "memory-leak", "1 blocks, 33 bytes in all");
}

static void a_double_free_is_seen(void **state) {
  (void)state;
  engine_expect_always(allocation_double_free, NULL, 200, "double-free", "");
}

static void an_overflow_is_seen_by_asan(void **state) {
  (void)state;
  if (HEDDLE_FLAVOUR_ASAN) {
    engine_expect_always(allocation_overflow, NULL, 200, "heap-buffer-overflow", "");
    engine_expect_always(allocation_underflow, NULL, 200, "heap-buffer-overflow", "");
    assert_non_null(strstr(failure_at(0)->location, "16 bytes, 1 before"));
  }
}

/* It reads what was there, in every flavour. */
static void a_use_after_free_by_the_same_thread_is_seen_by_asan(void **state) {
  (void)state;
  int read = 0;
  if (HEDDLE_FLAVOUR_ASAN)
    engine_expect_always(allocation_use_after_free, &read, 200, "heap-use-after-free", "");
  else
    engine_expect_clean(allocation_use_after_free, &read, 200);
  assert_int_equal(read, 7 * 8 / 2);
}

static void a_use_after_free_by_another_thread_is_seen_by_both(void **state) {
  (void)state;
  if (HEDDLE_FLAVOUR_TSAN)
    engine_expect_always(allocation_free_and_use, NULL, 200, "heap-use-after-free", "");
  else if (HEDDLE_FLAVOUR_ASAN)
    engine_expect_sometimes(allocation_free_and_use, NULL, 200, "heap-use-after-free", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_may_pass_from_thread_to_thread),
      cmocka_unit_test(allocating_and_freeing_order_nothing),
      cmocka_unit_test(every_call_does_what_it_should),
      cmocka_unit_test(fresh_memory_is_the_same_in_every_flavour),
      cmocka_unit_test(what_is_never_freed_is_a_leak),
      cmocka_unit_test(a_double_free_is_seen),
      cmocka_unit_test(an_overflow_is_seen_by_asan),
      cmocka_unit_test(a_use_after_free_by_the_same_thread_is_seen_by_asan),
      cmocka_unit_test(a_use_after_free_by_another_thread_is_seen_by_both),
  };
  return ENGINE_MAIN(tests);
}
