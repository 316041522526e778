/* progress.c - see progress.h. */
#include "oracle/progress.h"

#include <string.h>

void progress_begin(struct progress *progress, const struct register_history *history) {
  progress->history = history;
  progress->open = progress->observers = progress->overwriting = progress->optional = 0;
  progress->return_count = 0;
  progress->expected_noted = false;
}

static void note_expected(struct progress *progress) {
  memset(progress->expected, 0, sizeof progress->expected);
  for (uint32_t i = 0; i < progress->history->count; i++) {
    const struct register_op *op = &progress->history->ops[i];
    uint64_t hash = op->expected * UINT64_C(0x9e3779b97f4a7c15) >> 52;
    if (register_expects(op->kind))
      progress->expected[hash >> 6] |= UINT64_C(1) << (hash & 63);
  }
  progress->expected_noted = true;
}

static bool same_effect(const struct progress *progress, const struct register_op *a, const struct register_op *b) {
  uint8_t presence[] = {REGISTER_THERE, REGISTER_THERE};
  uint64_t values[] = {a->value, b->value};
  if (a->kind != b->kind || a->joint || b->joint)
    return false;
  switch ((enum register_kind)a->kind) {
  case REGISTER_ADD:
  case REGISTER_WRITE:
    progress_blur(progress, &presence[0], &values[0]);
    progress_blur(progress, &presence[1], &values[1]);
    return values[0] == values[1] && presence[0] == presence[1];
  case REGISTER_REMOVE:
  case REGISTER_ERASE:
  case REGISTER_ANYTHING:
    return true;
  default:
    return false;
  }
}

static void find_twins(struct progress *progress, uint32_t slot) {
  const struct register_op *op = progress_op(progress, slot);
  progress->twins[slot] = 0;
  for (uint32_t left = progress->open & ~progress->observers; left; left &= left - 1) {
    uint32_t other = (uint32_t)__builtin_ctz(left);
    const struct register_op *twin = progress_op(progress, other);
    if (!same_effect(progress, op, twin))
      continue;
    if (twin->ret <= op->ret) /* equal: neither returns */
      progress->twins[slot] |= UINT32_C(1) << other;
    else
      progress->twins[other] |= UINT32_C(1) << slot;
  }
}

uint32_t progress_enter(struct progress *progress, uint32_t index) {
  const struct register_op *op = &progress->history->ops[index];
  if (progress->open == UINT32_MAX)
    return PROGRESS_NONE;
  if (!progress->expected_noted)
    note_expected(progress);
  uint32_t slot = (uint32_t)__builtin_ctz(~progress->open), bit = UINT32_C(1) << slot;
  progress->slot_ops[slot] = index;
  if (register_observes(op->kind)) {
    progress->observers |= bit;
    progress->twins[slot] = 0;
  } else {
    find_twins(progress, slot);
  }
  progress->open |= bit;
  if (register_overwrites(op->kind))
    progress->overwriting |= bit;
  if (op->ret == HISTORY_PENDING || op->kind == REGISTER_ANYTHING)
    progress->optional |= bit;
  if (op->ret == HISTORY_PENDING)
    return slot;
  uint32_t at = progress->return_count++;
  for (; at > 0 && progress_op(progress, progress->returns[at - 1])->ret > op->ret; at--)
    progress->returns[at] = progress->returns[at - 1];
  progress->returns[at] = (uint8_t)slot;
  return slot;
}

void progress_leave(struct progress *progress) {
  uint32_t keep = ~(UINT32_C(1) << progress->returns[0]);
  progress->return_count--;
  for (uint32_t i = 0; i < progress->return_count; i++)
    progress->returns[i] = progress->returns[i + 1];
  progress->open &= keep;
  progress->observers &= keep;
  progress->overwriting &= keep;
  progress->optional &= keep;
  for (uint32_t left = progress->open; left; left &= left - 1)
    progress->twins[__builtin_ctz(left)] &= keep;
}
