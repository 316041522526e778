#include "triage/reliability/weibull_sample.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

bool weibull_sample_take(struct weibull_sample *sample, const struct times *times,
                         const struct times_summary *summary) {
  *sample = (struct weibull_sample){.failures = summary->failures, .largest = summary->largest};
  sample->u = malloc(times->n * sizeof *sample->u);
  sample->weight = times->count ? malloc(times->n * sizeof *sample->weight) : NULL;
  if (!sample->u || (times->count && !sample->weight)) {
    weibull_sample_free(sample);
    return false;
  }
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < times->n; i++) {
    double count = times->count ? (double)times->count[i] : 1;
    if (count == 0 || times->time[i] == 0)
      continue;
    double u = times_log_ratio(times->time[i], summary->largest);
    sample->u[sample->rows] = u;
    if (sample->weight)
      sample->weight[sample->rows] = count;
    sample->rows++;
    if (!times->event || times->event[i]) {
      sum += count * u;
      squares += count * u * u;
    }
  }
  sample->mean_u = sum / sample->failures;
  sample->deviation_u = sqrt(fmax(0, squares / sample->failures - sample->mean_u * sample->mean_u));
  assert(sample->mean_u < 0 && "a failure before the largest time");
  return true;
}

void weibull_sample_free(struct weibull_sample *sample) {
  free(sample->u);
  free(sample->weight);
  *sample = (struct weibull_sample){0};
}

enum { BLOCK = 512 }; /* Sums of blocks are summed: a million rows lose no more digits than a thousand would. */

struct weibull_moments weibull_moments(const struct weibull_sample *sample, double b, size_t stride) {
  double total[4] = {0};
  const double *u = sample->u;
  const double *weight = sample->weight;
  for (size_t begin = 0; begin < sample->rows; begin += BLOCK * stride) {
    size_t end = sample->rows - begin > BLOCK * stride ? begin + BLOCK * stride : sample->rows;
    double part[4] = {0};
    for (size_t i = begin; i < end; i += stride) {
      double term = exp(b * u[i]);
      if (weight)
        term *= weight[i];
      part[0] += term;
      part[1] += term *= u[i];
      part[2] += term *= u[i];
      part[3] += term * u[i];
    }
    for (int k = 0; k < 4; k++)
      total[k] += part[k];
  }
  double mean = total[1] / total[0];
  double square = total[2] / total[0];
  double cube = total[3] / total[0];
  return (struct weibull_moments){
      .b = b,
      .s0 = total[0],
      .mean = mean,
      .variance = fmax(0, square - mean * mean),
      .third = cube - 3 * mean * square + 2 * mean * mean * mean,
      .score = 1 + b * (sample->mean_u - mean),
  };
}

/* Halley's step in ln b for the root of score / b, which falls everywhere; Newton's where Halley's is not to be
 * trusted. */
static double step_of(const struct weibull_moments *at) {
  double b2 = at->b * at->b;
  double slope = -(1 + b2 * at->variance);
  double bend = 1 - b2 * at->variance - b2 * at->b * at->third;
  double denominator = 2 * slope * slope - at->score * bend;
  double newton = -at->score / slope;
  double halley = -2 * at->score * slope / denominator;
  return denominator > slope * slope && isfinite(halley) ? halley : newton;
}

enum { PASSES = 200 }; /* Far more than any data took; the bound is what makes the loop end. */

/* From `x` = ln b, not below the smallest that a root can have. */
static struct weibull_moments solve_from(const struct weibull_sample *sample, double x, size_t stride) {
  /* A mean is not above 0, so at the root 1/b = mean - mean_u <= -mean_u. */
  double low = -log(-sample->mean_u);
  double high = INFINITY;
  double last = INFINITY;
  x = fmax(x, low);
  struct weibull_moments at = {0};
  for (int pass = 0; pass < PASSES; pass++) {
    at = weibull_moments(sample, exp(x), stride);
    double step = fmin(fmax(step_of(&at), -2), 2);
    if (fabs(step) < 1e-14 || (fabs(step) < 1e-10 && fabs(step) >= fabs(last)))
      break;
    if (at.score > 0)
      low = fmax(low, x);
    else
      high = fmin(high, x);
    double next = x + step;
    if (next < low || next > high || pass > PASSES / 2)
      next = isinf(high) ? low + 2 : low + (high - low) / 2;
    if (next == x)
      break;
    last = step;
    x = next;
  }
  return at;
}

struct weibull_moments weibull_solve(const struct weibull_sample *sample) {
  /* Menon's estimate, of the failures alone. */
  double x = -log(-sample->mean_u);
  if (sample->deviation_u > 0)
    x = log(M_PI / sqrt(6) / sample->deviation_u);
  /* Of very many rows some tell nearly what all would: then two or three passes over all are enough. */
  enum { ENOUGH = 2048 };
  if (sample->rows > 4 * ENOUGH)
    x = log(solve_from(sample, x, sample->rows / ENOUGH).b);
  return solve_from(sample, x, 1);
}

double weibull_log_scale(const struct weibull_sample *sample, const struct weibull_moments *at) {
  return log(at->s0 / sample->failures) / at->b;
}
