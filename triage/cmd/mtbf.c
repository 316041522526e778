/* mtbf.c - `heddle mtbf`: the mean time between failures, out of the store or of a file of times. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/mtbf_choice.h"
#include "triage/report/plot.h"

enum { KEY_CLOCK = 0x100, KEY_PER, KEY_CONFIDENCE, KEY_JSON, KEY_SVG };

static const struct argp_option options[] = {
    {"clock", KEY_CLOCK, "NAME", 0, "of the store: ops, inputs, cpu or wall (default: inputs)", 2},
    {"per", KEY_PER, "NAME", 0, "of the store: what counts once: group, bug (a key) or campaign (default: group)", 2},
    {"confidence", KEY_CONFIDENCE, "C", 0, "of the intervals (default: .95)", 3},
    {"json", KEY_JSON, 0, 0, "print one JSON object", 3},
    {"svg", KEY_SVG, "FILE", 0,
     "draw a picture too: of lives the Weibull probability plot, of arrivals how many there were by when", 3},
    {0}};

struct request {
  struct mtbf_choice choice;
  struct cmd_common common;
  enum mtbf_clock clock;
  enum mtbf_per per;
  const char *svg;   /* NULL: none */
  bool json, chosen; /* --clock or --per */
  double confidence;
};

static void choose_clock(const struct argp_state *state, struct request *request, const char *text) {
  for (enum mtbf_clock clock = 0; clock < MTBF_CLOCK_COUNT; clock++)
    if (strcmp(text, mtbf_clock_name(clock)) == 0) {
      request->clock = clock;
      return;
    }
  argp_error(state, "--clock=%s: there are ops, inputs, cpu and wall", text);
}

static void choose_per(const struct argp_state *state, struct request *request, const char *text) {
  for (enum mtbf_per per = 0; per < MTBF_PER_COUNT; per++)
    if (strcmp(text, mtbf_per_name(per)) == 0) {
      request->per = per;
      return;
    }
  argp_error(state, "--per=%s: there are group, bug and campaign", text);
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  request->chosen |= key == KEY_CLOCK || key == KEY_PER;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->choice;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_CLOCK:
    choose_clock(state, request, value);
    break;
  case KEY_PER:
    choose_per(state, request, value);
    break;
  case KEY_CONFIDENCE:
    request->confidence = mtbf_choice_confidence(state, value);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_SVG:
    request->svg = value;
    break;
  case ARGP_KEY_END:
    if (request->choice.data && request->chosen)
      argp_error(state, "--clock and --per are of the store: leave them out, or --data");
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
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
  if (request->choice.data)
    return;
  char *store = cmd_quote(request->choice.place.path);
  printf("\nnext: heddle report --store=%s --output=report.html\n", store);
  free(store);
}

int cmd_mtbf(int argc, char **argv) {
  static const struct argp_child children[] = {{&mtbf_choice_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
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
  struct request request = {.confidence = 0.95};
  struct mtbf_source source;
  struct estimate estimate;
  struct mtbf mtbf;
  int status = CMD_OK;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  if (!mtbf_choice_take(&request.choice, request.clock, request.per, &source, &status))
    return status;
  tell_left_out(&source);
  mtbf_source_estimate(&source, request.confidence, &estimate, &mtbf);
  mtbf.source = mtbf_choice_name(&request.choice);
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
