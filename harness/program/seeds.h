/* seeds.h - the inputs a campaign starts from: one small program for each way in which operations can collide.
 * Internal to program/ and its tests; corpus/seeds/ holds them encoded. */
#ifndef HEDDLE_PROGRAM_SEEDS_H
#define HEDDLE_PROGRAM_SEEDS_H

#include <stddef.h>

#include "program/program.h"

/* Fills *out with the index-th seed and returns its name (static; letters, digits, hyphens); NULL past the last. */
const char *seeds_at(size_t index, struct program *out);

#endif
