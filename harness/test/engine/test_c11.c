/* <threads.h>: threads, mutexes, conditions, once, keys: as with pthread. */
#include "harness/test/engine/engine.h"

static int guarded;

static void c11_threads_and_locks_order_what_they_guard(void **state) {
  (void)state;
  engine_expect_clean(c11_mailbox, &guarded, ENGINE_RUNS);
  engine_expect_clean(c11_detach, NULL, ENGINE_RUNS);
  engine_expect_clean(c11_once_and_keys, &guarded, ENGINE_RUNS);
}

static void without_them_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(c11_mailbox, NULL);
  engine_expect_race(c11_once_and_keys, NULL);
}

static void timed_and_recursive_mutexes_keep_their_rules(void **state) {
  (void)state;
  engine_expect_clean(c11_mutexes, NULL, ENGINE_RUNS);
}

static void a_timed_wait_times_out(void **state) {
  (void)state;
  int ended_early = 0;
  engine_expect_clean(c11_timed_wait, &ended_early, ENGINE_RUNS);
  assert_in_range(ended_early, ENGINE_RUNS / 12, ENGINE_RUNS / 6);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(c11_unlock_unlocked, NULL, 50, "lock-misuse", "unlock of a mutex that is not locked");
  engine_expect_always(c11_join_detached, NULL, 50, "lock-misuse", "join of a thread that is detached");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(c11_threads_and_locks_order_what_they_guard),
      cmocka_unit_test(without_them_there_is_a_race),
      cmocka_unit_test(timed_and_recursive_mutexes_keep_their_rules),
      cmocka_unit_test(a_timed_wait_times_out),
      cmocka_unit_test(misuse_is_reported),
  };
  return ENGINE_MAIN(tests);
}
