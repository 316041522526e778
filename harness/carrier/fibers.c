/* fibers.c - all tasks on one OS thread, each on a stack of its own: a switch costs a few nanoseconds.
 *
 * Stacks are switched by Boost.Context's C entry points.  To ThreadSanitizer each task is a fiber, which it treats as a
 * thread; fibers are pooled, since making one costs more than a short run.  Switches never synchronise: only the start
 * of a task and its end do (what came before the spawn is seen by the task, what the task did by whoever joins it),
 * as with real threads.  So the harness hides no race. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "carrier/carrier.h"
#include "carrier/stacks.h"
#include "flavour/flavour.h"
#include "flavour/order.h"
#include "flavour/past.h"
#include "sched/sync.h"

/* boost/context/detail/fcontext.hpp declares these for C++. */
typedef void *fcontext_t;
struct transfer {
  fcontext_t from;
  void *data;
};
extern struct transfer jump_fcontext(fcontext_t to, void *data);
extern fcontext_t make_fcontext(void *stack_top, size_t size, void (*entry)(struct transfer));

struct fiber {
  char *stack; /* its lowest address */
  fcontext_t context;
  void *(*body)(void *);
  void *arg;
  bool entered; /* its body began and has not returned: stack and sanitizer state are those of an unfinished call */
#if HEDDLE_FLAVOUR_TSAN
  void *tsan;
  struct past past;
  bool ignoring; /* its accesses are not looked at */
  bool holds;    /* its task ended holding a lock */
#endif
};

static struct fiber fibers[SCHED_TASKS_MAX];
static struct fiber root;  /* the caller of carrier_run(), on the process's own stack */
static struct fiber *left; /* that the run was left from */

static struct fiber *fiber_of(int task) { return &fibers[task]; }

#if HEDDLE_FLAVOUR_TSAN
static void name_fiber(struct fiber *fiber) {
  char name[8];
  snprintf(name, sizeof name, "T%d", (int)(fiber - fibers));
  __tsan_set_fiber_name(fiber->tsan, name);
}

static void set_ignoring(struct fiber *fiber, bool on) {
  if (fiber->ignoring == on)
    return;
  fiber->ignoring = on;
  flavour_ignore(on);
}

#define NO_SYNC 1u

static void tell_sanitizer_switch(struct fiber *to) {
  __tsan_switch_to_fiber(to->tsan, NO_SYNC);
  if (__builtin_expect(flavour_ignore_wanted, 0) && to != &root)
    set_ignoring(to, true);
}
static void tell_sanitizer_arrived(struct fiber *self) { (void)self; }

static void note_held(void *context, const struct sync_holding *holding) {
  (void)holding;
  *(bool *)context = true;
}

/* To TSan a task that was left holding a lock, or in a signal handler, is in the middle of something for ever. */
static bool is_entangled(struct fiber *fiber) {
  bool holds = fiber == left && flavour_ignores_lost;
  sync_visit_held((int)(fiber - fibers), note_held, &holds);
  return holds;
}

static void replace(struct fiber *fiber) {
  __tsan_destroy_fiber(fiber->tsan);
  fiber->tsan = NULL;
  fiber->ignoring = fiber->holds = false;
}

/* What an abandoned task did happened before all that comes now.  The calls it was in are ended; where that will not
 * do, its fiber is replaced, which costs time, and TSan some memory. */
static void retire(struct fiber *fiber) {
  bool entangled = is_entangled(fiber);
  __tsan_switch_to_fiber(fiber->tsan, 0);
  bool unwound = !entangled && past_unwind(&fiber->past);
  __tsan_switch_to_fiber(root.tsan, 0);
  if (!unwound)
    replace(fiber);
}

/* A task that ended holds for ever what it had not unlocked, though the memory may be gone by the end of the run. */
static void note_end(struct fiber *self) { sync_visit_held((int)(self - fibers), note_held, &self->holds); }

static void retire_ended(struct fiber *fiber) {
  if (fiber->holds)
    replace(fiber);
}

static void look_again(struct fiber *fiber) {
  if (!fiber->ignoring)
    return;
  if (flavour_ignores_lost && fiber == left) {
    flavour_ignores_lost = fiber->ignoring = false;
    return;
  }
  __tsan_switch_to_fiber(fiber->tsan, NO_SYNC);
  set_ignoring(fiber, false);
  __tsan_switch_to_fiber(root.tsan, NO_SYNC);
}

static void make_fiber(struct fiber *fiber) {
  void *self = __tsan_get_current_fiber();
  fiber->tsan = __tsan_create_fiber(0);
  name_fiber(fiber);
  __tsan_switch_to_fiber(fiber->tsan, NO_SYNC);
  past_begin(&fiber->past);
  __tsan_switch_to_fiber(self, NO_SYNC);
}

static void ready(struct fiber *fiber) {
  if (fiber->tsan && !past_lasts(fiber->tsan, &fiber->past)) {
    __tsan_destroy_fiber(fiber->tsan);
    fiber->tsan = NULL;
  }
  if (!fiber->tsan)
    make_fiber(fiber);
}

static void forget_past(struct fiber *self) { past_forget(&self->past); }
#elif HEDDLE_FLAVOUR_ASAN
static const void *root_bottom;
static size_t root_size;

static void tell_sanitizer_switch(struct fiber *to) {
  if (to == &root)
    __sanitizer_start_switch_fiber(NULL, root_bottom, root_size);
  else
    __sanitizer_start_switch_fiber(NULL, to->stack, STACKS_SIZE);
}

/* The first arrival in a fiber is from the root, and tells where the root's stack lies. */
static void tell_sanitizer_arrived(struct fiber *self) {
  if (self == &root || root_bottom)
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
  else
    __sanitizer_finish_switch_fiber(NULL, &root_bottom, &root_size);
}

static void retire(struct fiber *fiber) { flavour_unpoison(fiber->stack, STACKS_SIZE); }
static void note_end(struct fiber *self) { (void)self; }
static void retire_ended(struct fiber *fiber) { (void)fiber; }
static void look_again(struct fiber *fiber) { (void)fiber; }
static void ready(struct fiber *fiber) { (void)fiber; }
static void forget_past(struct fiber *self) { (void)self; }
#else
static void tell_sanitizer_switch(struct fiber *to) { (void)to; }
static void tell_sanitizer_arrived(struct fiber *self) { (void)self; }
static void retire(struct fiber *fiber) { (void)fiber; }
static void note_end(struct fiber *self) { (void)self; }
static void retire_ended(struct fiber *fiber) { (void)fiber; }
static void look_again(struct fiber *fiber) { (void)fiber; }
static void ready(struct fiber *fiber) { (void)fiber; }
static void forget_past(struct fiber *self) { (void)self; }
#endif

/* From `self` to `to`; comes back when somebody switches to `self`. */
static inline void switch_fibers(struct fiber *self, struct fiber *to) {
  tell_sanitizer_switch(to);
  struct transfer came = jump_fcontext(to->context, &self->context);
  *(fcontext_t *)came.data = came.from;
  tell_sanitizer_arrived(self);
}

static void entry(struct transfer came) {
  *(fcontext_t *)came.data = came.from;
  int task = sched.running;
  struct fiber *self = fiber_of(task);
  tell_sanitizer_arrived(self);
  forget_past(self);
  order_acquire_start(task);
  void *result = self->body(self->arg);
  note_end(self);
  self->entered = false;
  order_release_end(task);
  sched_exit(result);
}

static void start(int task, void *(*body)(void *), void *arg) {
  struct fiber *fiber = fiber_of(task);
  assert(!fiber->entered);
  ready(fiber);
  fiber->body = body;
  fiber->arg = arg;
  fiber->entered = true;
  fiber->context = make_fcontext(fiber->stack + STACKS_SIZE, STACKS_SIZE, entry);
  order_release_start(task);
}

/* The task that calls this: the one that ran before sched.running became `task`. */
static struct fiber *current;

static void resume(int task) {
  struct fiber *self = current, *to = fiber_of(task);
  current = to;
  switch_fibers(self, to);
}

static void leave(void) {
  struct fiber *self = left = current;
  current = &root;
  switch_fibers(self, &root);
  abort(); /* nobody resumes a task that has left */
}

static void run(void) {
  current = fiber_of(0);
  switch_fibers(&root, current);
  for (int task = 0; task < sched.task_count; task++) {
    struct fiber *fiber = fiber_of(task);
    look_again(fiber);
    if (fiber->entered) {
      retire(fiber);
      fiber->entered = false;
    } else {
      retire_ended(fiber);
    }
    stacks_forget(task);
  }
  order_acquire_unjoined();
}

static void end(void) {}

static void init(void) {
  stacks_init();
  for (int task = 0; task < SCHED_TASKS_MAX; task++)
    fibers[task].stack = stacks_of(task);
  past_init();
#if HEDDLE_FLAVOUR_TSAN
  root.tsan = __tsan_get_current_fiber();
#endif
}

const struct carrier carrier_fibers = {{"fibers", start, resume, leave}, init, run, end};
