#include "triage/parse/memory_line.h"

#include <inttypes.h>
#include <string.h>

#include "triage/parse/report_line.h"
#include "triage/parse/scan.h"

/* ---- where the memory is ---- */

static const char *const sides[] = {"inside of ", "after ", "before ", "to the right of ", "to the left of "};
enum { INSIDE, AFTER, BEFORE, RIGHT_OF, LEFT_OF, SIDES };

/* `4 bytes inside of `: offset from the object's start where it is known before the size is. */
static bool scan_side(const char **at, uint64_t *distance, int *side) {
  const char *p = *at;
  if (!scan_number(&p, distance) || !scan_text(&p, " bytes "))
    return false;
  for (*side = 0; *side < SIDES; ++*side)
    if (scan_text(&p, sides[*side])) {
      *at = p;
      return true;
    }
  return false;
}

static void set_place(struct builder *builder, const char *what, uint64_t size, uint64_t distance, int side) {
  struct parse_report *report = builder_report(builder);
  if (side == BEFORE || side == LEFT_OF) {
    report->finding.location =
        builder_print(builder, "%s of %" PRIu64 " bytes, %" PRIu64 " before", what, size, distance);
    return;
  }
  uint64_t offset = side == INSIDE ? distance : size + distance;
  report->object_offset = offset;
  report->finding.location = builder_print(builder, "%s of %" PRIu64 " bytes, %" PRIu64 " in", what, size, offset);
}

/* `'table' defined in 'src/map.c:3:5' (0x55d0a0) of size 40` */
static bool take_global(struct builder *builder, const char *line, uint64_t distance, int side) {
  if (!scan_text(&line, "global variable '"))
    return false;
  const char *end = strstr(line, "' defined in '"), *size_at = end ? strstr(end, " of size ") : NULL;
  uint64_t size = 0;
  if (!size_at)
    return true;
  size_at += 9;
  scan_number(&size_at, &size);
  /* Several variables may be near; the first that is told is the nearest. */
  if (*builder_report(builder)->finding.location)
    return true;
  const char *name = builder_copy(builder, line, (size_t)(end - line));
  builder_report(builder)->global = name;
  set_place(builder, builder_print(builder, "global %s", name), size, distance, side);
  return true;
}

static bool take_located(struct builder *builder, const char *line) {
  uint64_t address, distance, size;
  int side;
  if (!scan_address(&line, &address) || !scan_text(&line, " is located ") || !scan_side(&line, &distance, &side))
    return false;
  if (take_global(builder, line, distance, side))
    return true;
  scan_text(&line, "a ");
  if (scan_number(&line, &size) && scan_text(&line, "-byte region "))
    set_place(builder, "heap block", size, distance, side);
  return true;
}

/* `Address 0x7ffd10 is located in stack of thread T0 at offset 48 in frame`, whose frame follows. */
static bool take_on_stack(struct builder *builder, const char *line) {
  uint64_t address;
  int task = -1;
  if (!scan_text(&line, "Address ") || !scan_address(&line, &address) || !scan_text(&line, " is "))
    return false;
  struct finding *finding = &builder_report(builder)->finding;
  if (scan_text(&line, "located in stack of ") && scan_thread(&line, &task)) {
    finding->location = builder_print(builder, "stack of thread T%d", task);
    struct finding_stack *stack = strstr(line, " in frame") ? report_line_stack(builder, FINDING_ALLOC) : NULL;
    if (stack)
      stack->task = task;
  } else if (!*finding->location)
    finding->location = builder_copy(builder, line, scan_trimmed(line));
  return true;
}

/* `[32, 42) 'buf' (line 4) <== Memory access at offset 48 overflows this variable`: the variables of that frame. */
static bool take_variable(struct builder *builder, const char *line) {
  uint64_t begin, end;
  if (!scan_text(&line, "[") || !scan_number(&line, &begin) || !scan_text(&line, ", ") || !scan_number(&line, &end) ||
      !scan_text(&line, ") '"))
    return false;
  const char *access = strstr(line, " <== Memory access at offset "), *quote = NULL;
  for (const char *p = line; access && p < access; p++)
    if (*p == '\'')
      quote = p;
  uint64_t offset;
  if (!quote || !scan_text(&access, " <== Memory access at offset ") || !scan_number(&access, &offset))
    return true;
  if (offset >= begin)
    builder_report(builder)->object_offset = offset - begin;
  builder_report(builder)->finding.location =
      builder_print(builder, "stack variable %.*s of %" PRIu64 " bytes", (int)(quote - line), line, end - begin);
  return true;
}

/* ---- stacks ---- */

static bool take_access(struct builder *builder, const char *line) {
  enum finding_access access = FINDING_NO_ACCESS;
  uint64_t size, address;
  int task = -1;
  if (scan_text(&line, "READ of size "))
    access = FINDING_READ;
  else if (scan_text(&line, "WRITE of size "))
    access = FINDING_WRITE;
  else if (!scan_text(&line, "ACCESS of size "))
    return false;
  if (!scan_number(&line, &size) || !scan_text(&line, " at ") || !scan_address(&line, &address))
    return false;
  struct finding_stack *stack = report_line_stack(builder, FINDING_ACCESS);
  const char *thread = strstr(line, "thread T");
  if (thread)
    scan_thread(&thread, &task);
  if (!stack)
    return true;
  stack->access = access;
  stack->size = size < UINT32_MAX ? (uint32_t)size : 0;
  stack->task = task;
  return true;
}

/* `freed by thread T1 (its name) here:` */
static bool take_block(struct builder *builder, const char *line) {
  enum finding_role role = FINDING_ALLOC;
  int task;
  if (scan_text(&line, "freed by "))
    role = FINDING_FREE;
  else if (!scan_text(&line, "previously allocated by ") && !scan_text(&line, "allocated by "))
    return false;
  if (!scan_thread(&line, &task) || !scan_ends(line, " here:"))
    return false;
  struct finding_stack *stack = report_line_stack(builder, role);
  if (stack)
    stack->task = task;
  return true;
}

/* `Thread T1 (its name) created by T0 (name) here:` */
static bool take_thread(struct builder *builder, const char *line) {
  int number, parent = -1;
  if (!scan_text(&line, "Thread ") || !scan_thread(&line, &number))
    return false;
  const char *by = NULL;
  for (const char *p = line; (p = strstr(p, " created by T")) != NULL; p++)
    by = p + 12;
  if (!by || !scan_thread(&by, &parent) || !scan_ends(by, " here:"))
    return false;
  struct finding_stack *stack = report_line_stack(builder, FINDING_CREATED);
  if (stack) {
    stack->task = parent;
    stack->operation = builder_print(builder, "create thread T%d", number);
  }
  return true;
}

/* MemorySanitizer's origins.  With or without them one error has one key: none of these is a site of it. */
static bool take_origin(struct builder *builder, const char *line) {
  if (scan_text(&line, "Uninitialized value was stored to memory at")) {
    report_line_stack(builder, FINDING_WITNESS);
    return true;
  }
  if (!scan_text(&line, "Uninitialized value was created by ") &&
      !scan_text(&line, "Memory was marked as uninitialized"))
    return false;
  report_line_stack(builder, strstr(line, "deallocation") ? FINDING_WITNESS : FINDING_ALLOC);
  if (!*builder_report(builder)->finding.location)
    builder_report(builder)->finding.location = builder_copy(builder, line, scan_trimmed(line));
  return true;
}

bool memory_line_take(struct builder *builder, const char *line) {
  return take_access(builder, line) || take_located(builder, line) || take_on_stack(builder, line) ||
         take_variable(builder, line) || take_block(builder, line) || take_thread(builder, line) ||
         take_origin(builder, line);
}

/* ---- the picture of the shadow ---- */

/* `Heap left redzone:       fa` */
static bool is_legend(const char *line) {
  const char *colon = strrchr(line, ':');
  if (!colon || colon == line || !colon[1])
    return false;
  return strspn(colon + 1, " 0123456789abcdef") == strlen(colon + 1);
}

bool memory_line_is_shadow(const char *line) {
  const char *at = line;
  uint64_t address;
  if (strncmp(line, "Shadow byte", 11) == 0 || strncmp(line, "Memory tags around", 18) == 0 ||
      strncmp(line, "Tags for short granules", 23) == 0)
    return true;
  scan_text(&at, "=>");
  if (scan_address(&at, &address) && *at == ':')
    return true;
  return is_legend(line);
}
