/* A fuzz target that goes wrong at its first input, as the environment's HOW says. */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void *volatile kept;

__attribute__((noinline)) static void hang(void) {
  for (;;)
    usleep(1000);
}

__attribute__((noinline)) static void devour(void) {
  for (;;) {
    kept = malloc((size_t)1 << 22);
    memset(kept, 1, (size_t)1 << 22);
    usleep(10000);
  }
}

__attribute__((noinline)) static void use_freed(void) {
  char *block = malloc(8);
  kept = block;
  free(block);
  ((volatile char *)kept)[1] = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *how = getenv("HOW");
  if (size < 3 || memcmp(data, "bug", 3) != 0)
    return 0;
  switch (how ? *how : 'a') {
  case 't':
    hang();
  case 'o':
    devour();
  case 'u':
    use_freed();
    break;
  case 'e':
    exit(3);
  default:
    abort();
  }
  return 0;
}
