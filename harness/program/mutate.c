/* mutate.c - one small change to a program, and two programs mixed.
 *
 * Changes are chosen for what finds concurrency bugs: operations of different threads that meet on a key, and few
 * switches whose place moves a little at a time. */
#include "program/program.h"

#include <assert.h>
#include <string.h>

#include "program/layout.h"
#include "program/names.h"

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
struct dice {
  uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides) {
  uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(((z ^ z >> 31) >> 32) * sides >> 32);
}

static uint32_t roll_word(struct dice *dice) { return roll(dice, 65536) << 16 | roll(dice, 65536); }

/* Below 2^bits, with every magnitude as likely as any other. */
static uint32_t roll_magnitude(struct dice *dice, uint32_t bits) {
  return roll(dice, UINT32_C(1) << roll(dice, bits + 1));
}

/* Another value below `count`, never `old`. */
static uint8_t roll_other(struct dice *dice, uint8_t old, unsigned count) {
  return (uint8_t)((old + 1 + roll(dice, count - 1)) % count);
}

static struct program_op *roll_op(struct dice *dice, struct program *program) {
  return &program->ops[roll(dice, program->op_count)];
}

/* Operations */

static void change_draw(struct dice *dice, struct program *program) {
  struct program_op *op = roll_op(dice, program);
  switch (roll(dice, 4)) {
  case 0:
    op->draw = (uint16_t)roll(dice, 65536);
    break;
  case 1:
    op->draw ^= (uint16_t)(1u << roll(dice, 16));
    break;
  case 2:
    op->draw = (uint16_t)roll_magnitude(dice, 6);
    break;
  default:
    op->draw = roll_op(dice, program)->draw; /* so that two meet on a key */
    break;
  }
}

static uint8_t roll_arg(struct dice *dice, unsigned code) {
  if (names_op_is_bulk(code))
    return (uint8_t)roll(dice, roll(dice, 8) == 0 ? PROGRAM_BULK_CODES : 9); /* counts over 256 are dear: seldom */
  if (names_op_has_other_key(code))
    return (uint8_t)roll_magnitude(dice, 8);
  return (uint8_t)roll(dice, 4);
}

/* Bulk operations cost more, and are for one in eight. */
static uint8_t roll_code(struct dice *dice) {
  uint8_t code = (uint8_t)roll(dice, PROGRAM_OP_COUNT);
  while (names_op_is_bulk(code) && roll(dice, 2) == 0)
    code = (uint8_t)roll(dice, PROGRAM_OP_COUNT);
  return code;
}

static void change_code(struct dice *dice, struct program *program) {
  struct program_op *op = roll_op(dice, program);
  op->code = roll_other(dice, op->code, PROGRAM_OP_COUNT);
  if (names_op_is_bulk(op->code))
    op->arg = roll_arg(dice, op->code);
}

static void change_arg(struct dice *dice, struct program *program) {
  struct program_op *op = roll_op(dice, program);
  op->arg = roll_arg(dice, op->code);
}

static void change_thread(struct dice *dice, struct program *program) {
  struct program_op *op = roll_op(dice, program);
  op->thread = roll_other(dice, op->thread, program->threads);
}

static void swap_ops(struct dice *dice, struct program *program) {
  struct program_op *a = roll_op(dice, program), *b = roll_op(dice, program), old = *a;
  *a = *b;
  *b = old;
}

static void insert_op_at(struct program *program, unsigned at, struct program_op op) {
  assert(program->op_count < PROGRAM_OPS_MAX && at <= program->op_count);
  memmove(&program->ops[at + 1], &program->ops[at], (program->op_count - at) * sizeof op);
  program->ops[at] = op;
  program->op_count++;
}

static void insert_op(struct dice *dice, struct program *program) {
  if (program->op_count == PROGRAM_OPS_MAX) {
    change_code(dice, program);
    return;
  }
  struct program_op op = *roll_op(dice, program); /* keeps its key: the new one is to meet the old one */
  op.thread = (uint8_t)roll(dice, program->threads);
  op.code = roll_code(dice);
  op.arg = roll_arg(dice, op.code);
  if (roll(dice, 2) == 0)
    op.draw = (uint16_t)roll_magnitude(dice, 16);
  insert_op_at(program, roll(dice, program->op_count + 1u), op);
}

/* The same operation again, on another thread. */
static void copy_op(struct dice *dice, struct program *program) {
  if (program->op_count == PROGRAM_OPS_MAX) {
    change_thread(dice, program);
    return;
  }
  struct program_op op = *roll_op(dice, program);
  op.thread = roll_other(dice, op.thread, program->threads);
  insert_op_at(program, roll(dice, program->op_count + 1u), op);
}

static void erase_op(struct dice *dice, struct program *program) {
  if (program->op_count == 1) {
    change_code(dice, program);
    return;
  }
  unsigned at = roll(dice, program->op_count);
  memmove(&program->ops[at], &program->ops[at + 1], (program->op_count - at - 1u) * sizeof program->ops[0]);
  program->op_count--;
}

/* The schedule */

static uint32_t roll_points(struct dice *dice) { return roll_magnitude(dice, 12); }

static uint32_t nudge(struct dice *dice, uint32_t at) {
  switch (roll(dice, 4)) {
  case 0:
    return roll_points(dice);
  case 1:
    return at / 2;
  case 2:
    return at > 8 ? at - 1 - roll(dice, 8) : at + 1;
  default:
    return at < SCHED_PLAN_AT_MAX - 8 ? at + 1 + roll(dice, 8) : at - 1;
  }
}

static struct sched_constraint roll_constraint(struct dice *dice, unsigned threads) {
  struct sched_constraint constraint = {
      .kind = SCHED_SWITCH, .task = (uint8_t)(1 + roll(dice, threads)), .at = roll_points(dice)};
  if (roll(dice, 3) == 0) {
    constraint.kind = SCHED_ORDER;
    constraint.other = (uint8_t)(1 + roll_other(dice, (uint8_t)(constraint.task - 1), threads));
    constraint.other_at = roll_points(dice);
  }
  return constraint;
}

static void insert_constraint(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  struct sched_constraint constraint = roll_constraint(dice, program->threads);
  if (plan->constraint_count == SCHED_PLAN_CONSTRAINTS_MAX) {
    plan->constraints[roll(dice, plan->constraint_count)] = constraint;
    return;
  }
  unsigned at = roll(dice, plan->constraint_count + 1u);
  memmove(&plan->constraints[at + 1], &plan->constraints[at], (plan->constraint_count - at) * sizeof constraint);
  plan->constraints[at] = constraint;
  plan->constraint_count++;
}

static void erase_constraint(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  if (plan->constraint_count == 0) {
    insert_constraint(dice, program);
    return;
  }
  unsigned at = roll(dice, plan->constraint_count);
  memmove(&plan->constraints[at], &plan->constraints[at + 1],
          (plan->constraint_count - at - 1u) * sizeof plan->constraints[0]);
  plan->constraint_count--;
}

static void move_constraint(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  if (plan->constraint_count == 0) {
    insert_constraint(dice, program);
    return;
  }
  struct sched_constraint *constraint = &plan->constraints[roll(dice, plan->constraint_count)];
  if (constraint->kind == SCHED_ORDER && roll(dice, 2) == 0)
    constraint->other_at = nudge(dice, constraint->other_at);
  else
    constraint->at = nudge(dice, constraint->at);
}

static void retask_constraint(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  if (plan->constraint_count == 0) {
    insert_constraint(dice, program);
    return;
  }
  struct sched_constraint *constraint = &plan->constraints[roll(dice, plan->constraint_count)];
  uint8_t old = constraint->task;
  if (constraint->kind == SCHED_ORDER && roll(dice, 2) == 0) { /* the other way round */
    constraint->task = constraint->other;
    constraint->other = old;
    return;
  }
  constraint->task = (uint8_t)(1 + roll(dice, program->threads));
  if (constraint->kind == SCHED_ORDER && constraint->task == constraint->other)
    constraint->other = old;
}

static void change_seed(struct dice *dice, struct program *program) { program->plan.seed = roll_word(dice); }

static void change_policy(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  plan->policy = roll_other(dice, plan->policy, SCHED_POLICY_REPLAY);
  if (plan->policy == SCHED_POLICY_PCT) {
    plan->depth = (uint8_t)(LAYOUT_DEPTH_MIN + roll(dice, 4));
    plan->log2_horizon = (uint8_t)(LAYOUT_HORIZON_MIN + roll(dice, 9));
  }
}

static void change_granularity_or_flag(struct dice *dice, struct program *program) {
  struct sched_plan *plan = &program->plan;
  switch (roll(dice, 3)) {
  case 0:
    plan->granularity = roll_other(dice, plan->granularity, SCHED_GRANULARITY_COUNT);
    break;
  case 1:
    plan->spurious = !plan->spurious;
    break;
  default:
    plan->prefer_writers = !plan->prefer_writers;
    break;
  }
}

/* The header */

/* Brings back into range what names a thread that is gone. */
static void fold_threads(struct program *program) {
  unsigned threads = program->threads;
  for (unsigned i = 0; i < program->op_count; i++)
    program->ops[i].thread = (uint8_t)(program->ops[i].thread % threads);
  for (unsigned i = 0; i < program->plan.constraint_count; i++) {
    struct sched_constraint *c = &program->plan.constraints[i];
    if (c->task > threads)
      c->task = (uint8_t)(1 + (c->task - 1) % threads);
    if (c->kind != SCHED_ORDER)
      continue;
    if (c->other > threads)
      c->other = (uint8_t)(1 + (c->other - 1) % threads);
    if (c->other == c->task)
      c->other = (uint8_t)(1 + c->task % threads);
  }
}

static void change_threads(struct dice *dice, struct program *program) {
  unsigned choices = roll(dice, 4) == 0 ? PROGRAM_THREADS_MAX - PROGRAM_THREADS_MIN + 1 : 3;
  program->threads = (uint8_t)(PROGRAM_THREADS_MIN + roll(dice, choices));
  fold_threads(program);
}

static void change_keys(struct dice *dice, struct program *program) {
  if (roll(dice, 3) == 0)
    program->key_choice = roll_other(dice, program->key_choice, PROGRAM_KEY_CHOICE_COUNT);
  else
    program->log2_keys = (uint8_t)roll(dice, roll(dice, 4) == 0 ? PROGRAM_LOG2_KEYS_MAX + 1 : 8);
}

static void change_map(struct dice *dice, struct program *program) {
  unsigned codes = roll(dice, 16) == 0 ? PROGRAM_SIZE_CODES : 12;
  switch (roll(dice, 4)) {
  case 0:
    program->capacity_code = (uint8_t)roll(dice, codes);
    break;
  case 1:
    program->prefill_code = (uint8_t)roll(dice, codes);
    break;
  case 2:
    program->shrink = !program->shrink;
    break;
  default:
    program->hash_seed = roll_word(dice);
    break;
  }
}

static void change_starving(struct dice *dice, struct program *program) {
  program->starving = (uint8_t)roll(dice, PROGRAM_STARVING_COUNT);
  program->starve_at = program->starving == PROGRAM_STARVE_NEVER ? 0 : (uint16_t)(1 + roll_magnitude(dice, 6));
}

/* Bends a strict replay, whose list of decisions would not fit any more. */
static void bend(struct program *program) {
  if (program->plan.policy == SCHED_POLICY_REPLAY)
    program->plan.policy = SCHED_POLICY_BYTES;
}

void program_mutate(struct program *program, uint32_t seed) {
  /* One entry a share of the changes; as many take away as add, so that programs stay small. */
  static void (*const changes[])(struct dice *, struct program *) = {
      insert_op,         insert_op,         copy_op,          copy_op,
      erase_op,          erase_op,          erase_op,         erase_op,
      change_draw,       change_draw,       change_code,      change_code,
      change_arg,        change_thread,     change_thread,    swap_ops,
      insert_constraint, insert_constraint, erase_constraint, erase_constraint,
      move_constraint,   move_constraint,   move_constraint,  retask_constraint,
      change_seed,       change_seed,       change_policy,    change_granularity_or_flag,
      change_threads,    change_keys,       change_map,       change_starving,
  };
  assert(program_valid(program));
  struct dice dice = {seed};
  bend(program);
  changes[roll(&dice, sizeof changes / sizeof changes[0])](&dice, program);
  layout_limit_operations(program);
}

/* Header and schedule of `from`, no operations. */
static void copy_all_but_ops(const struct program *from, struct program *out) {
  memcpy(out, from, offsetof(struct program, ops));
  memcpy(&out->plan, &from->plan, offsetof(struct sched_plan, constraints));
  memcpy(out->plan.constraints, from->plan.constraints, from->plan.constraint_count * sizeof from->plan.constraints[0]);
  out->op_count = 0;
}

static void append_ops(struct program *out, const struct program_op *ops, unsigned count) {
  unsigned room = PROGRAM_OPS_MAX - out->op_count;
  count = count < room ? count : room;
  memcpy(&out->ops[out->op_count], ops, count * sizeof ops[0]);
  out->op_count = (uint16_t)(out->op_count + count);
}

/* Some threads as in `a`, the others as in `b`. */
static void mix_threads(struct dice *dice, const struct program *a, const struct program *b, struct program *out) {
  uint32_t from_a = 1 + roll(dice, (1u << PROGRAM_THREADS_MIN) - 2) +
                    (roll(dice, 1u << (PROGRAM_THREADS_MAX - PROGRAM_THREADS_MIN)) << PROGRAM_THREADS_MIN);
  for (unsigned i = 0; i < a->op_count; i++)
    if (from_a >> a->ops[i].thread & 1)
      append_ops(out, &a->ops[i], 1);
  for (unsigned i = 0; i < b->op_count; i++)
    if (!(from_a >> b->ops[i].thread & 1))
      append_ops(out, &b->ops[i], 1);
}

/* The first operations of `a`, then the last ones of `b`. */
static void splice(struct dice *dice, const struct program *a, const struct program *b, struct program *out) {
  unsigned head = 1 + roll(dice, a->op_count), tail = 1 + roll(dice, b->op_count);
  append_ops(out, a->ops, head);
  append_ops(out, &b->ops[b->op_count - tail], tail);
}

void program_crossover(const struct program *a, const struct program *b, uint32_t seed, struct program *out) {
  assert(program_valid(a) && program_valid(b) && out != a && out != b);
  struct dice dice = {seed};
  copy_all_but_ops(roll(&dice, 2) == 0 ? a : b, out);
  bend(out);
  if (roll(&dice, 2) == 0)
    mix_threads(&dice, a, b, out);
  if (out->op_count == 0)
    splice(&dice, a, b, out);
  fold_threads(out);
  layout_limit_operations(out);
}
