/* test_swissmap_guards.c - guarantees F and G: swissmap's guard says what Go's says, where Go says it; and a write for
 * which there is no memory changes nothing, not even a move.
 *
 * Each case of the guard runs in a child process that must die by abort with the right message.  A writer in the middle
 * of its work is played by the flag it would have set; one that interferes with a write, by a hook in the allocation
 * which that write makes. */
#include "map/swissmap_internal.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "map/test/dying_words.h"

extern const struct map_ops swissmap_ops;

static struct map *hooked; /* the map that the allocation hook meddles with */

static enum map_visit_result test_next(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)key, (void)value;
  return MAP_VISIT_NEXT;
}

/* A write begins while the iteration is between two entries. */
static enum map_visit_result test_writer_starts(void *context, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  swissmap_of(context)->writing ^= 1;
  return MAP_VISIT_NEXT;
}

static void do_get(struct map *map) {
  uint64_t value;
  swissmap_ops.get(map, 1, &value);
}
static void do_contains(struct map *map) { swissmap_ops.contains(map, 1); }
static void do_put(struct map *map) { swissmap_ops.put(map, 1, 2); }
static void do_insert(struct map *map) { swissmap_ops.insert(map, 1, 2); }
static void do_get_or_insert(struct map *map) {
  uint64_t value;
  swissmap_ops.get_or_insert(map, 1, 2, &value);
}
static void do_cas(struct map *map) { swissmap_ops.cas(map, 1, 1, 2); }
static void do_delete(struct map *map) { swissmap_ops.del(map, 1); }
static void do_take(struct map *map) {
  uint64_t value;
  swissmap_ops.take(map, 1, &value);
}
static void do_move(struct map *map) {
  uint64_t value;
  swissmap_ops.move(map, 1, 100, &value);
}
static void do_swap(struct map *map) {
  uint64_t values[2];
  swissmap_ops.swap(map, 1, 2, values);
}
static void do_clear(struct map *map) { swissmap_ops.clear(map); }
static void do_len(struct map *map) { swissmap_ops.len(map); }
static void do_iterate(struct map *map) { swissmap_ops.iterate(map, false, 0, test_next, NULL); }
static void do_iterate_and_write(struct map *map) { swissmap_ops.iterate(map, false, 0, test_writer_starts, map); }

static void test_second_writer_toggles(void) { swissmap_of(hooked)->writing ^= 1; }

/* Puts until a growth allocates: the hook then is the second writer. */
static void do_write_into_a_write(struct map *map) {
  hooked = map;
  allocation_hook.before = test_second_writer_toggles;
  for (uint64_t key = 1; key < 100; key++)
    swissmap_ops.put(map, key, key);
}

static struct map *test_map(unsigned entries) {
  struct map_config config = {.hash_seed = 3};
  struct map *map = swissmap_create(&config);
  for (uint64_t key = 1; key <= entries; key++)
    assert_int_equal(swissmap_ops.put(map, key, key), MAP_DONE);
  return map;
}

struct scene {
  void (*act)(struct map *map);
  unsigned entries;
  bool writing;
};

static void test_act(void *context) {
  const struct scene *scene = context;
  struct map *map = test_map(scene->entries);
  swissmap_of(map)->writing = scene->writing;
  scene->act(map);
}

/* What `act` on a map of `entries` entries says as it dies; NULL where it survives. */
static const char *test_dying_words(void (*act)(struct map *), unsigned entries, bool writing) {
  return dying_words(test_act, &(struct scene){act, entries, writing});
}

static const unsigned test_sizes[] = {3, 70}; /* a small map; one with a directory */

static void test_a_write_during_a_write_is_fatal(void **state) {
  (void)state;
  void (*const writes[])(struct map *) = {do_put,  do_insert, do_get_or_insert, do_cas,  do_delete,
                                          do_take, do_move,   do_swap,          do_clear};
  for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
    for (size_t size = 0; size < 2; size++) {
      assert_string_equal(test_dying_words(writes[i], test_sizes[size], true), "fatal error: concurrent map writes\n");
      assert_null(test_dying_words(writes[i], test_sizes[size], false));
    }
  }
}

static void test_a_read_during_a_write_is_fatal(void **state) {
  (void)state;
  void (*const reads[])(struct map *) = {do_get, do_contains};
  for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
    assert_string_equal(test_dying_words(reads[i], 3, true), "fatal error: concurrent map read and map write\n");
    assert_null(test_dying_words(reads[i], 3, false));
  }
}

static void test_an_iteration_during_a_write_is_fatal(void **state) {
  (void)state;
  const char *words = "fatal error: concurrent map iteration and map write\n";
  for (size_t size = 0; size < 2; size++) {
    assert_string_equal(test_dying_words(do_iterate, test_sizes[size], true), words);
    assert_string_equal(test_dying_words(do_iterate_and_write, test_sizes[size], false), words);
    assert_null(test_dying_words(do_iterate, test_sizes[size], false));
  }
}

static void test_a_writer_that_finds_its_flag_gone_is_fatal(void **state) {
  (void)state;
  assert_string_equal(test_dying_words(do_write_into_a_write, 56, false), "fatal error: concurrent map writes\n");
}

/* As in Go: an empty map answers before it looks at the guard; len never looks. */
static void test_the_guard_is_silent_where_go_is(void **state) {
  (void)state;
  void (*const calls[])(struct map *) = {do_get,  do_contains, do_delete, do_take,   do_cas,
                                         do_move, do_swap,     do_clear,  do_iterate};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    assert_null(test_dying_words(calls[i], 0, true));
  assert_string_equal(test_dying_words(do_put, 0, true), "fatal error: concurrent map writes\n");
  assert_null(test_dying_words(do_len, 3, true));
}

/* ---- no memory ---- */

/* Moves key 1 onto a key that a table has no room for, with each allocation of the growth refused in turn. */
static void test_one_move(unsigned entries, uint64_t allocations) {
  for (uint64_t fail_at = 1; fail_at <= allocations + 1; fail_at++) {
    memset(&allocation_hook, 0, sizeof allocation_hook);
    struct map *map = test_map(entries);
    struct map_fault fault;
    uint64_t value = 0;
    allocation_hook.made = 0;
    allocation_hook.fail_at = fail_at;
    enum map_status expected = fail_at > allocations ? MAP_DONE : MAP_NO_MEMORY;
    assert_int_equal(swissmap_move(map, 1, 1000, &value), expected);
    bool moved = expected == MAP_DONE;
    assert_int_equal(value, moved);
    assert_int_equal(swissmap_access(map, 1, NULL), moved ? MAP_ABSENT : MAP_DONE);
    assert_int_equal(swissmap_access(map, 1000, NULL), moved ? MAP_DONE : MAP_ABSENT);
    assert_int_equal(swissmap_len(map), entries);
    assert_int_equal(swissmap_check(map, &fault), MAP_SOUND);
    swissmap_destroy(map);
    assert_int_equal(allocation_hook.live, 0);
  }
}

static void test_a_move_without_memory_to_grow_moves_nothing(void **state) {
  (void)state;
  test_one_move(8, 2);  /* a table and a directory */
  test_one_move(14, 1); /* a table twice as large */
  test_one_move(56, 3); /* two tables and a directory */
}

static void test_get_or_insert_without_memory_inserts_nothing(void **state) {
  (void)state;
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct map *map = test_map(8);
  uint64_t actual = 7;
  allocation_hook.made = 0;
  allocation_hook.fail_at = 1;
  assert_int_equal(swissmap_ops.get_or_insert(map, 9, 9, &actual), MAP_NO_MEMORY);
  assert_int_equal(swissmap_ops.get_or_insert(map, 8, 9, &actual), MAP_PRESENT);
  assert_int_equal(actual, 8);
  assert_int_equal(swissmap_ops.get_or_insert(map, 9, 9, &actual), MAP_DONE);
  assert_int_equal(swissmap_len(map), 9);
  swissmap_destroy(map);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_creation_without_memory_gives_no_map_and_leaks_nothing(void **state) {
  (void)state;
  struct map_config config = {.capacity_hint = 300};
  for (uint64_t fail_at = 1;; fail_at++) {
    memset(&allocation_hook, 0, sizeof allocation_hook);
    allocation_hook.fail_at = fail_at;
    struct map *map = swissmap_create(&config);
    if (map != NULL) {
      assert_int_equal(fail_at, 1 + 1 + 8 + 1); /* the map, the directory, its tables */
      swissmap_destroy(map);
      break;
    }
    assert_int_equal(allocation_hook.live, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_write_during_a_write_is_fatal),
      cmocka_unit_test(test_a_read_during_a_write_is_fatal),
      cmocka_unit_test(test_an_iteration_during_a_write_is_fatal),
      cmocka_unit_test(test_a_writer_that_finds_its_flag_gone_is_fatal),
      cmocka_unit_test(test_the_guard_is_silent_where_go_is),
      cmocka_unit_test(test_a_move_without_memory_to_grow_moves_nothing),
      cmocka_unit_test(test_get_or_insert_without_memory_inserts_nothing),
      cmocka_unit_test(test_creation_without_memory_gives_no_map_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
