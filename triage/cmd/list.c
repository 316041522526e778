/* list.c - `heddle list`: the findings in an output folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/campaign/progress.h"
#include "triage/cmd/cmd.h"
#include "triage/finding/files.h"
#include "triage/finding/list.h"

enum { KEY_JSON = 0x100 };

static const struct argp_option options[] = {
    {"json", KEY_JSON, 0, 0,
     "an array of {key, kind, map, flavour, sites, count, first_seen_s, inputs_at_first, smallest_input}", 1},
    {0}};

struct request {
  struct cmd_common common;
  bool json;
  const char *out;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->common;
    break;
  case KEY_JSON:
    request->json = true;
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

int cmd_list(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "[OUT]",
      .doc = "List the findings below OUT (default: out), the first seen first."
             "\vExit status: 0 listed, also where there are none; 3 something could not be read (the rest is listed "
             "all the same).\n\n"
             "Examples:\n"
             "  heddle list\n"
             "  heddle list --json out | jq -r '.[].smallest_input'",
      .children = children};
  struct request request = {.out = "out"};
  struct finding_list list;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  int problem = check_out(request.out);
  if (problem)
    return problem;
  bool good = finding_list_read(request.out, NULL, &list, complain, NULL);
  if (request.json)
    print_json(&list);
  else
    print_table(&list, &request);
  finding_list_free(&list);
  return good ? CMD_OK : CMD_UNREADABLE;
}
