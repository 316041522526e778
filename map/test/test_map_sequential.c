/* test_map_sequential.c - every map, used by one thread, does what a plain array of values would do.
 *
 * 1,000,000 random operations a map: every operation of map.h, over several key spaces, capacities and hash seeds,
 * with and without shrinking, in phases that fill, churn and drain the map.  Each answer is compared with the
 * model's.  Where the map is gomap inside, the run must have reached both kinds of growth and shrinking. */
#include "map/gomap.h"
#include "map/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPERATIONS 1000000u
#define KEYS_MAX 65536u

extern const struct map_ops tsearchmap_ops; /* map/adapters/, not registered */

/* The model: value 0 is "absent", and no operation stores 0. */
struct model {
  uint32_t keys;
  uint64_t count;
  uint64_t values[KEYS_MAX];
  uint8_t shown[KEYS_MAX]; /* by the iteration under way */
};

struct round {
  uint32_t keys;
  uint32_t capacity;
  uint32_t operations;
  bool shrink;
  uint32_t window; /* not 0: this many keys live, each as long as the others: overflow buckets come and thin out */
};

/* What a whole run has met. */
struct met {
  bool doubling, same_size, shrinking;
  unsigned iterations, deletions_iterating, clears, statuses[5];
};

struct fixture {
  const struct map_ops *ops;
  struct map *map;
  struct model *model;
  struct met met;
  uint64_t random;
  uint64_t fresh;                  /* values are unique within a run */
  uint32_t window, oldest, newest; /* of the round */
  unsigned delete_percent;
  unsigned stop_after; /* entries the iteration under way is to show, 0: all */
  unsigned shown;
};

static uint64_t test_random(struct fixture *f) {
  f->random ^= f->random << 13;
  f->random ^= f->random >> 7;
  f->random ^= f->random << 17;
  return f->random;
}

/* Small keys and keys with high bits: both kinds in each map. */
static uint64_t test_key(uint32_t index) { return index & 1 ? index * UINT64_C(0x9e3779b97f4a7c15) : index; }

static uint32_t test_index(const struct model *model, uint64_t key) {
  uint64_t inverse = UINT64_C(0xf1de83e19937733d); /* of the multiplier above, modulo 2^64 */
  uint64_t index = key < KEYS_MAX && !(key & 1) ? key : key * inverse;
  assert_true(index < model->keys);
  assert_int_equal(test_key((uint32_t)index), key);
  return (uint32_t)index;
}

static void test_model_set(struct model *model, uint32_t index, uint64_t value) {
  model->count += value != 0;
  model->count -= model->values[index] != 0;
  model->values[index] = value;
}

static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  struct fixture *f = context;
  uint32_t index = test_index(f->model, key);
  assert_int_equal(f->model->values[index], value);
  assert_int_equal(f->model->shown[index], 0);
  f->model->shown[index] = 1;
  f->shown++;
  if (f->shown == f->stop_after)
    return MAP_VISIT_STOP;
  if (f->delete_percent == 0 || test_random(f) % 100 >= f->delete_percent)
    return MAP_VISIT_NEXT;
  f->met.deletions_iterating++;
  test_model_set(f->model, index, 0);
  return MAP_VISIT_DELETE;
}

static void test_iterate(struct fixture *f, unsigned delete_percent) {
  uint64_t expected = f->model->count;
  memset(f->model->shown, 0, f->model->keys);
  f->delete_percent = delete_percent;
  f->stop_after = test_random(f) % 4 == 0 ? 1 + (unsigned)(test_random(f) % 8) : 0;
  f->shown = 0;
  f->ops->iterate(f->map, delete_percent != 0, test_random(f), test_visit, f);
  if (f->stop_after != 0 && f->stop_after < expected)
    expected = f->stop_after;
  assert_int_equal(f->shown, expected);
  f->met.iterations++;
}

static void test_snapshot(struct fixture *f) {
  struct map_snapshot look;
  f->ops->snapshot(f->map, &look);
  assert_int_equal(look.count, f->model->count);
  assert_false(look.flags & GOMAP_WRITING);
  if (look.old_buckets_left == 0)
    return;
  f->met.same_size |= (look.flags & GOMAP_SAME_SIZE) != 0;
  f->met.shrinking |= (look.flags & GOMAP_SHRINKING) != 0;
  f->met.doubling |= (look.flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING)) == 0;
}

static void test_expect(struct fixture *f, enum map_status expected, enum map_status status) {
  assert_int_equal(expected, status);
  f->met.statuses[status]++;
}

static void test_read(struct fixture *f, uint32_t index) {
  uint64_t held = f->model->values[index];
  uint64_t value = 0;
  test_expect(f, held ? MAP_DONE : MAP_ABSENT, f->ops->get(f->map, test_key(index), &value));
  assert_int_equal(value, held);
  test_expect(f, held ? MAP_DONE : MAP_ABSENT, f->ops->contains(f->map, test_key(index)));
  assert_int_equal(f->ops->len(f->map), f->model->count);
}

static void test_add(struct fixture *f, uint32_t index) {
  uint64_t held = f->model->values[index];
  uint64_t value = ++f->fresh;
  if (test_random(f) % 2) {
    test_expect(f, MAP_DONE, f->ops->put(f->map, test_key(index), value));
  } else {
    test_expect(f, held ? MAP_PRESENT : MAP_DONE, f->ops->insert(f->map, test_key(index), value));
    if (held)
      return;
  }
  test_model_set(f->model, index, value);
}

static void test_swap(struct fixture *f, uint32_t index) {
  uint64_t held = f->model->values[index];
  bool guess = test_random(f) % 2;
  uint64_t value = ++f->fresh;
  enum map_status expected = !held ? MAP_ABSENT : guess ? MAP_DONE : MAP_DIFFERS;
  test_expect(f, expected, f->ops->cas(f->map, test_key(index), guess ? held : UINT64_MAX, value));
  if (expected == MAP_DONE)
    test_model_set(f->model, index, value);
}

static void test_delete(struct fixture *f, uint32_t index) {
  test_expect(f, f->model->values[index] ? MAP_DONE : MAP_ABSENT, f->ops->del(f->map, test_key(index)));
  test_model_set(f->model, index, 0);
}

/* Adds the next key or deletes the oldest. */
static void test_slide(struct fixture *f) {
  if (f->newest - f->oldest < f->window)
    test_add(f, f->newest++ % f->model->keys);
  else
    test_delete(f, f->oldest++ % f->model->keys);
}

/* One operation; `add_percent` says whether the map fills or drains.  Those that touch every entry are rare where there
 * are many. */
static void test_operation(struct fixture *f, unsigned add_percent) {
  uint32_t index = (uint32_t)(test_random(f) % f->model->keys);
  uint64_t seldom = 64 + f->model->keys;
  if (test_random(f) % seldom == 0) {
    test_iterate(f, test_random(f) % 2 ? 1 + (unsigned)(test_random(f) % 100) : 0);
  } else if (test_random(f) % (8 * seldom) == 0) {
    f->ops->clear(f->map);
    memset(f->model->values, 0, f->model->keys * sizeof f->model->values[0]);
    f->model->count = 0;
    f->met.clears++;
  } else if (test_random(f) % 100 < 20) {
    test_read(f, index);
  } else if (test_random(f) % 100 < 10) {
    test_swap(f, index);
  } else if (f->window != 0) {
    test_slide(f);
  } else if (test_random(f) % 100 < add_percent) {
    test_add(f, index);
  } else {
    test_delete(f, index);
  }
}

static void test_round(struct fixture *f, const struct round *round) {
  struct map_config config = {.capacity_hint = round->capacity, .hash_seed = test_random(f), .shrink = round->shrink};
  static const unsigned phases[] = {90, 50, 55, 10, 70, 45};
  memset(f->model, 0, sizeof *f->model);
  f->model->keys = round->keys;
  f->window = round->window;
  f->oldest = f->newest = 0;
  f->map = f->ops->create(&config);
  assert_non_null(f->map);
  size_t phase_count = sizeof phases / sizeof phases[0];
  for (uint32_t n = 0; n < round->operations; n++) {
    test_operation(f, phases[n * phase_count / round->operations]);
    if (round->window != 0 || n % (1 + round->keys / 8) == 0)
      test_snapshot(f);
  }
  for (uint32_t index = 0; index < round->keys; index++)
    test_read(f, index);
  f->ops->destroy(f->map);
}

static struct met test_million(const struct map_ops *ops) {
  static const struct round rounds[] = {
      {.keys = 1, .operations = 10000},
      {.keys = 4, .operations = 20000, .shrink = true},
      {.keys = 16, .capacity = 9, .operations = 40000, .shrink = true},
      {.keys = 48, .operations = 80000},
      {.keys = 64, .capacity = 1, .operations = 80000, .shrink = true},
      {.keys = 300, .capacity = 8, .operations = 100000},
      {.keys = 512, .capacity = 100, .operations = 120000, .shrink = true},
      {.keys = 1000, .operations = 100000},
      {.keys = 1024, .operations = 100000, .shrink = true},
      {.keys = 2048, .operations = 50000, .window = 24},
      {.keys = 4096, .operations = 50000, .window = 100, .shrink = true},
      {.keys = 4096, .capacity = 5000, .operations = 50000},
      {.keys = 65536, .operations = 100000, .shrink = true},
      {.keys = 65536, .capacity = 65536, .operations = 100000},
  };
  struct fixture f = {.ops = ops, .random = UINT64_C(0x243f6a8885a308d3), .model = malloc(sizeof *f.model)};
  assert_non_null(f.model);
  uint32_t operations = 0;
  for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
    test_round(&f, &rounds[i]);
    operations += rounds[i].operations;
  }
  free(f.model);
  assert_int_equal(operations, OPERATIONS);
  assert_true(f.met.iterations > 1000 && f.met.deletions_iterating > 1000 && f.met.clears > 100);
  for (int status = MAP_DONE; status < MAP_NO_MEMORY; status++)
    assert_true(f.met.statuses[status] > 1000);
  return f.met;
}

static void test_gomap_agrees_with_the_model_and_grows_both_ways_and_shrinks(void **state) {
  (void)state;
  struct met met = test_million(&gomap_ops);
  assert_true(met.doubling && met.same_size && met.shrinking);
}

static void test_rwmap_agrees_with_the_model_and_grows_both_ways_and_shrinks(void **state) {
  (void)state;
  struct met met = test_million(map_find("rwmap"));
  assert_true(met.doubling && met.same_size && met.shrinking);
}

/* Short lives of many maps: each with its own seed, key space and capacity. */
static void test_every_map_agrees_with_the_model_under_many_hash_seeds(void **state) {
  (void)state;
  struct fixture f = {.random = UINT64_C(0x452821e638d01377), .model = malloc(sizeof *f.model)};
  assert_non_null(f.model);
  for (size_t i = 0; map_at(i) != NULL; i++) {
    f.ops = map_at(i);
    for (unsigned n = 0; n < 500; n++) {
      struct round round = {.keys = 1 + (uint32_t)(test_random(&f) % 200),
                            .capacity = (uint32_t)(test_random(&f) % 150),
                            .operations = 500,
                            .shrink = n % 2,
                            .window = n % 4 == 3 ? 1 + (uint32_t)(test_random(&f) % 60) : 0};
      test_round(&f, &round);
    }
  }
  free(f.model);
}

/* Whatever else is registered, and the adapter that is not. */
static void test_every_other_map_agrees_with_the_model(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++)
    if (strcmp(map_at(i)->name, "gomap") != 0 && strcmp(map_at(i)->name, "rwmap") != 0)
      test_million(map_at(i));
  test_million(&tsearchmap_ops);
}

static void test_registry_finds_each_map_by_name_and_nothing_else(void **state) {
  (void)state;
  size_t count = 0;
  for (; map_at(count) != NULL; count++)
    assert_ptr_equal(map_find(map_at(count)->name), map_at(count));
  assert_true(count >= 2);
  assert_null(map_at(count));
  assert_null(map_find("tsearchmap"));
  assert_null(map_find(""));
  assert_ptr_equal(map_find("gomap"), &gomap_ops);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_registry_finds_each_map_by_name_and_nothing_else),
      cmocka_unit_test(test_gomap_agrees_with_the_model_and_grows_both_ways_and_shrinks),
      cmocka_unit_test(test_rwmap_agrees_with_the_model_and_grows_both_ways_and_shrinks),
      cmocka_unit_test(test_every_map_agrees_with_the_model_under_many_hash_seeds),
      cmocka_unit_test(test_every_other_map_agrees_with_the_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
