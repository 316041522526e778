/* go_race.c - Go's race detector (https://go.dev/doc/articles/race_detector, "Report Format"):
 *
 *   ==================
 *   WARNING: DATA RACE
 *   Read at 0x00c00009a010 by goroutine 7:
 *     main.(*cache).get()
 *         /src/main.go:12 +0x44
 *
 *   Previous write at 0x00c00009a010 by main goroutine:
 *     ...
 *   Goroutine 7 (running) created at:
 *     ...
 *   ==================
 *
 * The main goroutine is 1, as in Go's other reports. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/go_line.h"
#include "triage/parse/prefix.h"

#define TITLE "WARNING: DATA RACE"

enum number { ADDRESS };

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static bool begins(struct builder *builder, char *line) {
  char *title = strstr(line, TITLE);
  if (!title || title[strlen(TITLE) + strspn(title + strlen(TITLE), " ")])
    return false;
  struct builder_state *state = builder_state(builder);
  state->prefix = prefix_keep(builder, line, title);
  state->doubtful = true; /* until an access is told */
  struct finding *finding = &builder_report(builder)->finding;
  finding->kind = "data-race";
  finding->oracle = "Go race detector";
  finding->message = "data race";
  return true;
}

/* `goroutine 7:`, `main goroutine:` */
static int goroutine(const char *text) {
  const char *end;
  if (starts(text, "main goroutine"))
    return 1;
  return go_number(text, "goroutine ", &end);
}

/* [Previous ]read|write[ at 0x..] by WHO: */
static bool take_access(struct builder *builder, const char *line) {
  bool previous = starts(line, "Previous ");
  if (previous)
    line += strlen("Previous ");
  bool write = starts(line, previous ? "write" : "Write"), read = starts(line, previous ? "read" : "Read");
  const char *rest = line + (write ? 5 : 4), *by = strstr(line, " by ");
  if ((!write && !read) || !by || (by != rest && !starts(rest, " at 0x")) || !strstr(by, "goroutine"))
    return false;
  struct builder_state *state = builder_state(builder);
  state->doubtful = false;
  if (by != rest && state->numbers[ADDRESS] == 0)
    state->numbers[ADDRESS] = strtoull(rest + strlen(" at "), NULL, 16);
  struct finding_stack *stack = builder_stack(builder, previous ? FINDING_PREVIOUS : FINDING_ACCESS);
  if (stack) {
    stack->task = goroutine(by + strlen(" by "));
    stack->access = write ? FINDING_WRITE : FINDING_READ;
  }
  return true;
}

/* Goroutine 7 (running) created at: */
static bool take_creation(struct builder *builder, const char *line) {
  const char *end;
  int task = go_number(line, "Goroutine ", &end);
  if (task < 0 || !strstr(end, " created at:"))
    return false;
  struct finding_stack *stack = builder_stack(builder, FINDING_CREATED);
  if (stack)
    stack->task = task;
  return true;
}

/* `what`, as `heap block`, and where in it the first access is. */
static void set_object(struct builder *builder, const char *what, uint64_t begin, uint64_t size) {
  struct parse_report *report = builder_report(builder);
  uint64_t address = builder_state(builder)->numbers[ADDRESS];
  bool inside = address >= begin && address - begin < size;
  if (inside)
    report->object_offset = address - begin;
  report->finding.location =
      inside ? builder_print(builder, "%s of %" PRIu64 " bytes, %" PRIu64 " in", what, size, address - begin)
             : builder_print(builder, "%s of %" PRIu64 " bytes", what, size);
}

/* Heap block of size 48 at 0x.. allocated by goroutine 7:
 * Global var main.count of size 8 at 0x.. declared at /src/main.go:7 */
static bool take_memory(struct builder *builder, const char *line) {
  struct parse_report *report = builder_report(builder);
  uint64_t size, begin;
  const char *of = strstr(line, " of size ");
  if (!of || sscanf(of, " of size %" SCNu64 " at 0x%" SCNx64, &size, &begin) != 2)
    return false;
  if (starts(line, "Heap block of size ")) {
    set_object(builder, "heap block", begin, size);
    const char *by = strstr(line, " allocated by ");
    struct finding_stack *stack = builder_stack(builder, FINDING_ALLOC);
    if (stack && by)
      stack->task = goroutine(by + strlen(" allocated by "));
    return true;
  }
  size_t name = strlen("Global var ");
  if (!starts(line, "Global var ") || of < line + name)
    return false;
  report->global = builder_copy(builder, line + name, (size_t)(of - line) - name);
  set_object(builder, builder_print(builder, "global %s", report->global), begin, size);
  return true;
}

static enum parse_step take(struct builder *builder, char *line) {
  if (!*line)
    return PARSE_TAKEN;
  if (strspn(line, "=") >= 10)
    return builder_state(builder)->doubtful ? PARSE_OVER : PARSE_ENDS;
  if (isspace((unsigned char)*line)) {
    char *text = line + strspn(line, " \t");
    bool frame = (!isspace((unsigned char)line[2]) && go_take_function(builder, text)) || go_take_place(builder, text);
    return frame || starts(text, "[failed to restore the stack]") ? PARSE_TAKEN : PARSE_FOREIGN;
  }
  bool taken = take_access(builder, line) || take_creation(builder, line) || take_memory(builder, line);
  return taken ? PARSE_TAKEN : PARSE_FOREIGN;
}

/* What stands before the first access stands before every line; before the first line there may be half of one. */
static void see_prefix(struct builder *builder, const char *line) {
  const char *at = strstr(line, "Read "), *by = strstr(line, "goroutine");
  if (!at)
    at = strstr(line, "Write ");
  if (!at || !by || by < at)
    return;
  builder_state(builder)->prefix = prefix_keep(builder, line, at);
}

static enum parse_step takes(struct builder *builder, char *line) {
  const struct builder_state *state = builder_state(builder);
  if (state->doubtful)
    see_prefix(builder, line);
  char *text = prefix_skip(state->prefix, line);
  return text ? take(builder, text) : PARSE_FOREIGN;
}

static bool complete(struct builder *builder) { return (void)builder, false; }

const struct parse_tool parse_go_race = {"go_race", begins, takes, complete};
