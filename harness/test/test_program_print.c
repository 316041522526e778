/* A program can be read: every operation has its word, the schedule its sentence, and the JSON parses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "program/program.h"
#include "program/seeds.h"

static struct program program;

/* What `print` writes of the program; to be freed. */
static char *printed(void (*print)(FILE *, const struct program *)) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  print(out, &program);
  assert_int_equal(fclose(out), 0);
  return text;
}

static void assert_op_text(struct program_op op, const char *expected) {
  char text[64];
  int length = program_print_op(text, sizeof text, &program, &op);
  assert_string_equal(text, expected);
  assert_int_equal(length, strlen(expected));
}

static void each_operation_prints_as_its_word(void **state) {
  (void)state;
  program_decode(NULL, 0, &program);
  program.log2_keys = 8;
  static const char *const words[] = {
#define OP(name, shape, bulk, reading, plain, text) [PROGRAM_##name] = (text),
#include "program/ops.def"
#undef OP
  };
  for (unsigned code = 0; code < PROGRAM_OP_COUNT; code++) {
    char text[64];
    program_print_op(text, sizeof text, &program, &(struct program_op){.code = (uint8_t)code});
    size_t length = strlen(words[code]);
    assert_memory_equal(text, words[code], length);
    assert_true(text[length] == '\0' || text[length] == ' ');
  }
  assert_op_text((struct program_op){.code = PROGRAM_PUT, .draw = 17}, "put k17");
  assert_op_text((struct program_op){.code = PROGRAM_GET, .draw = 256 + 3}, "get k3");
  assert_op_text((struct program_op){.code = PROGRAM_LEN, .draw = 17}, "len");
  assert_op_text((struct program_op){.code = PROGRAM_CAS, .draw = 2}, "cas k2 (last value)");
  assert_op_text((struct program_op){.code = PROGRAM_CAS, .draw = 2, .arg = 1}, "cas k2 (never stored)");
  assert_op_text((struct program_op){.code = PROGRAM_BULK_DEL, .draw = 7, .arg = 17}, "bulk-delete 100000 (seed 7)");
  assert_op_text((struct program_op){.code = PROGRAM_BULK_PUT, .draw = 7, .arg = 4}, "bulk-put 16 (seed 7)");
  assert_op_text((struct program_op){.code = PROGRAM_MOVE, .draw = 7, .arg = 3}, "move k7 k3");
  assert_op_text((struct program_op){.code = PROGRAM_ITERATE, .draw = 7}, "iterate (seed 7)");
  assert_op_text((struct program_op){.code = PROGRAM_DELETE_ITERATING, .draw = 7, .arg = 2},
                 "delete-iterating 1 in 3 (seed 7)");
  assert_op_text((struct program_op){.code = PROGRAM_ITERATE_SOME, .draw = 7, .arg = 2},
                 "iterate-some first 3 (seed 7)");
}

static void an_operation_is_cut_as_snprintf_cuts(void **state) {
  (void)state;
  program_decode(NULL, 0, &program);
  program.log2_keys = 8;
  char text[5];
  struct program_op op = {.code = PROGRAM_PUT, .draw = 17};
  assert_int_equal(program_print_op(text, sizeof text, &program, &op), 7);
  assert_string_equal(text, "put ");
  assert_int_equal(program_print_op(NULL, 0, &program, &op), 7);
}

static void a_program_prints_as_columns_and_a_schedule(void **state) {
  (void)state;
  program_decode(NULL, 0, &program);
  program.threads = 3;
  program.log2_keys = 3;
  program.capacity_code = 6;
  program.prefill_code = 3;
  program.shrink = true;
  program.starving = PROGRAM_STARVE_FROM;
  program.starve_at = 9;
  program.hash_seed = 42;
  program.op_count = 4;
  program.ops[0] = (struct program_op){.thread = 2, .code = PROGRAM_PUT, .draw = 1};
  program.ops[1] = (struct program_op){.thread = 0, .code = PROGRAM_BULK_DEL, .draw = 2, .arg = 17};
  program.ops[2] = (struct program_op){.thread = 2, .code = PROGRAM_CLEAR};
  program.ops[3] = (struct program_op){.thread = 0, .code = PROGRAM_GET, .draw = 5};
  program.plan.constraint_count = 2;
  program.plan.constraints[0] = (struct sched_constraint){.kind = SCHED_SWITCH, .task = 2, .at = 12};
  program.plan.constraints[1] =
      (struct sched_constraint){.kind = SCHED_ORDER, .task = 1, .at = 4, .other = 0, .other_at = 7};
  char *text = printed(program_print);
  assert_string_equal(text, "3 threads, 8 keys (uniform), the first 3 put beforehand, map made for 8, no memory for "
                            "allocation 9 and all after it, may shrink, hash seed 0x0000002a\n"
                            "\n"
                            "  thread 1                     thread 2  thread 3\n"
                            "  bulk-delete 100000 (seed 2)            put k1\n"
                            "  get k5                                 clear\n"
                            "\n"
                            "schedule: run each thread until it ends or blocks; a point at every memory access; but\n"
                            "  1. after 12 points, switch to thread 2\n"
                            "  2. thread 1 waits before its point 4 until the main thread has taken its point 7\n");
  free(text);
}

static void each_policy_has_its_sentence(void **state) {
  (void)state;
  static const char *const sentences[SCHED_POLICY_COUNT] = {
      "schedule: run each thread until it ends or blocks",
      "schedule: at every point any thread that can run, at random (seed 9)",
      "schedule: by random priorities (PCT, depth 3, changes within 1024 points, seed 9)",
      "schedule: a recorded schedule, taken strictly",
  };
  program_decode(NULL, 0, &program);
  program.plan.granularity = SCHED_SYNC_ONLY;
  program.plan.depth = 3;
  program.plan.log2_horizon = 10;
  program.plan.seed = 9;
  for (unsigned policy = 0; policy < SCHED_POLICY_COUNT; policy++) {
    program.plan.policy = (uint8_t)policy;
    char *text = printed(program_print_schedule);
    size_t length = strlen(sentences[policy]);
    assert_true(strlen(text) > length);
    assert_memory_equal(text, sentences[policy], length);
    assert_string_equal(text + length, "; a point at synchronisation calls only\n");
    free(text);
  }
}

static json_t *parsed(void) {
  char *text = printed(program_print_json);
  json_error_t error;
  json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  if (json == NULL)
    fail_msg("%s at %d in %s", error.text, error.position, text);
  assert_int_equal(strcspn(text, "\n"), strlen(text) - 1); /* one line */
  free(text);
  return json;
}

static json_int_t number(const json_t *object, const char *member) {
  json_t *value = json_object_get(object, member);
  assert_true(json_is_integer(value));
  return json_integer_value(value);
}

static const char *string(const json_t *object, const char *member) {
  json_t *value = json_object_get(object, member);
  assert_true(json_is_string(value));
  return json_string_value(value);
}

static void check_json_op(const json_t *json, const struct program_op *op) {
  assert_int_equal(number(json, "thread"), op->thread + 1);
  switch (op->code) {
  case PROGRAM_BULK_GET:
  case PROGRAM_BULK_PUT:
  case PROGRAM_BULK_DEL:
    assert_int_equal(number(json, "count"), program_op_repeat(op));
    assert_int_equal(number(json, "seed"), op->draw);
    break;
  case PROGRAM_ITERATE:
    assert_int_equal(number(json, "seed"), op->draw);
    break;
  case PROGRAM_DELETE_ITERATING:
    assert_int_equal(number(json, "seed"), op->draw);
    assert_int_equal(number(json, "every"), op->arg + 1);
    break;
  case PROGRAM_ITERATE_SOME:
    assert_int_equal(number(json, "seed"), op->draw);
    assert_int_equal(number(json, "first"), op->arg + 1);
    break;
  case PROGRAM_LEN:
  case PROGRAM_CLEAR:
    assert_null(json_object_get(json, "key"));
    break;
  case PROGRAM_MOVE:
  case PROGRAM_SWAP:
    assert_int_equal(number(json, "key"), program_key(&program, op->draw));
    assert_int_equal(number(json, "other"), program_other_key(&program, op));
    break;
  case PROGRAM_CAS:
    assert_string_equal(string(json, "expect"), op->arg % 2 ? "never-stored" : "last");
    assert_int_equal(number(json, "key"), program_key(&program, op->draw));
    break;
  default:
    assert_int_equal(number(json, "key"), program_key(&program, op->draw));
    break;
  }
}

static void check_json(void) {
  static const char *const policies[] = {"bytes", "random", "pct", "replay"};
  json_t *json = parsed();
  assert_int_equal(number(json, "version"), PROGRAM_VERSION);
  assert_int_equal(number(json, "threads"), program.threads);
  assert_int_equal(number(json, "keys"), 1 << program.log2_keys);
  assert_int_equal(number(json, "capacity"), program_capacity(&program));
  assert_int_equal(number(json, "prefill"), program_prefill(&program));
  assert_int_equal(number(json, "hash_seed"), program.hash_seed);
  assert_int_equal(number(json, "seed"), program.plan.seed);
  assert_true(json_is_boolean(json_object_get(json, "shrink")));
  assert_true(json_is_true(json_object_get(json, "shrink")) == program.shrink);
  assert_true(json_is_true(json_object_get(json, "spurious")) == program.plan.spurious);
  assert_true(json_is_true(json_object_get(json, "prefer_writers")) == program.plan.prefer_writers);
  assert_string_equal(string(json, "policy"), policies[program.plan.policy]);
  assert_string_equal(string(json, "granularity"),
                      program.plan.granularity == SCHED_SYNC_ONLY ? "sync-only" : "every-access");
  assert_int_equal(json_object_get(json, "depth") != NULL, program.plan.policy == SCHED_POLICY_PCT);

  json_t *operations = json_object_get(json, "operations"), *constraints = json_object_get(json, "constraints");
  assert_true(json_is_array(operations) && json_is_array(constraints));
  assert_int_equal(json_array_size(operations), program.op_count);
  for (unsigned i = 0; i < program.op_count; i++)
    check_json_op(json_array_get(operations, i), &program.ops[i]);
  assert_int_equal(json_array_size(constraints), program.plan.constraint_count);
  for (unsigned i = 0; i < program.plan.constraint_count; i++) {
    const json_t *constraint = json_array_get(constraints, i);
    bool order = program.plan.constraints[i].kind == SCHED_ORDER;
    assert_string_equal(string(constraint, "kind"), order ? "order" : "switch");
    assert_int_equal(number(constraint, "task"), program.plan.constraints[i].task);
    assert_int_equal(number(constraint, "at"), program.plan.constraints[i].at);
    if (order) {
      assert_int_equal(number(constraint, "other"), program.plan.constraints[i].other);
      assert_int_equal(number(constraint, "other_at"), program.plan.constraints[i].other_at);
    }
  }
  json_decref(json);
}

static void the_json_says_what_the_program_is(void **state) {
  (void)state;
  for (size_t i = 0; seeds_at(i, &program) != NULL; i++)
    check_json();
  program_decode(NULL, 0, &program);
  for (uint32_t seed = 0; seed < 3000; seed++) {
    program_mutate(&program, seed);
    check_json();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_operation_prints_as_its_word),
      cmocka_unit_test(an_operation_is_cut_as_snprintf_cuts),
      cmocka_unit_test(a_program_prints_as_columns_and_a_schedule),
      cmocka_unit_test(each_policy_has_its_sentence),
      cmocka_unit_test(the_json_says_what_the_program_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
