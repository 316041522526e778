/* trace.c - keeps a run's steps, prints them. */
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
                                       .blocked = step->blocked};
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

static bool may_be(const struct trace_step *step, const char *access) {
  if (!access || step->kind == SCHED_POINT_COPY || step->kind == SCHED_POINT_ATOMIC)
    return true;
  return step->kind == (strstr(access, "write") ? SCHED_POINT_STORE : SCHED_POINT_LOAD);
}

/* Which step an access of a failure was: the last such one of that task on that memory, up to the report. */
static size_t step_of(const struct failure *failure, const struct failure_stack *stack) {
  for (size_t i = count; i-- > 0;) {
    const struct trace_step *step = &steps[i];
    if (step->task != stack->task || step->point >= failure->point || step->size == 0 || !may_be(step, stack->access))
      continue;
    if (stack->address - step->address < step->size || step->address - stack->address < stack->size)
      return i;
  }
  return SIZE_MAX;
}

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
      const struct failure_stack *stack = &failure->stacks[s];
      if (stack->role > FAILURE_FREE || !stack->address || stack->task < 0)
        continue;
      marks[used] = (struct mark){step_of(failure, stack), f, stack};
      if (marks[used].step != SIZE_MAX)
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
  char text[64];
  if (step->task == 0 || step->label >= printer->program->op_count)
    return;
  program_print_op(text, sizeof text, printer->program, &printer->program->ops[step->label]);
  indent(printer, 0, false, step->task);
  fprintf(printer->out, "%sT%d: %s%s\n", printer->style->operation, step->task, text, printer->style->off);
}

static void print_what(const struct printer *printer, const struct trace_step *step) {
  if (step->call)
    fputs(step->call, printer->out);
  else
    fputs(sched_point_text(step->kind), printer->out);
  if (step->size)
    fprintf(printer->out, " %" PRIu32, step->size);
}

static void print_place(const struct printer *printer, const struct trace_step *step) {
  struct frame frames[8];
  if (!step->pc || failure_origin((uintptr_t)step->pc) == FAILURE_HARNESS)
    return;
  symbols_frames((uintptr_t)step->pc, frames, 8);
  fprintf(printer->out, "  %s", *frames[0].file ? frames[0].file : frames[0].module);
  if (frames[0].line)
    fprintf(printer->out, ":%" PRIu32, frames[0].line);
  fprintf(printer->out, " %s", frames[0].function);
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
  indent(printer, step->point, true, step->task);
  if (step->task == 0) {
    fputs("main waits for the threads", printer->out);
  } else if (step->blocked && sched.tasks[step->task].state == SCHED_TASK_DONE && step->kind == SCHED_POINT_THREAD) {
    fputs("thread ends", printer->out);
  } else {
    if (step->blocked)
      fprintf(printer->out, "%swaits: ", printer->style->blocked);
    print_what(printer, step);
    print_place(printer, step);
    if (step->blocked)
      fputs(printer->style->off, printer->out);
  }
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
