/* replay.c - see replay.h. */
#define _GNU_SOURCE
#include "target/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure/failure.h"
#include "flavour/flavour.h"
#include "hooks/hooks.h"
#include "target/crash.h"
#include "target/describe.h"
#include "target/input.h"
#include "target/report_text.h"
#include "target/run.h"
#include "target/steps.h"
#include "target/symbols.h"
#include "target/trace.h"
#include "triage/finding/finding.h"

static struct program program;
static struct execution execution;

static void take_snapshot(void *arg) {
  (void)arg;
  execution.ops->snapshot(execution.map, &execution.snapshot);
}

/* A run that was left in the middle still has its map, in whatever state: looking at it may crash. */
static void inspect(struct execution *left) {
  if (left->inspected || left->finished || !left->map)
    return;
  left->inspected = crash_guard(take_snapshot, NULL);
}

static char *print_to_text(void (*print)(FILE *out, const struct program *program)) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    abort();
  print(out, &program);
  fclose(out);
  return text;
}

static json_t *sites_to_json(const struct finding *finding) {
  static char sites[KEY_SITES_MAX][FINDING_SITE_SIZE];
  size_t count = finding_sites(finding, sites, KEY_SITES_MAX);
  json_t *list = json_array();
  for (size_t i = 0; i < count; i++)
    json_array_append_new(list, json_string(sites[i]));
  return list;
}

static json_t *finding_summary(const struct finding *finding, uint64_t point) {
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "key", finding->key, "raw", finding->raw, "kind",
                   finding->kind, "oracle", finding->oracle, "guarantee", finding->guarantee, "point",
                   (json_int_t)point, "sites", sites_to_json(finding));
}

static void print_json(const struct run_result *result, json_t *failures) {
  char digest[17];
  snprintf(digest, sizeof digest, "%016" PRIx64, result->digest);
  json_t *line = json_pack("{s:s, s:I, s:I, s:I, s:s, s:O}", "digest", digest, "points", (json_int_t)result->points,
                           "switches", (json_int_t)result->switches, "operations", (json_int_t)result->operations,
                           "outcome", sched_outcome_text(result->outcome), "failures", failures);
  json_dumpf(line, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(line);
}

/* False, and one line on stderr, where a finding cannot be stored. */
static bool file_finding(const struct options *options, const struct failure *failure, struct finding *finding) {
  struct finding_error error;
  struct finding_interleaving interleaving;
  if (options->clock && !finding_read_clock(options->clock, finding, &error)) {
    fprintf(stderr, "heddle: %s\n", error.text);
    return false;
  }
  size_t keep = options->keep_all ? 0 : FINDING_INPUTS_KEPT;
  if (finding_is_known(options->findings, finding, keep))
    return true;
  bool told = steps_take(failure, &program, &interleaving);
  finding->interleaving = told ? &interleaving : NULL;
  enum finding_result result = finding_write(options->findings, finding, keep, &error);
  finding->interleaving = NULL;
  if (told)
    steps_free(&interleaving);
  if (result != FINDING_FAILED)
    return true;
  fprintf(stderr, "heddle: %s\n", error.text);
  return false;
}

/* The keys of all failures of the run, before one of them is described: that takes the same room. */
struct run_keys {
  char keys[FAILURES_MAX][KEY_TEXT_SIZE];
  size_t count;
};

static void describe_keys(struct run_keys *run_keys) {
  run_keys->count = failure_count();
  for (size_t i = 0; i < run_keys->count; i++)
    describe_key(failure_at(i), run_keys->keys[i]);
}

/* What else the run showed, each key once. */
static void add_others(const struct run_keys *run_keys, struct finding *finding) {
  finding->also_known = true;
  for (size_t i = 0; i < run_keys->count && finding->also_count < FINDING_ALSO_MAX; i++) {
    bool known = strcmp(run_keys->keys[i], finding->key) == 0;
    for (size_t j = 0; j < finding->also_count && !known; j++)
      known = strcmp(run_keys->keys[i], finding->also[j]) == 0;
    if (!known)
      memcpy(finding->also[finding->also_count++], run_keys->keys[i], KEY_TEXT_SIZE);
  }
}

/* Describes, files and prints one failure; false where it could not be filed. */
static bool tell(const struct options *options, const struct described_run *run, const struct run_keys *run_keys,
                 size_t index, json_t *failures) {
  static struct finding finding;
  describe(failure_at(index), run, &finding);
  add_others(run_keys, &finding);
  bool filed = !options->findings || file_finding(options, failure_at(index), &finding);
  json_array_append_new(failures, finding_summary(&finding, failure_at(index)->point));
  if (options->json)
    return filed;
  printf("\n%zu. ", json_array_size(failures));
  describe_print(stdout, &finding, options->color);
  return filed;
}

/* All failures of the run; then, unless a signal ended it, of a second one whether it took the same interleaving. */
static bool tell_all(const struct options *options, const struct described_run *run, json_t *failures) {
  static struct run_keys run_keys;
  bool filed = true;
  describe_keys(&run_keys);
  for (size_t i = 0; i < failure_count(); i++)
    filed &= tell(options, run, &run_keys, i, failures);
  struct run_result again = *run->result;
  bool killed = crash_seen();
  if (!killed && run_again(&program, run->subject, &execution, &again))
    filed &= tell(options, run, &run_keys, failure_count() - 1, failures);
  return filed;
}

static void print_outcome(const struct map_ops *map, const struct run_result *result) {
  printf("%s (%s): %s after %" PRIu64 " points, %" PRIu64 " switches, %" PRIu64 " operations; digest %016" PRIx64 "\n",
         map->name, FLAVOUR_NAME, sched_outcome_text(result->outcome), result->points, result->switches,
         result->operations, result->digest);
}

static bool write_chrome(const char *path) {
  if (trace_write_chrome(path, &program))
    return true;
  fprintf(stderr, "heddle: %s: %s; give a file that can be written\n", path, strerror(errno));
  return false;
}

static uint64_t break_at;

/* A debugger's breakpoint where another flavour saw the failure: the access comes next. */
static void stop_at_point(void *context, const struct sched_step *step) {
  (void)context;
  if (step->point + 1 == break_at)
    heddle_failure(NULL);
}

int replay(const struct options *options, const struct subject *subject, const char *program_path) {
  struct input input;
  struct run_result result;
  if (!input_read(options->input, &input))
    return EXIT_UNREADABLE;
  symbols_init(program_path);
  failure_init(symbols_build_id());
  run_init(options->carrier);
  hooks_keep_reports(true);
  subject_decode(subject, input.bytes, input.size, &program);
  bool traced = options->trace || options->chrome || options->break_at == 0;
  if (traced)
    trace_begin();
  break_at = options->break_at;
  if (break_at && !traced)
    sched_set_trace(stop_at_point, NULL);
  run_program(&program, subject, &execution, inspect, &result);
  sched_set_trace(NULL, NULL);
  if (options->trace)
    trace_print(stdout, &program, options->color);
  if (!options->json)
    print_outcome(subject->map, &result);

  char *program_text = print_to_text(program_print), *schedule_text = print_to_text(program_print_schedule);
  char *report = report_text_with_names(hooks_report_text());
  struct described_run run = {.program = &program,
                              .subject = subject,
                              .execution = &execution,
                              .result = &result,
                              .report = report,
                              .program_text = program_text,
                              .schedule_text = schedule_text,
                              .input = input.bytes,
                              .input_size = input.size};
  json_t *failures = json_array();
  bool well = tell_all(options, &run, failures);
  bool found = json_array_size(failures) > 0;
  if (options->json)
    print_json(&result, failures);
  json_decref(failures);
  if (options->chrome && !write_chrome(options->chrome))
    well = false;
  free(report);
  free(program_text);
  free(schedule_text);
  input_free(&input);
  fflush(stdout);
  if (found)
    return EXIT_FOUND; /* told, whether or not it could be filed */
  return well ? EXIT_NOTHING : EXIT_UNREADABLE;
}
