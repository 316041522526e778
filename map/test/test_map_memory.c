/* test_map_memory.c - guarantee G: running out of memory loses nothing, leaks nothing and breaks nothing.
 *
 * A fixed script of operations is run again and again; in the nth run the nth allocation fails, once or with all
 * that follow.  After every refused operation the map must still agree with the model. */
#include "map/gomap_internal.h"
#include "map/map.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 512u
#define OPERATIONS 6000u

extern const struct map_ops tsearchmap_ops; /* map/adapters/, not registered */

struct fixture {
  const struct map_ops *ops;
  struct map *map;
  uint64_t values[KEYS]; /* the model; 0: absent */
  uint64_t count;
  uint64_t random;
  uint32_t oldest, newest; /* keys live from oldest to newest, modulo KEYS */
  unsigned met;            /* enum gomap_flag of the growths seen under way; GOMAP_WRITING stands for doubling */
};

static uint64_t test_random(struct fixture *f) {
  f->random ^= f->random << 13;
  f->random ^= f->random >> 7;
  f->random ^= f->random << 17;
  return f->random;
}

static void test_set(struct fixture *f, uint32_t key, uint64_t value) {
  f->count += value != 0;
  f->count -= f->values[key] != 0;
  f->values[key] = value;
}

static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  struct fixture *f = context;
  assert_true(key < KEYS);
  assert_int_equal(f->values[key], value);
  if (key % 16 != 3)
    return MAP_VISIT_NEXT;
  test_set(f, (uint32_t)key, 0);
  return MAP_VISIT_DELETE;
}

static enum map_visit_result test_count(void *context, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  ++*(uint64_t *)context;
  return MAP_VISIT_NEXT;
}

static void test_agrees(struct fixture *f) {
  uint64_t shown = 0;
  f->ops->iterate(f->map, false, f->random, test_count, &shown);
  assert_int_equal(shown, f->count);
  assert_int_equal(f->ops->len(f->map), f->count);
  for (uint32_t key = 0; key < KEYS; key++) {
    uint64_t value = 0;
    assert_int_equal(f->ops->get(f->map, key, &value), f->values[key] ? MAP_DONE : MAP_ABSENT);
    assert_int_equal(value, f->values[key]);
  }
}

static void test_add(struct fixture *f) {
  uint32_t key = f->newest++ % KEYS;
  uint64_t value = f->random | 1;
  uint64_t held = f->values[key];
  bool insert = f->newest % 2;
  enum map_status status = insert ? f->ops->insert(f->map, key, value) : f->ops->put(f->map, key, value);
  if (status == MAP_NO_MEMORY) {
    assert_true(allocation_hook.failed > 0);
    assert_int_equal(held, 0); /* a key that is there needs no memory */
    test_agrees(f);
  } else if (insert && held) {
    assert_int_equal(status, MAP_PRESENT);
  } else {
    assert_int_equal(status, MAP_DONE);
    test_set(f, key, value);
  }
}

/* Calls that have no way to say "no memory" and must not need any. */
static void test_change(struct fixture *f) {
  uint32_t key = (uint32_t)(test_random(f) % KEYS);
  uint64_t held = f->values[key];
  if (held && f->random >> 33 & 1) {
    assert_int_equal(f->ops->put(f->map, key, f->random | 1), MAP_DONE);
    test_set(f, key, f->random | 1);
  } else if (f->random >> 32 & 1) {
    assert_int_equal(f->ops->cas(f->map, key, held, f->random | 1), held ? MAP_DONE : MAP_ABSENT);
    if (held)
      test_set(f, key, f->random | 1);
  } else {
    uint32_t oldest = f->oldest++ % KEYS;
    assert_int_equal(f->ops->del(f->map, oldest), f->values[oldest] ? MAP_DONE : MAP_ABSENT);
    test_set(f, oldest, 0);
  }
}

static void test_note_growth(struct fixture *f) {
  struct map_snapshot look;
  f->ops->snapshot(f->map, &look);
  unsigned kind = look.flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING);
  if (look.old_buckets_left > 0)
    f->met |= kind ? kind : GOMAP_WRITING;
}

/* Small windows slide, in which overflow buckets pile up; between them the map fills and drains. */
static void test_script(struct fixture *f) {
  for (uint32_t n = 0; n < OPERATIONS; n++) {
    static const uint32_t live[] = {24, 50, 300, 10, 24, 12};
    uint32_t window = live[n * 6 / OPERATIONS];
    if (test_random(f) % 400 == 0)
      f->ops->iterate(f->map, true, f->random, test_visit, f);
    else if (f->newest - f->oldest < window)
      test_add(f);
    else
      test_change(f);
    test_note_growth(f);
  }
  test_agrees(f);
  f->ops->clear(f->map);
  memset(f->values, 0, sizeof f->values);
  f->count = 0;
  test_add(f);
  test_agrees(f);
}

/* Runs the script with the fail_at-th allocation refused.  False: the script asks for fewer. */
static bool test_run(const struct map_ops *ops, uint64_t fail_at, bool fail_on, unsigned *met) {
  struct fixture f = {.ops = ops, .random = UINT64_C(0x13198a2e03707344)};
  struct map_config config = {.hash_seed = 7, .shrink = true};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  allocation_hook.fail_at = fail_at;
  allocation_hook.fail_on = fail_on;
  f.map = ops->create(&config);
  if (f.map != NULL) {
    test_script(&f);
    ops->destroy(f.map);
  } else {
    assert_true(allocation_hook.failed > 0);
  }
  assert_int_equal(allocation_hook.live, 0);
  *met |= f.met;
  return allocation_hook.failed > 0;
}

static void test_sweep(const struct map_ops *ops, uint64_t least, unsigned must_meet) {
  for (int fail_on = 0; fail_on <= 1; fail_on++) {
    unsigned met = 0;
    uint64_t fail_at = 1;
    while (test_run(ops, fail_at, fail_on, &met))
      fail_at += 1 + fail_at / 60; /* each of the first sixty, then fewer */
    assert_true(fail_at > least);
    assert_int_equal(met & must_meet, must_meet);
  }
}

static void test_no_registered_map_loses_or_leaks_when_an_allocation_fails(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++) {
    if (!(map_at(i)->guarantees & MAP_NO_MEMORY_SAFE))
      continue;
    bool go = strcmp(map_at(i)->name, "gomap") == 0 || strcmp(map_at(i)->name, "rwmap") == 0;
    test_sweep(map_at(i), go ? 40 : 1, go ? GOMAP_SAME_SIZE | GOMAP_SHRINKING | GOMAP_WRITING : 0);
  }
}

static void test_the_example_adapter_neither_loses_nor_leaks(void **state) {
  (void)state;
  test_sweep(&tsearchmap_ops, 100, 0);
}

/* The next key from *key on whose bucket among four is `bucket`, or with `others` is not. */
static uint64_t test_next_key(const struct map *map, uint64_t *key, uint64_t bucket, bool others) {
  do
    ++*key;
  while ((gomap_hash((const struct gomap *)map, *key) % 4 == bucket) == others);
  return *key;
}

/* A full map of four buckets, `crowd` in the first, that began to double without memory to evacuate that one. */
static struct map *test_stuck_growth(uint64_t crowd[20], uint64_t *last) {
  struct map_config config = {.capacity_hint = 26, .hash_seed = 5};
  struct map *map = gomap_create(&config);
  uint64_t key = 0;
  for (unsigned n = 0; n < 20; n++)
    assert_int_equal(gomap_ops.put(map, crowd[n] = test_next_key(map, &key, 0, false), 1), MAP_DONE);
  for (unsigned n = 20; n < 26; n++)
    assert_int_equal(gomap_ops.put(map, test_next_key(map, &key, 0, true), 1), MAP_DONE);
  allocation_hook.fail_at = allocation_hook.made + 2; /* the new table is the last allocation to succeed */
  allocation_hook.fail_on = true;
  assert_int_equal(gomap_ops.put(map, test_next_key(map, &key, 1, false), 1), MAP_DONE);
  assert_true(gomap_is_growing(gomap_of(map)));
  *last = test_next_key(map, &key, 0, false);
  return map;
}

static void test_an_old_bucket_without_memory_to_evacuate_it_stays_in_use(void **state) {
  (void)state;
  uint64_t crowd[20], last, value, shown = 0;
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = test_stuck_growth(crowd, &last);
  assert_int_equal(gomap_ops.put(map, last, 9), MAP_NO_MEMORY);
  assert_int_equal(gomap_ops.put(map, crowd[0], 2), MAP_DONE);
  assert_int_equal(gomap_ops.insert(map, crowd[1], 3), MAP_PRESENT);
  assert_int_equal(gomap_ops.cas(map, crowd[2], 1, 4), MAP_DONE);
  assert_int_equal(gomap_ops.del(map, crowd[3]), MAP_DONE);
  assert_int_equal(gomap_ops.del(map, crowd[19]), MAP_DONE);
  assert_int_equal(gomap_ops.put(map, last, 9), MAP_NO_MEMORY);
  assert_false(gomap_is_evacuated(gomap_old_bucket_of(gomap_of(map), 0)));
  allocation_hook.fail_at = 0;
  assert_int_equal(gomap_ops.put(map, last, 9), MAP_DONE);
  assert_true(!gomap_is_growing(gomap_of(map)) || gomap_is_evacuated(gomap_old_bucket_of(gomap_of(map), 0)));
  static const uint64_t values[20] = {2, 1, 4, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  for (unsigned n = 0; n < 20; n++) {
    assert_int_equal(gomap_ops.get(map, crowd[n], &value), values[n] ? MAP_DONE : MAP_ABSENT);
    assert_true(values[n] == 0 || value == values[n]);
  }
  gomap_ops.iterate(map, false, 1, test_count, &shown);
  assert_int_equal(shown, 26);
  gomap_destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_a_hint_too_large_for_memory_gives_no_map(void **state) {
  (void)state;
  struct map_config config = {.capacity_hint = UINT64_C(1) << 55};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  allocation_hook.fail_at = 2; /* what the system would say, had it been asked */
  assert_null(gomap_create(&config));
  assert_int_equal(allocation_hook.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_registered_map_loses_or_leaks_when_an_allocation_fails),
      cmocka_unit_test(test_the_example_adapter_neither_loses_nor_leaks),
      cmocka_unit_test(test_an_old_bucket_without_memory_to_evacuate_it_stays_in_use),
      cmocka_unit_test(test_a_hint_too_large_for_memory_gives_no_map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
