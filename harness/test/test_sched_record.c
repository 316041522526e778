/* What sched_record wrote down of a run, taken as the constraints of the policies bytes and replay, gives the same
 * interleaving: for 10,000 random plans over random programs that use every kind of wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_carrier.h"

#define PLANS 10000
#define STEPS_MAX 24

static struct sched_plan plan, recorded_plan;
static uint64_t script; /* seed of the program: what the tasks do, in every run of it alike */

/* Objects are numbers here: nothing in sched/ looks behind them. */
enum { MUTEX_A = 1, MUTEX_B, RWLOCK, COND, SEMAPHORE, BARRIER, ONCE };

static void with_lock(void (*act)(void), uintptr_t mutex) {
  struct sched_place place = stub_place();
  sched_point(SCHED_POINT_MUTEX, place);
  sync_mutex_lock(mutex, SYNC_MUTEX_NORMAL, 0, &place);
  act();
  sched_point(SCHED_POINT_MUTEX, place);
  sync_mutex_unlock(mutex);
}

static void access_twice(void) {
  stub_access();
  stub_access();
}

/* Some programs wait for good, and come to a deadlock now and then. */
static void wait_a_moment(void) {
  struct sched_place place = stub_place();
  sync_cond_enter(COND);
  sync_mutex_unlock(MUTEX_B);
  sched_fold(sync_cond_sleep(COND, script % 7 == 0 ? 0 : sched_now_ns() + 2500, &place));
  sync_mutex_lock(MUTEX_B, SYNC_MUTEX_NORMAL, 0, &place);
}

static void share(bool write) {
  struct sched_place place = stub_place();
  sched_point(SCHED_POINT_RWLOCK, place);
  if ((write ? sync_rwlock_write : sync_rwlock_read)(RWLOCK, sched_now_ns() + 4000, &place) != SYNC_OK)
    return;
  access_twice();
  sched_point(SCHED_POINT_RWLOCK, place);
  sync_rwlock_unlock(RWLOCK);
}

static void try_lock(void) {
  struct sched_place place = stub_place();
  sched_point(SCHED_POINT_MUTEX, place);
  if (sync_mutex_try(MUTEX_A, SYNC_MUTEX_NORMAL) == SYNC_OK)
    sync_mutex_unlock(MUTEX_A);
  else
    sched_give_way(SCHED_POINT_MUTEX, &place);
}

static void take_and_give(void) {
  struct sched_place place = stub_place();
  sync_sem_wait(SEMAPHORE, 1, 0, &place);
  stub_access();
  sync_sem_post(SEMAPHORE, 1);
  if (sync_once_enter(ONCE, false, &place)) {
    access_twice();
    sync_once_done(ONCE);
  }
}

static void sleep_for(uint64_t ns) {
  struct sched_place place = stub_place();
  sched_block(SCHED_WAIT_SLEEP, 0, SCHED_NO_TASK, sched_now_ns() + ns, &place);
}

static void act(uint32_t choice) {
  switch (choice) {
  case 0:
    with_lock(access_twice, MUTEX_A);
    break;
  case 1:
    with_lock(wait_a_moment, MUTEX_B);
    break;
  case 2:
    sync_cond_signal(COND);
    break;
  case 3:
    sync_cond_broadcast(COND);
    break;
  case 4:
  case 5:
    share(choice == 4);
    break;
  case 6:
    try_lock();
    break;
  case 7:
    take_and_give();
    break;
  case 8:
    sleep_for(1700);
    break;
  case 9:
    stub_give_way();
    break;
  case 10:
    sched_progress();
    break;
  default:
    stub_access();
  }
}

static void *worker(void *arg) {
  uint64_t random = script * 1000 + (uintptr_t)arg;
  for (uint32_t i = stub_below(&random, STEPS_MAX); i > 0; i--)
    act(stub_below(&random, 20));
  return NULL;
}

/* One of the workers starts another one: tasks come in the middle of a run. */
static void *mother(void *arg) {
  int child = sched_spawn(worker, (void *)(uintptr_t)77);
  worker(arg);
  stub_join(child);
  return NULL;
}

static void *program_main(void *arg) {
  uint64_t random = script * 1000;
  int tasks[4], count = 1 + (int)stub_below(&random, 4);
  for (int i = 0; i < count; i++)
    tasks[i] = sched_spawn(i == 0 ? mother : worker, (void *)(uintptr_t)i);
  worker(arg);
  for (int i = 0; i < count; i++)
    stub_join(tasks[i]);
  return NULL;
}

static void draw_plan(uint64_t *random) {
  plan.policy = (uint8_t)stub_below(random, SCHED_POLICY_REPLAY);
  plan.granularity = (uint8_t)(stub_below(random, 4) == 0);
  plan.depth = (uint8_t)(1 + stub_below(random, 5));
  plan.log2_horizon = (uint8_t)(4 + stub_below(random, 6));
  plan.spurious = stub_below(random, 2);
  plan.prefer_writers = stub_below(random, 2);
  plan.seed = (uint32_t)stub_random(random);
  plan.constraint_count = (uint16_t)stub_below(random, 8);
  for (int i = 0; i < plan.constraint_count; i++) {
    struct sched_constraint *c = &plan.constraints[i];
    *c = (struct sched_constraint){.kind = (uint8_t)stub_below(random, 2), .task = (uint8_t)stub_below(random, 6)};
    c->at = stub_below(random, c->kind == SCHED_ORDER ? 25 : 120);
    if (c->kind != SCHED_ORDER)
      continue;
    c->other = (uint8_t)((c->task + 1 + stub_below(random, 5)) % 6);
    c->other_at = stub_below(random, 25);
  }
}

static struct sched_record record = {recorded_plan.constraints, SCHED_PLAN_CONSTRAINTS_MAX, 0, false};

static void take_record(enum sched_policy_id policy) {
  recorded_plan.policy = (uint8_t)policy;
  recorded_plan.granularity = plan.granularity;
  recorded_plan.depth = recorded_plan.log2_horizon = 0;
  recorded_plan.spurious = plan.spurious;
  recorded_plan.prefer_writers = plan.prefer_writers;
  recorded_plan.seed = plan.seed;
  recorded_plan.constraint_count = (uint16_t)record.count;
}

static void a_recorded_run_is_taken_again(void **state) {
  (void)state;
  uint64_t random = 42, switches = 0;
  unsigned outcomes[SCHED_BUDGET + 1] = {0};
  for (int i = 0; i < PLANS; i++) {
    draw_plan(&random);
    script = (uint64_t)(i % 500);
    sched_set_record(&record);
    enum sched_outcome outcome = stub_run(&plan, NULL, program_main, (void *)99);
    sched_set_record(NULL);
    uint64_t digest = sched.digest, taken = sched.switches;
    assert_false(record.overflow);
    for (int policy = SCHED_POLICY_BYTES; policy <= SCHED_POLICY_REPLAY; policy += SCHED_POLICY_REPLAY) {
      take_record((enum sched_policy_id)policy);
      enum sched_outcome again = stub_run(&recorded_plan, NULL, program_main, (void *)99);
      if (again != outcome || sched.digest != digest)
        print_error("plan %d, policy %u, taken again under %d: %s, not %s\n", i, plan.policy, policy,
                    sched_outcome_text(again), sched_outcome_text(outcome));
      assert_int_equal(again, outcome);
      assert_true(sched.digest == digest);
      assert_true(sched.switches == taken);
    }
    outcomes[outcome]++;
    switches += taken;
  }
  print_message("%d plans, %.1f switches each; completed %u, deadlocks %u\n", PLANS, (double)switches / PLANS,
                outcomes[SCHED_COMPLETED], outcomes[SCHED_DEADLOCK]);
  assert_true(outcomes[SCHED_COMPLETED] > PLANS * 8 / 10 && outcomes[SCHED_DEADLOCK] > 0);
  assert_true(switches > 10 * PLANS);
}

static void a_record_that_is_full_says_so(void **state) {
  (void)state;
  struct sched_constraint few[3];
  struct sched_record small = {few, 3, 0, false};
  uint64_t random = 3;
  draw_plan(&random);
  plan.policy = SCHED_POLICY_RANDOM;
  script = 4;
  sched_set_record(&small);
  stub_run(&plan, NULL, program_main, (void *)99);
  assert_int_equal(small.count, 3);
  assert_true(small.overflow);
  /* It starts anew with each run. */
  plan.policy = SCHED_POLICY_BYTES;
  plan.constraint_count = 0;
  stub_run(&plan, NULL, program_main, (void *)99);
  sched_set_record(NULL);
  assert_int_equal(small.count, 0);
  assert_false(small.overflow);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_recorded_run_is_taken_again),
      cmocka_unit_test(a_record_that_is_full_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
