/* stacks.c - see stacks.h. */
#define _GNU_SOURCE
#include "carrier/stacks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "flavour/shadow.h"
#include "sched/sched.h"

#define GUARD_SIZE ((size_t)64 << 10)
#define EACH (STACKS_SIZE + GUARD_SIZE)

static char *memory;
static struct shadow_stack shadows[SCHED_TASKS_MAX];

void stacks_init(void) {
  if (memory)
    return;
  size_t size = EACH * SCHED_TASKS_MAX;
  memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    fprintf(stderr, "heddle: no memory for the tasks' stacks (%zu MiB): raise the limit on address space\n",
            size >> 20);
    exit(4);
  }
  for (int task = 0; task < SCHED_TASKS_MAX; task++) {
    if (mprotect(memory + EACH * (size_t)task, GUARD_SIZE, PROT_NONE))
      abort();
    shadow_stack_init(&shadows[task], stacks_of(task), STACKS_SIZE);
  }
}

char *stacks_of(int task) {
  assert(memory && task >= 0 && task < SCHED_TASKS_MAX);
  return memory + EACH * (size_t)task + GUARD_SIZE;
}

void stacks_forget(int task) {
  assert(memory && task >= 0 && task < SCHED_TASKS_MAX);
  shadow_stack_forget(&shadows[task]);
}
