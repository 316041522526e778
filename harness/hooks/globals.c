/* globals.c - the variables of the code under test, put back before each run: the same input must meet the same state.
 *
 * under_test.h gathers them in two sections, whose ends the linker names.  In tsan what their shadow remembers of
 * earlier runs goes too: it would change which races are seen.  There is no call for just that; making a Java heap
 * block of the range and dropping it again (tsan_interface_java.h) has this effect. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flavour/flavour.h"
#include "hooks/internal.h"

extern char __start_heddle_data[] __attribute__((weak)), __stop_heddle_data[] __attribute__((weak));
extern char __start_heddle_bss[] __attribute__((weak)), __stop_heddle_bss[] __attribute__((weak));

struct range {
  char *start;
  size_t size;
  char *initial;
};
static struct range ranges[2];

#if HEDDLE_FLAVOUR_TSAN
void __tsan_java_init(uintptr_t heap, uintptr_t size);
void __tsan_java_alloc(uintptr_t start, uintptr_t size);
void __tsan_java_free(uintptr_t start, uintptr_t size);

static uintptr_t outer(const struct range *range) { return (uintptr_t)range->start & ~(uintptr_t)7; }
static uintptr_t outer_size(const struct range *range) {
  return ((uintptr_t)range->start + range->size + 7 - outer(range)) & ~(uintptr_t)7;
}

static void init_shadow(void) {
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (int i = 0; i < 2; i++) {
    if (!ranges[i].size) continue;
    if (outer(&ranges[i]) < low) low = outer(&ranges[i]);
    if (outer(&ranges[i]) + outer_size(&ranges[i]) > high) high = outer(&ranges[i]) + outer_size(&ranges[i]);
  }
  if (high) __tsan_java_init(low, high - low);
}

static void forget_shadow(const struct range *range) {
  __tsan_java_alloc(outer(range), outer_size(range));
  __tsan_java_free(outer(range), outer_size(range));
}
#else
static void init_shadow(void) {}
static void forget_shadow(const struct range *range) { (void)range; }
#endif

void globals_init(void) {
  ranges[0] = (struct range){.start = __start_heddle_data, .size = (size_t)(__stop_heddle_data - __start_heddle_data)};
  ranges[1] = (struct range){.start = __start_heddle_bss, .size = (size_t)(__stop_heddle_bss - __start_heddle_bss)};
  for (int i = 0; i < 2; i++) {
    if (!ranges[i].size) continue;
    ranges[i].initial = malloc(ranges[i].size);
    if (!ranges[i].initial) abort();
    memcpy(ranges[i].initial, ranges[i].start, ranges[i].size);
  }
  init_shadow();
}

void globals_restore(void) {
  for (int i = 0; i < 2; i++) {
    if (!ranges[i].size) continue;
    memcpy(ranges[i].start, ranges[i].initial, ranges[i].size);
    forget_shadow(&ranges[i]);
  }
}
