/* target_main.c - the entry points of a libFuzzer target; compiled once for each map (HEDDLE_MAP), and once for all
 * planted bugs together (HEDDLE_MUTANTS). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "target/fuzz.h"
#include "target/minimize.h"
#if HEDDLE_MUTANTS
#include "target/mutants.h"
#endif
#include "target/options.h"
#include "target/replay.h"
#include "target/show.h"
#include "target/subject.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t capacity, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

static _Noreturn void give_up(const char *name, const char *why) {
  fprintf(stderr, "heddle: %s: %s; build anew\n", name, why);
  exit(EXIT_NO_START);
}

/* The one this binary was compiled for; a build of mutants takes its own from the name that it was started by. */
static const struct map_ops *find_map(const char *program_path) {
#if HEDDLE_MUTANTS
  const char *id = mutants_id_of(program_path);
  const struct map_ops *map = mutants_choose(id);
  if (!map)
    give_up(program_path, "its name is not that of a planted bug in map/mutants.def");
#else
  (void)program_path;
  const struct map_ops *map = map_find(HEDDLE_MAP);
  if (!map)
    give_up(HEDDLE_MAP, "no such map in map/registry.def");
#endif
  return map;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  struct options options;
  options_parse(*argc, *argv, &options);
#if HEDDLE_MUTANTS
  if (options.mode == MODE_MUTANTS)
    exit(mutants_replay(&options, (*argv)[0]));
#endif
#if HEDDLE_LAWFUL
  /* Whoever fuzzes around the clock takes what fails for a bug: a map that is misused is none. */
  if (options.use == SUBJECT_USE_DEFAULT)
    options.use = SUBJECT_USE_LAWFUL;
#endif
  struct subject subject = subject_of(find_map((*argv)[0]), options.use);
  switch (options.mode) {
  case MODE_REPLAY:
    exit(replay(&options, &subject, (*argv)[0]));
  case MODE_SHOW:
    exit(show(&options, &subject));
  case MODE_MINIMIZE:
    exit(minimize(&options, &subject, (*argv)[0]));
  case MODE_MUTANTS:
    give_up("mutants", "this build has none");
  case MODE_FUZZ:
    fuzz_init(&options, &subject);
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
