/* slo.c - `heddle slo`: whether a promised availability is kept, by failures and the time they came in. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/mtbf_choice.h"
#include "triage/report/availability.h"

enum { KEY_TARGET = 0x100, KEY_MTTR, KEY_UNIT, KEY_FAILURES, KEY_EXPOSURE, KEY_WINDOW, KEY_CONFIDENCE, KEY_JSON };

static const struct argp_option options[] = {
    {"target", KEY_TARGET, "SHARE", 0, "the promise: the share of time up, as 99.99%", 1},
    {"mttr", KEY_MTTR, "TIME", 0, "how long a repair takes, as 8min or 1h30m", 1},
    {"failures", KEY_FAILURES, "N", 0, "so many failures were seen, in --exposure; instead of a file or the store", 2},
    {"exposure", KEY_EXPOSURE, "TIME", 0, "with --failures: how long it was watched, as 30d", 2},
    {"unit", KEY_UNIT, "TIME", 0, "with --data: what one unit of its times is, as h or 5min (default: s)", 3},
    {"window", KEY_WINDOW, "TIME", 0, "with --arrivals: length of the rolling windows (default: 30d)", 3},
    {"confidence", KEY_CONFIDENCE, "C", 0, "of the bounds, one-sided (default: .95)", 4},
    {"json", KEY_JSON, 0, 0, "print one JSON object", 4},
    {0}};

struct request {
  struct mtbf_choice choice;
  struct cmd_common common;
  const char *target;
  struct decimal share, mttr;
  double failures, exposure; /* NAN: not given */
  double unit, window, confidence;
  bool json, unit_given, window_given;
};

static struct decimal parse_duration(const struct argp_state *state, const char *option, const char *text) {
  struct decimal seconds;
  const char *wrong = decimal_parse_duration(text, &seconds);
  if (wrong)
    argp_error(state, "%s=%s: %s", option, text, wrong);
  return seconds;
}

/* A unit alone is one of it. */
static double parse_unit(const struct argp_state *state, const char *text) {
  char one[64];
  struct decimal seconds;
  snprintf(one, sizeof one, "1%s", text);
  if (strlen(text) < sizeof one - 1 && !decimal_parse_duration(one, &seconds) && (*text < '0' || *text > '9'))
    return decimal_value(seconds);
  return decimal_value(parse_duration(state, "--unit", text));
}

static void check(const struct argp_state *state, const struct request *request) {
  bool counted = !isnan(request->failures), watched = !isnan(request->exposure);
  if (!request->target || request->mttr.digits == 0)
    argp_error(state, "say what was promised, as --target=99.99%% --mttr=8min");
  if (counted != watched)
    argp_error(state, "--failures and --exposure are given together, as --failures=2 --exposure=90d");
  if (counted &&
      (request->choice.data || request->choice.map || strcmp(request->choice.place.path, CMD_STORE_DEFAULT) != 0))
    argp_error(state, "--failures stands instead of a file or the store: leave one of them out");
  if (request->unit_given && !request->choice.data)
    argp_error(state, "--unit goes with --data");
  if (request->window_given && !request->choice.arrivals)
    argp_error(state, "--window goes with --arrivals");
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  const char *wrong;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->choice;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_TARGET:
    if ((wrong = decimal_parse_share(value, &request->share)))
      argp_error(state, "--target=%s: %s", value, wrong);
    request->target = value;
    break;
  case KEY_MTTR:
    request->mttr = parse_duration(state, "--mttr", value);
    break;
  case KEY_FAILURES:
    request->failures = (double)cmd_number(state, "--failures", value, 0, (long long)EXPONENTIAL_FAILURES);
    break;
  case KEY_EXPOSURE:
    request->exposure = decimal_value(parse_duration(state, "--exposure", value));
    break;
  case KEY_UNIT:
    request->unit = parse_unit(state, value);
    request->unit_given = true;
    break;
  case KEY_WINDOW:
    request->window = decimal_value(parse_duration(state, "--window", value));
    request->window_given = true;
    break;
  case KEY_CONFIDENCE:
    request->confidence = mtbf_choice_confidence(state, value);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case ARGP_KEY_END:
    check(state, request);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* ---- what was seen ---- */

static const char own_clock[] = "the service's own time, as far as the figures are of it";
static const char own_workload[] = "that of the figures";

/* Every failure, and the time that all units ran. */
static void weigh_file(const struct request *request, struct mtbf_source *source, struct availability *availability,
                       struct arrivals *arrivals) {
  struct estimate estimate;
  struct mtbf mtbf;
  for (size_t i = 0; i < source->times.count; i++)
    source->times.times[i] *= request->unit;
  source->end *= request->unit;
  mtbf_source_estimate(source, request->confidence, &estimate, &mtbf);
  availability->failures = source->arrived ? (double)source->times.count : estimate.exponential.failures;
  availability->exposure = estimate.exposure;
  availability->subject = source->subject;
  availability->clock = own_clock;
  availability->workload = own_workload;
  if (source->arrived) {
    *arrivals = (struct arrivals){source->times.times, source->times.count,
                                  isnan(source->end) ? ARRIVALS_FAILURE : ARRIVALS_TIME, source->end};
    availability->arrivals = arrivals;
    availability->doubt = estimate.headline.direction == TREND_RISING
                              ? "the rate rises: a constant one, as here, flatters what is to come"
                          : estimate.headline.direction == TREND_FALLING
                              ? "the rate falls: a constant one, as here, is hard on what is to come"
                              : "";
  } else if (estimate.weibull.beta1_p < 0.05) {
    availability->doubt = "the lives are not exponential (heddle mtbf): the bounds are approximate";
  }
}

/* Every failing input is a failure: nothing is fixed while a campaign runs. */
static void weigh_store(const struct mtbf_source *source, struct availability *availability) {
  availability->failures = source->failing;
  availability->exposure = source->end;
  availability->subject = "failing inputs, the same bugs again included; nothing is fixed meanwhile";
  availability->clock = "the fuzzer's time on the wall: how it stands being searched, not used";
  availability->workload = source->workload;
  availability->doubt = source->failing > 0 ? "failures of a fuzzer come in bursts: the bounds are approximate" : "";
}

static void weigh_count(const struct request *request, struct availability *availability) {
  availability->failures = request->failures;
  availability->exposure = request->exposure;
  availability->source = "the command line";
  availability->subject = "failures, as counted";
  availability->clock = own_clock;
  availability->workload = own_workload;
}

/* The command's status. */
static int tell(const struct request *request, const struct availability *availability) {
  struct slo_evidence evidence = availability_weigh(availability);
  if (isnan(evidence.threshold))
    return cmd_fail(CMD_UNREADABLE, "%s: more failures or time than can be reckoned with", availability->source);
  bool written = request->json
                     ? availability_write_json(stdout, availability)
                     : availability_write_text(stdout, availability, text_use_color(stdout, request->common.color));
  if (!written)
    return cmd_fail(CMD_USAGE, "stdout: %s: give a place that can be written", strerror(errno));
  return evidence.verdict == SLO_PASS ? CMD_OK : CMD_FINDINGS;
}

int cmd_slo(int argc, char **argv) {
  static const struct argp_child children[] = {{&mtbf_choice_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "[FILE|-]",
      .doc =
          "Say whether a promised availability is kept: an MTBF of MTTR * SLO / (1 - SLO), exactly.  It passes where "
          "the one-sided lower bound of the MTBF is there, fails where the upper bound is not, and else the data do "
          "not say; how much time without a failure a pass still takes is told.  Failures are those of the system as "
          "it is, each repaired.  A file's times are the service's, or a test's of it; the store's are a fuzzer's, on "
          "the wall, which says nothing of a service."
          "\vExit status: 0 pass, 1 fail or insufficient data, 2 wrong usage, 3 the store or the file cannot be read, "
          "or has no times.\n\n"
          "Examples:\n"
          "  heddle slo --target=99.99% --mttr=8min --failures=0 --exposure=180d\n"
          "  heddle slo --target=99.9% --mttr=1h --unit=h --arrivals outages.csv\n"
          "  heddle slo --target=99.9% --mttr=5min --map=rwmap --json",
      .children = children};
  struct request request = {
      .failures = NAN, .exposure = NAN, .unit = 1, .window = SLO_WINDOW_SECONDS, .confidence = 0.95};
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  struct availability availability = {.target = request.target,
                                      .share = request.share,
                                      .mttr = request.mttr,
                                      .confidence = request.confidence,
                                      .window = request.window,
                                      .doubt = ""};
  struct mtbf_source source = {.subject = NULL};
  struct arrivals arrivals;
  int status = CMD_OK;
  if (!isnan(request.failures))
    weigh_count(&request, &availability);
  else if (!mtbf_choice_take(&request.choice, MTBF_WALL, MTBF_PER_GROUP, &source, &status))
    return status;
  else if (request.choice.data)
    weigh_file(&request, &source, &availability, &arrivals);
  else
    weigh_store(&source, &availability);
  if (isnan(request.failures))
    availability.source = mtbf_choice_name(&request.choice);
  status = tell(&request, &availability);
  mtbf_source_free(&source);
  return status;
}
