/* sched.c - the core: counts points, carries out the plan's constraints, asks the policy, keeps virtual time.
 *
 * Nearly every point only decrements sched.countdown.  settle() turns what was counted down into points, arm() sets
 * the countdown to the first moment at which anything might have to be decided; between the two nothing can change,
 * since only the running task acts. */
#include "sched/sched.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "sched/policy.h"

#define TURN_BOUND (UINT64_C(1) << 14) /* points without progress after which a task must give way */
#define QUIET_BOUND (INT32_C(1) << 16) /* memory accesses between two points, under SCHED_SYNC_ONLY */
#define LIVELOCK_BOUND (UINT64_C(1) << 20)
#define BUDGET (UINT64_C(1) << 28)

struct sched sched;

static const struct sched_policy *const policies[SCHED_POLICY_COUNT] = {
    [SCHED_POLICY_BYTES] = &policy_bytes,
    [SCHED_POLICY_RANDOM] = &policy_random,
    [SCHED_POLICY_PCT] = &policy_pct,
    [SCHED_POLICY_REPLAY] = &policy_replay,
};

static uint64_t bit(int task) { return UINT64_C(1) << task; }

static const struct sched_constraint *order_at(int i) { return &sched.plan->constraints[sched.order_index[i]]; }

uint64_t sched_now_ns(void) {
  uint64_t ticks = sched.ticks + (uint64_t)(sched.armed - sched.countdown);
  return ticks * SCHED_NS_PER_TICK + sched.skipped_ns;
}

uint64_t sched_points_now(void) { return sched.points + (sched.solo ? 0 : (uint64_t)(sched.armed - sched.countdown)); }

/* Books the points taken since the last arm(). */
static void settle(void) {
  uint64_t taken = (uint64_t)(sched.armed - sched.countdown);
  sched.armed = sched.countdown;
  sched.ticks += taken;
  if (sched.solo)
    return;
  sched.points += taken;
  sched.tasks[sched.running].points += taken;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Points until an order constraint concerns the running task: it must wait, or another one need wait no longer. */
static int64_t until_order(int64_t distance) {
  int64_t own = (int64_t)sched.tasks[sched.running].points;
  for (uint64_t rest = sched.orders_pending; rest; rest &= rest - 1) {
    const struct sched_constraint *order = order_at(__builtin_ctzll(rest));
    if (order->task == sched.running)
      distance = least(distance, (int64_t)order->at + 1 - own);
    if (order->other == sched.running && (sched.held & bit(order->task)))
      distance = least(distance, (int64_t)order->other_at + 2 - own);
  }
  return distance;
}

/* Ticks at which tasks that order constraints hold will have been held for too long without progress. */
static uint64_t hold_end(void) {
  uint64_t since = sched.held_mark > sched.progress_mark ? sched.held_mark : sched.progress_mark;
  return since + TURN_BOUND;
}

static uint64_t earliest_deadline(void) {
  uint64_t earliest = UINT64_MAX;
  for (uint64_t rest = sched.timed; rest; rest &= rest - 1) {
    uint64_t deadline = sched.tasks[__builtin_ctzll(rest)].deadline_ns;
    if (deadline < earliest)
      earliest = deadline;
  }
  return earliest;
}

static int64_t until_deadline(int64_t distance) {
  uint64_t earliest = earliest_deadline(), now = sched_now_ns();
  uint64_t ticks = earliest <= now ? 1 : (earliest - now + SCHED_NS_PER_TICK - 1) / SCHED_NS_PER_TICK;
  return ticks > INT64_MAX ? distance : least(distance, (int64_t)ticks);
}

/* Points until something other than the policy may have to be decided, `distance` at most. */
static int64_t until_event(int64_t distance) {
  distance = least(distance, (int64_t)(sched.progress_mark + sched.livelock_bound - sched.ticks));
  distance = least(distance, (int64_t)(sched.budget - sched.ticks));
  if (sched.timed)
    distance = until_deadline(distance);
  if (sched.solo)
    return distance;
  distance = least(distance, (int64_t)(sched.turn_mark + TURN_BOUND - sched.ticks));
  if (sched.next_switch < sched.switch_count) {
    uint32_t at = sched.plan->constraints[sched.switch_index[sched.next_switch]].at;
    distance = least(distance, (int64_t)at + 1 - (int64_t)sched.points);
  }
  if (sched.orders_pending)
    distance = until_order(distance);
  if (sched.held)
    distance = least(distance, (int64_t)(hold_end() - sched.ticks));
  return distance;
}

/* Sets the countdown.  Call when settled. */
static void arm(void) {
  int64_t distance = sched.solo || !sched.policy->patience ? INT64_MAX : sched.policy->patience();
  if (distance > 1)
    distance = until_event(distance);
  if (sched.stop_requested || distance < 1)
    distance = 1;
  sched.due = distance;
  if (sched.trace)
    distance = 1;
  sched.armed = sched.countdown = distance;
}

/* The next point is to be decided, whatever was counted on before: who can run has changed. */
static void decide_next_point(void) {
  settle();
  sched.armed = sched.countdown = sched.due = 1;
}

static _Noreturn void leave(enum sched_outcome outcome) {
  sched.outcome = outcome;
  sched.carrier->leave();
  __builtin_unreachable();
}

static void wake(int task, bool timed_out) {
  struct sched_task *woken = &sched.tasks[task];
  assert(woken->state == SCHED_TASK_BLOCKED);
  woken->state = SCHED_TASK_RUNNABLE;
  woken->wait = SCHED_WAIT_NONE;
  woken->timed_out = timed_out;
  sched.timed &= ~bit(task);
  sched.runnable |= bit(task);
}

static void expire_deadlines(void) {
  uint64_t now = sched_now_ns();
  for (uint64_t rest = sched.timed; rest; rest &= rest - 1) {
    int task = __builtin_ctzll(rest);
    if (sched.tasks[task].deadline_ns <= now)
      wake(task, true);
  }
}

/* True where the order constraint holds its task back now: the task stands before its point and the other one has
 * not yet carried out the point it is to be waited for (it has once it stands at a later one, or cannot run). */
static bool order_holds(const struct sched_constraint *order) {
  const struct sched_task *task = &sched.tasks[order->task], *other = &sched.tasks[order->other];
  if (order->task >= sched.task_count || order->other >= sched.task_count || other->state == SCHED_TASK_DONE)
    return false;
  if (other->points > (uint64_t)order->other_at + 1)
    return false;
  if (other->points == (uint64_t)order->other_at + 1 && other->state == SCHED_TASK_BLOCKED)
    return false;
  return task->points == (uint64_t)order->at + 1 && task->state == SCHED_TASK_RUNNABLE;
}

static void apply_orders(void) {
  bool held_before = sched.held;
  sched.held = 0;
  for (uint64_t rest = sched.orders_pending; rest; rest &= rest - 1) {
    int i = __builtin_ctzll(rest);
    const struct sched_constraint *order = order_at(i);
    if (order_holds(order))
      sched.held |= bit(order->task);
    else if (order->task < sched.task_count && sched.tasks[order->task].points > order->at)
      sched.orders_pending &= ~bit(i);
  }
  if (!held_before)
    sched.held_mark = sched.ticks;
}

static bool held_too_long(void) { return sched.held && sched.ticks >= hold_end(); }

/* A wake-up that nobody sent, which a condition variable may always have.  False: nobody sleeps on one. */
static bool nudge_sleepers(void) {
  bool woken = false;
  sched.nudge = false;
  for (int i = 0; i < sched.task_count; i++) {
    struct sched_task *task = &sched.tasks[i];
    task->achieved = 0;
    task->nudged = task->state == SCHED_TASK_BLOCKED && task->wait == SCHED_WAIT_COND;
    woken |= task->nudged;
    if (task->nudged)
      wake(i, false);
  }
  return woken;
}

/* Who may be chosen.  Passes virtual time where nobody can run; leaves the run where nobody ever will. */
static uint64_t candidates_now(void) {
  if (sched.timed)
    expire_deadlines();
  while (!sched.runnable) {
    if (!sched.timed && sched.nudge && nudge_sleepers())
      break;
    if (!sched.timed)
      leave(SCHED_DEADLOCK);
    sched.skipped_ns += earliest_deadline() - sched_now_ns();
    expire_deadlines();
  }
  if (sched.orders_pending)
    apply_orders();
  if ((sched.runnable & ~sched.held) && !held_too_long())
    return sched.runnable & ~sched.held;
  /* Only held tasks are left, or the others wait for them going round in circles: their constraints cannot be met. */
  for (uint64_t rest = sched.orders_pending; rest; rest &= rest - 1)
    if (order_holds(order_at(__builtin_ctzll(rest))))
      sched.orders_pending &= ~bit(__builtin_ctzll(rest));
  sched.held = 0;
  return sched.runnable;
}

/* The task that the plan's next switch names, if it falls on the point just taken; else SCHED_NO_TASK. */
static int constrained_choice(uint64_t candidates) {
  if (sched.next_switch == sched.switch_count)
    return SCHED_NO_TASK;
  const struct sched_constraint *constraint = &sched.plan->constraints[sched.switch_index[sched.next_switch]];
  if (constraint->at >= sched.points)
    return SCHED_NO_TASK;
  sched.next_switch++;
  if (constraint->task < SCHED_TASKS_MAX && (candidates >> constraint->task & 1))
    return constraint->task;
  if (sched.plan->policy == SCHED_POLICY_REPLAY)
    leave(SCHED_DIVERGED);
  return SCHED_NO_TASK;
}

/* Where the running task gives way and another one can run: all but it. */
static uint64_t without_self(uint64_t candidates, bool gives_way) {
  uint64_t others = candidates & ~bit(sched.running);
  return gives_way && others ? others : candidates;
}

/* Writes the decision down unless the policies bytes and replay, which know no order constraint, would take it too. */
static void record_choice(bool gives_way, int next) {
  struct sched_record *record = sched.record;
  if (next == policy_go_on(without_self(sched.runnable, gives_way)))
    return;
  if (record->count == record->capacity || sched.points > SCHED_PLAN_AT_MAX) {
    record->overflow = true;
    return;
  }
  record->constraints[record->count++] =
      (struct sched_constraint){.kind = SCHED_SWITCH, .task = (uint8_t)next, .at = (uint32_t)(sched.points - 1)};
}

/* A constraint may name a task that gives way: where order constraints hold all others back, a record does. */
static int choose(bool gives_way) {
  uint64_t candidates = candidates_now();
  int next = constrained_choice(candidates);
  candidates = without_self(candidates, gives_way);
  if (next == SCHED_NO_TASK)
    next = sched.policy->choose(candidates);
  else if (sched.policy->forced)
    sched.policy->forced(next, candidates);
  assert(sched.runnable >> next & 1);
  if (sched.record && !sched.solo)
    record_choice(gives_way, next);
  return next;
}

/* Two places make a pair; which one was left matters. */
static void mark_switch(const void *left, const void *entered) {
  uint64_t a = (uintptr_t)left - sched.switch_base, b = (uintptr_t)entered - sched.switch_base;
  sched.switch_map[((a * SCHED_MIX ^ b) * SCHED_MIX >> 40) % SCHED_SWITCH_MAP_SIZE] = 1;
}

/* Apart from step(), which is to have nothing of its own on the stack. */
static __attribute__((noinline)) void tell_trace(enum sched_point_kind kind, const struct sched_place *place,
                                                 int next) {
  const struct sched_task *task = &sched.tasks[sched.running];
  sched.trace(sched.trace_context, &(struct sched_step){.point = sched.points ? sched.points - 1 : 0,
                                                        .task = sched.running,
                                                        .next = next,
                                                        .kind = kind,
                                                        .blocked = task->state != SCHED_TASK_RUNNABLE,
                                                        .first = !sched.traced,
                                                        .label = task->label,
                                                        .place = place});
  sched.traced = true;
}

/* Where the running task now is. */
static void stand_at(const void *pc, const void *frame) {
  struct sched_task *task = &sched.tasks[sched.running];
  task->pc = pc;
  task->frame = frame;
}

/* One step of the run: the running task took a point of `kind` (settled) and goes on, gives way, waits or ended.
 *
 * A return after a switch is one that no processor foresees, and each costs as much as the switch itself: so this and
 * its callers end in tail calls, down to the carrier's. */
static void step(enum sched_point_kind kind, const struct sched_place *place, bool gives_way) {
  int self = sched.running;
  const struct sched_task *task = &sched.tasks[self];
  if (sched.stop_requested)
    leave(SCHED_STOPPED);
  if (sched.ticks >= sched.budget)
    leave(SCHED_BUDGET);
  if (sched.ticks - sched.progress_mark >= sched.livelock_bound)
    leave(SCHED_LIVELOCK);
  if (!gives_way && sched.ticks - sched.turn_mark >= TURN_BOUND && !sched.solo)
    gives_way = true;
  if (gives_way && sched.policy->gave_way)
    sched.policy->gave_way(self);
  int next = choose(gives_way);
  if (sched.trace)
    tell_trace(kind, place, next);
  if (next != self || gives_way)
    sched.turn_mark = sched.ticks;
  if (next != self) {
    sched.switches++;
    if (sched.switch_map)
      mark_switch(task->pc, sched.tasks[next].pc);
    sched.running = next;
  }
  sched.quiet = QUIET_BOUND;
  arm();
  if (next != self)
    sched.carrier->resume(next);
}

/* A point that is here only to be seen, and at which nothing is decided, no more than if nobody looked. */
static bool only_traced(enum sched_point_kind kind, const struct sched_place *place) {
  if (sched.due <= 1 || sched.stop_requested)
    return false;
  sched.due--;
  tell_trace(kind, place, sched.running);
  sched.armed = sched.countdown = 1;
  return true;
}

void sched_decide(enum sched_point_kind kind, const void *pc, const void *frame, uintptr_t address, uint32_t size,
                  const char *call) {
  static struct sched_place place; /* of no stack: see step() */
  assert(sched.active);
  settle();
  if (__builtin_expect(sched.trace != NULL, 0)) {
    place = (struct sched_place){pc, frame, address, size, call};
    if (only_traced(kind, &place))
      return;
  }
  stand_at(pc, frame);
  step(kind, &place, false);
}

/* A point that must be decided, wherever the countdown stands. */
static void count_point(enum sched_point_kind kind) {
  sched.digest = (sched.digest ^ ((uint64_t)kind << 8 | 0x80 | (unsigned)sched.running)) * SCHED_MIX;
  sched.countdown--;
  settle();
}

void sched_quiet(const void *pc, const void *frame, uintptr_t address, uint32_t size) {
  sched.ticks += QUIET_BOUND;
  count_point(SCHED_POINT_YIELD);
  stand_at(pc, frame);
  step(SCHED_POINT_YIELD, &(struct sched_place){pc, frame, address, size, NULL}, true);
}

void sched_give_way(enum sched_point_kind kind, const struct sched_place *place) {
  count_point(kind);
  stand_at(place->pc, place->frame);
  step(kind, place, true);
}

static enum sched_point_kind kind_of_wait(enum sched_wait wait) {
  static const uint8_t kinds[] = {
      [SCHED_WAIT_NONE] = SCHED_POINT_THREAD,         [SCHED_WAIT_MUTEX] = SCHED_POINT_MUTEX,
      [SCHED_WAIT_RWLOCK_READ] = SCHED_POINT_RWLOCK,  [SCHED_WAIT_RWLOCK_WRITE] = SCHED_POINT_RWLOCK,
      [SCHED_WAIT_COND] = SCHED_POINT_COND,           [SCHED_WAIT_SPIN] = SCHED_POINT_SPIN,
      [SCHED_WAIT_BARRIER] = SCHED_POINT_BARRIER,     [SCHED_WAIT_ONCE] = SCHED_POINT_ONCE,
      [SCHED_WAIT_SEMAPHORE] = SCHED_POINT_SEMAPHORE, [SCHED_WAIT_JOIN] = SCHED_POINT_THREAD,
      [SCHED_WAIT_SLEEP] = SCHED_POINT_TIME,
  };
  return kinds[wait];
}

bool sched_block(enum sched_wait wait, uintptr_t object, int waits_for, uint64_t deadline_ns,
                 const struct sched_place *place) {
  int self = sched.running;
  struct sched_task *task = &sched.tasks[self];
  assert(sched.active && task->state == SCHED_TASK_RUNNABLE);
  count_point(kind_of_wait(wait));
  task->state = SCHED_TASK_BLOCKED;
  task->wait = (uint8_t)wait;
  task->wait_object = object;
  task->waits_for = (int8_t)waits_for;
  task->deadline_ns = deadline_ns;
  task->timed_out = false;
  sched.runnable &= ~bit(self);
  if (deadline_ns)
    sched.timed |= bit(self);
  stand_at(place->pc, place->frame);
  step(kind_of_wait(wait), place, false);
  assert(sched.running == self && task->state == SCHED_TASK_RUNNABLE);
  return !task->timed_out;
}

void sched_wake(int task) {
  wake(task, false);
  decide_next_point();
}

int sched_spawn(void *(*body)(void *), void *arg) {
  if (sched.task_count == SCHED_TASKS_MAX)
    return SCHED_NO_TASK;
  settle();
  int task = sched.task_count++;
  sched.tasks[task] = (struct sched_task){.state = SCHED_TASK_RUNNABLE, .waits_for = SCHED_NO_TASK};
  sched.runnable |= bit(task);
  sched.live++;
  sched.solo = sched.live == 1;
  if (sched.policy->spawned)
    sched.policy->spawned(task);
  sched.carrier->start(task, body, arg);
  sched.turn_mark = sched.ticks;
  decide_next_point();
  return task;
}

_Noreturn void sched_exit(void *result) {
  int self = sched.running;
  struct sched_task *task = &sched.tasks[self];
  count_point(SCHED_POINT_THREAD);
  task->state = SCHED_TASK_DONE;
  task->result = result;
  sched.runnable &= ~bit(self);
  sched.progress_mark = sched.ticks;
  sched.live--;
  for (int i = 0; i < sched.task_count; i++) {
    const struct sched_task *other = &sched.tasks[i];
    if (other->state == SCHED_TASK_BLOCKED && other->wait == SCHED_WAIT_JOIN && other->waits_for == self)
      wake(i, false);
  }
  if (sched.live == 0)
    leave(SCHED_COMPLETED);
  step(SCHED_POINT_THREAD, &(struct sched_place){.pc = task->pc, .frame = task->frame}, false);
  __builtin_unreachable();
}

void sched_join(int task, const struct sched_place *place) {
  if (sched.tasks[task].state != SCHED_TASK_DONE)
    sched_block(SCHED_WAIT_JOIN, (uintptr_t)task, task, 0, place);
}

void sched_progress(void) {
  uint64_t ticks = sched.ticks + (uint64_t)(sched.armed - sched.countdown);
  sched.progress_mark = sched.turn_mark = ticks;
  sched.quiet = QUIET_BOUND;
  sched.tasks[sched.running].achieved++;
}

void sched_label(uint32_t label) { sched.tasks[sched.running].label = label; }

_Noreturn void sched_stop(enum sched_outcome outcome) {
  settle();
  leave(outcome);
}

void sched_stop_soon(void) {
  sched.stop_requested = true;
  decide_next_point();
  sched.quiet = 0;
}

uint32_t sched_chance(uint32_t n) { return policy_random_below(&sched.chance, n); }

/* Sorts the plan's switches by `at`, keeping the order of equal ones (merge sort: plans come from anybody's bytes). */
static void sort_switches(uint16_t *index, uint16_t *spare, uint32_t n) {
  if (n < 2)
    return;
  uint32_t half = n / 2, a = 0, b = half, k = 0;
  sort_switches(index, spare, half);
  sort_switches(index + half, spare, n - half);
  const struct sched_constraint *all = sched.plan->constraints;
  while (a < half && b < n)
    spare[k++] = all[index[b]].at < all[index[a]].at ? index[b++] : index[a++];
  while (a < half)
    spare[k++] = index[a++];
  while (b < n)
    spare[k++] = index[b++];
  memcpy(index, spare, n * sizeof *index);
}

static void take_constraints(void) {
  static uint16_t spare[SCHED_PLAN_CONSTRAINTS_MAX];
  uint32_t orders = 0;
  sched.next_switch = sched.switch_count = 0;
  for (uint16_t i = 0; i < sched.plan->constraint_count; i++) {
    if (sched.plan->constraints[i].kind == SCHED_SWITCH)
      sched.switch_index[sched.switch_count++] = i;
    else if (orders < SCHED_ORDERS_MAX)
      sched.order_index[orders++] = i;
  }
  sched.orders_pending = orders == 64 ? UINT64_MAX : bit((int)orders) - 1;
  sort_switches(sched.switch_index, spare, sched.switch_count);
}

void sched_begin(const struct sched_plan *plan, const struct sched_carrier *carrier, const struct sched_limits *limits,
                 void *(*body)(void *), void *arg) {
  assert(!sched.active && plan->policy < SCHED_POLICY_COUNT);
  /* What the tools have set stays, and the constraint arrays need no clearing. */
  sched_trace_fn trace = sched.trace;
  void *trace_context = sched.trace_context;
  struct sched_record *record = sched.record;
  uint8_t *switch_map = sched.switch_map;
  uintptr_t switch_base = sched.switch_base;
  memset(&sched, 0, offsetof(struct sched, order_index));
  sched.switch_map = switch_map;
  sched.switch_base = switch_base;
  sched.trace = trace;
  sched.trace_context = trace_context;
  sched.record = record;
  if (record)
    record->count = 0, record->overflow = false;
  sched.plan = plan;
  sched.carrier = carrier;
  sched.policy = policies[plan->policy];
  sched.memory_points = plan->granularity == SCHED_EVERY_ACCESS;
  sched.livelock_bound = limits && limits->livelock_bound ? limits->livelock_bound : LIVELOCK_BOUND;
  sched.budget = limits && limits->budget ? limits->budget : BUDGET;
  sched.nudge = limits && limits->nudge;
  sched.random = plan->seed;
  sched.chance = ~(uint64_t)plan->seed;
  sched.digest = SCHED_MIX;
  sched.quiet = QUIET_BOUND;
  take_constraints();
  if (sched.policy->begin)
    sched.policy->begin();
  sched_spawn(body, arg);
  arm();
  sched.active = true;
}

void sched_end(void) {
  assert(sched.active && sched.outcome != SCHED_RUNNING);
  sched.active = false;
  sched.digest = (sched.digest ^ (unsigned)sched.outcome) * SCHED_MIX;
  sched.digest = (sched.digest ^ sched.points) * SCHED_MIX;
}

void sched_set_trace(sched_trace_fn trace, void *context) {
  sched.trace = trace;
  sched.trace_context = context;
}

void sched_set_record(struct sched_record *record) { sched.record = record; }

void sched_set_switch_map(uint8_t *map, uintptr_t base) {
  sched.switch_map = map;
  sched.switch_base = base;
}

const char *sched_point_text(enum sched_point_kind kind) {
  static const char *const texts[] = {
#define POINT(name, memory, text) text,
#include "sched/points.def"
#undef POINT
  };
  return (unsigned)kind < SCHED_POINT_KIND_COUNT ? texts[kind] : "?";
}

const char *sched_wait_text(enum sched_wait wait) {
  static const char *const texts[] = {
      [SCHED_WAIT_NONE] = "nothing",
      [SCHED_WAIT_MUTEX] = "mutex",
      [SCHED_WAIT_RWLOCK_READ] = "rwlock (read)",
      [SCHED_WAIT_RWLOCK_WRITE] = "rwlock (write)",
      [SCHED_WAIT_COND] = "condition variable",
      [SCHED_WAIT_SPIN] = "spin lock",
      [SCHED_WAIT_BARRIER] = "barrier",
      [SCHED_WAIT_ONCE] = "once",
      [SCHED_WAIT_SEMAPHORE] = "semaphore",
      [SCHED_WAIT_JOIN] = "join",
      [SCHED_WAIT_SLEEP] = "sleep",
  };
  return texts[wait];
}

const char *sched_outcome_text(enum sched_outcome outcome) {
  static const char *const texts[] = {
      [SCHED_RUNNING] = "running",   [SCHED_COMPLETED] = "completed", [SCHED_DEADLOCK] = "deadlock",
      [SCHED_LIVELOCK] = "livelock", [SCHED_STOPPED] = "stopped",     [SCHED_DIVERGED] = "diverged",
      [SCHED_BUDGET] = "budget",
  };
  return texts[outcome];
}
