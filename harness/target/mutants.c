/* mutants.c - see mutants.h. */
#include "target/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure/failure.h"
#include "flavour/flavour.h"
#include "hooks/hooks.h"
#define MAP_MUTANTS 1 /* its side that a build of mutants sees */
#include "map/planted.h"
#include "target/describe.h"
#include "target/input.h"
#include "target/run.h"
#include "target/symbols.h"

static const struct mutant mutants[] = {
#define MUTANT(id, map, class, tsan, asan, threads, switches, text)                                                    \
  {#id, #map, #class, tsan, asan, threads, switches, text},
#include "map/mutants.def"
#undef MUTANT
};
#define COUNT (sizeof mutants / sizeof mutants[0])

/* In the order of mutants.def, after MAP_NO_MUTANT. */
static enum map_mutant chosen;

bool map_mutant_is(enum map_mutant mutant) { return mutant == chosen; }

const struct mutant *mutants_at(size_t index) { return index < COUNT ? &mutants[index] : NULL; }

const struct map_ops *mutants_choose(const char *id) {
  static struct map_ops map;
  chosen = MAP_NO_MUTANT;
  for (unsigned i = 0; id && i < COUNT; i++) {
    const struct map_ops *original = map_find(mutants[i].map);
    if (strcmp(mutants[i].id, id) != 0 || !original)
      continue;
    chosen = (enum map_mutant)(MAP_NO_MUTANT + 1 + i);
    map = *original;
    map.name = mutants[i].id;
    return &map;
  }
  return NULL;
}

const char *mutants_id_of(const char *program_path) {
  static char id[64];
  const char *slash = strrchr(program_path, '/'), *name = slash ? slash + 1 : program_path;
  static const char before[] = "heddle_", after[] = "_" FLAVOUR_NAME;
  size_t length = strlen(name), taken = sizeof before - 1 + sizeof after - 1;
  if (length <= taken || length - taken >= sizeof id || strncmp(name, before, sizeof before - 1) != 0 ||
      strcmp(name + length - (sizeof after - 1), after) != 0)
    return NULL;
  snprintf(id, sizeof id, "%.*s", (int)(length - taken), name + sizeof before - 1);
  return id;
}

/* ---- replaying them ---- */

static struct program program;
static struct execution execution;

static const char *expected_of(const struct mutant *mutant) {
  if (HEDDLE_FLAVOUR_TSAN)
    return mutant->tsan;
  return HEDDLE_FLAVOUR_ASAN ? mutant->asan : "-";
}

/* The failure that counts: the expected oracle's, otherwise the first. */
static const struct failure *choose_failure(const char *expected) {
  for (size_t i = 0; i < failure_count(); i++)
    if (strcmp(failure_at(i)->oracle, expected) == 0)
      return failure_at(i);
  return failure_count() ? failure_at(0) : NULL;
}

/* Whether keys.txt has this key for this bug and flavour.  It may have several: a function that one compiler inlines is
 * a site of its own with another. */
static bool key_is_listed(const char *folder, const char *id, const char *key) {
  char path[4096], line[256], word[64], flavour[16], listed[32];
  bool found = false;
  snprintf(path, sizeof path, "%s/keys.txt", folder);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    found |= sscanf(line, "%63s %15s %31s", word, flavour, listed) == 3 && strcmp(word, id) == 0 &&
             strcmp(flavour, FLAVOUR_NAME) == 0 && strcmp(listed, key) == 0;
  if (file)
    fclose(file);
  return found;
}

static bool run_one(const struct mutant *mutant, const struct options *options, struct run_result *result) {
  char path[4096];
  struct input input;
  snprintf(path, sizeof path, "%s/%s", options->input, mutant->id);
  if (!input_read(path, &input))
    return false;
  const struct map_ops *map = mutants_choose(mutant->id);
  if (!map)
    abort(); /* mutants.def names a map that is not registered */
  struct subject subject = subject_of(map, options->use);
  subject_decode(&subject, input.bytes, input.size, &program);
  input_free(&input);
  run_program(&program, &subject, &execution, NULL, result);
  return true;
}

/* False where it is not seen as it should be. */
static bool tell_one(const struct mutant *mutant, const struct options *options) {
  const char *expected = expected_of(mutant), *seen = "none";
  char key[KEY_TEXT_SIZE] = "";
  struct run_result result = {0};
  bool ran = run_one(mutant, options, &result);
  const struct failure *failure = ran ? choose_failure(expected) : NULL;
  if (failure) {
    seen = failure->oracle;
    describe_key(failure, key);
  }
  bool ok = ran && strcmp(seen, expected) == 0 && key_is_listed(options->input, mutant->id, key);
  printf(options->json ? "{\"id\":\"%s\",\"flavour\":\"%s\",\"expected\":\"%s\",\"seen\":\"%s\",\"kind\":\"%s\","
                         "\"key\":\"%s\",\"digest\":\"%016llx\",\"ok\":%s}\n"
                       : "%-44s %-5s expected %-16s seen %-16s %-24s %s %016llx ok=%s\n",
         mutant->id, FLAVOUR_NAME, expected, seen, failure ? failure->kind : "", key, (unsigned long long)result.digest,
         ok ? "true" : "false");
  fflush(stdout);
  return ok;
}

int mutants_replay(const struct options *options, const char *program_path) {
  size_t told = 0, wrong = 0;
  symbols_init(program_path);
  failure_init(symbols_build_id());
  run_init(options->carrier);
  hooks_keep_reports(false);
  for (size_t i = 0; i < COUNT; i++) {
    if (strcmp(expected_of(&mutants[i]), "-") == 0 || (options->mutant && strcmp(options->mutant, mutants[i].id) != 0))
      continue;
    told++;
    wrong += !tell_one(&mutants[i], options);
  }
  if (told == 0) {
    fprintf(stderr, "heddle: %s: no such planted bug in flavour %s; map/mutants.def lists them\n",
            options->mutant ? options->mutant : "mutants", FLAVOUR_NAME);
    return EXIT_USAGE;
  }
  return wrong ? EXIT_FOUND : EXIT_NOTHING;
}
