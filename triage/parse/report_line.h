/* report_line.h - what the lines of all sanitizers' reports have in common: what a logger put before them, their
 * stacks, the libFuzzer lines after them.  For the tools; what is kept is in the builder's state. */
#ifndef HEDDLE_PARSE_REPORT_LINE_H
#define HEDDLE_PARSE_REPORT_LINE_H

#include "triage/parse/tool.h"

/* Whether a report may begin in the middle of a line, at `at`: something like `[1234] ` or `12:00:01.5 x.cc:7] ` or
 * nothing stands before it. */
bool report_line_may_begin(const char *line, const char *at);

/* The report begins at `at`: remembers what stands before it. */
void report_line_begin(struct builder *builder, const char *line, const char *at);

/* Gives the line to `take`, without what stands before it on each line of the report, and where that is foreign
 * as it is. `line` comes without blanks at its begin. */
typedef enum parse_step (*report_line_take)(struct builder *builder, char *line);
enum parse_step report_line_step(struct builder *builder, char *line, report_line_take take);

/* Begins a stack; the frames that follow are its own.  NULL: passed over, the frames too. */
struct finding_stack *report_line_stack(struct builder *builder, enum finding_role role);
/* True for a frame that continues a stack.  Frames before any stack make one of role ACCESS. */
bool report_line_frame(struct builder *builder, char *line);
/* Takes note of an empty line: true where it is one. */
bool report_line_empty(struct builder *builder, const char *line);

/* Lines that libFuzzer adds where the process dies, with the file that it wrote: report->artifact. */
bool report_line_libfuzzer(struct builder *builder, const char *line);

/* For a line that is not the report's, which itself has ended: libFuzzer's lines may still come, but soon. */
enum parse_step report_line_after_end(struct builder *builder);

/* After `==N==`, where that stands first. */
const char *report_line_after_pid(const char *line);

#endif
