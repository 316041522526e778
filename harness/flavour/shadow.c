/* shadow.c - see shadow.h.
 *
 * There is no call for just that.  Making a Java heap block of the memory and dropping it again has this effect
 * (tsan_interface_java.h, LLVM 14 to 22).
 *
 * Of a stack the part that was used is found by painting what lies below it: paint that is gone was used.  A task that
 * goes deeper than all before it by more than WINDOW, and writes to none of that or only zeros, is not noticed. */
#include "flavour/shadow.h"

#if HEDDLE_FLAVOUR_TSAN

#include <stdbool.h>
#include <stdint.h>

#define PAINT UINT64_C(0x5ce1ded5bace5ced)
#define WINDOW ((size_t)8 << 10)
#define UNIT ((size_t)512)

void __tsan_java_alloc(uintptr_t start, uintptr_t size);
void __tsan_java_free(uintptr_t start, uintptr_t size);

void shadow_forget(void *start, size_t size) {
  uintptr_t from = (uintptr_t)start & ~(uintptr_t)7, to = ((uintptr_t)start + size + 7) & ~(uintptr_t)7;
  __tsan_java_alloc(from, to - from);
  __tsan_java_free(from, to - from);
}

static uint64_t *window_of(const struct shadow_stack *stack) {
  return (uint64_t *)(void *)(stack->bottom + stack->size - stack->used - WINDOW);
}

static void paint(const struct shadow_stack *stack) {
  uint64_t *words = window_of(stack);
  for (size_t i = 0; i < WINDOW / sizeof *words; i++)
    words[i] = PAINT;
}

void shadow_stack_init(struct shadow_stack *stack, char *bottom, size_t size) {
  *stack = (struct shadow_stack){.bottom = bottom, .size = size};
  paint(stack);
}

/* Bytes of the window, from its top down to the lowest word that was written to. */
static size_t used_of_window(const struct shadow_stack *stack, bool painted) {
  const uint64_t *words = window_of(stack);
  size_t clean = 0;
  while (clean < WINDOW / sizeof *words && (words[clean] == PAINT || (!painted && words[clean] == 0)))
    clean++;
  return (WINDOW - clean * sizeof *words + UNIT - 1) / UNIT * UNIT;
}

/* What lies below the painted window holds zeros until it is written to. */
static void find_used(struct shadow_stack *stack) {
  bool painted = true;
  size_t more;
  while ((more = used_of_window(stack, painted)) > 0) {
    size_t most = stack->size - WINDOW - stack->used;
    stack->used += more < most ? more : most;
    painted = false;
    if (more >= most)
      break;
  }
  if (!painted)
    paint(stack);
}

void shadow_stack_forget(struct shadow_stack *stack) {
  find_used(stack);
  if (stack->used > 0)
    shadow_forget(stack->bottom + stack->size - stack->used, stack->used);
}

#endif
