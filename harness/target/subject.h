/* subject.h - the map under test, what it may be asked for, and what it is held to. */
#ifndef HEDDLE_TARGET_SUBJECT_H
#define HEDDLE_TARGET_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/map.h"
#include "program/program.h"

/* Lawful use is what map_ops.concurrency allows.  A map that makes no promise of being free of races (guarantee A) is
 * there to be used beyond that: its breaking is what there is to find, and only what it promises all the same is then
 * judged. */
enum subject_use { SUBJECT_USE_DEFAULT, SUBJECT_USE_LAWFUL, SUBJECT_USE_ANY };

struct subject {
  const struct map_ops *map; /* not owned */
  struct program_rules rules;
  unsigned judged; /* guarantees it is held to: enum map_guarantee, or-ed */
};

/* `map` is not NULL; default use is lawful use of maps that promise A, and any use of the others. */
struct subject subject_of(const struct map_ops *map, enum subject_use use);

/* Bytes to a program that asks the map for nothing it does not promise. */
void subject_decode(const struct subject *subject, const uint8_t *bytes, size_t size, struct program *out);

#endif
