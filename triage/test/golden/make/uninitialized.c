/* A branch on memory that nobody wrote. */
#include <stdlib.h>

__attribute__((noinline)) static int choose(const int *values) {
  if (values[3])
    return 1;
  return 2;
}

int main(void) {
  int *values = malloc(4 * sizeof *values);
  values[0] = 1;
  int chosen = choose(values);
  free(values);
  return chosen & 0;
}
