/* test_map_threads.c - what may run side by side does, on real threads: built with ThreadSanitizer, any report fails
 * the test by the exit status that the sanitizer then gives.
 *
 * map_ops.concurrency says which threads may meet: readers in every map, one writer beside readers, or writers beside
 * writers.  Answers are judged by what the map promises. */
#include "map/map.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define STEADY_KEYS 300u /* present throughout, with themselves as values */
#define OWN_KEYS 100u    /* a writer's own: nobody else writes them */
#define TOKENS 8u        /* entries that writers move about among twice as many keys */
#define TOKEN_BASE 100000u
#define MAPS 60u /* a map's first iteration and first growth are special: meeting them takes many maps */
#define ROUNDS 8u
#define THREADS_MAX 8u

struct crew {
  const struct map_ops *ops;
  struct map *map;
  pthread_barrier_t round; /* begins each round: a writer that waits for its turn would else meet nobody */
};

struct member {
  struct crew *crew;
  unsigned number; /* of the thread among those of its kind */
  uint64_t wrong;  /* answers: cmocka's assertions belong to the main thread */
};

static uint64_t test_own_key(const struct member *member, uint64_t n) {
  return STEADY_KEYS + member->number * OWN_KEYS + n;
}

struct walk {
  const struct member *member;
  uint64_t steady, own, tokens;
};

static enum map_visit_result test_count(void *context, uint64_t key, uint64_t value) {
  struct walk *walk = context;
  walk->steady += key < STEADY_KEYS && value == key;
  walk->tokens += key >= TOKEN_BASE;
  return MAP_VISIT_NEXT;
}

/* Deletes what the thread itself has written. */
static enum map_visit_result test_delete_own(void *context, uint64_t key, uint64_t value) {
  struct walk *walk = context;
  (void)value;
  if (key < test_own_key(walk->member, 0) || key >= test_own_key(walk->member, OWN_KEYS))
    return MAP_VISIT_NEXT;
  walk->own++;
  return MAP_VISIT_DELETE;
}

static void test_read_round(struct member *member, uint64_t round) {
  const struct map_ops *ops = member->crew->ops;
  struct map *map = member->crew->map;
  struct walk walk = {.member = member};
  uint64_t value = 0, key = round % STEADY_KEYS;
  ops->iterate(map, false, round, test_count, &walk);
  member->wrong += ops->guarantees & MAP_ITERATION_EXACT && walk.steady != STEADY_KEYS;
  member->wrong += ops->get(map, key, &value) != MAP_DONE || value != key;
  member->wrong += ops->contains(map, key) != MAP_DONE;
  member->wrong += ops->guarantees & MAP_LEN_EXACT && ops->len(map) < STEADY_KEYS;
}

static void test_write_own(struct member *member, uint64_t round) {
  const struct map_ops *ops = member->crew->ops;
  struct map *map = member->crew->map;
  struct walk walk = {.member = member};
  uint64_t value;
  for (uint64_t n = 0; n < OWN_KEYS; n++) {
    uint64_t key = test_own_key(member, n);
    member->wrong += ops->put(map, key, round) != MAP_DONE;
    member->wrong += ops->insert(map, key, 0) != MAP_PRESENT;
    member->wrong += ops->cas(map, key, round, n) != MAP_DONE;
    member->wrong += ops->get(map, key, &value) != MAP_DONE || value != n;
    if (n % 3 == 0)
      member->wrong += (ops->take != NULL ? ops->take(map, key, &value) : ops->del(map, key)) != MAP_DONE;
    if (ops->get_or_insert != NULL)
      member->wrong += ops->get_or_insert(map, key, n, &value) != (n % 3 == 0 ? MAP_DONE : MAP_PRESENT) || value != n;
    else
      member->wrong += ops->insert(map, key, n) != (n % 3 == 0 ? MAP_DONE : MAP_PRESENT);
  }
  ops->iterate(map, true, round, test_delete_own, &walk);
  member->wrong += ops->guarantees & MAP_ITERATION_EXACT && walk.own != OWN_KEYS;
  for (uint64_t n = 0; n < OWN_KEYS; n++)
    ops->del(map, test_own_key(member, n)); /* an iteration that promises little may have left some */
}

/* Keys that all writers write: no single answer can be wrong, but the tokens must all be there in the end. */
static void test_write_shared(struct member *member, uint64_t round) {
  const struct map_ops *ops = member->crew->ops;
  struct map *map = member->crew->map;
  uint64_t value, values[2];
  for (uint64_t n = 0; n < 2 * TOKENS; n++) {
    uint64_t from = TOKEN_BASE + (n * 5 + round + member->number) % (2 * TOKENS);
    uint64_t to = TOKEN_BASE + (n * 11 + round * 3 + member->number) % (2 * TOKENS);
    if (ops->move != NULL)
      member->wrong += ops->move(map, from, to, &value) == MAP_NO_MEMORY;
    if (ops->swap != NULL)
      member->wrong += ops->swap(map, from, to, values) == MAP_NO_MEMORY;
    if (ops->get(map, from, &value) == MAP_DONE)
      ops->cas(map, from, value, round);
  }
}

static void *test_reader(void *argument) {
  struct member *member = argument;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&member->crew->round);
    test_read_round(member, round);
  }
  return NULL;
}

static void *test_writer(void *argument) {
  struct member *member = argument;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&member->crew->round);
    test_write_own(member, round);
    test_write_shared(member, round);
  }
  return NULL;
}

static enum map_visit_result test_delete_some(void *context, uint64_t key, uint64_t value) {
  (void)context, (void)value;
  return key % 3 == 0 ? MAP_VISIT_DELETE : MAP_VISIT_NEXT;
}

/* Everything goes, again and again, while others write and read; only races and crashes can be wrong here. */
static void *test_clearer(void *argument) {
  struct member *member = argument;
  const struct map_ops *ops = member->crew->ops;
  struct map *map = member->crew->map;
  for (uint64_t round = 0; round < ROUNDS; round++) {
    uint64_t value;
    pthread_barrier_wait(&member->crew->round);
    for (uint64_t key = 0; key < 60; key++) {
      ops->put(map, key, round);
      ops->get(map, 60 - key, &value);
    }
    ops->iterate(map, true, round, test_delete_some, NULL);
    ops->clear(map);
    ops->len(map);
  }
  return NULL;
}

static void test_at_rest(const struct map_ops *ops, struct map *map, struct walk *walk) {
  struct map_fault fault;
  struct map_snapshot look;
  if (ops->check(map, &fault) != MAP_SOUND)
    fail_msg("%s: %s", ops->name, fault.text);
  ops->snapshot(map, &look);
  assert_int_equal(look.count, ops->len(map));
  assert_int_equal(look.in_progress, 0);
  assert_true(look.retired <= look.retired_bound);
  ops->iterate(map, false, 0, test_count, walk);
}

/* `readers` and `writers` threads on a map of their own. */
static void test_one_map(const struct map_ops *ops, unsigned readers, void *(*write)(void *), unsigned writers) {
  struct map_config config = {.hash_seed = 1, .shrink = true};
  struct crew crew = {.ops = ops, .map = ops->create(&config)};
  struct member members[THREADS_MAX] = {{0}};
  pthread_t ids[THREADS_MAX];
  struct walk walk = {.member = &members[0]};
  assert_non_null(crew.map);
  for (uint64_t key = 0; key < STEADY_KEYS; key++)
    assert_int_equal(ops->put(crew.map, key, key), MAP_DONE);
  for (uint64_t key = TOKEN_BASE; key < TOKEN_BASE + TOKENS; key++)
    assert_int_equal(ops->put(crew.map, key, key), MAP_DONE);
  pthread_barrier_init(&crew.round, NULL, readers + writers);
  for (unsigned n = 0; n < readers + writers; n++) {
    members[n] = (struct member){.crew = &crew, .number = n < readers ? n : n - readers};
    assert_int_equal(pthread_create(&ids[n], NULL, n < readers ? test_reader : write, &members[n]), 0);
  }
  for (unsigned n = 0; n < readers + writers; n++)
    assert_int_equal(pthread_join(ids[n], NULL), 0);
  for (unsigned n = 0; n < readers + writers; n++)
    assert_int_equal(members[n].wrong, 0);
  pthread_barrier_destroy(&crew.round);
  test_at_rest(ops, crew.map, &walk);
  if (write != test_clearer) {
    assert_int_equal(walk.steady, STEADY_KEYS);
    assert_int_equal(walk.tokens, TOKENS);
  }
  ops->destroy(crew.map);
}

static void test_every_map(enum map_concurrency least, unsigned readers, void *(*write)(void *), unsigned writers) {
  for (size_t i = 0; map_at(i) != NULL; i++)
    for (unsigned n = 0; n < MAPS && map_at(i)->concurrency >= least; n++)
      test_one_map(map_at(i), readers, write, writers);
}

static void test_readers_run_beside_readers_in_every_map(void **state) {
  (void)state;
  test_every_map(MAP_READERS_OR_WRITER, 3, test_writer, 0);
}

static void test_a_writer_runs_beside_readers_where_the_map_allows_it(void **state) {
  (void)state;
  test_every_map(MAP_READERS_AND_WRITER, 2, test_writer, 1);
}

static void test_writers_run_beside_writers_where_the_map_allows_it(void **state) {
  (void)state;
  test_every_map(MAP_READERS_AND_WRITERS, 1, test_writer, 3);
}

static void test_clear_runs_beside_everything_where_the_map_allows_it(void **state) {
  (void)state;
  test_every_map(MAP_READERS_AND_WRITERS, 0, test_clearer, 3);
}

static void test_one_writer_clears_beside_readers(void **state) {
  (void)state;
  for (size_t i = 0; map_at(i) != NULL; i++)
    for (unsigned n = 0; n < MAPS && map_at(i)->concurrency == MAP_READERS_AND_WRITER; n++)
      test_one_map(map_at(i), 0, test_clearer, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_readers_run_beside_readers_in_every_map),
      cmocka_unit_test(test_a_writer_runs_beside_readers_where_the_map_allows_it),
      cmocka_unit_test(test_writers_run_beside_writers_where_the_map_allows_it),
      cmocka_unit_test(test_clear_runs_beside_everything_where_the_map_allows_it),
      cmocka_unit_test(test_one_writer_clears_beside_readers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
