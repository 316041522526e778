#include "triage/parse/report_line.h"

#include <string.h>

#include "triage/parse/frame_line.h"
#include "triage/parse/prefix.h"
#include "triage/parse/scan.h"

#define FOREIGN_AFTER_MAX 16

/* ---- what a logger puts before each line ---- */

bool report_line_may_begin(const char *line, const char *at) {
  return at == line || strchr(" \t]:>|)}", at[-1]) != NULL;
}

void report_line_begin(struct builder *builder, const char *line, const char *at) {
  builder_state(builder)->prefix = prefix_keep(builder, line, at);
}

enum parse_step report_line_step(struct builder *builder, char *line, report_line_take take) {
  const char *prefix = builder_state(builder)->prefix;
  char *content = prefix ? prefix_skip(prefix, line) : NULL;
  line += strspn(line, " \t");
  if (content) {
    enum parse_step step = take(builder, content + strspn(content, " \t"));
    if (step == PARSE_TAKEN || step == PARSE_ENDS)
      return step;
  }
  return take(builder, line);
}

/* ---- stacks ---- */

struct finding_stack *report_line_stack(struct builder *builder, enum finding_role role) {
  struct builder_state *state = builder_state(builder);
  state->in_stack = true;
  state->next_frame = 0;
  state->after_empty = false;
  return builder_stack(builder, role);
}

/* Frames are numbered upwards.  With a gap where lines were lost; with one number several times where calls were
 * inlined. */
static bool continues(const struct builder_state *state, unsigned number) {
  if (!state->in_stack)
    return false;
  return number >= state->next_frame || (number + 1 == state->next_frame && !state->after_empty);
}

bool report_line_frame(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  struct frame_line frame;
  if (!strchr("#[f", *line) || !frame_line_read(line, &frame))
    return false;
  if (!state->in_stack && builder_report(builder)->finding.stack_count == 0 && frame.number == 0)
    report_line_stack(builder, FINDING_ACCESS);
  if (!continues(state, frame.number))
    return false;
  if (!*frame.frame.module && frame.pc)
    frame.frame.offset = frame.pc;
  builder_frame(builder, &frame.frame);
  state->next_frame = frame.number + 1;
  state->after_empty = false;
  return true;
}

bool report_line_empty(struct builder *builder, const char *line) {
  if (*line)
    return false;
  builder_state(builder)->after_empty = true;
  return true;
}

/* ---- libFuzzer's ---- */

/* `0x61,0x62,`: the input's bytes. */
static bool is_bytes(const char *line) {
  uint64_t byte;
  const char *at = line;
  while (scan_address(&at, &byte) && scan_text(&at, ","))
    ;
  return at > line && !*at;
}

bool report_line_libfuzzer(struct builder *builder, const char *line) {
  static const char written[] = "Test unit written to ";
  const char *at = line;
  if (scan_text(&at, "MS: ") || scan_text(&at, "Base64: ") || is_bytes(line))
    return true;
  if (!scan_text(&at, "artifact_prefix='") && !scan_text(&at, written))
    return false;
  const char *path = strstr(line, written);
  if (path) {
    path += sizeof written - 1;
    builder_report(builder)->artifact = builder_copy(builder, path, scan_trimmed(path));
  }
  return true;
}

enum parse_step report_line_after_end(struct builder *builder) {
  if (*builder_report(builder)->artifact)
    return PARSE_OVER;
  return ++builder_state(builder)->foreign_after <= FOREIGN_AFTER_MAX ? PARSE_FOREIGN : PARSE_OVER;
}

const char *report_line_after_pid(const char *line) {
  const char *at = line;
  uint64_t pid;
  if (!scan_text(&at, "==") || !scan_number(&at, &pid) || !scan_text(&at, "=="))
    return line;
  return scan_blanks(at);
}
