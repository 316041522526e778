/* test_swissmap_structure.c - swissmap's insides are those of Go 1.24's map: control words, tombstones, growth, splits;
 * and its check finds whatever is not. */
#include "map/swissmap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct map_ops swissmap_ops, swissrw_ops;

static struct map *test_map(uint64_t capacity, uint64_t seed) {
  struct map_config config = {.capacity_hint = capacity, .hash_seed = seed};
  struct map *map = swissmap_create(&config);
  assert_non_null(map);
  return map;
}

static struct map_snapshot test_look(struct map *map) {
  struct map_snapshot look;
  swissmap_snapshot(map, &look);
  assert_int_equal(look.in_progress, 0);
  assert_int_equal(look.retired, 0);
  return look;
}

static void test_sound(struct map *map) {
  struct map_fault fault;
  enum map_invariant broken = swissmap_check(map, &fault);
  if (broken != MAP_SOUND)
    print_error("%s\n", fault.text);
  assert_int_equal(broken, MAP_SOUND);
  assert_int_equal(fault.broken, MAP_SOUND);
}

static void test_broken(struct map *map, enum map_invariant expected) {
  struct map_fault fault;
  assert_int_equal(swissmap_check(map, &fault), expected);
  assert_int_equal(fault.broken, expected);
  assert_true(strlen(fault.text) > 10);
}

static void test_put(struct map *map, uint64_t key) { assert_int_equal(swissmap_ops.put(map, key, key), MAP_DONE); }

static void test_del(struct map *map, uint64_t key) { assert_int_equal(swissmap_ops.del(map, key), MAP_DONE); }

static void test_put_up_to(struct map *map, uint64_t last) {
  for (uint64_t key = 1; key <= last; key++)
    test_put(map, key);
}

/* The first key after `after` whose probe begins at a group of the map's only table. */
static uint64_t test_key_at(struct map *map, uint64_t after, uint64_t group) {
  struct swissmap *inside = swissmap_of(map);
  do
    after++;
  while (swissmap_probe_begin(inside->directory[0], swissmap_hash(inside, after)).offset != group);
  return after;
}

static void test_matches_tell_empty_deleted_and_full_slots(void **state) {
  (void)state;
  uint64_t random = 1, false_positives = 0;
  for (unsigned round = 0; round < 100000; round++) {
    struct swissmap_group group;
    static const uint8_t kinds[] = {SWISSMAP_EMPTY, SWISSMAP_DELETED, 0, 1, 0x7f, 0x40};
    for (unsigned n = 0; n < SWISSMAP_SLOTS; n++)
      swissmap_control_set(&group, n, kinds[swissmap_mix(random++) % sizeof kinds]);
    uint64_t word = group.controls.word;
    for (unsigned n = 0; n < SWISSMAP_SLOTS; n++) {
      uint8_t control = swissmap_control(&group, n);
      uint64_t bit = UINT64_C(0x80) << (8 * n);
      assert_int_equal((swissmap_match_empty(word) & bit) != 0, control == SWISSMAP_EMPTY);
      assert_int_equal((swissmap_match_empty_or_deleted(word) & bit) != 0, !swissmap_is_full(control));
      assert_int_equal((swissmap_match_full(word) & bit) != 0, swissmap_is_full(control));
      bool match = (swissmap_match_h2(word, 0x40) & bit) != 0;
      assert_true(match || control != 0x40);
      match = (swissmap_match_h2(word, 0) & bit) != 0;
      assert_true(match ? control <= 1 : control != 0);
      false_positives += match && control == 1;
    }
  }
  assert_true(false_positives > 0);
}

static void test_iterating_a_match_gives_its_slots_in_order(void **state) {
  (void)state;
  uint64_t match = UINT64_C(0x8000008000800080);
  static const unsigned slots[] = {0, 2, 4, 7};
  for (unsigned n = 0; n < 4; n++) {
    assert_int_equal(swissmap_match_first(match), slots[n]);
    match = swissmap_match_rest(match);
  }
  assert_int_equal(match, 0);
}

static void test_a_probe_comes_by_every_group_once(void **state) {
  (void)state;
  for (unsigned groups = 1; groups <= 512; groups *= 2) {
    struct swissmap_table table = {.capacity = (uint16_t)(groups * SWISSMAP_SLOTS)};
    for (uint64_t hash = 0; hash < 10; hash++) {
      bool seen[512] = {0};
      struct swissmap_probe probe = swissmap_probe_begin(&table, swissmap_mix(hash));
      for (unsigned n = 0; n < groups; n++) {
        assert_true(probe.offset < groups && !seen[probe.offset]);
        seen[probe.offset] = true;
        swissmap_probe_next(&probe);
      }
    }
  }
}

/* 8 in the group, then 7/8 of 16, 32 and 64 slots; then two tables of 64. */
static void test_growth_doubles_up_to_a_split(void **state) {
  (void)state;
  static const struct {
    uint64_t key, capacity, depth;
  } steps[] = {{1, 8, 0}, {9, 16, 0}, {15, 32, 0}, {29, 64, 0}, {57, 128, 1}};
  struct map *map = test_map(0, 7);
  assert_int_equal(test_look(map).capacity, 0);
  size_t step = 0;
  for (uint64_t key = 1; key <= 60; key++) {
    test_put(map, key);
    step += step < 4 && steps[step + 1].key == key;
    assert_int_equal(test_look(map).capacity, steps[step].capacity);
    assert_int_equal(test_look(map).log2_buckets, steps[step].depth);
    test_sound(map);
  }
  swissmap_destroy(map);
}

static void test_a_hint_makes_tables_and_a_small_one_none(void **state) {
  (void)state;
  static const uint64_t hints[][3] = {{0, 0, 0},     {8, 0, 0},     {9, 16, 0},    {14, 16, 0},       {15, 32, 0},
                                      {28, 32, 0},   {56, 64, 0},   {57, 64, 1},   {100, 128, 1},     {112, 128, 1},
                                      {113, 128, 2}, {448, 512, 3}, {449, 512, 4}, {UINT64_MAX, 0, 0}};
  for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
    struct map *map = test_map(hints[i][0], 3);
    assert_int_equal(test_look(map).capacity, hints[i][1]);
    assert_int_equal(test_look(map).log2_buckets, hints[i][2]);
    test_put_up_to(map, 500);
    test_sound(map);
    swissmap_destroy(map);
  }
}

static void test_a_full_small_map_grows_for_a_new_key_only(void **state) {
  (void)state;
  struct map *map = test_map(0, 5);
  test_put_up_to(map, 8);
  test_put_up_to(map, 8);
  assert_int_equal(test_look(map).capacity, 8);
  test_del(map, 3);
  assert_int_equal(test_look(map).tombstones, 0);
  test_put(map, 9);
  assert_int_equal(test_look(map).capacity, 8);
  test_put(map, 10);
  assert_int_equal(test_look(map).capacity, 16);
  test_sound(map);
  swissmap_destroy(map);
}

/* Two groups.  Nine keys that want the first: one lies in the second. */
static void test_deletion_leaves_a_tombstone_in_full_groups_only(void **state) {
  (void)state;
  struct map *map = test_map(9, 5);
  uint64_t keys[9];
  for (unsigned n = 0; n < 9; n++)
    test_put(map, keys[n] = test_key_at(map, n > 0 ? keys[n - 1] : 0, 0));
  struct swissmap_table *table = swissmap_of(map)->directory[0];
  assert_int_equal(table->growth_left, 14 - 9);
  test_del(map, keys[8]); /* in a group with empty slots */
  assert_int_equal(table->growth_left, 14 - 8);
  assert_int_equal(test_look(map).tombstones, 0);
  test_put(map, keys[8]);
  test_del(map, keys[0]);
  test_del(map, keys[5]);
  assert_int_equal(table->growth_left, 14 - 9);
  assert_int_equal(test_look(map).tombstones, 2);
  assert_int_equal(test_look(map).longest_probe, 16);
  assert_int_equal(swissmap_ops.contains(map, keys[8]), MAP_DONE);
  test_sound(map);
  test_put(map, keys[8]); /* found behind the tombstones, not put into one */
  assert_int_equal(test_look(map).tombstones, 2);
  test_put(map, keys[5]); /* into the first tombstone, which costs no growth */
  assert_int_equal(swissmap_control(&table->groups[0], 0), swissmap_h2(swissmap_hash(swissmap_of(map), keys[5])));
  assert_int_equal(test_look(map).tombstones, 1);
  assert_int_equal(table->growth_left, 14 - 9);
  test_sound(map);
  swissmap_destroy(map);
}

static void test_tombstones_make_a_table_grow_and_are_gone_then(void **state) {
  (void)state;
  struct map *map = test_map(9, 5);
  uint64_t keys[14];
  for (unsigned n = 0; n < 14; n++)
    test_put(map, keys[n] = test_key_at(map, n > 0 ? keys[n - 1] : 0, 0));
  for (unsigned n = 0; n < 8; n++)
    test_del(map, keys[n]);
  assert_int_equal(test_look(map).tombstones, 8);
  uint64_t other = test_key_at(map, keys[13], 1);
  test_put(map, other); /* no growth left, and no tombstone on its way: its group has empty slots */
  assert_int_equal(test_look(map).capacity, 32);
  assert_int_equal(test_look(map).tombstones, 0);
  test_sound(map);
  swissmap_destroy(map);
}

/* The directory doubles for one table, while another keeps two entries; then that is split within it. */
static void test_a_table_that_is_not_split_keeps_its_share_of_the_directory(void **state) {
  (void)state;
  unsigned shared = 0;
  for (uint64_t seed = 0; seed < 200; seed++) {
    struct map *map = test_map(0, seed);
    for (uint64_t key = 1; key <= 240; key++) {
      test_put(map, key);
      test_sound(map);
      struct swissmap *inside = swissmap_of(map);
      bool share = false;
      for (uint64_t n = 1; n < inside->directory_length; n++)
        share |= inside->directory[n] == inside->directory[n - 1];
      shared += share;
      assert_true(!share || test_look(map).capacity < 64 * inside->directory_length);
    }
    swissmap_destroy(map);
  }
  assert_true(shared > 1000);
}

static void test_clear_empties_every_table_and_keeps_it(void **state) {
  (void)state;
  for (uint64_t keys = 1; keys <= 256; keys *= 4) {
    struct map *map = test_map(0, 9);
    test_put_up_to(map, keys);
    struct map_snapshot before = test_look(map);
    uint64_t seed = swissmap_of(map)->hash_seed;
    swissmap_clear(map);
    struct map_snapshot look = test_look(map);
    assert_int_equal(look.count + look.tombstones, 0);
    assert_int_equal(look.capacity, before.capacity);
    assert_int_not_equal(swissmap_of(map)->hash_seed, seed);
    test_sound(map);
    test_put_up_to(map, keys);
    test_sound(map);
    swissmap_destroy(map);
  }
}

static void test_the_last_deletion_changes_the_hash_seed(void **state) {
  (void)state;
  struct map *map = test_map(0, 9);
  test_put_up_to(map, 60);
  uint64_t seed = swissmap_of(map)->hash_seed;
  for (uint64_t key = 60; key > 1; key--)
    test_del(map, key);
  assert_int_equal(swissmap_of(map)->hash_seed, seed);
  test_del(map, 1);
  assert_int_not_equal(swissmap_of(map)->hash_seed, seed);
  test_put_up_to(map, 200);
  test_sound(map);
  swissmap_destroy(map);
}

/* ---- what check finds ---- */

/* A full slot of the table, counted from the start. */
static struct swissmap_place test_full(struct swissmap_table *table, unsigned nth) {
  for (unsigned n = 0; n < table->capacity; n++) {
    struct swissmap_place place = {table, &table->groups[n / SWISSMAP_SLOTS], n % SWISSMAP_SLOTS};
    if (swissmap_is_full(swissmap_control(place.group, place.index)) && nth-- == 0)
      return place;
  }
  fail_msg("the table has %u entries", table->used);
  return (struct swissmap_place){table, table->groups, 0};
}

static void test_check_finds_wrong_counts(void **state) {
  (void)state;
  struct map *map = test_map(0, 1);
  test_put_up_to(map, 5);
  swissmap_of(map)->used++;
  test_broken(map, MAP_BROKEN_COUNT);
  swissmap_of(map)->used--;
  test_put_up_to(map, 100);
  struct swissmap_table *table = swissmap_of(map)->directory[1];
  table->used++;
  test_broken(map, MAP_BROKEN_COUNT);
  table->used--;
  table->growth_left++;
  test_broken(map, MAP_BROKEN_SIZE);
  table->growth_left--;
  test_sound(map);
  swissmap_destroy(map);
}

static void test_check_finds_what_is_under_way(void **state) {
  (void)state;
  struct map *map = test_map(0, 1);
  struct swissmap *inside = swissmap_of(map);
  inside->writing = 1;
  test_broken(map, MAP_BROKEN_BUSY);
  inside->writing = 0;
  atomic_store_explicit(&inside->iterations, 2, memory_order_relaxed);
  test_broken(map, MAP_BROKEN_BUSY);
  atomic_store_explicit(&inside->iterations, 0, memory_order_relaxed);
  swissmap_destroy(map);
}

static void test_check_finds_keys_that_cannot_be_reached(void **state) {
  (void)state;
  struct map *map = test_map(0, 1);
  test_put_up_to(map, 100);
  struct swissmap *inside = swissmap_of(map);
  struct swissmap_place place = test_full(inside->directory[0], 7);
  uint8_t control = swissmap_control(place.group, place.index);
  swissmap_control_set(place.group, place.index, control ^ 1);
  test_broken(map, MAP_BROKEN_REACH);
  swissmap_control_set(place.group, place.index, control);
  struct swissmap_place other = test_full(inside->directory[inside->directory_length - 1], 3);
  struct swissmap_slot slot = *swissmap_slot(place);
  *swissmap_slot(place) = *swissmap_slot(other);
  test_broken(map, MAP_BROKEN_REACH);
  *swissmap_slot(place) = slot;
  test_sound(map);
  swissmap_destroy(map);
}

static void test_check_finds_keys_that_are_stored_twice(void **state) {
  (void)state;
  for (uint64_t keys = 8; keys <= 14; keys += 6) {
    struct map *map = test_map(0, 1);
    test_put_up_to(map, keys);
    struct swissmap *inside = swissmap_of(map);
    struct swissmap_group *group = keys == 8 ? inside->small : inside->directory[0]->groups;
    unsigned from = 0, to = 1;
    while (!swissmap_is_full(swissmap_control(group, from)))
      from++;
    to += from;
    group->slots[to] = group->slots[from];
    swissmap_control_set(group, to, swissmap_control(group, from));
    test_broken(map, MAP_BROKEN_TWICE);
    swissmap_destroy(map);
  }
}

static void test_check_finds_a_malformed_group(void **state) {
  (void)state;
  struct map *map = test_map(9, 1);
  test_put(map, 1);
  struct swissmap_group *group = swissmap_of(map)->directory[0]->groups;
  unsigned n = swissmap_is_full(swissmap_control(group, 0)) ? 1 : 0;
  swissmap_control_set(group, n, SWISSMAP_DELETED); /* beside empty slots */
  test_broken(map, MAP_BROKEN_SHAPE);
  swissmap_control_set(group, n, 0xff);
  test_broken(map, MAP_BROKEN_SHAPE);
  swissmap_destroy(map);
  map = test_map(0, 1);
  test_put_up_to(map, 8);
  swissmap_control_set(swissmap_of(map)->small, 2, SWISSMAP_DELETED);
  test_broken(map, MAP_BROKEN_SHAPE);
  swissmap_destroy(map);
}

static void test_check_finds_a_malformed_directory(void **state) {
  (void)state;
  struct map *map = test_map(0, 1);
  test_put_up_to(map, 300);
  struct swissmap *inside = swissmap_of(map);
  assert_true(inside->directory_length >= 4);
  for (uint64_t n = 0; n < 4; n++) {
    struct swissmap_table *table = inside->directory[n];
    inside->directory[n] = NULL;
    test_broken(map, MAP_BROKEN_SHAPE);
    inside->directory[n] = inside->directory[n ^ 2];
    test_broken(map, MAP_BROKEN_SHAPE);
    inside->directory[n] = table;
    table->index++;
    test_broken(map, MAP_BROKEN_SHAPE);
    table->index--;
    table->local_depth--;
    test_broken(map, MAP_BROKEN_SHAPE);
    table->local_depth = 99;
    test_broken(map, MAP_BROKEN_SHAPE);
    table->local_depth = inside->global_depth;
    table->capacity--;
    test_broken(map, MAP_BROKEN_SHAPE);
    table->capacity++;
  }
  inside->global_shift++;
  test_broken(map, MAP_BROKEN_SHAPE);
  inside->global_shift--;
  inside->directory_length--;
  test_broken(map, MAP_BROKEN_SHAPE);
  inside->directory_length++;
  test_sound(map);
  swissmap_destroy(map);
}

static void test_check_finds_more_retired_tables_than_there_can_be(void **state) {
  (void)state;
  struct map *map = test_map(9, 1);
  struct swissmap *inside = swissmap_of(map);
  struct swissmap_table cycle = {.next_retired = &cycle};
  inside->retired = &cycle;
  test_broken(map, MAP_BROKEN_RETIRED);
  inside->retired = NULL;
  swissmap_destroy(map);
}

/* ---- operations that not every map has ---- */

#define KEYS 64u

/* values[key]; 0: absent. */
static void test_optional(const struct map_ops *ops, struct map *map, uint64_t *values, uint64_t random) {
  uint64_t a = random % KEYS, b = random / KEYS % KEYS, fresh = random | 1, got = 0;
  uint64_t got_two[2] = {0, 0};
  switch (random >> 60 & 3) {
  case 0:
    assert_int_equal(ops->get_or_insert(map, a, fresh, &got), values[a] ? MAP_PRESENT : MAP_DONE);
    values[a] = values[a] ? values[a] : fresh;
    assert_int_equal(got, values[a]);
    break;
  case 1:
    assert_int_equal(ops->take(map, a, &got), values[a] ? MAP_DONE : MAP_ABSENT);
    assert_int_equal(got, values[a]);
    values[a] = 0;
    break;
  case 2:
    assert_int_equal(ops->move(map, a, b, &got), !values[a] ? MAP_ABSENT : values[b] ? MAP_PRESENT : MAP_DONE);
    if (values[a] && !values[b]) {
      assert_int_equal(got, values[a]);
      values[b] = values[a];
      values[a] = 0;
    }
    break;
  default:
    assert_int_equal(ops->swap(map, a, b, got_two), values[a] && values[b] ? MAP_DONE : MAP_ABSENT);
    if (values[a] && values[b]) {
      assert_int_equal(got_two[0], values[a]);
      assert_int_equal(got_two[1], values[b]);
      values[a] = got_two[1];
      values[b] = got_two[0];
    }
  }
}

static void test_optional_operations_agree_with_the_model(void **state) {
  (void)state;
  const struct map_ops *const maps[] = {&swissmap_ops, &swissrw_ops};
  for (unsigned round = 0; round < 400; round++) {
    const struct map_ops *ops = maps[round % 2];
    uint64_t values[KEYS] = {0}, count = 0;
    struct map_config config = {.hash_seed = round};
    struct map_fault fault;
    struct map *map = ops->create(&config);
    for (uint64_t n = 0; n < 500; n++) {
      test_optional(ops, map, values, swissmap_mix(round * UINT64_C(1000) + n));
      assert_int_equal(ops->check(map, &fault), MAP_SOUND);
    }
    for (uint64_t key = 0; key < KEYS; key++) {
      uint64_t got = 0;
      assert_int_equal(ops->get(map, key, &got), values[key] ? MAP_DONE : MAP_ABSENT);
      assert_int_equal(got, values[key]);
      count += got != 0;
    }
    assert_int_equal(ops->len(map), count);
    ops->destroy(map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_matches_tell_empty_deleted_and_full_slots),
      cmocka_unit_test(test_iterating_a_match_gives_its_slots_in_order),
      cmocka_unit_test(test_a_probe_comes_by_every_group_once),
      cmocka_unit_test(test_growth_doubles_up_to_a_split),
      cmocka_unit_test(test_a_hint_makes_tables_and_a_small_one_none),
      cmocka_unit_test(test_a_full_small_map_grows_for_a_new_key_only),
      cmocka_unit_test(test_deletion_leaves_a_tombstone_in_full_groups_only),
      cmocka_unit_test(test_tombstones_make_a_table_grow_and_are_gone_then),
      cmocka_unit_test(test_a_table_that_is_not_split_keeps_its_share_of_the_directory),
      cmocka_unit_test(test_clear_empties_every_table_and_keeps_it),
      cmocka_unit_test(test_the_last_deletion_changes_the_hash_seed),
      cmocka_unit_test(test_check_finds_wrong_counts),
      cmocka_unit_test(test_check_finds_what_is_under_way),
      cmocka_unit_test(test_check_finds_keys_that_cannot_be_reached),
      cmocka_unit_test(test_check_finds_keys_that_are_stored_twice),
      cmocka_unit_test(test_check_finds_a_malformed_group),
      cmocka_unit_test(test_check_finds_a_malformed_directory),
      cmocka_unit_test(test_check_finds_more_retired_tables_than_there_can_be),
      cmocka_unit_test(test_optional_operations_agree_with_the_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
