/* oracle_orders.h - a history tried in every order that its calls and returns allow, on a sequential map that says
 * whether it would have answered so.  Shares nothing with the oracle. */
#ifndef HEDDLE_TEST_ORACLE_ORDERS_H
#define HEDDLE_TEST_ORACLE_ORDERS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "history/history.h"

#define ORDERS_KEYS_MAX 3
#define ORDERS_ITEMS_MAX 60

/* What one event has to do with some of the keys, at one instant. */
struct orders_item {
  const struct history_event *event;
  uint32_t keys; /* bits */
  uint32_t ret;
  bool optional; /* may not have happened */
  bool anything; /* may have done anything to its key, or nothing */
};

struct orders {
  struct orders_item items[ORDERS_ITEMS_MAX];
  unsigned count;
  struct {
    uint64_t value;
    unsigned key;
  } values[4 * ORDERS_ITEMS_MAX]; /* what `anything` may leave there */
  unsigned value_count;
};

struct orders_key {
  bool there;
  uint64_t value;
};
struct orders_state {
  struct orders_key keys[ORDERS_KEYS_MAX];
};

/* What nobody stores. */
#define ORDERS_OTHER (UINT64_MAX - 1)

static inline void orders_add(struct orders *orders, const struct history_event *event, uint32_t keys) {
  assert(orders->count < ORDERS_ITEMS_MAX);
  bool pending = event->ret == HISTORY_PENDING, pair = event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
  orders->items[orders->count++] = (struct orders_item){event, keys, event->ret, pending, pending && pair};
}

static inline void orders_add_value(struct orders *orders, unsigned key, uint64_t value) {
  for (unsigned i = 0; i < orders->value_count; i++)
    if (orders->values[i].value == value && orders->values[i].key == key)
      return;
  assert(orders->value_count < 4 * ORDERS_ITEMS_MAX);
  orders->values[orders->value_count].value = value;
  orders->values[orders->value_count++].key = key;
}

/* Every value that is mentioned, for those that may have done anything. */
static inline void orders_add_values(struct orders *orders) {
  for (unsigned i = 0; i < orders->count; i++) {
    const struct history_event *event = orders->items[i].event;
    for (unsigned key = 0; key < ORDERS_KEYS_MAX; key++) {
      if (!(orders->items[i].keys >> key & 1))
        continue;
      orders_add_value(orders, key, event->expected);
      orders_add_value(orders, key, event->result);
      orders_add_value(orders, key, event->other_result);
    }
  }
}

static inline bool orders_same(const struct history_event *event, enum map_status status, bool fetches,
                               uint64_t result) {
  return event->ret == HISTORY_PENDING || (event->status == status && (!fetches || event->result == result));
}

static inline bool orders_run_pair(const struct history_event *event, bool other, struct orders_key *key) {
  bool one = event->key == event->other, move = event->kind == HISTORY_MOVE;
  if (event->status == MAP_ABSENT)
    return move ? other || !key->there : !one || !key->there;
  if (event->status == MAP_PRESENT)
    return move && (!other || key->there);
  if (event->status != MAP_DONE)
    return false;
  if (move) {
    if (one || key->there == other || (key->there && key->value != event->result))
      return false;
    *key = other ? (struct orders_key){true, event->result} : (struct orders_key){false, 0};
    return true;
  }
  uint64_t before = other ? event->other_result : event->result, after = other ? event->result : event->other_result;
  if (!key->there || key->value != before || (one && before != after))
    return false;
  key->value = after;
  return true;
}

/* The sequential map, on one key: false where it would not have answered so. */
static inline bool orders_run_key(const struct history_event *event, bool other, struct orders_key *key) {
  bool there = key->there;
  enum map_status found = there ? MAP_DONE : MAP_ABSENT;
  uint64_t value = key->value;
  switch ((enum history_kind)event->kind) {
  case HISTORY_GET:
    return orders_same(event, found, there, value);
  case HISTORY_CONTAINS:
    return orders_same(event, found, false, 0);
  case HISTORY_SHOWN:
    return there && value == event->result;
  case HISTORY_ITERATE:
    return !there;
  case HISTORY_PUT:
    *key = (struct orders_key){true, event->value};
    return orders_same(event, MAP_DONE, false, 0);
  case HISTORY_INSERT:
  case HISTORY_GET_OR_INSERT:
    if (!there)
      *key = (struct orders_key){true, event->value};
    return orders_same(event, there ? MAP_PRESENT : MAP_DONE, event->kind == HISTORY_GET_OR_INSERT, key->value);
  case HISTORY_CAS:
    if (!there)
      return orders_same(event, MAP_ABSENT, false, 0);
    if (value != event->expected)
      return orders_same(event, MAP_DIFFERS, false, 0);
    key->value = event->value;
    return orders_same(event, MAP_DONE, false, 0);
  case HISTORY_DEL:
  case HISTORY_TAKE:
    *key = (struct orders_key){false, 0};
    return orders_same(event, found, there && event->kind == HISTORY_TAKE, value);
  case HISTORY_CLEAR:
  case HISTORY_ERASED:
    *key = (struct orders_key){false, 0};
    return true;
  case HISTORY_MOVE:
  case HISTORY_SWAP:
    return orders_run_pair(event, other, key);
  default:
    abort();
  }
}

/* On all keys of the item at once. */
static inline bool orders_run(const struct orders_item *item, struct orders_state *state) {
  const struct history_event *event = item->event;
  bool pair = event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
  unsigned there = 0;
  for (unsigned key = 0; key < ORDERS_KEYS_MAX; key++)
    there += state->keys[key].there;
  if (event->kind == HISTORY_LEN)
    return there == event->result;
  if (event->kind == HISTORY_SWAP && event->status == MAP_ABSENT && (item->keys & (item->keys - 1)))
    return !state->keys[event->key].there || !state->keys[event->other].there;
  for (unsigned key = 0; key < ORDERS_KEYS_MAX; key++)
    if ((item->keys >> key & 1) && !orders_run_key(event, pair && event->key != key, &state->keys[key]))
      return false;
  return true;
}

/* Where the search has been; that it came to nothing, or it would be over. */
#define ORDERS_SEEN 131072
static struct {
  uint64_t search, done;
  struct orders_state state;
} orders_seen[ORDERS_SEEN];
static uint64_t orders_search, orders_steps;
#define ORDERS_STEPS_MAX 300000

static inline bool orders_state_equal(const struct orders_state *a, const struct orders_state *b) {
  for (unsigned key = 0; key < ORDERS_KEYS_MAX; key++)
    if (a->keys[key].there != b->keys[key].there || a->keys[key].value != b->keys[key].value)
      return false;
  return true;
}

/* Notes that the search has come here; true where it had already. */
static inline bool orders_been_here(uint64_t done, const struct orders_state *state) {
  uint64_t hash = done * 31;
  for (unsigned key = 0; key < ORDERS_KEYS_MAX; key++)
    hash = (hash + 2 * state->keys[key].value + state->keys[key].there) * UINT64_C(0x9e3779b97f4a7c15);
  for (unsigned probe = 0; probe < 8; probe++) {
    uint64_t at = ((hash >> 32) + probe) % ORDERS_SEEN;
    if (orders_seen[at].search != orders_search) {
      orders_seen[at].search = orders_search;
      orders_seen[at].done = done;
      orders_seen[at].state = *state;
      return false;
    }
    if (orders_seen[at].done == done && orders_state_equal(&orders_seen[at].state, state))
      return true;
  }
  return false; /* no room: it will be searched again */
}

static inline bool orders_from(const struct orders *orders, uint64_t done, struct orders_state state);

/* One that may do anything does so. */
static inline bool orders_anything(const struct orders *orders, uint64_t done, struct orders_state state,
                                   unsigned key) {
  if (orders_from(orders, done, state))
    return true;
  state.keys[key] = (struct orders_key){false, 0};
  if (orders_from(orders, done, state))
    return true;
  state.keys[key] = (struct orders_key){true, ORDERS_OTHER};
  if (orders_from(orders, done, state))
    return true;
  for (unsigned i = 0; i < orders->value_count; i++) {
    state.keys[key].value = orders->values[i].value;
    if (orders->values[i].key == key && orders_from(orders, done, state))
      return true;
  }
  return false;
}

/* True where what is not done yet can be put in order. */
static inline bool orders_from(const struct orders *orders, uint64_t done, struct orders_state state) {
  uint32_t first_return = UINT32_MAX, last_call = 0;
  bool all = true;
  for (unsigned i = 0; i < orders->count; i++) {
    const struct orders_item *item = &orders->items[i];
    if (done >> i & 1) {
      last_call = item->event->call > last_call ? item->event->call : last_call;
      continue;
    }
    all &= item->optional;
    if (item->ret < first_return && !item->optional)
      first_return = item->ret;
  }
  if (all)
    return true;
  if (orders_been_here(done, &state) || ++orders_steps > ORDERS_STEPS_MAX)
    return false;
  for (unsigned i = 0; i < orders->count; i++) {
    const struct orders_item *item = &orders->items[i];
    /* Before whoever returned first; and what is optional, before it returned itself, or never. */
    if ((done >> i & 1) || item->event->call > first_return || last_call > item->ret)
      continue;
    uint64_t then = done | UINT64_C(1) << i;
    struct orders_state next = state;
    if (item->anything ? orders_anything(orders, then, state, (unsigned)__builtin_ctz(item->keys))
                       : orders_run(item, &next) && orders_from(orders, then, next))
      return true;
  }
  return false;
}

/* True where there is one.  Where orders_steps is then above ORDERS_STEPS_MAX, there may be even so. */
static inline bool orders_exist(const struct orders *orders) {
  orders_search++;
  orders_steps = 0;
  return orders_from(orders, 0, (struct orders_state){0});
}

/* ---- taking a history in ---- */

/* Bits of the keys below `keys` that the event names or, for clear, concerns; 0: none. */
static inline uint32_t orders_keys_of(const struct history_event *event, unsigned keys) {
  uint32_t all = (1u << keys) - 1;
  switch ((enum history_kind)event->kind) {
  case HISTORY_CLEAR:
    return all;
  case HISTORY_LEN:
  case HISTORY_ITERATE:
  case HISTORY_SHOWN:
    return 0;
  case HISTORY_MOVE:
  case HISTORY_SWAP:
    return (1u << event->key | 1u << event->other) & all;
  default:
    return 1u << event->key & all;
  }
}

/* The calls that concern one of `keys` (bits), each of those keys by itself; `whole`, if any, on all its keys at once.
 * Without what iterations saw, and without len. */
static inline void orders_take(struct orders *orders, const struct history *history, uint32_t keys,
                               const struct history_event *whole) {
  orders->count = orders->value_count = 0;
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    uint32_t mine = orders_keys_of(event, ORDERS_KEYS_MAX) & keys;
    bool one = (event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP) && event->key == event->other;
    if (event->ret == HISTORY_PENDING ? one : event->status == MAP_NO_MEMORY)
      continue; /* no effect */
    if (event == whole) {
      orders_add(orders, event, mine);
      continue;
    }
    for (; mine; mine &= mine - 1)
      orders_add(orders, event, mine & -mine);
  }
  orders_add_values(orders);
}

/* A clear before anything else that happens to the key. */
static inline bool orders_early_clear(const struct orders *all, unsigned index) {
  const struct orders_item *clear = &all->items[index];
  bool early = clear->event->kind == HISTORY_CLEAR;
  for (unsigned i = 0; i < all->count; i++)
    if (all->items[i].event->kind != HISTORY_CLEAR && (all->items[i].keys & clear->keys))
      early &= clear->ret < all->items[i].event->call;
  return early;
}

/* Whether the iteration showed the key. */
static inline bool orders_shown(const struct history *history, uint32_t iteration, uint64_t key) {
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    if (event->kind == HISTORY_SHOWN && event->parent == iteration && event->key == key)
      return true;
  }
  return false;
}

/* What iterations saw of one key. */
static inline void orders_take_iterations(struct orders *orders, const struct history *history, unsigned key) {
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    bool absent = event->kind == HISTORY_ITERATE && event->ret != HISTORY_PENDING && !orders_shown(history, i, key);
    if (absent || (event->kind == HISTORY_SHOWN && event->key == key))
      orders_add(orders, event, 1u << key);
  }
  orders_add_values(orders);
}

#endif
