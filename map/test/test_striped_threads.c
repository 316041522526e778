/* test_striped_threads.c - striped on real threads: what moves and swaps between stripes is never lost, a resize goes
 * on in some stripes while another one is held, and clear waits for it.  Built with ThreadSanitizer, any report of
 * which fails the test by the exit status that it then gives. */
#include "map/striped_internal.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS 4u
#define MAPS 24u
#define ROUNDS 1500u
#define KEYS 48u   /* that are moved and swapped */
#define VALUES 16u /* entries among them, for good */

extern const struct map_ops striped_ops;

struct crew {
  struct map *map;
  unsigned number;
  uint64_t random;
};

static uint64_t test_random(struct crew *crew) {
  crew->random ^= crew->random << 13;
  crew->random ^= crew->random >> 7;
  crew->random ^= crew->random << 17;
  return crew->random;
}

/* Grows and shrinks the map under everybody's feet, with keys of its own. */
static uintptr_t test_stir(struct crew *crew, uint64_t round) {
  uint64_t own = KEYS + (uint64_t)crew->number * 1000, value = 0, actual = 0;
  uintptr_t wrong = 0;
  for (uint64_t key = own; round % 50 == 0 && key < own + 60; key++)
    wrong += striped_ops.get_or_insert(crew->map, key, round, &actual) != MAP_DONE || actual != round;
  for (uint64_t key = own; round % 50 == 25 && key < own + 60; key++)
    wrong += striped_ops.take(crew->map, key, &value) != MAP_DONE || value != round - 25;
  return wrong;
}

static enum map_visit_result test_sum(void *context, uint64_t key, uint64_t value) {
  uint64_t *values = context;
  if (key < KEYS)
    values[value]++;
  return MAP_VISIT_NEXT;
}

/* Returns how many answers were wrong: cmocka's assertions belong to the main thread. */
static void *test_mover(void *argument) {
  struct crew *crew = argument;
  uintptr_t wrong = 0;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    uint64_t value, values[2], a = test_random(crew) % KEYS, b = test_random(crew) % KEYS;
    if (test_random(crew) % 2)
      striped_ops.move(crew->map, a, b, &value);
    else
      striped_ops.swap(crew->map, a, b, values);
    wrong += test_stir(crew, round);
    if (round % 64 == 0) {
      uint64_t len = striped_ops.len(crew->map);
      wrong += len < VALUES || len > VALUES + THREADS * 60;
    }
  }
  return (void *)wrong;
}

static void test_moves_and_swaps_lose_nothing_while_the_map_is_resized(void **state) {
  (void)state;
  for (unsigned n = 0; n < MAPS; n++) {
    struct map_config config = {.hash_seed = n, .shrink = true};
    struct map *map = striped_ops.create(&config);
    struct crew crews[THREADS];
    pthread_t ids[THREADS];
    uint64_t values[VALUES] = {0};
    struct map_fault fault;
    assert_non_null(map);
    for (uint64_t key = 0; key < VALUES; key++)
      assert_int_equal(striped_ops.put(map, key, key), MAP_DONE);
    for (unsigned t = 0; t < THREADS; t++) {
      crews[t] = (struct crew){map, t, 1 + n * THREADS + t};
      assert_int_equal(pthread_create(&ids[t], NULL, test_mover, &crews[t]), 0);
    }
    for (unsigned t = 0; t < THREADS; t++) {
      void *wrong;
      assert_int_equal(pthread_join(ids[t], &wrong), 0);
      assert_null(wrong);
    }
    if (striped_ops.check(map, &fault) != MAP_SOUND)
      fail_msg("%s", fault.text);
    striped_ops.iterate(map, false, 0, test_sum, values);
    for (unsigned v = 0; v < VALUES; v++)
      assert_int_equal(values[v], 1);
    striped_ops.destroy(map);
  }
}

static uint64_t test_key_in(struct map *map, uint64_t after, unsigned stripe) {
  do
    after++;
  while (striped_stripe_of(striped_hash(striped_of(map), after)) != stripe);
  return after;
}

static void *test_clear(void *map) {
  striped_ops.clear(map);
  return NULL;
}

static unsigned test_stripes_left(struct map *map) { return atomic_load(&striped_of(map)->stripes_left); }

/* The main thread is in the midst of an operation in stripe 3, which another one's clear has to wait for. */
static void test_a_held_stripe_holds_up_clear_but_no_other_stripe(void **state) {
  (void)state;
  struct map_config config = {.hash_seed = 5};
  struct map *map = striped_ops.create(&config);
  pthread_t id;
  uint64_t value;
  assert_non_null(map);
  for (uint64_t key = 0; key < 5; key++)
    assert_int_equal(striped_ops.put(map, key, key), MAP_DONE);
  assert_int_equal(test_stripes_left(map), STRIPED_STRIPES);
  striped_lock(&striped_of(map)->stripes[3].lock);
  assert_int_equal(pthread_create(&id, NULL, test_clear, map), 0);
  while (test_stripes_left(map) != 1)
    sched_yield();
  for (unsigned stripe = 0; stripe < 3; stripe++) {
    uint64_t key = test_key_in(map, 100, stripe);
    assert_int_equal(striped_ops.insert(map, key, 7), MAP_DONE);
    assert_int_equal(striped_ops.take(map, key, &value), MAP_DONE);
    assert_int_equal(value, 7);
  }
  assert_true(striped_count_roughly(striped_of(map)) == 5);
  striped_unlock(&striped_of(map)->stripes[3].lock);
  assert_int_equal(pthread_join(id, NULL), 0);
  assert_int_equal(striped_ops.len(map), 0);
  assert_int_equal(test_stripes_left(map), 0);
  striped_ops.destroy(map);
}

static void *test_put_one(void *map) {
  striped_ops.put(map, 1000, 1);
  return NULL;
}

static void test_who_waits_for_the_turn_helps_with_what_is_begun_meanwhile(void **state) {
  (void)state;
  for (unsigned n = 0; n < 100; n++) {
    struct map_config config = {.hash_seed = n, .shrink = true};
    struct map *map = striped_ops.create(&config);
    pthread_t ids[3];
    assert_non_null(map);
    for (uint64_t key = 0; key < 4; key++)
      assert_int_equal(striped_ops.put(map, key, key), MAP_DONE);
    /* One begins to grow and goes its way, two want the turn: nobody else comes to move a bucket. */
    assert_int_equal(pthread_create(&ids[0], NULL, test_put_one, map), 0);
    assert_int_equal(pthread_create(&ids[1], NULL, test_clear, map), 0);
    assert_int_equal(pthread_create(&ids[2], NULL, test_clear, map), 0);
    for (unsigned t = 0; t < 3; t++)
      assert_int_equal(pthread_join(ids[t], NULL), 0);
    struct map_fault fault;
    if (striped_ops.check(map, &fault) != MAP_SOUND)
      fail_msg("%s", fault.text);
    assert_true(striped_ops.len(map) <= 1);
    striped_ops.destroy(map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_moves_and_swaps_lose_nothing_while_the_map_is_resized),
      cmocka_unit_test(test_a_held_stripe_holds_up_clear_but_no_other_stripe),
      cmocka_unit_test(test_who_waits_for_the_turn_helps_with_what_is_begun_meanwhile),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
