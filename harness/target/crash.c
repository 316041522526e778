/* crash.c - see crash.h. */
#define _GNU_SOURCE
#include "target/crash.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "failure/failure.h"
#include "flavour/flavour.h"
#include "sched/sched.h"

static const struct {
  int number;
  const char *kind, *message;
} signals[] = {
    {SIGSEGV, "segv", "an address that is not mapped was accessed, or the stack is full (SIGSEGV)"},
    {SIGBUS, "bus-error", "SIGBUS"},
    {SIGFPE, "arithmetic-error", "SIGFPE"},
    {SIGILL, "illegal-instruction", "SIGILL"},
    {SIGTRAP, "trap", "SIGTRAP"},
};
#define SIGNALS (sizeof signals / sizeof signals[0])

static sigjmp_buf guard;
static volatile sig_atomic_t guarded, seen;

/* Just past the instruction, as a return address would be. */
static uintptr_t pc_of(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP] + 1;
#else
  return (uintptr_t)context->uc_mcontext.pc + 1;
#endif
}

static uintptr_t frame_of(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#else
  return (uintptr_t)context->uc_mcontext.regs[29];
#endif
}

static void add_failure(size_t which, const ucontext_t *context) {
  struct failure *failure = failure_open(signals[which].kind, "signal");
  if (!failure)
    return;
  failure->point = sched_points_now();
  snprintf(failure->message, sizeof failure->message, "%s", signals[which].message);
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = sched.running;
  stack->label = sched.tasks[sched.running].label;
  failure_walk(stack, (const void *)frame_of(context));
  if (stack->depth == FAILURE_FRAMES_MAX)
    stack->depth--;
  for (uint32_t k = stack->depth++; k > 0; k--)
    stack->pcs[k] = stack->pcs[k - 1];
  stack->pcs[0] = pc_of(context);
  failure_close(failure);
}

/* These signals come from the instruction itself: the run is left from the handler as from any call. */
static void on_signal(int number, siginfo_t *info, void *context) {
  (void)info;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  if (guarded)
    siglongjmp(guard, 1);
  if (!sched.active || seen || failure_origin(pc_of(context)) == FAILURE_HARNESS) {
    signal(number, SIG_DFL);
    raise(number);
    _exit(EXIT_FAILURE);
  }
  seen = 1;
  for (size_t i = 0; i < SIGNALS; i++)
    if (signals[i].number == number)
      add_failure(i, context);
  flavour_ignores_lost = true;
  sched_stop(SCHED_STOPPED);
}

void crash_init(void) {
  static char stack_memory[64 << 10];
  sigaltstack(&(stack_t){.ss_sp = stack_memory, .ss_size = sizeof stack_memory}, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; i < SIGNALS; i++)
    sigaction(signals[i].number, &action, NULL);
}

void crash_begin(void) {
  seen = 0;
  flavour_ignores_lost = false;
}

bool crash_seen(void) { return seen; }

bool crash_guard(void (*function)(void *arg), void *arg) {
  if (sigsetjmp(guard, 1)) {
    guarded = 0;
    return false;
  }
  guarded = 1;
  function(arg);
  guarded = 0;
  return true;
}
