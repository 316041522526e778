/* report_text.h - a sanitizer's report with names in it.
 *
 * Sanitizers run with their own symbolizer off: it would be started anew for each replay.  This puts the names into the
 * text they wrote: a frame's `(binary+0x1a2b)` gets function, file and line before it. */
#ifndef HEDDLE_TARGET_REPORT_TEXT_H
#define HEDDLE_TARGET_REPORT_TEXT_H

/* The caller frees the result.  symbols_init() first. */
char *report_text_with_names(const char *text);

#endif
