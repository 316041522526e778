/* chaos.c - `heddle chaos`: from options to a plan of experiments. */
#include "triage/cmd/chaos.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/campaign/target.h"
#include "triage/cmd/chaos_sensitivity.h"
#include "triage/cmd/replay.h"
#include "triage/experiment/machine.h"
#include "triage/reliability/slo.h"

enum {
  KEY_FLAVOUR = 0x100,
  KEY_TRIALS,
  KEY_SEED,
  KEY_TIMEOUT,
  KEY_JSON,
  KEY_OUTPUT,
  KEY_SENSITIVITY,
  KEY_VIRTUAL,
  KEY_SLICE,
  KEY_SLO,
  KEY_MTTR,
  KEY_SETTING = 0x600
};

#define SLICE 10000
#define PROGRAM_MAX ((size_t)1 << 30)

static const struct argp_option own_options[] = {
    {"flavour", KEY_FLAVOUR, "NAME", 0, "plain (default), tsan or asan", 1},
    {"trials", KEY_TRIALS, "N", 0, "trials of each workload (default: 50)", 1},
    {"seed", KEY_SEED, "N", 0, "what every trial's own seed follows from (default: 1)", 1},
    {"timeout", KEY_TIMEOUT, "S", 0, "an operation that takes longer than so many seconds hangs (default: 10)", 1},
    {"sensitivity", KEY_SENSITIVITY, 0, 0, "try one workload with other threads, capacities and keys too, and compare",
     1},
    {"virtual", KEY_VIRTUAL, 0, 0,
     "no threads, but the fuzzing engine's scheduler: time is operations, and comes again", 1},
    {"slice", KEY_SLICE, "N", 0,
     "with --virtual: scheduling points from switch to switch, on the average (default: 10000); "
     "1 chooses anew at each",
     1},
    {"slo", KEY_SLO, "SHARE", 0, "an availability that is promised, as 99.99%: does the MTBF keep it?", 2},
    {"mttr", KEY_MTTR, "TIME", 0, "with --slo: how long a repair takes, as 8min", 2},
    {"json", KEY_JSON, 0, 0, "print the results as JSON", 2},
    {"output", KEY_OUTPUT, "FILE", 0, "write them to FILE, as JSON", 2},
};
#define OWN_OPTIONS (sizeof own_options / sizeof *own_options)

struct request {
  struct cmd_store place;
  struct cmd_common common;
  struct chaos_plan plan;
  const char *values[WORKLOAD_SETTING_COUNT]; /* as given; NULL: not */
  const char *output, *slo, *mttr;
  uint64_t slice; /* 0: not given */
  bool is_virtual, json;
};

static double seconds(const struct argp_state *state, const char *option, const char *text, double most) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (errno || end == text || *end || !(value > 0 && value <= most))
    argp_error(state, "--%s=%s: give seconds, above 0 and at most %g", option, text, most);
  return value;
}

/* The values of a list, cut out of `copy`.  Only `pin` has commas of its own. */
static size_t cut_list(const struct argp_state *state, enum workload_setting setting, char *copy,
                       const char *values[CHAOS_CELLS_MAX]) {
  size_t count = 0;
  if (setting == WORKLOAD_pin) {
    values[count++] = copy;
    return count;
  }
  for (char *rest = copy; rest; values[count++] = strsep(&rest, ","))
    if (count == CHAOS_CELLS_MAX)
      argp_error(state, "--%s: more than %d values", workload_settings[setting].name, CHAOS_CELLS_MAX);
  return count;
}

/* In place of each cell one for every value of the list. */
static void multiply(const struct argp_state *state, struct chaos_plan *plan, enum workload_setting setting,
                     const char *list) {
  char error[WORKLOAD_ERROR], *copy = strdup(list);
  const char *values[CHAOS_CELLS_MAX];
  if (!copy)
    abort();
  size_t count = cut_list(state, setting, copy, values), made = 0;
  if (count * plan->count > CHAOS_CELLS_MAX)
    argp_error(state, "more than %d workloads: give shorter lists", CHAOS_CELLS_MAX);
  struct chaos_cell *cells = calloc(count * plan->count, sizeof *cells);
  if (!cells)
    abort();
  for (size_t i = 0; i < plan->count; ++i)
    for (size_t j = 0; j < count; ++j) {
      cells[made] = plan->cells[i];
      if (!workload_set(&cells[made++].workload, setting, values[j], error))
        argp_error(state, "%s", error);
    }
  free(copy);
  free(plan->cells);
  plan->cells = cells;
  plan->count = made;
}

/* What --virtual asks of the workload by itself. */
static void set_virtual(const struct argp_state *state, struct request *request) {
  if (request->slice && !request->is_virtual)
    argp_error(state, "--slice is for --virtual");
  if (!request->is_virtual)
    return;
  if (strcmp(request->plan.flavour, "plain") != 0)
    argp_error(state, "--virtual --flavour=%s: a run goes on after a report, so its operations say nothing: take plain",
               request->plan.flavour);
  request->plan.slice = request->slice ? request->slice : SLICE;
  if (!request->values[WORKLOAD_keys])
    request->values[WORKLOAD_keys] = "65536";
  if (!request->values[WORKLOAD_jitter])
    request->values[WORKLOAD_jitter] = "none";
}

static void make_cells(const struct argp_state *state, struct request *request) {
  struct chaos_plan *plan = &request->plan;
  plan->cells = calloc(1, sizeof *plan->cells);
  plan->count = 1;
  if (!plan->cells)
    abort();
  workload_init(&plan->cells->workload);
  if (request->values[WORKLOAD_duration] && !request->values[WORKLOAD_operations])
    request->values[WORKLOAD_operations] = "0"; /* the time alone is the bound then */
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i)
    if (request->values[i])
      multiply(state, plan, (enum workload_setting)i, request->values[i]);
  for (size_t i = 0; i < plan->count; ++i) {
    const struct workload *workload = &plan->cells[i].workload;
    if (workload->operations == 0 && workload->duration_s == 0)
      argp_error(state, "--operations=0 without a --duration: a trial must end");
    for (size_t j = 0; j < i; ++j) {
      char a[WORKLOAD_TEXT], b[WORKLOAD_TEXT];
      workload_print(workload, a);
      workload_print(&plan->cells[j].workload, b);
      if (strcmp(a, b) == 0)
        argp_error(state, "a list has the same value twice");
    }
  }
}

static void set_slo(const struct argp_state *state, struct request *request) {
  struct decimal share, mttr;
  const char *wrong;
  if (!request->slo != !request->mttr)
    argp_error(state, "--slo and --mttr are given together, as --slo=99.99%% --mttr=8min");
  if (!request->slo)
    return;
  if (request->is_virtual)
    argp_error(state, "--slo is a promise in seconds, and --virtual counts operations: leave one of them out");
  if ((wrong = decimal_parse_share(request->slo, &share)))
    argp_error(state, "--slo=%s: %s", request->slo, wrong);
  if ((wrong = decimal_parse_duration(request->mttr, &mttr)))
    argp_error(state, "--mttr=%s: %s", request->mttr, wrong);
  request->plan.slo_threshold_s = slo_threshold(share, mttr);
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  struct chaos_plan *plan = &request->plan;
  if (key >= KEY_SETTING && key < KEY_SETTING + WORKLOAD_SETTING_COUNT) {
    request->values[key - KEY_SETTING] = value;
    return 0;
  }
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_FLAVOUR:
    plan->flavour = value;
    break;
  case KEY_TRIALS:
    plan->trials = (uint64_t)cmd_number(state, "trials", value, 1, 1000000);
    break;
  case KEY_SEED:
    plan->seed = (uint64_t)cmd_number(state, "seed", value, 0, INT64_MAX);
    break;
  case KEY_TIMEOUT:
    plan->timeout_s = seconds(state, "timeout", value, 86400);
    break;
  case KEY_SENSITIVITY:
    plan->sensitivity = true;
    break;
  case KEY_VIRTUAL:
    request->is_virtual = true;
    break;
  case KEY_SLICE:
    request->slice = (uint64_t)cmd_number(state, "slice", value, 1, 1 << 24);
    break;
  case KEY_SLO:
    request->slo = value;
    break;
  case KEY_MTTR:
    request->mttr = value;
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_OUTPUT:
    request->output = value;
    break;
  case ARGP_KEY_ARG:
    argp_error(state, "what is `%s`? Settings are given as --map=gomap", value);
    break;
  case ARGP_KEY_END:
    set_virtual(state, request);
    make_cells(state, request);
    set_slo(state, request);
    if (plan->sensitivity && request->is_virtual)
      argp_error(state, "--sensitivity is of real threads: leave --virtual out");
    if (plan->sensitivity && plan->count > 1)
      argp_error(state, "--sensitivity varies one workload: give no lists with it");
    if (plan->sensitivity)
      chaos_vary(plan);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* ---- the program ---- */

static int find_program(const struct cmd_common *common, const struct chaos_plan *plan, struct chaos_cell *cell) {
  struct finding_error error;
  size_t size;
  bool found =
      plan->slice
          ? target_path(common->bin_dir, cell->workload.map, plan->flavour, cell->program, sizeof cell->program, &error)
          : target_chaos_path(common->bin_dir, plan->flavour, cell->program, sizeof cell->program, &error);
  if (!found)
    return cmd_fail(CMD_NO_TARGET, "%s", error.text);
  char *bytes = files_read(cell->program, PROGRAM_MAX, &size);
  if (!bytes)
    return cmd_fail(CMD_NO_TARGET, "cannot read (%s): %s: %s", strerror(errno), cell->program, files_advice(errno));
  files_sha1(bytes, size, cell->build_id);
  free(bytes);
  return CMD_OK;
}

/* Of every cell; neighbours mostly have the same. */
static int find_programs(const struct cmd_common *common, struct chaos_plan *plan) {
  struct finding_error error;
  if (plan->slice && !target_chaos_path(common->bin_dir, "input", plan->generator, sizeof plan->generator, &error))
    return cmd_fail(CMD_NO_TARGET, "%s", error.text);
  for (size_t i = 0; i < plan->count; ++i) {
    struct chaos_cell *cell = &plan->cells[i], *before = i ? &plan->cells[i - 1] : NULL;
    if (before && (!plan->slice || strcmp(before->workload.map, cell->workload.map) == 0)) {
      memcpy(cell->program, before->program, sizeof cell->program);
      memcpy(cell->build_id, before->build_id, sizeof cell->build_id);
    } else {
      int status = find_program(common, plan, cell);
      if (status)
        return status;
    }
  }
  return CMD_OK;
}

/* ---- the end ---- */

static int write_output(const char *path, const json_t *json) {
  char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  if (!text)
    abort();
  int error = files_replace(path, text, strlen(text), false);
  free(text);
  return error ? cmd_fail(CMD_USAGE, "cannot write (%s): %s: %s", strerror(error), path, files_advice(error)) : CMD_OK;
}

static int tell(const struct request *request) {
  int status = CMD_OK;
  json_t *json = request->json || request->output ? chaos_json(&request->plan) : NULL;
  if (request->output)
    status = write_output(request->output, json);
  if (request->json) {
    json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    putchar('\n');
  } else {
    chaos_print(&request->plan, text_style(text_use_color(stdout, request->common.color)));
  }
  json_decref(json);
  for (size_t i = 0; i < request->plan.count && !status; ++i)
    if (results_count(&request->plan.cells[i].results, RESULTS_FAILED))
      status = CMD_FINDINGS;
  return status;
}

static int run(struct request *request) {
  struct chaos_plan *plan = &request->plan;
  int status = find_programs(&request->common, plan);
  if (status)
    return status;
  machine_describe(plan->machine, sizeof plan->machine);
  struct store *store = cmd_open_store(&request->place, STORE_CREATE, &status);
  if (!store)
    return status;
  status = chaos_run(plan, store);
  store_close(store);
  return status ? status : tell(request);
}

/* The command line, for who is to type it again; the caller frees it. */
static char *quote_command(int argc, char **argv) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    abort();
  fputs(argv[0], out);
  for (int i = 1; i < argc; ++i) {
    char *word = cmd_quote(argv[i]);
    fprintf(out, " %s", word);
    free(word);
  }
  fclose(out);
  return text;
}

/* Ours and the workload's settings; static, for argp keeps pointing to them. */
static const struct argp_option *all_options(void) {
  static struct argp_option options[OWN_OPTIONS + WORKLOAD_SETTING_COUNT + 1];
  static char help[WORKLOAD_SETTING_COUNT][256];
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    const struct workload_setting_text *setting = &workload_settings[i];
    snprintf(help[i], sizeof help[i], "%s (default: %s)", setting->help, setting->standard);
    options[i] = (struct argp_option){setting->name, KEY_SETTING + (int)i, setting->value, 0, help[i], 0};
  }
  memcpy(options + WORKLOAD_SETTING_COUNT, own_options, sizeof own_options);
  return options;
}

int cmd_chaos(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  const struct argp argp = {
      .options = all_options(),
      .parser = parse,
      .doc =
          "Let threads loose on a map, as they run in production: no scheduler, no instrumentation but the sanitizer "
          "asked for.  Each trial is a process of its own, which runs until it fails (the map's guard, a signal, a "
          "sanitizer's report, a map that is broken at rest, a hang) or its work is done.  What every trial came to is "
          "in "
          "the store when it ends: the same command again goes on where it was interrupted, and makes no trial "
          "twice.\n\n"
          "The settings of a workload may be lists, with commas, except --pin: every combination is tried, a trial of "
          "each in turn, and the tables compare them.  Of a map that allows less than the workload asks for, a failure "
          "is what was to be expected."
          "\vExit status: 0 every trial survived, 1 some failed, 2 wrong usage, 3 the store is unreadable, 4 the "
          "program "
          "does not start.\n\n"
          "Examples:\n"
          "  heddle chaos --map=gomap,rwmap --distribution=uniform,zipf:0.99,hot\n"
          "  heddle chaos --map=striped --mix=mixed --threads=16 --duration=2 --trials=10 --flavour=tsan",
      .children = children};
  struct request request = {.plan = {.flavour = "plain", .trials = 50, .seed = 1, .timeout_s = 10}};
  char *command = quote_command(argc, argv);
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  request.plan.command = command;
  replay_hold_signals();
  int status = run(&request);
  for (size_t i = 0; i < request.plan.count; ++i)
    results_free(&request.plan.cells[i].results);
  free(request.plan.cells);
  free(command);
  return status;
}
