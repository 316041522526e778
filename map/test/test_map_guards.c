/* test_map_guards.c - guarantee F: gomap's guard says what Go says, in each place where Go says it.
 *
 * Each case runs in a child process that must die by abort with the right message.  A writer in the middle of its work
 * is played by the flag it would have set; one that interferes with a write, by a hook in the allocation which that
 * write makes.  Linked with the options named in allocation_hook.h. */
#include "map/gomap_internal.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "map/test/dying_words.h"

static struct map *hooked; /* the map that the allocation hook meddles with */

static enum map_visit_result test_next(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)key, (void)value;
  return MAP_VISIT_NEXT;
}

/* A write begins while the iteration is between two entries. */
static enum map_visit_result test_writer_starts(void *context, uint64_t key, uint64_t value) {
  (void)key, (void)value;
  gomap_of(context)->flags ^= GOMAP_WRITING;
  return MAP_VISIT_NEXT;
}

static void do_get(struct map *map) {
  uint64_t value;
  gomap_ops.get(map, 1, &value);
}
static void do_contains(struct map *map) { gomap_ops.contains(map, 1); }
static void do_put(struct map *map) { gomap_ops.put(map, 1, 2); }
static void do_insert(struct map *map) { gomap_ops.insert(map, 1, 2); }
static void do_cas(struct map *map) { gomap_ops.cas(map, 1, 1, 2); }
static void do_delete(struct map *map) { gomap_ops.del(map, 1); }
static void do_clear(struct map *map) { gomap_ops.clear(map); }
static void do_len(struct map *map) { gomap_ops.len(map); }
static void do_iterate(struct map *map) { gomap_ops.iterate(map, false, 0, test_next, NULL); }
static void do_iterate_and_write(struct map *map) { gomap_ops.iterate(map, false, 0, test_writer_starts, map); }

static void test_second_writer_toggles(void) { gomap_of(hooked)->flags ^= GOMAP_WRITING; }

/* Puts until a growth allocates: the hook then is the second writer. */
static void do_write_into_a_write(struct map *map) {
  hooked = map;
  allocation_hook.before = test_second_writer_toggles;
  for (uint64_t key = 1; key < 100; key++)
    gomap_ops.put(map, key, key);
}

static struct map *test_map(unsigned entries) {
  struct map_config config = {.hash_seed = 3};
  struct map *map = gomap_create(&config);
  for (uint64_t key = 1; key <= entries; key++)
    assert_int_equal(gomap_ops.put(map, key, key), MAP_DONE);
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
  if (scene->writing)
    gomap_of(map)->flags |= GOMAP_WRITING;
  scene->act(map);
}

/* What `act` on a map of `entries` entries says as it dies; NULL where it survives. */
static const char *test_dying_words(void (*act)(struct map *), unsigned entries, bool writing) {
  return dying_words(test_act, &(struct scene){act, entries, writing});
}

static void test_a_write_during_a_write_is_fatal(void **state) {
  (void)state;
  void (*const writes[])(struct map *) = {do_put, do_insert, do_cas, do_delete, do_clear};
  for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
    assert_string_equal(test_dying_words(writes[i], 3, true), "fatal error: concurrent map writes\n");
    assert_null(test_dying_words(writes[i], 3, false));
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
  assert_string_equal(test_dying_words(do_iterate, 3, true), words);
  assert_string_equal(test_dying_words(do_iterate_and_write, 3, false), words);
  assert_null(test_dying_words(do_iterate, 3, false));
}

static void test_a_writer_that_finds_its_flag_gone_is_fatal(void **state) {
  (void)state;
  assert_string_equal(test_dying_words(do_write_into_a_write, 8, false), "fatal error: concurrent map writes\n");
}

/* As in Go: an empty map answers before it looks at the guard; len never looks. */
static void test_the_guard_is_silent_where_go_is(void **state) {
  (void)state;
  void (*const calls[])(struct map *) = {do_get, do_contains, do_delete, do_clear, do_iterate};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    assert_null(test_dying_words(calls[i], 0, true));
  assert_string_equal(test_dying_words(do_put, 0, true), "fatal error: concurrent map writes\n");
  assert_null(test_dying_words(do_len, 3, true));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_write_during_a_write_is_fatal),
      cmocka_unit_test(test_a_read_during_a_write_is_fatal),
      cmocka_unit_test(test_an_iteration_during_a_write_is_fatal),
      cmocka_unit_test(test_a_writer_that_finds_its_flag_gone_is_fatal),
      cmocka_unit_test(test_the_guard_is_silent_where_go_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
