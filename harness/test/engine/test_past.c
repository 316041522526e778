/* What a task did before makes no difference to what is seen of the next one on the same fiber: ThreadSanitizer's trace
 * goes back to where it began, however long it became. */
#include "flavour/past.h"
#include "harness/test/engine/engine.h"

#define INPUTS 40

static void the_trace_is_found(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++)
    assert_true(past_init());
}

/* Over all failures of the inputs' runs; a sum knows no order. */
static uint64_t failures_of_inputs(unsigned *count) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < INPUTS; i++) {
    uint32_t seed = i * 2654435761u;
    struct run_result result;
    engine_run(i, verdict_heap, &seed, &result);
    *count += (unsigned)result.failures;
    for (size_t k = 0; k < failure_count(); k++)
      sum += failure_at(k)->raw * (failure_at(k)->count + i * UINT64_C(0x9e3779b97f4a7c15));
  }
  return sum;
}

/* Lengths up to and past those at which TSan takes another piece of memory for a trace, and the first one again.  Not
 * more of them: each unlock counts, and after four million or so TSan forgets all it knows, whatever is under way. */
static void long_tasks_leave_nothing(void **state) {
  (void)state;
  static const struct sched_plan plan = {.policy = SCHED_POLICY_BYTES};
  unsigned count = 0;
  uint64_t before = failures_of_inputs(&count);
  for (long locks = 500; locks < 60000; locks += 500 + locks / 8) {
    struct run_result result;
    unsigned count_now = 0;
    run_body(&plan, NULL, past_locks, &locks, &result);
    assert_int_equal(result.outcome, SCHED_COMPLETED);
    assert_int_equal(result.failures, 0);
    assert_true(failures_of_inputs(&count_now) == before);
    assert_int_equal(count_now, count);
  }
  print_message("%u distinct failures each time\n", count);
  assert_true(!HEDDLE_FLAVOUR_TSAN || count > INPUTS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_trace_is_found),
      cmocka_unit_test(long_tasks_leave_nothing),
  };
  return ENGINE_MAIN(tests);
}
