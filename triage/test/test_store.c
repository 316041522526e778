/* What was taken in comes out the same, once; what is asked for is what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "triage/test/test_store.h"

static int enter(void **state) {
  *state = scratch_enter();
  return 0;
}

static int leave(void **state) {
  scratch_leave(*state);
  return 0;
}

static void assert_same_span(const struct finding_span *a, const struct finding_span *b) {
  assert_true(a->inputs == b->inputs && a->operations == b->operations);
  assert_true(a->cpu_s == b->cpu_s && a->wall_s == b->wall_s);
}

static void assert_same_clock(const struct finding_clock *a, const struct finding_clock *b) {
  assert_int_equal(a->known, b->known);
  assert_same_span(&a->begun, &b->begun);
  assert_same_span(&a->last_failure, &b->last_failure);
}

static void assert_same_text(const char *a, const char *b) { assert_string_equal(a, b ? b : ""); }

struct expected {
  const struct store_occurrence *occurrences;
  size_t count, met;
  bool texts;
};

static bool compare(void *context, const struct store_occurrence *in) {
  struct expected *expected = context;
  assert_true(expected->met < expected->count);
  const struct store_occurrence *out = &expected->occurrences[expected->met++];
  assert_string_equal(in->key, out->key);
  assert_same_text(in->kind, out->kind);
  assert_same_text(in->oracle, out->oracle);
  assert_same_text(in->guarantee, out->guarantee);
  assert_same_text(in->message, out->message);
  assert_same_text(in->location, out->location);
  assert_same_text(in->sites, out->sites);
  assert_same_text(in->source, out->source);
  assert_true(in->index == out->index);
  assert_string_equal(in->sha1, out->sha1);
  assert_same_text(in->target, out->target);
  assert_same_text(in->map, out->map);
  assert_same_text(in->flavour, out->flavour);
  assert_same_text(in->engine, out->engine);
  assert_same_text(in->build_id, out->build_id);
  assert_true(in->campaign == out->campaign && in->seen_s == out->seen_s && in->added_s == NOW);
  assert_true(in->digest == out->digest && in->points == out->points);
  assert_same_clock(&in->clock, &out->clock);
  assert_same_clock(&in->worker_clock, &out->worker_clock);
  assert_same_text(in->report, expected->texts ? out->report : "");
  assert_same_text(in->program, expected->texts ? out->program : "");
  assert_same_text(in->schedule, expected->texts ? out->schedule : "");
  assert_same_text(in->document, expected->texts ? out->document : "");
  assert_same_text(in->input_path, out->input_path);
  assert_true((in->input != NULL) == (expected->texts && out->input != NULL));
  if (in->input) {
    assert_int_equal(in->input_size, out->input_size);
    assert_memory_equal(in->input, out->input, out->input_size);
  }
  return true;
}

static void assert_holds(struct store *store, const struct store_occurrence *occurrences, size_t count) {
  struct finding_error error;
  for (int texts = 0; texts < 2; ++texts) {
    struct expected expected = {occurrences, count, 0, texts};
    assert_true(store_each_occurrence(store, NULL, texts, compare, &expected, &error));
    assert_int_equal(expected.met, count);
  }
}

static void test_an_occurrence_comes_out_as_it_went_in(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct store_occurrence occurrences[3] = {store_sample(KEY_A, 0), store_sample(KEY_B, 1)};
  occurrences[1].input = (const uint8_t *)"";
  occurrences[1].input_size = 0;
  occurrences[1].clock = (struct finding_clock){0};
  /* The least that there can be: every string NULL. */
  occurrences[2] = (struct store_occurrence){.key = KEY_C, .seen_s = NOW};
  files_sha1("", 0, occurrences[2].sha1);
  for (size_t i = 0; i < 3; ++i)
    assert_int_equal(store_must_put(store, &occurrences[i], NOW), STORE_NEW_KEY);
  assert_holds(store, occurrences, 3);
  store_close(store);
  store = store_must_open(STORE_READ);
  assert_holds(store, occurrences, 3);
  store_close(store);
  assert_int_equal(access(STORE_FILE "-wal", F_OK), -1); /* one file again */
}

/* Every byte but NUL, alone and as invalid UTF-8, SQL, HTML and terminal escapes; and a text of 3 MB. */
static void test_hostile_strings_come_out_as_they_went_in(void **state) {
  (void)state;
  enum { LONG = 3000000 };
  struct store *store = store_must_open(STORE_CREATE);
  char every[256], *huge = malloc(LONG + 1);
  for (int byte = 1; byte < 256; ++byte)
    every[byte - 1] = (char)byte;
  every[255] = '\0';
  for (size_t i = 0; i < LONG; ++i)
    huge[i] = (char)(1 + i * i % 255);
  huge[LONG] = '\0';
  const char *const texts[] = {every,
                               "\xff\xfe",
                               "\xed\xa0\x80",
                               "\xf5\x80\x80\x80 \xc0\x80",
                               "'; DROP TABLE finding; --",
                               "\" OR 1=1",
                               "<img src=x onerror=alert(1)>",
                               "\033[2J\033]0;x\a",
                               "%s%n",
                               "?1 :a @b $c",
                               huge};
  enum { COUNT = sizeof texts / sizeof *texts };
  struct store_occurrence occurrences[COUNT];
  static char keys[COUNT][KEY_TEXT_SIZE];
  for (size_t i = 0; i < COUNT; ++i) {
    key_print(i, keys[i]);
    struct store_occurrence *one = &occurrences[i];
    *one = store_sample(keys[i], i);
    one->kind = one->oracle = one->guarantee = one->message = one->location = one->sites = texts[i];
    one->source = one->target = one->map = one->flavour = one->engine = one->build_id = texts[i];
    one->report = one->program = one->schedule = one->document = one->input_path = texts[i];
    one->input = (const uint8_t *)every;
    one->input_size = sizeof every;
    assert_int_equal(store_must_put(store, one, NOW), STORE_NEW_KEY);
    assert_int_equal(store_must_put(store, one, NOW), STORE_KNOWN);
  }
  assert_holds(store, occurrences, COUNT);
  for (size_t i = 0; i < COUNT; ++i) {
    struct finding_error error;
    struct store_key key = {.count = 0};
    struct store_filter filter = {.kind = texts[i], .map = texts[i]};
    assert_true(store_each_key(store, &filter, NOW, store_copy_key, &key, &error));
    assert_int_equal(key.count, 1);
  }
  store_close(store);
  free(huge);
}

static void test_the_same_report_counts_once(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct store_occurrence first = store_sample(KEY_A, 0), other = first;
  assert_int_equal(store_must_put(store, &first, NOW), STORE_NEW_KEY);
  assert_int_equal(store_must_put(store, &first, NOW + 1), STORE_KNOWN);
  /* What says that it is another report. */
  other.index = 1;
  assert_int_equal(store_must_put(store, &other, NOW + 2), STORE_NEW_OCCURRENCE);
  other = first, other.source = "out/other.txt";
  assert_int_equal(store_must_put(store, &other, NOW + 3), STORE_NEW_OCCURRENCE);
  other = first, other.sha1[0] = 'f';
  assert_int_equal(store_must_put(store, &other, NOW + 4), STORE_NEW_OCCURRENCE);
  other = first, other.build_id = "00fe";
  assert_int_equal(store_must_put(store, &other, NOW + 5), STORE_NEW_OCCURRENCE);
  other = first, other.key = KEY_B;
  assert_int_equal(store_must_put(store, &other, NOW + 6), STORE_NEW_KEY);
  /* And what does not. */
  other = first, other.message = "else", other.report = "else", other.seen_s = NOW + 100, other.digest = 1;
  assert_int_equal(store_must_put(store, &other, NOW + 7), STORE_KNOWN);
  struct store_key key = store_must_find(store, KEY_A, NOW);
  assert_int_equal(key.count, 5);
  assert_int_equal(key.texts, 5);
  assert_int_equal(key.last_seen_s, first.seen_s); /* a known report changes nothing */
  assert_int_equal(store_count(store, KEY_A), 5);
  assert_int_equal(store_count(store, KEY_B), 1);
  assert_int_equal(store_count(store, NULL), 6);
  assert_int_equal(store_count(store, KEY_C), 0);
  store_close(store);
}

static void test_first_and_last_seen_do_not_depend_on_the_order(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  static const int64_t seen[] = {500, 300, 900, 0 /* now */, 400};
  for (size_t i = 0; i < sizeof seen / sizeof *seen; ++i) {
    struct store_occurrence occurrence = store_sample(KEY_A, i);
    occurrence.seen_s = seen[i];
    store_must_put(store, &occurrence, NOW);
  }
  struct store_key key = store_must_find(store, KEY_A, NOW);
  assert_int_equal(key.first_seen_s, 300);
  assert_int_equal(key.last_seen_s, NOW);
  store_close(store);
}

static bool note_texts(void *context, const struct store_occurrence *occurrence) {
  strcat(context, *occurrence->report ? "T" : "-");
  assert_int_equal(*occurrence->document != '\0', *occurrence->report != '\0');
  assert_int_equal(occurrence->input != NULL, *occurrence->report != '\0');
  assert_string_equal(occurrence->input_path, "out/crash-1");
  return true;
}

static void test_texts_are_kept_for_the_first_of_a_key(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  char kept[32] = "";
  store_keep_texts(store, 2);
  for (uint64_t i = 0; i < 5; ++i) {
    struct store_occurrence occurrence = store_sample(i == 1 ? KEY_B : KEY_A, i);
    store_must_put(store, &occurrence, NOW);
    store_must_put(store, &occurrence, NOW);
  }
  assert_true(store_each_occurrence(store, NULL, true, note_texts, kept, &error));
  assert_string_equal(kept, "TTT--");
  assert_int_equal(store_must_find(store, KEY_A, NOW).texts, 2);
  assert_int_equal(store_must_find(store, KEY_A, NOW).count, 4);
  store_close(store);
}

static bool note_key(void *context, const struct store_key *key) {
  snprintf((char *)context + strlen(context), 64, "%.2s ", key->key + 14);
  return true;
}

static bool first_only(void *context, const struct store_key *key) {
  note_key(context, key);
  return false;
}

static void assert_keys(struct store *store, struct store_filter filter, const char *expected) {
  struct finding_error error;
  char met[256] = "";
  assert_true(store_each_key(store, &filter, NOW, note_key, met, &error));
  assert_string_equal(met, expected);
}

static void test_a_filter_shows_what_it_asks_for(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  struct store_occurrence occurrences[] = {store_sample(KEY_A, 3), store_sample(KEY_B, 1), store_sample(KEY_C, 2),
                                           store_sample("f0000000000000dd", 0), store_sample(KEY_A, 4)};
  occurrences[1].kind = "deadlock";
  occurrences[2].map = "swissmap";
  occurrences[3].flavour = "asan";
  occurrences[4].map = "rcumap"; /* the first of KEY_A is of gomap */
  occurrences[4].target = "heddle_rcumap_tsan";
  for (size_t i = 0; i < 5; ++i)
    store_must_put(store, &occurrences[i], NOW);
  assert_true(store_set_state(store, KEY_B, STORE_FIXED, 0, "", NOW, &error));
  assert_true(store_set_state(store, KEY_C, STORE_IGNORED, NOW + 1, "known", NOW, &error));

  char met[256] = "";
  assert_true(store_each_key(store, NULL, NOW, note_key, met, &error));
  assert_string_equal(met, "dd bb cc aa "); /* by the time they were seen first */
  assert_keys(store, (struct store_filter){.key = ""}, "dd bb cc aa ");
  assert_keys(store, (struct store_filter){.key = "0"}, "bb cc aa ");
  assert_keys(store, (struct store_filter){.key = "f"}, "dd ");
  assert_keys(store, (struct store_filter){.key = KEY_C}, "cc ");
  assert_keys(store, (struct store_filter){.key = "e"}, "");
  assert_keys(store, (struct store_filter){.key = "%"}, "");
  assert_keys(store, (struct store_filter){.kind = "deadlock"}, "bb ");
  assert_keys(store, (struct store_filter){.map = "gomap"}, "dd bb aa ");
  assert_keys(store, (struct store_filter){.map = "rcumap"}, "aa ");
  assert_keys(store, (struct store_filter){.map = "rcumap", .flavour = "asan"}, "");
  assert_keys(store, (struct store_filter){.flavour = "asan"}, "dd ");
  assert_keys(store, (struct store_filter){.target = "heddle_rcumap_tsan"}, "aa ");
  assert_keys(store, (struct store_filter){.key = "0", .map = "gomap", .kind = "data-race"}, "aa ");
  assert_keys(store, (struct store_filter){.states = 1U << STORE_NEW}, "dd aa ");
  assert_keys(store, (struct store_filter){.states = 1U << STORE_FIXED | 1U << STORE_IGNORED}, "bb cc ");
  assert_keys(store, (struct store_filter){.states = 1U << STORE_CONFIRMED}, "");
  *met = '\0';
  assert_true(store_each_key(store, NULL, NOW, first_only, met, &error));
  assert_string_equal(met, "dd ");
  store_close(store);
}

static bool check_key(void *context, const struct store_key *key) {
  struct store_occurrence out = store_sample(KEY_A, 0);
  ++*(int *)context;
  assert_string_equal(key->key, KEY_A);
  assert_string_equal(key->kind, out.kind);
  assert_string_equal(key->oracle, out.oracle);
  assert_string_equal(key->guarantee, out.guarantee);
  assert_string_equal(key->message, out.message);
  assert_string_equal(key->location, out.location);
  assert_string_equal(key->sites, out.sites);
  assert_string_equal(key->target, out.target);
  assert_string_equal(key->map, out.map);
  assert_string_equal(key->flavour, out.flavour);
  assert_string_equal(key->engine, out.engine);
  assert_string_equal(key->build_id, out.build_id);
  assert_string_equal(key->reason, "");
  assert_int_equal(key->count, 2);
  return true;
}

static void test_a_key_says_what_its_first_occurrence_said(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  struct store_occurrence one = store_sample(KEY_A, 0), two = store_sample(KEY_A, 1);
  int met = 0;
  two.message = "later";
  two.map = "swissmap";
  store_must_put(store, &one, NOW);
  store_must_put(store, &two, NOW);
  assert_true(store_each_key(store, NULL, NOW, check_key, &met, &error));
  assert_int_equal(met, 1);
  store_close(store);
}

/* Reading inside a walk. */
static bool walk_inside(void *context, const struct store_key *key) {
  assert_int_equal(store_count(context, key->key), key->count);
  return true;
}

static void test_a_walk_may_read_inside_another(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  for (uint64_t i = 0; i < 7; ++i) {
    struct store_occurrence occurrence = store_sample(i % 3 ? KEY_A : KEY_B, i);
    store_must_put(store, &occurrence, NOW);
  }
  assert_true(store_each_key(store, NULL, NOW, walk_inside, store, &error));
  store_close(store);
}

static bool note_campaign(void *context, const struct store_campaign *campaign) {
  snprintf((char *)context + strlen(context), 256, "%s %s %s %s %d %d %d %d %g %g %g @%d\n", campaign->source,
           campaign->map, campaign->flavour, campaign->engine, (int)campaign->sessions, (int)campaign->failing_inputs,
           (int)campaign->span.inputs, (int)campaign->span.operations, campaign->span.cpu_s, campaign->span.wall_s,
           campaign->last_failure_s, (int)(campaign->updated_s - NOW));
  return true;
}

static void test_a_campaign_has_its_latest_figures(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  struct store_campaign campaign = {.source = "out",
                                    .map = "gomap",
                                    .flavour = "tsan",
                                    .engine = "libfuzzer",
                                    .sessions = 1,
                                    .failing_inputs = 2,
                                    .span = {100, 400, 1.5, 0.5},
                                    .last_failure_s = 0.25};
  int64_t id, again, other;
  assert_true(store_put_campaign(store, &campaign, NOW, &id, &error));
  campaign.span.inputs = 200;
  campaign.last_failure_s = -1;
  assert_true(store_put_campaign(store, &campaign, NOW + 5, &again, &error));
  assert_int_equal(id, again);
  campaign.flavour = "asan";
  assert_true(store_put_campaign(store, &campaign, NOW + 6, &other, &error));
  assert_int_not_equal(id, other);

  char met[1024] = "";
  assert_true(store_each_campaign(store, note_campaign, met, &error));
  assert_string_equal(met, "out gomap asan libfuzzer 1 2 200 400 1.5 0.5 -1 @6\n"
                           "out gomap tsan libfuzzer 1 2 200 400 1.5 0.5 -1 @5\n");
  struct store_occurrence occurrence = store_sample(KEY_A, 0);
  occurrence.campaign = other;
  store_must_put(store, &occurrence, NOW);
  assert_holds(store, &occurrence, 1);
  occurrence = store_sample(KEY_A, 1);
  occurrence.campaign = other + 1000; /* there is none: refused, and nothing of it stays */
  assert_int_equal(store_put_occurrence(store, &occurrence, NOW, &error), STORE_FAILED);
  assert_non_null(strstr(error.text, "FOREIGN KEY"));
  assert_int_equal(store_must_find(store, KEY_A, NOW).count, 1);
  store_close(store);
}

static void test_a_batch_is_committed_as_a_whole(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE), *other;
  struct finding_error error;
  struct store_occurrence occurrence = store_sample(KEY_A, 0);
  assert_true(store_begin(store, &error));
  store_must_put(store, &occurrence, NOW);
  other = store_must_open(STORE_READ);
  assert_int_equal(store_count(other, NULL), 0);
  assert_true(store_commit(store, &error));
  assert_int_equal(store_count(other, NULL), 1);

  assert_true(store_begin(store, &error));
  occurrence = store_sample(KEY_B, 1);
  store_must_put(store, &occurrence, NOW);
  store_rollback(store);
  assert_int_equal(store_count(store, NULL), 1);

  /* A failure in it: the rest is not taken, nothing stays, and the next batch is as ever. */
  assert_true(store_begin(store, &error));
  store_must_put(store, &occurrence, NOW);
  struct store_occurrence bad = store_sample(KEY_C, 2);
  bad.campaign = 99;
  assert_int_equal(store_put_occurrence(store, &bad, NOW, &error), STORE_FAILED);
  assert_int_equal(store_put_occurrence(store, &occurrence, NOW, &error), STORE_FAILED);
  error.text[0] = '\0';
  assert_false(store_commit(store, &error));
  assert_non_null(strstr(error.text, "FOREIGN KEY"));
  assert_int_equal(store_count(store, NULL), 1);
  assert_true(store_begin(store, &error));
  assert_int_equal(store_must_put(store, &occurrence, NOW), STORE_NEW_KEY);
  store_close(store); /* rolls back */
  assert_int_equal(store_count(other, NULL), 1);
  store_close(other);
}

static void test_a_finding_becomes_an_occurrence(void **state) {
  (void)state;
  struct store *store = store_must_open(STORE_CREATE);
  struct finding finding = scratch_finding("input");
  struct store_occurrence occurrence;
  char sha1[FILES_SHA1_SIZE], *sites = store_print_sites(&finding);
  store_from_finding(&occurrence, &finding, sites);
  assert_non_null(strstr(sites, "gomap_get"));
  assert_non_null(strchr(sites, '\n'));
  assert_null(strchr(strchr(sites, '\n') + 1, '\n'));
  files_sha1("input", 5, sha1);
  assert_string_equal(occurrence.sha1, sha1);
  occurrence.source = "findings";
  occurrence.seen_s = NOW;
  assert_int_equal(store_must_put(store, &occurrence, NOW), STORE_NEW_KEY);
  assert_holds(store, &occurrence, 1);
  free(sites);
  finding.input = NULL;
  store_from_finding(&occurrence, &finding, "");
  files_sha1(finding.report, strlen(finding.report), sha1);
  assert_string_equal(occurrence.sha1, sha1);
  store_close(store);
}

/* 60 MB in one batch and out again. */
static void test_memory_does_not_grow_with_the_store(void **state) {
  (void)state;
  enum { REPORTS = 20000, SIZE = 3000 };
  struct store *store = store_must_open(STORE_CREATE);
  struct finding_error error;
  char text[SIZE + 1];
  memset(text, 'x', SIZE);
  text[SIZE] = '\0';
  sqlite3_memory_highwater(1);
  assert_true(store_begin(store, &error));
  for (uint64_t i = 0; i < REPORTS; ++i) {
    char key[KEY_TEXT_SIZE];
    key_print(i * UINT64_C(0x9e3779b97f4a7c15) >> 50, key);
    struct store_occurrence occurrence = store_sample(key, i);
    occurrence.report = text;
    store_must_put(store, &occurrence, NOW);
  }
  assert_true(store_commit(store, &error));
  assert_int_equal(store_count(store, NULL), REPORTS);
  assert_in_range(sqlite3_memory_highwater(0), 1 << 20, 32 << 20);
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_an_occurrence_comes_out_as_it_went_in, enter, leave),
      cmocka_unit_test_setup_teardown(test_hostile_strings_come_out_as_they_went_in, enter, leave),
      cmocka_unit_test_setup_teardown(test_the_same_report_counts_once, enter, leave),
      cmocka_unit_test_setup_teardown(test_first_and_last_seen_do_not_depend_on_the_order, enter, leave),
      cmocka_unit_test_setup_teardown(test_texts_are_kept_for_the_first_of_a_key, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_filter_shows_what_it_asks_for, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_key_says_what_its_first_occurrence_said, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_walk_may_read_inside_another, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_campaign_has_its_latest_figures, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_batch_is_committed_as_a_whole, enter, leave),
      cmocka_unit_test_setup_teardown(test_a_finding_becomes_an_occurrence, enter, leave),
      cmocka_unit_test_setup_teardown(test_memory_does_not_grow_with_the_store, enter, leave),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
