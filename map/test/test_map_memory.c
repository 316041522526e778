/* test_map_memory.c - guarantees G and K: running out of memory loses nothing, leaks nothing and breaks nothing, and no
 * block is freed that the map itself says is in use.
 *
 * Scripts of operations are run again and again; in the nth run the nth allocation is refused, once or with all that
 * follow.  model.h compares each answer, and after refusals everything. */
#include "map/gomap_internal.h"
#include "map/map.h"
#include "map/test/allocation_hook.h"
#include "map/test/model.h"

extern const struct map_ops tsearchmap_ops; /* map/adapters/, not registered */

/* Each window is the number of keys live through one part of the script: they slide, so that overflow buckets and
 * tombstones pile up, and fill and drain the map from one part to the next. */
struct script {
  uint32_t operations;
  uint32_t windows[6];
};

static const struct script short_script = {300, {12, 30, 3, 40, 9, 1}};
static const struct script long_script = {6000, {24, 50, 300, 10, 24, 12}};

static struct fixture {
  struct model model;
  uint32_t oldest, newest; /* keys live, modulo the number of keys */
  unsigned met;            /* enum gomap_flag of the growths seen under way; GOMAP_WRITING stands for doubling */
} fixture;

/* A free by a call of the map under test: nobody may have said that he still needs the block. */
static void test_freeing(const void *block) {
  const struct model *m = &fixture.model;
  assert_false(m->map != NULL && m->ops->protects(m->map, block));
}

static void test_add(struct model *m, uint32_t index) {
  switch (model_random(m) % 3) {
  case 0:
    model_put(m, index);
    break;
  case 1:
    model_insert(m, index);
    break;
  default:
    model_get_or_insert(m, index);
  }
}

/* The index of a key that is live, or of the next. */
static uint32_t test_live(struct fixture *f) {
  uint64_t choices = 1 + f->newest - f->oldest;
  return (f->oldest + (uint32_t)(model_random(&f->model) % choices)) % f->model.keys;
}

/* The window slides by one. */
static void test_slide(struct fixture *f, bool take) {
  struct model *m = &f->model;
  uint32_t oldest = f->oldest++ % m->keys;
  if (take && m->ops->take != NULL)
    model_take(m, oldest);
  else
    model_del(m, oldest);
}

static void test_change(struct fixture *f) {
  struct model *m = &f->model;
  uint32_t index = test_live(f);
  switch (model_random(m) % 8) {
  case 0:
    model_put(m, index);
    break;
  case 1:
    model_cas(m, index, model_random(m) % 4);
    break;
  case 2:
    model_swap(m, index, test_live(f));
    break;
  case 3:
    if (m->ops->move != NULL)
      model_move(m, f->oldest++ % m->keys, f->newest++ % m->keys);
    break;
  default:
    test_slide(f, model_random(m) % 4 == 0);
  }
}

static void test_operation(struct fixture *f, const struct script *script, uint32_t window) {
  struct model *m = &f->model;
  if (model_random(m) % 400 == 0)
    model_iterate(m, 6, 0);
  else if (script == &short_script && model_random(m) % 100 == 0)
    model_clear(m);
  else if (f->newest - f->oldest < window)
    test_add(m, f->newest++ % m->keys);
  else
    test_change(f);
}

static void test_script(struct fixture *f, const struct script *script) {
  struct model *m = &f->model;
  uint64_t refusals = 0; /* answers so far that there was no memory */
  for (uint32_t n = 0; n < script->operations; n++) {
    test_operation(f, script, script->windows[n * 6 / script->operations]);
    struct map_snapshot look = {0};
    if (m->statuses[MAP_NO_MEMORY] != refusals) {
      refusals = m->statuses[MAP_NO_MEMORY];
      if (refusals < 8 || refusals % 128 == 0)
        model_agree(m);
    }
    if (n % 8 == 0)
      look = model_check(m);
    unsigned kind = look.flags & (GOMAP_SAME_SIZE | GOMAP_SHRINKING);
    if (look.old_buckets_left > 0)
      f->met |= kind ? kind : GOMAP_WRITING;
  }
  model_agree(m);
  model_clear(m);
  test_add(m, 1);
  model_agree(m);
}

/* Runs the script with the fail_at-th allocation refused.  False: the script asks for fewer. */
static bool test_run(const struct map_ops *ops, const struct script *script, uint64_t fail_at, bool fail_on) {
  struct fixture *f = &fixture;
  struct model *m = &f->model;
  struct map_config config = {.hash_seed = 7, .shrink = true};
  memset(m->statuses, 0, sizeof m->statuses);
  f->oldest = f->newest = 0;
  m->ops = ops;
  m->random = UINT64_C(0x13198a2e03707344);
  m->refused = &allocation_hook.failed;
  model_begin(m, 512);
  memset(&allocation_hook, 0, sizeof allocation_hook);
  allocation_hook.fail_at = fail_at;
  allocation_hook.fail_on = fail_on;
  m->map = ops->create(&config);
  if (m->map != NULL) {
    allocation_hook.freeing = ops->protects != NULL ? test_freeing : NULL;
    test_script(f, script);
    allocation_hook.freeing = NULL;
    ops->destroy(m->map);
  } else {
    assert_true(allocation_hook.failed > 0);
  }
  assert_int_equal(allocation_hook.live, 0);
  return allocation_hook.failed > 0;
}

/* Each allocation of the short script; of the long one each of the first, then fewer. */
static void test_sweep(const struct map_ops *ops) {
  fixture.met = 0;
  for (int fail_on = 0; fail_on <= 1; fail_on++) {
    uint64_t fail_at = 1;
    while (test_run(ops, &short_script, fail_at, fail_on))
      fail_at++;
    assert_true(fail_at > 2);
    fail_at = 1;
    while (test_run(ops, &long_script, fail_at, fail_on))
      fail_at += 1 + fail_at / 16;
  }
}

static void test_no_map_loses_or_leaks_when_an_allocation_fails(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++)
    if (map_at(i)->guarantees & MAP_NO_MEMORY_SAFE)
      test_sweep(map_at(i));
  test_sweep(&tsearchmap_ops);
}

static void test_gomap_meets_refusals_in_both_growths_and_in_shrinking(void **state) {
  (void)state;
  unsigned all = GOMAP_SAME_SIZE | GOMAP_SHRINKING | GOMAP_WRITING;
  test_sweep(&gomap_ops);
  assert_int_equal(fixture.met & all, all);
  test_sweep(map_find("rwmap"));
  assert_int_equal(fixture.met & all, all);
}

/* A map that promises it keeps no block beyond its bound, however many it has thrown away. */
static void test_what_waits_to_be_freed_stays_within_the_bound(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++) {
    if (!(map_at(i)->guarantees & MAP_MEMORY_SAFE))
      continue;
    struct model *m = &fixture.model;
    struct map_config config = {.hash_seed = 7, .shrink = true};
    memset(&allocation_hook, 0, sizeof allocation_hook);
    m->ops = map_at(i);
    model_begin(m, 256);
    m->map = m->ops->create(&config);
    assert_non_null(m->map);
    int64_t most = 0;
    for (unsigned n = 0; n < 20000; n++) {
      model_put(m, n % 256);
      model_del(m, (n + 128) % 256);
      model_check(m);
      most = allocation_hook.live > most ? allocation_hook.live : most;
    }
    assert_in_range(most, 1, 5000);
    m->ops->destroy(m->map);
    assert_int_equal(allocation_hook.live, 0);
  }
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

static enum map_visit_result test_count(void *context, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  ++*(uint64_t *)context;
  return MAP_VISIT_NEXT;
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
  allocation_hook.fail_at = allocation_hook.made + 1; /* and the one after it is granted */
  allocation_hook.fail_on = false;
  assert_int_equal(gomap_ops.del(map, crowd[4]), MAP_DONE);
  allocation_hook.fail_at = 0;
  assert_int_equal(gomap_ops.put(map, last, 9), MAP_DONE);
  assert_true(!gomap_is_growing(gomap_of(map)) || gomap_is_evacuated(gomap_old_bucket_of(gomap_of(map), 0)));
  static const uint64_t values[20] = {2, 1, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  for (unsigned n = 0; n < 20; n++) {
    assert_int_equal(gomap_ops.get(map, crowd[n], &value), values[n] ? MAP_DONE : MAP_ABSENT);
    assert_true(values[n] == 0 || value == values[n]);
  }
  gomap_ops.iterate(map, false, 1, test_count, &shown);
  assert_int_equal(shown, 25);
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
      cmocka_unit_test(test_no_map_loses_or_leaks_when_an_allocation_fails),
      cmocka_unit_test(test_gomap_meets_refusals_in_both_growths_and_in_shrinking),
      cmocka_unit_test(test_what_waits_to_be_freed_stays_within_the_bound),
      cmocka_unit_test(test_an_old_bucket_without_memory_to_evacuate_it_stays_in_use),
      cmocka_unit_test(test_a_hint_too_large_for_memory_gives_no_map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
