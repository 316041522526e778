/* Spin locks: blocking, order under TSan, misuse. */
#include "harness/test/engine/engine.h"

static int guarded;

static void a_spin_lock_orders_what_it_guards(void **state) {
  (void)state;
  engine_expect_clean(spin_counter, &guarded, ENGINE_RUNS);
  engine_expect_clean(spin_try, NULL, ENGINE_RUNS);
}

static void without_it_there_is_a_race(void **state) {
  (void)state;
  engine_expect_race(spin_counter, NULL);
}

static void misuse_is_reported(void **state) {
  (void)state;
  engine_expect_always(spin_unlock_unlocked, NULL, 50, "lock-misuse", "unlock of a spin lock that is not locked");
  engine_expect_always(spin_unlock_of_another, NULL, 50, "lock-misuse", "that another thread holds");
  engine_expect_always(spin_destroy_locked, NULL, 50, "lock-misuse", "destruction of a spin lock that is in use");
  engine_expect_always(spin_lock_twice, NULL, 50, "deadlock", "T0 waits for the spin lock of T0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_spin_lock_orders_what_it_guards),
      cmocka_unit_test(without_it_there_is_a_race),
      cmocka_unit_test(misuse_is_reported),
  };
  return ENGINE_MAIN(tests);
}
