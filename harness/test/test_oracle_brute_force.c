/* ctest: full timeout=300
 * The oracle says of single keys what a search through all orders says, on small random histories of which about half
 * are wrong; and its evidence is illegal by itself and as small as any.
 *
 *
 *   test_oracle_brute_force [HISTORIES] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/test/oracle_histories.h"
#include "harness/test/oracle_orders.h"
#include "oracle/oracle.h"

#define EVENTS_MAX 64

static uint64_t histories = 1000000;

/* One key by itself; `iterations`: with what they saw of it. */
static bool legal(const struct history *history, unsigned key, bool iterations) {
  static struct orders orders;
  orders_take(&orders, history, 1u << key, NULL);
  if (iterations)
    orders_take_iterations(&orders, history, key);
  bool exist = orders_exist(&orders);
  assert_true(orders_steps <= ORDERS_STEPS_MAX);
  return exist;
}

/* ---- histories, right and wrong ---- */

/* Where one operation is called just before another returns, the other way round: then they are no longer in progress
 * together. */
static void part(struct made *made, uint32_t time) {
  struct history_event *called = NULL, *returned = NULL;
  for (uint32_t i = 0; i < made->history.count; i++) {
    struct history_event *event = &made->events[i];
    if (event->call == time && event->kind < HISTORY_ITERATE)
      called = event;
    if (event->ret == time + 1 && event->kind < HISTORY_ITERATE)
      returned = event;
  }
  if (!called || !returned || called == returned)
    return;
  called->call = time + 1;
  returned->ret = time;
}

static void corrupt_result(struct made *made, struct history_event *event) {
  static const uint8_t answers[][3] = {
      [HISTORY_INSERT] = {MAP_DONE, MAP_PRESENT, MAP_DONE},   [HISTORY_GET_OR_INSERT] = {MAP_PRESENT, MAP_PRESENT},
      [HISTORY_CAS] = {MAP_DONE, MAP_ABSENT, MAP_DIFFERS},    [HISTORY_PUT] = {MAP_DONE, MAP_DONE, MAP_DONE},
      [HISTORY_MOVE] = {MAP_DONE, MAP_ABSENT, MAP_PRESENT},   [HISTORY_SWAP] = {MAP_DONE, MAP_ABSENT, MAP_ABSENT},
      [HISTORY_CONTAINS] = {MAP_DONE, MAP_ABSENT, MAP_ABSENT}};
  uint64_t choice = made_random(made, 3);
  if (event->kind == HISTORY_GET || event->kind == HISTORY_DEL || event->kind == HISTORY_TAKE)
    event->status = choice ? MAP_DONE : MAP_ABSENT;
  else if (event->kind < HISTORY_ITERATE)
    event->status = answers[event->kind][choice];
  if (made_random(made, 2))
    event->result = 1 + made_random(made, made->last_value + 1);
  else if (event->kind == HISTORY_CAS)
    event->expected = 1 + made_random(made, made->last_value + 1);
}

static void corrupt(struct made *made) {
  struct history_event *event = &made->events[made_random(made, made->history.count)];
  struct history_event *other = &made->events[made_random(made, made->history.count)];
  bool keyless = event->kind == HISTORY_LEN || event->kind == HISTORY_ITERATE || event->kind == HISTORY_CLEAR;
  uint64_t choice = made_random(made, 16);
  if (choice < 6) {
    for (uint32_t time = 0; time + 1 < made->history.end; time++)
      if (made_random(made, 2))
        part(made, time);
  } else if (choice < 9 && event->value && other->value) {
    uint64_t value = event->value;
    event->value = other->value;
    other->value = value;
  } else if (!keyless && event->ret != HISTORY_PENDING) {
    if (choice == 9 && event->kind < HISTORY_ITERATE) /* nonsense, perhaps */
      event->status = (uint8_t)made_random(made, MAP_NO_MEMORY);
    else if (choice == 10)
      event->other_result = 1 + made_random(made, made->last_value + 1);
    else
      corrupt_result(made, event);
  }
}

static struct made_options draw_options(uint64_t seed) {
  struct made made = {.random = seed * 7919};
  struct made_options options = {.keys = 1 + (unsigned)made_random(&made, 2),
                                 .threads = 2 + (unsigned)made_random(&made, 3),
                                 .operations = 2 + (uint32_t)made_random(&made, 7),
                                 .pieces = true,
                                 .alone_in_16 = (unsigned)made_random(&made, 12)};
  uint32_t simple = (1u << HISTORY_LEN) - 1;
  options.kinds = simple;
  if (made_random(&made, 2))
    options.kinds = 1 + (uint32_t)made_random(&made, simple);
  if (made_random(&made, 4) == 0)
    options.kinds |= 1u << HISTORY_CLEAR;
  if (made_random(&made, 4) == 0)
    options.kinds |= 1u << HISTORY_ITERATE;
  if (made_random(&made, 4) == 0)
    options.kinds |= 1u << HISTORY_MOVE | 1u << HISTORY_SWAP;
  if (made_random(&made, 4) == 0)
    options.pending_in_16 = 8;
  if (made_random(&made, 4) == 0)
    options.starved_in_16 = 4;
  return options;
}

/* ---- the comparison ---- */

struct told {
  unsigned count;
  struct oracle_violation violations[8];
};

static void note(void *context, const struct oracle_violation *violation) {
  struct told *told = context;
  assert_true(told->count < 8);
  told->violations[told->count++] = *violation;
}

static const struct oracle_violation *told_of(const struct told *told, unsigned key) {
  for (unsigned i = 0; i < told->count; i++) {
    char text[32];
    snprintf(text, sizeof text, "key %u: ", key);
    if (strstr(told->violations[i].text, text))
      return &told->violations[i];
  }
  return NULL;
}

/* One key: B, and C where B is kept. */
static bool agrees(const struct history *history, const struct told *told, unsigned key) {
  const struct oracle_violation *violation = told_of(told, key);
  bool twice = false;
  for (uint32_t i = 0; i < history->count; i++)
    for (uint32_t j = 0; j < i; j++)
      twice |= history->events[i].kind == HISTORY_SHOWN && history->events[j].kind == HISTORY_SHOWN &&
               history->events[i].parent == history->events[j].parent && history->events[i].key == key &&
               history->events[j].key == key;
  if (!legal(history, key, false))
    return violation && violation->letter != 'C' && strcmp(violation->oracle, "linearizability") == 0;
  if (twice)
    return violation && strcmp(violation->kind, "iteration-twice") == 0;
  if (!legal(history, key, true))
    return violation && violation->letter == 'C' && strcmp(violation->oracle, "iteration") == 0;
  return !violation;
}

static void make(struct made *made, uint64_t seed) {
  static struct history_event events[EVENTS_MAX];
  *made = (struct made){.events = events, .room = EVENTS_MAX};
  struct made_options options = draw_options(seed);
  made_history(made, &options, seed);
  for (uint64_t n = made_random(made, 6); n > 0; n--)
    corrupt(made);
}

static void agrees_with_every_order(void **arg) {
  (void)arg;
  uint64_t agree = 0, illegal = 0;
  for (uint64_t seed = 1; seed <= histories; seed++) {
    struct made made;
    struct told told = {0};
    make(&made, seed);
    unsigned guarantees = MAP_LINEARIZABLE | MAP_ITERATION_EXACT | MAP_NO_MEMORY_SAFE;
    enum oracle_answer answer = oracle_judge(&made.history, guarantees, note, &told);
    assert_int_equal(answer, told.count ? ORACLE_ILLEGAL : ORACLE_OK);
    bool both = agrees(&made.history, &told, 0) && agrees(&made.history, &told, 1);
    if (!both)
      fprintf(stderr, "history %lu: %s\n", (unsigned long)seed, told.count ? told.violations[0].text : "nothing told");
    agree += both;
    illegal += answer == ORACLE_ILLEGAL;
  }
  printf("agree %lu of %lu, illegal %lu\n", (unsigned long)agree, (unsigned long)histories, (unsigned long)illegal);
  assert_int_equal(agree, histories);
  assert_in_range(illegal, histories * 2 / 5, histories * 3 / 5);
}

/* ---- evidence ---- */

/* An answer that no state explains, of an operation that may have done anything. */
static bool nonsense(const struct orders_item *item) {
  const struct history_event *event = item->event;
  unsigned key = (unsigned)__builtin_ctz(item->keys);
  const struct orders_key tries[] = {
      {false, 0}, {true, event->expected}, {true, event->result}, {true, event->other_result}, {true, ORDERS_OTHER}};
  for (unsigned i = 0; i < sizeof tries / sizeof tries[0]; i++) {
    struct orders_state state = {0};
    state.keys[key] = tries[i];
    if (orders_run(item, &state))
      return false;
  }
  return true;
}

/* One key's calls up to a time, of which only those in `believed` (by item) are. */
static void doubt(const struct orders *all, uint32_t end, uint64_t believed, struct orders *out) {
  out->count = out->value_count = 0;
  for (unsigned i = 0; i < all->count; i++) {
    struct orders_item item = all->items[i];
    unsigned kind = item.event->kind, status = item.event->status;
    bool stores = kind == HISTORY_PUT || kind == HISTORY_CAS || kind == HISTORY_INSERT || kind == HISTORY_GET_OR_INSERT;
    bool erases = kind == HISTORY_CLEAR || kind == HISTORY_ERASED || kind == HISTORY_DEL || kind == HISTORY_TAKE;
    bool wild = nonsense(&item);
    if (item.event->call > end || orders_early_clear(all, i))
      continue;
    if (item.ret > end) {
      item.ret = UINT32_MAX;
      item.optional = true;
      item.anything |= wild;
    }
    if (!(believed >> i & 1)) {
      if (!wild && (!(stores || erases) || status != MAP_DONE))
        continue;
      item.anything = item.optional = true;
      if (stores)
        orders_add_value(out, (unsigned)item.event->key, item.event->value);
    }
    for (unsigned j = 0; wild && j < all->value_count; j++)
      orders_add_value(out, all->values[j].key, all->values[j].value); /* it may have stored whatever it pleased */
    out->items[out->count++] = item;
  }
}

static bool illegal_set(const struct orders *all, uint32_t end, uint64_t believed) {
  static struct orders orders;
  doubt(all, end, believed, &orders);
  bool exist = orders_exist(&orders);
  assert_true(orders_steps <= ORDERS_STEPS_MAX);
  return !exist;
}

static uint64_t items_of(const struct orders *all, const struct history *history,
                         const struct oracle_violation *violation) {
  uint64_t believed = 0;
  for (size_t i = 0; i < violation->event_count; i++)
    for (unsigned j = 0; j < all->count; j++)
      if (all->items[j].event == &history->events[violation->events[i]])
        believed |= UINT64_C(1) << j;
  return believed;
}

/* True where no `size` items from the first-th on are illegal together with `set`. */
static bool none_illegal(const struct orders *all, uint32_t end, uint64_t set, unsigned first, unsigned size) {
  if (illegal_set(all, end, set))
    return false;
  for (unsigned i = first; size > 0 && i < all->count; i++)
    if (!none_illegal(all, end, set | UINT64_C(1) << i, i + 1, size - 1))
      return false;
  return true;
}

static void evidence_is_illegal_and_smallest(void **arg) {
  (void)arg;
  unsigned sizes[ORACLE_EVIDENCE_MAX + 1] = {0}, seen = 0;
  for (uint64_t seed = 1; seen < histories / 100; seed++) {
    struct made made;
    struct told told = {0};
    static struct orders all;
    make(&made, seed);
    bool pairs = false;
    for (uint32_t i = 0; i < made.history.count; i++)
      pairs |= made.events[i].kind == HISTORY_MOVE || made.events[i].kind == HISTORY_SWAP;
    if (pairs || oracle_judge(&made.history, MAP_LINEARIZABLE, note, &told) != ORACLE_ILLEGAL)
      continue;
    for (unsigned i = 0; i < told.count; i++, seen++) {
      const struct oracle_violation *violation = &told.violations[i];
      const struct history_event *subject = &made.events[violation->events[0]];
      orders_take(&all, &made.history, told_of(&told, 0) == violation ? 1 : 2, NULL);
      uint64_t believed = items_of(&all, &made.history, violation);
      unsigned size = (unsigned)__builtin_popcountll(believed);
      assert_int_equal(size, violation->event_count);
      sizes[size]++;
      bool right =
          illegal_set(&all, subject->ret, believed) && none_illegal(&all, subject->ret, 0, 0, size <= 4 ? size - 1 : 3);
      if (!right)
        fprintf(stderr, "history %lu: %s\n", (unsigned long)seed, violation->text);
      assert_true(right);
    }
  }
  printf("evidence %u:", seen);
  for (unsigned size = 1; size <= ORACLE_EVIDENCE_MAX; size++)
    printf(" %u of %u", sizes[size], size);
  printf("\n");
}

int main(int argc, char **argv) {
  if (argc > 1)
    histories = strtoull(argv[1], NULL, 10);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_every_order),
      cmocka_unit_test(evidence_is_illegal_and_smallest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
