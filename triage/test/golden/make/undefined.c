/* Undefined behaviour, each once. */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

volatile int one = 1, zero, large = INT_MAX, places = 40, index_past = 5;
volatile double huge = 1e30;
int row[4];
char bytes[16];
char *volatile nothing;

__attribute__((noinline)) static int overflow(void) { return large + one; }
__attribute__((noinline)) static int negate(void) { return -(-large - 1); }
__attribute__((noinline)) static int divide(void) { return one / zero; }
__attribute__((noinline)) static int shift(void) { return one << places; }
__attribute__((noinline)) static int past_end(void) { return row[index_past]; }
__attribute__((noinline)) static int convert(void) { return (int)huge; }
__attribute__((noinline)) static int misaligned(void) { return *(volatile int *)(void *)(bytes + one); }
__attribute__((noinline)) static int bad_bool(void) {
  memset(bytes, 3, sizeof bytes);
  return *(volatile bool *)bytes;
}
__attribute__((noinline)) static int no_array(void) {
  int count = zero - 1;
  int array[count];
  return (int)sizeof array;
}
__attribute__((noinline)) static char *offset_null(void) { return nothing + places; }

int main(void) {
  int (*const acts[])(void) = {overflow, negate, shift, past_end, convert, misaligned, bad_bool, no_array};
  for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++)
    acts[i]();
  offset_null();
  divide();
  return 0;
}
