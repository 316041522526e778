/* list.c - `heddle list`: the findings in an output folder, or in a store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/campaign/progress.h"
#include "triage/cmd/cmd.h"
#include "triage/cmd/list_store.h"
#include "triage/finding/files.h"
#include "triage/finding/list.h"

enum { KEY_JSON = 0x100, KEY_STORE, KEY_KIND, KEY_STATE, KEY_MAP };

static const struct argp_option options[] = {
    {"json", KEY_JSON, 0, 0,
     "an array: of a folder {key, kind, map, flavour, sites, count, first_seen_s, inputs_at_first, smallest_input}, of "
     "a "
     "store {key, kind, state, map, flavour, sites, count, first_seen, last_seen, replays, ...}",
     1},
    {"store", KEY_STORE, "FILE", OPTION_ARG_OPTIONAL, "list the keys in a store (default: " CMD_STORE_DEFAULT ")", 2},
    {"state", KEY_STATE, "NAMES", 0,
     "only these states, with commas between: new, incubating, confirmed, fixed, regressed, ignored", 3},
    {"kind", KEY_KIND, "NAME", 0, "only this kind, as data-race", 3},
    {"map", KEY_MAP, "NAME", 0, "only what this map showed", 3},
    {0}};

struct request {
  struct cmd_common common;
  bool json;
  const char *out;   /* NULL: not given */
  const char *store; /* likewise */
  struct store_filter filter;
};

/* As 1 << STORE_NEW | ... */
static unsigned parse_states(const struct argp_state *state, const char *names) {
  unsigned states = 0;
  for (const char *name = names; name;) {
    size_t length = strcspn(name, ",");
    enum store_state one;
    char text[16];
    snprintf(text, sizeof text, "%.*s", length < sizeof text ? (int)length : 0, name);
    if (!store_state_parse(text, &one))
      argp_error(state, "--state=%s: give new, incubating, confirmed, fixed, regressed or ignored", names);
    else
      states |= 1U << one;
    name = name[length] ? name + length + 1 : NULL;
  }
  return states;
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->common;
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_STORE:
    request->store = value ? value : CMD_STORE_DEFAULT;
    break;
  case KEY_STATE:
    request->filter.states = parse_states(state, value);
    break;
  case KEY_KIND:
    request->filter.kind = value;
    break;
  case KEY_MAP:
    request->filter.map = value;
    break;
  case ARGP_KEY_ARG:
    if (state->arg_num > 0)
      argp_error(state, "too many arguments: %s", value);
    request->out = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static void complain(void *context, const char *line) {
  (void)context;
  cmd_fail(0, "%s", line);
}

/* A folder with nothing of ours in it is a mistake, not an empty campaign. */
static int check_out(const char *out) {
  static const char *const ours[] = {"findings", "campaign.json", "workers"};
  char path[PATH_MAX];
  struct stat status;
  if (stat(out, &status) < 0)
    return cmd_fail(CMD_UNREADABLE, "cannot read (%s): %s: give the --out of `heddle fuzz`", strerror(errno), out);
  if (!S_ISDIR(status.st_mode))
    return cmd_fail(CMD_UNREADABLE, "not a folder: %s: give the --out of `heddle fuzz`", out);
  for (size_t i = 0; i < sizeof ours / sizeof *ours; ++i) {
    snprintf(path, sizeof path, "%s/%s", out, ours[i]);
    if (access(path, F_OK) == 0)
      return CMD_OK;
  }
  return cmd_fail(CMD_UNREADABLE, "no campaign was here: %s: give the --out of `heddle fuzz`", out);
}

static void print_json(const struct finding_list *list) {
  json_t *array = json_array();
  for (size_t i = 0; i < list->count; ++i)
    json_array_append_new(array, finding_summary_to_json(&list->entries[i]));
  json_dumpf(array, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
  putchar('\n');
  json_decref(array);
}

static void print_table(const struct finding_list *list, const struct request *request) {
  if (list->count == 0) {
    printf("no findings in %s\n", request->out);
    return;
  }
  const struct finding_summary **summaries = calloc(list->count, sizeof *summaries);
  if (!summaries)
    abort();
  for (size_t i = 0; i < list->count; ++i)
    summaries[i] = &list->entries[i];
  progress_print_table(stdout, summaries, list->count, text_style(text_use_color(stdout, request->common.color)));
  free(summaries);
}

static int list_folder(struct request *request) {
  struct finding_list list;
  if (request->filter.states || request->filter.kind || request->filter.map)
    return cmd_fail(CMD_USAGE, "--state, --kind and --map choose from a store: give --store, or a store in place of %s",
                    request->out);
  int problem = check_out(request->out);
  if (problem)
    return problem;
  bool good = finding_list_read(request->out, NULL, &list, complain, NULL);
  if (request->json)
    print_json(&list);
  else
    print_table(&list, request);
  finding_list_free(&list);
  return good ? CMD_OK : CMD_UNREADABLE;
}

int cmd_list(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "[OUT | STORE]",
      .doc = "List the findings below OUT (default: out), or the keys in a store, the first seen first."
             "\vExit status: 0 listed, also where there are none; 2 a wrong option; 3 something could not be read (the "
             "rest is listed all the same).\n\n"
             "Examples:\n"
             "  heddle list\n"
             "  heddle list --json out | jq -r '.[].smallest_input'\n"
             "  heddle list --store --state=new,regressed\n"
             "  heddle list ci.db --json | jq -r '.[] | select(.count > 9) | .key'",
      .children = children};
  struct request request = {.out = NULL};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  if (request.store && request.out)
    return cmd_fail(CMD_USAGE, "%s and a store: give one of them, as --store=%s", request.out, request.out);
  if (!request.store && request.out && list_store_is(request.out))
    request.store = request.out;
  if (request.store) {
    struct list_store of_store = {{request.store}, request.filter, request.json, request.common.color};
    return list_store(&of_store);
  }
  if (!request.out)
    request.out = "out";
  return list_folder(&request);
}
