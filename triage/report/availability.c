/* availability.c - see availability.h. */
#include "triage/report/availability.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "triage/campaign/text.h"
#include "triage/report/json_text.h"
#include "triage/report/visible.h"

#define DIGITS 17 /* bring back every double */
#define COLUMNS 200
#define STEPS_A_WINDOW 30.0
#define WINDOWS 1000 /* that are looked at, at most */

/* ---- what follows ---- */

static double threshold_of(const struct availability *availability) {
  return slo_threshold(availability->share, availability->mttr);
}

/* MTTR / (1 - S), as most people reckon: one MTTR more, exactly. */
static double approximation_of(const struct availability *availability) {
  return threshold_of(availability) + decimal_value(availability->mttr);
}

struct slo_evidence availability_weigh(const struct availability *availability) {
  return slo_weigh(threshold_of(availability), availability->failures, availability->exposure,
                   availability->confidence);
}

struct windows {
  double step;
  size_t count, below; /* below: with an MTBF under the threshold */
  struct slo_window worst;
};

/* Moved on by a 30th of the window, or by more, where that were more windows than anybody looks at. */
static struct windows look_through_windows(const struct availability *availability) {
  static const struct windows none = {0, 0, 0, {NAN, NAN, NAN, NAN}};
  struct slo_window all[WINDOWS];
  struct windows windows = none;
  if (!availability->arrivals)
    return none;
  double left = arrivals_end(availability->arrivals) - availability->window;
  windows.step = fmax(availability->window / STEPS_A_WINDOW, left / (WINDOWS - 1));
  windows.count = slo_windows(availability->arrivals, availability->window, windows.step, all, WINDOWS);
  if (windows.count > WINDOWS) /* by a rounding */
    windows.count = WINDOWS;
  for (size_t i = 0; i < windows.count; i++)
    windows.below += all[i].mtbf < threshold_of(availability);
  windows.worst = slo_worst_window(availability->arrivals, availability->window);
  return windows;
}

/* ---- JSON ---- */

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *count(double value) {
  return fabs(value) < 0x1p53 && value == floor(value) ? json_integer((json_int_t)value) : number(value);
}

static json_t *windows_to_json(const struct availability *availability) {
  struct windows windows = look_through_windows(availability);
  json_t *worst =
      isnan(windows.worst.from)
          ? json_null()
          : json_pack("{s:o, s:o, s:o, s:o}", "from_s", number(windows.worst.from), "to_s", number(windows.worst.to),
                      "failures", count(windows.worst.failures), "mtbf_s", number(windows.worst.mtbf));
  if (windows.count == 0) {
    json_decref(worst);
    return json_null();
  }
  return json_pack("{s:o, s:o, s:I, s:I, s:o}", "length_s", number(availability->window), "step_s",
                   number(windows.step), "count", (json_int_t)windows.count, "below_threshold",
                   (json_int_t)windows.below, "worst", worst);
}

bool availability_write_json(FILE *out, const struct availability *availability) {
  struct slo_evidence evidence = availability_weigh(availability);
  double mttr = decimal_value(availability->mttr);
  json_t *object = json_pack(
      "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "verdict", slo_verdict_name(evidence.verdict),
      "target", json_text(availability->target), "mttr_s", number(mttr), "threshold_s",
      number(threshold_of(availability)), "approximation_s", number(approximation_of(availability)), "confidence",
      number(availability->confidence), "mtbf_s", number(evidence.mtbf), "lower_s", number(evidence.lower), "upper_s",
      number(evidence.upper), "availability_lower", number(slo_availability(evidence.lower, mttr)), "needed_s",
      number(evidence.needed), "still_needed_s", number(evidence.still_needed));
  json_t *of = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "source", json_text(availability->source), "quantity",
                         json_text(availability->subject), "clock", json_text(availability->clock), "workload",
                         json_text(availability->workload), "failures", count(availability->failures), "exposure_s",
                         number(availability->exposure), "doubt", json_known(availability->doubt));
  if (object)
    json_object_set_new(object, "windows", windows_to_json(availability));
  if (object)
    json_object_set_new(object, "of", of);
  bool written =
      object && json_dumpf(object, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS)) == 0;
  json_decref(object);
  fputc('\n', out);
  return written && fflush(out) == 0 && !ferror(out);
}

/* ---- text ---- */

#define SPAN_SIZE (3 * TEXT_SIZE)

/* Minutes where there are some, and what that is in days: `79,992 min (55.55 d)`; `least` digits count. */
static const char *span(double seconds, int least, char text[SPAN_SIZE]) {
  double minutes = seconds / 60, whole = round(minutes);
  char digits[TEXT_SIZE];
  if (!isfinite(seconds) || seconds < 120 || minutes >= 1e15)
    snprintf(text, SPAN_SIZE, isfinite(seconds) ? "%.*g s" : "no bound", least, seconds);
  else if (fabs(minutes - whole) > 1e-9 * minutes && minutes < 1e4)
    snprintf(text, SPAN_SIZE, "%.*g min", least, minutes);
  else
    snprintf(text, SPAN_SIZE, "%s min", text_count((uint64_t)whole, digits));
  if (isfinite(seconds) && seconds >= 2 * 86400.0) {
    size_t length = strlen(text);
    snprintf(text + length, SPAN_SIZE - length, " (%.4g d)", seconds / 86400);
  }
  return text;
}

static void line_of(FILE *out, const char *name, const char *text) {
  char line[4 * COLUMNS];
  visible_cut(text, COLUMNS, line, sizeof line);
  if (*line)
    fprintf(out, "  %-10s %s\n", name, line);
}

static void write_verdict(FILE *out, const struct availability *availability, struct text_style style) {
  struct slo_evidence evidence = availability_weigh(availability);
  const char *color = evidence.verdict == SLO_PASS   ? style.green
                      : evidence.verdict == SLO_FAIL ? style.red
                                                     : style.yellow;
  double percent = 100 * availability->confidence;
  char target[128], text[SPAN_SIZE];
  visible_cut(availability->target, 40, target, sizeof target);
  fprintf(out, "\n%s%s%s%s: %s of the time up, with repairs of %s\n", style.bold, color,
          slo_verdict_name(evidence.verdict), style.end, target, span(decimal_value(availability->mttr), 6, text));
  fprintf(out, "  asks for   an MTBF of %s\n", span(evidence.threshold, 10, text));
  fprintf(out, "             (MTTR / (1 - SLO), as is usual, would be %s)\n",
          span(approximation_of(availability), 10, text));
  bool fails = evidence.verdict == SLO_FAIL;
  double bound = fails ? evidence.upper : evidence.lower;
  fprintf(out, "  shown      an MTBF %s %s, %.4g %% one-sided\n", fails ? "below" : "above", span(bound, 4, text),
          percent);
  fprintf(out, "             so at %s %.8g %% of the time up\n", fails ? "most" : "least",
          100 * slo_availability(bound, decimal_value(availability->mttr)));
  if (evidence.verdict != SLO_PASS)
    fprintf(out, "  to pass    %s more without a failure\n", span(evidence.still_needed, 4, text));
}

static void write_windows(FILE *out, const struct availability *availability, struct text_style style) {
  struct windows windows = look_through_windows(availability);
  char length[SPAN_SIZE], from[SPAN_SIZE], to[SPAN_SIZE];
  if (!availability->arrivals)
    return;
  fprintf(out, "\n%sRolling windows of %s%s\n", style.bold, span(availability->window, 6, length), style.end);
  if (windows.count == 0) {
    fputs("  none: watched for less\n", out);
    return;
  }
  fprintf(out, "  below the MTBF asked for: %zu of %zu\n", windows.below, windows.count);
  if (windows.worst.failures > 0)
    fprintf(out, "  the worst: %.0f failures from %s to %s\n", windows.worst.failures,
            span(windows.worst.from, 4, from), span(windows.worst.to, 4, to));
  fputs("  to see when it was bad; no verdict follows: windows overlap and share failures,\n"
        "  and the worst of many is bad by choice alone\n",
        out);
}

bool availability_write_text(FILE *out, const struct availability *availability, bool color) {
  struct text_style style = text_style(color);
  char text[SPAN_SIZE], events[SPAN_SIZE + 64];
  line_of(out, "of", availability->subject);
  line_of(out, "from", availability->source);
  line_of(out, "clock", availability->clock);
  line_of(out, "workload", availability->workload);
  snprintf(events, sizeof events, "%.15g in %s", availability->failures, span(availability->exposure, 4, text));
  line_of(out, "failures", events);
  write_verdict(out, availability, style);
  if (*availability->doubt)
    fprintf(out, "  doubt      %s\n", availability->doubt);
  write_windows(out, availability, style);
  return fflush(out) == 0 && !ferror(out);
}
