/* prefix.h - what whoever collected a log put before each of its lines: timestamps, levels, names of containers.
 *
 * It is known by the line that begins a report, where it stands before the keyword.  Another line has one that is like
 * it: a word for each word, blanks for blanks, all else as it is.  What is left of a line keeps its indentation. */
#ifndef HEDDLE_PARSE_PREFIX_H
#define HEDDLE_PARSE_PREFIX_H

#include "triage/parse/tool.h"

/* What comes before `keyword` in the line, kept in the builder; NULL: nothing, or too much for a prefix. */
const char *prefix_keep(struct builder *builder, const char *line, const char *keyword);

/* The line past its prefix, the line itself where `prefix` is NULL; NULL where it has none that is like it. */
char *prefix_skip(const char *prefix, char *line);

#endif
