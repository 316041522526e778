/* json.c - a program as one JSON object, the shape that FORMAT.md documents.  Nothing in it needs escaping: every
 * string is one of our own names. */
#include "program/program.h"

#include <inttypes.h>

#include "program/names.h"

static const char *bool_text(bool value) { return value ? "true" : "false"; }

static void json_op(FILE *out, const struct program *program, const struct program_op *op) {
  fprintf(out, "{\"thread\":%u,\"op\":\"%s\"", op->thread + 1, names_op(op->code));
  if (names_op_is_bulk(op->code))
    fprintf(out, ",\"count\":%" PRIu32 ",\"seed\":%u", program_op_repeat(op), op->draw);
  else if (names_op_has_key(op->code))
    fprintf(out, ",\"key\":%" PRIu64, program_key(program, op->draw));
  if (names_op_has_other_key(op->code))
    fprintf(out, ",\"other\":%" PRIu64, program_other_key(program, op));
  if (op->code == PROGRAM_CAS)
    fprintf(out, ",\"expect\":\"%s\"", op->arg % 2 == 0 ? "last" : "never-stored");
  if (op->code == PROGRAM_ITERATE || op->code == PROGRAM_DELETE_ITERATING || op->code == PROGRAM_ITERATE_SOME)
    fprintf(out, ",\"seed\":%u", op->draw);
  if (op->code == PROGRAM_DELETE_ITERATING)
    fprintf(out, ",\"every\":%u", op->arg + 1);
  if (op->code == PROGRAM_ITERATE_SOME)
    fprintf(out, ",\"first\":%u", op->arg + 1);
  fputc('}', out);
}

static void json_constraint(FILE *out, const struct sched_constraint *constraint) {
  if (constraint->kind == SCHED_SWITCH)
    fprintf(out, "{\"kind\":\"switch\",\"task\":%u,\"at\":%" PRIu32 "}", constraint->task, constraint->at);
  else
    fprintf(out, "{\"kind\":\"order\",\"task\":%u,\"at\":%" PRIu32 ",\"other\":%u,\"other_at\":%" PRIu32 "}",
            constraint->task, constraint->at, constraint->other, constraint->other_at);
}

static void json_schedule(FILE *out, const struct sched_plan *plan) {
  fprintf(out, ",\"policy\":\"%s\",\"granularity\":\"%s\",\"seed\":%" PRIu32, names_policy(plan->policy),
          names_granularity(plan->granularity), plan->seed);
  if (plan->policy == SCHED_POLICY_PCT)
    fprintf(out, ",\"depth\":%u,\"horizon\":%u", plan->depth, 1u << plan->log2_horizon);
  fprintf(out, ",\"spurious\":%s,\"prefer_writers\":%s,\"constraints\":[", bool_text(plan->spurious),
          bool_text(plan->prefer_writers));
  for (unsigned i = 0; i < plan->constraint_count; i++) {
    if (i > 0)
      fputc(',', out);
    json_constraint(out, &plan->constraints[i]);
  }
  fputc(']', out);
}

void program_print_json(FILE *out, const struct program *program) {
  fprintf(out,
          "{\"version\":%d,\"threads\":%u,\"keys\":%u,\"key_choice\":\"%s\",\"capacity\":%" PRIu64
          ",\"prefill\":%" PRIu32 ",\"shrink\":%s,\"starving\":\"%s\",\"starve_at\":%u,\"hash_seed\":%" PRIu32
          ",\"operations\":[",
          PROGRAM_VERSION, program->threads, 1u << program->log2_keys, names_key_choice(program->key_choice),
          program_capacity(program), program_prefill(program), bool_text(program->shrink),
          names_starving(program->starving), program->starve_at, program->hash_seed);
  for (unsigned i = 0; i < program->op_count; i++) {
    if (i > 0)
      fputc(',', out);
    json_op(out, program, &program->ops[i]);
  }
  fputc(']', out);
  json_schedule(out, &program->plan);
  fputs("}\n", out);
}
