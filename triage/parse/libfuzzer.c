/* libfuzzer.c - what libFuzzer itself finds wrong (compiler-rt, lib/fuzzer/FuzzerLoop.cpp):
 *
 *   ==4711== ERROR: libFuzzer: deadly signal        also: out-of-memory (used: 2049Mb; limit: 2048Mb), fuzz target
 * exited #0 0x55d0c8 in put src/map.c:12:3 SUMMARY: libFuzzer: deadly signal MS: 1 ChangeBit-; base unit: ...
 *   artifact_prefix='./'; Test unit written to ./crash-...
 *
 * Of a timeout the input comes first: it begins with `ALARM: working on the last Unit for 61 seconds`. */
#include <string.h>

#include "triage/parse/kinds.h"
#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* builder_state.stage */
enum { ALARM, BODY, SUMMED };

static const char mark[] = "ERROR: libFuzzer: ";

/* `==4711== ERROR: libFuzzer: ` somewhere in the line: past it, and *begin where it begins. */
static const char *find_error(const char *line, const char **begin) {
  for (const char *p = line; (p = strstr(p, mark)) != NULL; p++) {
    for (*begin = p; *begin > line && strchr("=0123456789 ", (*begin)[-1]);)
      --*begin;
    *begin = scan_blanks(*begin);
    if (p[sizeof mark - 1] && strncmp(*begin, "==", 2) == 0 && report_line_may_begin(line, *begin))
      return p + sizeof mark - 1;
  }
  return NULL;
}

static void set_error(struct builder *builder, const char *what) {
  struct finding *finding = &builder_report(builder)->finding;
  char kind[KINDS_TEXT_MAX];
  size_t length = scan_trimmed(what);
  finding->oracle = "libFuzzer";
  finding->message = builder_copy(builder, what, length);
  /* The figures that follow do not belong to the kind. */
  if (strncmp(what, "timeout", 7) == 0)
    kinds_make("timeout", 1, kind);
  else
    kinds_make(builder_copy(builder, what, strcspn(what, "(;:")), 5, kind);
  finding->kind = builder_copy(builder, kind, strlen(kind));
  builder_state(builder)->stage = BODY;
}

static bool begins(struct builder *builder, char *line) {
  static const char alarm[] = "ALARM: working on the last Unit for ";
  const char *begin, *what = find_error(line, &begin);
  if (what) {
    report_line_begin(builder, line, begin);
    set_error(builder, what);
    return true;
  }
  const char *at = strstr(line, alarm);
  if (!at || !report_line_may_begin(line, at))
    return false;
  report_line_begin(builder, line, at);
  set_error(builder, "timeout");
  builder_state(builder)->stage = ALARM;
  return true;
}

static bool is_note(const char *line) {
  static const char *const notes[] = {"and the timeout value is ", "To change the out-of-memory limit ",
                                      "NOTE: libFuzzer ", "Combine libFuzzer with ", "SUMMARY: libFuzzer: "};
  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
    if (strncmp(line, notes[i], strlen(notes[i])) == 0)
      return true;
  return false;
}

static enum parse_step take(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  const char *begin, *what = state->stage == ALARM ? find_error(line, &begin) : NULL;
  if (state->stage >= SUMMED)
    return report_line_libfuzzer(builder, line) ? PARSE_TAKEN : report_line_after_end(builder);
  if (what) {
    set_error(builder, what);
    return PARSE_TAKEN;
  }
  if (strncmp(line, "SUMMARY: libFuzzer: ", 20) == 0)
    state->stage = SUMMED;
  bool own = report_line_empty(builder, line) || report_line_frame(builder, line) || is_note(line) ||
             report_line_libfuzzer(builder, line);
  return own ? PARSE_TAKEN : PARSE_FOREIGN;
}

static enum parse_step takes(struct builder *builder, char *line) { return report_line_step(builder, line, take); }

static bool complete(struct builder *builder) { return builder_state(builder)->stage >= SUMMED; }

const struct parse_tool parse_libfuzzer = {"libfuzzer", begins, takes, complete};
