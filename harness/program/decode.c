/* decode.c - any bytes to a valid program, as FORMAT.md lays them out.
 *
 * Fuzzers feed mostly random bytes, so each byte is read such that every value means something and common things are
 * likely: a byte below `direct` stands for itself, any other is folded onto the first `common` meanings.  The encoder
 * writes direct values only. */
#include "program/program.h"

#include <string.h>

#include "program/layout.h"
#include "program/names.h"

static uint8_t pick(uint8_t byte, unsigned direct, unsigned common) {
  return (uint8_t)(byte < direct ? byte : byte % common);
}

static uint32_t little_endian(const uint8_t *bytes, unsigned count) {
  uint32_t value = 0;
  for (unsigned i = 0; i < count; i++)
    value |= (uint32_t)bytes[i] << (8 * i);
  return value;
}

/* Points at `size` bytes from `offset` on; where the input ends sooner, at a copy filled up with zeros. */
static const uint8_t *record_at(const uint8_t *bytes, size_t size, size_t offset, size_t record_size, uint8_t *copy) {
  if (offset + record_size <= size)
    return bytes + offset;
  memset(copy, 0, record_size);
  if (offset < size)
    memcpy(copy, bytes + offset, size - offset);
  return copy;
}

static size_t records_within(size_t bytes, size_t record_size) { return (bytes + record_size - 1) / record_size; }

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

static size_t decode_constraint_count(const uint8_t *header) {
  uint8_t low = header[LAYOUT_COUNT], high = header[LAYOUT_COUNT + 1];
  if (high < LAYOUT_MANY_CONSTRAINTS_FROM)
    return low % LAYOUT_FEW_CONSTRAINTS;
  return (size_t)(high - LAYOUT_MANY_CONSTRAINTS_FROM) * 256 + low + 1;
}

static void decode_header(const uint8_t *header, struct program *out) {
  out->version = header[LAYOUT_VERSION];
  out->threads =
      (uint8_t)(PROGRAM_THREADS_MIN + pick(header[LAYOUT_THREADS], PROGRAM_THREADS_MAX - PROGRAM_THREADS_MIN + 1, 3));
  out->log2_keys = pick(header[LAYOUT_LOG2_KEYS], PROGRAM_LOG2_KEYS_MAX + 1, 8);
  out->key_choice = pick(header[LAYOUT_KEY_CHOICE], PROGRAM_KEY_CHOICE_COUNT, 3);
  out->capacity_code = pick(header[LAYOUT_CAPACITY], PROGRAM_SIZE_CODES, 11);
  out->prefill_code = pick(header[LAYOUT_PREFILL], PROGRAM_SIZE_CODES, 11);
  out->shrink = header[LAYOUT_FLAGS] & LAYOUT_FLAG_SHRINK;
  out->starving = pick(header[LAYOUT_STARVING], PROGRAM_STARVING_COUNT, 1);
  out->starve_at = 0;
  if (out->starving != PROGRAM_STARVE_NEVER) {
    uint32_t at = little_endian(header + LAYOUT_STARVE_AT, 2) + 1;
    out->starve_at = (uint16_t)(at > UINT16_MAX ? UINT16_MAX : at);
  }
  out->hash_seed = little_endian(header + LAYOUT_HASH_SEED, 4);

  struct sched_plan *plan = &out->plan;
  plan->spurious = header[LAYOUT_FLAGS] & LAYOUT_FLAG_SPURIOUS;
  plan->prefer_writers = header[LAYOUT_FLAGS] & LAYOUT_FLAG_PREFER_WRITERS;
  plan->policy = pick(header[LAYOUT_POLICY], SCHED_POLICY_COUNT, 3);
  plan->granularity = pick(header[LAYOUT_GRANULARITY], SCHED_GRANULARITY_COUNT, 1);
  plan->seed = little_endian(header + LAYOUT_PLAN_SEED, 4);
  plan->depth = plan->log2_horizon = 0;
  if (plan->policy == SCHED_POLICY_PCT) {
    plan->depth = (uint8_t)(LAYOUT_DEPTH_MIN + pick(header[LAYOUT_DEPTH], LAYOUT_DEPTH_MAX - LAYOUT_DEPTH_MIN + 1, 4));
    plan->log2_horizon =
        (uint8_t)(LAYOUT_HORIZON_MIN + pick(header[LAYOUT_HORIZON], LAYOUT_HORIZON_MAX - LAYOUT_HORIZON_MIN + 1, 8));
  }
}

static uint8_t decode_task(unsigned nibble, unsigned threads) {
  return (uint8_t)(nibble == LAYOUT_MAIN_TASK ? 0 : 1 + nibble % threads);
}

static uint32_t decode_points(const uint8_t *bytes, unsigned width_code) {
  return little_endian(bytes, 3) & ((UINT32_C(1) << layout_widths[width_code]) - 1);
}

static void decode_constraint(const uint8_t *bytes, unsigned threads, struct sched_constraint *out) {
  out->task = decode_task(bytes[0] & 15, threads);
  out->kind = bytes[1] & 1 ? SCHED_ORDER : SCHED_SWITCH;
  out->at = decode_points(bytes + 2, bytes[1] >> 1 & 7);
  out->other = 0;
  out->other_at = 0;
  if (out->kind == SCHED_ORDER) {
    out->other = decode_task(bytes[0] >> 4, threads);
    if (out->other == out->task) /* nothing can wait for itself: for the next thread, then */
      out->other = (uint8_t)(1 + out->task % threads);
    out->other_at = decode_points(bytes + 5, bytes[1] >> 4 & 7);
  }
}

static uint8_t decode_code(uint8_t byte) {
  /* Bulk operations cost thousands of simple ones, so only a direct value asks for them. */
  static const uint8_t common[16] = {
      PROGRAM_GET,     PROGRAM_PUT,      PROGRAM_INSERT, PROGRAM_CAS,
      PROGRAM_DEL,     PROGRAM_CONTAINS, PROGRAM_LEN,    PROGRAM_PUT,
      PROGRAM_ITERATE, PROGRAM_DEL,      PROGRAM_PUT,    PROGRAM_INSERT,
      PROGRAM_GET,     PROGRAM_DEL,      PROGRAM_CLEAR,  PROGRAM_DELETE_ITERATING,
  };
  return byte < PROGRAM_OP_COUNT ? byte : common[byte % 16];
}

static void decode_op(const uint8_t *bytes, unsigned threads, struct program_op *out) {
  out->thread = (uint8_t)(bytes[0] % threads);
  out->code = decode_code(bytes[1]);
  out->draw = (uint16_t)little_endian(bytes + 2, 2);
  out->arg = names_op_is_bulk(out->code) ? pick(bytes[4], PROGRAM_BULK_CODES, 9) : bytes[4];
}

/* An input without operations means the smallest program worth running. */
static void decode_default_ops(struct program *out) {
  for (uint8_t thread = 0; thread < 2; thread++)
    out->ops[thread] = (struct program_op){.thread = thread, .code = PROGRAM_PUT};
  out->op_count = 2;
}

void program_decode(const uint8_t *bytes, size_t size, struct program *out) {
  uint8_t copy[LAYOUT_HEADER_BYTES];
  const uint8_t *header = record_at(bytes, size, 0, LAYOUT_HEADER_BYTES, copy);
  decode_header(header, out);
  size_t wanted = decode_constraint_count(header);

  size_t offset = LAYOUT_HEADER_BYTES;
  size_t left = size > offset ? size - offset : 0;
  size_t constraints = min_size(wanted, records_within(left, LAYOUT_CONSTRAINT_BYTES));
  for (size_t i = 0; i < constraints; i++, offset += LAYOUT_CONSTRAINT_BYTES)
    decode_constraint(record_at(bytes, size, offset, LAYOUT_CONSTRAINT_BYTES, copy), out->threads,
                      &out->plan.constraints[i]);
  out->plan.constraint_count = (uint16_t)constraints;

  left = size > offset ? size - offset : 0;
  size_t ops = min_size(PROGRAM_OPS_MAX, records_within(left, LAYOUT_OP_BYTES));
  for (size_t i = 0; i < ops; i++, offset += LAYOUT_OP_BYTES)
    decode_op(record_at(bytes, size, offset, LAYOUT_OP_BYTES, copy), out->threads, &out->ops[i]);
  out->op_count = (uint16_t)ops;
  if (ops == 0)
    decode_default_ops(out);
  layout_limit_operations(out);
}
