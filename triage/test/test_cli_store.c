/* `heddle ingest`, `report`, `fixed`, `ignore` and `key`: from findings and logs into the store and out of it again.
 *
 * ctest: full timeout=300 serial */
#include "triage/test/cli.h"

#define RACE                                                                                                           \
  "==================\n"                                                                                               \
  "WARNING: ThreadSanitizer: data race (pid=7)\n"                                                                      \
  "  Write of size 8 at 0x7b0400000010 by thread T1:\n"                                                                \
  "    #0 cache_put src/cache.c:12:3 (prog+0x12c8) (BuildId: 9f11)\n"                                                  \
  "    #1 worker src/main.c:7:5 (prog+0x1300)\n\n"                                                                     \
  "  Previous read of size 8 at 0x7b0400000010 by main thread:\n"                                                      \
  "    #0 cache_get src/cache.c:30:10 (prog+0x1400)\n"                                                                 \
  "    #1 main src/main.c:20:3 (prog+0x1500)\n\n"                                                                      \
  "SUMMARY: ThreadSanitizer: data race src/cache.c:12:3 in cache_put\n"                                                \
  "==================\n"

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fputs(text, file) >= 0, 1);
  assert_int_equal(fclose(file), 0);
}

/* The report as JSON, and of it the bug of some kind. */
static json_t *report(const char *options) {
  run("heddle report --format=json %s", options);
  expect(0);
  return parse(result.out);
}

static json_t *key_of_kind(const json_t *report, const char *kind) {
  json_t *bug;
  size_t i;
  json_array_foreach(json_object_get(report, "bugs"), i, bug) {
    json_t *key = json_array_get(json_object_get(bug, "keys"), 0);
    if (strcmp(text_in(key, "kind"), kind) == 0)
      return key;
  }
  fail_msg("no bug of kind %s", kind);
  return NULL;
}

static void test_a_campaign_is_taken_in_once(void **state) {
  (void)state;
  campaign();
  run("heddle ingest out");
  expect(0);
  assert_non_null(strstr(result.out, "3 new keys"));
  assert_non_null(strstr(result.out, "next: heddle report"));
  run("heddle ingest out out/findings");
  expect(0);
  assert_non_null(strstr(result.out, "0 new keys, 0 more occurrences"));
  json_t *json = report("");
  assert_int_equal(json_array_size(json_object_get(json, "bugs")), 3);
  assert_int_equal(json_array_size(json_object_get(json, "campaigns")), 1);
  const json_t *race = key_of_kind(json, "data-race");
  assert_string_equal(text_in(race, "state"), "new");
  assert_string_equal(text_in(race, "map"), "gomap");
  assert_true(json_array_size(json_object_get(race, "stacks")) >= 1);
  assert_non_null(strstr(text_in(race, "command"), "make repro CRASH="));
  json_decref(json);
}

/* Its time without a failure counts: an MTBF from the other campaigns alone would be too small. */
static void test_a_campaign_without_findings_is_taken_in(void **state) {
  (void)state;
  assert_int_equal(mkdir("quiet", 0777) | mkdir("quiet/corpus", 0777) | mkdir("empty", 0777), 0);
  write_file("quiet/corpus/seed", RACE); /* an input, not a log */
  write_file("quiet/campaign.json",
             "{\"version\": 1, \"maps\": {\"gomap\": {\"sessions\": 2, \"inputs\": 5000, \"operations\": 40000, "
             "\"cpu_s\": 7.5, \"wall_s\": 4}, \"rwmap\": {\"sessions\": 1, \"inputs\": 300, \"operations\": -1}}}");
  for (unsigned i = 0; i < 2; i++) {
    run("heddle ingest quiet");
    expect(0);
    assert_non_null(strstr(result.out, "2 campaigns without findings"));
    assert_string_equal(result.err, "");
    json_t *json = report(""), *campaigns = json_object_get(json, "campaigns");
    assert_int_equal(json_array_size(campaigns), 2);
    const json_t *first = json_array_get(campaigns, 0);
    assert_string_equal(text_in(first, "map"), "gomap");
    const json_t *exposure = json_object_get(first, "exposure"),
                 *other = json_object_get(json_array_get(campaigns, 1), "exposure");
    assert_int_equal(json_integer_value(json_object_get(exposure, "inputs")), 5000);
    assert_int_equal(json_integer_value(json_object_get(other, "operations")), 0);
    json_decref(json);
  }
  run("heddle mtbf --map=gomap --json");
  expect(0);
  json_t *mtbf = parse(result.out);
  assert_true(json_number_value(json_object_get(json_object_get(mtbf, "of"), "exposure")) == 5000);
  json_decref(mtbf);
  write_file("empty/campaign.json", "{\"version\": 1, \"ma");
  run("heddle ingest empty");
  expect(3);
  assert_non_null(strstr(result.err, "empty/campaign.json"));
}

/* What it found later belongs to the row that it has. */
static void test_a_campaign_that_finds_something_later_keeps_its_row(void **state) {
  (void)state;
  setenv("FAKE_INPUTS", "none", 1);
  run("heddle fuzz --bin-dir=bin --time=1 --out=out --color=never");
  run("heddle ingest out");
  expect(0);
  assert_non_null(strstr(result.out, "1 campaign without findings"));
  campaign();
  run("heddle ingest out");
  expect(0);
  assert_null(strstr(result.out, "without findings"));
  json_t *json = report("");
  assert_int_equal(json_array_size(json_object_get(json, "campaigns")), 1);
  assert_int_equal(json_array_size(json_object_get(json, "bugs")), 3);
  json_decref(json);
}

static void test_a_log_of_another_program(void **state) {
  (void)state;
  write_file("race.log", "starting\n" RACE "done\n" RACE);
  run("heddle key race.log");
  expect(0);
  json_t *line = parse(strndupa(result.out, strcspn(result.out, "\n")));
  char key[32];
  snprintf(key, sizeof key, "%s", text_in(line, "key"));
  assert_string_equal(text_in(line, "kind"), "data-race");
  assert_int_equal(json_integer_value(json_object_get(line, "line")), 3);
  assert_string_equal(json_string_value(json_array_get(json_object_get(line, "frames"), 0)),
                      "cache_put src/cache.c:12");
  assert_string_equal(json_string_value(json_array_get(json_object_get(line, "second_frames"), 0)),
                      "cache_get src/cache.c:30");
  const json_t *shares = json_object_get(line, "group");
  assert_int_equal(json_array_size(shares), 2);
  assert_string_equal(json_string_value(json_array_get(shares, 0)), "site cache_put src/cache.c");
  assert_string_equal(json_string_value(json_array_get(shares, 1)), "site cache_get src/cache.c");
  json_decref(line);
  run("heddle key --depth=2 race.log | sort -u");
  expect(0);
  line = parse(strndupa(result.out, strcspn(result.out, "\n")));
  assert_string_not_equal(text_in(line, "key"), key); /* with who called cache_put and cache_get */
  json_decref(line);
  run("sed s/main.c:7/other.c:7/ race.log >other.log; heddle key other.log");
  assert_non_null(strstr(result.out, key));
  run("heddle ingest --store=s.db race.log");
  expect(0);
  assert_non_null(strstr(result.out, "1 new key, 1 more occurrence of"));
  json_t *json = report("--store=s.db");
  const json_t *found = key_of_kind(json, "data-race");
  assert_string_equal(text_in(found, "key"), key);
  assert_int_equal(json_integer_value(json_object_get(found, "count")), 2);
  json_decref(json);
}

/* Whichever came first: the access is told first, where the memory was freed second. */
static void test_a_race_with_free_is_told_in_one_order(void **state) {
  (void)state;
  write_file("free.log", "WARNING: ThreadSanitizer: data race (pid=7)\n"
                         "  Write of size 8 at 0x7b0400000010 by thread T1:\n"
                         "    #0 free <null> (prog+0x10a0)\n"
                         "    #1 cache_drop src/cache.c:40:3 (prog+0x12c8)\n\n"
                         "  Previous read of size 8 at 0x7b0400000010 by thread T2:\n"
                         "    #0 cache_get src/cache.c:30:10 (prog+0x1400)\n\n"
                         "  Location is heap block of size 64 at 0x7b0400000000 allocated by main thread:\n"
                         "    #0 malloc <null> (prog+0x10f0)\n"
                         "    #1 cache_make src/cache.c:5:10 (prog+0x1600)\n\n"
                         "SUMMARY: ThreadSanitizer: data race src/cache.c:40:3 in cache_drop\n"
                         "==================\n"
                         "WARNING: ThreadSanitizer: heap-use-after-free (pid=7)\n"
                         "  Read of size 8 at 0x7b0400000010 by thread T2:\n"
                         "    #0 cache_get src/cache.c:30:10 (prog+0x1400)\n\n"
                         "  Previous write of size 8 at 0x7b0400000010 by thread T1:\n"
                         "    #0 free <null> (prog+0x10a0)\n"
                         "    #1 cache_drop src/cache.c:40:3 (prog+0x12c8)\n\n"
                         "SUMMARY: ThreadSanitizer: heap-use-after-free src/cache.c:30:10 in cache_get\n");
  run("heddle key free.log");
  expect(0);
  char key[32];
  const char *at = result.out;
  for (unsigned i = 0; i < 2; i++, at = strchr(at, '\n') + 1) {
    json_t *line = parse(strndupa(at, strcspn(at, "\n")));
    assert_string_equal(text_in(line, "kind"), "heap-use-after-free");
    assert_string_equal(json_string_value(json_array_get(json_object_get(line, "frames"), 0)),
                        "cache_get src/cache.c:30");
    assert_string_equal(json_string_value(json_array_get(json_object_get(line, "second_frames"), 0)),
                        "cache_drop src/cache.c:40");
    if (i == 0)
      snprintf(key, sizeof key, "%s", text_in(line, "key"));
    assert_string_equal(text_in(line, "key"), key);
    json_decref(line);
  }
}

static void test_every_form_is_written(void **state) {
  (void)state;
  write_file("race.log", RACE);
  run("heddle ingest race.log");
  expect(0);
  static const char *const forms[][2] = {
      {"r.html", "<!doctype html>"}, {"r.json", "\"bugs\""}, {"r.sarif", "\"2.1.0\""}, {"r.txt", "data-race"}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    run("heddle report --output=%s", forms[i][0]);
    expect(0);
    size_t size;
    char *text = files_read(forms[i][0], 1 << 24, &size);
    assert_non_null(text);
    if (!strcasestr(text, forms[i][1]) || !strstr(text, "cache_put"))
      fail_msg("%s lacks `%s` or the site", forms[i][0], forms[i][1]);
    free(text);
  }
  run("heddle report --format=pdf");
  expect(2);
  run("heddle report --output=no/such/folder.html");
  expect_line(2, "no/such/folder.html", "give an --output");
}

static void test_what_people_say_of_a_key(void **state) {
  (void)state;
  write_file("race.log", RACE);
  run("heddle ingest race.log; heddle key race.log");
  json_t *line = parse(strchr(result.out, '{'));
  char key[32];
  snprintf(key, sizeof key, "%s", text_in(line, "key"));
  json_decref(line);
  run("heddle ignore %.6s", key);
  expect(2);
  run("heddle ignore %.6s --reason=known --until=2001-01-01", key);
  expect(2);
  run("heddle ignore %.6s --reason=known --until=2101-01-01", key);
  expect(0);
  json_t *json = report("");
  assert_string_equal(text_in(key_of_kind(json, "data-race"), "state"), "ignored");
  json_decref(json);
  run("heddle fixed %s --reason='a lock'", key);
  expect(0);
  json = report("");
  assert_string_equal(text_in(key_of_kind(json, "data-race"), "state"), "fixed");
  json_decref(json);
  run("touch -d '+1 minute' race.log; cp -p race.log again.log; heddle ingest again.log");
  expect(0);
  assert_non_null(strstr(result.out, "regressed"));
  json = report("");
  assert_string_equal(text_in(key_of_kind(json, "data-race"), "state"), "regressed");
  json_decref(json);
  run("heddle fixed 0123456789abcdef");
  expect_line(3, "0123456789abcdef", "no such key");
  run("heddle fixed xyz");
  expect_line(3, "xyz", "not a key");
}

static void test_bad_input_costs_itself_alone(void **state) {
  (void)state;
  write_file("race.log", RACE);
  write_file("empty.log", "");
  write_file("note.txt", "nothing went wrong\n");
  run("printf '\\000\\377\\001' >binary; ln -s loop loop; mkdir logs; cp race.log logs; ln -s ../logs logs/up; mkfifo "
      "pipe");
  run("heddle ingest empty.log note.txt binary loop pipe nowhere logs");
  expect(0);
  assert_non_null(strstr(result.out, "1 new key,"));
  static const char *const told[] = {"empty.log", "note.txt", "binary", "loop", "nowhere"};
  for (size_t i = 0; i < sizeof told / sizeof *told; i++)
    if (!strstr(result.err, told[i]))
      fail_msg("nothing is said of %s: %s", told[i], result.err);
  run("heddle ingest empty.log nowhere");
  expect(3);
  run("heddle key empty.log nowhere");
  expect(3);
  run("heddle key");
  expect(2);
  run("heddle report --store=nowhere.db");
  expect_line(3, "nowhere.db", "");
  run("heddle report --store=race.log");
  expect_line(3, "race.log", "");
  run("heddle ingest --store=no/such/s.db race.log");
  expect_line(2, "no/such/s.db", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_campaign_is_taken_in_once),
      CASE(test_a_campaign_without_findings_is_taken_in),
      CASE(test_a_campaign_that_finds_something_later_keeps_its_row),
      CASE(test_a_log_of_another_program),
      CASE(test_a_race_with_free_is_told_in_one_order),
      CASE(test_every_form_is_written),
      CASE(test_what_people_say_of_a_key),
      CASE(test_bad_input_costs_itself_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
