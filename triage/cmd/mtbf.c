/* mtbf.c - `heddle mtbf`: the mean time between failures, out of the store or of a file of times. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/mtbf_source.h"
#include "triage/report/plot.h"

enum { KEY_DATA = 0x100, KEY_ARRIVALS, KEY_END, KEY_CLOCK, KEY_PER, KEY_MAP, KEY_CONFIDENCE, KEY_JSON, KEY_SVG };

static const struct argp_option options[] = {
    {"data", KEY_DATA, "FILE", 0,
     "times out of a CSV file (- is stdin): time,event[,count]; event is 1 for a failure at that time, 0 where it had "
     "not failed by then",
     1},
    {"arrivals", KEY_ARRIVALS, 0, 0,
     "with --data: the file has the times at which one thing failed, again and again: a column `time`", 1},
    {"end", KEY_END, "T", 0, "with --arrivals: watched until then (default: until the last event)", 1},
    {"map", KEY_MAP, "NAME", 0, "of the store: this map's campaigns (default: the only map there is)", 2},
    {"clock", KEY_CLOCK, "NAME", 0, "of the store: ops, inputs, cpu or wall (default: inputs)", 2},
    {"per", KEY_PER, "NAME", 0, "of the store: what counts once: group, bug (a key) or campaign (default: group)", 2},
    {"confidence", KEY_CONFIDENCE, "C", 0, "of the intervals (default: .95)", 3},
    {"json", KEY_JSON, 0, 0, "print one JSON object", 3},
    {"svg", KEY_SVG, "FILE", 0,
     "draw a picture too: of lives the Weibull probability plot, of arrivals how many there were by when", 3},
    {0}};

struct request {
  struct cmd_store place;
  struct cmd_common common;
  struct mtbf_request of;
  const char *data; /* NULL: the store */
  const char *svg;  /* NULL: none */
  bool arrivals, json, chosen;
  double end, confidence;
};

static double parse_real(const struct argp_state *state, const char *option, const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !isfinite(value) || value <= 0)
    argp_error(state, "%s=%s: give a number above 0", option, text);
  return value;
}

static void choose_clock(const struct argp_state *state, struct request *request, const char *text) {
  for (enum mtbf_clock clock = 0; clock < MTBF_CLOCK_COUNT; clock++)
    if (strcmp(text, mtbf_clock_name(clock)) == 0) {
      request->of.clock = clock;
      return;
    }
  argp_error(state, "--clock=%s: there are ops, inputs, cpu and wall", text);
}

static void choose_per(const struct argp_state *state, struct request *request, const char *text) {
  for (enum mtbf_per per = 0; per < MTBF_PER_COUNT; per++)
    if (strcmp(text, mtbf_per_name(per)) == 0) {
      request->of.per = per;
      return;
    }
  argp_error(state, "--per=%s: there are group, bug and campaign", text);
}

static void check(const struct argp_state *state, const struct request *request) {
  if (!request->data && (request->arrivals || !isnan(request->end)))
    argp_error(state, "--arrivals and --end go with --data");
  if (!isnan(request->end) && !request->arrivals)
    argp_error(state, "--end goes with --arrivals");
  if (request->data && (request->chosen || strcmp(request->place.path, CMD_STORE_DEFAULT) != 0))
    argp_error(state, "--store, --map, --clock and --per are of the store: leave them out, or --data");
  if (!(request->confidence > 0 && request->confidence < 1))
    argp_error(state, "--confidence: give a number between 0 and 1, as .95");
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  request->chosen |= key == KEY_CLOCK || key == KEY_PER || key == KEY_MAP;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_DATA:
  case ARGP_KEY_ARG:
    if (request->data)
      argp_error(state, "%s: one file at a time", value);
    request->data = value;
    break;
  case KEY_ARRIVALS:
    request->arrivals = true;
    break;
  case KEY_END:
    request->end = parse_real(state, "--end", value);
    break;
  case KEY_MAP:
    request->of.map = value;
    break;
  case KEY_CLOCK:
    choose_clock(state, request, value);
    break;
  case KEY_PER:
    choose_per(state, request, value);
    break;
  case KEY_CONFIDENCE:
    request->confidence = parse_real(state, "--confidence", value);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_SVG:
    request->svg = value;
    break;
  case ARGP_KEY_END:
    check(state, request);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static bool take_source(const struct request *request, struct mtbf_source *source, int *status) {
  struct finding_error error;
  bool good;
  if (request->data) {
    good = mtbf_source_from_file(request->data, request->arrivals ? TIMES_CSV_ARRIVALS : TIMES_CSV_LIVES, request->end,
                                 source, &error);
  } else {
    struct store *store = cmd_open_store(&request->place, STORE_READ, status);
    if (!store)
      return false;
    good = mtbf_source_from_store(store, &request->of, source, &error);
    store_close(store);
  }
  if (!good)
    *status = cmd_fail(CMD_UNREADABLE, "%s", error.text);
  return good;
}

static void tell_left_out(const struct mtbf_source *source) {
  char text[TEXT_SIZE];
  if (source->untimed > 0)
    cmd_fail(0, "left out: %s out of logs, which do not say when in a campaign",
             text_things(source->untimed, "bug", text));
}

static int write_svg(const struct mtbf *mtbf, const char *path) {
  FILE *out = fopen(path, "w");
  bool written = out && plot_write_svg(out, mtbf);
  int error = errno;
  if (out && fclose(out) != 0 && written) {
    written = false;
    error = errno;
  }
  return written ? CMD_OK : cmd_fail(CMD_USAGE, "%s: %s: give an --svg that can be written", path, strerror(error));
}

static void print_next(const struct request *request) {
  if (request->data)
    return;
  char *store = cmd_quote(request->place.path);
  printf("\nnext: heddle report --store=%s --output=report.html\n", store);
  free(store);
}

int cmd_mtbf(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "[FILE|-]",
      .doc =
          "Estimate the mean time between failures, with its interval, from the campaigns in the store or from a file "
          "of times.  Arrivals are tested for a trend first, and what is printed first follows from that; lives get a "
          "Weibull distribution.  What quantity it is, on which clock and from what, always stands beside it."
          "\vExit status: 0 printed, 2 wrong usage, 3 the store or the file cannot be read, or has no times.\n\n"
          "Examples:\n"
          "  heddle mtbf\n"
          "  heddle mtbf --clock=cpu --per=bug --map=gomap --json\n"
          "  heddle mtbf --data=lives.csv --svg=weibull.svg\n"
          "  heddle mtbf --arrivals --end=1500 failures.csv",
      .children = children};
  struct request request = {.end = NAN, .confidence = 0.95};
  struct mtbf_source source;
  struct estimate estimate;
  struct mtbf mtbf;
  int status = CMD_OK;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  if (!take_source(&request, &source, &status))
    return status;
  tell_left_out(&source);
  mtbf_source_estimate(&source, request.confidence, &estimate, &mtbf);
  mtbf.source = request.data ? (strcmp(request.data, "-") == 0 ? "stdin" : request.data) : request.place.path;
  bool written = request.json ? mtbf_write_json(stdout, &mtbf)
                              : mtbf_write_text(stdout, &mtbf, text_width(stdout),
                                                text_use_color(stdout, request.common.color), text_use_unicode());
  if (!written)
    status = cmd_fail(CMD_USAGE, "stdout: %s: give a place that can be written", strerror(errno));
  else if (!request.json)
    print_next(&request);
  if (request.svg && status == CMD_OK)
    status = write_svg(&mtbf, request.svg);
  mtbf_source_free(&source);
  return status;
}
