/* test_reclaim_hazard.c - what is announced is not freed, and everything else soon is. */
#define RECLAIM_SCHEME hazard
#include "map/test/allocation_hook.h"
#include "map/test/reclaim_scheme.h"

static void test_retire_many(struct reclaim_record *record, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    test_retire(record);
}

static void test_a_batch_is_freed_at_once(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  int64_t live = allocation_hook.live;
  test_retire_many(record, RECLAIM_BATCH - 1);
  assert_int_equal(allocation_hook.live, live + RECLAIM_BATCH - 1);
  test_retire_many(record, 1);
  assert_int_equal(allocation_hook.live, live);
  reclaim_end(record);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
}

static void test_what_is_announced_is_kept_as_long_as_it_is(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *reader = reclaim_begin(reclaim), *writer = reclaim_begin(reclaim);
  struct block *first = test_block(writer), *second = test_block(writer);
  _Atomic uintptr_t links[] = {(uintptr_t)first, (uintptr_t)second};
  int64_t live = allocation_hook.live;
  assert_false(reclaim_protects(reclaim, first));
  assert_int_equal(reclaim_protect(reader, 0, &links[0]), (uintptr_t)first);
  assert_int_equal(reclaim_protect(reader, 1, &links[1]), (uintptr_t)second);
  assert_true(reclaim_protects(reclaim, first) && reclaim_protects(reclaim, second));
  reclaim_retire(writer, &first->head);
  reclaim_retire(writer, &second->head);
  test_retire_many(writer, MANY);
  assert_true(allocation_hook.live >= live);
  assert_true(allocation_hook.live <= live + RECLAIM_BATCH);
  first->link = 1; /* still ours to touch */
  second->link = 1;
  links[0] = (uintptr_t)second;
  assert_int_equal(reclaim_protect(reader, 0, &links[0]), (uintptr_t)second); /* the slot is used for another one */
  assert_false(reclaim_protects(reclaim, first));
  test_retire_many(writer, 2 * RECLAIM_BATCH);
  assert_true(allocation_hook.live <= live - 1 + RECLAIM_BATCH);
  reclaim_end(reader);
  assert_false(reclaim_protects(reclaim, second));
  test_retire_many(writer, 2 * RECLAIM_BATCH);
  assert_true(allocation_hook.live <= live - 2 + RECLAIM_BATCH);
  reclaim_end(writer);
  test_look(reclaim);
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_no_more_waits_than_was_announced_and_a_batch(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *writer = reclaim_begin(reclaim);
  for (unsigned i = 1; i < RECLAIM_RECORDS; i++) {
    struct reclaim_record *reader = reclaim_begin(reclaim);
    for (unsigned s = 0; s < RECLAIM_SLOTS; s++) {
      struct block *block = test_block(writer);
      _Atomic uintptr_t link = (uintptr_t)block;
      assert_int_equal(reclaim_protect(reader, s, &link), (uintptr_t)block);
      reclaim_retire(writer, &block->head);
    }
    test_retire_many(writer, MANY);
    struct map_snapshot look = {0};
    reclaim_look(reclaim, &look);
    assert_int_equal(look.in_progress, i + 1);
    assert_true(look.retired >= (uint64_t)i * RECLAIM_SLOTS);
    assert_true(look.retired < (uint64_t)i * RECLAIM_SLOTS + RECLAIM_BATCH);
    assert_true(look.retired <= look.retired_bound);
  }
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_a_marked_link_protects_nothing(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  struct block *block = test_block(record);
  _Atomic uintptr_t link = (uintptr_t)block | RECLAIM_MARK;
  assert_int_equal(reclaim_protect(record, 0, &link), (uintptr_t)block | RECLAIM_MARK);
  assert_false(reclaim_protects(reclaim, block));
  link = 0;
  assert_int_equal(reclaim_protect(record, 0, &link), 0);
  free(block);
  reclaim_end(record);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
}

static void test_the_check_sees_a_record_that_is_held(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  test_unsound(reclaim, MAP_BROKEN_BUSY);
  reclaim_end(record);
  test_sound(reclaim, 0);
  /* As if it had been given back before its slots were cleared. */
  struct block *block = test_block(reclaim_begin(reclaim));
  reclaim_end(record);
  _Atomic uintptr_t link = (uintptr_t)block;
  reclaim_protect(record, 1, &link);
  test_unsound(reclaim, MAP_BROKEN_BUSY);
  free(block);
  reclaim_destroy(reclaim);
}

static void test_the_check_sees_damage_in_a_list(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  struct block *blocks[3];
  for (unsigned i = 0; i < 3; i++)
    blocks[i] = test_retire(record);
  reclaim_end(record);
  test_sound(reclaim, 3);
  blocks[1]->head.next_retired = NULL; /* too short */
  test_unsound(reclaim, MAP_BROKEN_SHAPE);
  blocks[1]->head.next_retired = &blocks[2]->head; /* circular */
  test_unsound(reclaim, MAP_BROKEN_SHAPE);
  blocks[1]->head.next_retired = &blocks[0]->head;
  test_sound(reclaim, 3);
  reclaim_destroy(reclaim);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_batch_is_freed_at_once),
      cmocka_unit_test(test_what_is_announced_is_kept_as_long_as_it_is),
      cmocka_unit_test(test_no_more_waits_than_was_announced_and_a_batch),
      cmocka_unit_test(test_a_marked_link_protects_nothing),
      cmocka_unit_test(test_no_memory_makes_nothing),
      cmocka_unit_test(test_the_check_sees_a_record_that_is_held),
      cmocka_unit_test(test_the_check_sees_damage_in_a_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
