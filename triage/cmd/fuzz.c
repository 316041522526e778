/* fuzz.c - `heddle fuzz`: from options to a campaign. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "triage/campaign/campaign.h"
#include "triage/cmd/cmd.h"

enum {
  KEY_MAP = 0x100,
  KEY_TIME,
  KEY_FLAVOUR,
  KEY_JOBS,
  KEY_OUT,
  KEY_KEEP_ALL,
  KEY_CHECK,
  KEY_CARRIER,
  KEY_USE,
  KEY_UNTIL,
  KEY_SEEDS,
  KEY_DICT,
  KEY_JSON
};

static const struct argp_option options[] = {
    {"map", KEY_MAP, "NAME", 0, "the map (default: gomap)", 1},
    {"time", KEY_TIME, "SECONDS", 0, "how long; 0: until Ctrl-C (default: 60)", 1},
    {"flavour", KEY_FLAVOUR, "LIST", 0, "sanitizers, with commas (default: tsan,asan)", 1},
    {"jobs", KEY_JOBS, "N", 0, "processes, at least one for each flavour (default: one for each CPU)", 1},
    {"out", KEY_OUT, "DIR", 0,
     "where findings, corpus and totals are kept; a campaign that was there goes on "
     "(default: out)",
     1},
    {"until", KEY_UNTIL, "LIST", 0,
     "end with the first finding of one of these oracles or kinds, with commas, as linearizability or data-race", 1},
    {"json", KEY_JSON, 0, 0, "print the findings at the end as JSON", 2},
    {"keep-all", KEY_KEEP_ALL, 0, 0, "keep every failing input, not only 3 for each key", 2},
    {"check-determinism", KEY_CHECK, "N", 0, "run each Nth input twice and compare; 0: never (default: 1000)", 3},
    {"carrier", KEY_CARRIER, "NAME", 0, "what carries a thread: fibers (default) or baton", 3},
    {"use", KEY_USE, "HOW", 0,
     "lawful: ask the map only for what it allows; any: for anything (default: lawful for a map that promises to be "
     "free "
     "of data races, any for the others)",
     3},
    {"seeds", KEY_SEEDS, "DIR", 0, "inputs to begin with (default: corpus/seeds/MAP)", 3},
    {"dict", KEY_DICT, "FILE", 0, "libFuzzer dictionary (default: dict/heddle_MAP.dict)", 3},
    {0}};

struct request {
  struct campaign_options campaign;
  struct cmd_common common;
  char *flavours; /* cut at its commas */
};

/* `state` is for errors, which the default has none of. */
static void set_flavours(const struct argp_state *state, struct request *request, const char *list) {
  struct campaign_options *campaign = &request->campaign;
  free(request->flavours);
  request->flavours = strdup(list);
  campaign->flavour_count = 0;
  if (!request->flavours)
    abort();
  for (char *name = strtok(request->flavours, ","); name; name = strtok(NULL, ",")) {
    if (campaign->flavour_count == CAMPAIGN_FLAVOURS_MAX)
      argp_error(state, "--flavour=%s: at most %d", list, CAMPAIGN_FLAVOURS_MAX);
    for (int i = 0; i < campaign->flavour_count; ++i)
      if (strcmp(campaign->flavours[i], name) == 0)
        argp_error(state, "--flavour=%s: %s occurs twice", list, name);
    campaign->flavours[campaign->flavour_count++] = name;
  }
  if (campaign->flavour_count == 0)
    argp_error(state, "--flavour=%s: give at least one, as tsan", list);
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  struct campaign_options *campaign = &request->campaign;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->common;
    break;
  case KEY_MAP:
    campaign->map = value;
    break;
  case KEY_TIME:
    campaign->time_s = (double)cmd_number(state, "time", value, 0, 1000000000);
    break;
  case KEY_FLAVOUR:
    set_flavours(state, request, value);
    break;
  case KEY_JOBS:
    campaign->jobs = (int)cmd_number(state, "jobs", value, 1, CAMPAIGN_JOBS_MAX);
    break;
  case KEY_OUT:
    if (!*value || strlen(value) > 1024)
      argp_error(state, "--out: give a folder");
    campaign->out = value;
    break;
  case KEY_JSON:
    campaign->json = true;
    break;
  case KEY_KEEP_ALL:
    campaign->keep_all = true;
    break;
  case KEY_CHECK:
    campaign->check_determinism = cmd_number(state, "check-determinism", value, 0, 1000000000);
    break;
  case KEY_CARRIER:
    if (strcmp(value, "fibers") != 0 && strcmp(value, "baton") != 0)
      argp_error(state, "--carrier=%s: give fibers or baton", value);
    campaign->carrier = value;
    break;
  case KEY_USE:
    if (strcmp(value, "lawful") != 0 && strcmp(value, "any") != 0)
      argp_error(state, "--use=%s: give lawful or any", value);
    campaign->use = value;
    break;
  case KEY_UNTIL:
    campaign->until = value;
    break;
  case KEY_SEEDS:
    campaign->seeds = value;
    break;
  case KEY_DICT:
    campaign->dict = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static int processors(void) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count < CAMPAIGN_JOBS_MAX ? count : CAMPAIGN_JOBS_MAX;
}

int cmd_fuzz(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .doc =
          "Fuzz a map: run programs of a few threads under schedules of the fuzzer's choice, and keep each input "
          "that goes wrong, once it went wrong again in a fresh process."
          "\vCtrl-C ends it with the summary; a second one at once.\n"
          "Exit status: 0 no findings, 1 findings, 2 the output folder cannot be used, 4 a target is missing or does "
          "not start.\n\n"
          "Examples:\n"
          "  heddle fuzz\n"
          "  heddle fuzz --map=rwmap --time=0 --flavour=tsan --jobs=4 --out=/tmp/rwmap",
      .children = children};
  struct request request = {
      .campaign = {.map = "gomap", .time_s = 60, .jobs = processors(), .out = "out", .check_determinism = -1}};
  set_flavours(NULL, &request, "tsan,asan");
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  request.campaign.color = request.common.color;
  request.campaign.bin_dir = request.common.bin_dir;
  enum campaign_status status = campaign_run(&request.campaign);
  free(request.flavours);
  return (int)status;
}
