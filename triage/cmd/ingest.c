/* ingest.c - `heddle ingest`: takes the reports in logs, and a campaign's findings, into the store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/cmd/cmd.h"
#include "triage/cmd/cmd_store.h"
#include "triage/cmd/inputs.h"
#include "triage/cmd/totals.h"
#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"
#include "triage/parse/folder.h"
#include "triage/parse/parse.h"

#define BATCH_S 1.0
#define INPUT_LIMIT ((size_t)64 << 20)
#define FOREIGN_INPUT_LIMIT ((size_t)4 << 20) /* of a larger one the path is kept */
#define DOCUMENT_LIMIT ((size_t)16 << 20)

enum { KEY_ROOT = 0x100 };

static const struct argp_option options[] = {{"root", KEY_ROOT, "DIR", 0, "the source root, taken off file names", 1},
                                             {0}};

struct request {
  struct cmd_store place;
  const char *source_root;
  struct cmd_words paths;
};

/* Reports of one file that are not whole. */
struct broken {
  uint64_t count, line; /* of the first */
};

/* The one ingestion of this process. */
struct intake {
  struct store *store;
  struct parser *parser;
  struct inputs *inputs;
  char path[PATH_MAX]; /* of the file being read */
  int64_t seen_s;      /* when it was written */
  struct broken truncated, cut;
  double batch_began_s;
  struct totals *totals;
  uint64_t results[STORE_FAILED + 1], files, unreadable, with_input;
  bool failed; /* the store did not take something, and said so */
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->paths;
    break;
  case KEY_ROOT:
    request->source_root = value;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* ---- the store's side ---- */

static void fail(struct intake *intake, const struct finding_error *error) {
  if (!intake->failed)
    cmd_fail(0, "%s", error->text);
  intake->failed = true;
}

static void print_progress(const struct intake *intake) {
  char text[TEXT_SIZE];
  uint64_t count = 0;
  for (size_t i = 0; i < STORE_FAILED; i++)
    count += intake->results[i];
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\rheddle: %s; %.*s\033[K", text_things(count, "report", text), text_width(stderr) - 40,
            intake->path);
}

/* Commits once a second, so that another process gets its turn; what was taken in until then is safe from Ctrl-C. */
static void end_batch(struct intake *intake, bool now) {
  struct finding_error error;
  if (intake->failed || (!now && process_clock_s() - intake->batch_began_s < BATCH_S))
    return;
  if (!store_commit(intake->store, &error) || (!now && !store_begin(intake->store, &error)))
    fail(intake, &error);
  intake->batch_began_s = process_clock_s();
  if (!now)
    print_progress(intake);
}

static void put(struct intake *intake, const struct store_occurrence *occurrence) {
  struct finding_error error;
  if (intake->failed)
    return;
  enum store_result result = store_put_occurrence(intake->store, occurrence, cmd_now_s(), &error);
  intake->results[result]++;
  if (result == STORE_FAILED)
    fail(intake, &error);
  end_batch(intake, false);
}

/* ---- logs ---- */

/* What made the program fail, where it is at hand; the caller frees it.  Which report it is does not hang on it: sha1
 * stays the text's, so that the same log is the same when the input has gone. */
static char *take_input(struct intake *intake, const char *named, struct store_occurrence *occurrence) {
  static char path[PATH_MAX];
  if (!inputs_claim(intake->inputs, intake->path, named, path))
    return NULL;
  intake->with_input++;
  occurrence->input_path = path;
  char *bytes = files_read(path, FOREIGN_INPUT_LIMIT, &occurrence->input_size);
  occurrence->input = (const uint8_t *)bytes;
  return bytes;
}

static void note_broken(struct broken *broken, bool is, const struct parse_report *report) {
  if (is && broken->count++ == 0)
    broken->line = report->line;
}

/* One line a file, for a log may have thousands of them. */
static void tell_broken(const struct intake *intake, const struct broken *broken, const char *what) {
  char more[TEXT_SIZE];
  if (broken->count == 0)
    return;
  text_things(broken->count - 1, "more report", more);
  cmd_fail(0, "%s:%llu: %s: taken in as far as it goes%s%s%s", intake->path, (unsigned long long)broken->line, what,
           broken->count > 1 ? " (and so " : "", broken->count > 1 ? more : "", broken->count > 1 ? ")" : "");
}

static void take_report(void *context, const struct parse_report *report) {
  struct intake *intake = context;
  note_broken(&intake->truncated, report->truncated, report);
  note_broken(&intake->cut, report->cut && !report->truncated, report);
  struct store_occurrence occurrence;
  char *sites = store_print_sites(&report->finding);
  if (!sites)
    abort();
  store_from_finding(&occurrence, &report->finding, sites);
  occurrence.source = intake->path;
  occurrence.index = report->index;
  occurrence.seen_s = intake->seen_s;
  json_t *json = finding_to_json(&report->finding);
  char *document = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
  occurrence.document = document;
  char *input = take_input(intake, report->artifact, &occurrence);
  put(intake, &occurrence);
  free(input);
  free(document);
  json_decref(json);
  free(sites);
}

/* ---- a campaign's findings ---- */

/* The store's name for what was run of the finding's map; 0 where that is not known. */
static int64_t campaign_of(struct intake *intake, const char *out, const char *map) {
  struct finding_error error;
  int64_t id = 0;
  if (!intake->failed && totals_put(intake->totals, out, map, &id, &error) == TOTALS_FAILED)
    fail(intake, &error);
  return id;
}

/* `path` without its last `count` components. */
static void climb(char *path, int count) {
  for (; count > 0; count--) {
    char *slash = strrchr(path, '/');
    *(slash ? slash : path) = '\0';
  }
}

static char *text_beside(const char *folder, const char *name) {
  struct finding_error ignored;
  return finding_read_text(folder, name, &ignored);
}

/* A finding's folder: with its texts, its input, and what the campaign had run. */
static bool take_finding(struct intake *intake, struct finding_error *error) {
  char folder[PATH_MAX], out[PATH_MAX], input_path[PATH_MAX + 16];
  struct finding finding;
  struct store_occurrence occurrence;
  size_t size;
  const char *path = intake->path;
  if (!finding_read(path, &finding, error))
    return false;
  snprintf(folder, sizeof folder, "%s", path);
  climb(folder, 1);
  snprintf(out, sizeof out, "%s", folder);
  climb(out, 3);
  snprintf(input_path, sizeof input_path, "%s/%s", folder, FINDING_INPUT);
  char *report = text_beside(folder, FINDING_REPORT), *program = text_beside(folder, FINDING_PROGRAM),
       *schedule = text_beside(folder, FINDING_SCHEDULE), *sites = store_print_sites(&finding),
       *input = files_read(input_path, INPUT_LIMIT, &finding.input_size),
       *document = files_read(path, DOCUMENT_LIMIT, &size);
  if (!sites)
    abort();
  finding.report = report;
  finding.program = program;
  finding.schedule = schedule;
  finding.input = (const uint8_t *)input;
  store_from_finding(&occurrence, &finding, sites);
  occurrence.source = path;
  occurrence.seen_s = intake->seen_s;
  occurrence.campaign = campaign_of(intake, out, finding.map);
  occurrence.input_path = input_path;
  occurrence.document = document;
  put(intake, &occurrence);
  char *const texts[] = {report, program, schedule, sites, input, document};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    free(texts[i]);
  finding_free(&finding);
  return true;
}

/* ---- files ---- */

static void complain(void *context, const char *line) {
  struct intake *intake = context;
  intake->unreadable++;
  cmd_fail(0, "%s", line);
}

static void read_log(struct intake *intake) {
  struct finding_error error;
  intake->truncated = intake->cut = (struct broken){0};
  switch (parse_file(intake->parser, intake->path, &error)) {
  case PARSE_REPORTS:
    intake->files++;
    break;
  case PARSE_NOTHING:
    cmd_fail(0, "%s: no report of a sanitizer, an engine or Go in it: passed over", intake->path);
    break;
  case PARSE_UNREADABLE:
    complain(intake, error.text);
    break;
  }
  tell_broken(intake, &intake->truncated, "the report ends in the middle");
  tell_broken(intake, &intake->cut, "the report is too large");
}

/* False: it is no campaign's, and may be a log of that name. */
static bool take_totals(struct intake *intake) {
  char out[PATH_MAX];
  struct finding_error error;
  snprintf(out, sizeof out, "%s", intake->path);
  climb(out, 1);
  enum totals_result result = totals_put_all(intake->totals, out, &error);
  if (result == TOTALS_FAILED)
    fail(intake, &error);
  return result != TOTALS_NONE;
}

static void read_file(void *context, const struct folder_file *file) {
  struct intake *intake = context;
  struct finding_error error;
  struct stat status;
  if (file->sort == FOLDER_INPUT || intake->failed)
    return;
  if (!realpath(file->path, intake->path) || stat(intake->path, &status) < 0) {
    snprintf(error.text, sizeof error.text, "%s: %s", file->path, strerror(errno));
    complain(intake, error.text);
    return;
  }
  intake->seen_s = (int64_t)status.st_mtime;
  if (file->sort == FOLDER_CAMPAIGN && take_totals(intake))
    return;
  if (file->sort != FOLDER_FINDING)
    read_log(intake);
  else if (take_finding(intake, &error))
    intake->files++;
  else
    complain(intake, error.text);
}

/* ---- the command ---- */

static void print_results(const struct intake *intake, const char *store) {
  char files[TEXT_SIZE], fresh[TEXT_SIZE], more[TEXT_SIZE], known[TEXT_SIZE];
  const uint64_t *results = intake->results;
  printf("%s with reports: %s, %s of keys known, %s taken in before\n", text_things(intake->files, "file", files),
         text_things(results[STORE_NEW_KEY], "new key", fresh),
         text_things(results[STORE_NEW_OCCURRENCE] + results[STORE_NEW_REGRESSION], "more occurrence", more),
         text_count(results[STORE_KNOWN], known));
  if (results[STORE_NEW_REGRESSION] > 0)
    printf("%s of keys that were fixed: regressed\n", text_things(results[STORE_NEW_REGRESSION], "occurrence", more));
  if (intake->with_input > 0)
    printf("%s with the input that it names\n", text_things(intake->with_input, "report", more));
  if (totals_without_findings(intake->totals) > 0)
    printf("%s without findings, of which the time counts\n",
           text_things(totals_without_findings(intake->totals), "campaign", more));
  inputs_tell_others(intake->inputs);
  char *quoted = cmd_quote(store);
  printf("\nnext: heddle report --store=%s\n", quoted);
  free(quoted);
}

static int ingest(struct intake *intake, const struct request *request) {
  struct finding_error error;
  const struct folder_reader reader = {read_file, complain, intake};
  if (!store_begin(intake->store, &error))
    return cmd_fail(CMD_USAGE, "%s", error.text);
  intake->batch_began_s = process_clock_s();
  for (size_t i = 0; i < request->paths.count; i++)
    folder_walk(request->paths.texts[i], &reader);
  end_batch(intake, true);
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
  if (intake->failed)
    return CMD_USAGE;
  print_results(intake, request->place.path);
  return intake->files == 0 && totals_without_findings(intake->totals) == 0 ? CMD_UNREADABLE : CMD_OK;
}

int cmd_ingest(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_words_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "PATH...",
      .doc =
          "Take reports into the store: from logs (of ThreadSanitizer, AddressSanitizer and their like, libFuzzer, Go, "
          "KCSAN, honggfuzz), from what `heddle fuzz` left in its --out, from folders of either.  The input that "
          "a report names is kept with it where it lies beside the log or among the PATHs; inputs that AFL++, "
          "libFuzzer "
          "and honggfuzz left without a report are counted.  A campaign that found nothing is taken in too: what it "
          "had run "
          "counts for `heddle mtbf`.  What was taken in before is known and changes nothing."
          "\vExit status: 0 there were reports, or campaigns without any, 2 the store could not be written, 3 there "
          "was nothing that could be "
          "read.  Files that cannot be read are told; the others are taken in all the same.\n\n"
          "Examples:\n"
          "  heddle ingest out\n"
          "  heddle ingest --store=ci.db logs/*.txt\n"
          "  heddle ingest afl-out HONGGFUZZ.REPORT.TXT fuzz-0.log",
      .children = children};
  struct request request = {.paths.what = "PATH"};
  struct intake intake = {.store = NULL};
  int status;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  intake.store = cmd_open_store(&request.place, STORE_CREATE, &status);
  if (!intake.store)
    return status;
  struct parse_options parsing = {.source_root = request.source_root, .symbolizer = symbolizer_open()};
  intake.totals = totals_open(intake.store);
  intake.inputs = inputs_open(&request.paths);
  intake.parser = parse_open(&parsing, take_report, &intake);
  if (!intake.parser)
    abort();
  status = ingest(&intake, &request);
  parse_close(intake.parser);
  inputs_close(intake.inputs);
  symbolizer_close(parsing.symbolizer);
  totals_close(intake.totals);
  store_close(intake.store);
  return status;
}
