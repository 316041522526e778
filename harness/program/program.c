/* program.c - what a program's codes stand for, when one is valid, and when two are the same. */
#include "program/program.h"

#include "program/layout.h"
#include "program/names.h"

static uint32_t size_of_code(unsigned code) {
  if (code < 2)
    return code;
  return code % 2 == 0 ? UINT32_C(1) << (code / 2) : UINT32_C(3) << (code / 2 - 1);
}

uint64_t program_capacity(const struct program *program) { return size_of_code(program->capacity_code); }

uint32_t program_prefill(const struct program *program) {
  uint32_t wanted = size_of_code(program->prefill_code), keys = UINT32_C(1) << program->log2_keys;
  return wanted < keys ? wanted : keys;
}

static uint32_t bulk_count(unsigned code) { return code == PROGRAM_BULK_CODES - 1 ? 100000 : UINT32_C(1) << code; }

uint32_t program_op_repeat(const struct program_op *op) { return names_op_is_bulk(op->code) ? bulk_count(op->arg) : 1; }

uint64_t program_operations(const struct program *program) {
  uint64_t total = 0;
  for (unsigned i = 0; i < program->op_count; i++)
    total += program_op_repeat(&program->ops[i]);
  return total;
}

void layout_limit_operations(struct program *program) {
  uint32_t spare = PROGRAM_OPERATIONS_MAX - program->op_count; /* each operation has its one */
  for (unsigned i = 0; i < program->op_count; i++) {
    struct program_op *op = &program->ops[i];
    if (!names_op_is_bulk(op->code))
      continue;
    while (bulk_count(op->arg) - 1 > spare)
      op->arg--;
    spare -= bulk_count(op->arg) - 1;
  }
}

/* `code`, or what stands for it under the rules. */
static uint8_t allowed(uint8_t code, unsigned thread, const struct program_rules *rules) {
  if (!(rules->offered >> code & 1))
    code = names_op_plain(code);
  return thread < rules->writers ? code : names_op_reading(code);
}

void program_restrict(struct program *program, const struct program_rules *rules) {
  for (unsigned i = 0; i < program->op_count; i++) {
    struct program_op *op = &program->ops[i];
    op->code = allowed(op->code, op->thread, rules);
  }
  if (!rules->may_starve) {
    program->starving = PROGRAM_STARVE_NEVER;
    program->starve_at = 0;
  }
}

static bool constraint_valid(const struct sched_constraint *c, unsigned threads) {
  if (c->kind >= SCHED_CONSTRAINT_KIND_COUNT || c->task > threads || c->at > SCHED_PLAN_AT_MAX)
    return false;
  if (c->kind == SCHED_SWITCH)
    return c->other == 0 && c->other_at == 0;
  return c->other <= threads && c->other != c->task && c->other_at <= SCHED_PLAN_AT_MAX;
}

static bool plan_valid(const struct sched_plan *plan, unsigned threads) {
  if (plan->policy >= SCHED_POLICY_COUNT || plan->granularity >= SCHED_GRANULARITY_COUNT ||
      plan->constraint_count > SCHED_PLAN_CONSTRAINTS_MAX)
    return false;
  if (plan->policy == SCHED_POLICY_PCT &&
      (plan->depth < LAYOUT_DEPTH_MIN || plan->depth > LAYOUT_DEPTH_MAX || plan->log2_horizon < LAYOUT_HORIZON_MIN ||
       plan->log2_horizon > LAYOUT_HORIZON_MAX))
    return false;
  for (unsigned i = 0; i < plan->constraint_count; i++)
    if (!constraint_valid(&plan->constraints[i], threads))
      return false;
  return true;
}

static bool op_valid(const struct program_op *op, unsigned threads) {
  return op->thread < threads && op->code < PROGRAM_OP_COUNT &&
         (!names_op_is_bulk(op->code) || op->arg < PROGRAM_BULK_CODES);
}

bool program_valid(const struct program *program) {
  if (program->threads < PROGRAM_THREADS_MIN || program->threads > PROGRAM_THREADS_MAX ||
      program->capacity_code >= PROGRAM_SIZE_CODES || program->log2_keys > PROGRAM_LOG2_KEYS_MAX ||
      program->key_choice >= PROGRAM_KEY_CHOICE_COUNT || program->prefill_code >= PROGRAM_SIZE_CODES ||
      program->starving >= PROGRAM_STARVING_COUNT ||
      (program->starving == PROGRAM_STARVE_NEVER) != (program->starve_at == 0) || program->op_count < 1 ||
      program->op_count > PROGRAM_OPS_MAX)
    return false;
  for (unsigned i = 0; i < program->op_count; i++)
    if (!op_valid(&program->ops[i], program->threads))
      return false;
  return program_operations(program) <= PROGRAM_OPERATIONS_MAX && plan_valid(&program->plan, program->threads);
}

static bool plan_equal(const struct sched_plan *a, const struct sched_plan *b) {
  if (a->policy != b->policy || a->granularity != b->granularity || a->spurious != b->spurious ||
      a->prefer_writers != b->prefer_writers || a->seed != b->seed || a->constraint_count != b->constraint_count)
    return false;
  if (a->policy == SCHED_POLICY_PCT && (a->depth != b->depth || a->log2_horizon != b->log2_horizon))
    return false;
  for (unsigned i = 0; i < a->constraint_count; i++) {
    const struct sched_constraint *c = &a->constraints[i], *d = &b->constraints[i];
    if (c->kind != d->kind || c->task != d->task || c->other != d->other || c->at != d->at ||
        c->other_at != d->other_at)
      return false;
  }
  return true;
}

bool program_equal(const struct program *a, const struct program *b) {
  if (a->threads != b->threads || a->capacity_code != b->capacity_code || a->log2_keys != b->log2_keys ||
      a->key_choice != b->key_choice || a->prefill_code != b->prefill_code || a->shrink != b->shrink ||
      a->starving != b->starving || a->starve_at != b->starve_at || a->hash_seed != b->hash_seed ||
      a->op_count != b->op_count)
    return false;
  for (unsigned i = 0; i < a->op_count; i++) {
    const struct program_op *c = &a->ops[i], *d = &b->ops[i];
    if (c->thread != d->thread || c->code != d->code || c->draw != d->draw || c->arg != d->arg)
      return false;
  }
  return plan_equal(&a->plan, &b->plan);
}
