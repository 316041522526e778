/* minimize.h - the smallest input that still shows the same failure. */
#ifndef HEDDLE_TARGET_MINIMIZE_H
#define HEDDLE_TARGET_MINIMIZE_H

#include "map/map.h"
#include "target/options.h"

/* Returns the exit status. */
int minimize(const struct options *options, const struct map_ops *map, const char *program_path);

#endif
