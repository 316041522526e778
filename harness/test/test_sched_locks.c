/* The model of mutexes and readers-writer locks: who gets in, who waits, who is told what is wrong; and the table that
 * all objects are in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/test/stub_runs.h"

/* Lets others run until `task` waits. */
static void until_blocked(int task) {
  while (sched.tasks[task].state != SCHED_TASK_BLOCKED)
    stub_give_way();
}

/* Mutexes. */

static int inside, entered;

static void critical_section(void) {
  assert_int_equal(inside++, 0);
  stub_access();
  stub_access();
  inside--;
  entered++;
}

static void *enter_by_mutex(void *arg) {
  for (int i = 0; i < 4; i++) {
    stub_access();
    if (i % 2 && sync_mutex_try(OBJECT, SYNC_MUTEX_NORMAL) == SYNC_BUSY)
      continue;
    if (i % 2 == 0)
      assert_int_equal(sync_mutex_lock(OBJECT, SYNC_MUTEX_NORMAL, 0, &here), SYNC_OK);
    assert_int_equal(sync_owner(OBJECT), sched.running);
    critical_section();
    assert_int_equal(sync_mutex_unlock(OBJECT), SYNC_OK);
  }
  return arg;
}

static void *three_enter_by_mutex(void *arg) {
  entered = inside = 0;
  spawn_three(enter_by_mutex, enter_by_mutex, enter_by_mutex);
  assert_in_range(entered, 6, 12);
  return arg;
}

static void a_mutex_lets_one_in(void **state) {
  (void)state;
  run_often(three_enter_by_mutex);
}

static void *every_kind_of_mutex(void *arg) {
  assert_int_equal(sync_mutex_unlock(1), SYNC_NOT_HELD);
  assert_int_equal(sync_mutex_lock(1, SYNC_MUTEX_RECURSIVE, 0, &here), SYNC_OK);
  assert_int_equal(sync_mutex_lock(1, SYNC_MUTEX_RECURSIVE, 0, &here), SYNC_OK);
  assert_int_equal(sync_mutex_try(1, SYNC_MUTEX_RECURSIVE), SYNC_OK);
  assert_int_equal(sync_mutex_depth(1), 3);
  for (int i = 0; i < 3; i++)
    assert_int_equal(sync_mutex_unlock(1), SYNC_OK);
  assert_int_equal(sync_mutex_unlock(1), SYNC_NOT_HELD);
  assert_int_equal(sync_mutex_lock(2, SYNC_MUTEX_ERRORCHECK, 0, &here), SYNC_OK);
  assert_int_equal(sync_mutex_lock(2, SYNC_MUTEX_ERRORCHECK, 0, &here), SYNC_OWNED);
  assert_int_equal(sync_mutex_try(2, SYNC_MUTEX_ERRORCHECK), SYNC_BUSY);
  assert_int_equal(sync_destroy(2), SYNC_IN_USE);
  assert_int_equal(sync_mutex_unlock(2), SYNC_OK);
  assert_int_equal(sync_destroy(2), SYNC_OK);
  assert_int_equal(sync_mutex_lock(3, SYNC_MUTEX_NORMAL, 0, &here), SYNC_OK);
  assert_int_equal(sync_mutex_try(3, SYNC_MUTEX_NORMAL), SYNC_BUSY);
  uint64_t before = sched_now_ns();
  assert_int_equal(sync_mutex_lock(3, SYNC_MUTEX_NORMAL, before + 9000, &here), SYNC_TIMED_OUT);
  assert_true(sched_now_ns() >= before + 9000);
  return arg;
}

static void each_kind_of_mutex_has_its_own_rules(void **state) {
  (void)state;
  run_often(every_kind_of_mutex);
}

static void *lock_twice(void *arg) {
  sync_mutex_lock(1, SYNC_MUTEX_NORMAL, 0, &here);
  sync_mutex_lock(1, SYNC_MUTEX_NORMAL, 0, &here);
  return arg;
}

static void a_normal_mutex_locked_twice_waits_for_its_owner(void **state) {
  (void)state;
  assert_int_equal(run(SCHED_POLICY_BYTES, 0, lock_twice), SCHED_DEADLOCK);
  assert_int_equal(sched.tasks[0].waits_for, 0);
  assert_int_equal(sched.tasks[0].wait, SCHED_WAIT_MUTEX);
}

static void *unlock_of_another(void *arg) {
  sync_mutex_lock(1, SYNC_MUTEX_NORMAL, 0, &here);
  return arg;
}

static void *unlock_by_another(void *arg) {
  stub_join(sched_spawn(unlock_of_another, NULL));
  assert_int_equal(sync_mutex_unlock(1), SYNC_NOT_OWNER);
  return arg;
}

static void only_the_owner_unlocks(void **state) {
  (void)state;
  run_often(unlock_by_another);
}

/* The deadline passes, and the lock is given back before the task goes on: both may end its wait. */
static unsigned in_time, too_late;

static void *wait_a_little(void *arg) {
  for (uint64_t deadline = 2; deadline < 12; deadline++) {
    if (sync_mutex_lock(OBJECT, SYNC_MUTEX_NORMAL, sched_now_ns() + deadline * SCHED_NS_PER_TICK, &here) == SYNC_OK) {
      critical_section();
      sync_mutex_unlock(OBJECT);
      in_time++;
    } else {
      too_late++;
    }
    stub_access();
  }
  return arg;
}

static void *three_wait_a_little(void *arg) {
  inside = 0;
  spawn_three(wait_a_little, wait_a_little, wait_a_little);
  return arg;
}

static void a_deadline_and_an_unlock_may_meet(void **state) {
  (void)state;
  in_time = too_late = 0;
  run_often(three_wait_a_little);
  assert_true(in_time > 1000 && too_late > 1000);
}

/* Readers-writer locks. */

static int readers, readers_most, writers_inside;

static void *read_often(void *arg) {
  for (int i = 0; i < 4; i++) {
    stub_access();
    assert_int_equal(sync_rwlock_read(OBJECT, 0, &here), SYNC_OK);
    assert_int_equal(writers_inside, 0);
    readers++;
    readers_most = readers > readers_most ? readers : readers_most;
    stub_access();
    readers--;
    assert_int_equal(sync_rwlock_unlock(OBJECT), SYNC_OK);
  }
  return arg;
}

static void *write_often(void *arg) {
  for (int i = 0; i < 4; i++) {
    stub_access();
    if (i % 2 && sync_rwlock_try_write(OBJECT) == SYNC_BUSY)
      continue;
    if (i % 2 == 0)
      assert_int_equal(sync_rwlock_write(OBJECT, 0, &here), SYNC_OK);
    assert_int_equal(readers + writers_inside++, 0);
    stub_access();
    writers_inside--;
    assert_int_equal(sync_rwlock_unlock(OBJECT), SYNC_OK);
  }
  return arg;
}

static void *readers_and_writer(void *arg) {
  readers = writers_inside = 0;
  return spawn_three(read_often, read_often, write_often), arg;
}

static void *reader_and_writers(void *arg) {
  readers = writers_inside = 0;
  return spawn_three(write_often, read_often, write_often), arg;
}

static void a_rwlock_shares_among_readers_alone(void **state) {
  (void)state;
  readers_most = 0;
  for (int prefer = 0; prefer <= 1; prefer++) {
    plan.prefer_writers = prefer;
    run_often(readers_and_writer);
    run_often(reader_and_writers);
  }
  plan.prefer_writers = false;
  assert_int_equal(readers_most, 2);
}

/* Task 1 reads; then 2 wants to write; then 3 wants to read. */
static int order[3], order_length;

static void *hold_for_reading(void *arg) {
  sync_rwlock_read(OBJECT, 0, &here);
  until_blocked(2);
  for (int i = 0; i < 30; i++)
    stub_give_way();
  /* One more by who has it already: never kept out, or it would wait for itself. */
  assert_int_equal(sync_rwlock_read(OBJECT, 0, &here), SYNC_OK);
  assert_int_equal(sync_rwlock_unlock(OBJECT), SYNC_OK);
  assert_int_equal(sync_rwlock_unlock(OBJECT), SYNC_OK);
  return arg;
}

static void *write_next(void *arg) {
  while (!sched.tasks[1].points || sync_rwlock_try_write(OBJECT) == SYNC_OK)
    stub_give_way();
  sync_rwlock_write(OBJECT, 0, &here);
  order[order_length++] = 2;
  stub_access();
  sync_rwlock_unlock(OBJECT);
  return arg;
}

static void *read_late(void *arg) {
  until_blocked(2);
  bool kept_out = sync_rwlock_try_read(OBJECT) == SYNC_BUSY;
  assert_int_equal(kept_out, plan.prefer_writers);
  if (!kept_out)
    sync_rwlock_unlock(OBJECT);
  sync_rwlock_read(OBJECT, 0, &here);
  order[order_length++] = 3;
  stub_access();
  sync_rwlock_unlock(OBJECT);
  return arg;
}

static void *hold_write_read(void *arg) {
  order_length = 0;
  int first = sched_spawn(hold_for_reading, NULL);
  while (sched.tasks[1].points == 0)
    stub_give_way();
  int second = sched_spawn(write_next, NULL), third = sched_spawn(read_late, NULL);
  stub_join(first);
  stub_join(second);
  stub_join(third);
  return arg;
}

static void the_plan_says_whether_a_waiting_writer_goes_first(void **state) {
  (void)state;
  for (int prefer = 0; prefer <= 1; prefer++) {
    plan.prefer_writers = prefer;
    unsigned writer_first = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
      assert_int_equal(run(SCHED_POLICY_RANDOM, seed, hold_write_read), SCHED_COMPLETED);
      writer_first += order[0] == 2;
    }
    if (prefer)
      assert_int_equal(writer_first, SEEDS);
    else
      assert_in_range(writer_first, 0, SEEDS / 4);
  }
  plan.prefer_writers = false;
}

static void *rwlock_errors(void *arg) {
  assert_int_equal(sync_rwlock_unlock(1), SYNC_NOT_HELD);
  assert_int_equal(sync_rwlock_write(1, 0, &here), SYNC_OK);
  assert_int_equal(sync_rwlock_write(1, 0, &here), SYNC_OWNED);
  assert_int_equal(sync_rwlock_read(1, 0, &here), SYNC_OWNED);
  assert_int_equal(sync_rwlock_try_read(1), SYNC_BUSY);
  assert_int_equal(sync_rwlock_unlock(1), SYNC_OK);
  for (int i = 0; i < UINT8_MAX; i++)
    assert_int_equal(sync_rwlock_read(1, 0, &here), SYNC_OK);
  assert_int_equal(sync_rwlock_read(1, 0, &here), SYNC_OVERFLOW);
  uint64_t before = sched_now_ns();
  assert_int_equal(sync_rwlock_write(1, before + 5000, &here), SYNC_TIMED_OUT);
  assert_true(sched_now_ns() >= before + 5000);
  assert_int_equal(sync_destroy(1), SYNC_IN_USE);
  for (int i = 0; i < UINT8_MAX; i++)
    assert_int_equal(sync_rwlock_unlock(1), SYNC_OK);
  assert_int_equal(sync_rwlock_unlock(1), SYNC_NOT_HELD);
  return arg;
}

static void a_rwlock_says_what_is_wrong(void **state) {
  (void)state;
  run_often(rwlock_errors);
}

static void *upgrade(void *arg) {
  sync_rwlock_read(1, 0, &here);
  sync_rwlock_write(1, 0, &here);
  return arg;
}

static void a_reader_that_wants_to_write_waits_for_itself(void **state) {
  (void)state;
  assert_int_equal(run(SCHED_POLICY_BYTES, 0, upgrade), SCHED_DEADLOCK);
  assert_int_equal(sched.tasks[0].waits_for, 0);
}

/* A writer's deadline passes: the readers that stood back for it go on. */
static void *write_in_time(void *arg) {
  until_blocked(3);
  assert_int_equal(sync_rwlock_write(OBJECT, sched_now_ns() + 3000, &here), SYNC_TIMED_OUT);
  return arg;
}

static void *read_behind_writer(void *arg) {
  while (sched.tasks[1].wait != SCHED_WAIT_RWLOCK_WRITE)
    stub_give_way();
  assert_int_equal(sync_rwlock_read(OBJECT, 0, &here), SYNC_OK);
  entered++;
  sync_rwlock_unlock(OBJECT);
  return arg;
}

static void *read_until_the_end(void *arg) {
  sync_rwlock_read(OBJECT, 0, &here);
  sched_block(SCHED_WAIT_SLEEP, 0, SCHED_NO_TASK, 1000000, &here);
  assert_int_equal(entered, 1);
  sync_rwlock_unlock(OBJECT);
  return arg;
}

static void *stand_back(void *arg) {
  entered = 0;
  return spawn_three(write_in_time, read_behind_writer, read_until_the_end), arg;
}

static void readers_go_on_when_the_writer_gives_up(void **state) {
  (void)state;
  plan.prefer_writers = true;
  run_often(stand_back);
  plan.prefer_writers = false;
}

/* The table. */

static uintptr_t held[8];
static int held_count;

static void note_held(void *context, const struct sync_holding *holding) {
  assert_ptr_equal(context, held);
  assert_ptr_equal(holding->taken_at, here.pc);
  held[held_count++] = holding->id;
}

static void *hold_some(void *arg) {
  sync_mutex_lock(11, SYNC_MUTEX_NORMAL, 0, &here);
  sync_rwlock_read(13, 0, &here);
  sync_mutex_lock(12, SYNC_MUTEX_NORMAL, 0, &here);
  sync_mutex_unlock(11);
  held_count = 0;
  sync_visit_held(sched.running, note_held, held);
  assert_int_equal(held_count, 2);
  assert_int_equal(held[0], 13);
  assert_int_equal(held[1], 12);
  sync_forget_range(12, 1);
  assert_int_equal(sync_owner(12), SCHED_NO_TASK);
  return arg;
}

static void what_a_task_holds_can_be_listed(void **state) {
  (void)state;
  run_often(hold_some);
}

static void *make_and_destroy_many(void *arg) {
  for (uintptr_t id = 1; id < 30000; id++) {
    assert_int_equal(sync_mutex_lock(id * 40, SYNC_MUTEX_NORMAL, 0, &here), SYNC_OK);
    assert_int_equal(sync_owner(id * 40), sched.running);
    if (id % 300 == 0)
      continue; /* stays */
    assert_int_equal(sync_mutex_unlock(id * 40), SYNC_OK);
    assert_int_equal(sync_destroy(id * 40), SYNC_OK);
  }
  for (uintptr_t id = 300; id < 30000; id += 300)
    assert_int_equal(sync_owner(id * 40), sched.running);
  return arg;
}

static void *keep_too_many(void *arg) {
  for (uintptr_t id = 1; id < 5000; id++)
    sync_mutex_lock(id * 40, SYNC_MUTEX_NORMAL, 0, &here);
  return arg;
}

static void objects_come_and_go_without_end(void **state) {
  (void)state;
  assert_int_equal(run(SCHED_POLICY_BYTES, 0, make_and_destroy_many), SCHED_COMPLETED);
  assert_int_equal(run(SCHED_POLICY_BYTES, 0, keep_too_many), SCHED_BUDGET);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mutex_lets_one_in),
      cmocka_unit_test(each_kind_of_mutex_has_its_own_rules),
      cmocka_unit_test(a_normal_mutex_locked_twice_waits_for_its_owner),
      cmocka_unit_test(only_the_owner_unlocks),
      cmocka_unit_test(a_deadline_and_an_unlock_may_meet),
      cmocka_unit_test(a_rwlock_shares_among_readers_alone),
      cmocka_unit_test(the_plan_says_whether_a_waiting_writer_goes_first),
      cmocka_unit_test(a_rwlock_says_what_is_wrong),
      cmocka_unit_test(a_reader_that_wants_to_write_waits_for_itself),
      cmocka_unit_test(readers_go_on_when_the_writer_gives_up),
      cmocka_unit_test(what_a_task_holds_can_be_listed),
      cmocka_unit_test(objects_come_and_go_without_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
