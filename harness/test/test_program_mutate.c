/* Mutation and crossover give valid programs, the same ones each time, and reach all that the format can say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "program/program.h"
#include "program/seeds.h"

static struct program a, b, c, d;

static size_t seed_count(void) {
  size_t count = 0;
  while (seeds_at(count, &a) != NULL)
    count++;
  return count;
}

static void mutation_gives_valid_programs_and_repeats(void **state) {
  (void)state;
  for (size_t i = 0; seeds_at(i, &a) != NULL; i++) {
    seeds_at(i, &b);
    for (uint32_t step = 0; step < 5000; step++) {
      program_mutate(&a, step);
      assert_true(program_valid(&a));
      program_mutate(&b, step);
      if (step % 64 == 0)
        assert_true(program_equal(&a, &b));
    }
    assert_true(program_equal(&a, &b));
  }
}

static void mutation_nearly_always_changes_something(void **state) {
  (void)state;
  unsigned changed = 0, tried = 0;
  for (size_t i = 0; seeds_at(i, &a) != NULL; i++)
    for (uint32_t seed = 0; seed < 1000; seed++, tried++) {
      seeds_at(i, &b);
      program_mutate(&b, seed);
      changed += !program_equal(&a, &b);
    }
  assert_true(changed > tried * 8 / 10);
}

static void mutation_reaches_everything_the_format_can_say(void **state) {
  (void)state;
  bool codes[PROGRAM_OP_COUNT] = {0}, policies[SCHED_POLICY_COUNT] = {0}, choices[PROGRAM_KEY_CHOICE_COUNT] = {0};
  bool threads[PROGRAM_THREADS_MAX + 1] = {0}, kinds[SCHED_CONSTRAINT_KIND_COUNT] = {0}, granularities[2] = {0};
  program_decode(NULL, 0, &a);
  for (uint32_t seed = 0; seed < 20000; seed++) {
    program_mutate(&a, seed);
    for (unsigned i = 0; i < a.op_count; i++)
      codes[a.ops[i].code] = true;
    policies[a.plan.policy] = choices[a.key_choice] = threads[a.threads] = true;
    granularities[a.plan.granularity] = true;
    if (a.plan.constraint_count > 0)
      kinds[a.plan.constraints[0].kind] = true;
  }
  for (unsigned i = 0; i < PROGRAM_OP_COUNT; i++)
    assert_true(codes[i]);
  for (unsigned i = 0; i < SCHED_POLICY_COUNT; i++)
    assert_true(policies[i] == (i != SCHED_POLICY_REPLAY));
  for (unsigned i = 0; i < PROGRAM_KEY_CHOICE_COUNT; i++)
    assert_true(choices[i]);
  for (unsigned i = PROGRAM_THREADS_MIN; i <= PROGRAM_THREADS_MAX; i++)
    assert_true(threads[i]);
  assert_true(kinds[SCHED_SWITCH] && kinds[SCHED_ORDER]);
  assert_true(granularities[SCHED_EVERY_ACCESS] && granularities[SCHED_SYNC_ONLY]);
}

static void programs_stay_small_over_many_mutations(void **state) {
  (void)state;
  program_decode(NULL, 0, &a);
  uint64_t ops = 0, constraints = 0;
  for (uint32_t seed = 0; seed < 100000; seed++) {
    program_mutate(&a, seed);
    ops += a.op_count;
    constraints += a.plan.constraint_count;
  }
  assert_in_range(ops / 100000, 2, 400);
  assert_in_range(constraints / 100000, 1, 400);
}

static void mutation_stays_within_full_programs(void **state) {
  (void)state;
  program_decode(NULL, 0, &a);
  for (unsigned i = 0; i < PROGRAM_OPS_MAX; i++)
    a.ops[i] = (struct program_op){.code = PROGRAM_BULK_PUT, .arg = 8, .thread = 1};
  a.op_count = PROGRAM_OPS_MAX;
  for (unsigned i = 0; i < SCHED_PLAN_CONSTRAINTS_MAX; i++)
    a.plan.constraints[i] = (struct sched_constraint){
        .kind = SCHED_ORDER, .task = 1, .other = 2, .at = SCHED_PLAN_AT_MAX, .other_at = SCHED_PLAN_AT_MAX};
  a.plan.constraint_count = SCHED_PLAN_CONSTRAINTS_MAX;
  assert_true(program_valid(&a));
  for (uint32_t seed = 0; seed < 5000; seed++) {
    b = a;
    program_mutate(&b, seed);
    assert_true(program_valid(&b));
  }
}

static void a_strict_replay_bends_when_changed(void **state) {
  (void)state;
  program_decode(NULL, 0, &a);
  a.plan.policy = SCHED_POLICY_REPLAY;
  b = a;
  for (uint32_t seed = 0; seed < 100; seed++) {
    c = a;
    program_mutate(&c, seed);
    assert_int_not_equal(c.plan.policy, SCHED_POLICY_REPLAY);
    program_crossover(&a, &b, seed, &c);
    assert_int_equal(c.plan.policy, SCHED_POLICY_BYTES);
  }
}

static bool same_op(const struct program_op *x, const struct program_op *y) {
  return x->code == y->code && x->draw == y->draw;
}

static bool has_op(const struct program *program, const struct program_op *op) {
  for (unsigned i = 0; i < program->op_count; i++)
    if (same_op(&program->ops[i], op))
      return true;
  return false;
}

static void crossover_mixes_operations_of_both_and_keeps_one_schedule(void **state) {
  (void)state;
  size_t count = seed_count();
  unsigned both = 0, tried = 0;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++)
      for (uint32_t seed = 0; seed < 16; seed++) {
        seeds_at(i, &a);
        seeds_at(j, &b);
        program_crossover(&a, &b, seed, &c);
        program_crossover(&a, &b, seed, &d);
        assert_true(program_valid(&c));
        assert_true(program_equal(&c, &d));
        bool schedule_of_a = c.plan.policy == a.plan.policy && c.plan.seed == a.plan.seed &&
                             c.plan.constraint_count == a.plan.constraint_count && c.threads == a.threads;
        bool schedule_of_b = c.plan.policy == b.plan.policy && c.plan.seed == b.plan.seed &&
                             c.plan.constraint_count == b.plan.constraint_count && c.threads == b.threads;
        assert_true(schedule_of_a || schedule_of_b);
        bool from_a = false, from_b = false;
        for (unsigned k = 0; k < c.op_count; k++) {
          bool in_a = has_op(&a, &c.ops[k]), in_b = has_op(&b, &c.ops[k]);
          assert_true(in_a || in_b);
          from_a |= in_a;
          from_b |= in_b;
        }
        both += from_a && from_b;
        tried++;
      }
  assert_true(both > tried * 8 / 10);
}

static void crossover_of_full_programs_stays_within_bounds(void **state) {
  (void)state;
  program_decode(NULL, 0, &a);
  for (unsigned i = 0; i < PROGRAM_OPS_MAX; i++)
    a.ops[i] = (struct program_op){.code = PROGRAM_BULK_PUT, .arg = 8, .thread = (uint8_t)(i % 2)};
  a.op_count = PROGRAM_OPS_MAX;
  b = a;
  for (uint32_t seed = 0; seed < 200; seed++) {
    program_crossover(&a, &b, seed, &c);
    assert_true(program_valid(&c));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mutation_gives_valid_programs_and_repeats),
      cmocka_unit_test(mutation_nearly_always_changes_something),
      cmocka_unit_test(mutation_reaches_everything_the_format_can_say),
      cmocka_unit_test(programs_stay_small_over_many_mutations),
      cmocka_unit_test(mutation_stays_within_full_programs),
      cmocka_unit_test(a_strict_replay_bends_when_changed),
      cmocka_unit_test(crossover_mixes_operations_of_both_and_keeps_one_schedule),
      cmocka_unit_test(crossover_of_full_programs_stays_within_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
