/* plot_residual.c - how the time to the next new bug went, judged at each moment by what was known then (plot.h). */
#include <math.h>

#include "triage/report/html.h"
#include "triage/report/plot.h"

static struct discovery_residual residual_at(const struct mtbf *mtbf, double x) {
  struct discovery_once_twice counts = discovery_by(mtbf->sightings, mtbf->arrivals.count, x);
  return discovery_residual(x, counts.f1, counts.f2, mtbf->estimate->confidence);
}

static double value_at(const void *context, double x) { return residual_at(context, x).mtbf; }

static struct interval interval_at(const void *context, double x) {
  struct discovery_residual residual = residual_at(context, x);
  return (struct interval){residual.mtbf_lower, residual.mtbf_upper};
}

/* Around all estimates and the finite ends of the intervals, a thousandfold at most beyond the exposure. */
static struct plot_scale axis(const struct mtbf *mtbf, const struct plot_scale *x) {
  struct plot_scale y = {PLOT_LOG, INFINITY, 0, 0, 1};
  for (int i = 1; i <= PLOT_STEPS; ++i) {
    struct discovery_residual residual = residual_at(mtbf, plot_scale_value(x, (double)i / PLOT_STEPS));
    y.first = fmin(y.first, residual.mtbf_lower);
    y.last = fmax(y.last, fmax(residual.mtbf_lower, isfinite(residual.mtbf) ? residual.mtbf : 0));
  }
  y.last = fmax(10 * y.last, 10 * y.first);
  return y;
}

static bool is_interrupted(const struct mtbf *mtbf, const struct plot_scale *x) {
  for (int i = 1; i <= PLOT_STEPS; ++i)
    if (isinf(value_at(mtbf, plot_scale_value(x, (double)i / PLOT_STEPS))))
      return true;
  return false;
}

static void draw(FILE *out, const struct mtbf *mtbf, const struct plot_scale *x, const char *size, int width,
                 int height) {
  static const struct plot_legend legend[] = {{"line", "exposure / seen once"}, {"doubt", "its interval"}};
  struct plot plot = {.out = out, .size = size, .width = width, .height = height, .x = *x, .y = axis(mtbf, x)};
  plot_begin(&plot, "the residual MTBF as it went", legend, 2, words_or(mtbf->unit, "exposure"), "");
  plot_band(&plot, "doubt", interval_at, mtbf);
  plot_curve(&plot, "line", value_at, mtbf);
  plot_end(&plot);
}

void plot_residual(FILE *out, const struct mtbf *mtbf) {
  const struct arrivals *arrivals = &mtbf->arrivals;
  if (!plot_can_draw_growth(mtbf) || arrivals->count == 0 || !mtbf->sightings) {
    fprintf(out, "<p class=\"none\">No residual MTBF over time: %s.</p>\n",
            mtbf->sightings || arrivals->count == 0 ? "nothing was found" : "how often each was seen is not known");
    return;
  }
  struct plot_scale x = plot_scale_exposure(arrivals->times, arrivals->count, arrivals_end(arrivals), 0, 1);
  fputs("<figure class=\"residual\">\n", out);
  draw(out, mtbf, &x, "large", 960, 240);
  draw(out, mtbf, &x, "small", 360, 260);
  fprintf(out,
          "<figcaption>Time to the next new bug once all found by then are fixed, judged at each point by what was "
          "known then; the interval holds it with %.4g %%.",
          100 * mtbf->estimate->confidence);
  if (is_interrupted(mtbf, &x))
    fputs(
        " Where nothing had been seen just once there is no estimate: the line is interrupted there, and the interval "
        "has no upper end.",
        out);
  fputs("</figcaption>\n</figure>\n", out);
}
