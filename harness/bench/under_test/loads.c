/* loads.c - one access after the other: what a scheduling point costs. */
#include <stddef.h>

void *bench_loads(void *count);

static volatile long variable;

/* Reads a variable as often as the long at `count` says, which is a multiple of 8. */
void *bench_loads(void *count) {
  for (long left = *(long *)count; left > 0; left -= 8) {
    (void)variable, (void)variable, (void)variable, (void)variable;
    (void)variable, (void)variable, (void)variable, (void)variable;
  }
  return NULL;
}
