/* Every byte string decodes to a valid program, and encoding loses nothing of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/program.h"
#include "program/seeds.h"

enum { RANDOM_INPUTS = 1000000, BIG = 1 << 20 };

static struct program first, second;
static uint8_t encoded[PROGRAM_BYTES_MAX], again[PROGRAM_BYTES_MAX];

static uint64_t random_state = 1;

static uint64_t next_random(void) {
  uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static void fill_random(uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word = next_random();
    memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
  }
}

/* Spelled out here once more, so that program_valid is under test as well. */
static bool in_range(const struct program *p) {
  if (p->threads < 2 || p->threads > 8 || p->log2_keys > 16 || p->key_choice > 2 || p->capacity_code > 32 ||
      p->prefill_code > 32 || p->op_count < 1 || p->op_count > PROGRAM_OPS_MAX)
    return false;
  for (unsigned i = 0; i < p->op_count; i++) {
    const struct program_op *op = &p->ops[i];
    bool bulk = op->code == PROGRAM_BULK_GET || op->code == PROGRAM_BULK_PUT || op->code == PROGRAM_BULK_DEL;
    if (op->thread >= p->threads || op->code >= PROGRAM_OP_COUNT || (bulk && op->arg >= PROGRAM_BULK_CODES))
      return false;
  }
  if (p->starving > 2 || (p->starving == 0) != (p->starve_at == 0))
    return false;
  const struct sched_plan *plan = &p->plan;
  if (plan->policy >= SCHED_POLICY_COUNT || plan->granularity >= SCHED_GRANULARITY_COUNT ||
      plan->constraint_count > SCHED_PLAN_CONSTRAINTS_MAX)
    return false;
  if (plan->policy == SCHED_POLICY_PCT &&
      (plan->depth < 1 || plan->depth > 8 || plan->log2_horizon < 4 || plan->log2_horizon > 19))
    return false;
  for (unsigned i = 0; i < plan->constraint_count; i++) {
    const struct sched_constraint *c = &plan->constraints[i];
    bool order = c->kind == SCHED_ORDER;
    if (c->kind >= SCHED_CONSTRAINT_KIND_COUNT || c->task > p->threads || c->other > p->threads ||
        c->at > SCHED_PLAN_AT_MAX || c->other_at > SCHED_PLAN_AT_MAX || (order && c->other == c->task) ||
        (!order && (c->other != 0 || c->other_at != 0)))
      return false;
  }
  return program_operations(p) <= PROGRAM_OPERATIONS_MAX;
}

static void check_input(const uint8_t *bytes, size_t size) {
  program_decode(bytes, size, &first);
  assert_true(in_range(&first));
  assert_true(program_valid(&first));
  size_t length = program_encode(&first, encoded, sizeof encoded);
  assert_int_not_equal(length, 0);
  program_decode(encoded, length, &second);
  assert_true(program_equal(&first, &second));
  assert_int_equal(program_encode(&second, again, sizeof again), length);
  assert_memory_equal(encoded, again, length);
}

static void any_bytes_decode_and_encode_to_the_same_program(void **state) {
  (void)state;
  uint8_t *bytes = malloc(BIG);
  assert_non_null(bytes);
  size_t policies[SCHED_POLICY_COUNT] = {0}, codes[PROGRAM_OP_COUNT] = {0};
  for (unsigned i = 0; i < RANDOM_INPUTS; i++) {
    size_t size = next_random() % 300;
    if (i % 64 == 0)
      size = next_random() % 8192;
    if (i % 20000 == 0)
      size = BIG;
    fill_random(bytes, size);
    check_input(bytes, size);
    policies[first.plan.policy]++;
    codes[first.ops[0].code]++;
  }
  for (unsigned i = 0; i < SCHED_POLICY_COUNT; i++)
    assert_true(policies[i] > 0);
  for (unsigned i = 0; i < PROGRAM_OP_COUNT; i++)
    assert_true(codes[i] > 0);
  free(bytes);
}

static void one_byte_over_and_over_decodes(void **state) {
  (void)state;
  static uint8_t bytes[50000];
  static const size_t sizes[] = {0, 1, 23, 24, 25, 31, 32, 33, 100, 50000};
  for (unsigned value = 0; value < 256; value++)
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      memset(bytes, (int)value, sizes[i]);
      check_input(bytes, sizes[i]);
    }
}

static void every_truncation_of_every_seed_decodes(void **state) {
  (void)state;
  static struct program seed;
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  size_t count = 0;
  for (; seeds_at(count, &seed) != NULL; count++) {
    assert_true(in_range(&seed));
    size_t size = program_encode(&seed, bytes, sizeof bytes);
    check_input(bytes, size);
    assert_true(program_equal(&seed, &first));
    for (size_t cut = 0; cut <= size; cut++) {
      uint8_t *exact = malloc(cut + 1); /* so that a sanitizer sees a read past the end */
      assert_non_null(exact);
      memcpy(exact + 1, bytes, cut);
      check_input(exact + 1, cut);
      free(exact);
    }
  }
  assert_true(count > 20);
}

static void the_empty_input_is_two_puts_of_one_key(void **state) {
  (void)state;
  program_decode(NULL, 0, &first);
  assert_int_equal(first.threads, 2);
  assert_int_equal(first.op_count, 2);
  assert_int_equal(first.ops[0].code, PROGRAM_PUT);
  assert_int_equal(first.ops[1].code, PROGRAM_PUT);
  assert_int_not_equal(first.ops[0].thread, first.ops[1].thread);
  assert_int_equal(program_key(&first, first.ops[0].draw), program_key(&first, first.ops[1].draw));
  assert_int_equal(first.plan.policy, SCHED_POLICY_BYTES);
  assert_int_equal(first.plan.granularity, SCHED_EVERY_ACCESS);
  check_input((const uint8_t *)"", 0);
}

static void every_value_of_the_header_has_an_encoding(void **state) {
  (void)state;
  static struct program p;
  program_decode(NULL, 0, &p);
  p.plan.policy = SCHED_POLICY_PCT;
  p.plan.depth = 1;
  p.plan.log2_horizon = 4;
  struct {
    uint8_t *field;
    uint8_t least, most;
  } fields[] = {
      {&p.threads, 2, 8},
      {&p.log2_keys, 0, 16},
      {&p.key_choice, 0, PROGRAM_KEY_CHOICE_COUNT - 1},
      {&p.capacity_code, 0, PROGRAM_SIZE_CODES - 1},
      {&p.prefill_code, 0, PROGRAM_SIZE_CODES - 1},
      {&p.plan.granularity, 0, SCHED_GRANULARITY_COUNT - 1},
      {&p.plan.depth, 1, 8},
      {&p.plan.log2_horizon, 4, 19},
      {&p.plan.policy, 0, SCHED_POLICY_COUNT - 1},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    for (unsigned value = fields[i].least; value <= fields[i].most; value++) {
      *fields[i].field = (uint8_t)value;
      size_t size = program_encode(&p, encoded, sizeof encoded);
      program_decode(encoded, size, &second);
      assert_true(program_equal(&p, &second));
    }
  static const uint16_t places[] = {1, 2, 255, 256, 257, UINT16_MAX};
  for (unsigned starving = PROGRAM_STARVE_ONCE; starving < PROGRAM_STARVING_COUNT; starving++)
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
      p.starving = (uint8_t)starving;
      p.starve_at = places[i];
      program_decode(encoded, program_encode(&p, encoded, sizeof encoded), &second);
      assert_true(program_equal(&p, &second));
    }
  for (unsigned flags = 0; flags < 8; flags++) {
    p.shrink = flags & 1;
    p.plan.spurious = flags & 2;
    p.plan.prefer_writers = flags & 4;
    program_decode(encoded, program_encode(&p, encoded, sizeof encoded), &second);
    assert_true(program_equal(&p, &second));
  }
}

static void every_constraint_count_and_place_has_an_encoding(void **state) {
  (void)state;
  static struct program p;
  program_decode(NULL, 0, &p);
  p.threads = 8;
  for (unsigned count = 0; count <= SCHED_PLAN_CONSTRAINTS_MAX; count++) {
    p.plan.constraint_count = (uint16_t)count;
    if (count > 0) {
      uint32_t at = (uint32_t)next_random() & (SCHED_PLAN_AT_MAX >> count % 24);
      uint8_t task = (uint8_t)(count % 9);
      p.plan.constraints[count - 1] = (struct sched_constraint){.kind = SCHED_SWITCH, .task = task, .at = at};
      if (count % 2 == 0)
        p.plan.constraints[count - 1] = (struct sched_constraint){
            .kind = SCHED_ORDER, .task = task, .other = (uint8_t)((count + 4) % 9), .at = at, .other_at = at / 3};
    }
    if (count > 300 && count % 61 != 0 && count != SCHED_PLAN_CONSTRAINTS_MAX)
      continue;
    size_t size = program_encode(&p, encoded, sizeof encoded);
    program_decode(encoded, size, &second);
    assert_int_equal(second.plan.constraint_count, count);
    assert_true(program_equal(&p, &second));
  }
}

static void the_longest_program_fits(void **state) {
  (void)state;
  static struct program p;
  program_decode(NULL, 0, &p);
  for (unsigned i = 0; i < PROGRAM_OPS_MAX; i++)
    p.ops[i] = (struct program_op){.code = PROGRAM_DEL};
  for (unsigned i = 0; i < SCHED_PLAN_CONSTRAINTS_MAX; i++)
    p.plan.constraints[i] = (struct sched_constraint){.task = 2, .at = SCHED_PLAN_AT_MAX};
  p.op_count = PROGRAM_OPS_MAX;
  p.plan.constraint_count = SCHED_PLAN_CONSTRAINTS_MAX;
  size_t size = program_encode(&p, encoded, sizeof encoded);
  assert_in_range(size, 1, PROGRAM_BYTES_MAX);
  assert_int_equal(program_encode(&p, encoded, size), size);
  assert_int_equal(program_encode(&p, encoded, size - 1), 0);
  check_input(encoded, size);
  assert_true(program_equal(&p, &first));
}

static void no_input_takes_more_operations_than_the_limit(void **state) {
  (void)state;
  enum { OPS = 1000, HEADER = 24 };
  static uint8_t bytes[HEADER + 5 * OPS];
  for (unsigned i = 0; i < OPS; i++) {
    bytes[HEADER + 5 * i + 1] = PROGRAM_BULK_DEL;
    bytes[HEADER + 5 * i + 4] = PROGRAM_BULK_CODES - 1;
  }
  check_input(bytes, sizeof bytes);
  assert_int_equal(first.op_count, OPS);
  assert_int_equal(program_op_repeat(&first.ops[0]), 100000);
  assert_int_equal(program_op_repeat(&first.ops[3]), 100000);
  assert_int_equal(program_op_repeat(&first.ops[OPS - 1]), 1);
  assert_true(program_operations(&first) <= PROGRAM_OPERATIONS_MAX);
  assert_true(program_operations(&first) > PROGRAM_OPERATIONS_MAX - 100);
}

static void programs_that_differ_in_a_field_are_not_equal(void **state) {
  (void)state;
  static struct program p, q;
  program_decode(NULL, 0, &p);
  p.plan.policy = SCHED_POLICY_PCT;
  p.plan.constraint_count = 1;
  p.plan.constraints[0] = (struct sched_constraint){.kind = SCHED_ORDER, .task = 1, .other = 2};
#define DIFFERS(field)                                                                                                 \
  do {                                                                                                                 \
    q = p;                                                                                                             \
    assert_true(program_equal(&p, &q));                                                                                \
    q.field = !q.field;                                                                                                \
    assert_false(program_equal(&p, &q));                                                                               \
  } while (0)
  DIFFERS(threads);
  DIFFERS(capacity_code);
  DIFFERS(log2_keys);
  DIFFERS(key_choice);
  DIFFERS(prefill_code);
  DIFFERS(shrink);
  DIFFERS(hash_seed);
  DIFFERS(op_count);
  DIFFERS(ops[1].thread);
  DIFFERS(ops[1].code);
  DIFFERS(ops[1].draw);
  DIFFERS(ops[1].arg);
  DIFFERS(plan.policy);
  DIFFERS(plan.granularity);
  DIFFERS(plan.depth);
  DIFFERS(plan.log2_horizon);
  DIFFERS(plan.spurious);
  DIFFERS(plan.prefer_writers);
  DIFFERS(plan.seed);
  DIFFERS(plan.constraint_count);
  DIFFERS(plan.constraints[0].kind);
  DIFFERS(plan.constraints[0].task);
  DIFFERS(plan.constraints[0].other);
  DIFFERS(plan.constraints[0].at);
  DIFFERS(plan.constraints[0].other_at);
#undef DIFFERS
}

static void programs_out_of_range_are_not_valid(void **state) {
  (void)state;
  static struct program p, q;
  program_decode(NULL, 0, &p);
  p.plan.policy = SCHED_POLICY_PCT;
  p.plan.depth = 1;
  p.plan.log2_horizon = 4;
  p.plan.constraint_count = 2;
  p.plan.constraints[0] = (struct sched_constraint){.kind = SCHED_ORDER, .task = 1, .other = 2};
  p.plan.constraints[1] = (struct sched_constraint){.kind = SCHED_SWITCH, .task = 1};
#define INVALID(field, value)                                                                                          \
  do {                                                                                                                 \
    q = p;                                                                                                             \
    assert_true(program_valid(&q));                                                                                    \
    q.field = (value);                                                                                                 \
    assert_false(program_valid(&q));                                                                                   \
  } while (0)
  INVALID(threads, 1);
  INVALID(threads, 9);
  INVALID(capacity_code, PROGRAM_SIZE_CODES);
  INVALID(prefill_code, PROGRAM_SIZE_CODES);
  INVALID(log2_keys, PROGRAM_LOG2_KEYS_MAX + 1);
  INVALID(key_choice, PROGRAM_KEY_CHOICE_COUNT);
  INVALID(starving, PROGRAM_STARVING_COUNT);
  INVALID(starving, PROGRAM_STARVE_ONCE); /* which one? */
  INVALID(starve_at, 1);                  /* never */
  INVALID(op_count, 0);
  INVALID(op_count, PROGRAM_OPS_MAX + 1);
  INVALID(ops[0].thread, 2);
  INVALID(ops[1].code, PROGRAM_OP_COUNT);
  INVALID(plan.policy, SCHED_POLICY_COUNT);
  INVALID(plan.granularity, SCHED_GRANULARITY_COUNT);
  INVALID(plan.depth, 0);
  INVALID(plan.depth, 9);
  INVALID(plan.log2_horizon, 3);
  INVALID(plan.log2_horizon, 20);
  INVALID(plan.constraint_count, SCHED_PLAN_CONSTRAINTS_MAX + 1);
  INVALID(plan.constraints[0].task, 3);
  INVALID(plan.constraints[0].other, 3);
  INVALID(plan.constraints[0].other, 1);
  INVALID(plan.constraints[0].at, SCHED_PLAN_AT_MAX + 1);
  INVALID(plan.constraints[0].other_at, SCHED_PLAN_AT_MAX + 1);
  INVALID(plan.constraints[1].other, 1);
  INVALID(plan.constraints[1].kind, SCHED_CONSTRAINT_KIND_COUNT);
#undef INVALID
  q = p;
  q.ops[0] = (struct program_op){.code = PROGRAM_BULK_GET, .arg = PROGRAM_BULK_CODES};
  assert_false(program_valid(&q));
}

static void a_restricted_program_asks_only_for_what_is_offered(void **state) {
  (void)state;
  static uint8_t bytes[400];
  const uint32_t every = (UINT32_C(1) << PROGRAM_OP_COUNT) - 1;
  const uint32_t reading = UINT32_C(1) << PROGRAM_GET | UINT32_C(1) << PROGRAM_CONTAINS | UINT32_C(1) << PROGRAM_LEN |
                           UINT32_C(1) << PROGRAM_ITERATE | UINT32_C(1) << PROGRAM_ITERATE_SOME |
                           UINT32_C(1) << PROGRAM_BULK_GET;
  const uint32_t optional = UINT32_C(1) << PROGRAM_GET_OR_INSERT | UINT32_C(1) << PROGRAM_TAKE |
                            UINT32_C(1) << PROGRAM_MOVE | UINT32_C(1) << PROGRAM_SWAP;
  for (unsigned i = 0; i < 3000; i++) {
    fill_random(bytes, sizeof bytes);
    program_decode(bytes, sizeof bytes, &first);
    struct program_rules rules = {.offered = i % 2 ? every : every & ~optional,
                                  .writers = (uint8_t)(i % 3 == 2 ? 8 : i % 3),
                                  .may_starve = i % 5};
    program_decode(bytes, sizeof bytes, &second);
    program_restrict(&second, &rules);
    assert_true(program_valid(&second));
    for (unsigned j = 0; j < second.op_count; j++) {
      const struct program_op *op = &second.ops[j];
      assert_true(rules.offered >> op->code & 1);
      assert_true(op->thread < rules.writers || (reading >> op->code & 1));
      assert_int_equal(op->draw, first.ops[j].draw);
    }
    assert_true(rules.may_starve || second.starving == PROGRAM_STARVE_NEVER);
    static struct program again_restricted;
    again_restricted = second;
    program_restrict(&again_restricted, &rules);
    assert_true(program_equal(&again_restricted, &second));
    rules = (struct program_rules){.offered = every, .writers = 8, .may_starve = true};
    again_restricted = first;
    program_restrict(&again_restricted, &rules);
    assert_true(program_equal(&again_restricted, &first));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_bytes_decode_and_encode_to_the_same_program),
      cmocka_unit_test(one_byte_over_and_over_decodes),
      cmocka_unit_test(every_truncation_of_every_seed_decodes),
      cmocka_unit_test(the_empty_input_is_two_puts_of_one_key),
      cmocka_unit_test(every_value_of_the_header_has_an_encoding),
      cmocka_unit_test(every_constraint_count_and_place_has_an_encoding),
      cmocka_unit_test(the_longest_program_fits),
      cmocka_unit_test(no_input_takes_more_operations_than_the_limit),
      cmocka_unit_test(programs_that_differ_in_a_field_are_not_equal),
      cmocka_unit_test(programs_out_of_range_are_not_valid),
      cmocka_unit_test(a_restricted_program_asks_only_for_what_is_offered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
