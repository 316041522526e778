/* tls.c - thread_local variables of the code under test: a copy a task.
 *
 * With -femulated-tls the compiler calls __emutls_get_address() for each use.  The libraries that come with compilers
 * define it too, a copy an OS thread; this definition comes first, and knows tasks.  Copies live for one run. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "hooks/hook.h"
#include "hooks/memory.h"

/* The compiler's; gcc/libgcc/emutls.c and compiler-rt agree on it. */
struct emutls_control {
  size_t size, align;
  uintptr_t index; /* ours to use: 1 and up, 0 at first */
  const void *initial;
};

#define VARIABLES_MAX 1024
#define OUTSIDE SCHED_TASKS_MAX /* the copy of code under test that runs outside a run */

static void *copies[VARIABLES_MAX][SCHED_TASKS_MAX + 1];
static uintptr_t variable_count;

void *__emutls_get_address(struct emutls_control *control);
void *__emutls_get_address(struct emutls_control *control) {
  if (!control->index) {
    if (variable_count == VARIABLES_MAX)
      abort();
    control->index = ++variable_count;
  }
  void **copy = &copies[control->index - 1][hook_acts() ? sched.running : OUTSIDE];
  if (!*copy)
    *copy = memory_keep(control->size, control->align, control->initial);
  return *copy;
}

void tls_end(void) {
  for (uintptr_t i = 0; i < variable_count; i++)
    for (int task = 0; task < sched.task_count; task++) {
      if (copies[i][task])
        memory_drop(copies[i][task]);
      copies[i][task] = NULL;
    }
}
