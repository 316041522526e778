/* engine_none.c - main for targets without a fuzzing engine: runs each file that it is given, once. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

/* A target's own mutator wants it; nobody calls that. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity) {
  (void)data, (void)capacity;
  return size;
}

static _Noreturn void give_up(const char *path) {
  perror(path);
  exit(3);
}

static void run(const char *path) {
  FILE *file = fopen(path, "rb");
  long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  if (size < 0 || fseek(file, 0, SEEK_SET) != 0)
    give_up(path);
  uint8_t *bytes = malloc(size ? (size_t)size : 1); /* no larger, so that a read past it is seen */
  if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
    give_up(path);
  fclose(file);
  LLVMFuzzerTestOneInput(bytes, (size_t)size);
  free(bytes);
}

int main(int argc, char **argv) {
  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; i++)
    run(argv[i]);
  fprintf(stderr, "Done %d runs\n", argc - 1);
  return 0;
}
