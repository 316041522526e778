/* describe.c - see describe.h. */
#include "target/describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flavour/flavour.h"
#include "target/judge.h"
#include "target/symbols.h"
#include "target/trace.h"
#include "triage/stack/normalize.h"

#define FRAMES_MAX 48 /* of one stack, inlined ones counted */

static struct frame frames[FAILURE_STACKS_MAX][FRAMES_MAX];
static char operations[FAILURE_STACKS_MAX][64];
static char target_name[64];

static const enum finding_role roles[] = {
    [FAILURE_ACCESS] = FINDING_ACCESS,   [FAILURE_PREVIOUS] = FINDING_PREVIOUS, [FAILURE_FREE] = FINDING_FREE,
    [FAILURE_WAITING] = FINDING_WAITING, [FAILURE_RUNNING] = FINDING_RUNNING,   [FAILURE_ALLOC] = FINDING_ALLOC,
    [FAILURE_WITNESS] = FINDING_WITNESS,
};

static enum finding_access access_of(const char *text) {
  if (!text)
    return FINDING_NO_ACCESS;
  if (strcmp(text, "read") == 0)
    return FINDING_READ;
  if (strcmp(text, "write") == 0)
    return FINDING_WRITE;
  return strcmp(text, "atomic read") == 0 ? FINDING_ATOMIC_READ : FINDING_ATOMIC_WRITE;
}

/* What the task was doing at its access.  The report came later: of a run that was traced it is known better. */
static uint32_t label_of(const struct failure *failure, const struct failure_stack *stack) {
  size_t step = trace_find(failure, stack);
  return step == TRACE_NO_STEP || trace_at(step)->task != stack->task ? stack->label : trace_at(step)->label;
}

static const char *operation_text(const struct failure *failure, const struct failure_stack *stack,
                                  const struct program *program, char *text, size_t size) {
  text[0] = '\0';
  if (!program || stack->task < 0)
    return text;
  uint32_t label = label_of(failure, stack);
  if (stack->task > 0 && label < program->op_count)
    program_print_op(text, size, program, &program->ops[label]);
  else if (label == EXECUTE_LABEL_SETUP)
    snprintf(text, size, "set-up");
  else if (label == EXECUTE_LABEL_TEARDOWN)
    snprintf(text, size, "tear-down");
  return text;
}

static void add_stacks(const struct failure *failure, const struct program *program, struct finding *finding) {
  finding->kind = failure->kind;
  for (uint32_t i = 0; i < failure->stack_count; i++) {
    const struct failure_stack *stack = &failure->stacks[i];
    finding->stacks[finding->stack_count++] = (struct finding_stack){
        .role = roles[stack->role],
        .task = stack->task,
        .operation = operation_text(failure, stack, program, operations[i], sizeof operations[i]),
        .access = access_of(stack->access),
        .size = stack->size,
        .frames = frames[i],
        .frame_count = symbols_stack(stack, frames[i], FRAMES_MAX)};
  }
  finding_set_key(finding);
}

static void add_number(struct finding *finding, const char *name, uint64_t value) {
  finding->numbers[finding->number_count++] = (struct finding_number){name, value};
}

static void add_snapshot(const struct map_snapshot *snapshot, struct finding *finding) {
  add_number(finding, "count", snapshot->count);
  add_number(finding, "capacity", snapshot->capacity);
  add_number(finding, "log2_buckets", snapshot->log2_buckets);
  add_number(finding, "overflow_buckets", snapshot->overflow_buckets);
  add_number(finding, "old_buckets_left", snapshot->old_buckets_left);
  add_number(finding, "tombstones", snapshot->tombstones);
  add_number(finding, "flags", snapshot->flags);
  add_number(finding, "in_progress", snapshot->in_progress);
  add_number(finding, "longest_probe", snapshot->longest_probe);
  add_number(finding, "retired", snapshot->retired);
  add_number(finding, "retired_bound", snapshot->retired_bound);
}

/* The guarantee that is broken, as map.h letters it; "" where the map does not make it. */
static const char *letter_text(const struct failure *failure, const struct map_ops *map) {
  static char text[2];
  char letter = judge_letter(failure->oracle, failure->message);
  bool promised = letter && (map->guarantees >> (letter - 'A') & 1);
  text[0] = promised ? letter : '\0';
  return text;
}

void describe(const struct failure *failure, const struct described_run *run, struct finding *finding) {
  memset(finding, 0, sizeof *finding);
  add_stacks(failure, run->program, finding);
  if (run->execution->inspected)
    add_snapshot(&run->execution->snapshot, finding);
  snprintf(target_name, sizeof target_name, "heddle_%s_%s", run->subject->map->name, FLAVOUR_NAME);
  snprintf(finding->raw, sizeof finding->raw, "%016" PRIx64, failure->raw);
  finding->version = FINDING_VERSION;
  finding->oracle = failure->oracle;
  finding->guarantee = letter_text(failure, run->subject->map);
  finding->message = failure->message;
  finding->location = failure->location;
  finding->target = target_name;
  finding->map = run->subject->map->name;
  finding->flavour = FLAVOUR_NAME;
  finding->engine = "libFuzzer";
  finding->build_id = symbols_build_id();
  finding->digest = run->result->digest;
  finding->points = run->result->points;
  finding->report = run->report;
  finding->program = run->program_text;
  finding->schedule = run->schedule_text;
  finding->input = run->input;
  finding->input_size = run->input_size;
}

void describe_key(const struct failure *failure, char key[KEY_TEXT_SIZE]) {
  static struct finding finding;
  memset(&finding, 0, sizeof finding);
  add_stacks(failure, NULL, &finding);
  memcpy(key, finding.key, KEY_TEXT_SIZE);
}

static void print_stack(FILE *out, const struct finding_stack *stack) {
  const char *access = finding_access_text(stack->access);
  fprintf(out, "  %s", finding_role_text(stack->role));
  if (access)
    fprintf(out, ", %s of %" PRIu32 " byte%s", access, stack->size, stack->size == 1 ? "" : "s");
  if (stack->task >= 0)
    fprintf(out, ", by T%d", stack->task);
  if (stack->operation && *stack->operation)
    fprintf(out, " in `%s`", stack->operation);
  fputs(":\n", out);
  for (size_t i = 0; i < stack->frame_count; i++) {
    const struct frame *frame = &stack->frames[i];
    if (stack_classify(frame) == STACK_HARNESS)
      continue;
    if (frame->line)
      fprintf(out, "    #%zu %s %s:%" PRIu32 ":%" PRIu32 "\n", i, frame->function, frame->file, frame->line,
              frame->column);
    else
      fprintf(out, "    #%zu %s (%s+0x%" PRIx64 ")\n", i, *frame->function ? frame->function : "?", frame->module,
              frame->offset);
  }
}

void describe_print(FILE *out, const struct finding *finding, bool color) {
  fprintf(out, "%s%s%s  %s, key %s\n", color ? "\033[1;31m" : "", finding->kind, color ? "\033[0m" : "",
          finding->oracle, finding->key);
  if (strcmp(finding->message, finding->kind) != 0)
    fprintf(out, "  %s\n", finding->message);
  if (*finding->guarantee)
    fprintf(out, "  breaks guarantee %s of %s\n", finding->guarantee, finding->map);
  if (finding->location && *finding->location)
    fprintf(out, "  at %s\n", finding->location);
  for (size_t i = 0; i < finding->stack_count; i++)
    print_stack(out, &finding->stacks[i]);
}
