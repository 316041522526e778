/* `heddle group`: suggests with reasons, joins nothing unasked, keeps what people say; `heddle key
 * --compat=clusterfuzz`.
 *
 * ctest: full timeout=300 serial */
#include "triage/test/cli.h"

#define RACE(first, second, place)                                                                                     \
  "==================\n"                                                                                               \
  "WARNING: ThreadSanitizer: data race (pid=7)\n"                                                                      \
  "  Write of size 8 at 0x5500000010 by thread T1:\n"                                                                  \
  "    #0 " first " src/cache.c:12:3 (prog+0x12c8)\n"                                                                  \
  "    #1 main src/main.c:7:5 (prog+0x1300)\n\n"                                                                       \
  "  Previous read of size 8 at 0x5500000010 by main thread:\n"                                                        \
  "    #0 " second " src/cache.c:30:10 (prog+0x1400)\n"                                                                \
  "    #1 main src/main.c:20:3 (prog+0x1500)\n\n"                                                                      \
  "  Location is " place "\n\n"                                                                                        \
  "SUMMARY: ThreadSanitizer: data race src/cache.c:12:3 in " first "\n"                                                \
  "==================\n"
#define CACHE "global 'cache' of size 64 at 0x5500000008 (prog+0x9008)"
#define OTHER "global 'other' of size 64 at 0x5500000000 (prog+0x9000)"

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* The keys of the reports in a log. */
static void keys_of(const char *log, char keys[][KEY_TEXT_SIZE], size_t count) {
  run("heddle key %s", log);
  expect(0);
  char *line = result.out;
  for (size_t i = 0; i < count; i++, line = strchr(line, '\n') + 1) {
    json_t *json = parse(strndupa(line, strcspn(line, "\n")));
    snprintf(keys[i], KEY_TEXT_SIZE, "%s", text_in(json, "key"));
    json_decref(json);
  }
}

/* The reasons that the report gives for the bug that has the key, in number and the first one. */
static void expect_reasons(const char *key, size_t count, const char *first) {
  run("heddle report --format=json");
  json_t *report = parse(result.out), *bug, *entry;
  size_t i, n, found = 0;
  json_array_foreach(json_object_get(report, "bugs"), i, bug)
      json_array_foreach(json_object_get(bug, "keys"), n, entry) if (strcmp(text_in(entry, "key"), key) == 0) {
    const json_t *reasons = json_object_get(bug, "reasons");
    found++;
    assert_int_equal(json_array_size(reasons), count);
    if (count > 0 && !strstr(json_string_value(json_array_get(reasons, 0)), first))
      fail_msg("%s, not %s", json_string_value(json_array_get(reasons, 0)), first);
  }
  assert_int_equal(found, 1);
  json_decref(report);
}

/* Three keys that touch cache + 8, and one that does not. */
static char keys[4][KEY_TEXT_SIZE];

static void take_in(void) {
  write_file("races.log", RACE("cache_put", "cache_get", CACHE) RACE("cache_drop", "cache_list", CACHE)
                              RACE("cache_grow", "cache_size", CACHE) RACE("other_put", "other_get", OTHER));
  keys_of("races.log", keys, 4);
  run("heddle ingest races.log");
  expect(0);
}

static json_t *suggestions(const char *options) {
  run("heddle group --json %s", options);
  expect(0);
  return parse(result.out);
}

static size_t count_suggestions(void) {
  json_t *list = suggestions("");
  size_t count = json_array_size(list);
  json_decref(list);
  return count;
}

/* How many keys the bug has that holds this one. */
static size_t keys_beside(const char *key) {
  run("heddle report --format=json");
  expect(0);
  json_t *json = parse(result.out), *bug, *entry;
  size_t i, j, count = 0;
  json_array_foreach(json_object_get(json, "bugs"), i, bug)
      json_array_foreach(json_object_get(bug, "keys"), j, entry) if (strcmp(text_in(entry, "key"), key) == 0) count =
          json_array_size(json_object_get(bug, "keys"));
  json_decref(json);
  return count;
}

static void test_suggestions_say_why_and_join_nothing(void **state) {
  (void)state;
  take_in();
  json_t *list = suggestions("");
  assert_int_equal(json_array_size(list), 3);
  for (size_t i = 0; i < 3; i++) {
    const json_t *pair = json_array_get(list, i);
    assert_float_equal(json_real_value(json_object_get(pair, "score")), 0.7, 1e-6);
    assert_string_equal(json_string_value(json_array_get(json_object_get(pair, "reasons"), 0)),
                        "both touch global \"cache\" + 8");
    assert_string_not_equal(text_in(pair, "a"), keys[3]);
    assert_string_not_equal(text_in(pair, "b"), keys[3]);
    assert_true(strcmp(text_in(pair, "a"), text_in(pair, "b")) < 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(pair, "kinds"), 0)), "data-race");
  }
  json_decref(list);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(keys_beside(keys[i]), 1);
  run("heddle group");
  expect(0);
  assert_non_null(strstr(result.out, "0.70  both touch global \"cache\" + 8\n"));
  assert_non_null(strstr(result.out, "data-race: cache_get src/cache.c:30, cache_put src/cache.c:12"));
  assert_non_null(strstr(result.out, "3 suggestions of at least 0.60 among 4 keys"));
  run("heddle group --least=0.71");
  expect(0);
  assert_non_null(strstr(result.out, "0 suggestions of at least 0.71 among 4 keys"));
}

static void test_a_suggestion_is_accepted_as_it_says(void **state) {
  (void)state;
  take_in();
  json_t *list = suggestions("");
  const json_t *pair = json_array_get(list, 0);
  char a[KEY_TEXT_SIZE], b[KEY_TEXT_SIZE];
  snprintf(a, sizeof a, "%s", text_in(pair, "a"));
  snprintf(b, sizeof b, "%s", text_in(pair, "b"));
  run("%s", text_in(pair, "accept"));
  expect(0);
  json_decref(list);
  assert_int_equal(keys_beside(a), 2);
  assert_int_equal(keys_beside(b), 2);
  expect_reasons(a, 1, "both touch global \"cache\" + 8 (0.70)");
  expect_reasons(b, 1, a);
  static const char *const forms[] = {"text", "sarif", "html"};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    run("heddle report --format=%s", forms[i]);
    expect(0);
    assert_non_null(strstr(result.out, "both touch global"));
  }
  assert_int_equal(count_suggestions(), 2); /* of the third key with each */
  /* and so it stays for what comes later */
  run("cp races.log again.log; heddle ingest again.log");
  expect(0);
  assert_non_null(strstr(result.out, "0 new keys, 4 more occurrences"));
  assert_int_equal(keys_beside(a), 2);
  run("heddle group --reject %.8s %.8s --reason='not quite'", a, b); /* a new word in place of the old one */
  expect(0);
  assert_int_equal(keys_beside(a), 1);
  assert_int_equal(count_suggestions(), 2);
}

static void test_what_is_one_bug_already_is_not_suggested(void **state) {
  (void)state;
  take_in();
  run("heddle group --accept %.8s %.8s; heddle group --accept %.8s %.8s", keys[0], keys[1], keys[1], keys[2]);
  expect(0);
  assert_int_equal(keys_beside(keys[0]), 3);
  assert_int_equal(count_suggestions(), 0);
  run("heddle group --accept %s %s --reason='the same lock'", keys[0], keys[3]); /* which nothing suggests */
  expect(0);
  assert_int_equal(keys_beside(keys[3]), 4);
  expect_reasons(keys[3], 3, "");
  run("heddle report");
  assert_non_null(strstr(result.out, "the same lock"));
}

static void test_a_split_holds(void **state) {
  (void)state;
  take_in();
  run("heddle group --split %s %s --reason='two locks'", keys[0], keys[1]);
  expect(0);
  assert_int_equal(count_suggestions(), 2);
  run("heddle group --accept %s %s", keys[0], keys[2]);
  expect(0);
  assert_int_equal(count_suggestions(), 0); /* the last one would join what is split */
  run("heddle group --accept-all");
  expect(0);
  assert_int_equal(keys_beside(keys[0]), 2);
  assert_int_equal(keys_beside(keys[1]), 1);
  expect_reasons(keys[0], 1, keys[2]);
  expect_reasons(keys[1], 0, "");
}

static void test_accepting_all_above_a_score(void **state) {
  (void)state;
  take_in();
  run("heddle group --least=0.9 --accept-all");
  expect(0);
  assert_non_null(strstr(result.out, "0 accepted: 0 groups"));
  run("heddle group --split %s %s; heddle group --accept-all", keys[0], keys[1]);
  expect(0);
  assert_non_null(strstr(result.out, "2 accepted: 1 group of"));
  assert_non_null(strstr(result.out, "1 of them joins nothing"));
  assert_int_equal(keys_beside(keys[2]), 2);
  assert_int_equal(keys_beside(keys[3]), 1);
  assert_int_equal(count_suggestions(), 0);
}

static void test_findings_of_a_campaign_are_grouped(void **state) {
  (void)state;
  campaign();
  run("heddle ingest out; heddle group --least=0.11");
  expect(0);
  assert_non_null(strstr(result.out, "share"));
  assert_non_null(strstr(result.out, "among 3 keys"));
}

static void test_the_store_is_named_in_commands(void **state) {
  (void)state;
  take_in();
  run("mkdir 'a b'; mv heddle.db 'a b/s.db'; heddle group --store='a b/s.db' --json");
  expect(0);
  json_t *list = parse(result.out);
  run("%s", text_in(json_array_get(list, 0), "accept"));
  expect(0);
  json_decref(list);
  assert_int_equal(count_files(".", "heddle.db"), 0);
}

static void test_names_from_logs_are_made_visible(void **state) {
  (void)state;
  write_file("bad.log", RACE("put\x1b[31m\xff", "get<b>", "global 'x\x1b]0;y\x07' of size 64 at 0x5500000008 (p+0x9)")
                            RACE("drop\x1b[31m", "list", "global 'x\x1b]0;y\x07' of size 64 at 0x5500000008 (p+0x9)"));
  run("heddle ingest bad.log; heddle group");
  expect(0);
  assert_non_null(strstr(result.out, "1 suggestion of"));
  assert_null(strchr(result.out, '\x1b'));
  assert_null(strchr(result.out, '\x07'));
  json_t *list = suggestions("");
  assert_int_equal(json_array_size(list), 1);
  json_decref(list);
}

static void test_wrong_words(void **state) {
  (void)state;
  run("heddle group");
  expect_line(3, "heddle.db", "no");
  take_in();
  static const char *const usages[] = {
      "--accept",  "--accept ab", "ab cd",     "--accept a b c",  "--accept --split a b",
      "--least=x", "--least=1.5", "--least=0", "--accept-all ab", "--accept --accept-all"};
  for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
    run("heddle group %s", usages[i]);
    if (result.status != 2)
      fail_msg("%s: status %d", usages[i], result.status);
  }
  run("heddle group --accept %s 0123456789abcdef", keys[0]);
  expect_line(3, "0123456789abcdef", "no such key");
  run("heddle group --accept %s %.9s", keys[0], keys[0]);
  expect_line(2, keys[0], "give two");
  assert_int_equal(count_suggestions(), 3);
}

static void test_clusterfuzz_state_beside_the_key(void **state) {
  (void)state;
  write_file("one.log", RACE("cache_put", "cache_get", CACHE));
  run("heddle key --compat=clusterfuzz one.log");
  expect(0);
  json_t *line = parse(result.out);
  assert_string_equal(text_in(line, "clusterfuzz_state"), "cache_put"); /* `main` is passed over */
  json_decref(line);
  run("heddle key one.log");
  expect(0);
  assert_null(strstr(result.out, "clusterfuzz"));
  run("heddle key --compat=other one.log");
  expect(2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_suggestions_say_why_and_join_nothing),
      CASE(test_a_suggestion_is_accepted_as_it_says),
      CASE(test_what_is_one_bug_already_is_not_suggested),
      CASE(test_a_split_holds),
      CASE(test_accepting_all_above_a_score),
      CASE(test_findings_of_a_campaign_are_grouped),
      CASE(test_the_store_is_named_in_commands),
      CASE(test_names_from_logs_are_made_visible),
      CASE(test_wrong_words),
      CASE(test_clusterfuzz_state_beside_the_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
