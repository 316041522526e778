/* Histories of maps that keep their promises are never called illegal; those of one key that break one are.  What
 * concerns more than a key: test_oracle_promises.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "harness/test/oracle_by_hand.h"
#include "harness/test/oracle_histories.h"

/* ---- B ---- */

static void a_key_lost(void **state) {
  (void)state;
  begin();
  put(3, 7);
  put(4, 8);
  get(4, 8);
  uint32_t lost = get(3, 0);
  illegal(MAP_LINEARIZABLE, "not-linearizable", "linearizability", lost);
  assert_string_equal(told[0].text,
                      "guarantee B: key 3: T2 get k3: absent (6..7) cannot be right, given T1 put k3 7 (0..1)");
  assert_int_equal(told[0].event_count, 2);
  assert_int_equal(told[0].events[1], 0);
}

static void every_kind_on_one_key(void **state) {
  (void)state;
  begin();
  op(1, HISTORY_INSERT, 1, 5, MAP_DONE, 0);
  op(1, HISTORY_INSERT, 1, 6, MAP_PRESENT, 0);
  op(1, HISTORY_GET_OR_INSERT, 1, 7, MAP_PRESENT, 5);
  op(1, HISTORY_CONTAINS, 1, 0, MAP_DONE, 0);
  events[op(1, HISTORY_CAS, 1, 8, MAP_DIFFERS, 0)].expected = 4;
  events[op(1, HISTORY_CAS, 1, 9, MAP_DONE, 0)].expected = 5;
  op(1, HISTORY_TAKE, 1, 0, MAP_DONE, 9);
  op(1, HISTORY_TAKE, 1, 0, MAP_ABSENT, 0);
  events[op(1, HISTORY_CAS, 1, 10, MAP_ABSENT, 0)].expected = 9;
  op(1, HISTORY_GET_OR_INSERT, 1, 11, MAP_DONE, 11);
  op(1, HISTORY_DEL, 1, 0, MAP_DONE, 0);
  op(1, HISTORY_DEL, 1, 0, MAP_ABSENT, 0);
  op(1, HISTORY_CONTAINS, 1, 0, MAP_ABSENT, 0);
  op(1, HISTORY_CLEAR, 0, 0, MAP_DONE, 0);
  legal(EVERYTHING);
  /* Each answer but that of clear changed to another that the operation knows. */
  for (uint32_t i = 0; i + 1 < history.count; i++) {
    uint8_t right = events[i].status;
    events[i].status =
        right == MAP_DONE
            ? (events[i].kind == HISTORY_INSERT || events[i].kind == HISTORY_GET_OR_INSERT ? MAP_PRESENT : MAP_ABSENT)
            : MAP_DONE;
    assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
    assert_int_equal(told[0].letter, 'B');
    events[i].status = right;
  }
}

static void no_memory_has_no_effect(void **state) {
  (void)state;
  begin();
  put(1, 5);
  op(1, HISTORY_PUT, 1, 6, MAP_NO_MEMORY, 0);
  get(1, 5);
  history.starved = true;
  legal(EVERYTHING);
  uint32_t wrong = get(1, 6);
  assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
  assert_int_equal(told[0].letter, 'G');
  assert_string_equal(told[0].kind, "not-linearizable");
  assert_string_equal(told[0].oracle, "linearizability");
  assert_int_equal(told[0].events[0], wrong);
  assert_int_equal(judge(WITHOUT(MAP_NO_MEMORY_SAFE)), ORACLE_ILLEGAL);
  assert_int_equal(told[0].letter, 'B');
  history.starved = false;
  assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
  assert_int_equal(told[0].letter, 'B');
}

static void an_incomplete_history_is_unknown(void **state) {
  (void)state;
  begin();
  put(1, 5);
  get(1, 0);
  history.complete = false;
  assert_int_equal(judge(EVERYTHING), ORACLE_UNKNOWN);
  assert_int_equal(told_count, 0);
}

static void one_violation_a_key(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  get(1, 0);
  get(1, 9);
  get(2, 0);
  assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
  assert_int_equal(told_count, 2);
}

static void nothing_happened(void **state) {
  (void)state;
  begin();
  legal(EVERYTHING);
}

/* ---- maps that are right, at random ---- */

static void draw(struct made *made, uint64_t seed, unsigned *guarantees) {
  struct made random = {.random = seed};
  struct made_options options = {.threads = 1 + (unsigned)made_random(&random, MADE_THREADS_MAX),
                                 .keys = 1 + (unsigned)made_random(&random, 6),
                                 .operations = 3 + (uint32_t)made_random(&random, 60),
                                 .kinds = (1u << (HISTORY_ITERATE + 1)) - 1,
                                 .filled = made_random(&random, 2),
                                 .pieces = made_random(&random, 2),
                                 .alone_in_16 = (unsigned)made_random(&random, 17)};
  if (made_random(&random, 2))
    options.kinds &= 1 | (uint32_t)made_random(&random, 1u << (HISTORY_ITERATE + 1));
  if (made_random(&random, 3) == 0)
    options.pending_in_16 = 8;
  if (made_random(&random, 3) == 0)
    options.starved_in_16 = 3;
  *made = (struct made){.events = events, .room = sizeof events / sizeof events[0]};
  made_history(made, &options, seed);
  *guarantees = EVERYTHING;
  if (options.pieces)
    *guarantees &= ~(unsigned)MAP_CLEAR_ATOMIC;
}

static void a_map_that_is_right_is_never_blamed(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 30000; seed++) {
    struct made made;
    unsigned guarantees;
    draw(&made, seed, &guarantees);
    told_count = 0;
    enum oracle_answer answer = oracle_judge(&made.history, guarantees, note, &told_count);
    if (told_count > 0)
      fprintf(stderr, "history %" PRIu64 ": %s\n", seed, told[0].text);
    assert_int_equal(answer, ORACLE_OK);
  }
}

/* The same history, the same words. */
static void judges_alike_each_time(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t clear = call(1, HISTORY_CLEAR, 0, 0);
  get(1, 0);
  get(2, 6);
  get(3, 1);
  ret(clear, MAP_DONE, 0);
  op(1, HISTORY_LEN, 0, 0, MAP_DONE, 5);
  char first[4][ORACLE_TEXT_MAX];
  for (unsigned round = 0; round < 3; round++) {
    assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
    assert_int_equal(told_count, 3);
    for (unsigned i = 0; i < told_count; i++) {
      if (round == 0)
        memcpy(first[i], told[i].text, ORACLE_TEXT_MAX);
      assert_string_equal(first[i], told[i].text);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_lost),
      cmocka_unit_test(every_kind_on_one_key),
      cmocka_unit_test(no_memory_has_no_effect),
      cmocka_unit_test(an_incomplete_history_is_unknown),
      cmocka_unit_test(one_violation_a_key),
      cmocka_unit_test(nothing_happened),
      cmocka_unit_test(a_map_that_is_right_is_never_blamed),
      cmocka_unit_test(judges_alike_each_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
