/* fuzz_report.c - a report whose every text and number is hostile, in all its forms (report.h).
 *
 * No form has a byte that a terminal takes for a command; JSON and SARIF parse; of the HTML each tag, attribute and
 * entity is one of ours (markup.h), and there are as many scripts and styles in it as in the page of an empty report.
 *
 * fuzz: dict=triage/fuzz/report.dict */
#include <jansson.h>
#include <math.h>

#include "triage/fuzz/fuzz.h"
#include "triage/fuzz/markup.h"
#include "triage/report/report.h"

enum { BUGS = 2, KEYS = 2, STACKS = 3, FRAMES = 3, STEPS = 6, CAMPAIGNS = 2, LINES = 3, ARRIVALS = 4 };

/* Where the parts of one report live. */
struct parts {
  struct report report;
  struct report_campaign campaigns[CAMPAIGNS];
  double times[ARRIVALS];
  struct estimate estimate;
  struct mtbf mtbf;
  struct report_bug bugs[BUGS];
  const char *reasons[BUGS][1];
  struct report_key keys[BUGS][KEYS];
  struct key_parts {
    struct finding_stack stacks[STACKS];
    struct frame frames[STACKS][FRAMES];
    struct report_step steps[STEPS];
    struct report_moment discoveries[1];
    struct report_excerpt excerpt;
    const char *lines[LINES];
  } key_parts[BUGS][KEYS];
};

static double real(struct fuzz *fuzz) {
  uint64_t bits = fuzz_number(fuzz);
  double value;
  memcpy(&value, &bits, sizeof value);
  return bits <= UINT32_MAX ? (double)bits : value;
}

/* A clock has no NaN and goes forward. */
static double seconds(struct fuzz *fuzz) {
  double value = fabs(real(fuzz));
  return value < 1e18 ? value : 1e18;
}

/* At most INT64_MAX: JSON has no more. */
static uint64_t count(struct fuzz *fuzz) { return fuzz_number(fuzz) >> 1; }

static struct finding_span span(struct fuzz *fuzz) {
  return (struct finding_span){count(fuzz), count(fuzz), seconds(fuzz), seconds(fuzz)};
}

/* Half of the texts are not known, one way or the other. */
static const char *text(struct fuzz *fuzz) {
  unsigned byte = fuzz_byte(fuzz);
  return byte & 1 ? fuzz_text(fuzz) : byte & 2 ? "" : NULL;
}

static struct report_moment moment(struct fuzz *fuzz, size_t campaigns) {
  size_t campaign = fuzz_byte(fuzz);
  struct report_moment moment = {.time_s = (int64_t)fuzz_number(fuzz),
                                 .campaign = campaign < campaigns ? campaign : REPORT_NO_CAMPAIGN};
  moment.clock.known = fuzz_byte(fuzz) & 1;
  if (moment.clock.known)
    moment.clock = (struct finding_clock){true, span(fuzz), span(fuzz)};
  return moment;
}

static void fill_frame(struct fuzz *fuzz, struct frame *frame) {
  *frame = (struct frame){fuzz_text(fuzz), fuzz_text(fuzz),  (uint32_t)fuzz_byte(fuzz) % 4, (uint32_t)fuzz_number(fuzz),
                          fuzz_text(fuzz), fuzz_number(fuzz)};
}

static void fill_stack(struct fuzz *fuzz, struct finding_stack *stack, struct frame frames[FRAMES]) {
  *stack = (struct finding_stack){.role = (enum finding_role)(fuzz_byte(fuzz) % FINDING_ROLE_COUNT),
                                  .task = (int)fuzz_byte(fuzz) - 1,
                                  .operation = fuzz_text(fuzz),
                                  .access = (enum finding_access)(fuzz_byte(fuzz) % FINDING_ACCESS_COUNT),
                                  .size = (uint32_t)fuzz_number(fuzz),
                                  .frames = frames,
                                  .frame_count = fuzz_byte(fuzz) % (FRAMES + 1)};
  for (size_t i = 0; i < stack->frame_count; i++)
    fill_frame(fuzz, &frames[i]);
}

static void fill_steps(struct fuzz *fuzz, struct report_key *key, struct report_step steps[STEPS]) {
  key->step_count = fuzz_byte(fuzz) % (STEPS + 1);
  key->steps = key->step_count ? steps : NULL;
  for (size_t i = 0; i < key->step_count; i++) {
    unsigned flags = fuzz_byte(fuzz);
    steps[i] = (struct report_step){.point = count(fuzz),
                                    .task = (int)(fuzz_number(fuzz) & INT_MAX),
                                    .switched = flags & 1,
                                    .racing = flags & 2,
                                    .operation = text(fuzz),
                                    .text = text(fuzz),
                                    .place = text(fuzz)};
  }
}

/* Source lines of the place where the first frame is. */
static void fill_excerpt(struct fuzz *fuzz, struct report_key *key, struct key_parts *parts) {
  key->excerpt_count = key->stack_count > 0 && key->stacks[0].frame_count > 0 && fuzz_byte(fuzz) & 1;
  if (key->excerpt_count == 0)
    return;
  const struct frame *frame = &parts->frames[0][0];
  parts->excerpt = (struct report_excerpt){.file = frame->file,
                                           .line = frame->line,
                                           .first_line = fuzz_byte(fuzz) % 4,
                                           .lines = parts->lines,
                                           .line_count = fuzz_byte(fuzz) % (LINES + 1),
                                           .missing = text(fuzz)};
  for (size_t i = 0; i < LINES; i++)
    parts->lines[i] = text(fuzz);
  key->excerpts = &parts->excerpt;
}

static void fill_key(struct fuzz *fuzz, struct report_key *key, struct key_parts *parts, size_t campaigns) {
  const char **const texts[] = {&key->key,     &key->kind,     &key->oracle,    &key->guarantee,
                                &key->title,   &key->location, &key->map,       &key->state_note,
                                &key->program, &key->schedule, &key->minimized, &key->command};
  *key = (struct report_key){.state = (enum report_state)(fuzz_byte(fuzz) % REPORT_STATE_COUNT),
                             .count = count(fuzz),
                             .first = moment(fuzz, campaigns),
                             .last = moment(fuzz, campaigns),
                             .failed = fuzz_byte(fuzz),
                             .runs = fuzz_byte(fuzz),
                             .stacks = parts->stacks,
                             .stack_count = fuzz_byte(fuzz) % (STACKS + 1),
                             .discoveries = parts->discoveries,
                             .discovery_count = fuzz_byte(fuzz) % 2};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = text(fuzz);
  for (size_t i = 0; i < key->stack_count; i++)
    fill_stack(fuzz, &parts->stacks[i], parts->frames[i]);
  parts->discoveries[0] = moment(fuzz, campaigns);
  fill_steps(fuzz, key, parts->steps);
  fill_excerpt(fuzz, key, parts);
}

static void fill_campaign(struct fuzz *fuzz, struct report_campaign *campaign) {
  *campaign = (struct report_campaign){.name = text(fuzz),
                                       .map = text(fuzz),
                                       .target = text(fuzz),
                                       .flavour = text(fuzz),
                                       .engine = text(fuzz),
                                       .build_id = text(fuzz),
                                       .begun_s = (int64_t)fuzz_number(fuzz),
                                       .ended_s = (int64_t)fuzz_number(fuzz),
                                       .exposure = span(fuzz)};
}

/* Times and counts may be none at all; the estimate of them is what the room of statistics makes of that. */
static void fill_mtbf(struct fuzz *fuzz, struct parts *parts) {
  struct arrivals arrivals = {parts->times, fuzz_byte(fuzz) % (ARRIVALS + 1),
                              fuzz_byte(fuzz) & 1 ? ARRIVALS_TIME : ARRIVALS_FAILURE, real(fuzz)};
  for (size_t i = 0; i < arrivals.count; i++)
    parts->times[i] = real(fuzz);
  parts->estimate = estimate_arrivals(&arrivals, real(fuzz), real(fuzz), 0.95);
  parts->mtbf = (struct mtbf){.estimate = &parts->estimate,
                              .source = text(fuzz),
                              .map = text(fuzz),
                              .subject = text(fuzz),
                              .unit = text(fuzz),
                              .clock = text(fuzz),
                              .workload = text(fuzz),
                              .event = text(fuzz),
                              .unit_kind = text(fuzz),
                              .failing = real(fuzz),
                              .arrivals = arrivals};
}

static void fill(struct fuzz *fuzz, struct parts *parts) {
  struct report *report = &parts->report;
  *report = (struct report){.title = text(fuzz),
                            .version = text(fuzz),
                            .generated_s = (int64_t)fuzz_number(fuzz),
                            .campaigns = parts->campaigns,
                            .campaign_count = fuzz_byte(fuzz) % (CAMPAIGNS + 1),
                            .bugs = parts->bugs,
                            .bug_count = fuzz_byte(fuzz) % (BUGS + 1),
                            .mtbf = &parts->mtbf,
                            .mtbf_count = fuzz_byte(fuzz) & 1};
  for (size_t i = 0; i < report->campaign_count; i++)
    fill_campaign(fuzz, &parts->campaigns[i]);
  fill_mtbf(fuzz, parts);
  for (size_t i = 0; i < report->bug_count; i++) {
    struct report_bug *bug = &parts->bugs[i];
    parts->reasons[i][0] = fuzz_text(fuzz);
    *bug = (struct report_bug){text(fuzz),        (enum report_state)(fuzz_byte(fuzz) % REPORT_STATE_COUNT),
                               parts->keys[i],    1 + fuzz_byte(fuzz) % KEYS,
                               parts->reasons[i], fuzz_byte(fuzz) % 2};
    for (size_t n = 0; n < bug->key_count; n++)
      fill_key(fuzz, &parts->keys[i][n], &parts->key_parts[i][n], report->campaign_count);
  }
}

/* ---- the forms ---- */

static bool write_text(FILE *out, const struct report *report) { return report_write_text(out, report, 100, false); }

/* The form as a string, for free(). */
static char *written(bool (*write)(FILE *out, const struct report *report), const struct report *report) {
  char *form = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&form, &size);
  bool good = out && write(out, report) && fclose(out) == 0;
  assert(good && strlen(form) == size);
  for (const char *byte = form; *byte; byte++)
    if (((unsigned char)*byte < ' ' && *byte != '\n' && *byte != '\t') || *byte == 0x7f) {
      fprintf(stderr, "byte 0x%02x: %.100s\n", (unsigned char)*byte, byte - form > 40 ? byte - 40 : form);
      abort();
    }
  (void)good;
  return form;
}

static void check_json(bool (*write)(FILE *out, const struct report *report), const struct report *report) {
  char *form = written(write, report);
  json_t *document = json_loads(form, JSON_REJECT_DUPLICATES, NULL);
  assert(document && "it parses");
  json_decref(document);
  free(form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct parts parts;
  struct fuzz fuzz = fuzz_begin(data, size);
  fill(&fuzz, &parts);
  free(written(write_text, &parts.report));
  check_json(report_write_json, &parts.report);
  check_json(report_write_sarif, &parts.report);
  char *page = written(report_write_html, &parts.report);
  const char *wrong = markup_check(page);
  if (wrong) {
    fprintf(stderr, "%s\n", wrong);
    abort();
  }
  free(page);
  fuzz_end(&fuzz);
  return 0;
}
