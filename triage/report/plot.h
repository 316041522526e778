/* plot.h - pictures of a mean time between failures: as SVG in the page and in a file, as characters on a terminal.
 *
 * Every number in a picture is one of triage/reliability's; what is not defined is said in words beside it.  A
 * picture's look is plot.css, its colours are colors.css, and every text of unknown origin goes through html.h.  The
 * writers keep no state. */
#ifndef HEDDLE_REPORT_PLOT_H
#define HEDDLE_REPORT_PLOT_H

#include "triage/report/mtbf.h"
#include "triage/report/plot_scale.h"
#include "triage/report/report.h"

/* ---- the pictures; `report` is asked for titles of bugs and may be NULL ---- */

/* Arrivals against exposure, the power law through them with its band, and the two other models as thin lines, in two
 * sizes of which the style shows the one that fits; as <figure>. */
void plot_growth(FILE *out, const struct mtbf *mtbf, const struct report *report);

/* Exposure over bugs seen once, recomputed along the way, with its interval; as <figure>. */
void plot_residual(FILE *out, const struct mtbf *mtbf);

/* One SVG file: of lives the Weibull probability plot, of arrivals what plot_growth shows.  Flushes, and returns
 * whether everything was written. */
bool plot_write_svg(FILE *out, const struct mtbf *mtbf);

/* For a terminal, at most 12 lines: of arrivals how many there were by when, of lives the probability plot.  `columns`
 * is taken as 40 to 100.  Without `unicode` plain ASCII.  Nothing where there is nothing to draw. */
void plot_write_text(FILE *out, const struct mtbf *mtbf, int columns, bool unicode);

/* ---- what they share ---- */

/* One drawing: a plot with its axes, and above it a legend. */
struct plot {
  FILE *out;
  const char *size;  /* "large", "small": for the style */
  int width, height; /* of the whole */
  bool alone;        /* a file of its own, with its style in it */
  struct plot_scale x, y;
};

enum { PLOT_LEFT = 44, PLOT_RIGHT = 14, PLOT_TOP = 12, PLOT_BOTTOM = 44, PLOT_LEGEND_LINE = 18 };

/* A line of the legend: how it is drawn (a class of plot.css; `band` and `doubt` are surfaces, `dot` is a dot, the
 * others are lines), and what it is. */
struct plot_legend {
  const char *style, *text;
};

/* Begins the drawing: <svg> with its label, the legend, the grid with its ticks, the axes' names.  `x` and `y` get
 * places for their ends. */
void plot_begin(struct plot *plot, const char *label, const struct plot_legend *legend, size_t legend_count,
                const char *x_name, const char *y_name);
void plot_end(const struct plot *plot);

/* A curve through values of y along x, interrupted where there are none and where they leave the plot. */
typedef double (*plot_value_fn)(const void *context, double x);
void plot_curve(const struct plot *plot, const char *style, plot_value_fn value, const void *context);
/* The space between two curves, cut at the plot's edges; none where a lower end is NAN. */
typedef struct interval (*plot_band_fn)(const void *context, double x);
void plot_band(const struct plot *plot, const char *style, plot_band_fn band, const void *context);
/* A dot, with a title "" or a text of unknown origin. */
void plot_dot(const struct plot *plot, double x, double y, const char *title);

#define PLOT_STEPS 60 /* of a curve */

/* ---- the drawings alone; `plot` has the first four members ---- */

/* Whether there is an exposure to draw against. */
bool plot_can_draw_growth(const struct mtbf *mtbf);
void plot_draw_growth(struct plot plot, const struct mtbf *mtbf, const struct report *report);
void plot_draw_weibull(struct plot plot, const struct mtbf *mtbf);

/* The points of the Weibull plot, for free(), and axes around them; 0: there is nothing to draw. */
size_t plot_weibull_points(const struct mtbf *mtbf, struct rank_regression_point **points);
void plot_weibull_axes(const struct rank_regression_point *points, size_t count, struct plot_scale *x,
                       struct plot_scale *y);

/* Why a model of arrivals has no curve, as part of a sentence. */
const char *plot_why_no_model(enum arrivals_status status);

#endif
