/* register.c - see register.h.
 *
 * Goes through calls and returns in the order of time and keeps every configuration that the past allows: the state,
 * and which of the operations in progress have taken effect (Wing, Gong, "Testing and verifying concurrent objects",
 * JPDC 1993).  An operation is made to take effect no sooner than a return asks for it (just-in-time linearization:
 * Lowe, "Testing for linearizability", CCPE 2017): at a return, those configurations go on in which it has taken
 * effect, or can after some of the others.
 *
 * Three observations keep the configurations few; none changes what is found:
 * - An observer takes effect as soon as the state suits it.  It changes nothing, so that earlier is never worse.
 * - Two operations that overwrite whatever there was, one right after the other: nobody sees the first one.  So
 *   when one takes effect, every other one in progress may have done so unseen, just before it.  Instead of one
 *   configuration for each choice there is one with a set `maybe`, of operations that have taken effect or not, as
 *   suits.  In return no overwriting operation takes effect right after another one.
 * - A configuration that allows all that another one does replaces it. */
#include "oracle/register.h"

#include <assert.h>
#include <stddef.h>

#define SLOTS 32
#define CONFIGS_MAX 8192

struct config {
  uint64_t value;
  uint32_t done;  /* slots of operations that have taken effect */
  uint32_t maybe; /* slots of overwriting operations that have done so unseen, or not yet: both are possible */
  uint8_t presence;
  bool blind; /* an overwriting operation came last, and nobody has seen it */
};

struct set {
  struct config *configs;
  uint32_t count;
};

static struct config memory[3][CONFIGS_MAX];

struct sweep {
  const struct register_history *history;
  int64_t *steps;
  bool exhausted;
  struct set now, next, work;
  /* Operations in progress, by slot. */
  uint32_t slot_ops[SLOTS];
  uint32_t open, observers, overwriting;
  uint32_t optional;      /* need not take effect */
  uint8_t returns[SLOTS]; /* slots of those that return, soonest first */
  uint32_t return_count;
};

static const struct register_op *op_in(const struct sweep *sweep, uint32_t slot) {
  return &sweep->history->ops[sweep->slot_ops[slot]];
}

/* True where `a` allows whatever `b` does. */
static bool covers(const struct sweep *sweep, const struct config *a, const struct config *b) {
  if (a->presence != b->presence || a->value != b->value || a->blind > b->blind)
    return false;
  uint32_t changing = ~sweep->observers;
  uint32_t more = (b->done | b->maybe) & ~(a->done | a->maybe | sweep->optional);
  return (a->done & ~b->done & changing) == 0 && (more & changing) == 0 && (b->done & ~a->done & sweep->observers) == 0;
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

/* Lets the observers take effect that the state suits; true where there was one. */
static bool settle(const struct sweep *sweep, struct config *config) {
  uint32_t before = config->done;
  for (uint32_t left = sweep->observers & ~before; left; left &= left - 1) {
    uint32_t slot = (uint32_t)__builtin_ctz(left);
    if (register_step(op_in(sweep, slot), &config->presence, &config->value))
      config->done |= UINT32_C(1) << slot;
  }
  return config->done != before;
}

/* The index-th state that an operation may lead to of which nothing is known: false past the last one. */
static bool domain_state(const struct register_history *history, uint32_t index, struct config *config) {
  if (index >= history->domain_count + 2)
    return false;
  config->presence = index == 0 ? REGISTER_NOT_THERE : index == 1 ? REGISTER_OTHER : REGISTER_THERE;
  config->value = index < 2 ? 0 : history->domain[index - 2];
  return true;
}

static void arrive(struct sweep *sweep, struct config config, struct set *into, uint32_t leaving) {
  if (settle(sweep, &config) || leaving)
    config.blind = false;
  config.done &= ~leaving;
  config.maybe &= ~leaving;
  add(sweep, into, &config);
}

/* The operation in `slot` takes effect; what comes of that goes `into` a set, without the bit of the one that is
 * `leaving`. */
static void take_effect(struct sweep *sweep, const struct config *from, uint32_t slot, struct set *into,
                        uint32_t leaving) {
  const struct register_op *op = op_in(sweep, slot);
  bool overwrites = register_overwrites(op->kind);
  if (overwrites && from->blind)
    return;
  struct config to = *from;
  to.done |= UINT32_C(1) << slot;
  to.maybe &= ~(UINT32_C(1) << slot);
  if (overwrites)
    to.maybe |= sweep->overwriting & ~sweep->optional & ~to.done;
  to.blind = overwrites;
  if (register_unknown(op->kind)) {
    for (uint32_t i = 0; domain_state(sweep->history, i, &to); i++)
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
    for (uint32_t left = sweep->open & ~sweep->observers & ~from.done & ~bit; left; left &= left - 1)
      take_effect(sweep, &from, (uint32_t)__builtin_ctz(left), &sweep->work, 0);
  }
}

/* The operation in progress that returns next does; false where no configuration is left. */
static bool leave(struct sweep *sweep) {
  uint32_t slot = sweep->returns[0], bit = UINT32_C(1) << slot;
  sweep->return_count--;
  for (uint32_t i = 0; i < sweep->return_count; i++)
    sweep->returns[i] = sweep->returns[i + 1];
  sweep->next.count = sweep->work.count = 0;
  for (uint32_t i = 0; i < sweep->now.count; i++) {
    struct config config = sweep->now.configs[i];
    bool done = config.done & bit, may_be = (config.done | config.maybe | sweep->optional) & bit;
    config.done &= ~bit;
    config.maybe &= ~bit;
    if (may_be)
      add(sweep, &sweep->next, &config);
    if (!done)
      add(sweep, &sweep->work, &config);
  }
  if (op_in(sweep, slot)->kind == REGISTER_NEVER)
    return false;
  explore(sweep, slot);
  sweep->open &= ~bit;
  sweep->observers &= ~bit;
  sweep->overwriting &= ~bit;
  sweep->optional &= ~bit;
  struct set left = sweep->next;
  sweep->next = sweep->now;
  sweep->now = left;
  return left.count > 0;
}

static void enter(struct sweep *sweep, uint32_t index) {
  const struct register_op *op = &sweep->history->ops[index];
  if (sweep->open == UINT32_MAX) {
    sweep->exhausted = true;
    return;
  }
  uint32_t slot = (uint32_t)__builtin_ctz(~sweep->open), bit = UINT32_C(1) << slot;
  sweep->slot_ops[slot] = index;
  sweep->open |= bit;
  if (register_overwrites(op->kind))
    sweep->overwriting |= bit;
  if (op->ret == HISTORY_PENDING || op->kind == REGISTER_ANYTHING)
    sweep->optional |= bit;
  if (register_observes(op->kind)) {
    sweep->observers |= bit;
    for (uint32_t i = 0; i < sweep->now.count; i++) {
      struct config *config = &sweep->now.configs[i];
      if (register_step(op, &config->presence, &config->value))
        config->done |= bit;
    }
  }
  if (op->ret == HISTORY_PENDING)
    return;
  uint32_t at = sweep->return_count++;
  for (; at > 0 && op_in(sweep, sweep->returns[at - 1])->ret > op->ret; at--)
    sweep->returns[at] = sweep->returns[at - 1];
  sweep->returns[at] = (uint8_t)slot;
}

static void start(struct sweep *sweep, const struct register_history *history, int64_t *steps) {
  *sweep = (struct sweep){.history = history, .steps = steps};
  sweep->now.configs = memory[0];
  sweep->next.configs = memory[1];
  sweep->work.configs = memory[2];
  sweep->now.configs[0] = (struct config){.presence = REGISTER_NOT_THERE};
  sweep->now.count = 1;
}

/* Whoever is to return before `time` does; false where no configuration is left after one, which is in *failed. */
static bool leave_before(struct sweep *sweep, uint32_t time, uint32_t *failed) {
  while (sweep->return_count > 0 && !sweep->exhausted) {
    uint32_t first = sweep->slot_ops[sweep->returns[0]];
    if (sweep->history->ops[first].ret > time)
      break;
    if (!leave(sweep)) {
      *failed = first;
      return false;
    }
  }
  return true;
}

enum oracle_answer register_judge(const struct register_history *history, int64_t *steps, uint32_t *failed) {
  static struct sweep sweep;
  start(&sweep, history, steps);
  for (uint32_t i = 0; i < history->count; i++) {
    const struct register_op *op = &history->ops[i];
    bool last = i + 1 == history->count;
    assert(op->call < op->ret && (last || op->call < op[1].call) && "operations come in the order of their calls");
    if (!leave_before(&sweep, op->call, failed))
      return sweep.exhausted ? ORACLE_UNKNOWN : ORACLE_ILLEGAL;
    /* Alone: there is nothing to choose. */
    if (!sweep.open && sweep.now.count == 1 && op->kind != REGISTER_ANYTHING &&
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
  bool legal = leave_before(&sweep, HISTORY_PENDING, failed);
  if (sweep.exhausted || *steps < 0)
    return ORACLE_UNKNOWN;
  return legal ? ORACLE_OK : ORACLE_ILLEGAL;
}
