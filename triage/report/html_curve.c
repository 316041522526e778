/* html_curve.c - how many bugs were known when. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/html.h"
#include "triage/report/plot_scale.h"

struct event {
  double x; /* inputs over all campaigns, or seconds since 1970 */
  const struct report_bug *bug;
};

struct curve {
  FILE *out;
  struct event *events; /* in order */
  size_t count, unplaced;
  bool dates; /* what x means */
  struct plot_scale x, y;
  int width, height;
};

#define LAST_DATE 253402300799 /* of the year 9999 */

enum { LEFT = 36, RIGHT = 14, TOP = 12, BOTTOM = 44 };

/* Where the campaign begins when all stand one after the other. */
static double campaign_begin(const struct report *report, size_t campaign) {
  double inputs = 0;
  for (size_t i = 0; i < campaign; ++i)
    inputs += (double)report->campaigns[i].exposure.inputs;
  return inputs;
}

/* The moment in the axis' unit; NaN where it has none. */
static double moment_x(const struct report *report, const struct report_moment *moment, bool dates) {
  if (dates)
    return moment->time_s > 0 && moment->time_s <= LAST_DATE ? (double)moment->time_s : NAN;
  if (!moment->clock.known || moment->campaign >= report->campaign_count)
    return NAN;
  return campaign_begin(report, moment->campaign) + (double)moment->clock.begun.inputs;
}

/* The first time that any key of the bug was met. */
static double first_met(const struct report *report, const struct report_bug *bug, bool dates) {
  double first = NAN;
  for (size_t i = 0; i < bug->key_count; ++i) {
    const struct report_key *key = &bug->keys[i];
    first = fmin(first, moment_x(report, &key->first, dates));
    for (size_t n = 0; n < key->discovery_count; ++n)
      first = fmin(first, moment_x(report, &key->discoveries[n], dates));
  }
  return first;
}

static int compare_events(const void *a, const void *b) {
  const struct event *one = a, *two = b;
  return (one->x > two->x) - (one->x < two->x);
}

static void find_events(struct curve *curve, const struct report *report, bool dates) {
  curve->dates = dates;
  curve->count = curve->unplaced = 0;
  for (size_t i = 0; i < report->bug_count; ++i) {
    double x = first_met(report, &report->bugs[i], dates);
    if (isnan(x))
      ++curve->unplaced;
    else
      curve->events[curve->count++] = (struct event){x, &report->bugs[i]};
  }
  if (curve->count > 0)
    qsort(curve->events, curve->count, sizeof *curve->events, compare_events);
}

static bool set_axes(struct curve *curve, const struct report *report) {
  double newest = curve->events[curve->count - 1].x;
  double *times = calloc(curve->count, sizeof *times);
  if (!times)
    return false;
  for (size_t i = 0; i < curve->count; ++i)
    times[i] = curve->events[i].x;
  if (curve->dates) {
    double first = times[0], last = fmax(newest, fmax(first + 60, fmin((double)report->generated_s, LAST_DATE)));
    curve->x = (struct plot_scale){PLOT_LINEAR, first, last, 0, 1};
  } else {
    double end = fmax(fmax(newest, campaign_begin(report, report->campaign_count)), 1);
    curve->x = plot_scale_exposure(times, curve->count, end, 0, 1);
  }
  curve->y = (struct plot_scale){PLOT_LINEAR, 0, (double)curve->count, 0, 1};
  free(times);
  return true;
}

static double axis_x(const struct curve *curve, double x) { return plot_scale_at(&curve->x, x); }
static double axis_y(const struct curve *curve, double bugs) { return plot_scale_at(&curve->y, bugs); }

static void put_tick(const struct curve *curve, double x, const char *anchor) {
  char date[WORDS_SIZE], number[TEXT_SIZE];
  double at = axis_x(curve, x);
  const char *text = curve->dates ? words_date((int64_t)x, date) : plot_scale_number(x, number);
  fprintf(curve->out, "<line class=\"tick\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", at, curve->height - BOTTOM,
          at, curve->height - BOTTOM + 5);
  fprintf(curve->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", at, curve->height - BOTTOM + 19,
          anchor, text);
}

static void put_ticks(const struct curve *curve, int right) {
  double ticks[PLOT_TICKS_MAX];
  if (curve->dates) {
    put_tick(curve, curve->x.first, "start");
    put_tick(curve, curve->x.last, "end");
    return;
  }
  size_t count = plot_scale_ticks(&curve->x, (size_t)curve->width / 80, ticks);
  for (size_t i = 0; i < count; ++i)
    put_tick(curve, ticks[i], axis_x(curve, ticks[i]) > right - 12 ? "end" : "middle");
}

static void put_axes(const struct curve *curve) {
  int bottom = curve->height - BOTTOM, right = curve->width - RIGHT;
  double ticks[PLOT_TICKS_MAX];
  size_t count = plot_scale_ticks(&curve->y, 6, ticks);
  for (size_t i = 0; i < count; ++i) {
    double y = axis_y(curve, ticks[i]);
    if (ticks[i] != floor(ticks[i]))
      continue;
    fprintf(curve->out, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, y, right, y);
    fprintf(curve->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", LEFT - 7, y + 4, ticks[i]);
  }
  put_ticks(curve, right);
  fprintf(curve->out, "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", right,
          curve->height - 6,
          curve->dates                ? "date"
          : curve->x.kind == PLOT_LOG ? "inputs run (logarithmic)"
                                      : "inputs run");
  fprintf(curve->out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", LEFT, bottom, right, bottom);
}

/* Where the second and later campaigns begin. */
static void put_borders(const struct curve *curve, const struct report *report) {
  for (size_t i = 1; i < report->campaign_count && !curve->dates; ++i) {
    double x = axis_x(curve, campaign_begin(report, i));
    fprintf(curve->out, "<line class=\"border\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"><title>", x, TOP, x,
            curve->height - BOTTOM);
    html_attribute(curve->out, words_or(report->campaigns[i].name, "next campaign"));
    fputs(" begins</title></line>\n", curve->out);
  }
}

static void put_steps(const struct curve *curve) {
  fprintf(curve->out, "<path class=\"line\" d=\"M%d %.1f", LEFT, axis_y(curve, 0));
  for (size_t i = 0; i < curve->count; ++i)
    fprintf(curve->out, "H%.1fV%.1f", axis_x(curve, curve->events[i].x), axis_y(curve, (double)i + 1));
  fprintf(curve->out, "H%d\"/>\n", curve->width - RIGHT);
  for (size_t i = 0; i < curve->count; ++i) {
    fprintf(curve->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>", axis_x(curve, curve->events[i].x),
            axis_y(curve, (double)i + 1));
    html_attribute(curve->out, words_title(curve->events[i].bug));
    fputs("</title></circle>\n", curve->out);
  }
}

static void draw(struct curve *curve, const struct report *report, const char *style, int width, int height) {
  char bugs[TEXT_SIZE];
  curve->width = width;
  curve->height = height;
  curve->x.begin = LEFT;
  curve->x.end = width - RIGHT;
  curve->y.begin = height - BOTTOM;
  curve->y.end = TOP;
  fprintf(curve->out, "<svg class=\"curve %s\" role=\"img\" aria-label=\"%s against %s\" viewBox=\"0 0 %d %d\">\n",
          style, text_things(curve->count, "bug", bugs), curve->dates ? "time" : "inputs run", width, height);
  put_axes(curve);
  put_borders(curve, report);
  put_steps(curve);
  fputs("</svg>\n", curve->out);
}

void html_curve(FILE *out, const struct report *report) {
  char number[TEXT_SIZE];
  struct curve curve = {.out = out, .events = calloc(report->bug_count + 1, sizeof *curve.events)};
  if (!curve.events)
    return;
  find_events(&curve, report, false);
  if (curve.count == 0)
    find_events(&curve, report, true);
  if (curve.count == 0 || !set_axes(&curve, report)) {
    free(curve.events);
    return;
  }
  fputs("<figure>\n", out);
  draw(&curve, report, "large", 960, 240);
  draw(&curve, report, "small", 360, 240);
  fprintf(out, "<figcaption>Distinct bugs against %s.", curve.dates ? "the date of discovery" : "inputs run");
  if (report->campaign_count > 1 && !curve.dates)
    fputs(" Campaigns stand one after the other; dotted lines are where the next one begins.", out);
  if (curve.unplaced)
    fprintf(out, " %s without a time of discovery %s not drawn.", text_things(curve.unplaced, "bug", number),
            curve.unplaced == 1 ? "is" : "are");
  fputs("</figcaption>\n</figure>\n", out);
  free(curve.events);
}
