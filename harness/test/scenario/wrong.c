/* Code that goes wrong by itself: in the same way in every run. */
#include <limits.h>
#include <stdlib.h>

#include "harness/test/scenario/helpers.h"
#include "harness/test/scenario/scenario.h"

static volatile int most = INT_MAX, four = 4, zero;
static volatile int cells[4];

void *wrong_overflow(void *arg) {
  most = most + 1;
  return arg;
}

void *wrong_index(void *arg) {
  zero = cells[four - 5 + zero];
  return arg;
}

static int no_result(int value) {
  if (value == 4)
    __builtin_unreachable();
  return value;
}

void *wrong_unreachable(void *arg) {
  zero = no_result(four);
  return arg;
}

void *wrong_abort(void *arg) {
  if (four)
    abort();
  return arg;
}

void *wrong_assertion(void *arg) {
  assert(four == 5);
  return arg;
}

void *wrong_exit(void *arg) {
  if (four)
    exit(3);
  return arg;
}

static void *run_into_abort(void *arg) {
  sleep_ms(1);
  return wrong_abort(arg);
}

void *wrong_in_thread(void *arg) {
  start_and_join(run_into_abort, arg, 3);
  return arg;
}
