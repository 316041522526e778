/* replay.h - runs one saved input in this fresh process, tells and files what it shows. */
#ifndef HEDDLE_TARGET_REPLAY_H
#define HEDDLE_TARGET_REPLAY_H

#include "target/options.h"
#include "target/subject.h"

/* Returns the exit status. */
int replay(const struct options *options, const struct subject *subject, const char *program_path);

#endif
