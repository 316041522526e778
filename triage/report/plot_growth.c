/* plot_growth.c - how many bugs were known when, and what the models make of it (plot.h). */
#include <math.h>
#include <string.h>

#include "triage/report/html.h"
#include "triage/report/plot.h"

static double power_law_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return power_law_expected(&mtbf->estimate->headline.power_law, x);
}

static struct interval power_law_band_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return power_law_expected_interval(&mtbf->estimate->headline.power_law, x, mtbf->estimate->confidence);
}

static double goel_okumoto_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return goel_okumoto_expected(&mtbf->estimate->headline.goel_okumoto, x);
}

static double musa_okumoto_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return musa_okumoto_expected(&mtbf->estimate->headline.musa_okumoto, x);
}

static const char *title_of(const struct report *report, const char *key) {
  for (size_t i = 0; report && i < report->bug_count; ++i)
    for (size_t n = 0; n < report->bugs[i].key_count; ++n)
      if (strcmp(words_or(report->bugs[i].keys[n].key, ""), key) == 0)
        return words_title(&report->bugs[i]);
  return key;
}

static void put_borders(const struct plot *plot, const struct mtbf *mtbf) {
  for (size_t i = 0; i < mtbf->begin_count; ++i) {
    double x = plot_scale_at(&plot->x, mtbf->begins[i]);
    fprintf(plot->out,
            "<line class=\"border\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"><title>the next campaign "
            "begins</title></line>\n",
            x, plot->y.end, x, plot->y.begin);
  }
}

static void put_arrivals(const struct plot *plot, const struct mtbf *mtbf, const struct report *report) {
  const struct arrivals *arrivals = &mtbf->arrivals;
  fprintf(plot->out, "<path class=\"line\" d=\"M%.1f %.1f", plot->x.begin, plot_scale_at(&plot->y, 0));
  for (size_t i = 0; i < arrivals->count; ++i)
    fprintf(plot->out, "H%.1fV%.1f", plot_scale_at(&plot->x, arrivals->times[i]),
            plot_scale_at(&plot->y, (double)i + 1));
  fprintf(plot->out, "H%.1f\"/>\n", plot->x.end);
  for (size_t i = 0; i < arrivals->count; ++i)
    plot_dot(plot, arrivals->times[i], (double)i + 1, mtbf->keys ? title_of(report, mtbf->keys[i]) : "");
}

/* Room for the band where it is not far above everything that was found. */
static double highest(const struct mtbf *mtbf) {
  double found = (double)mtbf->arrivals.count, end = arrivals_end(&mtbf->arrivals);
  if (mtbf->estimate->headline.power_law.status != ARRIVALS_OK)
    return fmax(found, 1);
  return fmax(fmin(power_law_band_at(mtbf, end).upper, 2 * found), 1);
}

static size_t fill_legend(const struct headline *headline, struct plot_legend legend[5]) {
  size_t entries = 0;
  legend[entries++] = (struct plot_legend){"line", "found"};
  if (headline->power_law.status == ARRIVALS_OK) {
    legend[entries++] = (struct plot_legend){"fit", "power law"};
    legend[entries++] = (struct plot_legend){"band", "its band"};
  }
  if (headline->musa_okumoto.status == ARRIVALS_OK)
    legend[entries++] = (struct plot_legend){"musa", "Musa-Okumoto"};
  if (headline->goel_okumoto.status == ARRIVALS_OK)
    legend[entries++] = (struct plot_legend){"goel", "Goel-Okumoto"};
  return entries;
}

void plot_draw_growth(struct plot plot, const struct mtbf *mtbf, const struct report *report) {
  const struct headline *headline = &mtbf->estimate->headline;
  const struct arrivals *arrivals = &mtbf->arrivals;
  struct plot_legend legend[5];
  char label[MTBF_WORDS_SIZE];
  size_t entries = fill_legend(headline, legend);
  plot.x = plot_scale_exposure(arrivals->times, arrivals->count, arrivals_end(arrivals), 0, 1);
  plot.y = (struct plot_scale){PLOT_LINEAR, 0, highest(mtbf), 0, 1};
  snprintf(label, sizeof label, "%.200s: how many were found by when", words_or(mtbf->subject, "events"));
  plot_begin(&plot, label, legend, entries, words_or(mtbf->unit, "exposure"), "");
  if (headline->power_law.status == ARRIVALS_OK) {
    plot_band(&plot, "band", power_law_band_at, mtbf);
    plot_curve(&plot, "fit", power_law_at, mtbf);
  }
  if (headline->musa_okumoto.status == ARRIVALS_OK)
    plot_curve(&plot, "musa", musa_okumoto_at, mtbf);
  if (headline->goel_okumoto.status == ARRIVALS_OK)
    plot_curve(&plot, "goel", goel_okumoto_at, mtbf);
  put_borders(&plot, mtbf);
  put_arrivals(&plot, mtbf, report);
  plot_end(&plot);
}

static void say_why_not(FILE *out, const char *model, enum arrivals_status status) {
  if (status != ARRIVALS_OK)
    fprintf(out, " %s: no curve, since %s.", model, plot_why_no_model(status));
}

bool plot_can_draw_growth(const struct mtbf *mtbf) {
  enum arrivals_status status = arrivals_check(&mtbf->arrivals);
  return mtbf->estimate->arrived && (status == ARRIVALS_OK || status == ARRIVALS_TOO_FEW) &&
         arrivals_end(&mtbf->arrivals) > 0;
}

void plot_growth(FILE *out, const struct mtbf *mtbf, const struct report *report) {
  const struct headline *headline = &mtbf->estimate->headline;
  if (!plot_can_draw_growth(mtbf)) {
    fprintf(out, "<p class=\"none\">No curve of discoveries: %s.</p>\n",
            plot_why_no_model(arrivals_check(&mtbf->arrivals)));
    return;
  }
  fputs("<figure class=\"growth\">\n", out);
  plot_draw_growth((struct plot){.out = out, .size = "large", .width = 960, .height = 280}, mtbf, report);
  plot_draw_growth((struct plot){.out = out, .size = "small", .width = 360, .height = 300}, mtbf, report);
  fputs("<figcaption>Found against ", out);
  html_text(out, words_or(mtbf->unit, "exposure"));
  fputs(".", out);
  if (headline->power_law.status == ARRIVALS_OK)
    fprintf(out, " The band holds the power law's expected count at each point by itself with %.4g %% (approximate).",
            100 * mtbf->estimate->confidence);
  say_why_not(out, "Power law", headline->power_law.status);
  say_why_not(out, "Musa-Okumoto", headline->musa_okumoto.status);
  say_why_not(out, "Goel-Okumoto", headline->goel_okumoto.status);
  if (mtbf->begin_count > 0)
    fputs(" Campaigns stand one after the other; dotted lines are where the next one begins.", out);
  fputs("</figcaption>\n</figure>\n", out);
}
