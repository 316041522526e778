/* progress.c - see progress.h. */
#include "target/progress.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "failure/failure.h"
#include "sched/sched.h"

__attribute__((format(printf, 2, 3))) static void append(struct failure *failure, const char *format, ...) {
  size_t used = strlen(failure->message);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->message + used, sizeof failure->message - used, format, arguments);
  va_end(arguments);
}

static void add_stack(struct failure *failure, enum failure_role role, int task) {
  struct failure_stack *stack = failure_stack(failure, role);
  if (!stack)
    return;
  stack->task = task;
  stack->label = sched.tasks[task].label;
  failure_walk(stack, sched.tasks[task].frame);
}

static bool is_blocked(int task) { return task >= 0 && sched.tasks[task].state == SCHED_TASK_BLOCKED; }

/* The tasks of a circle of waits, as bits; 0: there is none.  From any task, following the one that could end its wait
 * at most task_count times leads into the circle. */
static uint64_t find_cycle(void) {
  for (int start = 0; start < sched.task_count; start++) {
    int at = start;
    for (int steps = 0; steps < sched.task_count && is_blocked(at); steps++)
      at = sched.tasks[at].waits_for;
    if (!is_blocked(at))
      continue;
    uint64_t cycle = 0;
    for (int next = at; !(cycle >> next & 1); next = sched.tasks[next].waits_for)
      cycle |= UINT64_C(1) << next;
    return cycle;
  }
  return 0;
}

/* Without a circle: everybody who waits for more than the end of a task that waits itself. */
static uint64_t find_sleepers(void) {
  uint64_t sleepers = 0;
  for (int task = 0; task < sched.task_count; task++)
    if (is_blocked(task) && sched.tasks[task].wait != SCHED_WAIT_JOIN)
      sleepers |= UINT64_C(1) << task;
  return sleepers;
}

/* Where a wake-up was lost, the others wait for those who sleep. */
static void judge_deadlock(uint64_t lost) {
  uint64_t cycle = find_cycle(), stuck = lost ? lost : cycle ? cycle : find_sleepers();
  struct failure *failure = failure_open(lost ? "lost-wakeup" : "deadlock", "progress");
  if (!failure)
    return;
  for (int task = 0; task < sched.task_count; task++) {
    if (!(stuck >> task & 1))
      continue;
    const struct sched_task *self = &sched.tasks[task];
    const char *separator = failure->message[0] ? "; " : "";
    if (lost)
      append(failure, "%sT%d sleeps although what it waits for is there: woken, it goes on", separator, task);
    else if (self->waits_for >= 0)
      append(failure, "%sT%d waits for the %s of T%d", separator, task, sched_wait_text(self->wait), self->waits_for);
    else
      append(failure, "%sT%d waits for a %s that nobody is left to end", separator, task, sched_wait_text(self->wait));
    add_stack(failure, FAILURE_WAITING, task);
  }
  failure_close(failure);
}

static void judge_livelock(void) {
  struct failure *failure = failure_open("livelock", "progress");
  if (!failure)
    return;
  append(failure, "no operation completed in %llu points", (unsigned long long)sched.livelock_bound);
  for (int task = 0; task < sched.task_count; task++) {
    const struct sched_task *self = &sched.tasks[task];
    if (self->state == SCHED_TASK_DONE || (is_blocked(task) && self->wait == SCHED_WAIT_JOIN))
      continue;
    add_stack(failure, is_blocked(task) ? FAILURE_WAITING : FAILURE_RUNNING, task);
  }
  failure_close(failure);
}

bool progress_sleeps(void) {
  bool sleeps = false;
  for (int task = 0; task < sched.task_count; task++)
    sleeps |= is_blocked(task) && sched.tasks[task].wait == SCHED_WAIT_COND;
  return sched.outcome == SCHED_DEADLOCK && sleeps;
}

uint64_t progress_went_on(void) {
  uint64_t went_on = 0;
  for (int task = 0; task < sched.task_count; task++)
    if (sched.tasks[task].nudged && (sched.tasks[task].achieved > 0 || sched.tasks[task].state == SCHED_TASK_DONE))
      went_on |= UINT64_C(1) << task;
  return went_on;
}

void progress_judge(uint64_t lost) {
  if (sched.outcome == SCHED_DEADLOCK)
    judge_deadlock(lost);
  if (sched.outcome == SCHED_LIVELOCK)
    judge_livelock();
}
