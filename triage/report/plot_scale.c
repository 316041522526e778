/* plot_scale.c - see plot_scale.h. */
#include "triage/report/plot_scale.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define LEAST_PART 1e-12 /* of the end, where a logarithmic axis may begin */

static double bent(const struct plot_scale *scale, double value) {
  switch (scale->kind) {
  case PLOT_LOG:
    return log(value);
  case PLOT_WEIBULL:
    return log(-log1p(-value));
  default:
    return value;
  }
}

double plot_scale_at(const struct plot_scale *scale, double value) {
  value = fmin(fmax(value, scale->first), scale->last);
  double first = bent(scale, scale->first);
  double part = (bent(scale, value) - first) / (bent(scale, scale->last) - first);
  return scale->begin + part * (scale->end - scale->begin);
}

bool plot_scale_holds(const struct plot_scale *scale, double value) {
  return value >= scale->first && value <= scale->last;
}

double plot_scale_value(const struct plot_scale *scale, double part) {
  double first = bent(scale, scale->first), at = first + part * (bent(scale, scale->last) - first);
  switch (scale->kind) {
  case PLOT_LOG:
    return exp(at);
  case PLOT_WEIBULL:
    return -expm1(-exp(at));
  default:
    return at;
  }
}

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least) {
  double power = pow(10, floor(log10(least)));
  return power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
}

static size_t linear_ticks(const struct plot_scale *scale, size_t room, double *ticks) {
  double step = round_step((scale->last - scale->first) / (double)(room - 1));
  double index = ceil(scale->first / step * (1 - 1e-9)), last = scale->last * (1 + 1e-9);
  size_t count = 0;
  while (count < room && (index + (double)count) * step <= last) {
    ticks[count] = (index + (double)count) * step;
    count++;
  }
  return count;
}

static size_t log_ticks(const struct plot_scale *scale, size_t room, double *ticks) {
  static const double parts[] = {1, 2, 5};
  int lowest = (int)ceil(log10(scale->first) - 1e-9), highest = (int)floor(log10(scale->last) + 1e-9);
  int powers = highest - lowest + 1, every = powers > 1 ? (powers + (int)room - 1) / (int)room : 1;
  bool only_powers = powers > 1 && 3 * powers > (int)room;
  size_t count = 0;
  for (int power = only_powers ? lowest : lowest - 1; power <= highest; power += every)
    for (size_t i = 0; i < (only_powers ? 1 : sizeof parts / sizeof *parts); i++) {
      double tick = parts[i] * pow(10, power);
      if (count < room && tick >= scale->first * (1 - 1e-9) && tick <= scale->last * (1 + 1e-9) && isfinite(tick))
        ticks[count++] = tick;
    }
  return count;
}

static size_t share_ticks(const struct plot_scale *scale, size_t room, double *ticks) {
  static const double usual[] = {1e-6, 1e-5, 1e-4, .001, .01, .05, .1, .2, .5, .8, .9, .95, .99, .999};
  size_t fitting = 0, count = 0;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    fitting += plot_scale_holds(scale, usual[i]);
  size_t every = (fitting + room - 1) / room, seen = 0;
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (plot_scale_holds(scale, usual[i]) && seen++ % every == 0)
      ticks[count++] = usual[i];
  return count;
}

size_t plot_scale_ticks(const struct plot_scale *scale, size_t room, double ticks[PLOT_TICKS_MAX]) {
  assert(scale->first < scale->last && room >= 2 && room <= PLOT_TICKS_MAX && "an axis of some length");
  switch (scale->kind) {
  case PLOT_LOG:
    return log_ticks(scale, room, ticks);
  case PLOT_WEIBULL:
    return share_ticks(scale, room, ticks);
  default:
    return linear_ticks(scale, room, ticks);
  }
}

struct plot_scale plot_scale_exposure(const double *times, size_t count, double end, double begin_at, double end_at) {
  struct plot_scale scale = {PLOT_LINEAR, 0, end, begin_at, end_at};
  size_t first = 0;
  if (count == 0 || !(times[count / 2] < end / 20))
    return scale;
  while (first < count && times[first] == 0)
    first++;
  double least = fmax(first < count ? times[first] : end / 1000, end * LEAST_PART);
  scale.kind = PLOT_LOG;
  scale.first = pow(10, floor(log10(least) + 1e-9));
  return scale;
}

const char *plot_scale_number(double value, char text[TEXT_SIZE]) {
  static const char *const letters[] = {"", "k", "M", "G", "T", "P"};
  size_t letter = 0;
  for (; value >= 999.5 && letter + 1 < sizeof letters / sizeof *letters; ++letter)
    value /= 1000;
  snprintf(text, TEXT_SIZE, "%.3g%s", value, letters[letter]);
  return text;
}
