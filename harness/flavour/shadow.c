/* shadow.c - see shadow.h.
 *
 * There is no call for just that.  Making a Java heap block of the memory and dropping it again has this effect
 * (tsan_interface_java.h, LLVM 14 to 22). */
#include "flavour/shadow.h"

#if HEDDLE_FLAVOUR_TSAN

/* A function that calls no hook, but hands a variable of its own to the C library, lies a little below the last hook.
 */
#define MARGIN ((uintptr_t)512)

void __tsan_java_alloc(uintptr_t start, uintptr_t size);
void __tsan_java_free(uintptr_t start, uintptr_t size);

uintptr_t shadow_depth;

void shadow_forget(void *start, size_t size) {
  uintptr_t from = (uintptr_t)start & ~(uintptr_t)7, to = ((uintptr_t)start + size + 7) & ~(uintptr_t)7;
  __tsan_java_alloc(from, to - from);
  __tsan_java_free(from, to - from);
}

void shadow_forget_stack(char *end, size_t size) {
  if (shadow_depth == 0)
    return;
  uintptr_t used = shadow_depth + MARGIN < size ? shadow_depth + MARGIN : size;
  shadow_forget(end - used, used);
}

#endif
