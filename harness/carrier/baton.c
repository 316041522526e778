/* baton.c - each task on an OS thread of its own, one at a time: whoever holds the baton runs, all others sleep.
 *
 * For code that keeps native thread-local variables or cannot be recompiled: to such code a task is a thread in every
 * respect.  The baton is handed over by futex calls from code that is not instrumented, so ThreadSanitizer sees no
 * order between the tasks but what their starts and ends put there, exactly as with fibers.
 *
 * A thread carries one task and then ends: its thread-local variables must hold their initial values when a task
 * starts, or a run would depend on those before it, and no call puts them back.  Stacks are pooled, threads are not;
 * using threads again would save about half of a short run's time.  An abandoned task's thread goes back to its first
 * frame by a jump, which runs nothing of the code under test, and ends like any other; with it go the shadow stack and
 * whatever else a sanitizer keeps for it.  Destructors of thread-local objects run when the run is over.
 *
 * All threads stay on one processor, where a hand-over costs a fraction of one between two. */
#define _GNU_SOURCE
#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "carrier/carrier.h"
#include "carrier/stacks.h"
#include "flavour/flavour.h"
#include "flavour/order.h"
#include "flavour/past.h"

/* The calls themselves, not their models (hooks/wrap.list): start() is called in a run, by the task that spawns. */
extern __typeof__(pthread_create) __real_pthread_create;
extern __typeof__(syscall) __real_syscall;

/* What a sleeper is woken for; each is given once and taken once. */
enum wake {
  WAKE_NONE,
  WAKE_RUN,   /* it holds the baton now */
  WAKE_YIELD, /* its task is abandoned: what it did is over, and happened before all that comes */
  WAKE_END,
};

struct runner {
  uint32_t wake; /* enum wake: the futex that it sleeps on */
  int task;
  pthread_t thread;
  void *(*body)(void *);
  void *arg;
  bool entered;  /* its body began and has not returned */
  bool ignoring; /* its accesses are not looked at */
  void *top[5];  /* __builtin_setjmp's */
};

static struct runner runners[SCHED_TASKS_MAX];
static struct runner root; /* the caller of carrier_run() */

static void give(struct runner *to, enum wake why) {
  __atomic_store_n(&to->wake, why, __ATOMIC_RELEASE);
  __real_syscall(SYS_futex, &to->wake, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static enum wake await(struct runner *self) {
  enum wake why;
  while ((why = __atomic_load_n(&self->wake, __ATOMIC_ACQUIRE)) == WAKE_NONE)
    __real_syscall(SYS_futex, &self->wake, FUTEX_WAIT_PRIVATE, WAKE_NONE, NULL, NULL, 0);
  __atomic_store_n(&self->wake, WAKE_NONE, __ATOMIC_RELAXED);
  return why;
}

/* The calling thread's own accesses. */
static void ignore_accesses(struct runner *self, bool on) {
  if (self->ignoring == on)
    return;
  self->ignoring = on;
  flavour_ignore(on);
}

/* Until it holds the baton.  Not inlined: the frame that a jump goes to must not be the one that jumps. */
static __attribute__((noinline)) void await_baton(struct runner *self) {
  for (;;) {
    switch (await(self)) {
    case WAKE_YIELD:
      order_release_end(self->task);
      give(&root, WAKE_RUN);
      break;
    case WAKE_END:
      ignore_accesses(self, false);
      __builtin_longjmp(self->top, 1);
    default:
      if (__builtin_expect(flavour_ignore_wanted, 0))
        ignore_accesses(self, true);
      return;
    }
  }
}

static void *thread_main(void *arg) {
  struct runner *self = arg;
  if (__builtin_setjmp(self->top))
    return NULL;
  char name[8];
  snprintf(name, sizeof name, "T%d", self->task);
  pthread_setname_np(pthread_self(), name);
  carrier_adopt();
  struct past past;
  past_begin(&past);
  await_baton(self);
  order_acquire_start(self->task);
  void *result = self->body(self->arg);
  self->entered = false;
  order_release_end(self->task);
  sched_exit(result);
}

static void make_thread(struct runner *runner) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stacks_of(runner->task), STACKS_SIZE);
  int error = __real_pthread_create(&runner->thread, &attributes, thread_main, runner);
  pthread_attr_destroy(&attributes);
  if (error) {
    fprintf(stderr, "heddle: no thread for a task (%s): raise the limit on processes\n", strerror(error));
    _exit(4);
  }
}

static void start(int task, void *(*body)(void *), void *arg) {
  struct runner *runner = &runners[task];
  *runner = (struct runner){.task = task, .body = body, .arg = arg, .entered = true};
  order_release_start(task);
  make_thread(runner);
}

/* Who holds the baton: the one that ran before sched.running became another task. */
static struct runner *current;

static void resume(int task) {
  struct runner *self = current;
  current = &runners[task];
  give(current, WAKE_RUN);
  await_baton(self);
}

static void leave(void) {
  struct runner *self = current;
  current = &root;
  give(&root, WAKE_RUN);
  await_baton(self);
  abort(); /* nobody resumes a task that has left */
}

#define RUNS_ON_ONE_CPU 1024

static cpu_set_t allowed; /* processors that the process was started with */

static void *find_cpu(void *cpu) {
  *(int *)cpu = sched_getcpu();
  return NULL;
}

/* Moves to the processor that the kernel gives a new thread, which is an idle one where there is one; threads inherit
 * it.  Without effect where the system forbids it. */
static void choose_cpu(void) {
  pthread_t thread;
  int cpu = -1;
  sched_setaffinity(0, sizeof allowed, &allowed);
  if (pthread_create(&thread, NULL, find_cpu, &cpu) == 0)
    pthread_join(thread, NULL);
  if (cpu < 0)
    return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);
}

static void run(void) {
  current = &runners[0];
  give(current, WAKE_RUN);
  await(&root);
  for (int task = 0; task < sched.task_count; task++) {
    if (runners[task].entered) {
      give(&runners[task], WAKE_YIELD);
      await(&root);
    }
  }
  order_acquire_unjoined();
}

/* One thread after the other, as in the run. */
static void end(void) {
  static unsigned runs;
  for (int task = 0; task < sched.task_count; task++) {
    give(&runners[task], WAKE_END);
    pthread_join(runners[task].thread, NULL);
    stacks_forget(task);
  }
  if (++runs % RUNS_ON_ONE_CPU == 0)
    choose_cpu();
}

static void init(void) {
  stacks_init();
  past_init();
  sched_getaffinity(0, sizeof allowed, &allowed);
  choose_cpu();
}

const struct carrier carrier_baton = {{"baton", start, resume, leave}, init, run, end};
