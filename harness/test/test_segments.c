/* Segments of an interleaving, as a plan and gathered; and no task loses a point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sched/segments.h"

#define TASKS 4

static struct sched_plan plan;
static struct segment segments[SEGMENTS_MAX];

static void assert_segments(const struct segment *expected, size_t expected_count, size_t count) {
  assert_int_equal(count, expected_count);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(segments[i].task, expected[i].task);
    if (i + 1 < count)
      assert_int_equal(segments[i].length, expected[i].length);
  }
}
#define ASSERT_SEGMENTS(count, ...)                                                                                    \
  assert_segments((const struct segment[]){__VA_ARGS__},                                                               \
                  sizeof((const struct segment[]){__VA_ARGS__}) / sizeof *segments, count)

static size_t set(const struct segment *from, size_t count) {
  for (size_t i = 0; i < count; i++)
    segments[i] = from[i];
  return count;
}
#define SET(...)                                                                                                       \
  set((const struct segment[]){__VA_ARGS__}, sizeof((const struct segment[]){__VA_ARGS__}) / sizeof *segments)

static void a_plan_switches_where_segments_begin(void **state) {
  (void)state;
  size_t count = SET({0, 3}, {1, 5}, {2, 4}, {1, 0});
  plan = (struct sched_plan){.policy = SCHED_POLICY_PCT, .depth = 3, .constraint_count = 9};
  segments_to_plan(segments, count, &plan);
  assert_int_equal(plan.policy, SCHED_POLICY_BYTES);
  assert_int_equal(plan.constraint_count, 3);
  static const struct sched_constraint expected[] = {{.task = 1, .at = 3}, {.task = 2, .at = 8}, {.task = 1, .at = 12}};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(plan.constraints[i].kind, SCHED_SWITCH);
    assert_int_equal(plan.constraints[i].task, expected[i].task);
    assert_int_equal(plan.constraints[i].at, expected[i].at);
  }
  count = SET({0, 3}, {1, SCHED_PLAN_AT_MAX}, {2, 1}, {1, 0});
  segments_to_plan(segments, count, &plan);
  assert_int_equal(plan.constraint_count, 1); /* the others come too late to be said */
}

static void gathering_gives_each_task_one_segment(void **state) {
  (void)state;
  size_t count = SET({1, 5}, {2, 4}, {1, 3}, {3, 1}, {2, 2}, {1, 0});
  count = segments_gather(segments, count, 1, 5, 1);
  ASSERT_SEGMENTS(count, {1, 8}, {2, 6}, {3, 1}, {1, 0});
  count = SET({1, 5}, {2, 4}, {1, 3}, {3, 1}, {2, 2}, {1, 0});
  count = segments_gather(segments, count, 0, 5, 3);
  ASSERT_SEGMENTS(count, {3, 1}, {1, 8}, {2, 6}, {1, 0});
  count = SET({1, 5}, {2, 4}, {1, 3}, {2, 2}, {1, 0});
  count = segments_gather(segments, count, 0, 4, 2);
  ASSERT_SEGMENTS(count, {2, 6}, {1, 0}); /* the last one is as long as it takes */
}

/* All but the last one: that has no length. */
static void add_up(const struct segment *from, size_t count, uint64_t points[TASKS]) {
  for (unsigned task = 0; task < TASKS; task++)
    points[task] = 0;
  for (size_t i = 0; i + 1 < count; i++)
    points[from[i].task] += from[i].length;
}

static uint32_t draw(uint32_t below) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX generator */
  return (uint32_t)(((state >> 32) * below) >> 32);
}

static void gathering_keeps_how_far_each_task_gets(void **state) {
  (void)state;
  for (unsigned round = 0; round < 20000; round++) {
    uint64_t before[TASKS], after[TASKS];
    size_t count = 3 + draw(30);
    for (size_t i = 0; i + 1 < count; i++)
      segments[i] = (struct segment){(uint8_t)draw(TASKS - 1), 1 + draw(9)};
    segments[count - 1] = (struct segment){TASKS - 1, 0}; /* joins with none */
    add_up(segments, count, before);
    size_t from = draw((uint32_t)count - 2), to = from + 1 + draw((uint32_t)(count - 1 - from));
    uint8_t first = segments[from + draw((uint32_t)(to - from))].task;
    size_t fewer = segments_gather(segments, count, from, to, first);
    assert_true(fewer <= count);
    for (size_t i = 1; i < fewer; i++)
      assert_int_not_equal(segments[i].task, segments[i - 1].task);
    add_up(segments, fewer, after);
    assert_memory_equal(before, after, sizeof before);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plan_switches_where_segments_begin),
      cmocka_unit_test(gathering_gives_each_task_one_segment),
      cmocka_unit_test(gathering_keeps_how_far_each_task_gets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
