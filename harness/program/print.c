/* print.c - a program as people read it: a column a thread, then the schedule in words. */
#include "program/program.h"

#include <inttypes.h>
#include <string.h>

#include "program/names.h"

enum { OP_TEXT_MAX = 64 };

int program_print_op(char *buffer, size_t size, const struct program *program, const struct program_op *op) {
  const char *name = names_op(op->code);
  uint64_t key = program_key(program, op->draw);
  switch (op->code) {
  case PROGRAM_CAS:
    return snprintf(buffer, size, "%s k%" PRIu64 " (%s)", name, key, op->arg % 2 == 0 ? "last value" : "never stored");
  case PROGRAM_ITERATE:
    return snprintf(buffer, size, "%s (seed %u)", name, op->draw);
  case PROGRAM_DELETE_ITERATING:
    return snprintf(buffer, size, "%s 1 in %u (seed %u)", name, op->arg + 1, op->draw);
  case PROGRAM_ITERATE_SOME:
    return snprintf(buffer, size, "%s first %u (seed %u)", name, op->arg + 1, op->draw);
  default:
    break;
  }
  if (names_op_is_bulk(op->code))
    return snprintf(buffer, size, "%s %" PRIu32 " (seed %u)", name, program_op_repeat(op), op->draw);
  if (names_op_has_other_key(op->code))
    return snprintf(buffer, size, "%s k%" PRIu64 " k%" PRIu64, name, key, program_other_key(program, op));
  if (names_op_has_key(op->code))
    return snprintf(buffer, size, "%s k%" PRIu64, name, key);
  return snprintf(buffer, size, "%s", name);
}

/* The next operation of `thread` at or after index `from`; op_count where there is none. */
static unsigned next_op(const struct program *program, unsigned thread, unsigned from) {
  while (from < program->op_count && program->ops[from].thread != thread)
    from++;
  return from;
}

static int column_width(const struct program *program, unsigned thread) {
  char text[OP_TEXT_MAX];
  int width = (int)sizeof "thread 8" - 1;
  for (unsigned i = next_op(program, thread, 0); i < program->op_count; i = next_op(program, thread, i + 1)) {
    int length = program_print_op(text, sizeof text, program, &program->ops[i]);
    width = length > width ? length : width;
  }
  return width;
}

/* Cells of one row; `pending` spaces are written before the next cell only, so that no line ends in spaces. */
static void print_cell(FILE *out, const char *text, int width, int *pending) {
  if (text[0] != '\0') {
    fprintf(out, "%*s%s", *pending, "", text);
    *pending = 0;
  }
  *pending += width - (int)strlen(text) + 2;
}

static void print_columns(FILE *out, const struct program *program) {
  int widths[PROGRAM_THREADS_MAX];
  unsigned next[PROGRAM_THREADS_MAX];
  char text[OP_TEXT_MAX];
  int pending = 2;
  for (unsigned thread = 0; thread < program->threads; thread++) {
    widths[thread] = column_width(program, thread);
    next[thread] = next_op(program, thread, 0);
    snprintf(text, sizeof text, "thread %u", thread + 1);
    print_cell(out, text, widths[thread], &pending);
  }
  fputc('\n', out);
  for (;;) {
    bool shown = false;
    pending = 2;
    for (unsigned thread = 0; thread < program->threads; thread++) {
      text[0] = '\0';
      if (next[thread] < program->op_count) {
        shown = true;
        program_print_op(text, sizeof text, program, &program->ops[next[thread]]);
        next[thread] = next_op(program, thread, next[thread] + 1);
      }
      print_cell(out, text, widths[thread], &pending);
    }
    if (!shown)
      return;
    fputc('\n', out);
  }
}

static void print_header(FILE *out, const struct program *program) {
  fprintf(out, "%u threads, ", program->threads);
  if (program->log2_keys == 0)
    fputs("1 key, ", out);
  else
    fprintf(out, "%u keys (%s), ", 1u << program->log2_keys, names_key_choice(program->key_choice));
  if (program_prefill(program) > 0)
    fprintf(out, "the first %" PRIu32 " put beforehand, ", program_prefill(program));
  if (program_capacity(program) > 0)
    fprintf(out, "map made for %" PRIu64 ", ", program_capacity(program));
  if (program->starving != PROGRAM_STARVE_NEVER)
    fprintf(out, "no memory for allocation %u%s, ", program->starve_at,
            program->starving == PROGRAM_STARVE_FROM ? " and all after it" : "");
  fprintf(out, "%shash seed 0x%08" PRIx32 "\n\n", program->shrink ? "may shrink, " : "", program->hash_seed);
}

static void print_task(FILE *out, unsigned task) {
  if (task == 0)
    fputs("the main thread", out);
  else
    fprintf(out, "thread %u", task);
}

static void print_constraint(FILE *out, const struct sched_constraint *constraint) {
  if (constraint->kind == SCHED_SWITCH) {
    fprintf(out, "after %" PRIu32 " points, switch to ", constraint->at);
    print_task(out, constraint->task);
    return;
  }
  print_task(out, constraint->task);
  fprintf(out, " waits before its point %" PRIu32 " until ", constraint->at);
  print_task(out, constraint->other);
  fprintf(out, " has taken its point %" PRIu32, constraint->other_at);
}

static void print_policy(FILE *out, const struct sched_plan *plan) {
  switch (plan->policy) {
  case SCHED_POLICY_BYTES:
    fputs("run each thread until it ends or blocks", out);
    break;
  case SCHED_POLICY_RANDOM:
    fprintf(out, "at every point any thread that can run, at random (seed %" PRIu32 ")", plan->seed);
    break;
  case SCHED_POLICY_PCT:
    fprintf(out, "by random priorities (PCT, depth %u, changes within %u points, seed %" PRIu32 ")", plan->depth,
            1u << plan->log2_horizon, plan->seed);
    break;
  default:
    fputs("a recorded schedule, taken strictly", out);
    break;
  }
}

void program_print_schedule(FILE *out, const struct program *program) {
  const struct sched_plan *plan = &program->plan;
  fputs("schedule: ", out);
  print_policy(out, plan);
  fprintf(out, "; a point at %s",
          plan->granularity == SCHED_SYNC_ONLY ? "synchronisation calls only" : "every memory access");
  if (plan->spurious)
    fputs("; spurious wake-ups", out);
  if (plan->prefer_writers)
    fputs("; waiting writers go before new readers", out);
  fputs(plan->constraint_count == 0 ? "\n" : "; but\n", out);
  for (unsigned i = 0; i < plan->constraint_count; i++) {
    fprintf(out, "  %u. ", i + 1);
    print_constraint(out, &plan->constraints[i]);
    fputc('\n', out);
  }
}

void program_print(FILE *out, const struct program *program) {
  print_header(out, program);
  print_columns(out, program);
  fputc('\n', out);
  program_print_schedule(out, program);
}
