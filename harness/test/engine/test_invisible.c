/* The harness orders nothing of what it observes: two accesses that the code under test leaves unordered are reported
 * in every interleaving, whatever hooks were called and whatever switches were made between them. */
#include "harness/test/engine/engine.h"

#define RUNS 500

static void an_unordered_pair_is_reported_in_every_interleaving(void **state) {
  (void)state;
  unsigned long long switches = 0, runs = 0;
  for (int which = 0; which < 2 * invisible_noises(); which++) {
    if (HEDDLE_FLAVOUR_TSAN)
      engine_expect_always(invisible_race, &which, RUNS, "data-race", "");
    else
      engine_expect_clean(invisible_race, &which, RUNS);
    switches += engine_tally.switches;
    runs += RUNS;
  }
  print_message("%llu runs, %.1f switches each\n", runs, (double)switches / (double)runs);
}

static void an_ordered_pair_is_not(void **state) {
  (void)state;
  for (int which = 0; which < 2 * invisible_noises(); which++)
    engine_expect_clean(invisible_order, &which, RUNS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_unordered_pair_is_reported_in_every_interleaving),
      cmocka_unit_test(an_ordered_pair_is_not),
  };
  return ENGINE_MAIN(tests);
}
