/* asan.c - reports that begin with `==4711==ERROR: ...Sanitizer: `: AddressSanitizer's, MemorySanitizer's (`WARNING:`),
 * LeakSanitizer's, and deadly signals under any of them (compiler-rt, lib/asan/asan_errors.cpp, lib/msan/
 * msan_report.cpp, lib/lsan/lsan_common.cpp, lib/sanitizer_common/sanitizer_symbolizer_report.cpp).
 *
 * Of LeakSanitizer's list each direct leak is a report.  An indirect one is lost because what points to it is, so it
 * would count one bug as many: it is a stack of the leak before it, outside of the key, and a report of its own only
 * where none is before it.  Which direct leak it hangs from LeakSanitizer does not say. */
#include <string.h>

#include "triage/parse/kinds.h"
#include "triage/parse/memory_line.h"
#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* builder_state.stage.  After SUMMARY come the shadow memory and libFuzzer's lines. */
enum { BODY, LEAK, LEAK_TOLD, SUMMED };
/* builder_state.numbers: told before the first stack and meant for it.  The task plus 1; 0: not told. */
enum { SIGNAL_ACCESS, TASK };

static bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* ---- the first line ---- */

/* The `ERROR:` that belongs to the sanitizer named at `name`, or NULL. */
static const char *mark_before(const char *line, const char *name) {
  static const char *const marks[] = {"ERROR: ", "WARNING: "};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    size_t length = strlen(marks[i]);
    if ((size_t)(name - line) >= length && memcmp(name - length, marks[i], length) == 0)
      return i == 0 || strncmp(name, "MemorySanitizer", 15) == 0 ? name - length : NULL;
  }
  return NULL;
}

/* Back over `==4711==`; NULL where it does not stand before `mark`. */
static const char *pid_before(const char *line, const char *mark) {
  const char *p = mark;
  while (p > line && p[-1] == ' ')
    p--;
  if (p - line < 5 || p[-1] != '=' || p[-2] != '=')
    return NULL;
  const char *digits = p -= 2;
  while (p > line && p[-1] >= '0' && p[-1] <= '9')
    p--;
  return p < digits && p - line >= 2 && p[-1] == '=' && p[-2] == '=' ? p - 2 : NULL;
}

/* `... on address 0x0 (pc 0x1 bp 0x2 sp 0x3 T0)`, `attempting double-free on 0x602000000010 in thread T1:` */
static void see_task(struct builder *builder, const char *what) {
  const char *at = strstr(what, " in thread T"), *last = strrchr(what, ' ');
  int task;
  if (at)
    at += 11;
  else if (last && scan_ends(last, ")"))
    at = last + 1;
  if (at && scan_thread(&at, &task) && task >= 0)
    builder_state(builder)->numbers[TASK] = (uint64_t)task + 1;
}

static void set_error(struct builder *builder, const char *name, const char *what) {
  struct finding *finding = &builder_report(builder)->finding;
  finding->oracle = builder_copy(builder, name, (size_t)(what - 2 - name));
  finding->kind = kinds_find(KINDS_ERROR, what);
  if (!finding->kind) {
    char kind[KINDS_TEXT_MAX];
    kinds_make(what, 1, kind);
    finding->kind = builder_copy(builder, kind, strlen(kind));
  }
  /* Others print the system's thread id. */
  if (strcmp(finding->oracle, "AddressSanitizer") == 0)
    see_task(builder, what);
  /* Addresses do not tell one error from another. */
  const char *end = strstr(what, " (pc 0x");
  if (!end)
    end = strstr(what, " at pc 0x");
  finding->message = builder_copy(builder, what, end ? (size_t)(end - what) : scan_trimmed(what));
}

/* `==4711==ERROR: AddressSanitizer: heap-use-after-free on address ...` */
static bool begins_error(struct builder *builder, const char *line) {
  static const char mark[] = "Sanitizer: ";
  for (const char *p = line; (p = strstr(p, mark)) != NULL; p++) {
    const char *name = p, *what = p + sizeof mark - 1;
    while (name > line && is_letter(name[-1]))
      name--;
    const char *error = mark_before(line, name), *begin = error ? pid_before(line, error) : NULL;
    if (!begin || !*what || strncmp(what, "detected memory leaks", 21) == 0)
      continue;
    report_line_begin(builder, line, begin);
    set_error(builder, name, what);
    return true;
  }
  return false;
}

/* `Direct leak of 64 byte(s) in 1 object(s) allocated from:` */
static bool scan_leak(const char *at, bool *direct) {
  uint64_t bytes, objects;
  *direct = scan_text(&at, "Direct leak of ");
  return (*direct || scan_text(&at, "Indirect leak of ")) && scan_number(&at, &bytes) &&
         scan_text(&at, " byte(s) in ") && scan_number(&at, &objects) && scan_text(&at, " object(s) allocated from:");
}

static bool begins_leak(struct builder *builder, const char *line) {
  bool direct;
  const char *of = strstr(line, "irect leak of ");
  if (!of)
    return false;
  const char *begin = of - line >= 3 && of[-1] == 'd' ? of - 3 : of > line ? of - 1 : of;
  if (!report_line_may_begin(line, begin) || !scan_leak(begin, &direct))
    return false;
  report_line_begin(builder, line, begin);
  struct finding *finding = &builder_report(builder)->finding;
  finding->kind = "memory-leak";
  finding->oracle = "LeakSanitizer";
  finding->message = builder_copy(builder, begin, scan_trimmed(begin) - strlen(" allocated from:"));
  builder_state(builder)->stage = LEAK;
  report_line_stack(builder, FINDING_ACCESS);
  return true;
}

static bool begins(struct builder *builder, char *line) {
  return begins_error(builder, line) || begins_leak(builder, line);
}

/* ---- leaks ---- */

static enum parse_step take_leak(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  const struct finding_stack *stack = builder_last_stack(builder);
  bool direct;
  if (report_line_empty(builder, line)) {
    if (!stack || stack->frame_count > 0)
      state->stage = LEAK_TOLD;
    return PARSE_TAKEN;
  }
  if (report_line_frame(builder, line))
    return PARSE_TAKEN;
  if (!scan_leak(line, &direct))
    return strncmp(line, "Objects leaked above:", 21) == 0 ? PARSE_TAKEN : PARSE_FOREIGN;
  if (direct)
    return PARSE_FOREIGN;
  report_line_stack(builder, FINDING_WITNESS);
  state->stage = LEAK;
  return PARSE_TAKEN;
}

/* ---- the rest ---- */

static bool take_signal(struct builder *builder, const char *line) {
  uint64_t *access = &builder_state(builder)->numbers[SIGNAL_ACCESS];
  if (!scan_text(&line, "The signal is caused by a "))
    return false;
  *access = scan_text(&line, "READ ") ? FINDING_READ : scan_text(&line, "WRITE ") ? FINDING_WRITE : FINDING_NO_ACCESS;
  return true;
}

static void complete_first(struct builder *builder) {
  const uint64_t *numbers = builder_state(builder)->numbers;
  struct finding_stack *stack = builder_last_stack(builder);
  if (!stack || builder_report(builder)->finding.stack_count != 1)
    return;
  if (stack->access == FINDING_NO_ACCESS)
    stack->access = (enum finding_access)numbers[SIGNAL_ACCESS];
  if (stack->task < 0)
    stack->task = (int)numbers[TASK] - 1;
}

static bool is_note(const char *line) {
  static const char *const notes[] = {"Hint: ",           "HINT: ",
                                      "DEDUP_TOKEN: ",    "This frame has ",
                                      "Register values:", "Register ",
                                      "SCARINESS: ",      "Cause: ",
                                      "rax = ",           "rdi = ",
                                      " r8 = ",           "r8 = ",
                                      "r12 = ",           "AddressSanitizer can not provide additional info.",
                                      "Variable address", "Object at address"};
  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
    if (strncmp(line, notes[i], strlen(notes[i])) == 0)
      return true;
  return strstr(line, "Sanitizer can not provide additional info.") || strncmp(line, "or if the stack", 15) == 0;
}

static bool is_summary(const char *line) {
  return scan_text(&line, "SUMMARY: ") && strstr(line, "Sanitizer: ") != NULL;
}

/* Past SUMMARY. */
static enum parse_step take_end(struct builder *builder, const char *line) {
  const char *own = report_line_after_pid(line);
  bool aborting = own != line && strncmp(own, "ABORTING", 8) == 0;
  if (report_line_libfuzzer(builder, line) || memory_line_is_shadow(line) || aborting ||
      report_line_empty(builder, line))
    return PARSE_TAKEN;
  return report_line_after_end(builder);
}

static enum parse_step take(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  if (state->stage >= SUMMED)
    return take_end(builder, line);
  const char *own = report_line_after_pid(line);
  if (is_summary(line) || (own != line && strncmp(own, "ABORTING", 8) == 0)) {
    state->stage = SUMMED;
    return PARSE_TAKEN;
  }
  if (state->stage == LEAK || state->stage == LEAK_TOLD)
    return take_leak(builder, line);
  if (report_line_empty(builder, line))
    return PARSE_TAKEN;
  if (report_line_frame(builder, line)) {
    complete_first(builder);
    return PARSE_TAKEN;
  }
  bool known =
      memory_line_take(builder, line) || take_signal(builder, own) || is_note(own) || memory_line_is_shadow(line);
  return known ? PARSE_TAKEN : PARSE_FOREIGN;
}

static enum parse_step takes(struct builder *builder, char *line) { return report_line_step(builder, line, take); }

static bool complete(struct builder *builder) { return builder_state(builder)->stage >= LEAK_TOLD; }

const struct parse_tool parse_asan = {"asan", begins, takes, complete};
