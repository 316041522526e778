/* oracle_by_hand.h - histories written by hand, an event at a time, and what the oracle says of them. */
#ifndef HEDDLE_TEST_ORACLE_BY_HAND_H
#define HEDDLE_TEST_ORACLE_BY_HAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "history/history.h"
#include "oracle/oracle.h"

#define EVERYTHING 0x7ffu
#define WITHOUT(guarantee) (EVERYTHING & ~(unsigned)(guarantee))

/* ---- histories by hand ---- */

static struct history_event events[4096];
static struct history history;

static inline void begin(void) { history = (struct history){.events = events, .complete = true}; }

/* A call, which gets the next time; its index. */
static inline uint32_t call(unsigned task, enum history_kind kind, uint64_t key, uint64_t value) {
  events[history.count] = (struct history_event){.task = (uint8_t)task,
                                                 .kind = (uint8_t)kind,
                                                 .key = key,
                                                 .value = value,
                                                 .parent = HISTORY_NO_PARENT,
                                                 .call = history.end++,
                                                 .ret = HISTORY_PENDING};
  return history.count++;
}

static inline void ret(uint32_t index, enum map_status status, uint64_t result) {
  events[index].ret = history.end++;
  events[index].status = (uint8_t)status;
  events[index].result = result;
}

/* An operation that nothing comes between. */
static inline uint32_t op(unsigned task, enum history_kind kind, uint64_t key, uint64_t value, enum map_status status,
                          uint64_t result) {
  uint32_t index = call(task, kind, key, value);
  ret(index, status, result);
  return index;
}

static inline uint32_t put(uint64_t key, uint64_t value) { return op(1, HISTORY_PUT, key, value, MAP_DONE, 0); }
static inline uint32_t get(uint64_t key, uint64_t value) {
  return op(2, HISTORY_GET, key, 0, value ? MAP_DONE : MAP_ABSENT, value);
}

static inline uint32_t pair(enum history_kind kind, uint64_t key, uint64_t other) {
  uint32_t index = call(3, kind, key, 0);
  events[index].other = other;
  return index;
}

static inline void ret_swap(uint32_t index, uint64_t result, uint64_t other_result) {
  ret(index, MAP_DONE, result);
  events[index].other_result = other_result;
}

static inline uint32_t shown(uint32_t iteration, uint64_t key, uint64_t value) {
  uint32_t index = call(events[iteration].task, HISTORY_SHOWN, key, 0);
  history.end--;
  events[index].call = events[iteration].call;
  events[index].parent = iteration;
  ret(index, MAP_DONE, value);
  return index;
}

static inline uint32_t erased(uint32_t iteration, uint64_t key) {
  uint32_t index = call(events[iteration].task, HISTORY_ERASED, key, 0);
  events[index].parent = iteration;
  return index;
}

/* ---- what is told ---- */

static struct oracle_violation told[64];
static unsigned told_count;

static inline void note(void *context, const struct oracle_violation *violation) {
  assert_ptr_equal(context, &told_count);
  assert_true(told_count < 64);
  told[told_count++] = *violation;
}

static inline enum oracle_answer judge(unsigned guarantees) {
  told_count = 0;
  return oracle_judge(&history, guarantees, note, &told_count);
}

static inline void legal(unsigned guarantees) {
  enum oracle_answer answer = judge(guarantees);
  if (told_count > 0)
    fprintf(stderr, "%s\n", told[0].text);
  assert_int_equal(answer, ORACLE_OK);
}

/* One violation and no other, of that event, and none where that guarantee is not promised. */
static inline void illegal(enum map_guarantee guarantee, const char *kind, const char *oracle, uint32_t event) {
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

#endif
