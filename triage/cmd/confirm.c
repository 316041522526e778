/* confirm.c - `heddle confirm`: how often the stored input of a key shows it again. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/cmd_store.h"
#include "triage/cmd/replay.h"
#include "triage/cmd/stored_input.h"
#include "triage/cmd/wilson.h"

enum { KEY_RUNS = 0x100, KEY_JSON };

#define RUNS 20
#define OTHERS_SHOWN 3

static const struct argp_option options[] = {
    {"runs", KEY_RUNS, "N", 0, "replay in N fresh processes (default: 20)", 1},
    {"json", KEY_JSON, 0, 0,
     "a line a key: {key, kind, map, flavour, runs, shown, lower, upper, confidence, state, keys}", 1},
    {0}};

struct request {
  struct cmd_store place;
  struct cmd_common common;
  struct cmd_words keys;
  int runs;
  bool json;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->common;
    state->child_inputs[2] = &request->keys;
    break;
  case KEY_RUNS:
    request->runs = (int)cmd_number(state, "runs", value, 1, 1000000);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static void print_json(const struct stored_input *input, const struct replay_tally *tally, const char *state) {
  struct wilson_interval interval = wilson_interval((uint64_t)tally->reproduced, (uint64_t)tally->runs);
  json_t *keys = json_array();
  for (int i = 0; i < tally->key_count; ++i)
    json_array_append_new(keys, json_string(tally->keys[i]));
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:s, s:o}", "key", input->key, "kind", input->kind,
                "map", input->map, "flavour", input->flavour, "runs", tally->runs, "shown", tally->reproduced, "lower",
                interval.lower, "upper", interval.upper, "confidence", WILSON_CONFIDENCE, "state", state, "keys", keys);
  json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(json);
}

/* The other keys that were seen, of which a run may have many. */
static void print_others(const struct replay_tally *tally) {
  int others = 0;
  for (int i = 0; i < tally->key_count; ++i)
    if (strcmp(tally->keys[i], tally->key) != 0 && others++ < OTHERS_SHOWN)
      printf("%s%s", others > 1 ? ", " : "  seen besides: ", tally->keys[i]);
  if (others > OTHERS_SHOWN)
    printf(" and %d more", others - OTHERS_SHOWN);
  if (others)
    putchar('\n');
}

static void print_text(const struct stored_input *input, const struct replay_tally *tally, const char *state,
                       struct text_style style) {
  struct wilson_interval interval = wilson_interval((uint64_t)tally->reproduced, (uint64_t)tally->runs);
  printf("%s%s%s  %s  %s%d of %d%s, 95 %% interval %.3f to %.3f: %s%s%s\n", style.bold, input->key, style.end,
         input->kind, style.bold, tally->reproduced, tally->runs, style.end, interval.lower, interval.upper,
         tally->reproduced ? style.green : style.yellow, state, style.end);
  print_others(tally);
}

static bool note_state(void *context, const struct store_key *key) {
  *(enum store_state *)context = key->state;
  return false;
}

/* Puts the count into the store and tells of it. */
static int conclude(struct store *store, const struct stored_input *input, const struct replay_tally *tally,
                    const struct request *request) {
  struct finding_error error;
  struct store_filter filter = {.key = input->key};
  enum store_state state = STORE_NEW;
  if (!store_confirm(store, input->key, (uint64_t)tally->reproduced, (uint64_t)tally->runs, cmd_now_s(), &error) ||
      !store_each_key(store, &filter, cmd_now_s(), note_state, &state, &error))
    return cmd_fail(CMD_USAGE, "%s", error.text);
  if (request->json)
    print_json(input, tally, store_state_text(state));
  else
    print_text(input, tally, store_state_text(state), text_style(text_use_color(stdout, request->common.color)));
  fflush(stdout);
  return tally->reproduced ? CMD_OK : CMD_FINDINGS;
}

static int replay_input(struct store *store, const struct stored_input *input, const struct request *request) {
  char target[PATH_MAX];
  struct replay_tally tally;
  int status = cmd_find_target(&request->common, input->map, input->flavour, target);
  if (status)
    return status;
  struct replay_plan plan = {
      .target = target, .input = input->path, .runs = request->runs, .held = true, .label = input->key};
  status = replay_run(&plan, input->key, &tally);
  if (!status && tally.runs > 0)
    status = conclude(store, input, &tally, request);
  else if (!status)
    status = CMD_FINDINGS;
  if (tally.stopped)
    cmd_fail(0, "%s: stopped after %d of %d replays%s", input->key, tally.runs, request->runs,
             tally.runs ? ", which count" : ": nothing is said of it");
  replay_free(&tally);
  return status;
}

static int confirm(struct store *store, const char *digits, const struct request *request) {
  struct stored_input input;
  int status = stored_input_take(store, digits, &input);
  if (status)
    return status;
  status = replay_input(store, &input, request);
  stored_input_drop(&input);
  return status;
}

int cmd_confirm(int argc, char **argv) {
  static const struct argp_child children[] = {
      {&cmd_store_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {&cmd_words_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "KEY...",
      .doc =
          "Replay the stored input of each KEY in fresh processes, count how often this very key shows, and keep "
          "the count.  A new key that shows is confirmed, one that does not is incubating; one that was fixed and "
          "shows has regressed.  Some digits of a key will do.  Ctrl-C ends it; what was replayed until then counts."
          "\vExit status: 0 every key showed, 1 one did not, 2 nothing can be written, 3 the store, a key or its input "
          "is "
          "not there, 4 its target does not start.  The other keys are replayed all the same; the highest counts.\n\n"
          "Examples:\n"
          "  heddle confirm 98b6b4d1\n"
          "  heddle confirm --runs=100 --store=ci.db 98b6b4d1 d1a5e1f0 --json",
      .children = children};
  struct request request = {.keys.what = "KEY", .runs = RUNS};
  int status;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  struct store *store = cmd_open_store(&request.place, STORE_WRITE, &status);
  if (!store)
    return status;
  replay_hold_signals();
  for (size_t i = 0; i < request.keys.count && !replay_stop_asked(); ++i) {
    int result = confirm(store, request.keys.texts[i], &request);
    status = result > status ? result : status;
  }
  store_close(store);
  return status;
}
