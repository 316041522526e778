/* One key as a register: what is legal, what is not, and which few operations say so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "oracle/evidence.h"
#include "oracle/register.h"

#define NEVER_RETURNS HISTORY_PENDING

/* Operations as {kind, expected, value, call, ret}. */
struct line {
  enum register_kind kind;
  uint64_t expected, value;
  uint32_t call, ret;
};

#define IS(v, call, ret) {REGISTER_IS, v, 0, call, ret}
#define PRESENT(call, ret) {REGISTER_PRESENT, 0, 0, call, ret}
#define ABSENT(call, ret) {REGISTER_ABSENT, 0, 0, call, ret}
#define DIFFERS(e, call, ret) {REGISTER_DIFFERS, e, 0, call, ret}
#define WRITE(v, call, ret) {REGISTER_WRITE, 0, v, call, ret}
#define ADD(v, call, ret) {REGISTER_ADD, 0, v, call, ret}
#define REPLACE(e, v, call, ret) {REGISTER_REPLACE, e, v, call, ret}
#define REMOVE(call, ret) {REGISTER_REMOVE, 0, 0, call, ret}
#define TAKE(e, call, ret) {REGISTER_TAKE, e, 0, call, ret}
#define ERASE(call, ret) {REGISTER_ERASE, 0, 0, call, ret}
#define ANYTHING(call, ret) {REGISTER_ANYTHING, 0, 0, call, ret}
#define NEVER(call, ret) {REGISTER_NEVER, 0, 0, call, ret}

#define OPS_MAX 16384
static struct register_op ops[OPS_MAX];
static struct register_history history;
static uint64_t domain[] = {7, 8};
static uint32_t failed;

static void take_in(const struct line *lines, size_t count) {
  for (size_t i = 0; i < count; i++)
    ops[i] = (struct register_op){.expected = lines[i].expected,
                                  .value = lines[i].value,
                                  .call = lines[i].call,
                                  .ret = lines[i].ret,
                                  .event = (uint32_t)i,
                                  .kind = (uint8_t)lines[i].kind};
  history = (struct register_history){ops, (uint32_t)count, domain, 2};
}

static enum oracle_answer judge(void) {
  int64_t steps = 1000000;
  return register_judge(&history, &steps, &failed);
}

#define JUDGE(...)                                                                                                     \
  (take_in((const struct line[]){__VA_ARGS__}, sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line)),      \
   judge())
#define LEGAL(...) assert_int_equal(JUDGE(__VA_ARGS__), ORACLE_OK)
/* `by`: the operation at whose return nothing is left. */
#define ILLEGAL(by, ...)                                                                                               \
  do {                                                                                                                 \
    assert_int_equal(JUDGE(__VA_ARGS__), ORACLE_ILLEGAL);                                                              \
    assert_int_equal(failed, by);                                                                                      \
  } while (0)

static void one_after_the_other(void **state) {
  (void)state;
  LEGAL(ABSENT(0, 1), WRITE(1, 2, 3), IS(1, 4, 5), PRESENT(6, 7), REMOVE(8, 9), ABSENT(10, 11));
  LEGAL(ADD(1, 0, 1), DIFFERS(2, 2, 3), REPLACE(1, 2, 4, 5), TAKE(2, 6, 7), ERASE(8, 9), ADD(3, 10, 11));
  ILLEGAL(0, IS(1, 0, 1), WRITE(1, 2, 3));
  ILLEGAL(1, WRITE(1, 0, 1), ABSENT(2, 3));
  ILLEGAL(2, WRITE(1, 0, 1), WRITE(2, 2, 3), IS(1, 4, 5));
  ILLEGAL(1, ADD(1, 0, 1), ADD(2, 2, 3));
  ILLEGAL(1, WRITE(1, 0, 1), DIFFERS(1, 2, 3));
  ILLEGAL(0, DIFFERS(1, 0, 1));
  ILLEGAL(2, WRITE(1, 0, 1), TAKE(1, 2, 3), TAKE(1, 4, 5));
  ILLEGAL(2, WRITE(1, 0, 1), ERASE(2, 3), REMOVE(4, 5));
  ILLEGAL(1, WRITE(1, 0, 1), REPLACE(2, 3, 2, 3));
}

static void at_the_same_time(void **state) {
  (void)state;
  LEGAL(WRITE(1, 0, 3), ABSENT(1, 2), IS(1, 4, 5));
  LEGAL(WRITE(1, 0, 3), IS(1, 1, 2));
  LEGAL(WRITE(1, 0, 3), WRITE(2, 1, 2), IS(1, 4, 5));
  LEGAL(WRITE(1, 0, 3), WRITE(2, 1, 2), IS(2, 4, 5));
  /* Seen the new one, then the old one. */
  ILLEGAL(3, WRITE(1, 0, 1), WRITE(2, 2, 9), IS(2, 3, 4), IS(1, 5, 6));
  LEGAL(WRITE(1, 0, 1), WRITE(2, 2, 9), IS(2, 3, 6), IS(1, 4, 5));
  /* Two readers that see two writers in opposite orders. */
  ILLEGAL(5, WRITE(1, 0, 20), WRITE(2, 1, 21), IS(1, 2, 3), IS(2, 4, 5), IS(2, 6, 7), IS(1, 8, 9));
  /* A writer is unseen between two others. */
  LEGAL(WRITE(1, 0, 9), WRITE(2, 1, 8), WRITE(3, 2, 7), IS(3, 3, 4), IS(1, 10, 11));
  /* ... but not where it was the only one that could be after the last one seen. */
  ILLEGAL(3, WRITE(1, 0, 1), WRITE(2, 2, 3), IS(2, 4, 5), IS(1, 6, 7));
}

static void conditions(void **state) {
  (void)state;
  /* Two compare-and-swaps from the same value. */
  ILLEGAL(1, WRITE(1, 0, 1), REPLACE(1, 2, 2, 5), REPLACE(1, 3, 3, 4));
  LEGAL(WRITE(1, 0, 1), REPLACE(1, 2, 2, 5), REPLACE(2, 3, 3, 4), IS(3, 6, 7));
  LEGAL(WRITE(1, 0, 1), REPLACE(1, 2, 2, 5), DIFFERS(1, 3, 4));
  ILLEGAL(1, WRITE(1, 0, 5), DIFFERS(1, 1, 2));
  LEGAL(WRITE(1, 0, 5), WRITE(2, 1, 6), DIFFERS(1, 2, 3));
  /* Two inserts need a removal between them. */
  LEGAL(ADD(1, 0, 9), ADD(2, 1, 8), REMOVE(2, 7));
  ILLEGAL(0, ADD(1, 0, 9), ADD(2, 1, 8), PRESENT(2, 7));
  /* One insert, two removals. */
  ILLEGAL(0, REMOVE(0, 9), REMOVE(1, 8), ADD(1, 2, 7));
  LEGAL(ERASE(0, 9), REMOVE(1, 8), ADD(1, 2, 7));
  /* The last insert is in the way of the compare-and-swap chain 1 -> 2 -> 3. */
  LEGAL(ADD(1, 0, 9), REPLACE(2, 3, 1, 8), REPLACE(1, 2, 2, 7), TAKE(3, 3, 6));
  ILLEGAL(1, ADD(1, 0, 9), REPLACE(2, 3, 1, 8), REPLACE(1, 2, 2, 7), TAKE(2, 3, 6));
}

static void not_returned(void **state) {
  (void)state;
  LEGAL(WRITE(1, 0, NEVER_RETURNS), ABSENT(1, 2), ABSENT(3, 4));
  LEGAL(WRITE(1, 0, NEVER_RETURNS), ABSENT(1, 2), IS(1, 3, 4));
  ILLEGAL(2, WRITE(1, 0, NEVER_RETURNS), IS(1, 1, 2), ABSENT(3, 4));
  LEGAL(WRITE(1, 0, NEVER_RETURNS), ERASE(1, NEVER_RETURNS), IS(1, 2, 3), ABSENT(4, 5));
  ILLEGAL(4, WRITE(1, 0, NEVER_RETURNS), ERASE(1, NEVER_RETURNS), IS(1, 2, 3), ABSENT(4, 5), IS(1, 6, 7));
  LEGAL(ADD(1, 0, 1), ADD(2, 2, NEVER_RETURNS), REMOVE(3, 4), IS(2, 5, 6));
}

static void nothing_known(void **state) {
  (void)state;
  LEGAL(ANYTHING(0, 1), ABSENT(2, 3));
  LEGAL(ANYTHING(0, 1), IS(7, 2, 3));
  ILLEGAL(1, ANYTHING(0, 1), IS(9, 2, 3)); /* not in the domain */
  LEGAL(ANYTHING(0, 1), DIFFERS(7, 2, 3), PRESENT(4, 5), REMOVE(6, 7), ANYTHING(8, 9), ADD(9, 10, 11));
  ILLEGAL(2, ANYTHING(0, 1), IS(7, 2, 3), IS(8, 4, 5));
  ILLEGAL(3, WRITE(7, 0, 1), ANYTHING(2, 10), ABSENT(3, 4), IS(7, 5, 6), ABSENT(7, 8));
  ILLEGAL(0, NEVER(0, 1));
  ILLEGAL(0, NEVER(0, 3), IS(7, 1, 2));
}

static void a_budget_that_ran_out_is_unknown(void **state) {
  (void)state;
  struct line lines[8];
  for (uint32_t i = 0; i < 4; i++) {
    lines[i] = (struct line)ADD(i, i, 100 - i);
    lines[4 + i] = (struct line)TAKE(i, 4 + i, 90 - i);
  }
  take_in(lines, 8);
  int64_t steps = 50;
  assert_int_equal(register_judge(&history, &steps, &failed), ORACLE_UNKNOWN);
  assert_int_equal(judge(), ORACLE_OK);
}

/* More operations in progress than there are slots for. */
static void too_many_at_once_is_unknown(void **state) {
  (void)state;
  struct line lines[40];
  for (uint32_t i = 0; i < 40; i++)
    lines[i] = (struct line)WRITE(i, i, 100 - i);
  take_in(lines, 40);
  assert_int_equal(judge(), ORACLE_UNKNOWN);
}

/* ---- evidence ---- */

/* The operations that are the evidence, as bits. */
static uint64_t evidence_of(void) {
  struct evidence evidence;
  uint64_t set = 0;
  assert_int_equal(judge(), ORACLE_ILLEGAL);
  evidence_register(&history, failed, &evidence);
  for (uint32_t i = 0; i < evidence.count; i++)
    if (evidence.believed[i])
      set |= UINT64_C(1) << evidence.ops[i].event;
  return set;
}

#define EVIDENCE(set, ...)                                                                                             \
  do {                                                                                                                 \
    take_in((const struct line[]){__VA_ARGS__}, sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line));     \
    assert_int_equal(evidence_of(), set);                                                                              \
  } while (0)

static void evidence_is_small(void **state) {
  (void)state;
  /* Nobody ever stored it. */
  EVIDENCE(1u << 2, WRITE(1, 0, 1), WRITE(2, 2, 3), IS(3, 4, 5), IS(2, 6, 7));
  /* Stored later only. */
  EVIDENCE(1u << 1, WRITE(1, 0, 1), IS(3, 2, 3), WRITE(3, 4, 5));
  /* Overwritten; who wrote it first does not matter. */
  EVIDENCE(1u << 1 | 1u << 2, WRITE(1, 0, 1), WRITE(2, 2, 3), IS(1, 4, 5));
  /* Seen the one, then the other, and no writer is left. */
  EVIDENCE(1u << 2 | 1u << 3, WRITE(1, 0, 3), WRITE(2, 1, 2), IS(2, 4, 5), IS(1, 6, 7));
  /* Found nothing, and nobody deleted. */
  EVIDENCE(1u << 1 | 1u << 2, WRITE(1, 0, 1), WRITE(2, 2, 3), ABSENT(4, 5));
  /* The second writer is needed: it might have brought the 1 back. */
  EVIDENCE(1u << 1 | 1u << 2 | 1u << 3, WRITE(1, 0, 1), WRITE(9, 2, 20), REPLACE(1, 2, 3, 4), REPLACE(1, 3, 5, 6));
  /* Three states, and two that could bring them about. */
  EVIDENCE(1u << 2 | 1u << 3 | 1u << 5, WRITE(1, 0, 20), WRITE(2, 1, 21), IS(1, 2, 3), IS(2, 4, 5), IS(2, 6, 7),
           IS(1, 8, 9));
}

static void evidence_is_small_in_a_long_history(void **state) {
  (void)state;
  static struct line lines[OPS_MAX];
  uint32_t count = 0, time = 0;
  /* Two threads write and read; in the end one reads what was overwritten long ago. */
  for (; count < OPS_MAX - 4; count += 4, time += 8) {
    uint64_t value = 10 + count;
    lines[count] = (struct line)WRITE(value, time, time + 3);
    lines[count + 1] = (struct line)WRITE(value + 1, time + 1, time + 2);
    lines[count + 2] = (struct line)IS(value + 1, time + 4, time + 6);
    lines[count + 3] = (struct line)PRESENT(time + 5, time + 7);
  }
  lines[count++] = (struct line)IS(11, time, time + 1);
  take_in(lines, count);
  struct evidence evidence;
  uint32_t size = 0;
  assert_int_equal(judge(), ORACLE_ILLEGAL);
  assert_int_equal(failed, count - 1);
  evidence_register(&history, failed, &evidence);
  for (uint32_t i = 0; i < evidence.count; i++)
    size += evidence.believed[i];
  assert_int_equal(size, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_after_the_other),
      cmocka_unit_test(at_the_same_time),
      cmocka_unit_test(conditions),
      cmocka_unit_test(not_returned),
      cmocka_unit_test(nothing_known),
      cmocka_unit_test(a_budget_that_ran_out_is_unknown),
      cmocka_unit_test(too_many_at_once_is_unknown),
      cmocka_unit_test(evidence_is_small),
      cmocka_unit_test(evidence_is_small_in_a_long_history),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
