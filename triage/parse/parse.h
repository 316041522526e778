/* parse.h - reports of sanitizers, fuzzing engines and runtimes, found in what a program printed.
 *
 * A log may hold anything: several reports, other output in between, lines of any length, any bytes, a cut anywhere.
 * Whatever is read, memory stays bounded: a line counts up to PARSE_LINE_MAX bytes, a stack up to STACK_FRAMES_MAX
 * frames, a report up to FINDING_STACKS_MAX stacks and PARSE_TEXT_MAX bytes of its own words.  What lies past that is
 * passed over and `cut` says so.
 *
 * A parser belongs to one thread at a time; several are independent of each other. */
#ifndef HEDDLE_PARSE_PARSE_H
#define HEDDLE_PARSE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/finding/finding.h"
#include "triage/stack/symbolize.h"

#define PARSE_LINE_MAX ((size_t)1 << 17)
#define PARSE_TEXT_MAX ((size_t)1 << 18)
#define PARSE_DEPTH_MAX 8

/* One report.  Of the finding, what a log cannot say is empty or zero: input, program, digest, clocks ...; task numbers
 * are those of the log. */
struct parse_report {
  struct finding finding; /* `report` has its own words */
  uint64_t index;         /* in the file, from 0 */
  uint64_t line;          /* where it begins, from 1 */
  bool truncated;         /* it ends in the middle: the log ended, or another report began */
  bool cut;               /* parts of it were passed over, for it was too large */
  /* The memory that it is about, by which reports are grouped. */
  const char *global;     /* the variable's name; "" where it is none */
  uint64_t object_offset; /* bytes from the start of the variable or the heap block; UINT64_MAX where not known */
  const char *artifact;   /* the file with the input, as the engine named it; "" where it named none */
};

/* The report and all it points to last until the callback returns. */
typedef void (*parse_report_fn)(void *context, const struct parse_report *report);

struct parse_options {
  const char *source_root;       /* taken off file names; NULL: only ./ and ../ are */
  struct symbolizer *symbolizer; /* for frames whose module is at hand (names.h); borrowed; NULL: none */
  unsigned depth; /* application frames of each stack in the key; 0 counts as 1, at most PARSE_DEPTH_MAX */
};

struct parser;

/* NULL: no memory.  `options` is copied. */
struct parser *parse_open(const struct parse_options *options, parse_report_fn tell, void *context);
/* The next bytes of the log, cut anywhere. */
void parse_feed(struct parser *parser, const void *bytes, size_t size);
/* The log ends here; what is pending is told.  Returns the number of reports, and the parser is ready for another log.
 */
uint64_t parse_end(struct parser *parser);
void parse_close(struct parser *parser); /* NULL is allowed */

enum parse_result {
  PARSE_REPORTS,   /* at least one */
  PARSE_NOTHING,   /* a readable file without a report */
  PARSE_UNREADABLE /* *error says why; what was found before that was told */
};

/* A whole file: a log, or heddle's own finding.json. */
enum parse_result parse_file(struct parser *parser, const char *path, struct finding_error *error);

#endif
