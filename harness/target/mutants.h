/* mutants.h - the planted bugs of map/mutants.def, for a build that has them: choosing one, and replaying them all. */
#ifndef HEDDLE_TARGET_MUTANTS_H
#define HEDDLE_TARGET_MUTANTS_H

#include <stddef.h>

#include "map/map.h"
#include "target/options.h"

/* A line of mutants.def. */
struct mutant {
  const char *id, *map, *class, *tsan, *asan; /* tsan, asan: the oracle that sees it there, "-" for none */
  unsigned threads, switches;                 /* at least */
  const char *text;
};

/* NULL past the end. */
const struct mutant *mutants_at(size_t index);

/* From now on the process has the bug `id`, NULL for none.  The map that has it, under the name of the bug, so that
 * findings name it and their commands replay it; NULL where there is no such bug, or this build has none. */
const struct map_ops *mutants_choose(const char *id);

/* `program_path`, the name that this process was started by, as bin/heddle_<id>_<flavour>: the id, NULL where it has
 * not that form.  In static storage. */
const char *mutants_id_of(const char *program_path);

/* Replays corpus/regressions/mutants/<id> of each bug (of options->mutant alone, where given) below options->input,
 * that folder; prints a JSON line each, or a table.  Returns the exit status: EXIT_FOUND where one is not seen as it
 * should. */
int mutants_replay(const struct options *options, const char *program_path);

#endif
