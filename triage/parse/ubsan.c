/* ubsan.c - UndefinedBehaviorSanitizer's reports (compiler-rt, lib/ubsan/ubsan_diag.cpp):
 *
 *   src/map.c:12:3: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'
 *       #0 0x55d0c8 in put src/map.c:12:3 (prog+0x12c8)       where print_stacktrace is on
 *   SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior src/map.c:12:3      where print_summary is on
 *
 * and those of the minimal runtime, `ubsan: mul-overflow by 0x55d0c8`.  No line says for sure that a report is over:
 * stack and summary may come, also after some lines of other output, or not. */
#include <string.h>

#include "triage/parse/frame_line.h"
#include "triage/parse/kinds.h"
#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* builder_state.stage */
enum { FIRST, STACK, STACK_TOLD, SUMMED };

static const char mark[] = "runtime error: ";

/* ---- the first line ---- */

/* Where the place begins that ends right before `end`: past what a logger put there. */
static const char *place_begin(const char *line, const char *end) {
  const char *begin = line + strspn(line, " \t");
  for (const char *p = begin; p < end && *begin != '/'; p++)
    if (strchr(" \t|]", *p))
      begin = p + 1;
  return begin;
}

/* Whether a place in the code is there: `x.c:12:3`, `x.c:12`, `<unknown>`, `(prog+0x12)`, `0x55d0c8`. */
static bool is_place(const char *begin, const char *end) {
  uint64_t address;
  const char *at = begin;
  if (end - begin < 3)
    return false;
  if (scan_address(&at, &address) && at == end)
    return true;
  if (end[-1] == ')' || end[-1] == '>')
    return *begin == (end[-1] == ')' ? '(' : '<');
  const char *p = end;
  while (p > begin && p[-1] >= '0' && p[-1] <= '9')
    p--;
  return p < end && p - begin > 1 && p[-1] == ':';
}

static void set_kind(struct builder *builder, const char *what) {
  struct finding *finding = &builder_report(builder)->finding;
  finding->oracle = "UndefinedBehaviorSanitizer";
  finding->message = builder_copy(builder, what, scan_trimmed(what));
  finding->kind = kinds_find(KINDS_UBSAN, what);
  if (finding->kind) {
    /* `... for type 'volatile bool'`, `'_Bool'`, `'BOOL'` */
    if (strcmp(finding->kind, "invalid-enum-load") == 0 && (scan_ends(what, "ool'") || scan_ends(what, "OOL'")))
      finding->kind = "invalid-bool-load";
    return;
  }
  char kind[KINDS_TEXT_MAX];
  kinds_make(what, 5, kind);
  finding->kind = builder_copy(builder, kind, strlen(kind));
}

/* The place as the one frame that is known until a stack comes: a line of a stack is made of it and read as any. */
static void set_place(struct builder *builder, const char *begin, const char *end) {
  struct finding_stack *stack = report_line_stack(builder, FINDING_ACCESS);
  struct frame_line frame;
  if (!stack || end - begin > 4096 || *begin == '<')
    return;
  char line[4096 + 8] = "#0 ";
  memcpy(line + 3, begin, (size_t)(end - begin));
  line[3 + (end - begin)] = '\0';
  if (!frame_line_read(line, &frame))
    return;
  if (!*frame.frame.module && frame.pc)
    frame.frame.offset = frame.pc;
  builder_frame(builder, &frame.frame);
}

static bool begins_full(struct builder *builder, const char *line) {
  for (const char *p = line; (p = strstr(p, mark)) != NULL; p++) {
    const char *end = p - 2;
    if (p - line < 5 || memcmp(end, ": ", 2) != 0)
      continue;
    const char *begin = place_begin(line, end);
    if (!is_place(begin, end) || !p[sizeof mark - 1])
      continue;
    report_line_begin(builder, line, begin);
    set_kind(builder, p + sizeof mark - 1);
    set_place(builder, begin, end);
    return true;
  }
  return false;
}

static bool begins_minimal(struct builder *builder, const char *line) {
  const char *begin = strstr(line, "ubsan: "), *at = begin;
  if (!begin || !report_line_may_begin(line, begin) || !scan_text(&at, "ubsan: "))
    return false;
  size_t length = strcspn(at, " ");
  const char *kind = length < KINDS_TEXT_MAX ? kinds_find(KINDS_MINIMAL, builder_copy(builder, at, length)) : NULL;
  uint64_t pc = 0;
  const char *by = at + length;
  if (!kind || (*by && (!scan_text(&by, " by ") || !scan_address(&by, &pc))))
    return false;
  report_line_begin(builder, line, begin);
  struct finding *finding = &builder_report(builder)->finding;
  finding->oracle = "UndefinedBehaviorSanitizer";
  finding->kind = kind;
  finding->message = builder_copy(builder, at, length);
  report_line_stack(builder, FINDING_ACCESS);
  if (pc)
    builder_frame(builder, &(struct frame){.function = "", .file = "", .module = "", .offset = pc});
  builder_state(builder)->stage = SUMMED;
  return true;
}

static bool begins(struct builder *builder, char *line) {
  return begins_full(builder, line) || begins_minimal(builder, line);
}

/* ---- what follows ---- */

/* `x.c:3:4: note: pointer points here`, the bytes there, and a mark under one of them. */
static bool is_note(const char *line) {
  size_t length = strlen(line);
  return strstr(line, ": note: ") || strcmp(line, "<memory cannot be printed>") == 0 ||
         (length > 0 && (strspn(line, " 0123456789abcdef") == length || strspn(line, " ^~") == length)) ||
         strncmp(line, "DEDUP_TOKEN: ", 13) == 0;
}

static bool is_summary(const char *line) {
  return scan_text(&line, "SUMMARY: ") && strstr(line, "Sanitizer: undefined-behavior") != NULL;
}

/* The stack's first frame takes the place of the one made of the first line. */
static bool take_frame(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  struct finding_stack *stack = builder_last_stack(builder);
  size_t before = stack ? stack->frame_count : 0;
  if (state->stage == FIRST && stack)
    stack->frame_count = 0;
  if (!report_line_frame(builder, line)) {
    if (stack)
      stack->frame_count = before;
    return false;
  }
  state->stage = STACK;
  return true;
}

static enum parse_step take(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  if (state->stage == SUMMED)
    return report_line_libfuzzer(builder, line) ? PARSE_TAKEN : report_line_after_end(builder);
  if (report_line_empty(builder, line)) {
    if (state->stage == STACK)
      state->stage = STACK_TOLD;
    return PARSE_TAKEN;
  }
  if (is_summary(line)) {
    state->stage = SUMMED;
    return PARSE_TAKEN;
  }
  if (is_note(line) || take_frame(builder, line))
    return PARSE_TAKEN;
  return state->stage == STACK ? PARSE_FOREIGN : report_line_after_end(builder);
}

static enum parse_step takes(struct builder *builder, char *line) { return report_line_step(builder, line, take); }

/* In the middle of a stack it is not. */
static bool complete(struct builder *builder) { return builder_state(builder)->stage != STACK; }

const struct parse_tool parse_ubsan = {"ubsan", begins, takes, complete};
