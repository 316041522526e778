/* encode.c - a program to its canonical bytes, as FORMAT.md lays them out: direct values only, no byte to spare. */
#include "program/program.h"

#include <assert.h>
#include <string.h>

#include "program/layout.h"

static void put_little_endian(uint8_t *bytes, uint32_t value, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    bytes[i] = (uint8_t)(value >> (8 * i));
}

static void encode_constraint_count(uint8_t *header, unsigned count) {
  if (count >= LAYOUT_FEW_CONSTRAINTS)
    count += LAYOUT_MANY_CONSTRAINTS_FROM * 256 - 1;
  put_little_endian(header + LAYOUT_COUNT, count, 2);
}

static void encode_header(const struct program *program, uint8_t *header) {
  const struct sched_plan *plan = &program->plan;
  memset(header, 0, LAYOUT_HEADER_BYTES);
  header[LAYOUT_VERSION] = PROGRAM_VERSION;
  header[LAYOUT_THREADS] = (uint8_t)(program->threads - PROGRAM_THREADS_MIN);
  header[LAYOUT_LOG2_KEYS] = program->log2_keys;
  header[LAYOUT_KEY_CHOICE] = program->key_choice;
  header[LAYOUT_CAPACITY] = program->capacity_code;
  header[LAYOUT_PREFILL] = program->prefill_code;
  header[LAYOUT_FLAGS] =
      (uint8_t)((program->shrink ? LAYOUT_FLAG_SHRINK : 0) | (plan->spurious ? LAYOUT_FLAG_SPURIOUS : 0) |
                (plan->prefer_writers ? LAYOUT_FLAG_PREFER_WRITERS : 0));
  header[LAYOUT_POLICY] = plan->policy;
  header[LAYOUT_GRANULARITY] = plan->granularity;
  if (plan->policy == SCHED_POLICY_PCT) {
    header[LAYOUT_DEPTH] = (uint8_t)(plan->depth - LAYOUT_DEPTH_MIN);
    header[LAYOUT_HORIZON] = (uint8_t)(plan->log2_horizon - LAYOUT_HORIZON_MIN);
  }
  header[LAYOUT_STARVING] = program->starving;
  if (program->starving != PROGRAM_STARVE_NEVER)
    put_little_endian(header + LAYOUT_STARVE_AT, program->starve_at - 1u, 2);
  put_little_endian(header + LAYOUT_HASH_SEED, program->hash_seed, 4);
  put_little_endian(header + LAYOUT_PLAN_SEED, plan->seed, 4);
  encode_constraint_count(header, plan->constraint_count);
}

static uint8_t encode_task(uint8_t task) { return (uint8_t)(task == 0 ? LAYOUT_MAIN_TASK : task - 1); }

static void encode_constraint(const struct sched_constraint *constraint, uint8_t *bytes) {
  memset(bytes, 0, LAYOUT_CONSTRAINT_BYTES);
  unsigned width_code = layout_width_code(constraint->at);
  bytes[0] = encode_task(constraint->task);
  bytes[1] = (uint8_t)(width_code << 1);
  put_little_endian(bytes + 2, constraint->at, 3);
  if (constraint->kind == SCHED_ORDER) {
    unsigned other_width_code = layout_width_code(constraint->other_at);
    bytes[0] |= (uint8_t)(encode_task(constraint->other) << 4);
    bytes[1] |= (uint8_t)(1 | other_width_code << 4);
    put_little_endian(bytes + 5, constraint->other_at, 3);
  }
}

static void encode_op(const struct program_op *op, uint8_t *bytes) {
  bytes[0] = op->thread;
  bytes[1] = op->code;
  put_little_endian(bytes + 2, op->draw, 2);
  bytes[4] = op->arg;
}

size_t program_encode(const struct program *program, uint8_t *bytes, size_t capacity) {
  assert(program_valid(program));
  const struct sched_plan *plan = &program->plan;
  size_t size = LAYOUT_HEADER_BYTES + (size_t)plan->constraint_count * LAYOUT_CONSTRAINT_BYTES +
                (size_t)program->op_count * LAYOUT_OP_BYTES;
  if (size > capacity)
    return 0;
  encode_header(program, bytes);
  uint8_t *next = bytes + LAYOUT_HEADER_BYTES;
  for (unsigned i = 0; i < plan->constraint_count; i++, next += LAYOUT_CONSTRAINT_BYTES)
    encode_constraint(&plan->constraints[i], next);
  for (unsigned i = 0; i < program->op_count; i++, next += LAYOUT_OP_BYTES)
    encode_op(&program->ops[i], next);
  assert(next == bytes + size);
  return size;
}
