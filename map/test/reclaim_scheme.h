/* reclaim_scheme.h - what the tests of both reclamation schemes share; define RECLAIM_SCHEME first.
 *
 * Frees are counted: the test stands before malloc, calloc and free (allocation_hook.h). */
#ifndef HEDDLE_MAP_TEST_RECLAIM_SCHEME_H
#define HEDDLE_MAP_TEST_RECLAIM_SCHEME_H

#include "map/reclaim.h"
#include "map/test/allocation_hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MANY 100u

struct block {
  struct reclaim_block head;
  _Atomic uintptr_t link;
};

static inline struct reclaim *test_new(void) {
  memset(&allocation_hook, 0, sizeof allocation_hook);
  struct reclaim *reclaim = reclaim_create();
  assert_non_null(reclaim);
  return reclaim;
}

/* At rest nothing is wrong; how it looks. */
static inline struct map_snapshot test_look(const struct reclaim *reclaim) {
  struct map_fault fault;
  struct map_snapshot look = {0};
  if (reclaim_check(reclaim, &fault) != MAP_SOUND)
    fail_msg("%s", fault.text);
  reclaim_look(reclaim, &look);
  assert_int_equal(look.in_progress, 0);
  assert_true(look.retired <= look.retired_bound);
  return look;
}

/* The same, with so many blocks that wait to be freed. */
static inline void test_sound(const struct reclaim *reclaim, uint64_t retired) {
  assert_int_equal(test_look(reclaim).retired, retired);
}

static inline void test_unsound(const struct reclaim *reclaim, enum map_invariant broken) {
  struct map_fault fault;
  assert_int_equal(reclaim_check(reclaim, &fault), broken);
  assert_int_equal(fault.broken, broken);
}

static inline struct block *test_block(struct reclaim_record *record) {
  struct block *block = reclaim_allocate(record, sizeof *block);
  assert_non_null(block);
  return block;
}

static inline struct block *test_retire(struct reclaim_record *record) {
  struct block *block = test_block(record);
  reclaim_retire(record, &block->head);
  return block;
}

/* The same for both schemes. */
static inline void test_no_memory_makes_nothing(void **state) {
  (void)state;
  memset(&allocation_hook, 0, sizeof allocation_hook);
  allocation_hook.fail_at = 1;
  assert_null(reclaim_create());
  allocation_hook.fail_at = 3;
  struct reclaim *reclaim = reclaim_create();
  struct reclaim_record *record = reclaim_begin(reclaim);
  assert_null(reclaim_allocate(record, sizeof(struct block)));
  reclaim_end(record);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

#endif
