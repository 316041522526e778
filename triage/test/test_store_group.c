/* Decisions on pairs persist, and groups are what follows from them, whatever order they were made in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/test_store.h"

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

/* A key from a small number. */
static void decide(struct store *store, unsigned a, unsigned b, enum store_verdict verdict, double score,
                   int64_t decided_s) {
  struct finding_error error;
  struct store_decision decision = {
      .verdict = verdict, .reason = "same \xff site", .score = score, .decided_s = decided_s};
  key_print(a, decision.key_a);
  key_print(b, decision.key_b);
  if (!store_decide(store, &decision, &error))
    fail_msg("%s", error.text);
}

static void append_key(char *text, const char *key) { sprintf(text + strlen(text), " %lx", strtoul(key, NULL, 16)); }

/* `{1 2}{3 4} cut 1-4`, in hexadecimal digits. */
static void print_groups(struct store *store, char text[1024]) {
  struct store_groups groups;
  struct finding_error error;
  *text = '\0';
  assert_true(store_read_groups(store, &groups, &error));
  for (size_t i = 0; i < groups.count; ++i) {
    strcat(text, "{");
    for (size_t j = 0; j < groups.groups[i].count; ++j) {
      append_key(text, groups.groups[i].keys[j]);
      assert_ptr_equal(store_find_group(&groups, groups.groups[i].keys[j]), &groups.groups[i]);
    }
    strcat(text, " }");
  }
  for (size_t i = 0; i < groups.cut_count; ++i) {
    strcat(text, " cut");
    append_key(text, groups.cut[i][0]);
    append_key(text, groups.cut[i][1]);
  }
  assert_null(store_find_group(&groups, "ffffffffffffffff"));
  store_free_groups(&groups);
}

static void assert_groups(struct store *store, const char *expected) {
  char text[1024];
  print_groups(store, text);
  assert_string_equal(text, expected);
}

static void test_accepted_pairs_make_groups(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  assert_groups(store, "");
  decide(store, 0x9, 0x5, STORE_ACCEPT, 0.9, NOW);
  decide(store, 0x1, 0x2, STORE_ACCEPT, 0.9, NOW);
  decide(store, 0x7, 0x9, STORE_ACCEPT, 0.2, NOW);
  decide(store, 0x3, 0x4, STORE_REJECT, 0.9, NOW);
  assert_groups(store, "{ 1 2 }{ 5 7 9 }");
  decide(store, 0x2, 0x9, STORE_ACCEPT, 0.5, NOW);
  assert_groups(store, "{ 1 2 5 7 9 }");
  store_close(store);
  store = store_must_open(STORE_READ);
  assert_groups(store, "{ 1 2 5 7 9 }");
  store_close(store);
}

static void test_a_later_decision_takes_the_place_of_an_earlier_one(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  decide(store, 1, 2, STORE_ACCEPT, 0.9, NOW);
  decide(store, 2, 1, STORE_REJECT, 0.9, NOW + 1); /* the pair has no order */
  assert_groups(store, "");
  decide(store, 1, 2, STORE_ACCEPT, 0.9, NOW + 2);
  assert_groups(store, "{ 1 2 }");
  decide(store, 1, 2, STORE_SPLIT, 0.9, NOW + 3);
  assert_groups(store, "");
  store_close(store);
}

static void test_a_rejected_pair_may_be_joined_by_others_and_a_split_one_not(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  decide(store, 1, 2, STORE_ACCEPT, 0.9, NOW);
  decide(store, 2, 3, STORE_ACCEPT, 0.8, NOW);
  decide(store, 1, 3, STORE_REJECT, 0.1, NOW);
  assert_groups(store, "{ 1 2 3 }");
  decide(store, 1, 3, STORE_SPLIT, 0.1, NOW);
  assert_groups(store, "{ 1 2 } cut 2 3"); /* the weaker one goes, and is told */
  decide(store, 3, 4, STORE_ACCEPT, 0.7, NOW);
  decide(store, 4, 1, STORE_ACCEPT, 0.95, NOW);
  assert_groups(store, "{ 1 2 4 } cut 2 3 cut 3 4");
  decide(store, 0xa, 0xb, STORE_SPLIT, 1, NOW); /* of keys that are in no pair */
  assert_groups(store, "{ 1 2 4 } cut 2 3 cut 3 4");
  store_close(store);
}

static void test_among_equal_scores_the_older_decision_counts(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  decide(store, 1, 2, STORE_ACCEPT, 0.5, NOW + 1);
  decide(store, 2, 3, STORE_ACCEPT, 0.5, NOW);
  decide(store, 1, 3, STORE_SPLIT, 0.5, NOW + 2);
  assert_groups(store, "{ 2 3 } cut 1 2");
  store_close(store);
}

static void test_a_later_report_finds_its_group(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  struct store_groups groups;
  decide(store, 0xaa, 0xbb, STORE_ACCEPT, 0.9, NOW); /* neither was seen yet */
  struct store_occurrence occurrence = store_sample(KEY_B, 0);
  assert_int_equal(store_must_put(store, &occurrence, NOW + 1), STORE_NEW_KEY);
  assert_true(store_read_groups(store, &groups, &error));
  const struct store_group *group = store_find_group(&groups, KEY_B);
  assert_non_null(group);
  assert_int_equal(group->count, 2);
  assert_string_equal(group->keys[0], KEY_A);
  store_free_groups(&groups);
  store_close(store);
}

/* 60 pairs over 40 keys, with splits, in 20 orders: one result, in which no split pair is together. */
static void test_the_order_of_deciding_does_not_matter(void **state) {
  (void)state;
  enum { PAIRS = 60 };
  struct finding_error error;
  char first[1024] = "", text[1024];
  uint64_t random = 1;
  for (int round = 0; round < 20; ++round) {
    unsigned order[PAIRS];
    for (unsigned i = 0; i < PAIRS; ++i) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
      unsigned other = (unsigned)(random >> 33) % (i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    struct store *store = store_must_open(STORE_CREATE);
    assert_true(store_begin(store, &error));
    for (unsigned i = 0; i < PAIRS; ++i) {
      unsigned pair = order[i], a = 1 + pair % 20, b = 21 + (pair * 7 + pair / 20 * 3) % 20;
      decide(store, a, b, pair % 6 ? STORE_ACCEPT : STORE_SPLIT, (pair * 13 % 8) / 8.0, NOW);
    }
    assert_true(store_commit(store, &error));
    print_groups(store, text);
    store_close(store);
    assert_int_equal(unlink(STORE_FILE), 0);
    if (round == 0)
      strcpy(first, text);
    assert_string_equal(text, first);
  }
  assert_non_null(strstr(first, " cut"));
  assert_non_null(strstr(first, "}{"));
}

static bool note_decision(void *context, const struct store_decision *decision) {
  append_key(context, decision->key_a);
  append_key(context, decision->key_b);
  sprintf((char *)context + strlen(context), " %s %g %d\n", store_verdict_text(decision->verdict), decision->score,
          (int)(decision->decided_s - NOW));
  assert_string_equal(decision->reason, "same \xff site");
  return true;
}

static void test_decisions_can_be_looked_at(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  char text[256] = "";
  decide(store, 5, 4, STORE_SPLIT, 0.25, NOW + 1);
  decide(store, 1, 2, STORE_REJECT, 0.5, NOW + 2);
  decide(store, 1, 0xf, STORE_ACCEPT, -1, NOW + 3);
  assert_true(store_each_decision(store, note_decision, text, &error));
  assert_string_equal(text, " 1 2 reject 0.5 2\n 1 f accept -1 3\n 4 5 split 0.25 1\n");
  store_close(store);
}

static void test_a_long_chain_is_one_group(void **state) {
  (void)state;
  enum { KEYS = 20000 };
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  struct store_groups groups;
  assert_true(store_begin(store, &error));
  for (unsigned i = KEYS; i > 1; --i)
    decide(store, i, i - 1, STORE_ACCEPT, 0.5, NOW);
  assert_true(store_commit(store, &error));
  assert_true(store_read_groups(store, &groups, &error));
  assert_int_equal(groups.count, 1);
  assert_int_equal(groups.groups[0].count, KEYS);
  assert_int_equal(groups.cut_count, 0);
  store_free_groups(&groups);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_accepted_pairs_make_groups, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_later_decision_takes_the_place_of_an_earlier_one, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_rejected_pair_may_be_joined_by_others_and_a_split_one_not, enter, leave),
      cmocka_unit_test_setup_teardown(test_among_equal_scores_the_older_decision_counts, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_later_report_finds_its_group, enter, leave),
      cmocka_unit_test_setup_teardown(test_the_order_of_deciding_does_not_matter, enter, leave),
      cmocka_unit_test_setup_teardown(test_decisions_can_be_looked_at, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_long_chain_is_one_group, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
