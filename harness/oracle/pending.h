/* pending.h - the operations that are pending at a time, while a register's history is gone through: each in a slot. */
#ifndef HEDDLE_ORACLE_PENDING_H
#define HEDDLE_ORACLE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/register.h"

#define PENDING_SLOTS 32
#define PENDING_NONE UINT32_MAX

/* Sets of slots are bits. */
struct pending {
  const struct register_history *history;
  uint32_t open;
  uint32_t observers;
  uint32_t overwriting;
  uint32_t optional; /* need not take effect: they have not returned, or nothing is known of them */
  uint32_t slot_ops[PENDING_SLOTS];
  /* By slot: those that do the same and return sooner.  It makes no difference which of them takes effect first, save
   * that there is less time for them: so none need take effect before they have. */
  uint32_t twins[PENDING_SLOTS];
  uint8_t returns[PENDING_SLOTS]; /* slots of those that return, soonest first */
  uint32_t return_count;
  bool expected_noted;
  uint64_t expected[64]; /* a Bloom filter (Bloom, CACM 1970) of the values that the history's operations expect */
};

void pending_begin(struct pending *pending, const struct register_history *history);

static inline const struct register_op *pending_op(const struct pending *pending, uint32_t slot) {
  return &pending->history->ops[pending->slot_ops[slot]];
}

/* The history's index-th operation is called; its slot, or PENDING_NONE where there are no more. */
uint32_t pending_enter(struct pending *pending, uint32_t index);
/* The slot whose operation returns next, no later than `time`, or PENDING_NONE. */
static inline uint32_t pending_next(const struct pending *pending, uint32_t time) {
  if (pending->return_count == 0 || pending_op(pending, pending->returns[0])->ret > time)
    return PENDING_NONE;
  return pending->returns[0];
}
/* It has returned. */
void pending_leave(struct pending *pending);

/* Lets observers take effect that the state suits and that are not in `done`; gives `done` with them. */
static inline uint32_t pending_settle(const struct pending *pending, uint32_t done, uint8_t presence, uint64_t value) {
  for (uint32_t left = pending->observers & ~done; left; left &= left - 1) {
    uint32_t slot = (uint32_t)__builtin_ctz(left);
    if (register_step(pending_op(pending, slot), &presence, &value))
      done |= UINT32_C(1) << slot;
  }
  return done;
}

/* A value that nobody expects is as good as any other such: the state without it. */
static inline void pending_blur(const struct pending *pending, uint8_t *presence, uint64_t *value) {
  uint64_t hash = *value * UINT64_C(0x9e3779b97f4a7c15) >> 52;
  if (*presence != REGISTER_THERE || (pending->expected[hash >> 6] >> (hash & 63) & 1))
    return;
  *presence = REGISTER_OTHER;
  *value = 0;
}

/* Operations that may take effect next, of those not in `done`, observers apart. */
static inline uint32_t pending_choices(const struct pending *pending, uint32_t done) {
  uint32_t undone = pending->open & ~pending->observers & ~done, choices = undone;
  for (uint32_t left = undone; left; left &= left - 1) {
    uint32_t slot = (uint32_t)__builtin_ctz(left);
    if (pending->twins[slot] & undone)
      choices &= ~(UINT32_C(1) << slot);
  }
  return choices;
}

#endif
