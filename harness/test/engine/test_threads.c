/* Threads: creation, join, detaching, exit, keys, thread_local; order under TSan; misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void creation_and_join_order(void **state) {
  (void)state;
  engine_expect_clean(threads_join, &guarded, ENGINE_RUNS);
  engine_expect_clean(threads_exit, NULL, ENGINE_RUNS);
  engine_expect_clean(threads_self, NULL, ENGINE_RUNS);
  engine_expect_clean(threads_nested, NULL, ENGINE_RUNS);
}

static void a_detached_thread_runs_to_its_end(void **state) {
  (void)state;
  engine_expect_clean(threads_detach, &guarded, ENGINE_RUNS);
}

static void without_a_join_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(threads_join, NULL);
  engine_expect_race(threads_detach, NULL);
}

static void there_are_only_so_many_threads(void **state) {
  (void)state;
  engine_expect_clean(threads_too_many, NULL, 100);
}

static void each_thread_has_its_own_value_of_a_key(void **state) {
  (void)state;
  engine_expect_clean(threads_keys, NULL, ENGINE_RUNS);
}

static void each_thread_has_its_own_thread_local(void **state) {
  (void)state;
  engine_expect_clean(threads_local, &guarded, ENGINE_RUNS);
  engine_expect_race(threads_local, NULL);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(threads_join_twice, NULL, 50, "lock-misuse", "join of a thread that is detached or was joined");
  engine_expect_always(threads_join_detached, NULL, 50, "lock-misuse", "join of a thread that is detached");
  engine_expect_always(threads_detach_twice, NULL, 50, "lock-misuse", "detaching of a thread that is detached");
  engine_expect_always(threads_join_unknown, NULL, 50, "lock-misuse", "that pthread_create did not give");
}

static void threads_that_join_each_other_are_a_deadlock(void **state) {
  (void)state;
  engine_expect_always(threads_join_circle, NULL, 200, "deadlock",
                       "T1 waits for the join of T2; T2 waits for the join of T1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(creation_and_join_order),
      cmocka_unit_test(a_detached_thread_runs_to_its_end),
      cmocka_unit_test(without_a_join_there_is_a_race),
      cmocka_unit_test(there_are_only_so_many_threads),
      cmocka_unit_test(each_thread_has_its_own_value_of_a_key),
      cmocka_unit_test(each_thread_has_its_own_thread_local),
      cmocka_unit_test(misuse_is_reported),
      cmocka_unit_test(threads_that_join_each_other_are_a_deadlock),
  };
  return ENGINE_MAIN(tests);
}
