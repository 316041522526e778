/* test_gomap_iterate.c - an iteration shows each key once, whatever growth it meets, begins or finishes.
 *
 * Iterations are begun at every stage of a doubling, of a growth of the same size and of a shrinking, from many places,
 * and those that delete push the evacuation on under themselves. */
#include "map/gomap_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYS_MAX 8192u

struct walk {
  struct map *map;
  uint8_t shown[KEYS_MAX];
  unsigned count;
  unsigned stride; /* delete each key that is a multiple of this; 0: none */
  unsigned deleted;
  unsigned retired; /* times that an array was in retirement while an entry was shown */
  uint64_t first;   /* key */
};

static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  struct walk *walk = context;
  assert_true(key < KEYS_MAX);
  assert_int_equal(value, key);
  assert_int_equal(walk->shown[key], 0);
  walk->shown[key] = 1;
  walk->first = walk->count == 0 ? key : walk->first;
  walk->count++;
  walk->retired += gomap_of(walk->map)->retired != NULL;
  if (walk->stride == 0 || key % walk->stride != 0)
    return MAP_VISIT_NEXT;
  walk->deleted++;
  return MAP_VISIT_DELETE;
}

/* Iterates, and checks that what is in the map is what was shown. */
static struct walk *test_iterate(struct map *map, uint64_t seed, unsigned stride) {
  static struct walk walk;
  uint64_t count = gomap_len(map);
  memset(&walk, 0, sizeof walk);
  walk.map = map;
  walk.stride = stride;
  gomap_iterate(map, stride != 0, seed, test_visit, &walk);
  assert_int_equal(walk.count, count);
  assert_int_equal(gomap_len(map), count - walk.deleted);
  assert_null(gomap_of(map)->retired);
  for (uint64_t key = 0; key < KEYS_MAX; key++) {
    bool there = walk.shown[key] && !(stride != 0 && key % stride == 0);
    assert_int_equal(gomap_access(map, key, NULL), there ? MAP_DONE : MAP_ABSENT);
  }
  return &walk;
}

static struct map *test_map(uint64_t capacity, bool shrink) {
  struct map_config config = {.capacity_hint = capacity, .hash_seed = 23, .shrink = shrink};
  return gomap_create(&config);
}

static void test_put(struct map *map, uint64_t key) { assert_int_equal(gomap_ops.put(map, key, key), MAP_DONE); }

/* 104 keys in 16 buckets, then `stage` more: a doubling in all its stages. */
static struct map *test_doubling(unsigned stage) {
  struct map *map = test_map(104, false);
  for (uint64_t key = 0; key < 104 + stage; key++)
    test_put(map, key);
  return map;
}

/* The `stage`-th write after a growth of the same size has begun. */
static struct map *test_same_size(unsigned stage) {
  struct map *map = test_map(104, false);
  uint64_t key = 0;
  for (; !(gomap_of(map)->flags & GOMAP_SAME_SIZE); key++) {
    assert_true(key + 20 < KEYS_MAX);
    test_put(map, key);
    if (key >= 100)
      assert_int_equal(gomap_delete(map, key - 100), MAP_DONE);
  }
  for (unsigned n = 0; n < stage; n++)
    assert_int_equal(gomap_delete(map, key - 1 - n), MAP_DONE);
  return map;
}

static struct map *test_shrinking(unsigned stage) {
  struct map *map = test_map(0, true);
  uint64_t key = 0;
  for (; key < 400; key++)
    test_put(map, key);
  while (!(gomap_of(map)->flags & GOMAP_SHRINKING))
    assert_int_equal(gomap_delete(map, --key), MAP_DONE);
  for (unsigned n = 0; n < stage; n++)
    assert_int_equal(gomap_delete(map, --key), MAP_DONE);
  return map;
}

/* Every stage, 16 seeds, no deletion and then each kind of deletion.  Returns how often an array was retired. */
static unsigned test_all_stages(struct map *(*make)(unsigned stage), unsigned stages) {
  unsigned retired = 0;
  for (unsigned stage = 0; stage < stages; stage++) {
    for (uint64_t seed = 0; seed < 8; seed++) {
      for (unsigned stride = 3; stride >= 1; stride--) {
        struct map *map = make(stage);
        test_iterate(map, seed, 0);
        test_iterate(map, seed, stride);
        retired += test_iterate(map, seed, 1)->retired;
        assert_int_equal(gomap_len(map), 0);
        gomap_destroy(map);
        map = make(stage);
        retired += test_iterate(map, seed, stride)->retired;
        gomap_destroy(map);
      }
    }
  }
  return retired;
}

static void test_each_key_once_in_every_stage_of_doubling(void **state) {
  (void)state;
  assert_true(test_all_stages(test_doubling, 18) > 0);
}

static void test_each_key_once_in_every_stage_of_same_size_growth(void **state) {
  (void)state;
  assert_true(test_all_stages(test_same_size, 12) > 0);
}

static void test_each_key_once_in_every_stage_of_shrinking(void **state) {
  (void)state;
  assert_true(test_all_stages(test_shrinking, 34) > 0);
}

static void test_a_deleting_iteration_survives_several_shrinkings(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct map *map = test_map(0, true);
    for (uint64_t key = 0; key < 3000; key++)
      test_put(map, key);
    uint8_t before = gomap_of(map)->log2_buckets;
    struct walk *walk = test_iterate(map, seed, 1);
    assert_int_equal(walk->deleted, 3000);
    assert_true(gomap_of(map)->log2_buckets + 3 <= before);
    gomap_destroy(map);
  }
}

/* What the body of a Go `range` may do, and a callback of map.h may not: writes to other keys.  Keys below 100 stay and
 * are renewed, 100 to 199 are deleted before or after they are shown, those from 1000 on are new. */
struct meddling {
  struct map *map;
  uint64_t values[200]; /* 0: deleted */
  uint8_t shown[KEYS_MAX];
  uint64_t next_new, next_deleted;
  unsigned added; /* new keys for each entry shown */
};

static enum map_visit_result test_meddle(void *context, uint64_t key, uint64_t value) {
  struct meddling *m = context;
  assert_true(key < KEYS_MAX);
  assert_int_equal(m->shown[key]++, 0);
  assert_int_equal(value, key < 200 ? m->values[key] : key);
  for (unsigned n = 0; n < m->added && m->next_new < KEYS_MAX; n++, m->next_new++)
    test_put(m->map, m->next_new);
  uint64_t renewed = value * 31 % 100;
  assert_int_equal(gomap_ops.put(m->map, renewed, m->values[renewed] += 1000), MAP_DONE);
  if (m->next_deleted < 200) {
    assert_int_equal(gomap_delete(m->map, m->next_deleted), MAP_DONE);
    m->values[m->next_deleted++] = 0;
  }
  return MAP_VISIT_NEXT;
}

static void test_an_iteration_shows_what_its_body_wrote_and_not_what_it_deleted(void **state) {
  (void)state;
  static struct meddling m;
  for (uint64_t seed = 0; seed < 60; seed++) {
    m = (struct meddling){.map = test_map(0, seed % 2), .next_new = 1000, .next_deleted = 100, .added = 1u << seed % 6};
    for (uint64_t key = 0; key < 200; key++)
      assert_int_equal(gomap_ops.put(m.map, key, m.values[key] = key + 1), MAP_DONE);
    gomap_iterate(m.map, true, seed, test_meddle, &m);
    for (uint64_t key = 0; key < 100; key++)
      assert_int_equal(m.shown[key], 1);
    assert_null(gomap_of(m.map)->retired);
    gomap_destroy(m.map);
  }
}

static void test_the_seed_decides_where_an_iteration_starts(void **state) {
  (void)state;
  struct map *map = test_doubling(5);
  unsigned changes = 0;
  uint64_t first = 0;
  for (uint64_t seed = 0; seed < 64; seed++) {
    uint64_t begun = test_iterate(map, seed, 0)->first;
    assert_int_equal(begun, test_iterate(map, seed, 0)->first);
    changes += seed != 0 && begun != first;
    first = begun;
  }
  assert_true(changes > 48);
  gomap_destroy(map);
}

static void test_an_iteration_leaves_gos_marks_and_growth_hands_them_on(void **state) {
  (void)state;
  struct map *map = test_map(104, false);
  struct map_snapshot look;
  test_iterate(map, 0, 0);
  gomap_snapshot(map, &look);
  assert_int_equal(look.flags, 0); /* an empty map is not iterated */
  for (uint64_t key = 0; key < 104; key++)
    test_put(map, key);
  test_iterate(map, 0, 0);
  gomap_snapshot(map, &look);
  assert_int_equal(look.flags, GOMAP_ITERATOR | GOMAP_OLD_ITERATOR);
  test_put(map, 104);
  gomap_snapshot(map, &look);
  assert_int_equal(look.flags, GOMAP_OLD_ITERATOR);
  gomap_destroy(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_key_once_in_every_stage_of_doubling),
      cmocka_unit_test(test_each_key_once_in_every_stage_of_same_size_growth),
      cmocka_unit_test(test_each_key_once_in_every_stage_of_shrinking),
      cmocka_unit_test(test_a_deleting_iteration_survives_several_shrinkings),
      cmocka_unit_test(test_an_iteration_shows_what_its_body_wrote_and_not_what_it_deleted),
      cmocka_unit_test(test_the_seed_decides_where_an_iteration_starts),
      cmocka_unit_test(test_an_iteration_leaves_gos_marks_and_growth_hands_them_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
