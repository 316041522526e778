/* plot.c - axes, curves and dots as SVG (plot.h). */
#include "triage/report/plot.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "triage/report/html.h"

enum { LETTER = 8 /* the width of one in the legend, about */, SAMPLE = 26 /* of the line before it */, GAP = 16 };

/* The legend in lines from the left; returns how many lines it takes.  Without `out` it is only measured. */
static int put_legend(const struct plot *plot, FILE *out, const struct plot_legend *legend, size_t count) {
  int x = PLOT_LEFT, line = 0;
  for (size_t i = 0; i < count; ++i) {
    int width = SAMPLE + LETTER * (int)strlen(legend[i].text);
    if (x > PLOT_LEFT && x + width > plot->width - PLOT_RIGHT) {
      x = PLOT_LEFT;
      ++line;
    }
    int y = PLOT_TOP + PLOT_LEGEND_LINE * line;
    if (out && (strcmp(legend[i].style, "band") == 0 || strcmp(legend[i].style, "doubt") == 0))
      fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"20\" height=\"10\"/>", legend[i].style, x, y - 5);
    else if (out && strcmp(legend[i].style, "dot") == 0)
      fprintf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"4\"/>", x + 10, y);
    else if (out)
      fprintf(out, "<path class=\"%s\" d=\"M%d %dh20\"/>", legend[i].style, x, y);
    if (out)
      fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + SAMPLE, y + 4, legend[i].text);
    x += width + GAP;
  }
  return count > 0 ? line + 1 : 0;
}

static const char *tick_text(const struct plot_scale *scale, double value, char text[TEXT_SIZE]) {
  if (scale->kind == PLOT_WEIBULL)
    snprintf(text, TEXT_SIZE, "%.6g %%", 100 * value);
  else
    plot_scale_number(value, text);
  return text;
}

static void put_y_ticks(const struct plot *plot) {
  double ticks[PLOT_TICKS_MAX];
  char text[TEXT_SIZE];
  size_t count = plot_scale_ticks(&plot->y, 7, ticks);
  for (size_t i = 0; i < count; ++i) {
    double y = plot_scale_at(&plot->y, ticks[i]);
    if (plot->y.kind == PLOT_LINEAR && ticks[i] != floor(ticks[i])) /* it counts */
      continue;
    fprintf(plot->out, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", PLOT_LEFT, y,
            plot->width - PLOT_RIGHT, y);
    fprintf(plot->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", PLOT_LEFT - 7, y + 4,
            tick_text(&plot->y, ticks[i], text));
  }
}

static void put_x_ticks(const struct plot *plot) {
  double ticks[PLOT_TICKS_MAX];
  char text[TEXT_SIZE];
  size_t room = (size_t)plot->width / 80;
  size_t count = plot_scale_ticks(&plot->x, room > PLOT_TICKS_MAX ? PLOT_TICKS_MAX : room, ticks);
  int bottom = plot->height - PLOT_BOTTOM, right = plot->width - PLOT_RIGHT;
  for (size_t i = 0; i < count; ++i) {
    double x = plot_scale_at(&plot->x, ticks[i]);
    fprintf(plot->out, "<line class=\"tick\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x, bottom, x, bottom + 5);
    fprintf(plot->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, bottom + 19,
            x > right - 12 ? "end" : "middle", tick_text(&plot->x, ticks[i], text));
  }
}

void plot_begin(struct plot *plot, const char *label, const struct plot_legend *legend, size_t legend_count,
                const char *x_name, const char *y_name) {
  int bottom = plot->height - PLOT_BOTTOM, right = plot->width - PLOT_RIGHT;
  int top = PLOT_TOP + PLOT_LEGEND_LINE * put_legend(plot, NULL, legend, legend_count) + (*y_name ? 16 : 0);
  plot->x.begin = PLOT_LEFT;
  plot->x.end = right;
  plot->y.begin = bottom;
  plot->y.end = top;
  fprintf(plot->out, "<svg%s class=\"curve %s\" role=\"img\" aria-label=\"",
          plot->alone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", plot->size);
  html_attribute(plot->out, label);
  fprintf(plot->out, "\" viewBox=\"0 0 %d %d\">\n", plot->width, plot->height);
  if (plot->alone)
    html_plot_style(plot->out);
  put_legend(plot, plot->out, legend, legend_count);
  put_y_ticks(plot);
  put_x_ticks(plot);
  if (*y_name)
    fprintf(plot->out, "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", PLOT_LEFT, top - 10, y_name);
  fprintf(plot->out, "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", right, plot->height - 6);
  html_attribute(plot->out, x_name);
  fprintf(plot->out, "%s</text>\n", plot->x.kind == PLOT_LOG ? " (logarithmic)" : "");
  fprintf(plot->out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", PLOT_LEFT, bottom, right,
          bottom);
}

void plot_end(const struct plot *plot) { fputs("</svg>\n", plot->out); }

static double step_x(const struct plot *plot, int step) {
  return step == PLOT_STEPS ? plot->x.last : plot_scale_value(&plot->x, (double)step / PLOT_STEPS);
}

void plot_curve(const struct plot *plot, const char *style, plot_value_fn value, const void *context) {
  bool drawing = false, begun = false;
  for (int i = 0; i <= PLOT_STEPS; ++i) {
    double x = step_x(plot, i), y = value(context, x);
    if (!plot_scale_holds(&plot->y, y)) {
      drawing = false;
      continue;
    }
    if (!begun)
      fprintf(plot->out, "<path class=\"%s\" d=\"", style);
    fprintf(plot->out, "%c%.1f %.1f", drawing ? 'L' : 'M', plot_scale_at(&plot->x, x), plot_scale_at(&plot->y, y));
    drawing = begun = true;
  }
  if (begun)
    fputs("\"/>\n", plot->out);
}

/* One stretch of a band: forth along the upper ends, back along the lower ones. */
static void put_stretch(const struct plot *plot, const struct interval *ends, int first, int last) {
  for (int i = first; i <= last; ++i)
    fprintf(plot->out, "%c%.1f %.1f", i == first ? 'M' : 'L', plot_scale_at(&plot->x, step_x(plot, i)),
            plot_scale_at(&plot->y, ends[i].upper));
  for (int i = last; i >= first; --i)
    fprintf(plot->out, "L%.1f %.1f", plot_scale_at(&plot->x, step_x(plot, i)), plot_scale_at(&plot->y, ends[i].lower));
  fputc('Z', plot->out);
}

void plot_band(const struct plot *plot, const char *style, plot_band_fn band, const void *context) {
  struct interval ends[PLOT_STEPS + 1];
  int first = -1;
  fprintf(plot->out, "<path class=\"%s\" d=\"", style);
  for (int i = 0; i <= PLOT_STEPS + 1; ++i) {
    if (i <= PLOT_STEPS)
      ends[i] = band(context, step_x(plot, i));
    bool has = i <= PLOT_STEPS && !isnan(ends[i].lower) && !isnan(ends[i].upper);
    if (has && first < 0)
      first = i;
    if (!has && first >= 0) {
      put_stretch(plot, ends, first, i - 1);
      first = -1;
    }
  }
  fputs("\"/>\n", plot->out);
}

void plot_dot(const struct plot *plot, double x, double y, const char *title) {
  fprintf(plot->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"", plot_scale_at(&plot->x, x), plot_scale_at(&plot->y, y));
  if (*title) {
    fputs("><title>", plot->out);
    html_attribute(plot->out, title);
    fputs("</title></circle>\n", plot->out);
  } else
    fputs("/>\n", plot->out);
}

const char *plot_why_no_model(enum arrivals_status status) {
  static const char *const reasons[ARRIVALS_STATUS_COUNT] = {[ARRIVALS_OK] = "",
                                                             [ARRIVALS_BAD_INPUT] = "the times are not right",
                                                             [ARRIVALS_NO_FAILURES] = "nothing was found",
                                                             [ARRIVALS_TOO_FEW] = "too few were found",
                                                             [ARRIVALS_ZERO_TIME] = "something was found at time 0",
                                                             [ARRIVALS_ALL_AT_END] =
                                                                 "everything was found at the very end",
                                                             [ARRIVALS_NO_GROWTH] = "the rate does not fall"};
  assert(status < ARRIVALS_STATUS_COUNT && "a status of this enumeration");
  return reasons[status];
}
