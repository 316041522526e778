/* plot_text.c - the pictures in characters (plot.h).
 *
 * Points are characters of their own; a curve is made of braille patterns (Unicode, chapter 21.1), two dots wide and
 * four high in each character, or of full stops where there is no Unicode. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/report/plot.h"
#include "triage/report/words.h"

enum { ROWS = 8, COLUMNS_MAX = 92, MARGIN = 8, DOTS_WIDE = 2, DOTS_HIGH = 4 };

struct canvas {
  int columns;
  struct plot_scale x, y; /* over dots, from the upper left */
  unsigned char dots[ROWS][COLUMNS_MAX];
  bool points[ROWS][COLUMNS_MAX];
};

static void set_scales(struct canvas *canvas, struct plot_scale x, struct plot_scale y) {
  canvas->x = x;
  canvas->y = y;
  canvas->x.begin = 0;
  canvas->x.end = DOTS_WIDE * canvas->columns - 1;
  canvas->y.begin = DOTS_HIGH * ROWS - 1;
  canvas->y.end = 0;
}

static int dot_of(const struct plot_scale *scale, double value) { return (int)lround(plot_scale_at(scale, value)); }

static void put_point(struct canvas *canvas, double x, double y) {
  canvas->points[dot_of(&canvas->y, y) / DOTS_HIGH][dot_of(&canvas->x, x) / DOTS_WIDE] = true;
}

static void put_curve(struct canvas *canvas, plot_value_fn value, const void *context) {
  static const unsigned char bits[DOTS_HIGH][DOTS_WIDE] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  int wide = DOTS_WIDE * canvas->columns;
  for (int column = 0; column < wide; ++column) {
    double y = value(context, plot_scale_value(&canvas->x, (double)column / (wide - 1)));
    if (!plot_scale_holds(&canvas->y, y))
      continue;
    int row = dot_of(&canvas->y, y);
    canvas->dots[row / DOTS_HIGH][column / DOTS_WIDE] |= bits[row % DOTS_HIGH][column % DOTS_WIDE];
  }
}

static void print_cell(FILE *out, bool point, unsigned char dots, bool unicode) {
  if (point)
    fputs(unicode ? "\xe2\x97\x8f" : "o", out); /* U+25CF */
  else if (dots == 0)
    fputc(' ', out);
  else if (unicode)
    fprintf(out, "\xe2%c%c", 0xa0 + (dots >> 6), 0x80 + (dots & 0x3f)); /* U+2800 + dots */
  else
    fputc('.', out);
}

static void print_rows(FILE *out, const struct canvas *canvas, bool unicode) {
  char labels[ROWS][TEXT_SIZE] = {0};
  double ticks[PLOT_TICKS_MAX];
  size_t count = plot_scale_ticks(&canvas->y, 5, ticks);
  for (size_t i = 0; i < count; ++i) {
    char *label = labels[dot_of(&canvas->y, ticks[i]) / DOTS_HIGH];
    if (canvas->y.kind == PLOT_WEIBULL)
      snprintf(label, TEXT_SIZE, "%.4g %%", 100 * ticks[i]);
    else if (ticks[i] == floor(ticks[i]))
      plot_scale_number(ticks[i], label);
  }
  for (int row = 0; row < ROWS; ++row) {
    int last = canvas->columns - 1;
    while (last >= 0 && !canvas->points[row][last] && !canvas->dots[row][last])
      --last;
    fprintf(out, "%*s %s", MARGIN, labels[row], unicode ? "\xe2\x94\x82" : "|"); /* U+2502 */
    for (int column = 0; column <= last; ++column)
      print_cell(out, canvas->points[row][column], canvas->dots[row][column], unicode);
    fputc('\n', out);
  }
}

static void print_x_axis(FILE *out, const struct canvas *canvas, bool unicode) {
  double ticks[PLOT_TICKS_MAX];
  size_t count = plot_scale_ticks(&canvas->x, (size_t)canvas->columns / 10, ticks);
  fprintf(out, "%*s %s", MARGIN, "", unicode ? "\xe2\x94\x94" : "+"); /* U+2514 */
  for (int column = 0; column < canvas->columns; ++column)
    fputs(unicode ? "\xe2\x94\x80" : "-", out); /* U+2500 */
  fprintf(out, "\n%*s", MARGIN + 2, "");
  int at = 0;
  for (size_t i = 0; i < count; ++i) {
    char label[TEXT_SIZE];
    int column = dot_of(&canvas->x, ticks[i]) / DOTS_WIDE, length = (int)strlen(plot_scale_number(ticks[i], label));
    if (column < at + (at > 0) || column + length > canvas->columns)
      continue;
    fprintf(out, "%*s%s", column - at, "", label);
    at = column + length;
  }
  fputc('\n', out);
}

static void print(FILE *out, const struct canvas *canvas, const struct mtbf *mtbf, const char *points,
                  const char *curve, bool unicode) {
  fprintf(out, "\n%*s %s %s", MARGIN, "", unicode ? "\xe2\x97\x8f" : "o", points);
  if (*curve)
    fprintf(out, "   %s %s", unicode ? "\xe2\xa0\x92\xe2\xa0\x92" : "..", curve); /* U+2812 */
  fprintf(out, "   (%.40s)\n", words_or(mtbf->unit, ""));
  print_rows(out, canvas, unicode);
  print_x_axis(out, canvas, unicode);
}

static double power_law_at(const void *context, double x) { return power_law_expected(context, x); }
static double share_at(const void *context, double x) { return weibull_share(context, x); }

static void write_growth(FILE *out, struct canvas *canvas, const struct mtbf *mtbf, bool unicode) {
  const struct arrivals *arrivals = &mtbf->arrivals;
  const struct power_law *fit = &mtbf->estimate->headline.power_law;
  if (!plot_can_draw_growth(mtbf) || arrivals->count == 0)
    return;
  set_scales(canvas, plot_scale_exposure(arrivals->times, arrivals->count, arrivals_end(arrivals), 0, 1),
             (struct plot_scale){PLOT_LINEAR, 0, (double)arrivals->count, 0, 1});
  if (fit->status == ARRIVALS_OK)
    put_curve(canvas, power_law_at, fit);
  for (size_t i = 0; i < arrivals->count; ++i)
    put_point(canvas, arrivals->times[i], (double)i + 1);
  print(out, canvas, mtbf, "found so far", fit->status == ARRIVALS_OK ? "power law" : "", unicode);
}

static void write_weibull(FILE *out, struct canvas *canvas, const struct mtbf *mtbf, bool unicode) {
  const struct weibull_fit *fit = &mtbf->estimate->weibull;
  struct rank_regression_point *points;
  struct plot_scale x, y;
  size_t count = plot_weibull_points(mtbf, &points);
  if (count > 0) {
    plot_weibull_axes(points, count, &x, &y);
    set_scales(canvas, x, y);
    if (fit->status == WEIBULL_OK)
      put_curve(canvas, share_at, fit);
    for (size_t i = 0; i < count; ++i)
      put_point(canvas, points[i].time, points[i].median);
    print(out, canvas, mtbf, "failed, at median ranks, on Weibull paper",
          fit->status == WEIBULL_OK ? "maximum likelihood" : "", unicode);
  }
  free(points);
}

void plot_write_text(FILE *out, const struct mtbf *mtbf, int columns, bool unicode) {
  struct canvas canvas = {.columns = (columns < 40 ? 40 : columns > 100 ? 100 : columns) - MARGIN - 2};
  if (mtbf->estimate->arrived)
    write_growth(out, &canvas, mtbf, unicode);
  else
    write_weibull(out, &canvas, mtbf, unicode);
}
