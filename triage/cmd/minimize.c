/* minimize.c - `heddle minimize`: the target does it, the result goes beside the input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/cmd/cmd.h"
#include "triage/finding/files.h"
#include "triage/finding/layout.h"

enum { KEY_OUTPUT = 'o', KEY_KEY = 0x100 };

static const struct argp_option options[] = {
    {"output", KEY_OUTPUT, "FILE", 0, "where to (default: `minimized` in the finding's folder, else FILE.min)", 1},
    {"key", KEY_KEY, "KEY", 0, "the failure to keep (default: the finding's, else the first)", 1},
    {0}};

struct request {
  struct cmd_common common;
  struct cmd_choice choice;
  const char *output, *key;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->choice;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_OUTPUT:
    request->output = value;
    break;
  case KEY_KEY:
    if (!key_valid(value))
      argp_error(state, "--key=%s: give 16 hexadecimal digits, as `heddle list` shows them", value);
    request->key = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static long long size_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? (long long)status.st_size : -1;
}

/* A place that cannot be written is better known before the work than after it. */
static int check_output(const char *path, char temporary[PATH_MAX + 32]) {
  struct stat status;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
    return cmd_fail(CMD_USAGE, "cannot write (%s): %s: %s", strerror(EISDIR), path, files_advice(EISDIR));
  snprintf(temporary, PATH_MAX + 32, "%s" FILES_TEMPORARY "%d", path, (int)getpid());
  int error = files_create(temporary, "", 0);
  return error ? cmd_fail(CMD_USAGE, "cannot write (%s): %s: %s", strerror(error), path, files_advice(error)) : CMD_OK;
}

/* Runs the target into the temporary name, so that `output` is whole or as it was. */
static int run(const char *target, const struct cmd_subject *subject, const char *key, const char *output) {
  struct arguments arguments = {0};
  char temporary[PATH_MAX + 32];
  int status = check_output(output, temporary);
  if (status)
    return status;
  arguments_add(&arguments, "%s", target);
  arguments_add(&arguments, "--heddle_mode=minimize");
  arguments_add(&arguments, "--heddle_input=%s", subject->input);
  arguments_add(&arguments, "--heddle_output=%s", temporary);
  if (key && *key)
    arguments_add(&arguments, "--heddle_key=%s", key);
  status = cmd_run(&arguments);
  arguments_free(&arguments);
  if (status == CMD_OK && rename(temporary, output) < 0)
    status = cmd_fail(CMD_USAGE, "cannot write (%s): %s: %s", strerror(errno), output, files_advice(errno));
  unlink(temporary);
  return status;
}

static void default_output(const struct cmd_subject *subject, char output[PATH_MAX + 16]) {
  if (*subject->folder)
    snprintf(output, PATH_MAX + 16, "%s/" FINDING_MINIMIZED, subject->folder);
  else
    snprintf(output, PATH_MAX + 16, "%s.min", subject->input);
}

int cmd_minimize(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_choice_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "FILE",
      .doc = "Make a failing input as small as it gets: fewer threads, operations, then switches, with the same key "
             "all along.  FILE is an input, a finding's folder or its finding.json."
             "\vExit status: 0 done, 1 the input does not fail, 2 the output cannot be written, 3 FILE cannot be read, "
             "4 the target does not start.\n\n"
             "Examples:\n"
             "  heddle minimize out/findings/KEY/SHA1/input\n"
             "  heddle minimize crash --map=gomap --flavour=asan --output=small",
      .children = children};
  struct request request = {0};
  struct cmd_subject subject;
  char target[PATH_MAX], output[PATH_MAX + 16];
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  int status = cmd_find_subject(&request.choice, &subject);
  if (status || (status = cmd_find_target(&request.common, subject.map, subject.flavour, target)))
    return status;
  default_output(&subject, output);
  if (request.output)
    snprintf(output, sizeof output, "%s", request.output);
  status = run(target, &subject, request.key ? request.key : subject.key, output);
  if (status == CMD_FINDINGS)
    return cmd_fail(status, "nothing fails: %s: give the flavour and map it failed in", subject.input);
  if (status)
    return status;
  char *quoted = cmd_quote(output);
  printf("%lld bytes became %lld: %s\nnext: make repro CRASH=%s\n", size_of(subject.input), size_of(output), output,
         quoted);
  free(quoted);
  return CMD_OK;
}
