/* test_splitlist_threads.c - both split-ordered lists on real threads: built with ThreadSanitizer, any report fails the
 * test by the exit status that the sanitizer then gives.
 *
 * Keys of three kinds.  A thread's own: only it changes them, so it knows what they hold.  Counters: every thread adds
 * to them by cas, and no addition may be lost.  Contended: inserted and deleted by all; at the end those are there that
 * were inserted once more than deleted. */
#include "map/map.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREADS_MAX 20u /* more than there are records */
#define OWN 12u         /* keys a thread */
#define COUNTERS 2u
#define CONTENDED 6u
#define FIRST_COUNTER 100000u
#define FIRST_CONTENDED 200000u

struct crew {
  const struct map_ops *ops;
  struct map *map;
  pthread_barrier_t begin;
  unsigned operations; /* a thread */
  bool clears;         /* then only contended keys are used */
};

struct member {
  struct crew *crew;
  pthread_t id;
  uint64_t number, random;
  uint64_t own[OWN];          /* what they hold; 0: absent */
  uint64_t added[COUNTERS];   /* to the counters */
  int64_t balance[CONTENDED]; /* inserted less deleted */
  uint64_t wrong, shown[OWN];
};

static uint64_t test_random(struct member *m) {
  m->random ^= m->random << 13;
  m->random ^= m->random >> 7;
  m->random ^= m->random << 17;
  return m->random;
}

static uint64_t test_own_key(const struct member *m, uint64_t i) { return m->number * OWN + i; }

static void test_own(struct member *m) {
  const struct map_ops *ops = m->crew->ops;
  struct map *map = m->crew->map;
  uint64_t i = test_random(m) % OWN, key = test_own_key(m, i), held = m->own[i], value = 0, fresh = test_random(m) | 1;
  switch (test_random(m) % 6) {
  case 0:
    m->wrong += ops->get(map, key, &value) != (held ? MAP_DONE : MAP_ABSENT) || value != held;
    return;
  case 1:
    m->wrong += ops->put(map, key, fresh) != MAP_DONE;
    m->own[i] = fresh;
    return;
  case 2:
    m->wrong += ops->insert(map, key, fresh) != (held ? MAP_PRESENT : MAP_DONE);
    m->own[i] = held ? held : fresh;
    return;
  case 3:
    m->wrong += ops->cas(map, key, held, fresh) != (held ? MAP_DONE : MAP_ABSENT);
    m->own[i] = held ? fresh : 0;
    return;
  case 4:
    m->wrong += ops->take(map, key, &value) != (held ? MAP_DONE : MAP_ABSENT) || value != held;
    m->own[i] = 0;
    return;
  default:
    m->wrong += ops->get_or_insert(map, key, fresh, &value) != (held ? MAP_PRESENT : MAP_DONE);
    m->wrong += value != (held ? held : fresh);
    m->own[i] = value;
    return;
  }
}

static void test_add(struct member *m) {
  uint64_t i = test_random(m) % COUNTERS, value = 0;
  const struct map_ops *ops = m->crew->ops;
  m->wrong += ops->get(m->crew->map, FIRST_COUNTER + i, &value) != MAP_DONE;
  enum map_status status = ops->cas(m->crew->map, FIRST_COUNTER + i, value, value + 1);
  m->wrong += status != MAP_DONE && status != MAP_DIFFERS;
  m->added[i] += status == MAP_DONE;
}

static void test_contend(struct member *m) {
  uint64_t i = test_random(m) % CONTENDED, key = FIRST_CONTENDED + i;
  const struct map_ops *ops = m->crew->ops;
  if (test_random(m) % 2)
    m->balance[i] += ops->insert(m->crew->map, key, test_random(m)) == MAP_DONE;
  else
    m->balance[i] -= ops->del(m->crew->map, key) == MAP_DONE;
}

/* Its own keys must be shown as they are, each once. */
static enum map_visit_result test_visit(void *context, uint64_t key, uint64_t value) {
  struct member *m = context;
  if (key >= FIRST_COUNTER || key / OWN != m->number)
    return MAP_VISIT_NEXT;
  uint64_t i = key % OWN;
  m->wrong += m->own[i] != value || m->shown[i]++ != 0;
  if (test_random(m) % 4)
    return MAP_VISIT_NEXT;
  m->own[i] = 0;
  return MAP_VISIT_DELETE;
}

static void test_iterate(struct member *m) {
  bool held[OWN];
  memset(m->shown, 0, sizeof m->shown);
  for (uint64_t i = 0; i < OWN; i++)
    held[i] = m->own[i] != 0;
  m->crew->ops->iterate(m->crew->map, true, test_random(m), test_visit, m);
  for (uint64_t i = 0; i < OWN; i++)
    m->wrong += m->shown[i] != held[i];
}

static void *test_work(void *argument) {
  struct member *m = argument;
  pthread_barrier_wait(&m->crew->begin);
  for (unsigned n = 0; n < m->crew->operations; n++) {
    uint64_t choice = test_random(m) % 32;
    if (m->crew->clears && choice == 0)
      m->crew->ops->clear(m->crew->map);
    else if (m->crew->clears || choice < 12)
      test_contend(m);
    else if (choice < 16)
      test_add(m);
    else if (choice < 17)
      test_iterate(m);
    else
      test_own(m);
  }
  return NULL;
}

static void test_rest(struct crew *crew) {
  struct map_fault fault;
  if (crew->ops->check(crew->map, &fault) != MAP_SOUND)
    fail_msg("%s: %s", crew->ops->name, fault.text);
  struct map_snapshot look;
  crew->ops->snapshot(crew->map, &look);
  assert_int_equal(look.in_progress, 0);
  assert_true(look.retired <= look.retired_bound);
}

static void test_answers(struct crew *crew, const struct member *members, unsigned threads) {
  for (uint64_t i = 0; i < COUNTERS; i++) {
    uint64_t value = 0, added = 0;
    for (unsigned t = 0; t < threads; t++)
      added += members[t].added[i];
    assert_int_equal(crew->ops->get(crew->map, FIRST_COUNTER + i, &value), MAP_DONE);
    assert_int_equal(value, added);
  }
  for (uint64_t i = 0; i < CONTENDED; i++) {
    int64_t balance = 0;
    for (unsigned t = 0; t < threads; t++)
      balance += members[t].balance[i];
    assert_int_equal(balance, crew->ops->contains(crew->map, FIRST_CONTENDED + i) == MAP_DONE);
  }
}

static void test_crew(const struct map_ops *ops, unsigned threads, unsigned operations, bool clears, uint64_t seed) {
  static struct member members[THREADS_MAX];
  struct crew crew = {.ops = ops, .operations = operations, .clears = clears};
  crew.map = ops->create(&(struct map_config){.hash_seed = seed});
  assert_non_null(crew.map);
  for (uint64_t i = 0; i < COUNTERS && !clears; i++)
    assert_int_equal(ops->put(crew.map, FIRST_COUNTER + i, 0), MAP_DONE);
  pthread_barrier_init(&crew.begin, NULL, threads);
  memset(members, 0, sizeof members);
  for (unsigned t = 0; t < threads; t++) {
    members[t] = (struct member){.crew = &crew, .number = t, .random = (seed * 64 + t + 1) * 0x9e3779b97f4a7c15};
    assert_int_equal(pthread_create(&members[t].id, NULL, test_work, &members[t]), 0);
  }
  for (unsigned t = 0; t < threads; t++) {
    assert_int_equal(pthread_join(members[t].id, NULL), 0);
    assert_int_equal(members[t].wrong, 0);
  }
  pthread_barrier_destroy(&crew.begin);
  test_rest(&crew);
  if (!clears)
    test_answers(&crew, members, threads);
  ops->destroy(crew.map);
}

static void test_many(const char *name, unsigned threads, unsigned maps, unsigned operations, bool clears) {
  const struct map_ops *ops = map_find(name);
  assert_non_null(ops);
  for (uint64_t seed = 1; seed <= maps; seed++)
    test_crew(ops, threads, operations, clears, seed);
}

static void test_no_change_is_lost(void **state) { test_many(*state, 4, 100, 2000, false); }
static void test_more_operations_than_records_wait_their_turn(void **state) {
  test_many(*state, THREADS_MAX, 20, 500, false);
}
static void test_clears_meet_insertions(void **state) { test_many(*state, 4, 150, 500, true); }

#define TEST(function, map) {#function "(" map ")", function, NULL, NULL, map}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_no_change_is_lost, "splitlist_epoch"),
      TEST(test_no_change_is_lost, "splitlist_hazard"),
      TEST(test_more_operations_than_records_wait_their_turn, "splitlist_epoch"),
      TEST(test_more_operations_than_records_wait_their_turn, "splitlist_hazard"),
      TEST(test_clears_meet_insertions, "splitlist_epoch"),
      TEST(test_clears_meet_insertions, "splitlist_hazard"),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
