/* parse.c - lines out of a log, each to the tool whose report it belongs to. */
#include "triage/parse/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/parse/builder.h"

#define FOREIGN_MAX 2000 /* lines in a row that are no report's: then it has ended */
#define CHUNK 65536

static const struct parse_tool *const tools[] = {
#define TOOL(name) &parse_##name,
    PARSE_TOOLS(TOOL)
#undef TOOL
};

struct parser {
  const struct parse_tool *const *tools; /* those whose reports are looked for */
  size_t tool_count;
  struct parse_options options;
  parse_report_fn tell;
  void *context;
  struct builder *builder, *spare; /* spare: to see whether a line begins another report */
  const struct parse_tool *tool;   /* whose report is being read; NULL: none */
  uint64_t line, reports;
  unsigned foreign;
  char folder[PATH_MAX]; /* of the file being read; "": bytes came from elsewhere */
  bool too_long;         /* of the line being gathered */
  size_t gathered;
  char bytes[PARSE_LINE_MAX + 1]; /* the line as it is */
  char copy[PARSE_LINE_MAX + 1];  /* ... for a tool */
};

struct parser *parse_open(const struct parse_options *options, parse_report_fn tell, void *context) {
  return parse_open_tools(tools, sizeof tools / sizeof *tools, options, tell, context);
}

struct parser *parse_open_tools(const struct parse_tool *const some[], size_t count,
                                const struct parse_options *options, parse_report_fn tell, void *context) {
  struct parser *parser = calloc(1, sizeof *parser);
  if (!parser)
    return NULL;
  parser->tools = some;
  parser->tool_count = count;
  parser->options = *options;
  parser->tell = tell;
  parser->context = context;
  parser->builder = builder_open();
  parser->spare = builder_open();
  if (parser->builder && parser->spare)
    return parser;
  parse_close(parser);
  return NULL;
}

void parse_close(struct parser *parser) {
  if (!parser)
    return;
  builder_close(parser->builder);
  builder_close(parser->spare);
  free(parser);
}

/* ---- reports ---- */

static void finish(struct parser *parser, bool truncated) {
  parser->tool = NULL;
  if (builder_state(parser->builder)->doubtful)
    return;
  struct parse_report *report = builder_report(parser->builder);
  report->truncated = truncated;
  report->index = parser->reports++;
  builder_finish(parser->builder, &parser->options, parser->folder);
  parser->tell(parser->context, report);
}

static char *fresh_copy(struct parser *parser, size_t length) {
  memcpy(parser->copy, parser->bytes, length + 1);
  return parser->copy;
}

/* Ends the report that is under way where no line said that it is over. */
static void break_off(struct parser *parser) { finish(parser, !parser->tool->complete(parser->builder)); }

/* True where some tool begins a report here.  One that was under way is told first. */
static bool begin(struct parser *parser, size_t length) {
  for (size_t i = 0; i < parser->tool_count; i++) {
    builder_begin(parser->spare);
    if (!parser->tools[i]->begins(parser->spare, fresh_copy(parser, length)))
      continue;
    if (parser->tool)
      break_off(parser);
    struct builder *builder = parser->spare;
    parser->spare = parser->builder;
    parser->builder = builder;
    parser->tool = parser->tools[i];
    parser->foreign = 0;
    builder_report(builder)->line = parser->line;
    builder_report(builder)->cut |= parser->too_long;
    builder_words(builder, parser->bytes, length);
    return true;
  }
  return false;
}

static void take_foreign(struct parser *parser, size_t length) {
  if (!begin(parser, length) && ++parser->foreign == FOREIGN_MAX)
    break_off(parser);
}

static void take_line(struct parser *parser, size_t length) {
  parser->line++;
  enum parse_step step = parser->tool ? parser->tool->takes(parser->builder, fresh_copy(parser, length)) : PARSE_OVER;
  if (step == PARSE_FOREIGN) {
    take_foreign(parser, length);
    return;
  }
  if (step == PARSE_OVER) {
    if (parser->tool)
      finish(parser, false);
    begin(parser, length);
    return;
  }
  parser->foreign = 0;
  builder_report(parser->builder)->cut |= parser->too_long;
  builder_words(parser->builder, parser->bytes, length);
  if (step == PARSE_ENDS)
    finish(parser, false);
}

/* ---- lines ---- */

/* Takes out terminal colours and the like (ECMA-48, 5.4: CSI, parameters, a final byte) and the carriage return at the
 * end; no byte of what is left is 0.  Returns the length. */
static size_t clean(char *line, size_t length) {
  size_t kept = 0;
  if (length > 0 && line[length - 1] == '\r')
    length--;
  for (size_t i = 0; i < length; i++) {
    if (line[i] == '\x1b' && i + 1 < length && line[i + 1] == '[') {
      for (i += 2; i < length && (line[i] < '@' || line[i] > '~'); i++)
        ;
      continue;
    }
    line[kept++] = line[i] ? line[i] : '?';
  }
  line[kept] = '\0';
  return kept;
}

static void end_line(struct parser *parser) {
  size_t length = clean(parser->bytes, parser->gathered);
  take_line(parser, length);
  parser->gathered = 0;
  parser->too_long = false;
}

void parse_feed(struct parser *parser, const void *bytes, size_t size) {
  const char *at = bytes, *end = at + size;
  while (at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((newline ? newline : end) - at), room = PARSE_LINE_MAX - parser->gathered;
    size_t taken = length < room ? length : room;
    memcpy(parser->bytes + parser->gathered, at, taken);
    parser->gathered += taken;
    parser->too_long |= taken < length;
    at += length;
    if (newline) {
      end_line(parser);
      at++;
    }
  }
}

uint64_t parse_end(struct parser *parser) {
  /* Half a line's indentation would pass for an empty line, which ends a stack. */
  parser->bytes[parser->gathered] = '\0';
  if (strspn(parser->bytes, " \t") == parser->gathered) {
    parser->gathered = 0;
    parser->too_long = false;
  }
  bool torn = parser->gathered > 0;
  if (torn)
    end_line(parser);
  /* What a report begins with may be half of what was written: its kind would be wrong. */
  torn = torn && parser->tool && builder_report(parser->builder)->line == parser->line;
  if (torn)
    finish(parser, true);
  else if (parser->tool)
    break_off(parser);
  uint64_t reports = parser->reports;
  parser->reports = parser->line = 0;
  return reports;
}

/* ---- files ---- */

static bool fail(struct finding_error *error, const char *path, const char *what) {
  snprintf(error->text, sizeof error->text, "%s: %s", path, what);
  return false;
}

static bool feed_file(struct parser *parser, int file, const char *path, struct finding_error *error) {
  char chunk[CHUNK];
  for (;;) {
    ssize_t size = read(file, chunk, sizeof chunk);
    if (size == 0)
      return true;
    if (size > 0)
      parse_feed(parser, chunk, (size_t)size);
    else if (errno != EINTR)
      return fail(error, path, strerror(errno));
  }
}

static bool is_finding(const char *path) {
  const char *slash = strrchr(path, '/');
  return strcmp(slash ? slash + 1 : path, "finding.json") == 0;
}

/* One of our own: it has everything that a log has, and its key. */
static enum parse_result tell_finding(struct parser *parser, const char *path, struct finding_error *error) {
  struct parse_report report = {.global = "", .artifact = "", .line = 1, .object_offset = UINT64_MAX};
  if (!finding_read(path, &report.finding, error))
    return PARSE_UNREADABLE;
  parser->tell(parser->context, &report);
  finding_free(&report.finding);
  return PARSE_REPORTS;
}

static void set_folder(struct parser *parser, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) + (slash == path) : 0;
  if (length < sizeof parser->folder)
    snprintf(parser->folder, sizeof parser->folder, "%.*s", slash ? (int)length : 1, slash ? path : ".");
}

enum parse_result parse_file(struct parser *parser, const char *path, struct finding_error *error) {
  if (is_finding(path))
    return tell_finding(parser, path, error);
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 || fstat(file, &status) != 0) {
    fail(error, path, errno == ELOOP ? "symbolic links that go in a circle" : strerror(errno));
    if (file >= 0)
      close(file);
    return PARSE_UNREADABLE;
  }
  set_folder(parser, path);
  bool good = S_ISREG(status.st_mode) ? feed_file(parser, file, path, error)
                                      : fail(error, path, "not a regular file: give a log, or the folder it is in");
  close(file);
  uint64_t reports = parse_end(parser);
  *parser->folder = '\0';
  return !good ? PARSE_UNREADABLE : reports > 0 ? PARSE_REPORTS : PARSE_NOTHING;
}
