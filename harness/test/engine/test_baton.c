/* ctest: full timeout=300
 * The baton carries as fibers do: same interleavings, same failures, seen in the same tasks; and code that no compiler
 * flag reached has thread-local variables of its own in each task, as they were at first, in every run. */
#include <pthread.h>

#include "harness/test/engine/engine.h"

#define INPUTS 2000         /* of each map */
#define SCENARIO_INPUTS 100 /* of each scenario */

static void carry_by(enum carrier_kind kind) {
  if (kind == CARRIER_BATON)
    hooks_admit_foreign_code();
  carrier_init(kind, hooks_adopt_thread);
}

/* What came of a run; the failures as a sum, which knows no order. */
struct verdict {
  uint64_t digest, points, switches, failures;
  enum sched_outcome outcome;
};

static uint64_t mix(uint64_t sum, uint64_t value) { return (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15); }

/* Which code failed, in which task, and how often.  Frames of the harness are left out: below the code under test they
 * are the carrier's own. */
static uint64_t failure_sum(const struct failure *failure) {
  uint64_t sum = mix(failure->count, failure->kind[0]);
  for (uint32_t i = 0; i < failure->stack_count; i++) {
    const struct failure_stack *stack = &failure->stacks[i];
    sum = mix(sum, (uint64_t)stack->role << 32 | (uint32_t)stack->task);
    for (uint32_t frame = 0; frame < stack->depth; frame++)
      if (failure_origin(stack->pcs[frame]) == FAILURE_UNDER_TEST)
        sum = mix(sum, failure_module_offset(stack->pcs[frame]));
  }
  return sum;
}

static struct verdict verdict_of(const struct run_result *result) {
  struct verdict verdict = {
      .digest = result->digest, .points = result->points, .switches = result->switches, .outcome = result->outcome};
  for (size_t i = 0; i < failure_count(); i++)
    verdict.failures += failure_sum(failure_at(i));
  return verdict;
}

static unsigned differences;

static void compare(const char *what, unsigned input, const struct verdict *fibers, const struct verdict *baton) {
  bool equal = fibers->digest == baton->digest && fibers->points == baton->points &&
               fibers->switches == baton->switches && fibers->outcome == baton->outcome &&
               fibers->failures == baton->failures;
  if (equal)
    return;
  differences++;
  print_message("%s, input %u: %s digest %016llx failures %016llx with fibers, %s digest %016llx failures %016llx with "
                "the baton\n",
                what, input, sched_outcome_text(fibers->outcome), (unsigned long long)fibers->digest,
                (unsigned long long)fibers->failures, sched_outcome_text(baton->outcome),
                (unsigned long long)baton->digest, (unsigned long long)baton->failures);
}

static unsigned outcomes[SCHED_BUDGET + 1];

static struct verdict run_map(const struct map_ops *map, unsigned input) {
  static struct program program;
  static struct execution execution;
  struct run_result result;
  engine_draw_program(input, &program);
  struct subject subject = subject_of(map, SUBJECT_USE_DEFAULT);
  program_restrict(&program, &subject.rules);
  run_program(&program, &subject, &execution, NULL, &result);
  outcomes[result.outcome]++;
  return verdict_of(&result);
}

static void compare_on_map(const char *name) {
  static struct verdict fibers[INPUTS];
  const struct map_ops *map = map_find(name);
  unsigned failing = 0;
  differences = 0;
  memset(outcomes, 0, sizeof outcomes);
  carry_by(CARRIER_FIBERS);
  for (unsigned i = 0; i < INPUTS; i++) {
    fibers[i] = run_map(map, i);
    failing += fibers[i].failures != 0;
  }
  carry_by(CARRIER_BATON);
  for (unsigned i = 0; i < INPUTS; i++) {
    struct verdict baton = run_map(map, i);
    compare(name, i, &fibers[i], &baton);
  }
  print_message("%s: %u inputs twice, %u of them failing; %u runs completed, %u stopped\n", name, INPUTS, failing,
                outcomes[SCHED_COMPLETED], outcomes[SCHED_STOPPED]);
  assert_int_equal(differences, 0);
}

static void maps_run_alike(void **state) {
  (void)state;
  compare_on_map("rwmap");
  compare_on_map("gomap");
  assert_true(outcomes[SCHED_STOPPED] > 0); /* map_fatal, with tasks in the middle of something */
}

static uint32_t seed;

static const struct {
  const char *name;
  void *(*body)(void *);
  void *arg;
} scenarios[] = {
    {"mutex_counter", mutex_counter, &seed},
    {"mutex_counter, unguarded", mutex_counter, NULL},
    {"mutex_timed", mutex_timed, NULL},
    {"mutex_unlock_of_another", mutex_unlock_of_another, NULL},
    {"mutex_lock_twice", mutex_lock_twice, NULL},
    {"rwlock_shared", rwlock_shared, &seed},
    {"rwlock_timed", rwlock_timed, NULL},
    {"rwlock_upgrade", rwlock_upgrade, NULL},
    {"cond_buffer", cond_buffer, &seed},
    {"cond_never_signalled", cond_never_signalled, NULL},
    {"spin_counter", spin_counter, &seed},
    {"barrier_rounds", barrier_rounds, &seed},
    {"once_table", once_table, &seed},
    {"semaphore_box", semaphore_box, &seed},
    {"threads_detach", threads_detach, &seed},
    {"threads_exit", threads_exit, NULL},
    {"threads_nested", threads_nested, NULL},
    {"threads_too_many", threads_too_many, NULL},
    {"threads_keys", threads_keys, NULL},
    {"threads_local", threads_local, &seed},
    {"threads_join_circle", threads_join_circle, NULL},
    {"clock_orders_nothing", clock_orders_nothing, NULL},
    {"c11_mailbox", c11_mailbox, &seed},
    {"c11_once_and_keys", c11_once_and_keys, &seed},
    {"allocation_use_after_free", allocation_use_after_free, &seed},
    {"wrong_index", wrong_index, NULL},
    {"wrong_in_thread", wrong_in_thread, NULL},
    {"verdict_globals", verdict_globals, &seed},
    {"verdict_stack", verdict_stack, &seed},
    {"verdict_heap", verdict_heap, &seed},
};
#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

static struct verdict run_scenario(size_t scenario, unsigned input) {
  struct run_result result;
  seed = input * 2654435761u;
  engine_run(input, scenarios[scenario].body, scenarios[scenario].arg, &result);
  outcomes[result.outcome]++;
  return verdict_of(&result);
}

static void threads_run_alike(void **state) {
  (void)state;
  static struct verdict fibers[SCENARIOS][SCENARIO_INPUTS];
  differences = 0;
  memset(outcomes, 0, sizeof outcomes);
  carry_by(CARRIER_FIBERS);
  for (size_t scenario = 0; scenario < SCENARIOS; scenario++)
    for (unsigned i = 0; i < SCENARIO_INPUTS; i++)
      fibers[scenario][i] = run_scenario(scenario, i);
  carry_by(CARRIER_BATON);
  for (size_t scenario = 0; scenario < SCENARIOS; scenario++)
    for (unsigned i = 0; i < SCENARIO_INPUTS; i++) {
      struct verdict baton = run_scenario(scenario, i);
      compare(scenarios[scenario].name, i, &fibers[scenario][i], &baton);
    }
  print_message("%zu scenarios, %u inputs twice: %u runs completed, %u stopped, %u deadlocks\n", SCENARIOS,
                SCENARIO_INPUTS, outcomes[SCHED_COMPLETED], outcomes[SCHED_STOPPED], outcomes[SCHED_DEADLOCK]);
  assert_int_equal(differences, 0);
  assert_true(outcomes[SCHED_STOPPED] > 0 && outcomes[SCHED_DEADLOCK] > 0);
}

/* Code that was not recompiled: it lies in no section of ours, its thread-local variables are the C library's, and only
 * its calls of pthread functions and of malloc are points. */
#pragma clang section text = ""
#define OWN_THREADS 3

static _Thread_local int own = 7;
static _Thread_local int own_zero;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool surprised; /* somebody met a value that it did not leave there */
static int given_up;   /* where a thread is to wait for ever, in the middle of what it does */

static void *count_own(void *arg) {
  surprised |= own != 7 || own_zero != 0;
  for (int i = 1; i <= 4; i++) {
    own++;
    own_zero++;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    surprised |= own != 7 + i || own_zero != i;
    if (i == given_up && *(int *)arg == 1)
      pthread_mutex_lock(&gate), pthread_mutex_lock(&gate);
  }
  return NULL;
}

static void *own_main(void *arg) {
  pthread_t threads[OWN_THREADS];
  int numbers[OWN_THREADS];
  surprised |= own != 7;
  own = 1;
  for (int i = 0; i < OWN_THREADS; i++) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, count_own, &numbers[i]);
  }
  for (int i = 0; i < OWN_THREADS; i++)
    pthread_join(threads[i], NULL);
  return arg;
}

#pragma clang section text = "heddle_harness"

static void native_thread_locals_are_each_tasks_own(void **state) {
  (void)state;
  memset(outcomes, 0, sizeof outcomes);
  carry_by(CARRIER_BATON);
  surprised = false;
  for (unsigned i = 0; i < ENGINE_RUNS; i++) {
    struct run_result result;
    given_up = (int)(i % 6);
    pthread_mutex_init(&gate, NULL);
    engine_run(i, own_main, NULL, &result);
    outcomes[result.outcome]++;
    if (result.outcome != SCHED_DIVERGED)
      assert_int_equal(result.outcome, given_up >= 1 && given_up <= 4 ? SCHED_DEADLOCK : SCHED_COMPLETED);
  }
  print_message("%u runs completed, %u were left in a deadlock\n", outcomes[SCHED_COMPLETED], outcomes[SCHED_DEADLOCK]);
  assert_false(surprised);
  assert_int_equal(own, 7);
  /* What the baton is for. */
  carry_by(CARRIER_FIBERS);
  struct run_result result;
  given_up = 0;
  pthread_mutex_init(&gate, NULL);
  engine_run(0, own_main, NULL, &result);
  assert_true(surprised);
  own = 7;
  own_zero = 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(maps_run_alike),
      cmocka_unit_test(threads_run_alike),
      cmocka_unit_test(native_thread_locals_are_each_tasks_own),
  };
  return ENGINE_MAIN(tests);
}
