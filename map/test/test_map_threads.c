/* test_map_threads.c - what may run side by side does, on real threads: built with ThreadSanitizer, any report fails
 * the test by the exit status that the sanitizer then gives.
 *
 * gomap allows readers beside readers; maps that promise guarantee A allow everything. */
#include "map/map.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define STEADY_KEYS 300u /* present throughout */
#define MAPS 150u        /* each map's first iteration marks it: that meeting needs many maps */
#define ROUNDS 8u

struct crew {
  const struct map_ops *ops;
  struct map *map;
  pthread_barrier_t round; /* begins each round: a writer that waits for its turn would else meet nobody */
};

static enum map_visit_result test_count_steady(void *context, uint64_t key, uint64_t value) {
  *(uint64_t *)context += key < STEADY_KEYS && value == key;
  return MAP_VISIT_NEXT;
}

static enum map_visit_result test_delete_passing(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)value;
  return key >= STEADY_KEYS ? MAP_VISIT_DELETE : MAP_VISIT_NEXT;
}

/* Returns how many answers were wrong: cmocka's assertions belong to the main thread. */
static void *test_reader(void *argument) {
  struct crew *crew = argument;
  uintptr_t wrong = 0;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&crew->round);
    uint64_t steady = 0, value = 0, key = round % STEADY_KEYS;
    crew->ops->iterate(crew->map, false, round, test_count_steady, &steady);
    wrong += steady != STEADY_KEYS;
    wrong += crew->ops->get(crew->map, key, &value) != MAP_DONE || value != key;
    wrong += crew->ops->contains(crew->map, key) != MAP_DONE;
    wrong += crew->ops->len(crew->map) < STEADY_KEYS;
  }
  return (void *)wrong;
}

static void *test_writer(void *argument) {
  struct crew *crew = argument;
  uintptr_t wrong = 0;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&crew->round);
    for (uint64_t key = STEADY_KEYS; key < STEADY_KEYS + 100; key++)
      wrong += crew->ops->put(crew->map, key, round) != MAP_DONE;
    crew->ops->iterate(crew->map, true, round, test_delete_passing, NULL);
    wrong += crew->ops->len(crew->map) != STEADY_KEYS; /* one writer: nobody else adds */
  }
  return (void *)wrong;
}

static void test_one_map(const struct map_ops *ops, void *(*const roles[])(void *), unsigned threads) {
  struct map_config config = {.hash_seed = 1, .shrink = true};
  struct crew crew = {.ops = ops, .map = ops->create(&config)};
  pthread_t ids[8];
  assert_non_null(crew.map);
  for (uint64_t key = 0; key < STEADY_KEYS; key++)
    assert_int_equal(ops->put(crew.map, key, key), MAP_DONE);
  pthread_barrier_init(&crew.round, NULL, threads);
  for (unsigned n = 0; n < threads; n++)
    assert_int_equal(pthread_create(&ids[n], NULL, roles[n], &crew), 0);
  for (unsigned n = 0; n < threads; n++) {
    void *wrong;
    assert_int_equal(pthread_join(ids[n], &wrong), 0);
    assert_null(wrong);
  }
  pthread_barrier_destroy(&crew.round);
  ops->destroy(crew.map);
}

static void test_side_by_side(const struct map_ops *ops, void *(*const roles[])(void *), unsigned threads) {
  for (unsigned n = 0; n < MAPS; n++)
    test_one_map(ops, roles, threads);
}

static void test_readers_run_beside_readers_in_every_map(void **state) {
  (void)state;
  void *(*const roles[])(void *) = {test_reader, test_reader, test_reader};
  for (size_t i = 0; map_at(i) != NULL; i++)
    test_side_by_side(map_at(i), roles, 3);
}

static void test_a_writer_runs_beside_readers_where_the_map_promises_it(void **state) {
  (void)state;
  void *(*const roles[])(void *) = {test_reader, test_writer, test_reader};
  unsigned needed = MAP_RACE_FREE | MAP_ITERATION_EXACT | MAP_LEN_EXACT;
  for (size_t i = 0; map_at(i) != NULL; i++)
    if ((map_at(i)->guarantees & needed) == needed)
      test_side_by_side(map_at(i), roles, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_readers_run_beside_readers_in_every_map),
      cmocka_unit_test(test_a_writer_runs_beside_readers_where_the_map_promises_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
