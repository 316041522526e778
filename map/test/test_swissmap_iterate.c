/* test_swissmap_iterate.c - an iteration of swissmap shows each key once, whatever growth and splits it meets.
 *
 * Here the visitor writes to the map, which map.h forbids: it plays the writer that a caller without a lock around
 * the whole iteration would let in, and in whose presence Go's iterations are right. */
#include "map/swissmap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS_MAX 2048u

extern const struct map_ops swissmap_ops;

struct walk {
  struct map *map;
  uint8_t shown[KEYS_MAX];
  uint64_t count;
  uint64_t first;  /* key */
  uint64_t stride; /* delete each key that is a multiple of this; 0: none */
  uint64_t deleted;
  uint64_t fresh;  /* next key that the visitor adds */
  uint64_t add;    /* how many it adds for each entry shown */
  uint64_t remove; /* not 0: it deletes this key, once shown once */
  uint64_t most_retired;
};

static struct walk walk;

static struct map *test_map(uint64_t keys, uint64_t seed) {
  struct map_config config = {.hash_seed = seed};
  struct map *map = swissmap_create(&config);
  for (uint64_t key = 1; key <= keys; key++)
    assert_int_equal(swissmap_ops.put(map, key, key), MAP_DONE);
  memset(&walk, 0, sizeof walk);
  walk.map = map;
  walk.fresh = keys + 1;
  return map;
}

static void test_add(void) {
  for (uint64_t n = 0; n < walk.add && walk.fresh < KEYS_MAX; n++) {
    assert_int_equal(swissmap_ops.put(walk.map, walk.fresh, walk.fresh), MAP_DONE);
    walk.fresh++;
  }
}

static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  assert_ptr_equal(context, &walk);
  assert_true(key < KEYS_MAX);
  assert_int_equal(value, key);
  assert_int_equal(walk.shown[key], 0);
  walk.shown[key] = 1;
  walk.first = walk.count == 0 ? key : walk.first;
  walk.count++;
  test_add();
  if (walk.remove != 0 && walk.remove != key && swissmap_ops.del(walk.map, walk.remove) == MAP_DONE)
    walk.shown[walk.remove] |= 2; /* gone: not to be shown any more */
  struct map_snapshot look;
  swissmap_snapshot(walk.map, &look);
  assert_int_equal(look.in_progress, 1);
  assert_true(look.retired <= look.retired_bound);
  walk.most_retired = look.retired > walk.most_retired ? look.retired : walk.most_retired;
  if (walk.stride == 0 || key % walk.stride != 0)
    return MAP_VISIT_NEXT;
  walk.deleted++;
  return MAP_VISIT_DELETE;
}

static void test_sound(struct map *map) {
  struct map_fault fault;
  assert_int_equal(swissmap_check(map, &fault), MAP_SOUND);
}

static void test_every_key_is_shown_once_and_deleted_where_asked(void **state) {
  (void)state;
  for (uint64_t keys = 0; keys <= 260; keys += keys < 20 ? 1 : 19) {
    for (uint64_t seed = 0; seed < 4; seed++) {
      for (uint64_t stride = 0; stride <= 3; stride++) {
        struct map *map = test_map(keys, seed / 2);
        walk.stride = stride;
        swissmap_iterate(map, stride != 0, seed, test_visit, &walk);
        assert_int_equal(walk.count, keys);
        assert_int_equal(swissmap_len(map), keys - walk.deleted);
        test_sound(map);
        for (uint64_t key = 1; key <= keys; key++)
          assert_int_equal(swissmap_ops.contains(map, key), stride && key % stride == 0 ? MAP_ABSENT : MAP_DONE);
        swissmap_destroy(map);
      }
    }
  }
}

static void test_keys_present_throughout_are_shown_once_while_tables_grow_and_split(void **state) {
  (void)state;
  uint64_t most_retired = 0;
  for (uint64_t keys = 1; keys <= 260; keys += keys < 20 ? 1 : 19) {
    for (uint64_t seed = 0; seed < 6; seed++) {
      for (uint64_t add = 1; add <= 9; add += 4) {
        struct map *map = test_map(keys, seed / 3);
        walk.add = add;
        swissmap_iterate(map, true, seed, test_visit, &walk);
        for (uint64_t key = 1; key <= keys; key++)
          assert_int_equal(walk.shown[key], 1);
        most_retired = walk.most_retired > most_retired ? walk.most_retired : most_retired;
        test_sound(map);
        struct map_snapshot look;
        swissmap_snapshot(map, &look);
        assert_int_equal(look.retired, 0); /* an iteration that may delete cleans up behind it */
        swissmap_destroy(map);
      }
    }
  }
  assert_true(most_retired > 10);
}

static void test_a_key_that_was_deleted_is_not_shown_even_from_a_stale_table(void **state) {
  (void)state;
  unsigned spared = 0;
  for (uint64_t seed = 0; seed < 200; seed++) {
    struct map *map = test_map(1 + seed % 70, seed);
    walk.add = seed % 4;
    walk.remove = 1 + seed % 13;
    swissmap_iterate(map, false, seed, test_visit, &walk);
    spared += walk.shown[walk.remove] == 2;
    test_sound(map);
    swissmap_destroy(map); /* with what is still retired */
  }
  assert_true(spared > 20);
}

static void test_iterations_begin_in_many_places(void **state) {
  (void)state;
  static const uint64_t sizes[] = {8, 200};
  for (unsigned i = 0; i < 2; i++) {
    bool seen[KEYS_MAX] = {0};
    unsigned firsts = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
      struct map *map = test_map(sizes[i], 1);
      swissmap_iterate(map, false, seed, test_visit, &walk);
      firsts += !seen[walk.first];
      seen[walk.first] = true;
      swissmap_destroy(map);
    }
    assert_true(firsts >= 8 && (i == 0 || firsts > 30));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_key_is_shown_once_and_deleted_where_asked),
      cmocka_unit_test(test_keys_present_throughout_are_shown_once_while_tables_grow_and_split),
      cmocka_unit_test(test_a_key_that_was_deleted_is_not_shown_even_from_a_stale_table),
      cmocka_unit_test(test_iterations_begin_in_many_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
