/* tsan.c - ThreadSanitizer's reports, as the runtimes of clang and GCC print them (compiler-rt,
 * lib/tsan/rtl/tsan_report.cpp):
 *
 *   WARNING: ThreadSanitizer: data race (pid=4711)
 *     Write of size 8 at 0x7b04000000a0 by thread T1 (mutexes: write M0):
 *       #0 put src/map.c:12:3 (prog+0x12c8)
 *
 *     Previous read of size 8 at 0x7b04000000a0 by main thread: ...
 *     Location is heap block of size 64 at 0x7b0400000080 allocated by thread T1: ...
 *     Mutex M0 (0x7b0c00000000) created at: ...
 *     Thread T1 (tid=4713, running) created by main thread at: ...
 *
 *   SUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put
 *   ==================
 *
 * A race of an access with the call that frees the memory is a heap-use-after-free here whichever came first: TSan says
 * so only where the memory was freed before.  Its deadly signals are printed as ASan's are: asan.c reads them. */
#include <inttypes.h>
#include <string.h>

#include "triage/parse/kinds.h"
#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* builder_state.numbers */
enum {
  ADDRESS,  /* of the first byte that the accesses have in common; 0: none yet */
  WAS_FREED /* TSan itself says that the earlier access freed the memory */
};

static bool begins(struct builder *builder, char *line) {
  static const char mark[] = "WARNING: ThreadSanitizer: ";
  const char *at = strstr(line, mark);
  if (!at || !report_line_may_begin(line, at))
    return false;
  const char *what = at + sizeof mark - 1, *end = NULL;
  for (const char *p = what; (p = strstr(p, " (pid=")) != NULL; p++)
    end = p;
  if (!end)
    return false;
  report_line_begin(builder, line, at);
  struct finding *finding = &builder_report(builder)->finding;
  finding->oracle = "ThreadSanitizer";
  finding->message = builder_copy(builder, what, (size_t)(end - what));
  finding->kind = kinds_find(KINDS_TSAN, what);
  builder_state(builder)->numbers[WAS_FREED] = strncmp(what, "heap-use-after-free", 19) == 0;
  if (!finding->kind) {
    char kind[KINDS_TEXT_MAX];
    kinds_make(finding->message, 6, kind);
    finding->kind = builder_copy(builder, kind, strlen(kind));
  }
  return true;
}

static bool kind_is(struct builder *builder, const char *kind) {
  return strcmp(builder_report(builder)->finding.kind, kind) == 0;
}

/* ---- accesses ---- */

/* `Write`, `Previous atomic read`, `Modifying access of Swift variable`, ...: up to ` at 0x`. */
static bool scan_access(const char **at, bool *previous, struct finding_stack *access) {
  const char *p = *at;
  *previous = scan_text(&p, "Previous ");
  bool atomic = scan_text(&p, "Atomic ") || scan_text(&p, "atomic ");
  bool external = false, write = scan_text(&p, "Write of size ") || scan_text(&p, "write of size ");
  if (!write && !scan_text(&p, "Read of size ") && !scan_text(&p, "read of size ")) {
    external = true;
    write = scan_text(&p, "Modifying access of ") || scan_text(&p, "modifying access of ");
    if (!write && !scan_text(&p, "Read-only access of ") && !scan_text(&p, "read-only access of "))
      return false;
  }
  uint64_t size = 0;
  if (!external && !scan_number(&p, &size))
    return false;
  const char *place = external ? strstr(p, " at 0x") : p;
  if (!place)
    return false;
  access->size = size < UINT32_MAX ? (uint32_t)size : 0;
  access->access = atomic ? (write ? FINDING_ATOMIC_WRITE : FINDING_ATOMIC_READ) : write ? FINDING_WRITE : FINDING_READ;
  *at = place;
  return true;
}

static bool take_access(struct builder *builder, const char *line) {
  struct finding_stack access = {.task = -1};
  bool previous;
  uint64_t address;
  if (!scan_access(&line, &previous, &access) || !scan_text(&line, " at ") || !scan_address(&line, &address) ||
      !scan_text(&line, " by ") || !scan_thread(&line, &access.task))
    return false;
  uint64_t *common = &builder_state(builder)->numbers[ADDRESS];
  if (address > *common)
    *common = address;
  bool freed = builder_state(builder)->numbers[WAS_FREED];
  enum finding_role role = !previous ? FINDING_ACCESS : freed ? FINDING_FREE : FINDING_PREVIOUS;
  struct finding_stack *stack = report_line_stack(builder, role);
  if (stack) {
    stack->task = access.task;
    stack->access = access.access;
    stack->size = access.size;
  }
  return true;
}

static bool frees(const char *function) {
  static const char *const names[] = {"free",
                                      "realloc",
                                      "reallocarray",
                                      "cfree",
                                      "__interceptor_free",
                                      "___interceptor_free",
                                      "__interceptor_realloc",
                                      "___interceptor_realloc"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(function, names[i]) == 0)
      return true;
  return strncmp(function, "operator delete", 15) == 0;
}

/* Called with each first frame of a stack. */
static void see_free(struct builder *builder) {
  struct finding_stack *stack = builder_last_stack(builder);
  if (!stack || stack->frame_count != 1 || stack->access != FINDING_WRITE || !frees(stack->frames[0].function))
    return;
  if (!kind_is(builder, "data-race"))
    return;
  stack->role = FINDING_FREE;
  builder_report(builder)->finding.kind = "heap-use-after-free";
}

/* ---- where the memory is ---- */

/* The accesses' distance from the object's start, where they are within it. */
static void set_place(struct builder *builder, const char *what, uint64_t size, uint64_t start) {
  struct parse_report *report = builder_report(builder);
  uint64_t address = builder_state(builder)->numbers[ADDRESS];
  if (address < start || address - start > size) {
    report->finding.location = builder_print(builder, "%s of %" PRIu64 " bytes", what, size);
    return;
  }
  report->object_offset = address - start;
  report->finding.location =
      builder_print(builder, "%s of %" PRIu64 " bytes, %" PRIu64 " in", what, size, address - start);
}

static void take_global(struct builder *builder, const char *line) {
  const char *end = NULL, *at;
  for (const char *p = line; (p = strchr(p, '\'')) != NULL; p++)
    if (strncmp(p, "' of size ", 10) == 0 || strncmp(p, "' at 0x", 7) == 0)
      end = p;
  if (!end)
    return;
  struct parse_report *report = builder_report(builder);
  const char *name = builder_copy(builder, line, (size_t)(end - line));
  if (strcmp(name, "<null>") == 0)
    name = "";
  report->global = name;
  at = end + 1;
  uint64_t size = 0, start;
  bool sized = scan_text(&at, " of size ") && scan_number(&at, &size);
  if (sized && scan_text(&at, " at ") && scan_address(&at, &start))
    set_place(builder, *name ? builder_print(builder, "global %s", name) : "global", size, start);
  else
    report->finding.location = *name ? builder_print(builder, "global %s", name) : "global";
}

static void take_heap(struct builder *builder, const char *line) {
  uint64_t size, start;
  int task = -1;
  if (!scan_number(&line, &size) || !scan_text(&line, " at ") || !scan_address(&line, &start))
    return;
  set_place(builder, "heap block", size, start);
  if (!scan_text(&line, " allocated by ") || !scan_thread(&line, &task))
    return;
  struct finding_stack *stack = report_line_stack(builder, FINDING_ALLOC);
  if (stack)
    stack->task = task;
}

static void take_file(struct builder *builder, const char *line) {
  const char *by = strstr(line, " created by ");
  if (!by)
    by = strstr(line, " destroyed by ");
  builder_report(builder)->finding.location =
      builder_copy(builder, line, by ? (size_t)(by - line) : scan_trimmed(line));
  struct finding_stack *stack = by ? report_line_stack(builder, FINDING_ALLOC) : NULL;
  const char *at = by ? strstr(by, " by ") + 4 : NULL;
  if (stack)
    scan_thread(&at, &stack->task);
}

static bool take_location(struct builder *builder, const char *line) {
  if (!scan_text(&line, "Location is "))
    return false;
  const char *heap = strstr(line, " of size "), *allocated = heap ? strstr(heap, " allocated by ") : NULL;
  if (scan_text(&line, "global '"))
    take_global(builder, line);
  else if (strncmp(line, "file descriptor ", 16) == 0)
    take_file(builder, line);
  else if (allocated)
    take_heap(builder, heap + 9);
  else if (!*builder_report(builder)->finding.location) {
    size_t length = scan_trimmed(line);
    builder_report(builder)->finding.location =
        builder_copy(builder, line, length - (length > 0 && line[length - 1] == '.'));
  }
  return true;
}

/* ---- mutexes and threads ---- */

/* `M0 (0x7b0c00000000) => M1 (0x7b0c00000030) => M0`, without the addresses. */
static void take_cycle(struct builder *builder, const char *line) {
  char cycle[512];
  size_t used = 0;
  while (*line && used + 1 < sizeof cycle) {
    const char *at = line;
    uint64_t address;
    if (scan_text(&at, " (") && scan_address(&at, &address) && scan_text(&at, ")"))
      line = at;
    else
      cycle[used++] = *line++;
  }
  cycle[used] = '\0';
  struct finding *finding = &builder_report(builder)->finding;
  finding->message = builder_print(builder, "%.200s: %s", finding->message, cycle);
}

static bool take_mutex(struct builder *builder, const char *line) {
  static const char acquired[] = " acquired here while holding mutex ";
  if (!scan_text(&line, "Mutex ") || *line != 'M')
    return false;
  const char *name = line, *held = strstr(line, acquired);
  int name_length = (int)strcspn(name, " ");
  struct finding_stack *stack = NULL;
  if (held) {
    stack = report_line_stack(builder, FINDING_ACCESS);
    held += sizeof acquired - 1;
    const char *in = strstr(held, " in ");
    if (stack && in) {
      stack->operation =
          builder_print(builder, "lock %.*s while holding %.*s", name_length, name, (int)(in - held), held);
      in += 4;
      scan_thread(&in, &stack->task);
    }
  } else if (strstr(line, " previously acquired by the same thread here:")) {
    struct finding_stack *before = builder_last_stack(builder);
    int task = before ? before->task : -1;
    stack = report_line_stack(builder, FINDING_HELD);
    if (stack) {
      stack->task = task;
      stack->operation = builder_print(builder, "lock %.*s", name_length, name);
    }
  } else if (scan_ends(line, " created at:")) {
    stack = report_line_stack(builder, FINDING_CREATED);
    if (stack)
      stack->operation = builder_print(builder, "create mutex %.*s", name_length, name);
  }
  return true;
}

/* `Thread T1 'its name' (tid=4713, running) created by main thread at:`; a name may hold anything. */
static bool take_thread(struct builder *builder, const char *line) {
  const char *by = NULL;
  int number;
  if (!scan_text(&line, "Thread "))
    return false;
  const char *name = line;
  if (!scan_thread(&line, &number))
    return false;
  int name_length = (int)(line - name);
  for (const char *p = line; (p = strstr(p, " created by ")) != NULL; p++)
    by = p + 12;
  if (!by || !scan_ends(by, " at:"))
    return true;
  bool leak = kind_is(builder, "thread-leak");
  struct finding_stack *stack = report_line_stack(builder, leak ? FINDING_ACCESS : FINDING_CREATED);
  if (!stack)
    return true;
  scan_thread(&by, &stack->task);
  stack->operation = builder_print(builder, "create thread %.*s", name_length, name);
  return true;
}

/* ---- lines ---- */

static bool is_note(const char *line) {
  return scan_text(&line, "[failed to restore the stack]") || scan_text(&line, "Hint: ") ||
         scan_text(&line, "HINT: ") || scan_text(&line, "DEDUP_TOKEN: ") ||
         (scan_text(&line, "And ") && strstr(line, " more similar "));
}

static enum parse_step take(struct builder *builder, char *line) {
  if (report_line_empty(builder, line))
    return PARSE_TAKEN;
  if (report_line_frame(builder, line)) {
    see_free(builder);
    return PARSE_TAKEN;
  }
  const char *at = line;
  if (scan_text(&at, "SUMMARY: ThreadSanitizer: "))
    return PARSE_ENDS;
  if (strcmp(line, "==================") == 0)
    return builder_report(builder)->finding.stack_count > 0 ? PARSE_ENDS : PARSE_FOREIGN;
  if (take_access(builder, line) || take_location(builder, line) || take_mutex(builder, line) ||
      take_thread(builder, line) || is_note(line))
    return PARSE_TAKEN;
  if (scan_text(&at, "Cycle in lock order graph: ")) {
    take_cycle(builder, at);
    return PARSE_TAKEN;
  }
  if (strncmp(line, "As if synchronized via sleep:", 29) == 0) {
    report_line_stack(builder, FINDING_WITNESS);
    return PARSE_TAKEN;
  }
  return PARSE_FOREIGN;
}

static enum parse_step takes(struct builder *builder, char *line) { return report_line_step(builder, line, take); }

static bool complete(struct builder *builder) { return (void)builder, false; }

const struct parse_tool parse_tsan = {"tsan", begins, takes, complete};
