/* builder.h - what parse.c does with a builder; the tools' side is tool.h. */
#ifndef HEDDLE_PARSE_BUILDER_H
#define HEDDLE_PARSE_BUILDER_H

#include "triage/parse/tool.h"

struct builder *builder_open(void); /* NULL: no memory */
void builder_close(struct builder *builder);
/* Empties it. */
void builder_begin(struct builder *builder);
/* Adds a line to the report's own words. */
void builder_words(struct builder *builder, const char *line, size_t length);
/* Names, files and key; then the report is whole.  `folder` is the log's, "" where it has none (names.h). */
void builder_finish(struct builder *builder, const struct parse_options *options, const char *folder);

#endif
