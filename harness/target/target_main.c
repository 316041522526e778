/* target_main.c - the entry points of a libFuzzer target; compiled once for each map (HEDDLE_MAP). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "map/map.h"
#include "target/fuzz.h"
#include "target/minimize.h"
#include "target/options.h"
#include "target/replay.h"
#include "target/show.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t capacity, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  struct options options;
  options_parse(*argc, *argv, &options);
  const struct map_ops *map = map_find(HEDDLE_MAP);
  if (!map) {
    fprintf(stderr, "heddle: %s: no such map in map/registry.def; build anew\n", HEDDLE_MAP);
    exit(EXIT_NO_START);
  }
  switch (options.mode) {
  case MODE_REPLAY:
    exit(replay(&options, map, (*argv)[0]));
  case MODE_SHOW:
    exit(show(&options));
  case MODE_MINIMIZE:
    exit(minimize(&options, map, (*argv)[0]));
  case MODE_FUZZ:
    fuzz_init(&options, map);
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_one(data, size);
  return 0;
}

/* One time in eight the engine's own mutations, which know nothing of the format: every byte string is a program. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
  if (seed % 8 == 0)
    return LLVMFuzzerMutate(data, size, capacity);
  return fuzz_mutate(data, size, capacity, seed / 8);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t capacity, unsigned seed) {
  return fuzz_cross(a, a_size, b, b_size, out, capacity, seed);
}
