#include "triage/reliability/rank_regression.h"

#include <math.h>
#include <stdlib.h>

#include "triage/reliability/special.h"

struct row {
  double time;
  size_t at; /* in the times */
};

static const struct rank_regression nothing = {
    .y_on_x = {NAN, NAN, NAN}, .x_on_y = {NAN, NAN, NAN}, .correlation = NAN};

static int by_time(const void *left, const void *right) {
  const struct row *a = left;
  const struct row *b = right;
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return (a->at > b->at) - (a->at < b->at);
}

static bool failed(const struct times *times, size_t at) { return !times->event || times->event[at]; }

static double units(const struct times *times, size_t at) { return times->count ? (double)times->count[at] : 1; }

/* The ranks of one run of rows at the same time: its failures come before its censored units. */
struct ranking {
  double n;      /* units in all */
  double rank;   /* of the failure before */
  double behind; /* units not yet passed */
  struct rank_regression_point *points;
  size_t room, used;
};

static void rank_run(struct ranking *ranking, const struct times *times, const struct row *rows, size_t count) {
  double failures = 0;
  double all = 0;
  for (size_t i = 0; i < count; i++) {
    all += units(times, rows[i].at);
    if (failed(times, rows[i].at))
      failures += units(times, rows[i].at);
  }
  for (size_t i = 0; i < (size_t)failures; i++) {
    /* Johnson: what rank is left, shared by this unit and those behind it. */
    ranking->rank += (ranking->n + 1 - ranking->rank) / (ranking->behind - (double)i + 1);
    if (ranking->used < ranking->room)
      ranking->points[ranking->used] = (struct rank_regression_point){
          rows->time, ranking->rank, special_beta_quantile(.5, ranking->rank, ranking->n - ranking->rank + 1)};
    ranking->used++;
  }
  ranking->behind -= all;
}

static bool too_many(const struct times_summary *sum) {
  return sum->failures > RANK_REGRESSION_FAILURES || sum->n > RANK_REGRESSION_UNITS;
}

static bool may_rank(const struct times_summary *sum) {
  return !sum->bad && !sum->zero_failure && sum->failures > 0 && !too_many(sum);
}

size_t rank_regression_points(const struct times *times, struct rank_regression_point *points, size_t room) {
  struct times_summary sum = times_summarize(times);
  struct row *rows = may_rank(&sum) ? malloc(times->n * sizeof *rows) : NULL;
  if (!rows)
    return 0;
  size_t used = 0;
  for (size_t i = 0; i < times->n; i++)
    if (units(times, i) > 0) /* the time of a row of no unit may be anything */
      rows[used++] = (struct row){times->time[i], i};
  qsort(rows, used, sizeof *rows, by_time);
  struct ranking ranking = {sum.n, 0, sum.n, points, room, 0};
  for (size_t begin = 0, end = 0; begin < used; begin = end) {
    while (end < used && rows[end].time == rows[begin].time)
      end++;
    rank_run(&ranking, times, rows + begin, end - begin);
  }
  free(rows);
  return ranking.used;
}

/* Sums of squares and products around the means. */
struct sums {
  double x, y; /* means */
  double xx, yy, xy;
};

static double paper_y(const struct rank_regression_point *point) { return log(-log1p(-point->median)); }

static struct sums sums_of(const struct rank_regression_point *points, size_t n) {
  /* Relative to the last time: of times that nearly agree only the difference counts. */
  double unit = points[n - 1].time;
  struct sums sums = {0};
  for (size_t i = 0; i < n; i++) {
    sums.x += times_log_ratio(points[i].time, unit) / (double)n;
    sums.y += paper_y(&points[i]) / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    double x = times_log_ratio(points[i].time, unit) - sums.x;
    double y = paper_y(&points[i]) - sums.y;
    sums.xx += x * x;
    sums.yy += y * y;
    sums.xy += x * y;
  }
  return sums;
}

static struct rank_regression_line line_of(double beta, const struct sums *sums, double unit) {
  double scale = sums->x - sums->y / beta;
  return (struct rank_regression_line){beta, times_scale(unit, scale),
                                       times_scale(unit, scale + special_gamma_ln(1 + 1 / beta))};
}

static struct rank_regression with_status(enum rank_regression_status status) {
  struct rank_regression fit = nothing;
  fit.status = status;
  return fit;
}

struct rank_regression rank_regression_fit(const struct times *times) {
  struct times_summary sum = times_summarize(times);
  if (sum.bad || sum.zero_failure)
    return with_status(RANK_REGRESSION_BAD_TIME);
  if (too_many(&sum))
    return with_status(RANK_REGRESSION_TOO_MANY);
  size_t n = (size_t)sum.failures;
  if (n < 2)
    return with_status(RANK_REGRESSION_TOO_FEW);
  struct rank_regression_point *points = malloc(n * sizeof *points);
  if (!points || rank_regression_points(times, points, n) == 0) {
    free(points);
    return with_status(RANK_REGRESSION_NO_MEMORY);
  }
  struct rank_regression fit = nothing;
  struct sums sums = sums_of(points, n);
  double unit = points[n - 1].time;
  if (points[0].time == unit) {
    fit.status = RANK_REGRESSION_TOO_FEW;
  } else {
    fit.status = RANK_REGRESSION_OK;
    fit.y_on_x = line_of(sums.xy / sums.xx, &sums, unit);
    fit.x_on_y = line_of(sums.yy / sums.xy, &sums, unit);
    fit.correlation = sums.xy / sqrt(sums.xx * sums.yy);
  }
  free(points);
  return fit;
}
