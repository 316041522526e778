/* ctest: full timeout=300
 * The oracle says of single keys what a search through all orders says, on small random histories of which about half
 * are wrong; and its evidence is illegal by itself and as small as any.
 *
 * The search shares nothing with the oracle: it runs a sequential map in every order that the calls and returns allow
 * and compares the answers.
 *
 *   test_oracle_brute_force [HISTORIES] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "oracle/oracle.h"
#include "oracle_histories.h"

#define EVENTS_MAX 64
#define ITEMS_MAX 40
#define VALUES_MAX 256

static uint64_t histories = 1000000;

/* ---- every order ---- */

/* What one event has to do with one key. */
struct item {
  const struct history_event *event;
  bool other;    /* as move's or swap's second key */
  bool unshown;  /* an iteration that did not show the key */
  bool optional; /* may not have happened */
  bool anything; /* evidence is tried: may have done anything, or nothing */
  uint32_t ret;
};

struct search {
  struct item items[ITEMS_MAX];
  unsigned count;
  uint64_t values[VALUES_MAX]; /* what `anything` may leave */
  unsigned value_count;
};

struct state {
  bool there;
  uint64_t value;
};

static bool same(const struct history_event *event, bool check, enum map_status status, bool fetches, uint64_t result) {
  return !check || (event->status == status && (!fetches || event->result == result));
}

/* The sequential map, on one key: false where it would not have answered so. */
static bool run(const struct item *item, struct state *state) {
  const struct history_event *event = item->event;
  bool there = state->there, check = event->ret != HISTORY_PENDING;
  enum map_status found = there ? MAP_DONE : MAP_ABSENT;
  switch ((enum history_kind)event->kind) {
  case HISTORY_GET:
    return same(event, check, found, there, state->value);
  case HISTORY_CONTAINS:
    return same(event, check, found, false, 0);
  case HISTORY_SHOWN:
    return there && state->value == event->result;
  case HISTORY_ITERATE:
    return !there;
  case HISTORY_PUT:
    *state = (struct state){true, event->value};
    return same(event, check, MAP_DONE, false, 0);
  case HISTORY_INSERT:
  case HISTORY_GET_OR_INSERT:
    if (!there)
      *state = (struct state){true, event->value};
    return same(event, check, there ? MAP_PRESENT : MAP_DONE, event->kind == HISTORY_GET_OR_INSERT, state->value);
  case HISTORY_CAS:
    if (!there)
      return same(event, check, MAP_ABSENT, false, 0);
    if (state->value != event->expected)
      return same(event, check, MAP_DIFFERS, false, 0);
    state->value = event->value;
    return same(event, check, MAP_DONE, false, 0);
  case HISTORY_DEL:
  case HISTORY_TAKE: {
    uint64_t value = state->value;
    *state = (struct state){false, 0};
    return same(event, check, found, there && event->kind == HISTORY_TAKE, value);
  }
  case HISTORY_CLEAR:
  case HISTORY_ERASED:
    *state = (struct state){false, 0};
    return true;
  case HISTORY_MOVE:
    if (event->status != MAP_DONE)
      return event->status == MAP_ABSENT ? item->other || !there
                                         : event->status == MAP_PRESENT && (!item->other || there);
    if (event->key == event->other || there == item->other || (there && state->value != event->result))
      return false;
    *state = item->other ? (struct state){true, event->result} : (struct state){false, 0};
    return true;
  case HISTORY_SWAP: {
    if (event->status != MAP_DONE)
      return event->status == MAP_ABSENT && (event->key != event->other || !there);
    uint64_t before = item->other ? event->other_result : event->result;
    uint64_t after = item->other ? event->result : event->other_result;
    if (!there || state->value != before || (event->key == event->other && before != after))
      return false;
    state->value = after;
    return true;
  }
  default:
    abort();
  }
}

/* An answer that no state explains, of an operation that may have done anything. */
static bool nonsense(const struct item *item) {
  const struct history_event *event = item->event;
  struct state states[] = {{false, 0}, {true, event->expected}, {true, event->result}, {true, event->other_result}};
  for (unsigned i = 0; i < 4; i++) {
    struct state absent = states[i];
    if (run(item, &absent))
      return false;
  }
  struct state other = {true, UINT64_MAX - 1};
  return !run(item, &other);
}

static bool search_from(const struct search *search, uint64_t done, struct state state);

static bool search_anything(const struct search *search, uint64_t done, struct state state) {
  if (search_from(search, done, state) || search_from(search, done, (struct state){false, 0}) ||
      search_from(search, done, (struct state){true, UINT64_MAX - 1}))
    return true;
  for (unsigned i = 0; i < search->value_count; i++)
    if (search_from(search, done, (struct state){true, search->values[i]}))
      return true;
  return false;
}

/* True where the rest can be put in order. */
static bool search_from(const struct search *search, uint64_t done, struct state state) {
  uint32_t first_return = UINT32_MAX;
  bool all = true;
  for (unsigned i = 0; i < search->count; i++) {
    if (done >> i & 1)
      continue;
    all &= search->items[i].optional;
    if (search->items[i].ret < first_return && !search->items[i].optional)
      first_return = search->items[i].ret;
  }
  if (all)
    return true;
  for (unsigned i = 0; i < search->count; i++) {
    const struct item *item = &search->items[i];
    if (done >> i & 1 || item->event->call > first_return)
      continue;
    uint64_t then = done | UINT64_C(1) << i;
    struct state next = state;
    /* What is optional and has returned must happen before, or never. */
    bool late = false;
    for (unsigned j = 0; j < search->count; j++)
      late |= (done >> j & 1) && search->items[j].event->call > item->ret;
    if (late)
      continue;
    if (item->anything ? search_anything(search, then, state) : run(item, &next) && search_from(search, then, next))
      return true;
  }
  return false;
}

static void add_item(struct search *search, const struct history_event *event, bool other) {
  assert(search->count < ITEMS_MAX);
  bool pending = event->ret == HISTORY_PENDING;
  bool pair = event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
  search->items[search->count++] = (struct item){
      .event = event, .other = other, .optional = pending, .anything = pending && pair, .ret = event->ret};
}

static void add_value(struct search *search, uint64_t value) {
  assert(search->value_count < VALUES_MAX);
  search->values[search->value_count++] = value;
}

/* What the history has to do with one key; `iterations`: with what they saw. */
static void make_search(const struct history *history, uint64_t key, bool iterations, struct search *search) {
  search->count = search->value_count = 0;
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    bool keyless = event->kind == HISTORY_LEN || event->kind == HISTORY_CLEAR || event->kind == HISTORY_ITERATE;
    bool pair = event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
    if (event->ret != HISTORY_PENDING && event->status == MAP_NO_MEMORY)
      continue;
    if (event->kind == HISTORY_CLEAR || (!keyless && event->kind != HISTORY_SHOWN && event->key == key))
      add_item(search, event, false);
    else if (event->kind == HISTORY_SHOWN && iterations && event->key == key)
      add_item(search, event, false);
    else if (pair && event->other == key)
      add_item(search, event, true);
    if (event->kind != HISTORY_ITERATE || !iterations || event->ret == HISTORY_PENDING)
      continue;
    bool shown = false;
    for (uint32_t j = 0; j < history->count; j++)
      shown |=
          history->events[j].kind == HISTORY_SHOWN && history->events[j].parent == i && history->events[j].key == key;
    if (!shown)
      add_item(search, event, false);
  }
  /* A move or swap that has not returned may leave any value that is mentioned. */
  for (unsigned i = 0; i < search->count; i++) {
    const struct history_event *event = search->items[i].event;
    if (event->kind == HISTORY_CAS)
      add_value(search, event->expected);
    add_value(search, event->result);
    add_value(search, event->other_result);
  }
}

static bool legal(const struct history *history, uint64_t key, bool iterations) {
  static struct search search;
  make_search(history, key, iterations, &search);
  return search_from(&search, 0, (struct state){false, 0});
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

static const struct oracle_violation *told_of(const struct told *told, const struct history *history, uint64_t key) {
  for (unsigned i = 0; i < told->count; i++) {
    char text[32];
    (void)history;
    snprintf(text, sizeof text, "key %d: ", (int)key);
    if (strstr(told->violations[i].text, text))
      return &told->violations[i];
  }
  return NULL;
}

/* One key: B, and C where B is kept. */
static bool agrees(const struct history *history, const struct told *told, uint64_t key) {
  const struct oracle_violation *violation = told_of(told, history, key);
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

/* A clear before anything else that happens to the key. */
static bool early_clear(const struct search *all, unsigned index) {
  bool early = all->items[index].event->kind == HISTORY_CLEAR;
  for (unsigned i = 0; i < all->count; i++)
    if (all->items[i].event->kind != HISTORY_CLEAR)
      early &= all->items[index].ret < all->items[i].event->call;
  return early;
}

/* The search for one key, up to a time, in which only what is in `believed` (by item) is. */
static void doubt(const struct search *all, uint32_t end, uint64_t believed, struct search *out) {
  out->count = out->value_count = 0;
  for (unsigned i = 0; i < all->count; i++) {
    struct item item = all->items[i];
    unsigned kind = item.event->kind, status = item.event->status;
    bool stores = kind == HISTORY_PUT || kind == HISTORY_CAS || kind == HISTORY_INSERT || kind == HISTORY_GET_OR_INSERT;
    bool erases = kind == HISTORY_CLEAR || kind == HISTORY_ERASED || kind == HISTORY_DEL || kind == HISTORY_TAKE;
    bool changes = ((stores || erases) && status == MAP_DONE) || nonsense(&item);
    if (item.event->call > end || early_clear(all, i))
      continue;
    if (item.ret > end) {
      item.ret = UINT32_MAX;
      item.optional = true;
      item.anything |= nonsense(&item);
    }
    if (!(believed >> i & 1)) {
      if (!changes)
        continue;
      item.anything = item.optional = true;
      if (stores)
        add_value(out, item.event->value);
    }
    if (nonsense(&item)) /* it may have stored whatever it pleased */
      for (unsigned j = 0; j < all->value_count; j++)
        add_value(out, all->values[j]);
    out->items[out->count++] = item;
  }
}

static bool illegal_set(const struct search *all, uint32_t end, uint64_t believed) {
  static struct search search;
  doubt(all, end, believed, &search);
  return !search_from(&search, 0, (struct state){false, 0});
}

static uint64_t items_of(const struct search *all, const struct history *history,
                         const struct oracle_violation *violation) {
  uint64_t believed = 0;
  for (size_t i = 0; i < violation->event_count; i++)
    for (unsigned j = 0; j < all->count; j++)
      if (all->items[j].event == &history->events[violation->events[i]])
        believed |= UINT64_C(1) << j;
  return believed;
}

/* True where no `size` items from the first-th on are illegal together with `set`. */
static bool none_illegal(const struct search *all, uint32_t end, uint64_t set, unsigned first, unsigned size) {
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
    static struct search all;
    make(&made, seed);
    bool pairs = false;
    for (uint32_t i = 0; i < made.history.count; i++)
      pairs |= made.events[i].kind == HISTORY_MOVE || made.events[i].kind == HISTORY_SWAP;
    if (pairs || oracle_judge(&made.history, MAP_LINEARIZABLE, note, &told) != ORACLE_ILLEGAL)
      continue;
    for (unsigned i = 0; i < told.count; i++, seen++) {
      const struct oracle_violation *violation = &told.violations[i];
      const struct history_event *subject = &made.events[violation->events[0]];
      make_search(&made.history, told_of(&told, &made.history, 0) == violation ? 0 : 1, false, &all);
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
