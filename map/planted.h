/* planted.h - bugs planted on purpose, to be found: PLANTED(id) is true in a build of mutants that was told to have the
 * one of that name (mutants.def), and the constant 0 everywhere else, so that a planted bug leaves no trace in a map.
 *
 * It is written in these forms only, so that map/test/test_planted.sh can take it out again and compare the code:
 *   if (PLANTED(id)) STATEMENT       a statement or a block, without else, on lines of its own
 *   if (!PLANTED(id)) STATEMENT      likewise
 *   PLANTED(id) || ...               at the head of a condition, or !PLANTED(id) && ...
 *   PLANTED(id) ? A : B              A without a colon
 */
#ifndef HEDDLE_MAP_PLANTED_H
#define HEDDLE_MAP_PLANTED_H

#include <stdbool.h>

#if MAP_MUTANTS
enum map_mutant {
  MAP_NO_MUTANT,
#define MUTANT(id, ...) MAP_MUTANT_##id,
#include "map/mutants.def"
#undef MUTANT
};
/* Whether this process has that bug.  Not instrumented: asking is no scheduling point. */
bool map_mutant_is(enum map_mutant mutant);
#define PLANTED(id) map_mutant_is(MAP_MUTANT_##id)
#else
#define PLANTED(id) 0
#endif

#endif
