/* register.c - see register.h.
 *
 * Goes through calls and returns in the order of time and keeps every configuration that the past allows: the state,
 * and which of the operations in progress have taken effect (Wing, Gong, "Testing and verifying concurrent objects",
 * JPDC 1993).  An operation is made to take effect no sooner than a return asks for it (just-in-time linearization:
 * Lowe, "Testing for linearizability", CCPE 2017): at a return, those configurations go on in which it has taken
 * effect, or can after some of the others.
 *
 * Four observations keep the configurations few; none changes what is found:
 * - An observer takes effect as soon as the state suits it.  It changes nothing, so that earlier is never worse.
 * - Two operations that overwrite whatever there was, one right after the other: nobody sees the first one.  So
 *   when one takes effect, every other one in progress may have done so unseen, just before it.  Instead of one
 *   configuration for each choice there is one with a set `maybe`, of operations that have taken effect or not, as
 *   suits.  In return no overwriting operation takes effect right after another one.
 * - Of operations that do the same, the one that returns first takes effect first (pending.h).
 * - A configuration that allows all that another one does replaces it. */
#include "oracle/register.h"

#include <assert.h>
#include <stddef.h>

#include "oracle/pending.h"

#define CONFIGS_MAX 8192

/* Sets of slots are bits. */
struct config {
  uint64_t value;
  uint32_t done;  /* operations that have taken effect */
  uint32_t maybe; /* overwriting ones that have done so unseen, or not yet: both are possible */
  uint8_t presence;
  bool blind; /* an overwriting operation came last, and nobody has seen it */
};

struct set {
  struct config *configs;
  uint32_t count;
};

static struct config memory[3][CONFIGS_MAX];

struct sweep {
  struct pending pending;
  int64_t *steps;
  bool exhausted;
  struct set now, next, work;
};

/* True where `a` allows whatever `b` does. */
static bool covers(const struct sweep *sweep, const struct config *a, const struct config *b) {
  if (a->presence != b->presence || a->value != b->value || a->blind > b->blind)
    return false;
  uint32_t observers = sweep->pending.observers;
  uint32_t more = (b->done | b->maybe) & ~(a->done | a->maybe | sweep->pending.optional);
  return (((a->done & ~b->done) | more) & ~observers) == 0 && (b->done & ~a->done & observers) == 0;
}

static void add(struct sweep *sweep, struct set *set, const struct config *config) {
  *sweep->steps -= set->count + 1;
  for (uint32_t i = 0; i < set->count; i++)
    if (covers(sweep, &set->configs[i], config))
      return;
  if (set->count == CONFIGS_MAX || *sweep->steps < 0)
    sweep->exhausted = true;
  else
    set->configs[set->count++] = *config;
}

/* Whether an operation that needs a state, and has not taken effect, finds it here. */
static bool of_use(const struct sweep *sweep, const struct config *config) {
  uint32_t left = sweep->pending.open & ~sweep->pending.observers & ~sweep->pending.overwriting & ~config->done;
  for (; left; left &= left - 1) {
    uint8_t presence = config->presence;
    uint64_t value = config->value;
    if (register_step(pending_op(&sweep->pending, (uint32_t)__builtin_ctz(left)), &presence, &value))
      return true;
  }
  return false;
}

static void arrive(struct sweep *sweep, struct config config, struct set *into, uint32_t leaving) {
  pending_blur(&sweep->pending, &config.presence, &config.value);
  uint32_t done = pending_settle(&sweep->pending, config.done, config.presence, config.value);
  if (leaving || done != config.done)
    config.blind = false;
  config.done = done & ~leaving;
  config.maybe &= ~leaving;
  if (!config.blind || of_use(sweep, &config))
    add(sweep, into, &config);
}

/* The operation in `slot` takes effect; what comes of that goes `into` a set, without the bit of the one that is
 * `leaving`. */
static void take_effect(struct sweep *sweep, const struct config *from, uint32_t slot, struct set *into,
                        uint32_t leaving) {
  const struct pending *pending = &sweep->pending;
  const struct register_op *op = pending_op(pending, slot);
  bool overwrites = register_overwrites(op->kind);
  if (overwrites && from->blind)
    return;
  struct config to = *from;
  to.done |= UINT32_C(1) << slot;
  to.maybe &= ~(UINT32_C(1) << slot);
  if (overwrites)
    to.maybe |= pending->overwriting & ~pending->optional & ~to.done;
  to.blind = overwrites;
  if (register_unknown(op->kind)) {
    for (uint32_t i = 0; register_domain(pending->history, i, &to.presence, &to.value); i++)
      arrive(sweep, to, into, leaving);
  } else if (register_step(op, &to.presence, &to.value)) {
    arrive(sweep, to, into, leaving);
  }
}

/* All ways for the operation in `slot` to be the last one that takes effect, from the configurations in `work`. */
static void explore(struct sweep *sweep, uint32_t slot) {
  uint32_t bit = UINT32_C(1) << slot;
  for (uint32_t i = 0; i < sweep->work.count && !sweep->exhausted; i++) {
    struct config from = sweep->work.configs[i];
    take_effect(sweep, &from, slot, &sweep->next, bit);
    for (uint32_t left = pending_choices(&sweep->pending, from.done) & ~bit; left; left &= left - 1)
      take_effect(sweep, &from, (uint32_t)__builtin_ctz(left), &sweep->work, 0);
  }
}

/* The operation in `slot` returns; false where no configuration is left. */
static bool leave(struct sweep *sweep, uint32_t slot) {
  uint32_t bit = UINT32_C(1) << slot;
  sweep->next.count = sweep->work.count = 0;
  for (uint32_t i = 0; i < sweep->now.count; i++) {
    struct config config = sweep->now.configs[i];
    bool done = config.done & bit, may_be = (config.done | config.maybe | sweep->pending.optional) & bit;
    config.done &= ~bit;
    config.maybe &= ~bit;
    if (may_be)
      add(sweep, &sweep->next, &config);
    if (!done)
      add(sweep, &sweep->work, &config);
  }
  if (pending_op(&sweep->pending, slot)->kind == REGISTER_NEVER)
    return false;
  explore(sweep, slot);
  pending_leave(&sweep->pending);
  struct set left = sweep->next;
  sweep->next = sweep->now;
  sweep->now = left;
  return left.count > 0;
}

static void enter(struct sweep *sweep, uint32_t index) {
  const struct register_op *op = &sweep->pending.history->ops[index];
  uint32_t slot = pending_enter(&sweep->pending, index);
  if (slot == PENDING_NONE) {
    sweep->exhausted = true;
    return;
  }
  for (uint32_t i = 0; register_observes(op->kind) && i < sweep->now.count; i++) {
    struct config *config = &sweep->now.configs[i];
    if (register_step(op, &config->presence, &config->value))
      config->done |= UINT32_C(1) << slot;
  }
}

/* Whoever is to return by `time` does; false where no configuration is left after one, which is in *failed. */
static bool leave_until(struct sweep *sweep, uint32_t time, uint32_t *failed) {
  for (uint32_t slot; !sweep->exhausted && (slot = pending_next(&sweep->pending, time)) != PENDING_NONE;) {
    *failed = sweep->pending.slot_ops[slot];
    if (!leave(sweep, slot))
      return false;
  }
  return true;
}

enum oracle_answer register_judge(const struct register_history *history, int64_t *steps, uint32_t *failed) {
  static struct sweep sweep;
  pending_begin(&sweep.pending, history);
  sweep.steps = steps;
  sweep.exhausted = false;
  sweep.now = (struct set){memory[0], 1};
  sweep.next.configs = memory[1];
  sweep.work.configs = memory[2];
  sweep.now.configs[0] = (struct config){.presence = REGISTER_NOT_THERE};
  for (uint32_t i = 0; i < history->count; i++) {
    const struct register_op *op = &history->ops[i];
    bool last = i + 1 == history->count;
    assert(op->call < op->ret && (last || op->call < op[1].call) && "operations come in the order of their calls");
    if (!leave_until(&sweep, op->call, failed))
      return sweep.exhausted ? ORACLE_UNKNOWN : ORACLE_ILLEGAL;
    /* Alone: there is nothing to choose. */
    if (!sweep.pending.open && sweep.now.count == 1 && op->kind != REGISTER_ANYTHING &&
        (last ? op->ret != HISTORY_PENDING : op->ret < op[1].call)) {
      --*steps;
      if (!register_step(op, &sweep.now.configs[0].presence, &sweep.now.configs[0].value)) {
        *failed = i;
        return ORACLE_ILLEGAL;
      }
      continue;
    }
    enter(&sweep, i);
  }
  bool legal = leave_until(&sweep, HISTORY_PENDING - 1, failed);
  if (sweep.exhausted || *steps < 0)
    return ORACLE_UNKNOWN;
  return legal ? ORACLE_OK : ORACLE_ILLEGAL;
}
