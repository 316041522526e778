/* show.h - prints an input as the program it is. */
#ifndef HEDDLE_TARGET_SHOW_H
#define HEDDLE_TARGET_SHOW_H

#include "target/options.h"
#include "target/subject.h"

/* Returns the exit status. */
int show(const struct options *options, const struct subject *subject);

#endif
