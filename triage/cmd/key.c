/* key.c - `heddle key`: kind and key of every report in some files, one JSON line each. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/cmd/cmd.h"
#include "triage/group/clusterfuzz.h"
#include "triage/group/group.h"
#include "triage/parse/parse.h"
#include "triage/report/json_text.h"
#include "triage/stack/normalize.h"

enum { KEY_ROOT = 0x100, KEY_DEPTH, KEY_NO_SYMBOLS, KEY_COMPAT };

#define FRAMES_TOLD 16

static const struct argp_option options[] = {
    {"root", KEY_ROOT, "DIR", 0, "the source root, taken off file names", 1},
    {"depth", KEY_DEPTH, "N", 0, "application frames of each stack in the key (default: 1)", 1},
    {"no-symbols", KEY_NO_SYMBOLS, 0, 0, "do not look up frames without names in the binaries they name", 1},
    {"compat", KEY_COMPAT, "TOOL", 0, "beside the key the state that this tool gives: clusterfuzz", 1},
    {0}};

struct request {
  struct parse_options parse;
  bool no_symbols, clusterfuzz;
  struct cmd_words files;
  const char *file; /* being read */
  uint64_t reports;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->files;
    break;
  case KEY_ROOT:
    request->parse.source_root = value;
    break;
  case KEY_DEPTH:
    request->parse.depth = (unsigned)cmd_number(state, "depth", value, 1, PARSE_DEPTH_MAX);
    break;
  case KEY_NO_SYMBOLS:
    request->no_symbols = true;
    break;
  case KEY_COMPAT:
    if (strcmp(value, "clusterfuzz") != 0)
      argp_error(state, "--compat=%s: there is clusterfuzz", value);
    request->clusterfuzz = true;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* The first stack of the earliest of these roles that there is, other than `but`; NULL where there is none. */
static const struct finding_stack *stack_of(const struct finding *finding, const enum finding_role *roles,
                                            size_t role_count, const struct finding_stack *but) {
  for (size_t i = 0; i < role_count; i++)
    for (size_t j = 0; j < finding->stack_count; j++)
      if (finding->stacks[j].role == roles[i] && &finding->stacks[j] != but)
        return &finding->stacks[j];
  return NULL;
}

/* The application frames of the stack, which may be NULL. */
static json_t *frames_of(const struct finding_stack *stack) {
  json_t *frames = json_array();
  for (size_t i = 0; stack && i < stack->frame_count && json_array_size(frames) < FRAMES_TOLD; i++) {
    char site[FINDING_SITE_SIZE];
    if (stack_classify(&stack->frames[i]) != STACK_APPLICATION)
      continue;
    finding_print_site(&stack->frames[i], site);
    json_array_append_new(frames, json_text(site));
  }
  return frames;
}

/* What the report may share with others of the same bug (triage/group): the object it is about, then its sites. */
static json_t *shares_of(const struct finding *finding) {
  const char *shares[GROUP_TOLD_MAX];
  size_t objects;
  json_t *texts = json_array();
  struct group *group = group_open();
  size_t count = group_shares(group, group_add(group, finding), shares, &objects);
  for (size_t i = 0; i < count; i++) {
    char *text;
    if (asprintf(&text, "%s %s", i < objects ? "object" : "site", shares[i]) < 0)
      abort();
    json_array_append_new(texts, json_text(text));
    free(text);
  }
  group_close(group);
  return texts;
}

static void print_report(void *context, const struct parse_report *report) {
  /* Where memory is freed after the access that it races with, that access is all there is. */
  static const enum finding_role firsts[] = {FINDING_ACCESS, FINDING_WAITING, FINDING_RUNNING, FINDING_PREVIOUS,
                                             FINDING_ALLOC};
  static const enum finding_role seconds[] = {FINDING_PREVIOUS, FINDING_FREE};
  const struct finding_stack *first = stack_of(&report->finding, firsts, sizeof firsts / sizeof *firsts, NULL);
  const struct finding_stack *second = stack_of(&report->finding, seconds, sizeof seconds / sizeof *seconds, first);
  struct request *request = context;
  json_t *line = json_object();
  json_object_set_new(line, "file", json_text(request->file));
  json_object_set_new(line, "index", json_integer((json_int_t)report->index));
  json_object_set_new(line, "line", json_integer((json_int_t)report->line));
  json_object_set_new(line, "kind", json_text(report->finding.kind));
  json_object_set_new(line, "oracle", json_text(report->finding.oracle));
  json_object_set_new(line, "key", json_string(report->finding.key));
  if (request->clusterfuzz) {
    char crash_state[CLUSTERFUZZ_STATE_SIZE];
    clusterfuzz_state(&report->finding, crash_state);
    json_object_set_new(line, "clusterfuzz_state", json_known(crash_state));
  }
  json_object_set_new(line, "frames", frames_of(first));
  json_object_set_new(line, "second_frames", frames_of(second));
  json_object_set_new(line, "group", shares_of(&report->finding));
  json_object_set_new(line, "truncated", json_boolean(report->truncated));
  json_dumpf(line, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(line);
  request->reports++;
}

static void read_file(struct request *request, struct parser *parser) {
  struct finding_error error;
  uint64_t before = request->reports;
  switch (parse_file(parser, request->file, &error)) {
  case PARSE_REPORTS:
    break;
  case PARSE_NOTHING:
    cmd_fail(0, "%s: no report of a sanitizer, an engine or Go in it: passed over", request->file);
    break;
  case PARSE_UNREADABLE:
    cmd_fail(0, "%s%s", error.text, request->reports > before ? ": what comes after that is missing" : "");
    break;
  }
}

int cmd_key(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_words_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "FILE...",
      .doc = "Print kind and key of each report in some logs (of ThreadSanitizer, AddressSanitizer and their like, "
             "libFuzzer, honggfuzz, Go, KCSAN) or finding.json, one JSON line each: {file, index, line, kind, oracle, "
             "key, frames, second_frames, group, truncated}.  `group` is what other reports of the same bug may share "
             "with it.  "
             "With --compat=clusterfuzz also {clusterfuzz_state}, the top three functions of the first stack that "
             "ClusterFuzz's rules leave, one a line."
             "\vExit status: 0 there were reports, 3 there was none that could be read.\n\n"
             "Examples:\n"
             "  heddle key race.log | jq -r .key | sort | uniq -c\n"
             "  heddle key --depth=3 --root=/src logs/*.txt\n"
             "  heddle key --compat=clusterfuzz crash.log | jq -r .clusterfuzz_state",
      .children = children};
  struct request request = {.files.what = "FILE"};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  request.parse.symbolizer = request.no_symbols ? NULL : symbolizer_open();
  struct parser *parser = parse_open(&request.parse, print_report, &request);
  if (!parser)
    abort();
  for (size_t i = 0; i < request.files.count; i++) {
    request.file = request.files.texts[i];
    read_file(&request, parser);
  }
  parse_close(parser);
  symbolizer_close(request.parse.symbolizer);
  return request.reports > 0 ? CMD_OK : CMD_UNREADABLE;
}
