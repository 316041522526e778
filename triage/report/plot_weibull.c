/* plot_weibull.c - lives on Weibull probability paper (plot.h).
 *
 * The points stand at median ranks (rank_regression.h), the line and its band are the maximum likelihood fit's, so that
 * the points show what the fit passes over. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "triage/report/html.h"
#include "triage/report/plot.h"

static double share_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return weibull_share(&mtbf->estimate->weibull, x);
}

static struct interval band_at(const void *context, double x) {
  const struct mtbf *mtbf = context;
  return weibull_share_interval(&mtbf->estimate->weibull, x, mtbf->estimate->confidence);
}

size_t plot_weibull_points(const struct mtbf *mtbf, struct rank_regression_point **points) {
  *points = NULL;
  size_t count = rank_regression_points(&mtbf->lives, NULL, 0);
  if (count == 0)
    return 0;
  *points = calloc(count, sizeof **points);
  return *points ? rank_regression_points(&mtbf->lives, *points, count) : 0;
}

/* A third of a decade more on both sides in time, and from half of the lowest share to half of what is left above the
 * highest. */
void plot_weibull_axes(const struct rank_regression_point *points, size_t count, struct plot_scale *x,
                       struct plot_scale *y) {
  double most = points[count - 1].median;
  double first = points[0].time, last = points[count - 1].time;
  *x = (struct plot_scale){PLOT_LOG, first / 2 > 0 ? first / 2 : first, fmin(last * 2, DBL_MAX), 0, 1};
  *y = (struct plot_scale){PLOT_WEIBULL, points[0].median / 2, 1 - (1 - most) / 2, 0, 1};
}

/* Of a great many points no more than the picture can tell apart. */
static void put_points(const struct plot *plot, const struct rank_regression_point *points, size_t count) {
  double last_x = -1, last_y = -1;
  for (size_t i = 0; i < count; ++i) {
    double x = plot_scale_at(&plot->x, points[i].time), y = plot_scale_at(&plot->y, points[i].median);
    if (fabs(x - last_x) < 0.5 && fabs(y - last_y) < 0.5)
      continue;
    plot_dot(plot, points[i].time, points[i].median, "");
    last_x = x;
    last_y = y;
  }
}

void plot_draw_weibull(struct plot plot, const struct mtbf *mtbf) {
  static const struct plot_legend legend[] = {{"dot", "failures at median ranks"},
                                              {"fit", "maximum likelihood"},
                                              {"band", "pointwise band, Wald, approximate"}};
  struct rank_regression_point *points;
  size_t count = plot_weibull_points(mtbf, &points);
  bool fitted = mtbf->estimate->weibull.status == WEIBULL_OK;
  if (count == 0) {
    plot.x = (struct plot_scale){PLOT_LINEAR, 0, 1, 0, 1};
    plot.y = (struct plot_scale){PLOT_LINEAR, 0, 1, 0, 1};
    plot_begin(&plot, "Weibull probability plot", legend, 0, "no failure that can be drawn", "");
  } else {
    plot_weibull_axes(points, count, &plot.x, &plot.y);
    plot_begin(&plot, "Weibull probability plot", legend, fitted ? 3 : 1, words_or(mtbf->unit, "time"),
               fitted ? "share that failed" : "share that failed; no line: there is no maximum likelihood fit");
    if (fitted) {
      plot_band(&plot, "band", band_at, mtbf);
      plot_curve(&plot, "fit", share_at, mtbf);
    }
    put_points(&plot, points, count);
  }
  plot_end(&plot);
  free(points);
}

bool plot_write_svg(FILE *out, const struct mtbf *mtbf) {
  struct plot plot = {.out = out, .size = "large", .width = 960, .height = 540, .alone = true};
  if (!mtbf->estimate->arrived)
    plot_draw_weibull(plot, mtbf);
  else if (plot_can_draw_growth(mtbf))
    plot_draw_growth(plot, mtbf, NULL);
  else {
    plot.x = plot.y = (struct plot_scale){PLOT_LINEAR, 0, 1, 0, 1};
    plot_begin(&plot, "nothing to draw", NULL, 0, plot_why_no_model(arrivals_check(&mtbf->arrivals)), "");
    plot_end(&plot);
  }
  return fflush(out) == 0 && !ferror(out);
}
