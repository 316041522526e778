/* replay.h - runs one saved input in this fresh process, tells and files what it shows. */
#ifndef HEDDLE_TARGET_REPLAY_H
#define HEDDLE_TARGET_REPLAY_H

#include "map/map.h"
#include "target/options.h"

/* Returns the exit status. */
int replay(const struct options *options, const struct map_ops *map, const char *program_path);

#endif
