/* How a key stands follows from reports, replays and what people say, and every change of it is on record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/test/test_store.h"

static uint64_t next_index;

static int enter(void **state) {
  *state = scratch_enter();
  next_index = 0;
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

/* One more report of KEY_A, met then. */
static enum store_result report(struct store *store, int64_t seen_s, int64_t now_s) {
  struct store_occurrence occurrence = store_sample(KEY_A, next_index++);
  occurrence.seen_s = seen_s;
  return store_must_put(store, &occurrence, now_s);
}

static void set(struct store *store, enum store_state state, int64_t until_s, int64_t now_s) {
  struct finding_error error;
  if (!store_set_state(store, KEY_A, state, until_s, "said so", now_s, &error))
    fail_msg("%s", error.text);
}

static void confirm(struct store *store, uint64_t shown, uint64_t replays, int64_t now_s) {
  struct finding_error error;
  if (!store_confirm(store, KEY_A, shown, replays, now_s, &error))
    fail_msg("%s", error.text);
}

static enum store_state state_at(struct store *store, int64_t now_s) {
  return store_must_find(store, KEY_A, now_s).state;
}

static bool note_change(void *context, const struct store_change *change) {
  snprintf((char *)context + strlen(context), 256, "%d %s->%s", (int)(change->changed_s - NOW),
           store_state_text(change->before), store_state_text(change->after));
  if (change->until_s)
    snprintf((char *)context + strlen(context), 256, "(%d)", (int)(change->until_s - NOW));
  snprintf((char *)context + strlen(context), 256, " %s\n", change->reason);
  return true;
}

static void assert_history(struct store *store, const char *expected) {
  struct finding_error error;
  char text[4096] = "";
  assert_true(store_each_change(store, KEY_A, note_change, text, &error));
  assert_string_equal(text, expected);
}

static void test_states_have_names(void **state) {
  (void)state;
  for (int i = 0; i < STORE_STATE_COUNT; ++i) {
    enum store_state parsed;
    assert_true(store_state_parse(store_state_text((enum store_state)i), &parsed));
    assert_int_equal(parsed, i);
  }
  enum store_state parsed;
  assert_false(store_state_parse("Fixed", &parsed));
  assert_false(store_state_parse("", &parsed));
}

static void test_replays_confirm_or_do_not(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  assert_int_equal(report(store, NOW, NOW), STORE_NEW_KEY);
  assert_int_equal(state_at(store, NOW), STORE_NEW);
  assert_int_equal(store_must_find(store, KEY_A, NOW).replayed_s, 0);
  confirm(store, 0, 20, NOW + 1);
  assert_int_equal(state_at(store, NOW + 1), STORE_INCUBATING);
  confirm(store, 0, 20, NOW + 2);
  confirm(store, 3, 20, NOW + 3);
  assert_int_equal(state_at(store, NOW + 3), STORE_CONFIRMED);
  confirm(store, 0, 5, NOW + 4); /* once shown stays shown */
  struct store_key key = store_must_find(store, KEY_A, NOW + 4);
  assert_int_equal(key.state, STORE_CONFIRMED);
  assert_int_equal(key.state_since_s, NOW + 3);
  assert_int_equal(key.replays_shown, 0);
  assert_int_equal(key.replays, 5);
  assert_int_equal(key.replayed_s, NOW + 4);
  assert_int_equal(report(store, NOW, NOW + 5), STORE_NEW_OCCURRENCE);
  assert_int_equal(state_at(store, NOW + 5), STORE_CONFIRMED);
  assert_history(store, "1 new->incubating 0 of 20 replays showed it\n"
                        "3 incubating->confirmed 3 of 20 replays showed it\n");
  store_close(store);
}

static void test_a_report_of_what_was_fixed_makes_it_regressed(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  report(store, NOW, NOW);
  set(store, STORE_FIXED, 0, NOW + 10);
  assert_int_equal(state_at(store, NOW + 10), STORE_FIXED);

  --next_index; /* the same report again */
  assert_int_equal(report(store, NOW, NOW + 20), STORE_KNOWN);
  assert_int_equal(report(store, NOW + 9, NOW + 20), STORE_NEW_OCCURRENCE); /* an old log */
  confirm(store, 0, 20, NOW + 21);
  assert_int_equal(state_at(store, NOW + 21), STORE_FIXED);

  assert_int_equal(report(store, NOW + 10, NOW + 30), STORE_NEW_REGRESSION);
  assert_int_equal(state_at(store, NOW + 30), STORE_REGRESSED);
  assert_int_equal(report(store, NOW + 40, NOW + 40), STORE_NEW_OCCURRENCE);
  confirm(store, 5, 5, NOW + 41);
  assert_int_equal(state_at(store, NOW + 41), STORE_REGRESSED);

  set(store, STORE_FIXED, 0, NOW + 50);
  confirm(store, 1, 5, NOW + 51);
  assert_int_equal(state_at(store, NOW + 51), STORE_REGRESSED);
  assert_int_equal(store_must_find(store, KEY_A, NOW).count, 4);
  assert_history(store, "10 new->fixed said so\n"
                        "30 fixed->regressed reported again\n"
                        "50 regressed->fixed said so\n"
                        "51 fixed->regressed 1 of 5 replays showed it\n");
  store_close(store);
}

static bool note_reason(void *context, const struct store_key *key) {
  snprintf(context, 64, "%s", key->reason);
  return true;
}

static void assert_reason(struct store *store, int64_t now_s, const char *expected) {
  struct finding_error error;
  char reason[64];
  assert_true(store_each_key(store, NULL, now_s, note_reason, reason, &error));
  assert_string_equal(reason, expected);
}

static void test_what_is_ignored_stays_so_until_its_date(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  report(store, NOW, NOW);
  confirm(store, 1, 1, NOW + 1);
  assert_true(store_set_state(store, KEY_A, STORE_IGNORED, NOW + 100, "known upstream", NOW + 2, &error));
  assert_int_equal(report(store, NOW + 50, NOW + 50), STORE_NEW_OCCURRENCE);
  struct store_key key = store_must_find(store, KEY_A, NOW + 99);
  assert_int_equal(key.state, STORE_IGNORED);
  assert_int_equal(key.beneath, STORE_CONFIRMED);
  assert_int_equal(key.ignored_until_s, NOW + 100);
  assert_int_equal(key.count, 2);
  assert_reason(store, NOW + 99, "known upstream");
  key = store_must_find(store, KEY_A, NOW + 100);
  assert_int_equal(key.state, STORE_CONFIRMED);
  assert_int_equal(key.ignored_until_s, 0);
  assert_reason(store, NOW + 100, "1 of 1 replays showed it");
  assert_history(store, "1 new->confirmed 1 of 1 replays showed it\n"
                        "2 confirmed->ignored(100) known upstream\n");
  store_close(store);
}

static void test_beneath_an_ignoring_things_go_on(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  report(store, NOW, NOW);
  set(store, STORE_FIXED, 0, NOW + 1);
  set(store, STORE_IGNORED, NOW + 100, NOW + 2);
  assert_int_equal(report(store, NOW + 50, NOW + 50), STORE_NEW_REGRESSION);
  assert_int_equal(state_at(store, NOW + 99), STORE_IGNORED);
  assert_int_equal(state_at(store, NOW + 100), STORE_REGRESSED);
  set(store, STORE_IGNORED, NOW + 300, NOW + 60); /* longer */
  assert_int_equal(state_at(store, NOW + 200), STORE_IGNORED);
  set(store, STORE_NEW, 0, NOW + 70); /* any other word ends it */
  assert_int_equal(state_at(store, NOW + 70), STORE_NEW);
  assert_history(store, "1 new->fixed said so\n"
                        "2 fixed->ignored(100) said so\n"
                        "50 fixed->regressed reported again\n"
                        "60 regressed->ignored(300) said so\n"
                        "70 regressed->new said so\n");
  store_close(store);
}

static void test_what_cannot_be_said_is_refused(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error = {""};
  report(store, NOW, NOW);
  assert_false(store_set_state(store, KEY_A, STORE_IGNORED, NOW, "why", NOW, &error));
  assert_non_null(strstr(error.text, "give a later one"));
  assert_false(store_set_state(store, KEY_A, STORE_IGNORED, NOW + 1, "", NOW, &error));
  assert_non_null(strstr(error.text, "say why"));
  assert_false(store_set_state(store, KEY_A, STORE_IGNORED, NOW + 1, NULL, NOW, &error));
  assert_false(store_set_state(store, KEY_B, STORE_FIXED, 0, "", NOW, &error));
  assert_non_null(strstr(error.text, "no such key: " KEY_B " in " STORE_FILE));
  assert_false(store_confirm(store, KEY_B, 1, 1, NOW, &error));
  assert_int_equal(state_at(store, NOW), STORE_NEW);
  assert_history(store, "");

  /* Within a batch a refusal leaves the rest of it as it is. */
  assert_true(store_begin(store, &error));
  assert_false(store_confirm(store, KEY_B, 1, 1, NOW, &error));
  confirm(store, 1, 1, NOW);
  assert_true(store_commit(store, &error));
  assert_int_equal(state_at(store, NOW), STORE_CONFIRMED);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_states_have_names),
      cmocka_unit_test_setup_teardown(test_replays_confirm_or_do_not, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_report_of_what_was_fixed_makes_it_regressed, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_is_ignored_stays_so_until_its_date, enter, leave),
      cmocka_unit_test_setup_teardown(test_beneath_an_ignoring_things_go_on, enter, leave),
      cmocka_unit_test_setup_teardown(test_what_cannot_be_said_is_refused, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
