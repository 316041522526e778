/* progress.h - the operations in progress at a time, while a register's history is gone through: each in a slot. */
#ifndef HEDDLE_ORACLE_PROGRESS_H
#define HEDDLE_ORACLE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "oracle/register.h"

#define PROGRESS_SLOTS 32
#define PROGRESS_NONE UINT32_MAX

/* Sets of slots are bits. */
struct progress {
  const struct register_history *history;
  uint32_t open;
  uint32_t observers;
  uint32_t overwriting;
  uint32_t optional; /* need not take effect: they have not returned, or nothing is known of them */
  uint32_t slot_ops[PROGRESS_SLOTS];
  /* By slot: those that do the same and return sooner.  It makes no difference which of them takes effect first, save
   * that there is less time for them: so none need take effect before they have. */
  uint32_t twins[PROGRESS_SLOTS];
  uint8_t returns[PROGRESS_SLOTS]; /* slots of those that return, soonest first */
  uint32_t return_count;
  bool expected_noted;
  uint64_t expected[64]; /* a Bloom filter (Bloom, CACM 1970) of the values that the history's operations expect */
};

void progress_begin(struct progress *progress, const struct register_history *history);

static inline const struct register_op *progress_op(const struct progress *progress, uint32_t slot) {
  return &progress->history->ops[progress->slot_ops[slot]];
}

/* The history's index-th operation is called; its slot, or PROGRESS_NONE where there are no more. */
uint32_t progress_enter(struct progress *progress, uint32_t index);
/* The slot whose operation returns next, no later than `time`, or PROGRESS_NONE. */
static inline uint32_t progress_next(const struct progress *progress, uint32_t time) {
  if (progress->return_count == 0 || progress_op(progress, progress->returns[0])->ret > time)
    return PROGRESS_NONE;
  return progress->returns[0];
}
/* It has returned. */
void progress_leave(struct progress *progress);

/* Lets observers take effect that the state suits and that are not in `done`; gives `done` with them. */
static inline uint32_t progress_settle(const struct progress *progress, uint32_t done, uint8_t presence,
                                       uint64_t value) {
  for (uint32_t left = progress->observers & ~done; left; left &= left - 1) {
    uint32_t slot = (uint32_t)__builtin_ctz(left);
    if (register_step(progress_op(progress, slot), &presence, &value))
      done |= UINT32_C(1) << slot;
  }
  return done;
}

/* A value that nobody expects is as good as any other such: the state without it. */
static inline void progress_blur(const struct progress *progress, uint8_t *presence, uint64_t *value) {
  uint64_t hash = *value * UINT64_C(0x9e3779b97f4a7c15) >> 52;
  if (*presence != REGISTER_THERE || (progress->expected[hash >> 6] >> (hash & 63) & 1))
    return;
  *presence = REGISTER_OTHER;
  *value = 0;
}

/* Operations that may take effect next, of those not in `done`, observers apart. */
static inline uint32_t progress_choices(const struct progress *progress, uint32_t done) {
  uint32_t undone = progress->open & ~progress->observers & ~done, choices = undone;
  for (uint32_t left = undone; left; left &= left - 1) {
    uint32_t slot = (uint32_t)__builtin_ctz(left);
    if (progress->twins[slot] & undone)
      choices &= ~(UINT32_C(1) << slot);
  }
  return choices;
}

#endif
