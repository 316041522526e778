/* test_gomap_structure.c - gomap's insides are those of Go's map: buckets, marks, growth, iteration under growth.
 *
 * Looks into the map, and lets gomap_check look after every change (test_gomap_check.c shows what that sees). */
#include "map/gomap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct map *test_map(uint64_t capacity, bool shrink) {
  struct map_config config = {.capacity_hint = capacity, .hash_seed = 11, .shrink = shrink};
  struct map *map = gomap_create(&config);
  assert_non_null(map);
  return map;
}

static struct map_snapshot test_look(struct map *map) {
  struct map_snapshot look;
  gomap_snapshot(map, &look);
  return look;
}

static void test_put(struct map *map, uint64_t key) { assert_int_equal(gomap_ops.put(map, key, key), MAP_DONE); }

static void test_del(struct map *map, uint64_t key) { assert_int_equal(gomap_ops.del(map, key), MAP_DONE); }

/* The first key after `after` whose hash ends in the `bits` low bits of `bucket`. */
static uint64_t test_key_in(struct map *map, uint64_t after, uint8_t bits, uint64_t bucket) {
  do
    after++;
  while ((gomap_hash(gomap_of(map), after) & (gomap_bucket_count(bits) - 1)) != bucket);
  return after;
}

static void test_check(struct map *map) {
  struct map_fault fault;
  if (gomap_check(map, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
}

static void test_a_hint_sets_the_number_of_buckets_and_one_bucket_is_lazy(void **state) {
  (void)state;
  static const uint64_t hints[][2] = {{0, 0}, {8, 0}, {9, 1}, {13, 1}, {14, 2}, {26, 2}, {27, 3}, {416, 6}, {417, 7}};
  for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
    struct map *map = test_map(hints[i][0], false);
    struct map_snapshot look = test_look(map);
    assert_int_equal(look.log2_buckets, hints[i][1]);
    assert_int_equal(look.capacity, hints[i][1] == 0 ? 0 : UINT64_C(8) << hints[i][1]);
    test_put(map, 1);
    assert_int_equal(test_look(map).capacity, UINT64_C(8) << hints[i][1]);
    gomap_destroy(map);
  }
}

static void test_deletion_marks_empty_one_and_walks_back_to_empty_rest(void **state) {
  (void)state;
  struct map *map = test_map(0, false);
  for (uint64_t key = 1; key <= 8; key++)
    test_put(map, key);
  struct gomap_bucket *bucket = gomap_of(map)->table->buckets;
  static const struct {
    uint64_t key, tombstones;
    uint8_t tophash[GOMAP_SLOTS]; /* 9: an entry */
  } steps[] = {
      {4, 1, {9, 9, 9, 1, 9, 9, 9, 9}}, {8, 1, {9, 9, 9, 1, 9, 9, 9, 0}}, {6, 2, {9, 9, 9, 1, 9, 1, 9, 0}},
      {7, 1, {9, 9, 9, 1, 9, 0, 0, 0}}, {1, 2, {1, 9, 9, 1, 9, 0, 0, 0}}, {5, 1, {1, 9, 9, 0, 0, 0, 0, 0}},
      {3, 1, {1, 9, 0, 0, 0, 0, 0, 0}}, {2, 0, {0, 0, 0, 0, 0, 0, 0, 0}},
  };
  uint64_t seed = gomap_of(map)->hash_seed;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    assert_int_equal(gomap_of(map)->hash_seed, seed);
    test_del(map, steps[i].key);
    for (unsigned slot = 0; slot < GOMAP_SLOTS; slot++)
      assert_int_equal(bucket->tophash[slot] >= GOMAP_MIN_TOPHASH ? 9 : bucket->tophash[slot], steps[i].tophash[slot]);
    assert_int_equal(test_look(map).tombstones, steps[i].tombstones);
    test_check(map);
  }
  assert_int_not_equal(gomap_of(map)->hash_seed, seed); /* the map is empty */
  gomap_destroy(map);
}

static void test_deletion_walks_back_across_overflow_buckets(void **state) {
  (void)state;
  struct map *map = test_map(26, false); /* four buckets */
  uint64_t keys[17];
  for (unsigned n = 0; n < 17; n++)
    test_put(map, keys[n] = test_key_in(map, n ? keys[n - 1] : 0, 2, 3));
  struct gomap_bucket *first = &gomap_of(map)->table->buckets[3];
  assert_int_equal(test_look(map).overflow_buckets, 2);
  for (unsigned n = 6; n < 16; n++)
    test_del(map, keys[n]);
  assert_int_equal(test_look(map).tombstones, 10);
  assert_int_equal(first->overflow->tophash[0], GOMAP_EMPTY_ONE);
  test_del(map, keys[16]);
  test_check(map);
  assert_int_equal(test_look(map).tombstones, 0);
  assert_int_equal(first->tophash[6], GOMAP_EMPTY_REST);
  assert_int_equal(first->tophash[5], gomap_tophash(gomap_hash(gomap_of(map), keys[5])));
  assert_int_equal(test_look(map).overflow_buckets, 2); /* deletion does not touch the count */
  gomap_destroy(map);
}

static void test_doubling_evacuates_one_or_two_buckets_a_write(void **state) {
  (void)state;
  struct map *map = test_map(416, false);
  for (uint64_t key = 1; key <= 416; key++)
    test_put(map, key);
  assert_int_equal(test_look(map).old_buckets_left, 0);
  uint64_t left = 64;
  for (uint64_t key = 417; left > 0; key++) {
    test_put(map, key);
    struct map_snapshot look = test_look(map);
    assert_int_equal(look.log2_buckets, 7);
    assert_true(look.old_buckets_left < left && look.old_buckets_left + 2 >= left);
    left = look.old_buckets_left;
    test_check(map);
  }
  assert_false(gomap_is_growing(gomap_of(map)));
  gomap_destroy(map);
}

/* Touches buckets far ahead of the mark, so that it comes upon a long row of evacuated ones. */
static void test_the_mark_passes_at_most_1024_evacuated_buckets_at_a_time(void **state) {
  (void)state;
  struct map *map = test_map(26624, false); /* 2^12 buckets, full */
  for (uint64_t key = 1; key <= 26625; key++)
    test_put(map, key);
  struct gomap *inside = gomap_of(map);
  assert_true(gomap_is_growing(inside));
  uint64_t longest = 0;
  for (uint64_t unit = 1600; unit < 4000 && gomap_is_growing(inside); unit++) {
    uint64_t before = inside->evacuation_mark;
    gomap_grow_work(inside, unit); /* the unit's number is as good as a hash that ends in it */
    uint64_t jump = inside->evacuation_mark - before;
    longest = jump > longest ? jump : longest;
  }
  assert_int_equal(longest, 1025);
  test_check(map);
  gomap_destroy(map);
}

/* Keys that live equally long: overflow buckets pile up and thin out, until there are as many as buckets. */
static void test_too_many_overflow_buckets_cause_growth_of_the_same_size(void **state) {
  (void)state;
  struct map *map = test_map(416, false);
  struct map_snapshot look = {0};
  uint64_t key = 1, growths = 0, most = 0;
  for (; key <= 400; key++)
    test_put(map, key);
  for (; growths < 3 && key < 200000; key++) {
    uint64_t before = look.flags & GOMAP_SAME_SIZE;
    test_del(map, key - 400);
    test_put(map, key);
    look = test_look(map);
    assert_int_equal(look.log2_buckets, 6);
    most = look.overflow_buckets > most ? look.overflow_buckets : most;
    if (!before && look.flags & GOMAP_SAME_SIZE) {
      growths++;
      assert_true(look.old_buckets_left > 0 && look.overflow_buckets < 64);
    }
    if (growths > 0)
      test_check(map);
  }
  assert_int_equal(growths, 3);
  assert_int_equal(most, 64);
  gomap_destroy(map);
}

static void test_the_overflow_count_is_exact_and_from_2_to_the_16_buckets_on_a_sample(void **state) {
  (void)state;
  static const struct {
    uint64_t capacity, made, least, most;
  } cases[] = {{13 << 14, 10000, 10000, 10000}, {13 << 15, 10000, 4800, 5200}, {13 << 17, 10000, 1100, 1400}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct map *map = test_map(cases[i].capacity, false);
    struct gomap_bucket *last = gomap_of(map)->table->buckets;
    for (uint64_t n = 0; n < cases[i].made; n++) {
      assert_true(gomap_reserve_overflow(gomap_of(map), 1));
      last = gomap_new_overflow(gomap_of(map), last);
    }
    assert_in_range(test_look(map).overflow_buckets, cases[i].least, cases[i].most);
    gomap_destroy(map);
  }
}

static void test_shrinking_halves_below_a_quarter_load_down_to_the_hint(void **state) {
  (void)state;
  struct map *map = test_map(20, true); /* 2^2 buckets */
  for (uint64_t key = 1; key <= 1000; key++)
    test_put(map, key);
  assert_int_equal(test_look(map).log2_buckets, 8);
  uint64_t begun_at = 0;
  for (uint64_t key = 1; key <= 1000; key++) {
    test_del(map, key);
    test_check(map);
    struct map_snapshot look = test_look(map);
    if (look.flags & GOMAP_SHRINKING && begun_at == 0) {
      begun_at = look.count;
      assert_int_equal(look.log2_buckets, 7);
      assert_int_equal(look.old_buckets_left, 256);
    }
  }
  assert_int_equal(begun_at, 13 * 256 / 8 - 1);
  for (uint64_t key = 1; key <= 20; key++)
    test_put(map, key);
  for (uint64_t key = 1; key <= 19; key++)
    test_del(map, key);
  test_check(map);
  assert_int_equal(test_look(map).log2_buckets, 2);
  gomap_destroy(map);
}

static void test_without_the_option_a_map_never_shrinks(void **state) {
  (void)state;
  struct map *map = test_map(0, false);
  for (uint64_t key = 1; key <= 1000; key++)
    test_put(map, key);
  for (uint64_t key = 1; key <= 1000; key++)
    test_del(map, key);
  assert_int_equal(test_look(map).log2_buckets, 8);
  gomap_destroy(map);
}

static void test_clear_keeps_the_array_and_ends_a_growth(void **state) {
  (void)state;
  for (uint64_t capacity = 13; capacity <= 416; capacity *= 2) {
    struct map *map = test_map(capacity, false);
    for (uint64_t key = 1; key <= capacity + 1; key++)
      test_put(map, key);
    struct gomap_table *table = gomap_of(map)->table;
    uint64_t seed = gomap_of(map)->hash_seed, log2_buckets = test_look(map).log2_buckets;
    gomap_clear(map);
    struct map_snapshot look = test_look(map);
    assert_int_equal(look.count + look.tombstones + look.overflow_buckets + look.old_buckets_left, 0);
    assert_int_equal(look.log2_buckets, log2_buckets);
    assert_ptr_equal(gomap_of(map)->table, table);
    assert_int_not_equal(gomap_of(map)->hash_seed, seed);
    for (uint64_t key = 1; key <= 2 * capacity; key++)
      test_put(map, key);
    test_check(map);
    gomap_destroy(map);
  }
}

/* Stops as soon as a growth of the same size is under way. */
static void test_begin_same_size(struct map *map) {
  for (uint64_t key = 1; !(gomap_of(map)->flags & GOMAP_SAME_SIZE); key++) {
    test_put(map, key);
    if (key > 100)
      test_del(map, key - 100);
  }
}

static void test_begin_shrinking(struct map *map) {
  for (uint64_t key = 1; key <= 400; key++)
    test_put(map, key);
  for (uint64_t key = 1; !(gomap_of(map)->flags & GOMAP_SHRINKING); key++)
    test_del(map, key);
}

static void test_clear_ends_every_other_growth_too(void **state) {
  (void)state;
  void (*const begins[])(struct map *) = {test_begin_same_size, test_begin_shrinking};
  for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
    struct map *map = test_map(0, i == 1);
    begins[i](map);
    assert_true(test_look(map).old_buckets_left > 0);
    gomap_clear(map);
    assert_int_equal(test_look(map).flags, 0);
    for (uint64_t key = 1; key <= 1000; key++)
      test_put(map, key);
    test_check(map);
    gomap_destroy(map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_hint_sets_the_number_of_buckets_and_one_bucket_is_lazy),
      cmocka_unit_test(test_deletion_marks_empty_one_and_walks_back_to_empty_rest),
      cmocka_unit_test(test_deletion_walks_back_across_overflow_buckets),
      cmocka_unit_test(test_doubling_evacuates_one_or_two_buckets_a_write),
      cmocka_unit_test(test_the_mark_passes_at_most_1024_evacuated_buckets_at_a_time),
      cmocka_unit_test(test_too_many_overflow_buckets_cause_growth_of_the_same_size),
      cmocka_unit_test(test_the_overflow_count_is_exact_and_from_2_to_the_16_buckets_on_a_sample),
      cmocka_unit_test(test_shrinking_halves_below_a_quarter_load_down_to_the_hint),
      cmocka_unit_test(test_without_the_option_a_map_never_shrinks),
      cmocka_unit_test(test_clear_keeps_the_array_and_ends_a_growth),
      cmocka_unit_test(test_clear_ends_every_other_growth_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
