/* stub_carrier.h - tasks on ucontext stacks: just enough of a carrier to test sched/ by itself.
 *
 * Included by one test each: everything is static.  Stacks are fresh in every run, so that a task abandoned in the
 * middle leaves nothing behind. */
#ifndef HEDDLE_TEST_STUB_CARRIER_H
#define HEDDLE_TEST_STUB_CARRIER_H

#include <assert.h>
#include <sanitizer/common_interface_defs.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "sched/sched.h"
#include "sched/sync.h"

/* Frames on stacks that come and go must lie on them. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_stack_use_after_return=0"; }

#define STUB_STACK_SIZE ((size_t)128 << 10)

#define STUB_ROOT SCHED_TASKS_MAX

/* A task, or the caller of stub_run(). */
static struct stub_task {
  ucontext_t context;
  char *stack;
  size_t size;
  void *(*body)(void *);
  void *arg;
} stub_tasks[SCHED_TASKS_MAX + 1];
static int stub_current;

static void stub_arrived(void) {
  const void *bottom;
  size_t size;
  __sanitizer_finish_switch_fiber(NULL, &bottom, &size);
  if (stub_tasks[STUB_ROOT].stack)
    return;
  stub_tasks[STUB_ROOT].stack = (char *)(uintptr_t)bottom;
  stub_tasks[STUB_ROOT].size = size;
}

static void stub_entry(void) {
  stub_arrived();
  struct stub_task *self = &stub_tasks[sched.running];
  sched_exit(self->body(self->arg));
}

static void stub_start(int task, void *(*body)(void *), void *arg) {
  struct stub_task *self = &stub_tasks[task];
  self->body = body;
  self->arg = arg;
  self->size = STUB_STACK_SIZE;
  self->stack = malloc(STUB_STACK_SIZE);
  assert(self->stack);
  getcontext(&self->context);
  self->context.uc_stack.ss_sp = self->stack;
  self->context.uc_stack.ss_size = STUB_STACK_SIZE;
  makecontext(&self->context, stub_entry, 0);
}

static void stub_resume(int task) {
  struct stub_task *self = &stub_tasks[stub_current], *to = &stub_tasks[task];
  stub_current = task;
  __sanitizer_start_switch_fiber(NULL, to->stack, to->size);
  swapcontext(&self->context, &to->context);
  stub_arrived();
}

static void stub_leave(void) { stub_resume(STUB_ROOT); }

static const struct sched_carrier stub_carrier = {"stub", stub_start, stub_resume, stub_leave};

/* A whole run; afterwards `sched` shows what came of it. */
static enum sched_outcome stub_run(const struct sched_plan *plan, const struct sched_limits *limits,
                                   void *(*body)(void *), void *arg) {
  sync_begin();
  sched_begin(plan, &stub_carrier, limits, body, arg);
  stub_current = STUB_ROOT;
  stub_resume(0);
  sched_end();
  for (int task = 0; task < sched.task_count; task++)
    free(stub_tasks[task].stack);
  return sched.outcome;
}

/* A place, as a hook has one. */
static struct sched_place stub_place(void) {
  return (struct sched_place){.pc = __builtin_return_address(0), .frame = __builtin_frame_address(0)};
}

/* What a task does most: one access. */
static inline void stub_access(void) { sched_access(SCHED_POINT_STORE, stub_place()); }

static inline void stub_give_way(void) {
  struct sched_place place = stub_place();
  sched_give_way(SCHED_POINT_YIELD, &place);
}

static inline void stub_join(int task) {
  struct sched_place place = stub_place();
  sched_join(task, &place);
}

/* Points that the running task has taken so far. */
static inline uint64_t stub_own_points(void) {
  return sched.tasks[sched.running].points + (sched.solo ? 0 : (uint64_t)(sched.armed - sched.countdown));
}

static inline uint64_t stub_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  uint64_t mixed = *state ^ *state >> 33;
  return mixed * UINT64_C(0xff51afd7ed558ccd) >> 17;
}

static inline uint32_t stub_below(uint64_t *state, uint32_t n) { return (uint32_t)(stub_random(state) % n); }

#endif
