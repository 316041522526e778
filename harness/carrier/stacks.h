/* stacks.h - a stack a task, with a guard below each: the same size and the same kind of memory for every carrier. */
#ifndef HEDDLE_CARRIER_STACKS_H
#define HEDDLE_CARRIER_STACKS_H

#include <stddef.h>

#define STACKS_SIZE ((size_t)512 << 10) /* bytes of one stack */

/* Once a process; ends it with status 4 and a line on stderr where there is no memory. */
void stacks_init(void);
/* The lowest address of a task's stack. */
char *stacks_of(int task);
/* Between runs: has the sanitizer forget what a task did on its stack. */
void stacks_forget(int task);

#endif
