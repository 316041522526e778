/* The model of condition variables, barriers, once and semaphores: who waits, who is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_runs.h"

/* Condition variables. */

#define COND 65
static int awake;

static void *sleep_on_cond(void *arg) {
  sync_mutex_lock(OBJECT, SYNC_MUTEX_NORMAL, 0, &here);
  sync_cond_enter(COND);
  sync_mutex_unlock(OBJECT);
  stub_access();
  stub_access();
  assert_int_equal(sync_cond_sleep(COND, 0, &here), SYNC_OK);
  awake++;
  return arg;
}

static bool asleep(int task) { return sched.tasks[task].wait == SCHED_WAIT_COND; }

static void *signal_each(void *arg) {
  int tasks[] = {sched_spawn(sleep_on_cond, NULL), sched_spawn(sleep_on_cond, NULL), sched_spawn(sleep_on_cond, NULL)};
  while (!asleep(1) || !asleep(2) || !asleep(3))
    stub_give_way();
  for (awake = 0; awake < 3;) {
    int before = awake;
    sync_cond_signal(COND);
    for (int i = 0; i < 40; i++)
      stub_give_way();
    assert_int_equal(awake, before + 1);
  }
  for (int i = 0; i < 3; i++)
    stub_join(tasks[i]);
  return arg;
}

static void *broadcast_once(void *arg) {
  int tasks[] = {sched_spawn(sleep_on_cond, NULL), sched_spawn(sleep_on_cond, NULL), sched_spawn(sleep_on_cond, NULL)};
  while (!asleep(1) || !asleep(2) || !asleep(3))
    stub_give_way();
  assert_int_equal(sync_destroy(COND), SYNC_IN_USE);
  sync_cond_broadcast(COND);
  assert_int_equal(sync_destroy(COND), SYNC_OK); /* those woken have left it */
  for (int i = 0; i < 3; i++)
    stub_join(tasks[i]);
  return arg;
}

static void a_signal_wakes_one_and_a_broadcast_all(void **state) {
  (void)state;
  plan.spurious = false;
  run_often(signal_each);
  run_often(broadcast_once);
}

/* The signal comes after the waiter gave the mutex back and before it sleeps, or later: never too early. */
static void *signal_under_mutex(void *arg) {
  int waiter = sched_spawn(sleep_on_cond, NULL);
  for (int i = 0; i < 5; i++)
    stub_access();
  while (sync_owner(OBJECT) == SCHED_NO_TASK && !asleep(waiter) && sched.tasks[waiter].points < 3)
    stub_give_way();
  sync_mutex_lock(OBJECT, SYNC_MUTEX_NORMAL, 0, &here);
  sync_cond_signal(COND);
  sync_mutex_unlock(OBJECT);
  stub_join(waiter);
  return arg;
}

static void no_signal_is_lost_on_the_way_to_sleep(void **state) {
  (void)state;
  plan.spurious = false;
  run_often(signal_under_mutex);
  plan.spurious = true;
  run_often(signal_under_mutex);
}

static unsigned spurious_wakes, timeouts;

static void *sleep_for_a_while(void *arg) {
  uint64_t before = sched_now_ns();
  sync_cond_enter(COND);
  if (sync_cond_sleep(COND, before + 7000, &here) == SYNC_OK) {
    spurious_wakes++;
    assert_true(sched_now_ns() < before + 7000);
  } else {
    timeouts++;
    assert_true(sched_now_ns() >= before + 7000);
  }
  sync_cond_enter(COND);
  sync_cond_sleep(COND, 1, &here); /* long past */
  return arg;
}

static void spurious_wake_ups_come_only_where_the_plan_has_them(void **state) {
  (void)state;
  plan.spurious = false;
  spurious_wakes = timeouts = 0;
  run_often(sleep_for_a_while);
  assert_int_equal(spurious_wakes, 0);
  assert_int_equal(timeouts, SEEDS * 3);
  plan.spurious = true;
  timeouts = 0;
  run_often(sleep_for_a_while);
  plan.spurious = false;
  assert_in_range(spurious_wakes, SEEDS * 3 / 5, SEEDS * 3 / 3);
  assert_int_equal(spurious_wakes + timeouts, SEEDS * 3);
}

/* Barriers, once, semaphores. */

#define BARRIER 66
static int arrived, serial;

static void *meet(void *arg) {
  for (int round = 1; round <= 4; round++) {
    arrived++;
    enum sync_result result = sync_barrier_wait(BARRIER, &here);
    assert_true(result == SYNC_OK || result == SYNC_LAST);
    serial += result == SYNC_LAST;
    assert_true(arrived >= 3 * round);
    stub_access();
  }
  return arg;
}

static void *three_meet(void *arg) {
  arrived = serial = 0;
  assert_int_equal(sync_barrier_wait(BARRIER, &here), SYNC_NOT_HELD);
  sync_barrier_init(BARRIER, 3);
  spawn_three(meet, meet, meet);
  assert_int_equal(serial, 4);
  return arg;
}

static void a_barrier_holds_all_until_the_last_one_comes(void **state) {
  (void)state;
  run_often(three_meet);
}

/* The last one destroys the barrier, and makes another one there, while the others have yet to leave. */
static void *meet_and_destroy(void *arg) {
  if (sync_barrier_wait(BARRIER, &here) != SYNC_LAST)
    return arg;
  assert_int_equal(sync_destroy(BARRIER), SYNC_OK);
  sync_barrier_init(BARRIER, 2);
  return arg;
}

static void *destroy_after_last(void *arg) {
  sync_barrier_init(BARRIER, 3);
  return spawn_three(meet_and_destroy, meet_and_destroy, meet_and_destroy), arg;
}

static void a_barrier_may_go_once_all_have_come(void **state) {
  (void)state;
  run_often(destroy_after_last);
}

static int initialised;

static void *initialise_once(void *arg) {
  stub_access();
  if (sync_once_enter(OBJECT, false, &here)) {
    stub_access();
    stub_access();
    initialised++;
    sync_once_done(OBJECT);
  }
  assert_int_equal(initialised, 1);
  return arg;
}

static void *three_initialise(void *arg) {
  initialised = 0;
  spawn_three(initialise_once, initialise_once, initialise_once);
  assert_false(sync_once_enter(OBJECT + 1, true, &here));
  return arg;
}

static void once_is_once_and_all_wait_for_it(void **state) {
  (void)state;
  run_often(three_initialise);
}

static int permits;

static void *take_permit(void *arg) {
  for (int i = 0; i < 3; i++) {
    stub_access();
    assert_int_equal(sync_sem_wait(OBJECT, 2, 0, &here), SYNC_OK);
    assert_true(++permits <= 2);
    stub_access();
    permits--;
    assert_int_equal(sync_sem_post(OBJECT, 2), SYNC_OK);
  }
  return arg;
}

static void *three_take_permits(void *arg) {
  permits = 0;
  spawn_three(take_permit, take_permit, take_permit);
  sync_sem_init(OBJECT, 0);
  assert_int_equal(sync_sem_try(OBJECT, 9), SYNC_BUSY);
  uint64_t before = sched_now_ns();
  assert_int_equal(sync_sem_wait(OBJECT, 9, before + 4000, &here), SYNC_TIMED_OUT);
  assert_true(sched_now_ns() >= before + 4000);
  sync_sem_init(OBJECT, INT32_MAX);
  assert_int_equal(sync_sem_post(OBJECT, 9), SYNC_OVERFLOW);
  return arg;
}

static void a_semaphore_lets_as_many_in_as_it_counts(void **state) {
  (void)state;
  run_often(three_take_permits);
}

/* A nudge: who sleeps although what it waits for is there goes on, who has reason to sleep sleeps again. */

static bool come, never;

static void *sleep_until(void *what) {
  while (!*(const bool *)what) {
    sync_cond_enter(COND);
    sync_cond_sleep(COND, 0, &here);
  }
  sched_progress();
  return NULL;
}

static void *come_quietly(void *arg) {
  come = never = false;
  int tasks[] = {sched_spawn(sleep_until, &come), sched_spawn(sleep_until, &never)};
  while (!asleep(1) || !asleep(2))
    stub_give_way();
  come = true; /* and no signal */
  for (int i = 0; i < 2; i++)
    stub_join(tasks[i]);
  return arg;
}

static void a_nudge_tells_a_lost_wake_up_from_a_wait(void **state) {
  (void)state;
  plan.spurious = false;
  for (uint32_t seed = 0; seed < SEEDS; seed++) {
    assert_int_equal(run(SCHED_POLICY_RANDOM, seed, come_quietly), SCHED_DEADLOCK);
    assert_true(asleep(1) && asleep(2));
    assert_false(sched.tasks[1].nudged);
    assert_int_equal(stub_run(&plan, &(struct sched_limits){.nudge = true}, come_quietly, NULL), SCHED_DEADLOCK);
    assert_true(sched.tasks[1].nudged && sched.tasks[2].nudged);
    assert_int_equal(sched.tasks[1].state, SCHED_TASK_DONE);
    assert_int_equal(sched.tasks[1].achieved, 1);
    assert_true(asleep(2));
    assert_int_equal(sched.tasks[2].achieved, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_nudge_tells_a_lost_wake_up_from_a_wait),
      cmocka_unit_test(a_signal_wakes_one_and_a_broadcast_all),
      cmocka_unit_test(no_signal_is_lost_on_the_way_to_sleep),
      cmocka_unit_test(spurious_wake_ups_come_only_where_the_plan_has_them),
      cmocka_unit_test(a_barrier_holds_all_until_the_last_one_comes),
      cmocka_unit_test(a_barrier_may_go_once_all_have_come),
      cmocka_unit_test(once_is_once_and_all_wait_for_it),
      cmocka_unit_test(a_semaphore_lets_as_many_in_as_it_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
