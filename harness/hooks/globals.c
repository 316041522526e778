/* globals.c - the variables of the code under test, put back before each run: the same input must meet the same state.
 *
 * under_test.h gathers them in two sections, whose ends the linker names.  What a sanitizer remembers of them from
 * earlier runs goes too: it would change which races are seen. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flavour/shadow.h"
#include "hooks/internal.h"

extern char __start_heddle_data[] __attribute__((weak)), __stop_heddle_data[] __attribute__((weak));
extern char __start_heddle_bss[] __attribute__((weak)), __stop_heddle_bss[] __attribute__((weak));

struct range {
  char *start;
  size_t size;
  char *initial;
};
static struct range ranges[2];

void globals_init(void) {
  ranges[0] = (struct range){.start = __start_heddle_data, .size = (size_t)(__stop_heddle_data - __start_heddle_data)};
  ranges[1] = (struct range){.start = __start_heddle_bss, .size = (size_t)(__stop_heddle_bss - __start_heddle_bss)};
  for (int i = 0; i < 2; i++) {
    if (!ranges[i].size)
      continue;
    ranges[i].initial = malloc(ranges[i].size);
    if (!ranges[i].initial)
      abort();
    memcpy(ranges[i].initial, ranges[i].start, ranges[i].size);
  }
}

void globals_restore(void) {
  for (int i = 0; i < 2; i++) {
    if (!ranges[i].size)
      continue;
    memcpy(ranges[i].start, ranges[i].initial, ranges[i].size);
    shadow_forget(ranges[i].start, ranges[i].size);
  }
}
