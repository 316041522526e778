/* stacks.c - see stacks.h. */
#define _GNU_SOURCE
#include "carrier/stacks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "flavour/shadow.h"
#include "sched/sched.h"

#define SPAN ((size_t)SHADOW_STACK_SPAN) /* of one stack and the guard below it */

static char *memory; /* a multiple of SPAN */

void stacks_init(void) {
  if (memory)
    return;
  size_t size = SPAN * (SCHED_TASKS_MAX + 1);
  char *reserved = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) {
    fprintf(stderr, "heddle: no memory for the tasks' stacks (%zu MiB): raise the limit on address space\n",
            size >> 20);
    exit(4);
  }
  memory = reserved + (SPAN - (uintptr_t)reserved % SPAN) % SPAN;
  for (int task = 0; task < SCHED_TASKS_MAX; task++)
    if (mprotect(stacks_of(task), STACKS_SIZE, PROT_READ | PROT_WRITE))
      abort();
}

char *stacks_of(int task) {
  assert(memory && task >= 0 && task < SCHED_TASKS_MAX);
  return memory + SPAN * (size_t)(task + 1) - STACKS_SIZE;
}

void stacks_forget(int task) { shadow_forget_stack(stacks_of(task) + STACKS_SIZE, STACKS_SIZE); }
