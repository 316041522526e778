/* prefix.h - what whoever collected a log put before each of its lines: timestamps, levels, names of containers.
 *
 * A prefix counts as so many words, the last character of them and the spaces after it, whatever the words are; 0 is
 * none.  What is left of a line keeps its indentation.  Pure functions. */
#ifndef HEDDLE_PARSE_PREFIX_H
#define HEDDLE_PARSE_PREFIX_H

#include <stdint.h>

/* What comes before `keyword` in the line. */
uint64_t prefix_of(const char *line, const char *keyword);
/* The line past its prefix; NULL where it has none. */
char *prefix_skip(uint64_t prefix, char *line);

#endif
