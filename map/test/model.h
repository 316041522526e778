/* model.h - a plain array that does what a map should do: each operation is done to both and the answers are compared.
 *
 * For tests that use one thread.  Every function fails the test where the map differs, and does nothing where the map
 * does not have the operation.  "No memory" is right only where an allocation was refused while the call was under way,
 * and only from calls that may want one; then nothing has changed. */
#ifndef HEDDLE_MAP_TEST_MODEL_H
#define HEDDLE_MAP_TEST_MODEL_H

#include "map/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MODEL_KEYS_MAX 65536u

struct model {
  const struct map_ops *ops;
  struct map *map;
  const uint64_t *refused; /* allocations that were refused so far; NULL: none ever is */
  uint64_t random;         /* state of model_random, not 0 */
  uint64_t fresh;          /* values so far */

  uint32_t keys; /* indices below this are in use */
  uint64_t count;
  bool present[MODEL_KEYS_MAX];
  uint64_t values[MODEL_KEYS_MAX];

  /* The iteration under way. */
  bool shown[MODEL_KEYS_MAX];
  unsigned delete_percent; /* of the entries shown */
  uint64_t stop_after;     /* entries, 0: none */
  uint64_t shown_count;

  uint64_t statuses[MAP_NO_MEMORY + 1]; /* answers so far, by enum map_status */
  uint64_t iterations, deletions_iterating, clears;
};

static inline uint64_t model_random(struct model *m) {
  m->random ^= m->random << 13;
  m->random ^= m->random >> 7;
  m->random ^= m->random << 17;
  return m->random;
}

#define MODEL_FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define MODEL_FACTOR_INVERSE UINT64_C(0xf1de83e19937733d) /* modulo 2^64 */

/* Small keys, large ones, scattered ones, and ones without low bits; 0 and the largest among the first. */
static inline uint64_t model_key(uint32_t index) {
  switch (index % 4) {
  case 0:
    return index;
  case 1:
    return ~(uint64_t)(index - 1);
  case 2:
    return index * MODEL_FACTOR;
  default:
    return (uint64_t)index << 48;
  }
}

static inline uint32_t model_index(const struct model *m, uint64_t key) {
  const uint64_t indices[] = {key, ~key + 1, key * MODEL_FACTOR_INVERSE, key >> 48};
  for (unsigned i = 0; i < 4; i++)
    if (indices[i] < m->keys && model_key((uint32_t)indices[i]) == key)
      return (uint32_t)indices[i];
  fail_msg("key %llu was never stored", (unsigned long long)key);
  return 0;
}

/* No two alike, but that now and then it is an extreme one. */
static inline uint64_t model_fresh(struct model *m) {
  m->fresh++;
  return m->fresh % 16 == 0 ? 0 : m->fresh % 16 == 1 ? UINT64_MAX : m->fresh;
}

static inline void model_set(struct model *m, uint32_t index, uint64_t value) {
  m->count += !m->present[index];
  m->present[index] = true;
  m->values[index] = value;
}

static inline void model_unset(struct model *m, uint32_t index) {
  m->count -= m->present[index];
  m->present[index] = false;
}

static inline void model_begin(struct model *m, uint32_t keys) {
  m->keys = keys;
  m->count = 0;
  memset(m->present, 0, sizeof m->present);
}

static inline uint64_t model_refused(const struct model *m) { return m->refused != NULL ? *m->refused : 0; }

static inline void model_expect(struct model *m, enum map_status expected, enum map_status status) {
  if (status != expected)
    fail_msg("%s answered %d, not %d", m->ops->name, status, expected);
  m->statuses[status]++;
}

/* Of a call that may want memory; `refused` is from before it.  False: there was none. */
static inline bool model_expect_or_none(struct model *m, enum map_status expected, enum map_status status,
                                        uint64_t refused) {
  bool none = status == MAP_NO_MEMORY && model_refused(m) > refused;
  model_expect(m, none ? MAP_NO_MEMORY : expected, status);
  return !none;
}

/* ---- what only reads ---- */

static inline void model_get(struct model *m, uint32_t index) {
  uint64_t value = 0;
  model_expect(m, m->present[index] ? MAP_DONE : MAP_ABSENT, m->ops->get(m->map, model_key(index), &value));
  if (m->present[index])
    assert_int_equal(value, m->values[index]);
}

static inline void model_contains(struct model *m, uint32_t index) {
  model_expect(m, m->present[index] ? MAP_DONE : MAP_ABSENT, m->ops->contains(m->map, model_key(index)));
}

static inline void model_len(struct model *m) { assert_int_equal(m->ops->len(m->map), m->count); }

/* ---- one key ---- */

static inline void model_put(struct model *m, uint32_t index) {
  uint64_t value = model_fresh(m), refused = model_refused(m);
  if (model_expect_or_none(m, MAP_DONE, m->ops->put(m->map, model_key(index), value), refused))
    model_set(m, index, value);
}

static inline void model_insert(struct model *m, uint32_t index) {
  uint64_t value = model_fresh(m), refused = model_refused(m);
  enum map_status expected = m->present[index] ? MAP_PRESENT : MAP_DONE;
  if (model_expect_or_none(m, expected, m->ops->insert(m->map, model_key(index), value), refused) &&
      expected == MAP_DONE)
    model_set(m, index, value);
}

static inline void model_get_or_insert(struct model *m, uint32_t index) {
  if (m->ops->get_or_insert == NULL)
    return;
  uint64_t value = model_fresh(m), actual = ~value, refused = model_refused(m);
  enum map_status expected = m->present[index] ? MAP_PRESENT : MAP_DONE;
  enum map_status status = m->ops->get_or_insert(m->map, model_key(index), value, &actual);
  if (!model_expect_or_none(m, expected, status, refused))
    return;
  if (expected == MAP_DONE)
    model_set(m, index, value);
  assert_int_equal(actual, m->values[index]);
}

static inline void model_cas(struct model *m, uint32_t index, bool guess) {
  uint64_t value = model_fresh(m), refused = model_refused(m);
  uint64_t held = m->present[index] ? m->values[index] : 0;
  enum map_status expected = !m->present[index] ? MAP_ABSENT : guess ? MAP_DONE : MAP_DIFFERS;
  enum map_status status = m->ops->cas(m->map, model_key(index), guess ? held : held ^ 1, value);
  if (model_expect_or_none(m, expected, status, refused) && expected == MAP_DONE)
    model_set(m, index, value);
}

static inline void model_del(struct model *m, uint32_t index) {
  model_expect(m, m->present[index] ? MAP_DONE : MAP_ABSENT, m->ops->del(m->map, model_key(index)));
  model_unset(m, index);
}

static inline void model_take(struct model *m, uint32_t index) {
  if (m->ops->take == NULL)
    return;
  uint64_t value = 0;
  model_expect(m, m->present[index] ? MAP_DONE : MAP_ABSENT, m->ops->take(m->map, model_key(index), &value));
  if (m->present[index])
    assert_int_equal(value, m->values[index]);
  model_unset(m, index);
}

/* ---- two keys ---- */

static inline void model_move(struct model *m, uint32_t from, uint32_t to) {
  if (m->ops->move == NULL)
    return;
  uint64_t value = 0, refused = model_refused(m);
  enum map_status expected = !m->present[from] ? MAP_ABSENT : m->present[to] ? MAP_PRESENT : MAP_DONE;
  enum map_status status = m->ops->move(m->map, model_key(from), model_key(to), &value);
  if (!model_expect_or_none(m, expected, status, refused) || expected != MAP_DONE)
    return;
  assert_int_equal(value, m->values[from]);
  model_set(m, to, value);
  model_unset(m, from);
}

static inline void model_swap(struct model *m, uint32_t a, uint32_t b) {
  if (m->ops->swap == NULL)
    return;
  uint64_t values[2] = {0, 0}, refused = model_refused(m);
  enum map_status expected = m->present[a] && m->present[b] ? MAP_DONE : MAP_ABSENT;
  enum map_status status = m->ops->swap(m->map, model_key(a), model_key(b), values);
  if (!model_expect_or_none(m, expected, status, refused) || expected != MAP_DONE)
    return;
  assert_int_equal(values[0], m->values[a]);
  assert_int_equal(values[1], m->values[b]);
  m->values[a] = values[1];
  m->values[b] = values[0];
}

/* ---- all keys ---- */

static inline void model_clear(struct model *m) {
  m->ops->clear(m->map);
  model_begin(m, m->keys);
  m->clears++;
}

static inline enum map_visit_result model_visit(void *context, uint64_t key, uint64_t value) {
  struct model *m = context;
  uint32_t index = model_index(m, key);
  assert_true(m->present[index] && !m->shown[index]);
  assert_int_equal(m->values[index], value);
  m->shown[index] = true;
  m->shown_count++;
  if (m->shown_count == m->stop_after)
    return MAP_VISIT_STOP;
  if (m->delete_percent == 0 || model_random(m) % 100 >= m->delete_percent)
    return MAP_VISIT_NEXT;
  m->deletions_iterating++;
  model_unset(m, index);
  return MAP_VISIT_DELETE;
}

static inline void model_iterate(struct model *m, unsigned delete_percent, uint64_t stop_after) {
  uint64_t expected = m->count;
  memset(m->shown, 0, m->keys * sizeof m->shown[0]);
  m->delete_percent = delete_percent;
  m->stop_after = stop_after;
  m->shown_count = 0;
  m->ops->iterate(m->map, delete_percent != 0, model_random(m), model_visit, m);
  if (stop_after != 0 && stop_after < expected)
    expected = stop_after;
  assert_int_equal(m->shown_count, expected);
  m->iterations++;
}

/* The map's own check finds nothing, and its snapshot is that of a map at rest with so many keys. */
static inline struct map_snapshot model_check(struct model *m) {
  struct map_fault fault = {.broken = MAP_BROKEN_SHAPE, .text = "not set"};
  enum map_invariant broken = m->ops->check(m->map, &fault);
  if (broken != MAP_SOUND)
    fail_msg("%s: invariant %d: %s", m->ops->name, broken, fault.text);
  assert_int_equal(fault.broken, MAP_SOUND);
  struct map_snapshot look;
  m->ops->snapshot(m->map, &look);
  assert_int_equal(look.count, m->count);
  assert_int_equal(look.in_progress, 0);
  assert_true(look.retired <= look.retired_bound);
  return look;
}

/* Everything that can be asked. */
static inline void model_agree(struct model *m) {
  model_check(m);
  model_len(m);
  model_iterate(m, 0, 0);
  for (uint32_t index = 0; index < m->keys; index++)
    model_get(m, index);
}

#endif
