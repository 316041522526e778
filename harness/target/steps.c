/* steps.c - see steps.h. */
#include "target/steps.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "target/trace.h"

#define AROUND 32 /* steps on either side of a racing one */

/* Which of the steps that led to the failure are told. */
struct choice {
  size_t count;        /* of the steps that led to it */
  unsigned char *told; /* of each */
  size_t told_count;
  size_t racing[FAILURE_STACKS_MAX];
  size_t racing_count;
};

static void tell(struct choice *choice, size_t index) {
  if (choice->told[index] || choice->told_count == FINDING_STEPS_MAX)
    return;
  choice->told[index] = 1;
  choice->told_count++;
}

static void tell_racing(struct choice *choice, const struct failure *failure) {
  static_assert(FAILURE_STACKS_MAX * (2 * AROUND + 1) < FINDING_STEPS_MAX, "there is room for all that races");
  for (uint32_t s = 0; s < failure->stack_count; s++) {
    size_t index = trace_find(failure, &failure->stacks[s]);
    if (index == TRACE_NO_STEP)
      continue;
    assert(index < choice->count);
    choice->racing[choice->racing_count++] = index;
    size_t first = index < AROUND ? 0 : index - AROUND;
    for (size_t i = first; i <= index + AROUND && i < choice->count; i++)
      tell(choice, i);
  }
}

static bool is_at_switch(const struct choice *choice, size_t i) {
  int task = trace_at(i)->task;
  return (i > 0 && trace_at(i - 1)->task != task) || (i + 1 < choice->count && trace_at(i + 1)->task != task);
}

static void tell_others(struct choice *choice) {
  for (size_t i = choice->count; i-- > 0 && choice->told_count < FINDING_STEPS_MAX;)
    if (is_at_switch(choice, i))
      tell(choice, i);
  for (size_t i = choice->count; i-- > 0 && choice->told_count < FINDING_STEPS_MAX;)
    tell(choice, i);
}

static bool is_racing(const struct choice *choice, size_t index) {
  for (size_t i = 0; i < choice->racing_count; i++)
    if (choice->racing[i] == index)
      return true;
  return false;
}

static char *copy(const char *text) {
  char *own = strdup(text);
  if (!own)
    abort();
  return own;
}

/* The told steps in words. */
static void print_steps(const struct choice *choice, const struct program *program, struct finding_step *steps) {
  uint32_t labels[SCHED_TASKS_MAX];
  memset(labels, 0xff, sizeof labels);
  for (size_t i = 0; i < choice->count; i++) {
    const struct trace_step *step = trace_at(i);
    char text[TRACE_TEXT_SIZE], place[FINDING_SITE_SIZE], operation[TRACE_TEXT_SIZE] = "";
    if (!choice->told[i])
      continue;
    if (labels[step->task] != step->label)
      trace_operation(step, program, operation);
    labels[step->task] = step->label;
    *steps++ = (struct finding_step){.point = step->point,
                                     .task = step->task,
                                     .racing = is_racing(choice, i),
                                     .operation = copy(operation),
                                     .text = copy(trace_say(step, text)),
                                     .place = copy(trace_place(step, place))};
  }
}

/* Steps that were not kept at all count by their points. */
static uint64_t count_left_out(const struct choice *choice, const struct failure *failure) {
  uint64_t last = trace_at(choice->count - 1)->point, cut = 0;
  if (trace_is_cut() && failure->point > last + 1)
    cut = failure->point - last - 1;
  return choice->count - choice->told_count + cut;
}

bool steps_take(const struct failure *failure, const struct program *program,
                struct finding_interleaving *interleaving) {
  struct choice choice = {.count = trace_steps_to(failure)};
  if (choice.count == 0)
    return false;
  choice.told = calloc(choice.count, 1);
  if (!choice.told)
    abort();
  tell_racing(&choice, failure);
  tell_others(&choice);
  struct finding_step *steps = calloc(choice.told_count, sizeof *steps);
  if (!steps)
    abort();
  print_steps(&choice, program, steps);
  *interleaving = (struct finding_interleaving){
      .steps = steps, .step_count = choice.told_count, .left_out = count_left_out(&choice, failure)};
  free(choice.told);
  return true;
}

void steps_free(struct finding_interleaving *interleaving) {
  for (size_t i = 0; i < interleaving->step_count; i++) {
    const struct finding_step *step = &interleaving->steps[i];
    const char *const texts[] = {step->operation, step->text, step->place};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
      free((void *)(uintptr_t)texts[t]);
  }
  finding_free_interleaving(interleaving);
}
