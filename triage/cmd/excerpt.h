/* excerpt.h - the lines of source around the place that a stack names. */
#ifndef HEDDLE_CMD_EXCERPT_H
#define HEDDLE_CMD_EXCERPT_H

#include "triage/report/report.h"

#define EXCERPT_LINES 7 /* around a site */

/* What an excerpt points to; free() each. */
struct excerpt_memory {
  char *text;         /* the file, cut into lines */
  const char **lines; /* EXCERPT_LINES of them */
  char *missing;
};

/* Fills *excerpt with the lines around the frame's place, or with why they are not there: a file is shown that can be
 * read and lies below `root` (NULL: the current folder), by whatever name and link.  What lies elsewhere is not, for it
 * was the log that named it.  False where the frame names no line of a file: there is nothing to say then. */
bool excerpt_read(const char *root, const struct frame *frame, struct report_excerpt *excerpt,
                  struct excerpt_memory *memory);

#endif
