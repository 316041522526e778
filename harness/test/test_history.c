/* What is asked of a map and what it answers is written down in the order in which it happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "history/history.h"

static uint32_t call(uint8_t task, enum history_kind kind, uint64_t key, uint64_t value) {
  return history_call(&(struct history_event){.task = task, .kind = (uint8_t)kind, .key = key, .value = value});
}

static void calls_and_returns_take_the_times_in_turn(void **state) {
  (void)state;
  history_begin();
  uint32_t put = call(1, HISTORY_PUT, 3, 17), get = call(2, HISTORY_GET, 3, 0);
  history_return(put, MAP_DONE, 0, 0);
  uint32_t del = call(1, HISTORY_DEL, 3, 0);
  history_return(get, MAP_DONE, 17, 0);
  const struct history *now = history_now();
  assert_int_equal(now->count, 3);
  assert_int_equal(now->end, 5);
  assert_true(now->complete && !now->starved);
  assert_int_equal(now->events[put].call, 0);
  assert_int_equal(now->events[get].call, 1);
  assert_int_equal(now->events[put].ret, 2);
  assert_int_equal(now->events[del].call, 3);
  assert_int_equal(now->events[get].ret, 4);
  assert_int_equal(now->events[get].result, 17);
  assert_int_equal(now->events[del].ret, HISTORY_PENDING);
  assert_int_equal(now->events[del].parent, HISTORY_NO_PARENT);
}

static void what_an_iteration_shows_and_erases_lies_within_it(void **state) {
  (void)state;
  history_begin();
  uint32_t iterate = history_call(&(struct history_event){.task = 4, .kind = HISTORY_ITERATE, .label = 9});
  uint32_t shown = history_shown(iterate, 5, 50), erased = history_erased(iterate, 5);
  history_return(erased, MAP_DONE, 0, 0);
  history_return(iterate, MAP_DONE, 1, 0);
  const struct history_event *events = history_now()->events;
  assert_int_equal(events[shown].call, events[iterate].call);
  assert_true(events[shown].ret < events[erased].call);
  assert_true(events[erased].call < events[erased].ret && events[erased].ret < events[iterate].ret);
  assert_int_equal(events[shown].parent, iterate);
  assert_int_equal(events[erased].parent, iterate);
  assert_int_equal(events[shown].task, 4);
  assert_int_equal(events[erased].label, 9);
}

static void each_run_begins_with_an_empty_one(void **state) {
  (void)state;
  history_begin();
  call(1, HISTORY_LEN, 0, 0);
  history_starve();
  assert_true(history_now()->starved);
  history_begin();
  assert_int_equal(history_now()->count, 0);
  assert_int_equal(history_now()->end, 0);
  assert_false(history_now()->starved);
}

static void a_history_that_has_no_more_room_says_so(void **state) {
  (void)state;
  history_begin();
  for (uint32_t i = 0; i < HISTORY_EVENTS_MAX; i++)
    history_return(call(1, HISTORY_GET, i, 0), MAP_ABSENT, 0, 0);
  assert_true(history_now()->complete);
  history_return(call(1, HISTORY_GET, 1, 0), MAP_ABSENT, 0, 0);
  uint32_t iterate = call(1, HISTORY_ITERATE, 0, 0);
  assert_int_equal(history_shown(iterate, 1, 1), HISTORY_NO_PARENT);
  assert_false(history_now()->complete);
  assert_int_equal(history_now()->count, HISTORY_EVENTS_MAX);
}

static void assert_text(struct history_event event, const char *expected) {
  char text[80];
  assert_int_equal(history_print(text, sizeof text, &event), strlen(expected));
  assert_string_equal(text, expected);
  assert_int_equal(history_print(NULL, 0, &event), strlen(expected));
}

static void events_read_as_sentences(void **state) {
  (void)state;
  assert_text((struct history_event){.task = 1, .kind = HISTORY_PUT, .key = 3, .value = 0x1f, .ret = 5},
              "T1 put k3 1f");
  assert_text((struct history_event){.task = 2, .kind = HISTORY_GET, .key = 3, .result = 0x1f, .ret = 5},
              "T2 get k3 = 1f");
  assert_text((struct history_event){.kind = HISTORY_GET, .status = MAP_ABSENT, .ret = 5}, "T0 get k0: absent");
  assert_text((struct history_event){.kind = HISTORY_DEL, .ret = HISTORY_PENDING}, "T0 delete k0: has not returned");
  assert_text((struct history_event){.kind = HISTORY_CAS, .expected = 1, .value = 2, .status = MAP_DIFFERS, .ret = 5},
              "T0 cas k0 1 -> 2: differs");
  assert_text((struct history_event){.kind = HISTORY_MOVE, .key = 1, .other = 2, .result = 9, .ret = 5},
              "T0 move k1 k2 = 9");
  assert_text((struct history_event){.kind = HISTORY_LEN, .result = 12, .ret = 5}, "T0 len = 12");
  assert_text((struct history_event){.kind = HISTORY_INSERT, .value = 1, .status = MAP_NO_MEMORY, .ret = 5},
              "T0 insert k0 1: no memory");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_and_returns_take_the_times_in_turn),
      cmocka_unit_test(what_an_iteration_shows_and_erases_lies_within_it),
      cmocka_unit_test(each_run_begins_with_an_empty_one),
      cmocka_unit_test(a_history_that_has_no_more_room_says_so),
      cmocka_unit_test(events_read_as_sentences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
