/* fuzz_group.c - the input is a log, and its reports are suggested to be one bug or not (group.h).
 *
 * Told once more they change nothing.
 *
 * fuzz: seeds=triage/test/golden dict=triage/fuzz/log.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/group/clusterfuzz.h"
#include "triage/group/group.h"
#include "triage/parse/parse.h"

static struct group *group;

static void add(void *context, const struct parse_report *report) {
  char state[CLUSTERFUZZ_STATE_SIZE];
  (void)context;
  size_t number = group_add(group, &report->finding);
  assert(number < group_count(group) && strcmp(group_key(group, number), report->finding.key) == 0);
  clusterfuzz_state(&report->finding, state);
  assert(strnlen(state, sizeof state) < sizeof state);
}

static uint64_t feed(const uint8_t *data, size_t size) {
  static struct parser *parser;
  if (!parser) {
    parser = parse_open(&(struct parse_options){0}, add, NULL);
    assert(parser && "memory for a parser");
  }
  parse_feed(parser, data, size);
  return parse_end(parser);
}

static void check_shares(void) {
  const char *texts[GROUP_TOLD_MAX];
  for (size_t number = 0; number < group_count(group); number++) {
    size_t objects = SIZE_MAX, count = group_shares(group, number, texts, &objects);
    assert(count <= GROUP_TOLD_MAX && objects <= count);
    for (size_t i = 0; i < count; i++)
      assert(texts[i]);
  }
}

static void check_pair(const struct group_pair *pair) {
  char *reasons[GROUP_REASONS_MAX];
  assert(pair->a < group_count(group) && pair->b < group_count(group));
  assert(strcmp(group_key(group, pair->a), group_key(group, pair->b)) < 0);
  assert(pair->score >= GROUP_LEAST_EVER && pair->score <= 1);
  assert(group_score(group, pair->a, pair->b) == pair->score && group_score(group, pair->b, pair->a) == pair->score);
  size_t count = group_reasons(group, pair, reasons);
  assert(count >= 1 && count <= GROUP_REASONS_MAX && "a suggestion says why");
  for (size_t i = 0; i < count; i++) {
    assert(*reasons[i]);
    free(reasons[i]);
  }
}

static struct group_pair *check_pairs(size_t *count) {
  struct group_pair *pairs = group_pairs(group, 0, count);
  for (size_t i = 0; i < *count; i++) {
    assert(i == 0 || pairs[i - 1].score >= pairs[i].score);
    check_pair(&pairs[i]);
  }
  return pairs;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  group = group_open();
  if (feed(data, size) > 0) {
    size_t count, count_again, keys = group_count(group);
    check_shares();
    struct group_pair *pairs = check_pairs(&count);
    feed(data, size);
    struct group_pair *again = check_pairs(&count_again);
    assert(group_count(group) == keys && count == count_again);
    assert(count == 0 || memcmp(pairs, again, count * sizeof *pairs) == 0);
    free(pairs);
    free(again);
  }
  group_close(group);
  return 0;
}
