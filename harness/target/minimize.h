/* minimize.h - the smallest input that still shows the same failure. */
#ifndef HEDDLE_TARGET_MINIMIZE_H
#define HEDDLE_TARGET_MINIMIZE_H

#include "target/options.h"
#include "target/subject.h"

/* Returns the exit status. */
int minimize(const struct options *options, const struct subject *subject, const char *program_path);

#endif
