/* report_asan.c - AddressSanitizer's reports, as failures.
 *
 * ASan is compiled and run to go on after a report: memory that was freed is still there (its quarantine keeps it), so
 * a use after free changes nothing of what follows, and the run is the same as in the other flavours.  After anything
 * else the run means nothing and is left at the next point. */
#include "flavour/flavour.h"

#if HEDDLE_FLAVOUR_ASAN

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "failure/failure.h"
#include "hooks/internal.h"
#include "hooks/memory.h"
#include "sched/sched.h"

void __asan_set_error_report_callback(void (*callback)(const char *text));
const char *__asan_get_report_description(void);
void *__asan_get_report_bp(void);
void *__asan_get_report_address(void);
int __asan_get_report_access_type(void);
size_t __asan_get_report_access_size(void);
size_t __asan_get_alloc_stack(void *address, void **trace, size_t size, int *thread);
size_t __asan_get_free_stack(void *address, void **trace, size_t size, int *thread);

/* Reports of one run after which no block is reported twice: each costs more than a short run. */
#define REPORTS_MAX 16

static unsigned reports;

typedef size_t (*trace_fn)(void *address, void **trace, size_t size, int *thread);

static void add_history(struct failure *failure, enum failure_role role, trace_fn get, void *address) {
  void *trace[FAILURE_FRAMES_MAX];
  int thread;
  size_t depth = get(address, trace, FAILURE_FRAMES_MAX, &thread);
  struct failure_stack *stack = depth ? failure_stack(failure, role) : NULL;
  if (!stack)
    return;
  for (stack->depth = 0; stack->depth < depth; stack->depth++)
    stack->pcs[stack->depth] = (uintptr_t)trace[stack->depth];
}

/* Of some errors ASan gives a description that is gone with the report; a failure's kind must last. */
static const char *lasting(const char *description) {
  static char kinds[32][48];
  static unsigned count;
  for (unsigned i = 0; i < count; i++)
    if (strcmp(kinds[i], description) == 0)
      return kinds[i];
  if (count == sizeof kinds / sizeof kinds[0])
    return "asan-report";
  snprintf(kinds[count], sizeof kinds[count], "%s", description);
  return kinds[count++];
}

static bool is_use_after_free(const char *description) { return strcmp(description, "heap-use-after-free") == 0; }

static void add_failure(const char *description) {
  struct failure *failure = report_open(lasting(description), "AddressSanitizer");
  if (!failure)
    return;
  void *address = __asan_get_report_address();
  struct failure_stack *stack = report_stack(failure);
  stack->access = __asan_get_report_access_type() ? "write" : "read";
  stack->size = (uint32_t)__asan_get_report_access_size();
  stack->address = (uintptr_t)address;
  failure_walk(stack, __asan_get_report_bp());
  if (is_use_after_free(description))
    add_history(failure, FAILURE_FREE, __asan_get_free_stack, address);
  add_history(failure, FAILURE_ALLOC, __asan_get_alloc_stack, address);
  struct memory_block block;
  if (memory_find((uintptr_t)address, &block))
    memory_print_place(&block, (uintptr_t)address, failure->location, sizeof failure->location);
  snprintf(failure->message, sizeof failure->message, "%s", description);
  failure_close(failure);
}

/* Nothing but a heap block's margin is poisoned by us. */
static const char *described(const char *description) {
  return strcmp(description, "use-after-poison") == 0 ? "heap-buffer-overflow" : description;
}

static void on_report(const char *text) {
  const char *description = described(__asan_get_report_description());
  (void)text;
  if (!sched.active)
    return;
  add_failure(description);
  struct memory_block block;
  if (!is_use_after_free(description))
    sched_stop_soon();
  else if (++reports >= REPORTS_MAX && memory_find((uintptr_t)__asan_get_report_address(), &block))
    flavour_unpoison((void *)block.start, block.size);
}

void report_begin(void) { reports = 0; }

void report_init(void) { __asan_set_error_report_callback(on_report); }

#endif
