/* judge.c - see judge.h. */
#include "target/judge.h"

#include <stdio.h>
#include <string.h>

#include "failure/failure.h"
#include "history/history.h"
#include "oracle/oracle.h"
#include "sched/sched.h"
#include "sched/sync.h"

/* ---- at rest ---- */

/* A call of the map, as a stack of one frame: addresses in stacks are those that calls return to. */
static void put_frame(struct failure_stack *stack, const void *function) {
  stack->pcs[stack->depth++] = (uintptr_t)function + 1;
}

static const char *const invariant_kinds[] = {[MAP_SOUND] = "",
#define INVARIANT(name, kind, text) [MAP_BROKEN_##name] = kind,
                                              MAP_INVARIANTS(INVARIANT)
#undef INVARIANT
};

static void judge_structure(struct execution *execution) {
  struct map_fault fault = {MAP_SOUND, ""};
  enum map_invariant broken = execution->ops->check(execution->map, &fault);
  if (broken == MAP_SOUND)
    return;
  struct failure *failure = failure_open(invariant_kinds[broken], "invariant");
  if (!failure)
    return;
  failure->point = sched_points_now();
  snprintf(failure->message, sizeof failure->message, "%s", fault.text);
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = sched.running;
  stack->label = sched.tasks[sched.running].label;
  put_frame(stack, (const void *)execution->ops->check);
  failure_close(failure);
}

static void tell_held(void *context, const struct sync_holding *holding) {
  struct failure *failure = failure_open("lock-held", "locks");
  if (!failure)
    return;
  int task = *(int *)context;
  failure->point = sched_points_now();
  snprintf(failure->message, sizeof failure->message, "T%d has ended and still holds a lock", task);
  struct failure_stack *stack = failure_stack(failure, FAILURE_ACCESS);
  stack->task = task;
  stack->label = holding->label;
  if (holding->taken_at)
    stack->pcs[stack->depth++] = (uintptr_t)holding->taken_at;
  failure_close(failure);
}

void judge_rest(struct execution *execution) {
  if (execution->judged & MAP_PROGRESS)
    for (int task = 0; task < sched.task_count; task++)
      sync_visit_held(task, tell_held, &task);
  if (execution->judged & MAP_SOUND_AT_REST)
    judge_structure(execution);
}

/* ---- the history ---- */

static const void *function_of(const struct map_ops *ops, enum history_kind kind) {
  switch (kind) {
  case HISTORY_GET:
    return (const void *)ops->get;
  case HISTORY_PUT:
    return (const void *)ops->put;
  case HISTORY_INSERT:
    return (const void *)ops->insert;
  case HISTORY_GET_OR_INSERT:
    return (const void *)ops->get_or_insert;
  case HISTORY_CAS:
    return (const void *)ops->cas;
  case HISTORY_DEL:
    return (const void *)ops->del;
  case HISTORY_TAKE:
    return (const void *)ops->take;
  case HISTORY_CONTAINS:
    return (const void *)ops->contains;
  case HISTORY_LEN:
    return (const void *)ops->len;
  case HISTORY_CLEAR:
    return (const void *)ops->clear;
  case HISTORY_MOVE:
    return (const void *)ops->move;
  case HISTORY_SWAP:
    return (const void *)ops->swap;
  case HISTORY_ITERATE:
  case HISTORY_SHOWN:
  case HISTORY_ERASED:
    break;
  }
  return (const void *)ops->iterate;
}

static void tell_violation(void *context, const struct oracle_violation *violation) {
  const struct execution *execution = context;
  struct failure *failure = failure_open(violation->kind, violation->oracle);
  if (!failure)
    return;
  failure->point = sched_points_now();
  snprintf(failure->message, sizeof failure->message, "%s", violation->text);
  for (size_t i = 0; i < violation->event_count; i++) {
    const struct history_event *event = &history_now()->events[violation->events[i]];
    struct failure_stack *stack = failure_stack(failure, i == 0 ? FAILURE_ACCESS : FAILURE_WITNESS);
    if (!stack)
      break;
    stack->task = event->task;
    stack->label = event->label;
    put_frame(stack, function_of(execution->ops, (enum history_kind)event->kind));
  }
  failure_close(failure);
}

void judge_history(const struct execution *execution) {
  oracle_judge(history_now(), execution->judged, tell_violation, (void *)(uintptr_t)execution);
}

/* ---- the letters ---- */

char judge_letter(const char *oracle, const char *message) {
  static const struct {
    const char *oracle;
    char letter;
  } letters[] = {
      {"ThreadSanitizer", 'A'}, {"AddressSanitizer", 'K'}, {"memory", 'K'}, {"reclamation", 'K'},
      {"invariant", 'I'},       {"progress", 'J'},         {"locks", 'J'},  {"guard", 'F'},
  };
  static const char phrase[] = "guarantee ";
  const char *cited = strstr(message, phrase);
  if (cited) /* an oracle that knows better */
    return cited[sizeof phrase - 1];
  for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
    if (strcmp(letters[i].oracle, oracle) == 0)
      return letters[i].letter;
  return '\0';
}
