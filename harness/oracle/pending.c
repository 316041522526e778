/* pending.c - see pending.h. */
#include "oracle/pending.h"

#include <string.h>

void pending_begin(struct pending *pending, const struct register_history *history) {
  pending->history = history;
  pending->open = pending->observers = pending->overwriting = pending->optional = 0;
  pending->return_count = 0;
  pending->expected_noted = false;
}

static void note_expected(struct pending *pending) {
  memset(pending->expected, 0, sizeof pending->expected);
  for (uint32_t i = 0; i < pending->history->count; i++) {
    const struct register_op *op = &pending->history->ops[i];
    uint64_t hash = op->expected * UINT64_C(0x9e3779b97f4a7c15) >> 52;
    if (register_expects(op->kind))
      pending->expected[hash >> 6] |= UINT64_C(1) << (hash & 63);
  }
  pending->expected_noted = true;
}

static bool same_effect(const struct pending *pending, const struct register_op *a, const struct register_op *b) {
  uint8_t presence[] = {REGISTER_THERE, REGISTER_THERE};
  uint64_t values[] = {a->value, b->value};
  if (a->kind != b->kind || a->joint || b->joint)
    return false;
  switch ((enum register_kind)a->kind) {
  case REGISTER_ADD:
  case REGISTER_WRITE:
    pending_blur(pending, &presence[0], &values[0]);
    pending_blur(pending, &presence[1], &values[1]);
    return values[0] == values[1] && presence[0] == presence[1];
  case REGISTER_REMOVE:
  case REGISTER_ERASE:
  case REGISTER_ANYTHING:
    return true;
  default:
    return false;
  }
}

static void find_twins(struct pending *pending, uint32_t slot) {
  const struct register_op *op = pending_op(pending, slot);
  pending->twins[slot] = 0;
  for (uint32_t left = pending->open & ~pending->observers; left; left &= left - 1) {
    uint32_t other = (uint32_t)__builtin_ctz(left);
    const struct register_op *twin = pending_op(pending, other);
    if (!same_effect(pending, op, twin))
      continue;
    if (twin->ret <= op->ret) /* equal: neither returns */
      pending->twins[slot] |= UINT32_C(1) << other;
    else
      pending->twins[other] |= UINT32_C(1) << slot;
  }
}

uint32_t pending_enter(struct pending *pending, uint32_t index) {
  const struct register_op *op = &pending->history->ops[index];
  if (pending->open == UINT32_MAX)
    return PENDING_NONE;
  if (!pending->expected_noted)
    note_expected(pending);
  uint32_t slot = (uint32_t)__builtin_ctz(~pending->open), bit = UINT32_C(1) << slot;
  pending->slot_ops[slot] = index;
  if (register_observes(op->kind)) {
    pending->observers |= bit;
    pending->twins[slot] = 0;
  } else {
    find_twins(pending, slot);
  }
  pending->open |= bit;
  if (register_overwrites(op->kind))
    pending->overwriting |= bit;
  if (op->ret == HISTORY_PENDING || op->kind == REGISTER_ANYTHING)
    pending->optional |= bit;
  if (op->ret == HISTORY_PENDING)
    return slot;
  uint32_t at = pending->return_count++;
  for (; at > 0 && pending_op(pending, pending->returns[at - 1])->ret > op->ret; at--)
    pending->returns[at] = pending->returns[at - 1];
  pending->returns[at] = (uint8_t)slot;
  return slot;
}

void pending_leave(struct pending *pending) {
  uint32_t keep = ~(UINT32_C(1) << pending->returns[0]);
  pending->return_count--;
  for (uint32_t i = 0; i < pending->return_count; i++)
    pending->returns[i] = pending->returns[i + 1];
  pending->open &= keep;
  pending->observers &= keep;
  pending->overwriting &= keep;
  pending->optional &= keep;
  for (uint32_t left = pending->open; left; left &= left - 1)
    pending->twins[__builtin_ctz(left)] &= keep;
}
