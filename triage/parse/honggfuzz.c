/* honggfuzz.c - what honggfuzz keeps in HONGGFUZZ.REPORT.TXT (its report.c; before version 2.0 its linux/trace.c):
 *
 *   CRASH:                                                  TIMEOUT: where the input took too long; neither before 2.0
 *   DESCRIPTION: AddressSanitizer: heap-use-after-free on address ...      often empty
 *   ORIG_FNAME: seed.bin
 *   FUZZ_FNAME: /fuzz/SIGSEGV.PC.4f5b36.STACK.18f57b0756.CODE.1.ADDR.8.INSTR.mov.fuzz
 *   PID: 4711
 *   SIGNAL: SIGSEGV (11)
 *   PC: 0x4f5b36
 *   FAULT ADDRESS: 0x8
 *   INSTRUCTION: mov____(%rbx),%r13
 *   STACK HASH: 00000018f57b0756
 *   STACK:
 *    <0x00000000004f5b36> [func:put file:src/map.c line:12 module:/fuzz/prog]      [put():12 at /fuzz/prog] before 2.0
 *   =====================================================================
 *
 * Its addresses are those of the process, which honggfuzz runs without randomisation: a module that is no part of a
 * position-independent program has them as its own.  What honggfuzz was called with stands before, and is nobody's. */
#include <string.h>

#include "triage/parse/kinds.h"
#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* builder_state.stage */
enum { FIELDS, IN_STACK, KERNEL, ANOTHER };
#define FOREIGN_FIRST_MAX 16 /* lines of other output between `CRASH:` and what only honggfuzz says */

/* ---- what went wrong ---- */

static void set_kind(struct builder *builder, const char *kind, const char *message) {
  struct finding *finding = &builder_report(builder)->finding;
  finding->kind = kind;
  finding->message = builder_copy(builder, message, scan_trimmed(message));
}

/* `AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4f5b36 ...`: what it is called in its own
 * report. */
static void see_description(struct builder *builder, const char *text) {
  static const char mark[] = "Sanitizer: ";
  struct finding *finding = &builder_report(builder)->finding;
  const char *name_end = strstr(text, mark), *what = name_end ? name_end + sizeof mark - 1 : NULL;
  if (!what || !*what || strcspn(text, " :") != (size_t)(what - text - 2))
    return;
  const char *kind = kinds_find(KINDS_ERROR, what);
  char made[KINDS_TEXT_MAX];
  if (!kind) {
    kinds_make(what, 1, made);
    kind = builder_copy(builder, made, strlen(made));
  }
  finding->oracle = builder_copy(builder, text, (size_t)(what - 2 - text));
  const char *end = strstr(what, " (pc 0x");
  if (!end)
    end = strstr(what, " at pc 0x");
  set_kind(builder, kind, end ? builder_copy(builder, what, (size_t)(end - what)) : what);
}

/* `SIGSEGV (11)`; what a sanitizer said of the same says more. */
static void see_signal(struct builder *builder, const char *text) {
  struct finding *finding = &builder_report(builder)->finding;
  if (strcmp(finding->oracle, "honggfuzz") != 0 || strcmp(finding->kind, "timeout") == 0)
    return;
  const char *kind = kinds_find(KINDS_SIGNAL, text);
  set_kind(builder, kind ? kind : "unknown-signal", text);
}

/* ---- frames ---- */

/* The last `word` of the text, which is cut off before it; NULL: none. */
static char *cut_last(char *text, const char *word) {
  char *last = NULL;
  for (char *p = text; (p = strstr(p, word)) != NULL; p++)
    last = p;
  if (!last)
    return NULL;
  *last = '\0';
  return last + strlen(word);
}

static uint32_t line_of(const char *text) {
  uint64_t number;
  return scan_number(&text, &number) && number < UINT32_MAX ? (uint32_t)number : 0;
}

/* `func:put file:src/map.c line:12 module:/fuzz/prog` */
static bool read_named(char *inside, struct frame *frame, char **module) {
  if (strncmp(inside, "func:", 5) != 0)
    return false;
  *module = cut_last(inside, " module:");
  char *line = cut_last(inside, " line:"), *file = cut_last(inside, " file:");
  frame->function = inside + 5;
  frame->file = file ? file : "";
  frame->line = line ? line_of(line) : 0;
  return true;
}

/* `put():12 at /fuzz/prog`, `put():src/map.c:12 at /fuzz/prog`, `put + 0x1f at /system/bin/prog` */
static void read_older(char *inside, struct frame *frame, char **module) {
  *module = cut_last(inside, " at ");
  char *place = cut_last(inside, "():");
  if (!place)
    cut_last(inside, " + 0x");
  frame->function = inside;
  char *number = place ? strrchr(place, ':') : NULL;
  if (number) {
    *number++ = '\0';
    frame->file = place;
  }
  frame->line = place ? line_of(number ? number : place) : 0;
}

/* As sanitizers have it, `/fuzz/prog+0x4f5b36`; else the path alone. */
static void set_module(char *module, uint64_t pc, struct frame *frame) {
  frame->offset = pc;
  if (!module || strcmp(module, "UNKNOWN") == 0 || strcmp(module, "[UNKNOWN]") == 0)
    return;
  char *offset = strstr(module, "+0x");
  const char *at = offset ? offset + 1 : NULL;
  if (at && scan_address(&at, &frame->offset))
    *offset = '\0';
  frame->module = module;
}

static bool take_frame(struct builder *builder, char *line) {
  struct frame frame = {.function = "", .file = "", .module = ""};
  const char *at = line;
  uint64_t pc;
  char *module, *end = line + scan_trimmed(line);
  if (!scan_text(&at, "<") || !scan_address(&at, &pc) || !scan_text(&at, "> [") || end[-1] != ']')
    return false;
  end[-1] = '\0';
  char *inside = line + (at - line);
  if (!read_named(inside, &frame, &module))
    read_older(inside, &frame, &module);
  if (strcmp(frame.function, "UNKNOWN") == 0 || strcmp(frame.function, "[UNKNOWN]") == 0)
    frame.function = "";
  if (strcmp(frame.file, "UNKNOWN") == 0 || strcmp(frame.file, "[UNKNOWN]") == 0)
    frame.file = "";
  set_module(module, pc, &frame);
  builder_frame(builder, &frame);
  return true;
}

/* ---- lines ---- */

static bool take_input(struct builder *builder, const char *path) {
  if (*path && strcmp(path, "N/A") != 0)
    builder_report(builder)->artifact = builder_copy(builder, path, scan_trimmed(path));
  return true;
}

static bool take_field(struct builder *builder, const char *line) {
  static const char *const others[] = {"PID: ",
                                       "PC: ",
                                       "FAULT ADDRESS: ",
                                       "INSTRUCTION: ",
                                       "STACK HASH: ",
                                       "CRASH FRAME PC: ",
                                       "EXCEPTION: ",
                                       "INPUT_SIZE: ",
                                       "MUTATIONS_PER_",
                                       "MUTATION_DEPT",
                                       "SELECT_COUNT: ",
                                       "ELAPSED: ",
                                       "CONFIGURED_TIMEOUT: ",
                                       "EFFECTIVE_TIM",
                                       "PHASE: ",
                                       "CPU_TIME: ",
                                       "VM_RSS: ",
                                       "LOAD_AVG: ",
                                       "IO: read=",
                                       "SCHED: run=",
                                       "WCHAN: ",
                                       "CTX_SWITCHES:",
                                       "!ERROR: ",
                                       "Callstack not avail"};
  const char *at = line;
  if (scan_text(&at, "ORIG_FNAME: ") || (scan_text(&at, "FUZZ_FNAME: ") && take_input(builder, at))) {
    builder_state(builder)->doubtful = false;
    return true;
  }
  if (scan_text(&at, "DESCRIPTION:")) {
    see_description(builder, scan_blanks(at));
    return true;
  }
  if (scan_text(&at, "SIGNAL: ")) {
    see_signal(builder, at);
    return true;
  }
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strncmp(line, others[i], strlen(others[i])) == 0)
      return true;
  return false;
}

static bool is_ruler(const char *line) {
  size_t length = scan_trimmed(line);
  return length >= 20 && strspn(line, "=") == length;
}

/* What a report begins with.  One alone may mean anything: `CRASH:` and `TIMEOUT:` do until the next lines say more. */
static bool is_begin(const char *line, bool *timeout, bool *doubtful) {
  size_t length = scan_trimmed(line);
  *timeout = length == 8 && memcmp(line, "TIMEOUT:", 8) == 0;
  *doubtful = *timeout || (length == 6 && memcmp(line, "CRASH:", 6) == 0);
  return *doubtful || strncmp(line, "ORIG_FNAME: ", 12) == 0;
}

static bool begins(struct builder *builder, char *line) {
  static const char *const marks[] = {"CRASH:", "TIMEOUT:", "ORIG_FNAME: "};
  bool timeout, doubtful;
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    const char *at = strstr(line, marks[i]);
    if (!at || !report_line_may_begin(line, at) || !is_begin(at, &timeout, &doubtful))
      continue;
    report_line_begin(builder, line, at);
    struct finding *finding = &builder_report(builder)->finding;
    finding->oracle = finding->engine = "honggfuzz";
    finding->kind = timeout ? "timeout" : "unknown-signal";
    builder_state(builder)->doubtful = doubtful;
    return true;
  }
  return false;
}

static enum parse_step take(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  bool timeout, doubtful;
  if (is_ruler(line))
    return PARSE_ENDS;
  if (!*line)
    return PARSE_TAKEN;
  /* One run may crash in several threads, one after the other. */
  if (state->stage == IN_STACK && is_begin(line, &timeout, &doubtful)) {
    state->stage = ANOTHER;
    return PARSE_FOREIGN;
  }
  if (scan_ends(line, "STACK:") && (line[0] == 'S' || strncmp(line, "KERNEL ", 7) == 0)) {
    state->stage = *line == 'S' ? IN_STACK : KERNEL;
    if (state->stage == IN_STACK)
      report_line_stack(builder, FINDING_ACCESS);
    return PARSE_TAKEN;
  }
  if ((state->stage == IN_STACK && take_frame(builder, line)) || take_field(builder, line) ||
      (state->stage == KERNEL && strncmp(line, "[<", 2) == 0))
    return PARSE_TAKEN;
  return state->doubtful && ++state->foreign_after > FOREIGN_FIRST_MAX ? PARSE_OVER : PARSE_FOREIGN;
}

static enum parse_step takes(struct builder *builder, char *line) { return report_line_step(builder, line, take); }

/* Its last line is the ruler, or the first one of another crash in the same run. */
static bool complete(struct builder *builder) { return builder_state(builder)->stage == ANOTHER; }

const struct parse_tool parse_honggfuzz = {"honggfuzz", begins, takes, complete};
