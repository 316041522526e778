/* mtbf_words.c - what all forms of a mean time between failures say alike (mtbf.h). */
#include <math.h>
#include <string.h>

#include "triage/report/mtbf.h"
#include "triage/report/words.h"

const char *mtbf_figure(double value, char text[TEXT_SIZE]) {
  if (isnan(value))
    snprintf(text, TEXT_SIZE, "none");
  else if (isinf(value))
    snprintf(text, TEXT_SIZE, "no bound");
  else if (value != 0 && (fabs(value) < 1e-3 || fabs(value) >= 1e15))
    snprintf(text, TEXT_SIZE, "%.3e", value);
  else if (fabs(value) < 1e3)
    snprintf(text, TEXT_SIZE, "%.4g", value);
  else {
    double unit = pow(10, floor(log10(value)) - 3);
    text_count((uint64_t)(round(value / unit) * unit + 0.5), text);
  }
  return text;
}

const char *mtbf_range(struct interval interval, double estimate, const char *unit, char text[MTBF_WORDS_SIZE]) {
  char lower[TEXT_SIZE], upper[TEXT_SIZE];
  const char *space = *unit ? " " : "";
  mtbf_figure(interval.lower, lower);
  if (isnan(interval.lower))
    snprintf(text, MTBF_WORDS_SIZE, "no interval");
  else if (isinf(interval.upper) || (estimate > 0 && !interval_upper_is_useful(interval, estimate)))
    snprintf(text, MTBF_WORDS_SIZE, "at least %s%s%.60s; no useful upper bound", lower, space, unit);
  else
    snprintf(text, MTBF_WORDS_SIZE, "%s to %s%s%.60s", lower, mtbf_figure(interval.upper, upper), space, unit);
  return text;
}

static struct mtbf_first first_of_lives(const struct estimate *estimate) {
  if (estimate->weibull.status == WEIBULL_OK)
    return (struct mtbf_first){estimate->weibull.mtbf, estimate->likelihood_ratio.mtbf,
                               "mean of a Weibull distribution, maximum likelihood; interval by likelihood ratio"};
  if (estimate->exponential.failures == 0)
    return (struct mtbf_first){INFINITY,
                               {estimate->exponential_lower, INFINITY},
                               "one-sided bound, as if failures came at a constant rate: none was seen"};
  if (!isnan(estimate->exponential.mtbf))
    return (struct mtbf_first){estimate->exponential.mtbf, estimate->exponential_interval,
                               "exposure over failures, as if they came at a constant rate"};
  return (struct mtbf_first){NAN, {NAN, NAN}, NULL};
}

struct mtbf_first mtbf_first(const struct mtbf *mtbf) {
  const struct headline *headline = &mtbf->estimate->headline;
  if (!mtbf->estimate->arrived)
    return first_of_lives(mtbf->estimate);
  if (headline->quantity == HEADLINE_NOTHING)
    return (struct mtbf_first){NAN, {NAN, NAN}, NULL};
  return (struct mtbf_first){headline->mtbf, headline->interval, headline_quantity_words(headline->quantity)};
}

const char *mtbf_words_value(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]) {
  struct mtbf_first first = mtbf_first(mtbf);
  char number[TEXT_SIZE];
  if (isfinite(first.value))
    snprintf(text, MTBF_WORDS_SIZE, "%s %.60s", mtbf_figure(first.value, number), words_or(mtbf->unit, ""));
  else
    snprintf(text, MTBF_WORDS_SIZE, "no estimate");
  return text;
}

const char *mtbf_words_interval(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]) {
  struct mtbf_first first = mtbf_first(mtbf);
  char between[MTBF_WORDS_SIZE];
  snprintf(text, MTBF_WORDS_SIZE, "%.4g %%: %.300s", 100 * mtbf->estimate->confidence,
           mtbf_range(first.interval, first.value, words_or(mtbf->unit, ""), between));
  return text;
}

/* The plural, without its s where there is one of them. */
static int thing_length(const char *things, double count) {
  size_t length = strlen(things);
  return (int)(length > 60 ? 60 : length - (count == 1 && length > 0 && things[length - 1] == 's'));
}

const char *mtbf_words_events(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]) {
  const struct estimate *estimate = mtbf->estimate;
  const struct weibull_fit *fit = &estimate->weibull;
  char n[TEXT_SIZE], failed[TEXT_SIZE], exposure[TEXT_SIZE];
  const char *unit = words_or(mtbf->unit, ""), *event = words_or(mtbf->event, "events");
  mtbf_figure(estimate->exposure, exposure);
  mtbf_figure(fit->failures, failed);
  if (estimate->arrived)
    snprintf(text, MTBF_WORDS_SIZE, "%s %.*s in %s %.60s, watched until %s", failed, thing_length(event, fit->failures),
             event, exposure, unit,
             estimate->end == EXPONENTIAL_END_BY_TIME ? "a time set beforehand" : "the last of them");
  else
    snprintf(text, MTBF_WORDS_SIZE, "%s of %s %.60s failed in %s %.60s; censored, for they had not: %.3g %%", failed,
             mtbf_figure(fit->n, n), words_or(mtbf->unit_kind, "units"), exposure, unit,
             fit->n > 0 ? 100 * (fit->n - fit->failures) / fit->n : 0);
  return text;
}

const char *mtbf_words(const struct mtbf *mtbf, char text[MTBF_WORDS_SIZE]) {
  struct mtbf_first first = mtbf_first(mtbf);
  char value[MTBF_WORDS_SIZE], interval[MTBF_WORDS_SIZE];
  if (first.quantity)
    snprintf(text, MTBF_WORDS_SIZE, "MTBF %.90s (%.200s): %.180s", mtbf_words_value(mtbf, value),
             mtbf_words_interval(mtbf, interval), first.quantity);
  else
    snprintf(text, MTBF_WORDS_SIZE, "MTBF: there is neither an estimate nor a bound");
  return text;
}
