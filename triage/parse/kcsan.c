/* kcsan.c - the Linux kernel's concurrency sanitizer (Documentation/dev-tools/kcsan.rst, "Error reports";
 * kernel/kcsan/report.c):
 *
 *   ==================================================================
 *   BUG: KCSAN: data-race in test_kernel_read / test_kernel_write
 *
 *   write to 0xffffffffc009a628 of 8 bytes by task 487 on cpu 0:
 *    test_kernel_write+0x1d/0x30
 *    access_thread+0x89/0xd0 kernel/kcsan/test.c:12 [inline]
 *
 *   read (marked) to 0xffffffffc009a628 of 8 bytes by interrupt on cpu 6:
 *    ...
 *   value changed: 0x00000000000009a6 -> 0x00000000000009b2
 *
 *   Reported by Kernel Concurrency Sanitizer on:
 *   CPU: 6 PID: 488 Comm: access_thread Not tainted 5.12.0-rc2+ #1
 *   ==================================================================
 *
 * A race of unknown origin has one access: `race at unknown origin, with read to ...`.  dmesg, consoles and syslog put
 * `[   12.345678] `, `[  T123] `, `<4>`, `Nov 24 12:00:00 host kernel: ` before the lines. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/prefix.h"
#include "triage/parse/tool.h"

#define TITLE "BUG: KCSAN: "

enum stage { NOTHING, STACK, REPORTED };

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Past what the kernel puts before a line. */
static char *message(char *line) {
  static const char stamp[] = " 0123456789.TC";
  if (*line == '<' && line[1 + strspn(line + 1, "0123456789")] == '>')
    line = strchr(line, '>') + 1;
  while (*line == '[' && line[1 + strspn(line + 1, stamp)] == ']') {
    line = strchr(line, ']') + 1;
    line += *line == ' ' && line[1] == '['; /* one between two brackets */
    if (*line != '[')
      return line + (*line == ' ');
  }
  return line;
}

/* Where the kernel's own stamps begin, which do not always have as many words. */
static char *stamps_begin(char *line, char *title) {
  char *at = title - line > 256 ? title : line;
  while (at < title && message(at) != title)
    at++;
  return at;
}

static bool begins(struct builder *builder, char *line) {
  char *title = strstr(line, TITLE);
  if (!title)
    return false;
  builder_state(builder)->prefix = prefix_keep(builder, line, stamps_begin(line, title));
  title += strlen(TITLE);
  struct finding *finding = &builder_report(builder)->finding;
  finding->kind = starts(title, "assert: race") ? "assert-race" : "data-race";
  finding->oracle = "KCSAN";
  finding->message = *title ? builder_copy(builder, title, strlen(title)) : "data race";
  return true;
}

/* read, write, read-write, with `(marked)` and `(reordered)`; `assert no writes` is none. */
static enum finding_access access_of(const char *text, const char *end) {
  const char *marked = strstr(text, "marked");
  bool atomic = marked && marked < end;
  if (starts(text, "read-write") || starts(text, "write"))
    return atomic ? FINDING_ATOMIC_WRITE : FINDING_WRITE;
  if (starts(text, "read"))
    return atomic ? FINDING_ATOMIC_READ : FINDING_READ;
  return FINDING_NO_ACCESS;
}

/* ACCESS to 0xADDRESS of N bytes by task N on cpu N:   ... by interrupt on cpu N: */
static bool take_access(struct builder *builder, const char *text) {
  static const char unknown[] = "race at unknown origin, with ";
  if (starts(text, unknown))
    text += sizeof unknown - 1;
  const char *to = strstr(text, " to 0x"), *of = to ? strstr(to, " of ") : NULL, *by = of ? strstr(of, " by ") : NULL;
  bool begun = starts(text, "read") || starts(text, "write") || starts(text, "assert no ");
  if (!begun || !by || !strstr(of, " bytes by "))
    return false;
  bool first = builder_report(builder)->finding.stack_count == 0;
  struct finding_stack *stack = builder_stack(builder, first ? FINDING_ACCESS : FINDING_PREVIOUS);
  builder_state(builder)->stage = STACK;
  if (!stack)
    return true;
  stack->access = access_of(text, to);
  unsigned long size = strtoul(of + strlen(" of "), NULL, 10);
  stack->size = stack->access != FINDING_NO_ACCESS && size <= UINT32_MAX ? (uint32_t)size : 0;
  if (starts(by, " by task ")) {
    unsigned long task = strtoul(by + strlen(" by task "), NULL, 10);
    stack->task = task <= INT_MAX ? (int)task : -1;
  }
  return true;
}

/* `path:line`, up to a space or a bracket; cuts the text up. */
static void take_place(struct frame *frame, char *text) {
  text += strspn(text, " (");
  text[strcspn(text, " )")] = '\0';
  char *colon = strrchr(text, ':');
  if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
    return;
  unsigned long line = strtoul(colon + 1, NULL, 10);
  *colon = '\0';
  frame->file = text;
  frame->line = line <= UINT32_MAX ? (uint32_t)line : 0;
}

/*  name+0x12/0x40 [module] path:line [inline]     name path:line [inline]     name (path:line (discriminator 3)) module
 *  0xffffffffc0123456                             [<ffffffff81234567>] ? name+0x12/0x40 */
static bool take_frame(struct builder *builder, char *text) {
  struct frame frame = {.function = "", .file = "", .module = ""};
  bool indented = *text == ' ';
  text += strspn(text, " \t");
  if (starts(text, "[<") && strstr(text, ">] "))
    text = strstr(text, ">] ") + 3;
  if (starts(text, "? "))
    text += 2;
  size_t length = strcspn(text, " +");
  char *rest = text + length;
  if (indented && starts(text, "0x")) {
    frame.offset = strtoull(text, NULL, 16);
    builder_frame(builder, &frame);
    return true;
  }
  bool offset = starts(rest, "+0x") && strstr(rest, "/0x"), named = indented && *rest == ' ' && strchr(rest, ':');
  if (length == 0 || (!offset && !named))
    return false;
  if (offset)
    rest += strcspn(rest, " ");
  if (*rest)
    *rest++ = '\0';
  text[length] = '\0';
  if (*rest == '[' && !starts(rest, "[inline]")) {
    char *end = strchr(rest, ']');
    if (end) {
      *end = '\0';
      frame.module = rest + 1;
      rest = end + 1;
    }
  }
  frame.function = text;
  take_place(&frame, rest);
  builder_frame(builder, &frame);
  return true;
}

static enum parse_step takes(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  char *text = prefix_skip(state->prefix, line);
  if (!text)
    return PARSE_FOREIGN;
  text = message(text);
  if (!*text) {
    state->stage = state->stage == STACK ? NOTHING : state->stage;
    return PARSE_TAKEN;
  }
  if (strspn(text, "=") >= 30)
    return PARSE_ENDS;
  if (strstr(text, TITLE))
    return PARSE_FOREIGN; /* another report */
  if (take_access(builder, text))
    return PARSE_TAKEN;
  if (starts(text, "value changed: ") || starts(text, "Reported by Kernel Concurrency Sanitizer on:")) {
    state->stage = *text == 'R' ? REPORTED : NOTHING;
    return PARSE_TAKEN;
  }
  if (state->stage == REPORTED && (starts(text, "CPU: ") || starts(text, "Hardware name: ")))
    return PARSE_TAKEN;
  /* ` |` and ` +-> reordered to: name+0x12/0x40`: where an access may have come to be, not who called. */
  bool reordered = starts(text, " |") || starts(text, " +-> ");
  bool frame = state->stage == STACK && (reordered || take_frame(builder, text));
  return frame ? PARSE_TAKEN : PARSE_FOREIGN;
}

static bool complete(struct builder *builder) { return builder_state(builder)->stage == REPORTED; }

const struct parse_tool parse_kcsan = {"kcsan", begins, takes, complete};
