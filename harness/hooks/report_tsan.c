/* report_tsan.c - ThreadSanitizer's reports, as failures.
 *
 * TSan calls the hook below before it prints a report; what it found is read through its documented interface
 * (tsan_interface.h, "__tsan_get_report_data" and on).  While fuzzing nothing is printed and nothing is symbolized. */
#include "flavour/flavour.h"

#if HEDDLE_FLAVOUR_TSAN

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure/failure.h"
#include "hooks/internal.h"
#include "hooks/memory.h"
#include "sched/sched.h"

int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count, int *mop_count,
                           int *loc_count, int *mutex_count, int *thread_count, int *unique_tid_count,
                           void **sleep_trace, unsigned long trace_size);
int __tsan_get_report_stack(void *report, unsigned long index, void **trace, unsigned long trace_size);
int __tsan_get_report_mop(void *report, unsigned long index, int *tid, void **address, int *size, int *write,
                          int *atomic, void **trace, unsigned long trace_size);
int __tsan_get_report_loc(void *report, unsigned long index, const char **type, void **address, unsigned long *start,
                          unsigned long *size, int *tid, int *fd, int *suppressable, void **trace,
                          unsigned long trace_size);
int __tsan_get_report_thread(void *report, unsigned long index, int *tid, unsigned long *os_id, int *running,
                             const char **name, int *parent_tid, void **trace, unsigned long trace_size);

/* Reports of one run after which accesses are no longer looked at: each costs more than a short run. */
#define REPORTS_MAX 32

static unsigned reports;

void report_begin(void) {
  reports = 0;
  flavour_ignore_wanted = false;
}

struct counts {
  int duplicates, stacks, mops, locations, mutexes, threads, tids;
};

/* The task behind TSan's thread number: fibers and pooled threads are named T0, T1 ... */
static int task_of(void *report, const struct counts *counts, int wanted) {
  for (int i = 0; i < counts->threads; i++) {
    int tid, running, parent;
    unsigned long os_id;
    const char *name = NULL;
    void *trace[1];
    if (!__tsan_get_report_thread(report, (unsigned long)i, &tid, &os_id, &running, &name, &parent, trace, 1))
      continue;
    if (tid == wanted && name && name[0] == 'T')
      return atoi(name + 1);
  }
  return -1;
}

/* With its own symbolizer on, TSan lists a call once for each function inlined there: those are one address. */
static void take_trace(struct failure_stack *stack, void *const *trace) {
  stack->depth = 0;
  for (unsigned i = 0; i < FAILURE_FRAMES_MAX && trace[i]; i++)
    if (i == 0 || trace[i] != trace[i - 1])
      stack->pcs[stack->depth++] = (uintptr_t)trace[i];
}

static bool has_pc(const struct failure_stack *stack, const void *pc) {
  for (uint32_t i = 0; i < stack->depth; i++)
    if (stack->pcs[i] == (uintptr_t)pc)
      return true;
  return false;
}

static void add_access(struct failure *failure, void *report, const struct counts *counts, int index) {
  int tid, size, write, atomic;
  void *address, *trace[FAILURE_FRAMES_MAX + 1] = {NULL};
  __tsan_get_report_mop(report, (unsigned long)index, &tid, &address, &size, &write, &atomic, trace,
                        FAILURE_FRAMES_MAX);
  struct failure_stack *stack = failure_stack(failure, index ? FAILURE_PREVIOUS : FAILURE_ACCESS);
  if (!stack)
    return;
  take_trace(stack, trace);
  stack->access = atomic ? (write ? "atomic write" : "atomic read") : (write ? "write" : "read");
  stack->size = (uint32_t)size;
  stack->address = (uintptr_t)address;
  stack->task = task_of(report, counts, tid);
  if (stack->task >= 0)
    stack->label = sched.tasks[stack->task].label;
  struct memory_block block;
  if (!memory_find((uintptr_t)address, &block))
    return;
  if (index == 0)
    memory_print_place(&block, (uintptr_t)address, failure->location, sizeof failure->location);
  if (block.freed && write && has_pc(stack, block.freed_at)) {
    stack->role = FAILURE_FREE;
    failure->kind = "heap-use-after-free";
  }
}

static void add_location(struct failure *failure, void *report, int index) {
  const char *type = NULL;
  void *address, *trace[FAILURE_FRAMES_MAX + 1] = {NULL};
  unsigned long start, size;
  int tid, fd, suppressable;
  __tsan_get_report_loc(report, (unsigned long)index, &type, &address, &start, &size, &tid, &fd, &suppressable, trace,
                        FAILURE_FRAMES_MAX);
  if (!type)
    return;
  if (!failure->location[0])
    snprintf(failure->location, sizeof failure->location, "%s", type);
  if (strcmp(type, "heap") != 0)
    return;
  struct failure_stack *stack = failure_stack(failure, FAILURE_ALLOC);
  if (!stack)
    return;
  take_trace(stack, trace);
  stack->task = -1;
}

static void add_stacks(struct failure *failure, void *report, const struct counts *counts) {
  for (int i = 0; i < counts->stacks; i++) {
    void *trace[FAILURE_FRAMES_MAX + 1] = {NULL};
    if (!__tsan_get_report_stack(report, (unsigned long)i, trace, FAILURE_FRAMES_MAX))
      continue;
    struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
    if (stack)
      take_trace(stack, trace);
  }
}

static void add_failure(void *report) {
  const char *description = NULL;
  struct counts counts;
  void *sleep_trace[1];
  if (!__tsan_get_report_data(report, &description, &counts.duplicates, &counts.stacks, &counts.mops, &counts.locations,
                              &counts.mutexes, &counts.threads, &counts.tids, sleep_trace, 1))
    return;
  struct failure *failure = report_open(description ? description : "tsan-report", "ThreadSanitizer");
  if (!failure)
    return;
  for (int i = 0; i < counts.mops && i < 2; i++)
    add_access(failure, report, &counts, i);
  for (int i = 0; i < counts.locations && i < 1; i++)
    add_location(failure, report, i);
  if (counts.mops == 0)
    add_stacks(failure, report, &counts);
  snprintf(failure->message, sizeof failure->message, "%s", failure->kind);
  failure_close(failure);
}

/* __tsan::OnReport(const ReportDesc *, bool): weak in the runtime, called before a report is printed; true: it is not
 * printed, nor counted towards the exit status. */
bool heddle_on_tsan_report(void *report, bool suppressed) __asm__("_ZN6__tsan8OnReportEPKNS_10ReportDescEb");
bool heddle_on_tsan_report(void *report, bool suppressed) {
  if (!sched.active)
    return suppressed;
  if (reports < REPORTS_MAX)
    add_failure(report);
  if (++reports == REPORTS_MAX)
    flavour_ignore_wanted = true;
  return suppressed || reports > REPORTS_MAX || !report_wanted();
}

#endif
