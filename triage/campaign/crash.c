#include "triage/campaign/crash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/finding/layout.h"
#include "triage/stack/normalize.h"
#include "triage/stack/symbolize.h"

/* `map/gomap.c:12:3` is cut into its three parts. */
static void cut_place(char *text, struct frame *frame) {
  uint32_t numbers[2] = {0, 0};
  int found = 0;
  for (char *colon; found < 2 && (colon = strrchr(text, ':')) && isdigit((unsigned char)colon[1]); ++found) {
    numbers[found] = (uint32_t)strtoul(colon + 1, NULL, 10);
    *colon = '\0';
  }
  frame->file = text;
  frame->line = found == 2 ? numbers[1] : numbers[0];
  frame->column = found == 2 ? numbers[0] : 0;
}

/* `/path/binary+0x12f` is cut in two. */
static void cut_module(char *text, struct frame *frame) {
  text[strcspn(text, ")")] = '\0';
  char *plus = strrchr(text, '+');
  if (!plus)
    return;
  *plus = '\0';
  frame->module = text;
  frame->offset = strtoull(plus + 1, NULL, 16);
}

/* `#0 0x55 in f file:1:2`, `#0 f file:1:2 (module+0x1)`, `#0 0x55  (module+0x1)`; false for any other line. */
static bool read_frame(char *line, struct frame *frame) {
  line += strspn(line, " \t");
  if (*line != '#' || !isdigit((unsigned char)line[1]))
    return false;
  line += 1 + strspn(line + 1, "0123456789");
  line += strspn(line, " ");
  if (strncmp(line, "0x", 2) == 0) {
    line += strcspn(line, " ");
    line += strspn(line, " ");
    if (strncmp(line, "in ", 3) == 0)
      line += 3;
  }
  *frame = (struct frame){"", "", 0, 0, "", 0};
  char *build_id = strstr(line, " (BuildId:");
  if (build_id)
    *build_id = '\0';
  char *module = strrchr(line, '(');
  if (module && strstr(module, "+0x")) {
    *module = '\0';
    cut_module(module + 1, frame);
  }
  if (!*line)
    return *frame->module;
  frame->function = line;
  char *place = strchr(line, ' ');
  if (!place)
    return true;
  *place++ = '\0';
  place[strcspn(place, " ")] = '\0';
  if (*place && *place != '<')
    cut_place(place, frame);
  return true;
}

/* What the line above a stack says of it; FINDING_ROLE_COUNT: nothing known. */
static enum finding_role role_of(const char *heading, size_t stacks_before) {
  static const struct {
    const char *words;
    enum finding_role role;
  } known[] = {{"freed by", FINDING_FREE},     {"allocated by", FINDING_ALLOC}, {"heap block", FINDING_ALLOC},
               {"Previous", FINDING_PREVIOUS}, {"created by", FINDING_CREATED}, {"created at", FINDING_CREATED}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
    if (strstr(heading, known[i].words))
      return known[i].role;
  return stacks_before == 0 ? FINDING_ACCESS : FINDING_ROLE_COUNT;
}

size_t crash_read_stacks(char *report, struct finding_stack *stacks, struct frame *frames) {
  size_t count = 0;
  struct finding_stack *open = NULL;
  const char *heading = "";
  bool inside = false;
  for (char *line = report, *next; line; line = next) {
    struct frame frame;
    next = strchr(line, '\n');
    if (next)
      *next++ = '\0';
    if (!read_frame(line, &frame)) {
      inside = false;
      if (*line)
        heading = line;
      continue;
    }
    if (!inside) {
      enum finding_role role = role_of(heading, count);
      open = role < FINDING_ROLE_COUNT && count < FINDING_STACKS_MAX ? &stacks[count] : NULL;
      if (open)
        *open = (struct finding_stack){
            .role = role, .task = -1, .operation = "", .frames = frames + count++ * STACK_FRAMES_MAX};
      inside = true;
    }
    if (open && open->frame_count < STACK_FRAMES_MAX)
      ((struct frame *)open->frames)[open->frame_count++] = frame;
  }
  return count;
}

/* Looks up the frames that the report left without a name; one place may hold several, inlined. */
static void name_frames(struct symbolizer *symbolizer, struct finding_stack *stack) {
  struct frame *frames = (struct frame *)stack->frames, named[STACK_FRAMES_MAX];
  size_t count = 0;
  for (size_t i = 0; i < stack->frame_count && count < STACK_FRAMES_MAX; ++i)
    if (*frames[i].function || !symbolizer)
      named[count++] = frames[i];
    else
      count +=
          symbolizer_frames(symbolizer, frames[i].module, frames[i].offset, named + count, STACK_FRAMES_MAX - count);
  memcpy(frames, named, count * sizeof *frames);
  stack->frame_count = count;
  stack_normalize(frames, count, NULL);
}

/* What the frames of a report borrow from. */
struct stacks {
  char *report;
  struct frame *frames;
  struct symbolizer *symbolizer;
};

/* Fills stacks and key of the finding, whose kind is set. */
static void read_named_stacks(struct stacks *stacks, const char *report, struct finding *finding) {
  *stacks = (struct stacks){strdup(report), calloc((size_t)FINDING_STACKS_MAX * STACK_FRAMES_MAX, sizeof(struct frame)),
                            symbolizer_open()};
  if (!stacks->report || !stacks->frames)
    abort();
  finding->stack_count = crash_read_stacks(stacks->report, finding->stacks, stacks->frames);
  for (size_t i = 0; i < finding->stack_count; ++i)
    name_frames(stacks->symbolizer, &finding->stacks[i]);
  finding_set_key(finding);
}

static void free_stacks(struct stacks *stacks) {
  symbolizer_close(stacks->symbolizer);
  free(stacks->frames);
  free(stacks->report);
}

enum finding_result crash_write(const char *findings_dir, const struct crash *crash, size_t keep,
                                char key[KEY_TEXT_SIZE], struct finding_error *error) {
  const char *slash = strrchr(crash->target, '/');
  struct finding finding = {
      .kind = crash->kind,
      .oracle = crash->flavour,
      .message = crash->message,
      .location = "",
      .target = slash ? slash + 1 : crash->target,
      .map = crash->map,
      .flavour = crash->flavour,
      .engine = FINDING_ENGINE,
      .build_id = "",
      .clock = crash->clock,
      .worker_clock = crash->worker_clock,
      .report = crash->report,
      .program = crash->program,
      .input = crash->input,
      .input_size = crash->input_size,
  };
  struct stacks stacks;
  read_named_stacks(&stacks, crash->report, &finding);
  memcpy(key, finding.key, KEY_TEXT_SIZE);
  enum finding_result result = finding_write(findings_dir, &finding, keep, error);
  free_stacks(&stacks);
  return result;
}

void crash_key(const char *kind, const char *report, char key[KEY_TEXT_SIZE]) {
  struct finding finding = {.kind = kind};
  struct stacks stacks;
  read_named_stacks(&stacks, report, &finding);
  memcpy(key, finding.key, KEY_TEXT_SIZE);
  free_stacks(&stacks);
}
