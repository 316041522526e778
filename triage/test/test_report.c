/* The forms of a report: all of it is there, and what a log smuggled in does nothing.
 *
 * With a folder as its argument the program writes the sample there in every form: for the scripts report_*.sh, and to
 * renew golden/report/report.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report/words.h"
#include "triage/test/report_sample.h"

static bool write_text(FILE *out, const struct report *report) { return report_write_text(out, report, 100, false); }

static const struct form {
  const char *name;
  bool (*write)(FILE *out, const struct report *report);
} forms[] = {{"report.txt", write_text},
             {"report.json", report_write_json},
             {"report.sarif", report_write_sarif},
             {"report.html", report_write_html}};

/* One form of a report as a string, for free(). */
static char *written(size_t form, const struct report *report) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  assert_true(forms[form].write(out, report));
  fclose(out);
  assert_int_equal(strlen(text), size);
  return text;
}

static char *written_sample(size_t form) {
  struct report sample = report_sample();
  return written(form, &sample);
}

static json_t *parsed_sample(size_t form) {
  char *text = written_sample(form);
  json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(document);
  free(text);
  return document;
}

static size_t occurrences(const char *text, const char *what) {
  size_t count = 0;
  for (; (text = strstr(text, what)); text += strlen(what))
    ++count;
  return count;
}

static void test_every_form_names_every_bug(void **state) {
  (void)state;
  static const char *const parts[] = {"b6572c9ec1c3c8cf", "2f00ab1190cd4e71", "7527bbf91a68ac63", "14a6702ff370e709",
                                      "b416378a113ae686", "33996492a6adfaa4", "data-race",        "deadlock",
                                      "move-not-atomic",  "memory-leak",      "gomap_len",        "rwmap_lock_write",
                                      "striped_del",      "libvendor.so.3"};
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    char *text = written_sample(form);
    for (size_t i = 0; i < SAMPLE_COUNT(parts); ++i)
      if (!strstr(text, parts[i]))
        fail_msg("%s lacks %s", forms[form].name, parts[i]);
    free(text);
  }
}

static void test_no_form_holds_a_hostile_byte(void **state) {
  (void)state;
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    char *text = written_sample(form);
    for (const char *byte = text; *byte; ++byte)
      if ((unsigned char)*byte >= 0x7f || (iscntrl((unsigned char)*byte) && *byte != '\n' && *byte != '\t'))
        fail_msg("%s: byte 0x%02x after ...%.40s", forms[form].name, (unsigned char)*byte,
                 byte - text > 40 ? byte - 40 : text);
    free(text);
  }
}

static void test_text_is_as_it_was(void **state) {
  (void)state;
  char *text = written_sample(0), golden[65536];
  FILE *file = fopen(HEDDLE_SOURCE_DIR "/triage/test/golden/report/report.txt", "re");
  assert_non_null(file);
  size_t size = fread(golden, 1, sizeof golden - 1, file);
  fclose(file);
  golden[size] = '\0';
  assert_string_equal(text, golden);
  free(text);
}

static size_t longest_line(const char *text) {
  size_t longest = 0;
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
    size_t length = strcspn(line, "\n");
    bool copied = strncmp(line, "  replay ", 9) == 0 || strncmp(line, "  minimized ", 12) == 0;
    if (!copied && length > longest)
      longest = length;
  }
  return longest;
}

static void test_text_keeps_to_its_columns(void **state) {
  (void)state;
  static const struct {
    int asked;
    size_t columns;
  } widths[] = {{0, 80}, {80, 80}, {97, 97}, {120, 120}, {400, 120}};
  struct report sample = report_sample();
  for (size_t i = 0; i < SAMPLE_COUNT(widths); ++i) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_true(report_write_text(out, &sample, widths[i].asked, false));
    fclose(out);
    assert_int_equal(longest_line(text), widths[i].columns);
    free(text);
  }
}

static void test_text_has_colours_only_when_asked(void **state) {
  (void)state;
  struct report sample = report_sample();
  for (int color = 0; color < 2; ++color) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_true(report_write_text(out, &sample, 100, color));
    fclose(out);
    /* Each sequence is one of ours: a number and an m. */
    for (const char *escape = text; (escape = strchr(escape, '\033')); ++escape)
      assert_int_equal(strspn(escape + 1, "[0123456789"), strcspn(escape + 1, "m"));
    assert_int_equal(strchr(text, '\033') != NULL, color);
    free(text);
  }
}

static const json_t *member(const json_t *json, const char *name) {
  const json_t *found = json_object_get(json, name);
  if (!found)
    fail_msg("no member %s", name);
  return found;
}

static const json_t *json_key(const json_t *document, size_t bug, size_t key) {
  return json_array_get(member(json_array_get(member(document, "bugs"), bug), "keys"), key);
}

static void test_json_keeps_what_it_was_given(void **state) {
  (void)state;
  json_t *document = parsed_sample(1);
  const json_t *race = json_key(document, 0, 0), *hostile = json_key(document, 4, 0);
  assert_string_equal(json_string_value(member(race, "state")), "confirmed");
  assert_int_equal(json_integer_value(member(race, "count")), 1842);
  assert_string_equal(json_string_value(member(member(race, "first"), "date")), "2026-09-21T14:13:34Z");
  assert_int_equal(json_integer_value(member(member(member(race, "first"), "clock"), "inputs")), 1830);
  assert_int_equal(json_array_size(member(race, "steps")), SAMPLE_COUNT(sample_steps));
  const json_t *stack = json_array_get(member(race, "stacks"), 1);
  assert_string_equal(json_string_value(member(stack, "role")), "previous");
  assert_string_equal(json_string_value(member(json_array_get(member(stack, "frames"), 0), "function")), "gomap_len");
  assert_true(json_is_null(member(json_key(document, 2, 0), "steps")));
  assert_true(json_is_null(member(member(json_key(document, 2, 0), "first"), "date")));
  assert_true(json_is_null(member(member(hostile, "first"), "date")));
  /* The bytes that are no UTF-8 are replaced; everything else comes back. */
  assert_string_equal(json_string_value(member(hostile, "title")),
                      "<img src=x onerror=alert(1)>\"'&</title></script></style>\033[31m\a\x7f\xe2\x80\xae"
                      "dlrow\xef\xbf\xbd\xef\xbf\xbd(\nnext\xe2\x80\x8b");
  json_decref(document);
}

static void test_json_says_null_where_an_estimate_has_no_bound(void **state) {
  (void)state;
  struct estimate estimate;
  struct mtbf none = sample_estimate(&estimate, "gomap", (struct arrivals){NULL, 0, ARRIVALS_TIME, 299573}, 0, 0);
  struct report report = {.mtbf = &none, .mtbf_count = 1};
  char *text = written(1, &report);
  json_t *document = json_loads(text, 0, NULL);
  const json_t *mtbf = json_array_get(member(document, "mtbf"), 0), *headline = member(mtbf, "headline");
  const json_t *interval = member(headline, "interval");
  assert_string_equal(json_string_value(member(headline, "by")), "bound");
  assert_true(json_is_null(member(headline, "mtbf")) && json_is_null(json_array_get(interval, 1)));
  assert_true(fabs(json_real_value(json_array_get(interval, 0)) - 299573 / -log(0.05)) < 1e-6);
  json_decref(document);
  free(text);
}

/* One truth: the words of the estimate and of what it is from stand in every form. */
static void test_every_form_has_the_estimates(void **state) {
  (void)state;
  struct report sample = report_sample();
  char words[MTBF_WORDS_SIZE], flat[MTBF_WORDS_SIZE];
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    char *text = written(form, &sample);
    for (char *byte = text; *byte; ++byte) /* text is wrapped */
      if (*byte == '\n')
        memmove(byte, byte + strspn(byte, "\n ") - 1, strlen(byte + strspn(byte, "\n ") - 1) + 1), *byte = ' ';
    for (size_t i = 0; i < sample.mtbf_count; ++i) {
      snprintf(flat, sizeof flat, "%s", mtbf_words(&sample.mtbf[i], words));
      if (!strstr(text, flat) || !strstr(text, mtbf_words_events(&sample.mtbf[i], words)))
        fail_msg("%s lacks: %s", forms[form].name, flat);
      assert_non_null(strstr(text, sample.mtbf[i].clock));
    }
    free(text);
  }
}

static const json_t *sarif_result(const json_t *document, size_t i) {
  return json_array_get(member(json_array_get(member(document, "runs"), 0), "results"), i);
}

static const char *sarif_uri(const json_t *location) {
  return json_string_value(member(member(member(location, "physicalLocation"), "artifactLocation"), "uri"));
}

static void test_sarif_has_both_accesses_and_the_key(void **state) {
  (void)state;
  json_t *document = parsed_sample(2);
  const json_t *race = sarif_result(document, 0);
  assert_string_equal(json_string_value(member(document, "version")), "2.1.0");
  assert_string_equal(json_string_value(member(race, "ruleId")), "data-race");
  assert_string_equal(json_string_value(member(member(race, "partialFingerprints"), "heddleKey/v1")),
                      "b6572c9ec1c3c8cf");
  const json_t *first = json_array_get(member(race, "locations"), 0);
  const json_t *second = json_array_get(member(race, "relatedLocations"), 0);
  assert_string_equal(sarif_uri(first), "map/gomap.c");
  assert_int_equal(json_integer_value(member(member(member(first, "physicalLocation"), "region"), "startLine")), 187);
  assert_int_equal(json_integer_value(member(member(member(second, "physicalLocation"), "region"), "startLine")), 124);
  assert_int_equal(json_array_size(member(race, "stacks")), 3);
  assert_string_equal(json_string_value(member(sarif_result(document, 6), "ruleId")), "memory-leak");
  assert_int_equal(json_array_size(member(sarif_result(document, 6), "suppressions")), 1);
  assert_null(json_object_get(race, "suppressions"));
  json_decref(document);
}

static void test_sarif_orders_the_steps_over_all_tasks(void **state) {
  (void)state;
  json_t *document = parsed_sample(2);
  const json_t *flow = json_array_get(member(sarif_result(document, 0), "codeFlows"), 0);
  const json_t *threads = member(flow, "threadFlows");
  assert_int_equal(json_array_size(threads), 3);
  static const char *const ids[] = {"T0", "T1", "T2"};
  bool taken[WORDS_ROWS_MAX + 1] = {false};
  for (size_t i = 0; i < 3; ++i) {
    const json_t *thread = json_array_get(threads, i), *locations = member(thread, "locations");
    assert_string_equal(json_string_value(member(thread, "id")), ids[i]);
    json_int_t before = 0;
    for (size_t n = 0; n < json_array_size(locations); ++n) {
      json_int_t order = json_integer_value(member(json_array_get(locations, n), "executionOrder"));
      assert_true(order > before && order <= WORDS_ROWS_MAX && !taken[order]);
      taken[order] = true;
      before = order;
    }
  }
  assert_null(json_object_get(sarif_result(document, 3), "codeFlows"));
  json_decref(document);
}

static void test_sarif_names_files_as_uris(void **state) {
  (void)state;
  json_t *document = parsed_sample(2);
  const json_t *frames = member(json_array_get(member(sarif_result(document, 5), "stacks"), 0), "frames");
  const char *hostile = sarif_uri(member(json_array_get(frames, 0), "location"));
  assert_int_equal(strspn(hostile, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/%"),
                   strlen(hostile));
  assert_non_null(strstr(hostile, "%3Cimg%20src%3Dx"));
  assert_non_null(strstr(hostile, "dlrow%FF%C3%28%0Anext"));
  assert_string_equal(sarif_uri(member(json_array_get(frames, 1), "location")),
                      "file:///usr/include/c%2B%2B/14/bits/a%20folder%20with%20spaces/stl_map.h");
  json_decref(document);
}

static void test_html_lets_no_markup_in_and_nothing_out(void **state) {
  (void)state;
  static const struct {
    const char *what;
    size_t times;
  } parts[] = {{"<script>", 1},
               {"</script>", 1},
               {"<style>", 1},
               {"</style>", 1},
               {"<img", 0},
               {"http:", 0},
               {"https:", 0},
               {"url(", 0},
               {"@import", 0},
               {" style=", 0},
               {" onerror=alert(1)>", 0},
               {"default-src 'none'", 1},
               {"<link", 0},
               {"<iframe", 0},
               {"<!doctype html>", 1}};
  char *text = written_sample(3);
  for (size_t i = 0; i < SAMPLE_COUNT(parts); ++i)
    assert_int_equal(occurrences(text, parts[i].what), parts[i].times);
  assert_true(occurrences(text, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;/title&gt;") > 10);
  assert_true(occurrences(text, "<span class=\"told\">\\x1b</span>[31m") > 10);
  free(text);
}

/* A megabyte in every text: people get the beginning and are told how much is left, programs get all. */
static void test_long_texts_are_cut_for_people_only(void **state) {
  (void)state;
  enum { LENGTH = 1 << 20 };
  char *text = malloc(LENGTH + 1);
  memset(text, '<', LENGTH);
  text[LENGTH] = '\0';
  struct frame frame = {text, text, 1, 1, text, 1};
  struct finding_stack stack = {FINDING_ACCESS, 1, text, FINDING_READ, 1, &frame, 1};
  struct report_key key = {
      .key = text, .kind = text, .title = text, .program = text, .stacks = &stack, .stack_count = 1};
  struct report_bug bug = {.keys = &key, .key_count = 1};
  struct report report = {.bugs = &bug, .bug_count = 1};
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    char *out = written(form, &report);
    bool whole = forms[form].write == report_write_json || forms[form].write == report_write_sarif;
    assert_int_equal(strlen(out) > LENGTH, whole);
    if (forms[form].write == report_write_html)
      assert_non_null(strstr(out, "more bytes)"));
    free(out);
  }
  free(text);
}

static void test_a_full_disk_is_noticed(void **state) {
  (void)state;
  struct report sample = report_sample();
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    FILE *full = fopen("/dev/full", "we");
    assert_non_null(full);
    assert_false(forms[form].write(full, &sample));
    fclose(full);
  }
}

static void test_an_empty_report_is_a_report(void **state) {
  (void)state;
  struct report empty = {0};
  for (size_t form = 0; form < SAMPLE_COUNT(forms); ++form) {
    char *text = written(form, &empty);
    assert_true(strlen(text) > 20);
    free(text);
  }
}

/* A page with `count` bugs: with clocks, the n-th found after factor^n inputs; without, a day after the other. */
static char *written_curve(size_t count, bool clocks, double factor) {
  struct report_key *keys = calloc(count, sizeof *keys);
  struct report_bug *bugs = calloc(count, sizeof *bugs);
  struct report_campaign campaign = {.exposure = {.inputs = (uint64_t)pow(factor, (double)count)}};
  for (size_t i = 0; i < count; ++i) {
    struct finding_clock clock = {.known = clocks, .begun = {.inputs = (uint64_t)pow(factor, (double)i)}};
    keys[i] = (struct report_key){.key = "0123456789abcdef",
                                  .kind = "data-race",
                                  .first = {SAMPLE_DAY + 86400 * (int64_t)i, clocks ? 0 : REPORT_NO_CAMPAIGN, clock}};
    bugs[i] = (struct report_bug){.keys = &keys[i], .key_count = 1};
  }
  struct report report = {
      .campaigns = &campaign, .campaign_count = 1, .bugs = bugs, .bug_count = count, .generated_s = INT64_MAX};
  char *text = written(3, &report);
  free(keys);
  free(bugs);
  return text;
}

/* The dots of the first curve: as many as bugs, each further right or at the same place and higher than the last. */
static void assert_curve(const char *text, size_t count) {
  const char *end = strstr(text, "</svg>"), *dot = text;
  double x = 0, y = 1000, last_x = 0, last_y = 1000;
  size_t dots = 0;
  assert_non_null(end);
  for (; (dot = strstr(dot, "<circle cx=")) && dot < end; ++dot, ++dots) {
    assert_int_equal(sscanf(dot, "<circle cx=\"%lf\" cy=\"%lf\"", &x, &y), 2);
    assert_true(x >= last_x && y < last_y && x >= 36 && x <= 946 && y >= 12);
    last_x = x;
    last_y = y;
  }
  assert_int_equal(dots, count);
}

static void test_curves_rise_bug_by_bug(void **state) {
  (void)state;
  static const struct {
    size_t count;
    bool clocks;
    double factor;
    const char *axis;
  } cases[] = {{1, true, 10, ">inputs run<"}, {200, true, 1.1, ">inputs run (logarithmic)<"},
               {3, true, 1, ">inputs run<"},  {40, false, 1, ">date<"},
               {1, false, 1, ">date<"},       {63, true, 2, ">inputs run (logarithmic)<"}};
  for (size_t i = 0; i < SAMPLE_COUNT(cases); ++i) {
    char *text = written_curve(cases[i].count, cases[i].clocks, cases[i].factor);
    assert_curve(text, cases[i].count);
    assert_non_null(strstr(text, cases[i].axis));
    assert_null(strstr(text, "nan"));
    free(text);
  }
}

static int write_sample(const char *folder) {
  struct report sample = report_sample(), empty = {.version = "0.1.0"};
  for (size_t i = 0; i < SAMPLE_COUNT(forms); ++i)
    for (int whole = 0; whole < 2; ++whole) {
      char path[4096];
      snprintf(path, sizeof path, "%s/%s%s", folder, whole ? "" : "empty_", forms[i].name);
      FILE *out = fopen(path, "we");
      bool good = out && forms[i].write(out, whole ? &sample : &empty);
      if (!out || fclose(out) != 0 || !good) {
        perror(path);
        return 1;
      }
    }
  return 0;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_form_names_every_bug),
                                     cmocka_unit_test(test_no_form_holds_a_hostile_byte),
                                     cmocka_unit_test(test_text_is_as_it_was),
                                     cmocka_unit_test(test_text_keeps_to_its_columns),
                                     cmocka_unit_test(test_text_has_colours_only_when_asked),
                                     cmocka_unit_test(test_json_keeps_what_it_was_given),
                                     cmocka_unit_test(test_json_says_null_where_an_estimate_has_no_bound),
                                     cmocka_unit_test(test_every_form_has_the_estimates),
                                     cmocka_unit_test(test_sarif_has_both_accesses_and_the_key),
                                     cmocka_unit_test(test_sarif_orders_the_steps_over_all_tasks),
                                     cmocka_unit_test(test_sarif_names_files_as_uris),
                                     cmocka_unit_test(test_html_lets_no_markup_in_and_nothing_out),
                                     cmocka_unit_test(test_long_texts_are_cut_for_people_only),
                                     cmocka_unit_test(test_a_full_disk_is_noticed),
                                     cmocka_unit_test(test_an_empty_report_is_a_report),
                                     cmocka_unit_test(test_curves_rise_bug_by_bug)};
  if (argc == 2)
    return write_sample(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
