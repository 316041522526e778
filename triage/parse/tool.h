/* tool.h - between parse.c, which reads lines, and the parsers of one tool's reports each.
 *
 * A tool sees lines without their end (LF, CRLF), without terminal colours, cut at PARSE_LINE_MAX; a NUL in a line
 * reads as '?'.  It may write into a line: each tool gets its own copy.  What it keeps goes through the builder, which
 * copies. */
#ifndef HEDDLE_PARSE_TOOL_H
#define HEDDLE_PARSE_TOOL_H

#include "triage/parse/parse.h"

enum parse_step {
  PARSE_TAKEN,   /* a line of the report */
  PARSE_FOREIGN, /* not a line of the report; the report may go on after it */
  PARSE_ENDS,    /* the report's last line */
  PARSE_OVER     /* not a line of the report, which ended before it */
};

struct builder;

struct parse_tool {
  const char *name;
  /* True where the line begins a report; kind, oracle and message are set then. */
  bool (*begins)(struct builder *builder, char *line);
  /* The next line of a report that this tool began. */
  enum parse_step (*takes)(struct builder *builder, char *line);
  /* The log ended or another report begins: true where this one may be whole, although no line said so. */
  bool (*complete)(struct builder *builder);
};

/* The first of them that begins with a line has it. */
#define PARSE_TOOLS(TOOL)                                                                                              \
  TOOL(tsan)      /* ThreadSanitizer of clang and GCC */                                                               \
  TOOL(asan)      /* AddressSanitizer, LeakSanitizer, MemorySanitizer, and UBSan's deadly signals: `==N==ERROR:` */    \
  TOOL(ubsan)     /* `FILE:LINE:COLUMN: runtime error:` */                                                             \
  TOOL(go_race)   /* Go's race detector */                                                                             \
  TOOL(go_fatal)  /* Go's `fatal error:`, and panics, with goroutines */                                               \
  TOOL(kcsan)     /* the Linux kernel's */                                                                             \
  TOOL(libfuzzer) /* timeout, out of memory, deadly signal: `==N== ERROR: libFuzzer:` */                               \
  TOOL(honggfuzz) /* HONGGFUZZ.REPORT.TXT */

#define TOOL(name) extern const struct parse_tool parse_##name;
PARSE_TOOLS(TOOL)
#undef TOOL

/* parse_open for the reports of some tools only, so that each can be tested alone.  `some` lasts as long as the parser.
 */
struct parser *parse_open_tools(const struct parse_tool *const some[], size_t count,
                                const struct parse_options *options, parse_report_fn tell, void *context);

/* ---- the report being built ---- */

/* The tool's own, zero when a report begins. */
struct builder_state {
  int stage;
  bool doubtful; /* no report yet, for want of a line that only a report has: forgotten where it ends so */
  uint64_t numbers[4];
  /* report_line.h's: */
  const char *prefix; /* before each line; NULL: nothing (prefix.h) */
  unsigned next_frame;
  bool in_stack, after_empty;
  unsigned foreign_after; /* lines of other output since the report's own end */
};
struct builder_state *builder_state(struct builder *builder);
struct parse_report *builder_report(struct builder *builder);

/* A copy that lasts as long as the report; "" where there is no room. */
const char *builder_copy(struct builder *builder, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) const char *builder_print(struct builder *builder, const char *format, ...);

/* Begins a stack, task -1 and no access; NULL where there are too many: its frames are passed over. */
struct finding_stack *builder_stack(struct builder *builder, enum finding_role role);
/* The stack that was begun last; NULL: none, or it is passed over. */
struct finding_stack *builder_last_stack(struct builder *builder);
/* Another frame of that stack, farther out; its strings are copied. */
void builder_frame(struct builder *builder, const struct frame *frame);
/* Where the frame that was added last is, for tools that say so on a line of its own. */
void builder_place(struct builder *builder, const char *file, uint32_t line);

#endif
