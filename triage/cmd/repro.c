/* repro.c - `heddle repro`: the same interleaving once more, or N times, or under gdb. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/cmd/cmd.h"
#include "triage/cmd/replay.h"

enum { KEY_RUNS = 0x100, KEY_JSON, KEY_TRACE, KEY_GDB, KEY_CARRIER };

static const struct argp_option options[] = {
    {"runs", KEY_RUNS, "N", 0, "replay in N fresh processes and say how many fail alike", 1},
    {"json", KEY_JSON, 0, 0, "{runs, reproduced, key, keys, digest, digests_equal}", 1},
    {"trace", KEY_TRACE, "FILE", 0, "write the interleaving as Chrome trace events, as Perfetto opens", 2},
    {"gdb", KEY_GDB, 0, 0, "run the plain build under gdb, up to the failure", 2},
    {"carrier", KEY_CARRIER, "NAME", 0, "what carries a thread: fibers (default) or baton", 3},
    {0}};

struct request {
  struct cmd_common common;
  struct cmd_choice choice;
  const char *trace, *carrier;
  int runs;
  bool json, gdb;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->choice;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_RUNS:
    request->runs = (int)cmd_number(state, "runs", value, 1, 1000000);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_TRACE:
    request->trace = value;
    break;
  case KEY_GDB:
    request->gdb = true;
    break;
  case KEY_CARRIER:
    if (strcmp(value, "fibers") != 0 && strcmp(value, "baton") != 0)
      argp_error(state, "--carrier=%s: give fibers or baton", value);
    request->carrier = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static struct replay_plan plan_of(const char *target, const struct cmd_subject *subject,
                                  const struct request *request) {
  return (struct replay_plan){
      .target = target, .input = subject->input, .carrier = request->carrier, .runs = request->runs};
}

/* --- many runs ------------------------------------------------------------------------------------------------ */

static void print_json(const struct replay_tally *tally) {
  json_t *keys = json_array();
  for (int i = 0; i < tally->key_count; ++i)
    json_array_append_new(keys, json_string(tally->keys[i]));
  json_t *json = json_pack("{s:i, s:i, s:s?, s:o, s:s?, s:b}", "runs", tally->runs, "reproduced", tally->reproduced,
                           "key", *tally->key ? tally->key : NULL, "keys", keys, "digest",
                           *tally->digest ? tally->digest : NULL, "digests_equal", tally->digests_equal);
  json_dumpf(json, stdout, 0);
  putchar('\n');
  json_decref(json);
}

static void print_text(const struct replay_tally *tally, struct text_style style) {
  if (!*tally->key) {
    printf("%snot reproduced%s: nothing fails", style.yellow, style.end);
  } else if (tally->reproduced < tally->runs) {
    printf("%snot reproduced%s: %s", style.yellow, style.end, tally->key);
    if (tally->key_count > 0 && tally->reproduced == 0)
      printf(", but %s", tally->keys[0]);
  } else {
    printf("%sreproduced%s: %s%s%s %s", style.green, style.end, style.bold, tally->kind ? tally->kind : "", style.end,
           tally->key);
    if (*tally->sites)
      printf("  %s", tally->sites);
  }
  if (tally->runs > 1)
    printf("  %s%d of %d%s", style.bold, tally->reproduced, tally->runs, style.end);
  if (*tally->digest)
    printf("  %sschedule %s%s%s", style.dim, tally->digest, tally->digests_equal ? "" : " and others", style.end);
  putchar('\n');
  if (!tally->digests_equal)
    printf("%sthe interleavings differ%s: the code does something that heddle does not control\n", style.yellow,
           style.end);
}

static int run_many(const char *target, const struct cmd_subject *subject, const struct request *request) {
  struct replay_plan plan = plan_of(target, subject, request);
  struct replay_tally tally;
  int status = replay_run(&plan, subject->key, &tally);
  if (status == CMD_OK) {
    if (request->json)
      print_json(&tally);
    else
      print_text(&tally, text_style(text_use_color(stdout, request->common.color)));
    status = *tally.key && tally.reproduced == tally.runs ? CMD_OK : CMD_FINDINGS;
  }
  replay_free(&tally);
  return status;
}

/* --- one run to look at --------------------------------------------------------------------------------------- */

/* The target prints the interleaving itself; that it fails is no error here. */
static int print_trace(const char *target, const struct cmd_subject *subject, const struct request *request) {
  struct replay_plan plan = plan_of(target, subject, request);
  struct arguments arguments = replay_arguments(&plan);
  bool quiet = request->json || request->runs > 1;
  int out = quiet ? process_buffer() : -1;
  if (!quiet)
    arguments_add(&arguments, "--heddle_trace");
  if (!quiet && text_use_color(stdout, request->common.color))
    arguments_add(&arguments, "--heddle_color");
  if (request->trace)
    arguments_add(&arguments, "--heddle_chrome=%s", request->trace);
  struct process_plan process = {.arguments = &arguments, .out = out, .err = -1};
  fflush(stdout);
  pid_t pid = process_start(&process);
  int status = CMD_OK;
  if (pid < 0) {
    status = cmd_fail(CMD_NO_TARGET, "target does not start (%s): %s: run `make build`", strerror(errno), target);
  } else {
    int wait_status = process_wait(pid);
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 3)
      status = CMD_UNREADABLE;
  }
  if (out >= 0)
    close(out);
  arguments_free(&arguments);
  return status;
}

/* The point at which the failure shows in its own flavour; 0 where it does not. */
static uint64_t find_point(const char *target, const struct cmd_subject *subject, const struct request *request) {
  struct replay_plan plan = plan_of(target, subject, request);
  struct arguments arguments = replay_arguments(&plan);
  arguments_add(&arguments, "--heddle_json");
  struct process_plan process = {.arguments = &arguments, .out = process_buffer(), .err = process_buffer()};
  uint64_t point = 0;
  pid_t pid = process.out < 0 || process.err < 0 ? -1 : process_start(&process);
  if (pid >= 0) {
    struct target_verdict verdict;
    size_t size;
    process_wait(pid);
    char *out = process_buffer_text(process.out, &size);
    if (out && target_parse_verdict(out, size, &verdict)) {
      const struct target_failure *failure = target_find_failure(&verdict, subject->key);
      if (!failure && verdict.failure_count > 0)
        failure = &verdict.failures[0];
      point = failure ? failure->point : 0;
      target_free_verdict(&verdict);
    }
    free(out);
  }
  close(process.out);
  close(process.err);
  arguments_free(&arguments);
  return point;
}

/* The plain build takes the same points, so it can be stopped where another flavour saw the failure. */
static int run_gdb(const char *own_target, const struct cmd_subject *subject, const struct request *request) {
  char target[PATH_MAX];
  int status = cmd_find_target(&request->common, subject->map, "plain", target);
  if (status)
    return status;
  struct replay_plan plan = plan_of(target, subject, request);
  struct arguments arguments = {0}, replay = replay_arguments(&plan);
  static const char *const gdb[] = {"gdb", "-q",        "-ex",   "break heddle_failure", "-ex", "run",
                                    "-ex", "backtrace", "--args"};
  for (size_t i = 0; i < sizeof gdb / sizeof *gdb; ++i)
    arguments_add(&arguments, "%s", gdb[i]);
  for (size_t i = 0; i < replay.count; ++i)
    arguments_add(&arguments, "%s", replay.items[i]);
  arguments_add(&arguments, "--heddle_break=%" PRIu64, find_point(own_target, subject, request));
  execvp("gdb", arguments.items);
  status = cmd_fail(CMD_NO_TARGET, "cannot run gdb (%s): install it with `apt-get install gdb`", strerror(errno));
  arguments_free(&replay);
  arguments_free(&arguments);
  return status;
}

int cmd_repro(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_choice_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "FILE",
      .doc = "Run an input once more, with the same interleaving, and show it: a line a step, a column a thread.  FILE "
             "is an input, a finding's folder or its finding.json."
             "\vWith --runs or --json only the verdict is printed.\n"
             "Exit status: 0 every run failed with the key, 1 one did not, 3 FILE cannot be read, 4 the target does "
             "not start.\n\n"
             "Examples:\n"
             "  heddle repro out/findings/KEY/SHA1/input\n"
             "  heddle repro --runs=20 --json out/findings/KEY/SHA1\n"
             "  heddle repro --trace=trace.json crash --map=gomap --flavour=asan\n"
             "  heddle repro --gdb out/findings/KEY/SHA1",
      .children = children};
  struct request request = {.runs = 1};
  struct cmd_subject subject;
  char target[PATH_MAX];
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  int status = cmd_find_subject(&request.choice, &subject);
  if (status)
    return status;
  if ((status = cmd_find_target(&request.common, subject.map, subject.flavour, target)))
    return status;
  if (request.gdb)
    return run_gdb(target, &subject, &request);
  bool look = !request.json && request.runs == 1;
  if ((look || request.trace) && (status = print_trace(target, &subject, &request)))
    return status;
  return run_many(target, &subject, &request);
}
