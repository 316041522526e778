/* allocation_hook.h - lets a test make allocations of the code under test fail, and count what is not freed.
 *
 * For tests linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=free: this defines what the linker then calls, so at
 * most one file of a test may include it.  One thread only. */
#ifndef HEDDLE_MAP_TEST_ALLOCATION_HOOK_H
#define HEDDLE_MAP_TEST_ALLOCATION_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static struct {
  uint64_t made;                        /* allocations asked for since the last reset */
  uint64_t fail_at;                     /* this one fails, counted from 1; 0: none */
  bool fail_on;                         /* and so does every later one */
  uint64_t failed;                      /* allocations that were refused */
  int64_t live;                         /* allocated and not yet freed */
  void (*before)(void);                 /* called at every allocation, or NULL */
  void (*freeing)(const void *pointer); /* called at every free of a block, or NULL */
} allocation_hook;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *pointer);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *pointer);

static bool allocation_hook_refuses(void) {
  if (allocation_hook.before != NULL)
    allocation_hook.before();
  uint64_t n = ++allocation_hook.made;
  uint64_t fail_at = allocation_hook.fail_at;
  bool refused = fail_at != 0 && (allocation_hook.fail_on ? n >= fail_at : n == fail_at);
  allocation_hook.failed += refused;
  return refused;
}

static void *allocation_hook_count(void *pointer) {
  allocation_hook.live += pointer != NULL;
  return pointer;
}

void *__wrap_malloc(size_t size) {
  return allocation_hook_refuses() ? NULL : allocation_hook_count(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return allocation_hook_refuses() ? NULL : allocation_hook_count(__real_calloc(count, size));
}

void __wrap_free(void *pointer) {
  if (allocation_hook.freeing != NULL && pointer != NULL)
    allocation_hook.freeing(pointer);
  allocation_hook.live -= pointer != NULL;
  __real_free(pointer);
}

#endif
