/* ctest: full timeout=300
 * What concerns several keys is judged as a search through all orders judges it: len, clear, move and swap, each by
 * itself, on small random histories; and the evidence is enough.
 *
 *   test_oracle_across [HISTORIES] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/test/oracle_histories.h"
#include "harness/test/oracle_orders.h"
#include "oracle/oracle.h"

#define EVENTS_MAX 64
#define ALL_KEYS ((1u << ORDERS_KEYS_MAX) - 1)

static uint64_t histories = 300000;

static struct made_options draw_options(uint64_t seed) {
  struct made made = {.random = seed * 104729};
  struct made_options options = {.keys = 1 + (unsigned)made_random(&made, ORDERS_KEYS_MAX),
                                 .threads = 2 + (unsigned)made_random(&made, 3),
                                 .operations = 3 + (uint32_t)made_random(&made, 5),
                                 .filled = made_random(&made, 2),
                                 .pieces = made_random(&made, 2),
                                 .torn_pairs = made_random(&made, 2),
                                 .alone_in_16 = (unsigned)made_random(&made, 17)};
  static const uint32_t joint[] = {1u << HISTORY_LEN, 1u << HISTORY_CLEAR, 1u << HISTORY_MOVE, 1u << HISTORY_SWAP,
                                   1u << HISTORY_CLEAR | 1u << HISTORY_LEN};
  options.kinds = 1u << HISTORY_GET | joint[made_random(&made, 5)];
  if (!options.filled || made_random(&made, 3) == 0)
    options.kinds |= 1u << HISTORY_PUT;
  else if (made_random(&made, 2) == 0)
    options.kinds |= 1u << HISTORY_CONTAINS | 1u << HISTORY_TAKE;
  if (made_random(&made, 3) == 0)
    options.kinds |= (uint32_t)made_random(&made, 1u << HISTORY_LEN);
  if (made_random(&made, 8) == 0)
    options.kinds |= 1u << HISTORY_MOVE | 1u << HISTORY_SWAP;
  if (made_random(&made, 4) == 0)
    options.pending_in_16 = 8;
  return options;
}

static void make(struct made *made, uint64_t seed) {
  static struct history_event events[EVENTS_MAX];
  *made = (struct made){.events = events, .room = EVENTS_MAX};
  struct made_options options = draw_options(seed);
  made_history(made, &options, seed);
  for (uint64_t n = made_random(made, 3); n > 0; n--) {
    struct history_event *event = &made->events[made_random(made, made->history.count)];
    if (event->kind == HISTORY_LEN)
      event->result = made_random(made, options.keys + 1);
    else if (event->kind == HISTORY_SWAP && made_random(made, 2))
      event->status = MAP_ABSENT;
  }
}

/* ---- what is to be told ---- */

struct told {
  unsigned count;
  struct oracle_violation violations[EVENTS_MAX];
};

static void note(void *context, const struct oracle_violation *violation) {
  struct told *told = context;
  assert_true(told->count < EVENTS_MAX);
  told->violations[told->count++] = *violation;
}

static const struct oracle_violation *told_of(const struct told *told, uint32_t event, char letter) {
  for (unsigned i = 0; i < told->count; i++)
    if (told->violations[i].events[0] == event && told->violations[i].letter == letter)
      return &told->violations[i];
  return NULL;
}

/* The guarantee that the event is judged by as a whole, or 0. */
static char letter_of(const struct history_event *event) {
  bool two = event->key != event->other;
  if (event->ret == HISTORY_PENDING)
    return 0;
  switch ((enum history_kind)event->kind) {
  case HISTORY_LEN:
    return 'D';
  case HISTORY_CLEAR:
    return 'E';
  case HISTORY_MOVE:
    return two && event->status == MAP_DONE ? 'H' : 0;
  case HISTORY_SWAP:
    return two ? 'H' : 0;
  default:
    return 0;
  }
}

static const char *oracle_of(char letter) { return letter == 'D' ? "len" : letter == 'E' ? "clear" : "pairs"; }

static void take(struct orders *orders, const struct history *history, const struct history_event *whole) {
  orders_take(orders, history, ALL_KEYS, whole);
  if (whole->kind == HISTORY_LEN)
    orders_add(orders, whole, 0);
}

/* What an operation not believed may leave on its one key: what somebody stored there. */
static void add_stored(struct orders *orders, const struct orders_item *item) {
  const struct history_event *event = item->event;
  unsigned key = (unsigned)__builtin_ctz(item->keys);
  bool pair = event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
  if (!pair)
    orders_add_value(orders, key, event->value);
  else if (event->kind == HISTORY_SWAP)
    orders_add_value(orders, key, event->key == key ? event->other_result : event->result);
  else if (event->other == key)
    orders_add_value(orders, key, event->result);
}

/* The evidence by itself: whatever else there was may have done anything.  True too where that is more than can be
 * searched. */
static bool enough(const struct history *history, const struct oracle_violation *violation,
                   const struct history_event *whole) {
  static struct orders all, few;
  take(&all, history, whole);
  few.count = few.value_count = 0;
  for (unsigned i = 0; i < all.count; i++) {
    struct orders_item item = all.items[i];
    bool believed = false;
    for (size_t j = 0; j < violation->event_count; j++)
      believed |= item.event == &history->events[violation->events[j]];
    bool looks = item.event->kind == HISTORY_GET || item.event->kind == HISTORY_CONTAINS ||
                 (item.event->kind == HISTORY_SWAP && item.event->key == item.event->other);
    if (!believed && (looks || item.event->status != MAP_DONE || orders_early_clear(&all, i)))
      continue;
    item.anything |= !believed;
    item.optional |= !believed;
    if (!believed)
      add_stored(&few, &item);
    few.items[few.count++] = item;
  }
  return !orders_exist(&few) || orders_steps > ORDERS_STEPS_MAX;
}

/* ---- the comparison ---- */

static void is_judged_as_in_every_order(void **arg) {
  (void)arg;
  uint64_t judged[3] = {0}, illegal[3] = {0}, sizes[ORACLE_EVIDENCE_MAX + 1] = {0}, gave_up = 0;
  for (uint64_t seed = 1; seed <= histories; seed++) {
    struct made made;
    struct told told = {0};
    static struct orders orders;
    make(&made, seed);
    unsigned guarantees = MAP_LINEARIZABLE | MAP_LEN_EXACT | MAP_CLEAR_ATOMIC | MAP_PAIRS_ATOMIC;
    enum oracle_answer answer = oracle_judge(&made.history, guarantees, note, &told);
    assert_int_equal(answer, told.count ? ORACLE_ILLEGAL : ORACLE_OK);
    orders_take(&orders, &made.history, ALL_KEYS, NULL);
    if (!orders_exist(&orders))
      continue; /* a key is illegal by itself */
    for (uint32_t i = 0; i < made.history.count; i++) {
      const struct history_event *event = &made.events[i];
      char letter = letter_of(event);
      if (!letter)
        continue;
      take(&orders, &made.history, event);
      bool legal = orders_exist(&orders);
      assert_true(orders_steps <= ORDERS_STEPS_MAX);
      const struct oracle_violation *violation = told_of(&told, i, letter);
      if (legal == (violation != NULL))
        fprintf(stderr, "history %lu: %s\n", (unsigned long)seed, violation ? violation->text : "nothing told");
      assert_int_equal(legal, violation == NULL);
      unsigned which = letter == 'D' ? 0 : letter == 'E' ? 1 : 2;
      judged[which]++;
      if (!violation)
        continue;
      illegal[which]++;
      sizes[violation->event_count]++;
      assert_string_equal(violation->oracle, oracle_of(letter));
      bool sufficient = enough(&made.history, violation, event);
      gave_up += orders_steps > ORDERS_STEPS_MAX;
      if (!sufficient)
        fprintf(stderr, "history %lu: %s\n", (unsigned long)seed, violation->text);
      assert_true(sufficient);
    }
  }
  for (unsigned which = 0; which < 3; which++) {
    printf("%s: %lu judged, %lu illegal\n", oracle_of("DEH"[which]), (unsigned long)judged[which],
           (unsigned long)illegal[which]);
    assert_true(illegal[which] > histories / 5000);
  }
  for (unsigned size = 1; size <= ORACLE_EVIDENCE_MAX; size++)
    printf("%lu of %u events, ", (unsigned long)sizes[size], size);
  printf("%lu not searched to the end\n", (unsigned long)gave_up);
}

int main(int argc, char **argv) {
  if (argc > 1)
    histories = strtoull(argv[1], NULL, 10);
  const struct CMUnitTest tests[] = {cmocka_unit_test(is_judged_as_in_every_order)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
