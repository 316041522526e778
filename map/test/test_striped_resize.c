/* test_striped_resize.c - striped resizes little by little, at the right time and to the right size, and its check is
 * not blind: whatever is broken by hand, it names that. */
#include "map/striped_internal.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

extern const struct map_ops striped_ops;

static struct map *test_map(uint64_t capacity, bool shrink) {
  struct map_config config = {.capacity_hint = capacity, .hash_seed = 3, .shrink = shrink};
  struct map *map = striped_ops.create(&config);
  assert_non_null(map);
  return map;
}

static struct map_snapshot test_look(struct map *map) {
  struct map_snapshot look;
  striped_ops.snapshot(map, &look);
  return look;
}

static void test_sound(struct map *map) {
  struct map_fault fault;
  if (striped_ops.check(map, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_broken(struct map *map, enum map_invariant expected) {
  struct map_fault fault;
  assert_int_equal(striped_ops.check(map, &fault), expected);
  assert_int_equal(fault.broken, expected);
  assert_true(strlen(fault.text) > 10);
}

static void test_put(struct map *map, uint64_t key) { assert_int_equal(striped_ops.put(map, key, key), MAP_DONE); }

static void test_del(struct map *map, uint64_t key) { assert_int_equal(striped_ops.del(map, key), MAP_DONE); }

/* The first key after `after` in that stripe. */
static uint64_t test_key_in(struct map *map, uint64_t after, unsigned stripe) {
  do
    after++;
  while (striped_stripe_of(striped_hash(striped_of(map), after)) != stripe);
  return after;
}

static void test_touch(struct map *map, unsigned stripe) {
  striped_ops.contains(map, test_key_in(map, UINT64_C(1) << 32, stripe));
}

/* Keys 1 to `size` + 1 in an array of `size` buckets: it has begun to double, and nothing is moved. */
static struct map *test_growing(uint64_t size) {
  struct map *map = test_map(size, true);
  for (uint64_t key = 1; key <= size + 1; key++)
    test_put(map, key);
  struct map_snapshot look = test_look(map);
  assert_int_equal(look.capacity, 2 * size);
  assert_int_equal(look.old_buckets_left, size);
  test_sound(map);
  return map;
}

static void test_all_there(struct map *map, uint64_t last) {
  uint64_t value = 0;
  for (uint64_t key = 1; key <= last; key++) {
    assert_int_equal(striped_ops.get(map, key, &value), MAP_DONE);
    assert_int_equal(value, key);
  }
}

static void test_the_capacity_hint_is_rounded_up_to_a_power_of_two(void **state) {
  (void)state;
  static const uint64_t hints[][2] = {{0, 4}, {4, 4}, {5, 8}, {8, 8}, {1000, 1024}};
  for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
    struct map *map = test_map(hints[i][0], true);
    assert_int_equal(test_look(map).capacity, hints[i][1]);
    striped_ops.destroy(map);
  }
}

static void test_a_hint_too_large_for_memory_gives_no_map(void **state) {
  (void)state;
  struct map_config config = {.capacity_hint = UINT64_MAX};
  memset(&allocation_hook, 0, sizeof allocation_hook);
  allocation_hook.fail_at = 2; /* what the system would say, had it been asked */
  assert_null(striped_ops.create(&config));
  assert_int_equal(allocation_hook.live, 0);
}

static void test_each_operation_moves_its_own_bucket_and_one_more(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  unsigned stripe = 1;
  struct striped_stripe *s = &striped_of(map)->stripes[stripe];
  uint64_t key = test_key_in(map, 0, stripe), left = 64;
  for (uint64_t moved = 1; moved < 16; moved++) {
    striped_ops.contains(map, key);
    left = test_look(map).old_buckets_left;
    assert_int_equal(left, 64 - moved);
    assert_int_equal(s->moved, moved);
    assert_null(*striped_bucket(s->old, striped_hash(striped_of(map), key)));
    test_sound(map);
  }
  striped_ops.contains(map, key);
  assert_null(s->old);
  assert_int_equal(test_look(map).old_buckets_left, 48);
  test_all_there(map, 65);
  striped_ops.destroy(map);
}

static void test_who_moves_the_last_bucket_ends_the_resize(void **state) {
  (void)state;
  struct map *map = test_growing(4);
  for (unsigned stripe = 0; stripe < STRIPED_STRIPES; stripe++) {
    assert_int_equal(test_look(map).old_buckets_left, 4 - stripe);
    assert_int_equal(test_look(map).flags, 1);
    test_touch(map, stripe);
    test_sound(map);
  }
  assert_int_equal(test_look(map).flags, 0);
  test_all_there(map, 5);
  striped_ops.destroy(map);
}

static void test_a_resize_that_is_due_ends_the_one_before(void **state) {
  (void)state;
  struct map *map = test_growing(4);
  /* All in one stripe: the others' buckets are left to the next resize. */
  uint64_t key = 100;
  for (unsigned n = 0; n < 3; n++)
    test_put(map, key = test_key_in(map, key, 0));
  assert_int_equal(test_look(map).old_buckets_left, 3);
  test_put(map, test_key_in(map, key, 0));
  assert_int_equal(test_look(map).capacity, 16);
  assert_int_equal(test_look(map).old_buckets_left, 8);
  test_sound(map);
  test_all_there(map, 5);
  striped_ops.destroy(map);
}

static void test_it_shrinks_below_a_quarter_and_not_below_the_hint(void **state) {
  (void)state;
  struct map *map = test_map(8, true);
  for (uint64_t key = 1; key <= 64; key++)
    test_put(map, key);
  assert_int_equal(test_look(map).capacity, 64);
  for (uint64_t key = 64; key > 16; key--)
    test_del(map, key);
  assert_int_equal(test_look(map).capacity, 64);
  test_del(map, 16);
  assert_int_equal(test_look(map).capacity, 32);
  test_sound(map);
  test_all_there(map, 15);
  for (uint64_t key = 15; key >= 1; key--)
    test_del(map, key);
  assert_int_equal(test_look(map).capacity, 8);
  test_sound(map);
  striped_ops.destroy(map);
}

static void test_it_does_not_shrink_unless_told_to(void **state) {
  (void)state;
  struct map *map = test_map(0, false);
  for (uint64_t key = 1; key <= 64; key++)
    test_put(map, key);
  striped_ops.clear(map);
  assert_int_equal(test_look(map).capacity, 64);
  test_sound(map);
  striped_ops.destroy(map);
}

static void test_clear_ends_the_resize_and_shrinks_at_once(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  striped_ops.clear(map);
  assert_int_equal(striped_ops.len(map), 0);
  struct map_snapshot look = test_look(map);
  assert_int_equal(look.capacity, 64); /* what the hint asked for */
  assert_int_equal(look.longest_probe, 0);
  test_sound(map);
  test_put(map, 1);
  test_all_there(map, 1);
  striped_ops.destroy(map);
}

static enum map_visit_result test_delete_all(void *context, uint64_t key, uint64_t value) {
  assert_int_equal(key, value);
  ++*(uint64_t *)context;
  return MAP_VISIT_DELETE;
}

static void test_an_iteration_goes_on_through_resizes_of_its_own_making(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < STRIPED_STRIPES; seed++) {
    struct map *map = test_map(0, true);
    for (uint64_t key = 1; key <= 300; key++)
      test_put(map, key);
    uint64_t shown = 0;
    striped_ops.iterate(map, true, seed, test_delete_all, &shown);
    assert_int_equal(shown, 300);
    assert_int_equal(striped_ops.len(map), 0);
    assert_int_equal(test_look(map).capacity, 4);
    test_sound(map);
    striped_ops.destroy(map);
  }
}

static void test_a_resize_without_memory_is_left_for_later(void **state) {
  (void)state;
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = test_map(0, true);
  for (uint64_t key = 1; key <= 4; key++)
    test_put(map, key);
  allocation_hook.fail_at = allocation_hook.made + 2; /* the entry gets memory, the array none */
  test_put(map, 5);
  assert_int_equal(allocation_hook.failed, 1);
  assert_int_equal(test_look(map).capacity, 4);
  assert_int_equal(test_look(map).flags, 2);
  test_sound(map);
  test_put(map, 6);
  assert_int_equal(test_look(map).capacity, 8);
  assert_int_equal(test_look(map).flags, 1);
  test_sound(map);
  test_all_there(map, 6);
  allocation_hook.fail_at = allocation_hook.made + 1;
  assert_int_equal(striped_ops.put(map, 7, 7), MAP_NO_MEMORY);
  assert_int_equal(striped_ops.len(map), 6);
  test_sound(map);
  striped_ops.destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_destroy_in_the_middle_of_a_resize_frees_both_arrays(void **state) {
  (void)state;
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = test_growing(64);
  test_touch(map, 0);
  test_touch(map, 2);
  striped_ops.destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

/* ---- the check ---- */

/* A bucket of two entries or more. */
static struct striped_entry **test_chain(struct striped_table *table) {
  for (uint64_t i = 0; i < table->size; i++)
    if (table->buckets[i] != NULL && table->buckets[i]->next != NULL)
      return &table->buckets[i];
  fail_msg("no bucket has two entries");
  return NULL;
}

static void test_the_check_counts_each_stripe(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  atomic_fetch_add(&striped_of(map)->stripes[0].count, 1);
  atomic_fetch_sub(&striped_of(map)->stripes[3].count, 1);
  test_broken(map, MAP_BROKEN_COUNT);
  striped_ops.destroy(map);
}

static void test_the_check_sees_keys_that_are_twice_or_in_the_wrong_place(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  struct striped_entry *entry = *test_chain(striped_of(map)->stripes[0].old);
  uint64_t key = entry->key;
  entry->key = entry->next->key;
  test_broken(map, MAP_BROKEN_TWICE);
  entry->key = test_key_in(map, 1000, (striped_stripe_of(striped_hash(striped_of(map), key)) + 1) % STRIPED_STRIPES);
  test_broken(map, MAP_BROKEN_REACH);
  entry->key = key;
  test_sound(map);
  /* Moved by hand, and left behind as well. */
  struct striped_entry copy = *entry, **to = striped_bucket(striped_of(map)->table, striped_hash(striped_of(map), key));
  copy.next = *to;
  *to = &copy;
  test_broken(map, MAP_BROKEN_TWICE);
  *to = copy.next;
  test_sound(map);
  striped_ops.destroy(map);
}

static void test_the_check_sees_a_chain_without_an_end(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  struct striped_entry *entry = *test_chain(striped_of(map)->stripes[0].old), *last = entry;
  while (last->next != NULL)
    last = last->next;
  last->next = entry;
  test_broken(map, MAP_BROKEN_SHAPE);
  last->next = last;
  test_broken(map, MAP_BROKEN_SHAPE);
  last->next = NULL;
  test_sound(map);
  striped_ops.destroy(map);
}

static void test_the_check_sees_an_array_of_an_impossible_size(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  static const uint64_t sizes[] = {0, 2, 63};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    striped_of(map)->table->size = sizes[i];
    test_broken(map, MAP_BROKEN_SHAPE);
  }
  striped_of(map)->table->size = 128;
  struct striped_table *old = striped_of(map)->stripes[2].old, *other = striped_table_create(64);
  striped_of(map)->stripes[2].old = other;
  test_broken(map, MAP_BROKEN_SHAPE);
  striped_of(map)->stripes[2].old = old;
  free(other);
  test_sound(map);
  striped_ops.destroy(map);
}

static void test_the_check_sees_what_was_not_moved(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  struct striped_stripe *stripe = &striped_of(map)->stripes[1];
  uint64_t row = 0;
  while (*striped_row(stripe->old, 1, row) == NULL)
    row++;
  stripe->moved = row + 1;
  test_broken(map, MAP_BROKEN_MOVED);
  stripe->moved = 0;
  test_sound(map);
  for (row = 0; row < striped_rows(stripe->old); row++)
    striped_move_bucket(striped_of(map), stripe->old, row * STRIPED_STRIPES + 1);
  test_sound(map);
  stripe->moved = row;
  test_broken(map, MAP_BROKEN_MOVED);
  stripe->moved = 0;
  striped_ops.destroy(map);
}

static void test_the_check_sees_a_resize_that_never_ends(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  struct striped *inside = striped_of(map);
  inside->turn_taken = false;
  test_broken(map, MAP_BROKEN_BUSY);
  inside->turn_taken = true;
  atomic_fetch_sub(&inside->stripes_left, 1);
  test_broken(map, MAP_BROKEN_BUSY);
  atomic_fetch_add(&inside->stripes_left, 1);
  test_sound(map);
  striped_ops.clear(map);
  for (unsigned s = 0; s < STRIPED_STRIPES; s++)
    for (unsigned n = 0; n < 32; n++)
      test_touch(map, s);
  assert_false(inside->turn_taken);
  test_sound(map);
  inside->turn_taken = true;
  assert_int_equal(test_look(map).in_progress, 1);
  test_broken(map, MAP_BROKEN_BUSY);
  striped_ops.destroy(map);
}

static void test_the_check_sees_a_size_that_does_not_fit(void **state) {
  (void)state;
  struct map *map = test_growing(64);
  striped_of(map)->shrink = false;
  for (uint64_t key = 65; key > 31; key--)
    test_del(map, key);
  assert_int_equal(test_look(map).capacity, 128);
  test_sound(map);
  striped_of(map)->shrink = true;
  test_broken(map, MAP_BROKEN_SIZE);
  striped_of(map)->refused = true; /* then it is no wonder */
  test_sound(map);
  striped_ops.destroy(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_capacity_hint_is_rounded_up_to_a_power_of_two),
      cmocka_unit_test(test_a_hint_too_large_for_memory_gives_no_map),
      cmocka_unit_test(test_each_operation_moves_its_own_bucket_and_one_more),
      cmocka_unit_test(test_who_moves_the_last_bucket_ends_the_resize),
      cmocka_unit_test(test_a_resize_that_is_due_ends_the_one_before),
      cmocka_unit_test(test_it_shrinks_below_a_quarter_and_not_below_the_hint),
      cmocka_unit_test(test_it_does_not_shrink_unless_told_to),
      cmocka_unit_test(test_clear_ends_the_resize_and_shrinks_at_once),
      cmocka_unit_test(test_an_iteration_goes_on_through_resizes_of_its_own_making),
      cmocka_unit_test(test_a_resize_without_memory_is_left_for_later),
      cmocka_unit_test(test_destroy_in_the_middle_of_a_resize_frees_both_arrays),
      cmocka_unit_test(test_the_check_counts_each_stripe),
      cmocka_unit_test(test_the_check_sees_keys_that_are_twice_or_in_the_wrong_place),
      cmocka_unit_test(test_the_check_sees_a_chain_without_an_end),
      cmocka_unit_test(test_the_check_sees_an_array_of_an_impossible_size),
      cmocka_unit_test(test_the_check_sees_what_was_not_moved),
      cmocka_unit_test(test_the_check_sees_a_resize_that_never_ends),
      cmocka_unit_test(test_the_check_sees_a_size_that_does_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
