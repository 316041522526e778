/* shadow.h - has ThreadSanitizer forget what it knows of a piece of memory: who accessed it, and which lock lies there.
 *
 * Memory of the code under test that outlives a run would else carry that into the next one: which of two racing
 * accesses is still known depends on it, and a lock left locked would stay so.  Call it between runs. */
#ifndef HEDDLE_FLAVOUR_SHADOW_H
#define HEDDLE_FLAVOUR_SHADOW_H

#include <stddef.h>
#include <stdint.h>

#include "flavour/flavour.h"

/* Stacks of tasks end at multiples of this: an address alone says how deep it lies in its stack. */
#define SHADOW_STACK_SPAN ((uintptr_t)1 << 20)

#if HEDDLE_FLAVOUR_TSAN
/* Bytes of a stack, from its end down, at which code under test called a hook: the most of all tasks in this run. */
extern uintptr_t shadow_depth;

/* Every hook that acts says where its frame is: what code under test can have accessed of its own stack lies above. */
static inline const void *shadow_note_frame(const void *frame) {
  uintptr_t depth = (0 - (uintptr_t)frame) & (SHADOW_STACK_SPAN - 1);
  if (__builtin_expect(depth > shadow_depth, 0))
    shadow_depth = depth;
  return frame;
}

/* All of [start, start+size), and what shares 8 bytes with its ends. */
void shadow_forget(void *start, size_t size);
/* What this run's tasks used of the stack that ends at `end` and is `size` bytes long. */
void shadow_forget_stack(char *end, size_t size);
/* A run begins. */
static inline void shadow_begin(void) { shadow_depth = 0; }
#else
static inline const void *shadow_note_frame(const void *frame) { return frame; }
static inline void shadow_forget(void *start, size_t size) {
  (void)start;
  (void)size;
}
static inline void shadow_forget_stack(char *end, size_t size) {
  (void)end;
  (void)size;
}
static inline void shadow_begin(void) {}
#endif

#endif
