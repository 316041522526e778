/* shadow.h - has ThreadSanitizer forget what it knows of a piece of memory: who accessed it, and which lock lies there.
 *
 * Memory of the code under test that outlives a run would else carry that into the next one: which of two racing
 * accesses is still known depends on it, and a lock left locked would stay so.  Call it between runs. */
#ifndef HEDDLE_FLAVOUR_SHADOW_H
#define HEDDLE_FLAVOUR_SHADOW_H

#include <stddef.h>

#include "flavour/flavour.h"

/* A task's stack.  Only the part that any run has used so far is worth forgetting. */
struct shadow_stack {
  char *bottom; /* its lowest address */
  size_t size;
  size_t used; /* bytes at the top that were ever written to */
};

#if HEDDLE_FLAVOUR_TSAN
/* All of [start, start+size), and what shares 8 bytes with its ends. */
void shadow_forget(void *start, size_t size);
/* Once, on a stack that nobody has used yet. */
void shadow_stack_init(struct shadow_stack *stack, char *bottom, size_t size);
/* While no task is on it. */
void shadow_stack_forget(struct shadow_stack *stack);
#else
static inline void shadow_forget(void *start, size_t size) {
  (void)start;
  (void)size;
}
static inline void shadow_stack_init(struct shadow_stack *stack, char *bottom, size_t size) {
  (void)stack;
  (void)bottom;
  (void)size;
}
static inline void shadow_stack_forget(struct shadow_stack *stack) { (void)stack; }
#endif

#endif
