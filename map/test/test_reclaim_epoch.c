/* test_reclaim_epoch.c - a block is freed two epochs after it was retired, not sooner and not much later. */
#define RECLAIM_SCHEME epoch
#include "map/test/allocation_hook.h"
#include "map/test/reclaim_scheme.h"

static void test_retire_in_operations(struct reclaim *reclaim, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    struct reclaim_record *record = reclaim_begin(reclaim);
    test_retire(record);
    reclaim_end(record);
  }
}

static void test_a_batch_is_freed_when_its_last_operation_ends(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  test_retire_in_operations(reclaim, RECLAIM_BATCH - 1);
  test_sound(reclaim, RECLAIM_BATCH - 1);
  test_retire_in_operations(reclaim, 1);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_an_operation_in_progress_keeps_what_was_retired_after_it_began(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *reader = reclaim_begin(reclaim);
  int64_t live = allocation_hook.live;
  test_retire_in_operations(reclaim, MANY);
  assert_int_equal(allocation_hook.live, live + MANY);
  reclaim_end(reader); /* which frees what it held up */
  assert_int_equal(allocation_hook.live, live);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
}

static void test_an_operation_does_not_keep_what_was_freed_for_sure_before_it_began(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  test_retire_in_operations(reclaim, RECLAIM_BATCH - 1);
  struct reclaim_record *first = reclaim_begin(reclaim); /* the record with those blocks */
  struct reclaim_record *reader = reclaim_begin(reclaim);
  int64_t live = allocation_hook.live;
  reclaim_end(first);
  test_retire_in_operations(reclaim, 1); /* one epoch on; the reader holds up the second */
  assert_int_equal(allocation_hook.live, live + 1);
  reclaim_end(reader);
  assert_int_equal(allocation_hook.live, live - (RECLAIM_BATCH - 1));
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
}

static void test_what_each_record_was_left_with_is_freed_by_the_last_to_end(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *records[RECLAIM_RECORDS];
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    records[i] = reclaim_begin(reclaim);
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    for (unsigned n = 0; n < RECLAIM_BATCH + i; n++)
      test_retire(records[i]);
  for (unsigned i = 0; i < RECLAIM_RECORDS; i++)
    reclaim_end(records[i]);
  test_sound(reclaim, 0);
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_destroy_frees_what_waits(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  test_retire_in_operations(reclaim, RECLAIM_BATCH - 1);
  reclaim_destroy(reclaim);
  assert_int_equal(allocation_hook.live, 0);
}

static void test_links_are_read_as_they_are(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  struct block *block = reclaim_allocate(record, sizeof *block);
  _Atomic uintptr_t link = (uintptr_t)block | RECLAIM_MARK;
  assert_int_equal(reclaim_protect(record, 0, &link), (uintptr_t)block | RECLAIM_MARK);
  link = 0;
  assert_int_equal(reclaim_protect(record, 1, &link), 0);
  free(block);
  reclaim_end(record);
  reclaim_destroy(reclaim);
}

static void test_the_check_sees_a_record_that_is_held(void **state) {
  (void)state;
  struct reclaim *reclaim = test_new();
  struct reclaim_record *record = reclaim_begin(reclaim);
  test_unsound(reclaim, MAP_BROKEN_BUSY);
  reclaim_end(record);
  test_sound(reclaim, 0);
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
  blocks[1]->head.next_retired = &blocks[0]->head; /* circular */
  test_unsound(reclaim, MAP_BROKEN_SHAPE);
  blocks[1]->head.next_retired = &blocks[2]->head;
  blocks[1]->head.epoch++; /* in the future */
  test_unsound(reclaim, MAP_BROKEN_ORDER);
  blocks[1]->head.epoch -= 2; /* before the one before it */
  test_unsound(reclaim, MAP_BROKEN_ORDER);
  blocks[1]->head.epoch++;
  test_sound(reclaim, 3);
  reclaim_destroy(reclaim);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_batch_is_freed_when_its_last_operation_ends),
      cmocka_unit_test(test_an_operation_in_progress_keeps_what_was_retired_after_it_began),
      cmocka_unit_test(test_an_operation_does_not_keep_what_was_freed_for_sure_before_it_began),
      cmocka_unit_test(test_what_each_record_was_left_with_is_freed_by_the_last_to_end),
      cmocka_unit_test(test_destroy_frees_what_waits),
      cmocka_unit_test(test_links_are_read_as_they_are),
      cmocka_unit_test(test_no_memory_makes_nothing),
      cmocka_unit_test(test_the_check_sees_a_record_that_is_held),
      cmocka_unit_test(test_the_check_sees_damage_in_a_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
