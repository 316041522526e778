/* test_syncmap_structure.c - syncmap's insides are those of sync.Map: the read table, the dirty one, expunging, misses,
 * promotion; and what Go leaves to its collector is freed as soon as nobody can hold it. */
#include "map/syncmap_internal.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

extern const struct map_ops syncmap_ops;

static const struct map_ops *const ops = &syncmap_ops;

static struct syncmap *test_create(uint64_t hint) {
  struct map_config config = {.capacity_hint = hint, .hash_seed = 3};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = ops->create(&config);
  assert_non_null(map);
  return syncmap_of(map);
}

static struct map *test_map(struct syncmap *map) { return (struct map *)map; }

static void test_destroy(struct syncmap *map) {
  ops->destroy(test_map(map));
  assert_int_equal(allocation_hook.live, 0);
}

static void test_sound(struct syncmap *map) {
  struct map_fault fault;
  if (ops->check(test_map(map), &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_put(struct syncmap *map, uint64_t key) {
  assert_int_equal(ops->put(test_map(map), key, key + 100), MAP_DONE);
  test_sound(map);
}

static void test_del(struct syncmap *map, uint64_t key) {
  assert_int_equal(ops->del(test_map(map), key), MAP_DONE);
  test_sound(map);
}

static void test_has(struct syncmap *map, uint64_t key, bool there) {
  uint64_t value = 0;
  assert_int_equal(ops->get(test_map(map), key, &value), there ? MAP_DONE : MAP_ABSENT);
  assert_int_equal(value, there ? key + 100 : 0);
  test_sound(map);
}

static const struct syncmap_table *test_read(struct syncmap *map) { return atomic_load(&map->read)->table; }

static bool test_is_amended(struct syncmap *map) { return atomic_load(&map->read)->amended; }

static struct syncmap_box *test_box(const struct syncmap_table *table, uint64_t key) {
  struct syncmap_entry *entry = syncmap_table_find(table, key);
  assert_non_null(entry);
  return atomic_load(&entry->box);
}

/* A map of keys 0 to count - 1, all in the read table. */
static struct syncmap *test_promoted(uint64_t count) {
  struct syncmap *map = test_create(0);
  for (uint64_t key = 0; key < count; key++)
    test_put(map, key);
  assert_int_equal(ops->len(test_map(map)), count);
  assert_false(test_is_amended(map));
  assert_int_equal(test_read(map)->count, count);
  return map;
}

static void test_a_new_key_goes_into_the_dirty_table_and_the_view_says_so(void **state) {
  (void)state;
  struct syncmap *map = test_create(0);
  assert_null(test_read(map));
  test_put(map, 1);
  assert_null(test_read(map));
  assert_true(test_is_amended(map));
  assert_int_equal(map->dirty->count, 1);
  test_destroy(map);
}

static void test_as_many_misses_as_dirty_entries_promote(void **state) {
  (void)state;
  struct syncmap *map = test_create(0);
  for (uint64_t key = 0; key < 4; key++)
    test_put(map, key);
  struct syncmap_table *dirty = map->dirty;
  test_has(map, 0, true);
  test_has(map, 99, false); /* a key that is nowhere is a miss too */
  assert_int_equal(ops->cas(test_map(map), 1, 0, 5), MAP_DIFFERS);
  assert_int_equal(map->misses, 3);
  assert_ptr_equal(map->dirty, dirty);
  uint64_t actual;
  assert_int_equal(ops->get_or_insert(test_map(map), 2, 5, &actual), MAP_PRESENT);
  assert_int_equal(actual, 102);
  assert_null(map->dirty);
  assert_ptr_equal(test_read(map), dirty);
  assert_false(test_is_amended(map));
  assert_int_equal(map->misses, 0);
  test_destroy(map);
}

static void test_a_put_over_a_key_of_the_dirty_table_is_no_miss(void **state) {
  (void)state;
  struct syncmap *map = test_create(0);
  for (unsigned n = 0; n < 10; n++)
    test_put(map, 1);
  assert_int_equal(map->misses, 0);
  assert_non_null(map->dirty);
  test_destroy(map);
}

static void test_a_deleted_key_is_expunged_when_the_dirty_table_is_built_and_dropped_by_promotion(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(3);
  const struct syncmap_table *read = test_read(map);
  test_del(map, 1);
  assert_null(test_box(read, 1));
  test_put(map, 7);
  assert_ptr_equal(test_box(read, 1), &syncmap_expunged);
  assert_int_equal(map->dirty->count, 3);
  assert_null(syncmap_table_find(map->dirty, 1));
  assert_ptr_equal(syncmap_table_find(map->dirty, 2), syncmap_table_find(read, 2));
  int64_t live = allocation_hook.live;
  assert_int_equal(ops->len(test_map(map)), 3);
  assert_int_equal(allocation_hook.live, live - 2); /* the old read table, the entry of key 1 */
  assert_null(syncmap_table_find(test_read(map), 1));
  test_has(map, 1, false);
  test_destroy(map);
}

static void test_a_put_brings_an_expunged_entry_back_into_the_dirty_table(void **state) {
  (void)state;
  for (unsigned insert = 0; insert < 2; insert++) {
    struct syncmap *map = test_promoted(3);
    const struct syncmap_table *read = test_read(map);
    test_del(map, 1);
    test_put(map, 7);
    if (insert)
      assert_int_equal(ops->insert(test_map(map), 1, 101), MAP_DONE);
    else
      test_put(map, 1);
    assert_ptr_equal(syncmap_table_find(map->dirty, 1), syncmap_table_find(read, 1));
    assert_int_equal(ops->len(test_map(map)), 4);
    test_has(map, 1, true);
    test_destroy(map);
  }
}

static void test_a_deleted_key_that_is_not_expunged_is_stored_without_the_dirty_table(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(3);
  struct syncmap_entry *entry = syncmap_table_find(test_read(map), 1);
  test_del(map, 1);
  test_put(map, 1);
  assert_null(map->dirty);
  assert_ptr_equal(syncmap_table_find(test_read(map), 1), entry);
  test_has(map, 1, true);
  test_destroy(map);
}

static void test_a_deletion_removes_a_key_that_only_the_dirty_table_has(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(3);
  test_put(map, 7);
  test_put(map, 8);
  int64_t live = allocation_hook.live;
  test_del(map, 7);
  assert_int_equal(allocation_hook.live, live - 2); /* its entry, its box */
  assert_null(syncmap_table_find(map->dirty, 7));
  assert_int_equal(map->misses, 1);
  assert_int_equal(ops->len(test_map(map)), 4);
  test_destroy(map);
}

static void test_clear_drops_both_tables_and_frees_them(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(20);
  test_del(map, 3);
  test_put(map, 30);
  test_has(map, 30, true);
  assert_int_equal(map->misses, 1);
  ops->clear(test_map(map));
  test_sound(map);
  assert_null(test_read(map));
  assert_null(map->dirty);
  assert_int_equal(map->misses, 0);
  assert_int_equal(allocation_hook.live, 1);
  test_has(map, 5, false);
  test_put(map, 5);
  assert_int_equal(ops->len(test_map(map)), 1);
  test_destroy(map);
}

static void test_what_needs_no_memory_works_without(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(3);
  uint64_t value;
  test_put(map, 7);
  allocation_hook.fail_at = allocation_hook.made + 1;
  allocation_hook.fail_on = true;
  for (unsigned n = 0; n < 4; n++)
    test_has(map, 7, true); /* promotes */
  assert_null(map->dirty);
  assert_int_equal(ops->take(test_map(map), 0, &value), MAP_DONE);
  assert_int_equal(value, 100);
  assert_int_equal(ops->insert(test_map(map), 1, 5), MAP_PRESENT);
  assert_int_equal(ops->cas(test_map(map), 1, 5, 6), MAP_DIFFERS);
  assert_int_equal(ops->cas(test_map(map), 0, 5, 6), MAP_ABSENT);
  assert_int_equal(ops->len(test_map(map)), 3);
  ops->clear(test_map(map));
  assert_int_equal(allocation_hook.failed, 0);
  test_sound(map);
  test_destroy(map);
}

/* A new key wants a box, an entry and a table; whichever is refused, nothing has changed. */
static void test_a_put_that_finds_no_memory_changes_nothing(void **state) {
  (void)state;
  for (unsigned nth = 1; nth <= 3; nth++) {
    struct syncmap *map = test_promoted(3);
    test_del(map, 1);
    int64_t live = allocation_hook.live;
    allocation_hook.fail_at = allocation_hook.made + nth;
    assert_int_equal(ops->put(test_map(map), 7, 107), MAP_NO_MEMORY);
    assert_int_equal(allocation_hook.failed, 1);
    assert_int_equal(allocation_hook.live, live);
    assert_null(test_box(test_read(map), 1)); /* not expunged */
    assert_null(map->dirty);
    test_sound(map);
    test_put(map, 7);
    test_destroy(map);
  }
}

static void test_a_hint_gives_the_first_table_its_size(void **state) {
  (void)state;
  struct syncmap *map = test_create(100);
  test_put(map, 0);
  struct syncmap_table *dirty = map->dirty;
  for (uint64_t key = 1; key < 96; key++)
    test_put(map, key);
  assert_ptr_equal(map->dirty, dirty);
  test_destroy(map);
  map = test_create(UINT64_MAX);
  test_put(map, 0);
  test_destroy(map);
}

struct test_visit {
  struct syncmap *map;
  uint64_t shown;
  uint64_t most_retired;
};

/* An iteration is inside: what is deleted in it waits until it ends. */
static enum map_visit_result test_delete_all(void *context, uint64_t key, uint64_t value) {
  struct test_visit *visit = context;
  assert_int_equal(value, key + 100);
  assert_int_equal(atomic_load(&visit->map->retired), visit->shown);
  assert_int_equal(syncmap_inside(visit->map), 1);
  visit->shown++;
  return MAP_VISIT_DELETE;
}

static void test_what_is_retired_waits_for_who_is_inside_and_no_longer(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(50);
  struct test_visit visit = {.map = map};
  ops->iterate(test_map(map), true, 11, test_delete_all, &visit);
  assert_int_equal(visit.shown, 50);
  assert_int_equal(atomic_load(&map->retired), 0);
  test_sound(map);
  test_destroy(map);
}

/* Two that hold each other's epochs: only what was retired before both is freed. */
static void test_the_epoch_moves_by_one_at_most_while_somebody_is_inside(void **state) {
  (void)state;
  struct syncmap *map = test_promoted(3);
  unsigned phase = syncmap_enter(map);
  for (unsigned n = 1; n <= 20; n++) {
    assert_int_equal(ops->put(test_map(map), 1, n), MAP_DONE);
    assert_int_equal(atomic_load(&map->retired), n);
  }
  unsigned later = syncmap_enter(map);
  assert_int_not_equal(phase, later);
  struct map_snapshot look;
  ops->snapshot(test_map(map), &look);
  assert_int_equal(look.in_progress, 2);
  assert_int_equal(look.retired, 20);
  syncmap_leave(map, phase);
  uint64_t left = atomic_load(&map->retired);
  assert_int_equal(ops->put(test_map(map), 1, 101), MAP_DONE);
  assert_true(atomic_load(&map->retired) <= left + 1);
  syncmap_leave(map, later);
  assert_int_equal(atomic_load(&map->retired), 0);
  test_sound(map);
  test_destroy(map);
}

static void test_removal_closes_every_probe_behind_it(void **state) {
  (void)state;
  uint64_t random = 88172645463325252u;
  for (unsigned round = 0; round < 300; round++) {
    struct syncmap *map = test_create(0);
    bool there[24] = {0};
    for (unsigned n = 0; n < 60; n++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      uint64_t key = random % 24;
      struct syncmap_table *dirty = map->dirty;
      if (!there[key] || dirty == NULL || dirty->count < 2)
        test_put(map, key), there[key] = true;
      else
        map->misses = 0, test_del(map, key), there[key] = false; /* stays dirty */
    }
    for (uint64_t key = 0; key < 24; key++)
      test_has(map, key, there[key]);
    test_destroy(map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_new_key_goes_into_the_dirty_table_and_the_view_says_so),
      cmocka_unit_test(test_as_many_misses_as_dirty_entries_promote),
      cmocka_unit_test(test_a_put_over_a_key_of_the_dirty_table_is_no_miss),
      cmocka_unit_test(test_a_deleted_key_is_expunged_when_the_dirty_table_is_built_and_dropped_by_promotion),
      cmocka_unit_test(test_a_put_brings_an_expunged_entry_back_into_the_dirty_table),
      cmocka_unit_test(test_a_deleted_key_that_is_not_expunged_is_stored_without_the_dirty_table),
      cmocka_unit_test(test_a_deletion_removes_a_key_that_only_the_dirty_table_has),
      cmocka_unit_test(test_clear_drops_both_tables_and_frees_them),
      cmocka_unit_test(test_what_needs_no_memory_works_without),
      cmocka_unit_test(test_a_put_that_finds_no_memory_changes_nothing),
      cmocka_unit_test(test_a_hint_gives_the_first_table_its_size),
      cmocka_unit_test(test_what_is_retired_waits_for_who_is_inside_and_no_longer),
      cmocka_unit_test(test_the_epoch_moves_by_one_at_most_while_somebody_is_inside),
      cmocka_unit_test(test_removal_closes_every_probe_behind_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
