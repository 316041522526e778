/* trace.c - see trace.h. */
#define _GNU_SOURCE
#include "target/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "carrier/execute.h"
#include "failure/failure.h"
#include "target/symbols.h"

#define STEPS_MAX ((size_t)1 << 22)

static struct trace_step *steps;
static size_t count;
static bool full;

/* Called in the middle of the run: no allocation here. */
static void keep(void *context, const struct sched_step *step) {
  (void)context;
  if (step->first) {
    count = 0;
    full = false;
  }
  if (sched.solo)
    return; /* set-up and tear-down: there is nothing to interleave */
  if (count == STEPS_MAX) {
    full = true;
    return;
  }
  steps[count++] = (struct trace_step){.point = step->point,
                                       .pc = step->place->pc,
                                       .call = step->place->call,
                                       .address = step->place->address,
                                       .label = step->label,
                                       .size = step->place->size,
                                       .task = (int8_t)step->task,
                                       .next = (int8_t)step->next,
                                       .kind = (uint8_t)step->kind,
                                       .blocked = step->blocked,
                                       .ended = sched.tasks[step->task].state == SCHED_TASK_DONE};
}

void trace_begin(void) {
  if (!steps) {
    steps = mmap(NULL, STEPS_MAX * sizeof *steps, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (steps == MAP_FAILED)
      abort();
  }
  count = 0;
  full = false;
  sched_set_trace(keep, NULL);
}

size_t trace_count(void) { return count; }
const struct trace_step *trace_at(size_t index) { return &steps[index]; }
bool trace_is_cut(void) { return full; }

/* ---- which steps a failure is about ---- */

static bool is_about_main(const struct failure *failure) {
  for (uint32_t s = 0; s < failure->stack_count; s++)
    if (failure->stacks[s].task == 0)
      return true;
  return false;
}

/* What was judged when all was over has no point: all that the threads did led to it, what main did afterwards did not.
 */
size_t trace_steps_to(const struct failure *failure) {
  size_t end = count;
  bool at_end = failure->point == 0 || failure->stack_count == 0, main_too = !at_end || is_about_main(failure);
  while (end > 0 && ((!at_end && steps[end - 1].point >= failure->point) || (!main_too && steps[end - 1].task == 0)))
    end--;
  return end;
}

static bool may_be(const struct trace_step *step, const char *access) {
  if (!access || step->kind == SCHED_POINT_COPY || step->kind == SCHED_POINT_ATOMIC)
    return true;
  return step->kind == (strstr(access, "write") ? SCHED_POINT_STORE : SCHED_POINT_LOAD);
}

static bool touches(const struct trace_step *step, const struct failure_stack *stack) {
  if (step->size == 0 || !may_be(step, stack->access))
    return false;
  return stack->address - step->address < step->size || step->address - stack->address < stack->size;
}

/* Some stacks have the call's own last byte or instruction for a return address. */
#if defined(__x86_64__)
#define BACK_MAX 1
#else
#define BACK_MAX 4
#endif

static bool is_at(const struct trace_step *step, const struct failure_stack *stack) {
  bool known = stack->depth > 0 && !step->ended; /* who ended stands where he last did something */
  return known && (uintptr_t)step->pc - stack->pcs[0] <= BACK_MAX;
}

/* The access that was reported, not just one of that memory: code at the same place.  Of a call that accesses memory,
 * as calloc(), and of a wait only the place is known. */
static bool is_it(const struct trace_step *step, const struct failure_stack *stack) {
  struct frame one[8], other[8];
  if (step->size == 0)
    return is_at(step, stack);
  if (!stack->address || !touches(step, stack) || stack->depth == 0)
    return false;
  symbols_frames((uintptr_t)step->pc, one, 8);
  symbols_frames(stack->pcs[0], other, 8);
  return one->line == other->line && strcmp(one->file, other->file) == 0;
}

/* The last step of that task that fits. */
static size_t find_last(const struct failure *failure, const struct failure_stack *stack,
                        bool (*fits)(const struct trace_step *step, const struct failure_stack *stack)) {
  for (size_t i = trace_steps_to(failure); i-- > 0;)
    if (steps[i].task == stack->task && fits(&steps[i], stack))
      return i;
  return TRACE_NO_STEP;
}

/* The last call there that freed the block nearest below the address that was accessed.  Who freed is not always known.
 */
static size_t find_free(const struct failure *failure, const struct failure_stack *stack) {
  uintptr_t accessed = 0;
  size_t found = TRACE_NO_STEP;
  for (uint32_t s = 0; s < failure->stack_count && !accessed; s++)
    accessed = failure->stacks[s].address;
  for (size_t i = trace_steps_to(failure); i-- > 0;) {
    const struct trace_step *step = &steps[i];
    bool is_such = step->kind == SCHED_POINT_FREE && is_at(step, stack) && step->address <= accessed;
    if (!is_such || (stack->task >= 0 && step->task != stack->task))
      continue;
    if (found == TRACE_NO_STEP || step->address > steps[found].address)
      found = i;
  }
  return found;
}

/* What the code itself or the processor saw, it saw right after the last step. */
static size_t find_seen(const struct failure *failure, const struct failure_stack *stack) {
  size_t end = trace_steps_to(failure);
  bool seen = stack->role == FAILURE_ACCESS && !stack->address && failure->point > 0 && end > 0;
  return seen && steps[end - 1].task == stack->task ? end - 1 : TRACE_NO_STEP;
}

size_t trace_find(const struct failure *failure, const struct failure_stack *stack) {
  if (stack->role == FAILURE_FREE)
    return find_free(failure, stack);
  bool in_question = stack->role <= FAILURE_PREVIOUS || stack->role == FAILURE_WAITING;
  if (!in_question || stack->task < 0)
    return TRACE_NO_STEP;
  size_t found = find_last(failure, stack, is_it);
  if (found == TRACE_NO_STEP && stack->role == FAILURE_ACCESS && stack->address)
    found = find_last(failure, stack, touches);
  return found != TRACE_NO_STEP ? found : find_seen(failure, stack);
}

/* ---- words ---- */

static bool is_plain_call(const char *call) { return strncmp(call, "__tsan_", strlen("__tsan_")) != 0; }

/* The task that starts the threads blocks for their end alone. */
static bool is_wait_of_main(const struct trace_step *step) { return step->task == 0 && step->blocked; }

const char *trace_say(const struct trace_step *step, char text[TRACE_TEXT_SIZE]) {
  if (is_wait_of_main(step) || step->ended) {
    snprintf(text, TRACE_TEXT_SIZE, "%s", step->ended ? "thread ends" : "main waits for the threads");
    return text;
  }
  const char *what = step->call ? step->call : sched_point_text(step->kind);
  if (!is_plain_call(what))
    what += strlen("__tsan_");
  char size[32] = "";
  if (step->size)
    snprintf(size, sizeof size, " of %" PRIu32 " byte%s", step->size, step->size == 1 ? "" : "s");
  snprintf(text, TRACE_TEXT_SIZE, "%.40s%s%s", what, size, step->blocked ? ", waits" : "");
  return text;
}

const char *trace_place(const struct trace_step *step, char text[FINDING_SITE_SIZE]) {
  struct frame frames[8];
  text[0] = '\0';
  if (is_wait_of_main(step) || step->ended || !step->pc || failure_origin((uintptr_t)step->pc) == FAILURE_HARNESS)
    return text;
  symbols_frames((uintptr_t)step->pc, frames, 8);
  finding_print_site(&frames[0], text);
  return text;
}

const char *trace_operation(const struct trace_step *step, const struct program *program, char text[TRACE_TEXT_SIZE]) {
  text[0] = '\0';
  if (step->task > 0 && step->label < program->op_count)
    program_print_op(text, TRACE_TEXT_SIZE, program, &program->ops[step->label]);
  else if (step->task == 0 && step->label == EXECUTE_LABEL_TEARDOWN)
    snprintf(text, TRACE_TEXT_SIZE, "tear-down");
  return text;
}

/* ---- the print ---- */

struct mark {
  size_t step;
  size_t failure;
  const struct failure_stack *stack;
};

static size_t collect_marks(struct mark *marks, size_t capacity) {
  size_t used = 0;
  for (size_t f = 0; f < failure_count(); f++) {
    const struct failure *failure = failure_at(f);
    for (uint32_t s = 0; s < failure->stack_count && used < capacity; s++) {
      marks[used] = (struct mark){trace_find(failure, &failure->stacks[s]), f, &failure->stacks[s]};
      if (marks[used].step != TRACE_NO_STEP)
        used++;
    }
  }
  return used;
}

struct style {
  const char *operation, *blocked, *switched, *mark, *off;
};
static const struct style plain_style = {"", "", "", "", ""};
static const struct style color_style = {"\033[1m", "\033[33m", "\033[36m", "\033[1;31m", "\033[0m"};

struct printer {
  FILE *out;
  const struct program *program;
  const struct style *style;
  int width; /* of a thread's column */
  struct mark marks[FAILURES_MAX * 2];
  size_t mark_count;
};

static void indent(const struct printer *printer, uint64_t point, bool numbered, int task) {
  if (numbered)
    fprintf(printer->out, "%7" PRIu64 "  ", point);
  else
    fprintf(printer->out, "%7s  ", "");
  fprintf(printer->out, "%*s", printer->width * (task > 0 ? task - 1 : 0), "");
}

static void print_operation(const struct printer *printer, const struct trace_step *step) {
  char text[TRACE_TEXT_SIZE];
  if (!*trace_operation(step, printer->program, text))
    return;
  indent(printer, 0, false, step->task);
  fprintf(printer->out, "%sT%d: %s%s\n", printer->style->operation, step->task, text, printer->style->off);
}

static void print_marks(const struct printer *printer, size_t index) {
  for (size_t i = 0; i < printer->mark_count; i++) {
    const struct mark *mark = &printer->marks[i];
    if (mark->step != index)
      continue;
    fprintf(printer->out, "  %s<== %s %zu%s", printer->style->mark, failure_at(mark->failure)->kind, mark->failure + 1,
            mark->stack->role == FAILURE_FREE ? ", free" : "");
    if (mark->stack->access)
      fprintf(printer->out, ": %s", mark->stack->access);
    fputs(printer->style->off, printer->out);
  }
}

static void print_step(const struct printer *printer, size_t index) {
  const struct trace_step *step = &steps[index];
  char text[TRACE_TEXT_SIZE], place[FINDING_SITE_SIZE];
  bool waits = step->blocked && !step->ended && !is_wait_of_main(step);
  trace_say(step, text);
  trace_place(step, place);
  indent(printer, step->point, true, step->task);
  fprintf(printer->out, "%s%s%s%s%s", waits ? printer->style->blocked : "", text, *place ? "  " : "", place,
          waits ? printer->style->off : "");
  print_marks(printer, index);
  fputc('\n', printer->out);
}

static void print_switch(const struct printer *printer, const struct trace_step *step) {
  fprintf(printer->out, "%7s  %s---- T%d to T%d%s%s\n", "", printer->style->switched, step->task, step->next,
          step->blocked ? "" : " (preempted)", printer->style->off);
}

static void print_header(const struct printer *printer) {
  fprintf(printer->out, "%7s  ", "point");
  for (int task = 1; task <= printer->program->threads; task++)
    fprintf(printer->out, "T%-*d", printer->width - 1, task);
  fputc('\n', printer->out);
}

#define COLUMNS_WIDTH 80 /* that all threads' columns share; the text of the last one goes beyond */

void trace_print(FILE *out, const struct program *program, bool color) {
  static struct printer printer;
  printer = (struct printer){.out = out, .program = program, .style = color ? &color_style : &plain_style};
  printer.width = COLUMNS_WIDTH / program->threads;
  printer.mark_count = collect_marks(printer.marks, sizeof printer.marks / sizeof printer.marks[0]);
  uint32_t labels[SCHED_TASKS_MAX];
  for (int task = 0; task < SCHED_TASKS_MAX; task++)
    labels[task] = UINT32_MAX;
  print_header(&printer);
  for (size_t i = 0; i < count; i++) {
    const struct trace_step *step = &steps[i];
    if (labels[step->task] != step->label)
      print_operation(&printer, step);
    labels[step->task] = step->label;
    print_step(&printer, i);
    if (step->next != step->task)
      print_switch(&printer, step);
  }
  if (full)
    fprintf(out, "the run has more steps than these %zu; --heddle_chrome is cut at the same place\n", count);
}
