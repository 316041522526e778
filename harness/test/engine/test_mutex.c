/* Mutexes: blocking, waking, timing out, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void a_mutex_orders_what_it_guards(void **state) {
  (void)state;
  engine_expect_clean(mutex_counter, &guarded, ENGINE_RUNS);
  engine_expect_clean(mutex_try, &guarded, ENGINE_RUNS);
}

static void without_it_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(mutex_counter, NULL);
  engine_expect_race(mutex_try, NULL);
}

static void who_finds_it_locked_waits(void **state) {
  (void)state;
  engine_expect_clean(mutex_blocks, NULL, ENGINE_RUNS);
}

static void a_timed_lock_times_out_in_virtual_time(void **state) {
  (void)state;
  engine_expect_clean(mutex_timed, NULL, ENGINE_RUNS);
}

static void each_type_has_its_own_rules(void **state) {
  (void)state;
  engine_expect_clean(mutex_recursive, NULL, ENGINE_RUNS);
  engine_expect_clean(mutex_errorcheck, NULL, ENGINE_RUNS);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(mutex_unlock_unlocked, NULL, 50, "lock-misuse", "unlock of a mutex that is not locked");
  engine_expect_always(mutex_unlock_of_another, NULL, 50, "lock-misuse", "that another thread holds");
  engine_expect_always(mutex_destroy_locked, NULL, 50, "lock-misuse", "destruction of a mutex that is in use");
  engine_expect_always(mutex_use_destroyed, NULL, 50, "lock-misuse", "use of a destroyed mutex");
  engine_expect_always(mutex_lock_twice, NULL, 50, "deadlock", "T0 waits for the mutex of T0");
}

static void destruction_under_a_waiter_is_reported(void **state) {
  (void)state;
  /* ThreadSanitizer sees it as a race as well, where the waiter comes to lock it after all. */
  unsigned misuse = 0;
  for (unsigned i = 0; i < 200; i++) {
    struct run_result result;
    engine_run(i, mutex_destroy_awaited, NULL, &result);
    misuse += engine_find("lock-misuse", "mutex") != NULL;
  }
  assert_true(misuse > 20);
}

/* TSan's count of what a thread holds has room for 128. */
static void what_ended_threads_hold_is_not_their_successors(void **state) {
  (void)state;
  engine_expect_clean(mutex_left_locked, NULL, 500);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mutex_orders_what_it_guards),
      cmocka_unit_test(without_it_there_is_a_race),
      cmocka_unit_test(who_finds_it_locked_waits),
      cmocka_unit_test(a_timed_lock_times_out_in_virtual_time),
      cmocka_unit_test(each_type_has_its_own_rules),
      cmocka_unit_test(misuse_is_reported),
      cmocka_unit_test(destruction_under_a_waiter_is_reported),
      cmocka_unit_test(what_ended_threads_hold_is_not_their_successors),
  };
  return ENGINE_MAIN(tests);
}
