/* Histories of maps that keep their promises are never called illegal; those that break one are, by the guarantee that
 * was broken, and only where it was promised. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/test/oracle_histories.h"
#include "oracle/oracle.h"

#define EVERYTHING 0x7ffu
#define WITHOUT(guarantee) (EVERYTHING & ~(unsigned)(guarantee))

/* ---- histories by hand ---- */

static struct history_event events[4096];
static struct history history;

static void begin(void) { history = (struct history){.events = events, .complete = true}; }

/* A call, which gets the next time; its index. */
static uint32_t call(unsigned task, enum history_kind kind, uint64_t key, uint64_t value) {
  events[history.count] = (struct history_event){.task = (uint8_t)task,
                                                 .kind = (uint8_t)kind,
                                                 .key = key,
                                                 .value = value,
                                                 .parent = HISTORY_NO_PARENT,
                                                 .call = history.end++,
                                                 .ret = HISTORY_PENDING};
  return history.count++;
}

static void ret(uint32_t index, enum map_status status, uint64_t result) {
  events[index].ret = history.end++;
  events[index].status = (uint8_t)status;
  events[index].result = result;
}

/* An operation that nothing comes between. */
static uint32_t op(unsigned task, enum history_kind kind, uint64_t key, uint64_t value, enum map_status status,
                   uint64_t result) {
  uint32_t index = call(task, kind, key, value);
  ret(index, status, result);
  return index;
}

static uint32_t put(uint64_t key, uint64_t value) { return op(1, HISTORY_PUT, key, value, MAP_DONE, 0); }
static uint32_t get(uint64_t key, uint64_t value) {
  return op(2, HISTORY_GET, key, 0, value ? MAP_DONE : MAP_ABSENT, value);
}

static uint32_t pair(enum history_kind kind, uint64_t key, uint64_t other) {
  uint32_t index = call(3, kind, key, 0);
  events[index].other = other;
  return index;
}

static void ret_swap(uint32_t index, uint64_t result, uint64_t other_result) {
  ret(index, MAP_DONE, result);
  events[index].other_result = other_result;
}

static uint32_t shown(uint32_t iteration, uint64_t key, uint64_t value) {
  uint32_t index = call(events[iteration].task, HISTORY_SHOWN, key, 0);
  history.end--;
  events[index].call = events[iteration].call;
  events[index].parent = iteration;
  ret(index, MAP_DONE, value);
  return index;
}

static uint32_t erased(uint32_t iteration, uint64_t key) {
  uint32_t index = call(events[iteration].task, HISTORY_ERASED, key, 0);
  events[index].parent = iteration;
  return index;
}

/* ---- what is told ---- */

static struct oracle_violation told[64];
static unsigned told_count;

static void note(void *context, const struct oracle_violation *violation) {
  assert_ptr_equal(context, &told_count);
  assert_true(told_count < 64);
  told[told_count++] = *violation;
}

static enum oracle_answer judge(unsigned guarantees) {
  told_count = 0;
  return oracle_judge(&history, guarantees, note, &told_count);
}

static void legal(unsigned guarantees) {
  enum oracle_answer answer = judge(guarantees);
  if (told_count > 0)
    fprintf(stderr, "%s\n", told[0].text);
  assert_int_equal(answer, ORACLE_OK);
}

/* One violation and no other, of that event, and none where that guarantee is not promised. */
static void illegal(enum map_guarantee guarantee, const char *kind, const char *oracle, uint32_t event) {
  legal(WITHOUT(guarantee));
  assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
  assert_int_equal(told_count, 1);
  assert_string_equal(told[0].kind, kind);
  assert_string_equal(told[0].oracle, oracle);
  assert_int_equal(1 << (told[0].letter - 'A'), guarantee);
  assert_int_equal(told[0].events[0], event);
  char start[16];
  snprintf(start, sizeof start, "guarantee %c: ", told[0].letter);
  assert_memory_equal(told[0].text, start, strlen(start));
}

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

/* ---- C ---- */

static void iterations_that_are_right(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t one = call(1, HISTORY_ITERATE, 0, 0);
  uint32_t put_3 = call(2, HISTORY_PUT, 3, 7); /* may be shown or not */
  shown(one, 1, 5);
  ret(put_3, MAP_DONE, 0);
  op(2, HISTORY_PUT, 2, 8, MAP_DONE, 0); /* the old value or the new one */
  shown(one, 2, 8);
  ret(one, MAP_DONE, 2);
  uint32_t two = call(1, HISTORY_ITERATE, 0, 0);
  shown(two, 1, 5);
  uint32_t erased_1 = erased(two, 1);
  get(1, 0); /* gone already */
  shown(two, 3, 7);
  ret(erased_1, MAP_DONE, 0);
  op(3, HISTORY_DEL, 2, 0, MAP_DONE, 0);
  ret(two, MAP_DONE, 2);
  legal(EVERYTHING);
}

static void an_entry_missed(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 0);
  shown(iteration, 1, 5);
  ret(iteration, MAP_DONE, 1);
  illegal(MAP_ITERATION_EXACT, "iteration-missed", "iteration", iteration);
  /* Stopped, or still at it: it may have come yet. */
  events[iteration].status = MAP_PRESENT;
  legal(EVERYTHING);
  events[iteration].ret = HISTORY_PENDING;
  legal(EVERYTHING);
}

static void an_entry_that_was_not_there(void **state) {
  (void)state;
  begin();
  put(1, 5);
  op(1, HISTORY_DEL, 1, 0, MAP_DONE, 0);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 0);
  uint32_t wrong = shown(iteration, 1, 5);
  ret(iteration, MAP_DONE, 1);
  illegal(MAP_ITERATION_EXACT, "iteration-phantom", "iteration", wrong);
}

static void a_key_nobody_knows(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 0);
  shown(iteration, 1, 5);
  uint32_t wrong = shown(iteration, 99, 6);
  ret(iteration, MAP_DONE, 2);
  illegal(MAP_ITERATION_EXACT, "iteration-phantom", "iteration", wrong);
}

static void an_entry_twice(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 0);
  shown(iteration, 1, 5);
  put(1, 6);
  uint32_t again = shown(iteration, 1, 6);
  shown(iteration, 1, 6);
  ret(iteration, MAP_DONE, 3);
  illegal(MAP_ITERATION_EXACT, "iteration-twice", "iteration", again);
}

static void an_iteration_that_goes_on(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  put(3, 7);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 2);
  shown(iteration, 1, 5);
  shown(iteration, 2, 6);
  ret(iteration, MAP_PRESENT, 2);
  legal(EVERYTHING);
  events[iteration].result = 3;
  illegal(MAP_ITERATION_EXACT, "iteration-goes-on", "iteration", iteration);
}

static void a_deletion_while_iterating_that_came_too_late(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t iteration = call(1, HISTORY_ITERATE, 0, 0);
  shown(iteration, 1, 5);
  ret(erased(iteration, 1), MAP_DONE, 0);
  ret(iteration, MAP_DONE, 1);
  uint32_t wrong = get(1, 5);
  illegal(MAP_LINEARIZABLE, "not-linearizable", "linearizability", wrong);
}

/* ---- D ---- */

static void lens_that_are_right(void **state) {
  (void)state;
  for (uint64_t result = 1; result <= 3; result++) {
    begin();
    put(1, 5);
    uint32_t len = call(1, HISTORY_LEN, 0, 0), put_2 = call(2, HISTORY_PUT, 2, 6), put_3 = call(3, HISTORY_PUT, 3, 7);
    ret(len, MAP_DONE, result);
    ret(put_2, MAP_DONE, 0);
    ret(put_3, MAP_DONE, 0);
    op(1, HISTORY_LEN, 0, 0, MAP_DONE, 3);
    op(1, HISTORY_CLEAR, 0, 0, MAP_DONE, 0);
    op(1, HISTORY_LEN, 0, 0, MAP_DONE, 0);
    legal(EVERYTHING);
  }
}

static void a_len_that_no_instant_had(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t len = op(1, HISTORY_LEN, 0, 0, MAP_DONE, 1);
  illegal(MAP_LEN_EXACT, "len-wrong", "len", len);
  assert_string_equal(told[0].text,
                      "guarantee D: T1 len = 1 (4..5) cannot be right: 2 keys were there, given T1 put k1 "
                      "5 (0..1), T1 put k2 6 (2..3)");
  begin();
  put(1, 5);
  len = call(1, HISTORY_LEN, 0, 0);
  op(2, HISTORY_DEL, 1, 0, MAP_DONE, 0);
  put(2, 6);
  ret(len, MAP_DONE, 2);
  illegal(MAP_LEN_EXACT, "len-wrong", "len", len);
}

/* The put had not happened yet: a later get says so. */
static void a_len_that_knew_too_early(void **state) {
  (void)state;
  begin();
  uint32_t one = call(1, HISTORY_PUT, 1, 5);
  uint32_t len = op(2, HISTORY_LEN, 0, 0, MAP_DONE, 1);
  get(1, 0);
  ret(one, MAP_DONE, 0);
  illegal(MAP_LEN_EXACT, "len-wrong", "len", len);
}

static void nothing_follows_from_a_key_that_is_wrong_itself(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t lost = get(1, 0);
  op(1, HISTORY_LEN, 0, 0, MAP_DONE, 0);
  assert_int_equal(judge(EVERYTHING), ORACLE_ILLEGAL);
  assert_int_equal(told_count, 1);
  assert_int_equal(told[0].events[0], lost);
}

/* ---- E ---- */

static void a_clear_that_took_its_time(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t clear = call(1, HISTORY_CLEAR, 0, 0);
  get(1, 0);
  get(2, 6);
  ret(clear, MAP_DONE, 0);
  illegal(MAP_CLEAR_ATOMIC, "clear-not-atomic", "clear", clear);
  assert_int_equal(told[0].event_count, 4);
}

static void a_clear_at_one_instant(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t clear = call(1, HISTORY_CLEAR, 0, 0);
  get(2, 6);
  get(1, 0);
  get(2, 0);
  ret(clear, MAP_DONE, 0);
  op(1, HISTORY_CLEAR, 0, 0, MAP_DONE, 0);
  legal(EVERYTHING);
}

/* Each alone explains both; what is not promised of the one is no matter for the other. */
static void two_clears(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t one = call(1, HISTORY_CLEAR, 0, 0), two = call(3, HISTORY_CLEAR, 0, 0);
  get(1, 0);
  get(2, 6);
  get(2, 0);
  ret(one, MAP_DONE, 0);
  ret(two, MAP_DONE, 0);
  legal(EVERYTHING);
}

static void a_clear_that_left_something(void **state) {
  (void)state;
  begin();
  put(1, 5);
  op(1, HISTORY_CLEAR, 0, 0, MAP_DONE, 0);
  uint32_t wrong = get(1, 5);
  illegal(MAP_LINEARIZABLE, "not-linearizable", "linearizability", wrong);
}

/* ---- H ---- */

static void pairs_that_are_right(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t move = pair(HISTORY_MOVE, 1, 2);
  get(1, 5);
  get(2, 5);
  get(1, 0);
  ret(move, MAP_DONE, 5);
  ret(pair(HISTORY_MOVE, 1, 3), MAP_ABSENT, 0);
  put(3, 6);
  ret(pair(HISTORY_MOVE, 2, 3), MAP_PRESENT, 0);
  ret(pair(HISTORY_MOVE, 2, 2), MAP_PRESENT, 0);
  ret(pair(HISTORY_MOVE, 9, 2), MAP_PRESENT, 0); /* both stand in the way: it may say either */
  ret_swap(pair(HISTORY_SWAP, 2, 3), 5, 6);
  ret_swap(pair(HISTORY_SWAP, 2, 2), 6, 6);
  ret(pair(HISTORY_SWAP, 2, 9), MAP_ABSENT, 0);
  get(2, 6);
  get(3, 5);
  legal(EVERYTHING);
}

static void a_move_seen_in_between(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t move = pair(HISTORY_MOVE, 1, 2);
  get(1, 0);
  get(2, 0);
  ret(move, MAP_DONE, 5);
  illegal(MAP_PAIRS_ATOMIC, "move-not-atomic", "pairs", move);
  begin();
  put(1, 5);
  move = pair(HISTORY_MOVE, 1, 2);
  get(2, 5);
  get(1, 5);
  ret(move, MAP_DONE, 5);
  illegal(MAP_PAIRS_ATOMIC, "move-not-atomic", "pairs", move);
}

static void a_swap_seen_in_between(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t swap = pair(HISTORY_SWAP, 1, 2);
  get(1, 6);
  get(2, 6);
  ret_swap(swap, 5, 6);
  illegal(MAP_PAIRS_ATOMIC, "swap-not-atomic", "pairs", swap);
}

static void a_swap_that_missed_what_was_there(void **state) {
  (void)state;
  begin();
  put(1, 5);
  put(2, 6);
  uint32_t swap = pair(HISTORY_SWAP, 1, 2);
  get(1, 5);
  ret(swap, MAP_ABSENT, 0);
  illegal(MAP_PAIRS_ATOMIC, "swap-not-atomic", "pairs", swap);
}

/* One key is illegal by itself: no more is said. */
static void a_move_that_went_wrong_on_one_key(void **state) {
  (void)state;
  begin();
  put(1, 5);
  uint32_t move = pair(HISTORY_MOVE, 1, 2);
  ret(move, MAP_DONE, 6);
  put(3, 7);
  illegal(MAP_LINEARIZABLE, "not-linearizable", "linearizability", move);
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
      cmocka_unit_test(iterations_that_are_right),
      cmocka_unit_test(an_entry_missed),
      cmocka_unit_test(an_entry_that_was_not_there),
      cmocka_unit_test(a_key_nobody_knows),
      cmocka_unit_test(an_entry_twice),
      cmocka_unit_test(an_iteration_that_goes_on),
      cmocka_unit_test(a_deletion_while_iterating_that_came_too_late),
      cmocka_unit_test(lens_that_are_right),
      cmocka_unit_test(a_len_that_no_instant_had),
      cmocka_unit_test(a_len_that_knew_too_early),
      cmocka_unit_test(nothing_follows_from_a_key_that_is_wrong_itself),
      cmocka_unit_test(a_clear_that_took_its_time),
      cmocka_unit_test(a_clear_at_one_instant),
      cmocka_unit_test(two_clears),
      cmocka_unit_test(a_clear_that_left_something),
      cmocka_unit_test(pairs_that_are_right),
      cmocka_unit_test(a_move_seen_in_between),
      cmocka_unit_test(a_swap_seen_in_between),
      cmocka_unit_test(a_swap_that_missed_what_was_there),
      cmocka_unit_test(a_move_that_went_wrong_on_one_key),
      cmocka_unit_test(a_map_that_is_right_is_never_blamed),
      cmocka_unit_test(judges_alike_each_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
