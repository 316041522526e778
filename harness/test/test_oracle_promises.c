/* Iterations, len, clear, move and swap that break what a map promises of them are told, by the guarantee that was
 * broken and only where it was promised. */
#include "harness/test/oracle_by_hand.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
