/* bisect.c - `heddle bisect`: the commit with which a key began to show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/cmd/bisect_step.h"
#include "triage/cmd/cmd_store.h"
#include "triage/cmd/git.h"
#include "triage/cmd/replay.h"
#include "triage/cmd/stored_input.h"
#include "triage/report/visible.h"

enum { KEY_BUILD = 0x100, KEY_GOOD, KEY_BAD, KEY_RUNS, KEY_STEP, KEY_MAP, KEY_FLAVOUR };

#define RUNS 20
#define COMMIT_SIZE 80 /* room for a commit's name */

static const struct argp_option options[] = {
    {"build", KEY_BUILD, "CMD", 0, "builds a commit's targets; sh runs it in the work tree's top folder", 1},
    {"good", KEY_GOOD, "REV", 0, "a commit that does not show it yet (default: the oldest one)", 1},
    {"bad", KEY_BAD, "REV", 0, "a commit that shows it (default: HEAD)", 1},
    {"runs", KEY_RUNS, "N", 0, "a commit is good where N replays do not show it (default: 20)", 1},
    /* How `git bisect run` calls us at each commit. */
    {"step", KEY_STEP, "INPUT", OPTION_HIDDEN, 0, 0},
    {"map", KEY_MAP, "NAME", OPTION_HIDDEN, 0, 0},
    {"flavour", KEY_FLAVOUR, "NAME", OPTION_HIDDEN, 0, 0},
    {0}};

struct request {
  struct cmd_store place;
  struct cmd_common common;
  const char *key, *build, *good, *bad;
  const char *step, *map, *flavour;
  int runs;
};

static const char *revision(const struct argp_state *state, const char *option, const char *value) {
  if (*value == '-' || !*value)
    argp_error(state, "--%s=%s: give a commit, as HEAD~20 or v1.2", option, value);
  return value;
}

static void check_request(const struct request *request, const struct argp_state *state) {
  if (!request->build || !*request->build)
    argp_error(state, "say how to build a commit: --build=CMD");
  if (request->step && (!request->map || !request->flavour))
    argp_error(state, "--step wants --map and --flavour");
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  const struct {
    int key;
    const char **text;
  } texts[] = {{KEY_BUILD, &request->build},
               {KEY_STEP, &request->step},
               {KEY_MAP, &request->map},
               {KEY_FLAVOUR, &request->flavour}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    if (texts[i].key == key)
      return *texts[i].text = value, 0;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_GOOD:
    request->good = revision(state, "good", value);
    break;
  case KEY_BAD:
    request->bad = revision(state, "bad", value);
    break;
  case KEY_RUNS:
    request->runs = (int)cmd_number(state, "runs", value, 1, 1000000);
    break;
  case ARGP_KEY_ARG:
    if (request->key)
      argp_error(state, "too many arguments: %s", value);
    request->key = value;
    break;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "no KEY given");
    break;
  case ARGP_KEY_END:
    check_request(request, state);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

struct bisection {
  const struct request *request;
  const struct stored_input *input;
  char bin_dir[PATH_MAX]; /* absolute: steps run elsewhere */
  char good[COMMIT_SIZE], bad[COMMIT_SIZE];
};

/* --- before anything is touched ------------------------------------------------------------------------------- */

static int find_commit(const char *option, const char *name, char commit[COMMIT_SIZE]) {
  char *text, wanted[1024];
  snprintf(wanted, sizeof wanted, "%s^{commit}", name);
  int status = GIT_RUN(&text, "rev-parse", "--verify", "--quiet", wanted);
  snprintf(commit, COMMIT_SIZE, "%s", text);
  free(text);
  return status ? cmd_fail(CMD_USAGE, "no such commit: --%s=%s: give one that `git log` has", option, name) : CMD_OK;
}

static int find_ends(struct bisection *bisection) {
  const struct request *request = bisection->request;
  char *oldest;
  int status = find_commit("bad", request->bad, bisection->bad);
  if (status)
    return status;
  if (request->good) {
    status = find_commit("good", request->good, bisection->good);
  } else {
    status = GIT_RUN(&oldest, "rev-list", "--first-parent", "--max-parents=0", bisection->bad);
    snprintf(bisection->good, sizeof bisection->good, "%s", oldest);
    free(oldest);
  }
  if (status)
    return CMD_USAGE;
  if (strcmp(bisection->good, bisection->bad) == 0 ||
      GIT_RUN(NULL, "merge-base", "--is-ancestor", bisection->good, bisection->bad) != 0)
    return cmd_fail(CMD_USAGE, "%s does not come before %s: give a --good that --bad was made from",
                    request->good ? request->good : "the oldest commit", request->bad);
  return CMD_OK;
}

/* Goes to the work tree's top folder, where git wants to be. */
static int check_work_tree(void) {
  char *top, *changes;
  int status = GIT_RUN(&top, "rev-parse", "--show-toplevel");
  if (status == GIT_NOT_RUN)
    status = CMD_NO_TARGET;
  else if (status || !*top || chdir(top) < 0)
    status = cmd_fail(CMD_USAGE, "no git work tree here: go to the repository of the map");
  free(top);
  if (status)
    return status;
  if (GIT_RUN(NULL, "bisect", "log") == 0)
    return cmd_fail(CMD_USAGE, "a bisect is under way here: end it with `git bisect reset`");
  GIT_RUN(&changes, "status", "--porcelain", "--untracked-files=no");
  if (*changes)
    status = cmd_fail(CMD_USAGE, "the work tree has changes: commit them, or put them aside with `git stash`");
  free(changes);
  return status;
}

/* --- the bisect ----------------------------------------------------------------------------------------------- */

/* This program's own file, also once a build has put another one in its place. */
static void add_step(const struct bisection *bisection, struct arguments *arguments) {
  const struct request *request = bisection->request;
  arguments_add(arguments, "/proc/%ld/exe", (long)getpid());
  arguments_add(arguments, "bisect");
  arguments_add(arguments, "--step=%s", bisection->input->path);
  arguments_add(arguments, "--build=%s", request->build);
  arguments_add(arguments, "--bin-dir=%s", bisection->bin_dir);
  arguments_add(arguments, "--map=%s", bisection->input->map);
  arguments_add(arguments, "--flavour=%s", bisection->input->flavour);
  arguments_add(arguments, "--runs=%d", request->runs);
  arguments_add(arguments, "%s", bisection->input->key);
}

/* What the step says at that commit, which is left checked out; below 0, and a line said, where it says nothing. */
static int judge(const struct bisection *bisection, const char *commit) {
  struct arguments arguments = {0};
  if (GIT_RUN(NULL, "checkout", "-q", "--detach", commit) != 0)
    return cmd_fail(GIT_NOT_RUN, "git cannot check out %s: see `git checkout %s`", commit, commit);
  add_step(bisection, &arguments);
  int status = git_run_program(&arguments, NULL);
  arguments_free(&arguments);
  if (status > BISECT_BAD && status != BISECT_SKIP)
    return cmd_fail(GIT_NOT_RUN, "the replay at %s ended with %d: see above", commit, status);
  return status;
}

/* A bisect between ends that are not what they are taken for finds nothing true. */
static int judge_ends(const struct bisection *bisection) {
  const char *key = bisection->input->key;
  switch (judge(bisection, bisection->bad)) {
  case BISECT_BAD:
    break;
  case BISECT_GOOD:
    return cmd_fail(CMD_FINDINGS, "%s does not show at %s: give another --bad, or more --runs", key,
                    bisection->request->bad);
  case BISECT_SKIP:
    return cmd_fail(CMD_NO_TARGET, "%s is not built by --build, or not replayed: see above", bisection->request->bad);
  default:
    return CMD_FINDINGS; /* stopped, or said */
  }
  int verdict = judge(bisection, bisection->good);
  if (verdict == BISECT_BAD)
    return cmd_fail(CMD_FINDINGS, "%s shows at %.12s already: give an older --good", key, bisection->good);
  return verdict == BISECT_GOOD || verdict == BISECT_SKIP ? CMD_OK : CMD_FINDINGS;
}

static void print_first_bad(const char *commit) {
  char *text, line[1024];
  GIT_RUN(&text, "show", "-s", "--date=short", "--format=%ad, %an: %s", commit);
  visible_cut(text, 200, line, sizeof line);
  printf("first bad commit: %s\n  %s\n\nnext: git show %s\n", commit, line, commit);
  free(text);
}

/* Between the last good commit and the first bad one, none of which could be built. */
static int print_candidates(void) {
  char *commits;
  cmd_fail(0, "the first bad commit is one of these, of which only the newest could be tried:");
  GIT_RUN(&commits, "rev-list", "--max-count=100", "refs/bisect/bad", "--not", "--glob=refs/bisect/good-*");
  printf("%s\n", commits);
  free(commits);
  return CMD_FINDINGS;
}

static int run_bisect(const struct bisection *bisection) {
  struct arguments arguments = {0};
  char *bad;
  if (GIT_RUN(NULL, "bisect", "bad", bisection->bad) != 0 || GIT_RUN(NULL, "bisect", "good", bisection->good) != 0)
    return cmd_fail(CMD_USAGE, "git cannot bisect from %s to %s: try `git bisect start` by hand", bisection->good,
                    bisection->bad);
  arguments_add(&arguments, "git");
  arguments_add(&arguments, "bisect");
  arguments_add(&arguments, "run");
  add_step(bisection, &arguments);
  int status = git_run_program(&arguments, NULL);
  arguments_free(&arguments);
  if (status == GIT_STOPPED)
    return CMD_FINDINGS;
  if (status == 2)
    return print_candidates();
  if (status || GIT_RUN(&bad, "rev-parse", "refs/bisect/bad") != 0)
    return cmd_fail(CMD_USAGE, "git bisect run ended with %d: see above", status);
  print_first_bad(bad);
  free(bad);
  return CMD_OK;
}

static bool are_neighbours(const struct bisection *bisection) {
  char range[2 * COMMIT_SIZE + 4], *count;
  snprintf(range, sizeof range, "%s..%s", bisection->good, bisection->bad);
  GIT_RUN(&count, "rev-list", "--count", range);
  bool one = strcmp(count, "1") == 0;
  free(count);
  return one;
}

static int bisect_between(const struct bisection *bisection) {
  int status = judge_ends(bisection);
  if (status)
    return status;
  if (!are_neighbours(bisection))
    return run_bisect(bisection);
  print_first_bad(bisection->bad);
  return CMD_OK;
}

static int bisect(struct bisection *bisection) {
  int status = check_work_tree();
  if (!status)
    status = find_ends(bisection);
  if (status)
    return status;
  if (GIT_RUN(NULL, "bisect", "start") != 0)
    return cmd_fail(CMD_USAGE, "git bisect start fails: try it by hand");
  status = bisect_between(bisection);
  if (GIT_RUN(NULL, "bisect", "reset") != 0)
    status = cmd_fail(CMD_USAGE, "git bisect reset fails: the work tree is not where it was: see `git status`");
  else if (replay_stop_asked())
    status = cmd_fail(CMD_FINDINGS, "stopped: the work tree is where it was");
  return status;
}

/* --- the command ---------------------------------------------------------------------------------------------- */

static int find_bin_dir(const char *given, char bin_dir[PATH_MAX]) {
  char here[PATH_MAX];
  const char *name = given ? given : target_own_folder();
  if (!getcwd(here, sizeof here))
    return cmd_fail(CMD_USAGE, "the current folder is gone (%s): go elsewhere", strerror(errno));
  int length =
      *name == '/' ? snprintf(bin_dir, PATH_MAX, "%s", name) : snprintf(bin_dir, PATH_MAX, "%s/%s", here, name);
  return length >= PATH_MAX ? cmd_fail(CMD_USAGE, "too long a path: --bin-dir=%s", name) : CMD_OK;
}

static int take_step(const struct request *request) {
  struct bisect_step step = {&request->common, request->build,   request->step, request->key,
                             request->map,     request->flavour, request->runs};
  return bisect_step(&step);
}

static int bisect_key(const struct request *request) {
  struct bisection bisection = {.request = request};
  struct stored_input input;
  int status = find_bin_dir(request->common.bin_dir, bisection.bin_dir);
  struct store *store = status ? NULL : cmd_open_store(&request->place, STORE_READ, &status);
  if (!store)
    return status;
  replay_hold_signals();
  status = stored_input_take(store, request->key, &input);
  store_close(store);
  if (status)
    return status;
  bisection.input = &input;
  if (!freopen("/dev/null", "r", stdin)) /* nothing that is run may ask */
    status = cmd_fail(CMD_USAGE, "cannot open /dev/null: %s", strerror(errno));
  else
    status = bisect(&bisection);
  stored_input_drop(&input);
  return status;
}

int cmd_bisect(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "KEY",
      .doc =
          "Find the commit with which KEY began to show: git bisect in this repository, where each commit is built by "
          "CMD and the stored input replayed.  A commit is bad where this very key shows, good where it does not, and "
          "passed over where CMD fails.  The work tree must have no changes, and is where it was at the end, after "
          "Ctrl-C too."
          "\vExit status: 0 found, 1 not found (it does not show at --bad, shows at --good, or what is in between "
          "cannot be built), 2 the work tree or the commits will not do, 3 the key, its input or the store is not "
          "there, 4 --bad cannot be built or replayed.\n\n"
          "Examples:\n"
          "  heddle bisect 98b6b4d1 --build='make build' --good=v1.2\n"
          "  heddle bisect 98b6b4d1 --build='ninja -C build' --bin-dir=build/bin --runs=100",
      .children = children};
  struct request request = {.bad = "HEAD", .runs = RUNS};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  return request.step ? take_step(&request) : bisect_key(&request);
}
