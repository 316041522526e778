/* mtbf_text.c - a mean time between failures for a terminal (mtbf.h). */
#include <math.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/mtbf.h"
#include "triage/report/visible.h"
#include "triage/report/words.h"

#define COLUMNS 200
#define LINE (4 * COLUMNS)

struct writing {
  FILE *out;
  const struct mtbf *mtbf;
  const struct estimate *estimate;
  struct text_style style;
};

/* ---- figures ---- */

/* Four digits that count; `none` where there is none. */
static const char *figure(double value, char text[TEXT_SIZE]) {
  if (isnan(value))
    snprintf(text, TEXT_SIZE, "none");
  else if (isinf(value))
    snprintf(text, TEXT_SIZE, "no bound");
  else if (value != 0 && (fabs(value) < 1e-3 || fabs(value) >= 1e15))
    snprintf(text, TEXT_SIZE, "%.3e", value);
  else if (fabs(value) < 1e4)
    snprintf(text, TEXT_SIZE, "%.4g", value);
  else {
    double unit = pow(10, floor(log10(value)) - 3);
    text_count((uint64_t)(round(value / unit) * unit + 0.5), text);
  }
  return text;
}

/* `19.89 to 84.34`, or what there is to say in its place. */
static const char *range(struct interval interval, double estimate, char text[2 * TEXT_SIZE + 64]) {
  char lower[TEXT_SIZE], upper[TEXT_SIZE];
  figure(interval.lower, lower);
  if (isnan(interval.lower))
    snprintf(text, 2 * TEXT_SIZE + 64, "no interval");
  else if (isinf(interval.upper) || (estimate > 0 && !interval_upper_is_useful(interval, estimate)))
    snprintf(text, 2 * TEXT_SIZE + 64, "at least %s; no useful upper bound", lower);
  else
    snprintf(text, 2 * TEXT_SIZE + 64, "%s to %s", lower, figure(interval.upper, upper));
  return text;
}

static void row(const struct writing *writing, const char *name, double value, struct interval interval,
                const char *note) {
  char number[TEXT_SIZE], between[2 * TEXT_SIZE + 64];
  if (isnan(value) && isnan(interval.lower))
    return;
  fprintf(writing->out, "  %-30s %12s   %-30s%s%s%s\n", name, figure(value, number), range(interval, value, between),
          *note ? "  " : "", note, "");
}

static void row_alone(const struct writing *writing, const char *name, double value, const char *note) {
  char number[TEXT_SIZE];
  if (!isnan(value))
    fprintf(writing->out, "  %-30s %12s   %s\n", name, figure(value, number), note);
}

static void title(const struct writing *writing, const char *text) {
  fprintf(writing->out, "\n%s%s%s\n", writing->style.bold, text, writing->style.end);
}

/* ---- what it is of ---- */

static void line_of(const struct writing *writing, const char *name, const char *text) {
  char line[LINE];
  visible_cut(text, COLUMNS, line, sizeof line);
  if (*line)
    fprintf(writing->out, "  %-10s %s\n", name, line);
}

static void write_events(const struct writing *writing) {
  const struct weibull_fit *fit = &writing->estimate->weibull;
  char n[TEXT_SIZE], failed[TEXT_SIZE], exposure[TEXT_SIZE];
  figure(writing->estimate->exposure, exposure);
  if (writing->estimate->arrived)
    fprintf(writing->out, "  %-10s %s in %s %s, watched until %s\n", "events", figure(fit->failures, failed), exposure,
            writing->mtbf->unit,
            writing->estimate->end == EXPONENTIAL_END_BY_TIME ? "a time set beforehand" : "the last of them");
  else
    fprintf(writing->out, "  %-10s %s of %s %s failed, the others had not when last seen (%.3g %% censored)\n",
            "events", figure(fit->failures, failed), figure(fit->n, n), writing->mtbf->unit_kind,
            fit->n > 0 ? 100 * (fit->n - fit->failures) / fit->n : 0);
  if (!writing->estimate->arrived)
    fprintf(writing->out, "  %-10s %s %s in all\n", "exposure", exposure, writing->mtbf->unit);
}

/* ---- the figure to read first ---- */

static void write_first(const struct writing *writing, const char *quantity, double value, struct interval interval) {
  char number[TEXT_SIZE], between[2 * TEXT_SIZE + 64];
  const char *unit = writing->mtbf->unit;
  double percent = 100 * writing->estimate->confidence;
  fprintf(writing->out, "\n%sMTBF: %s%s%s", writing->style.bold, isinf(value) ? "" : figure(value, number),
          isinf(value) ? "no estimate" : " ", isinf(value) ? "" : unit);
  fprintf(writing->out, "%s, %.4g %%: %s %s\n  %s\n", writing->style.end, percent, range(interval, value, between),
          unit, quantity);
}

static void write_headline_of_lives(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  if (estimate->weibull.status == WEIBULL_OK)
    write_first(writing, "mean of a Weibull distribution, maximum likelihood; interval by likelihood ratio",
                estimate->weibull.mtbf, estimate->likelihood_ratio.mtbf);
  else if (estimate->exponential.failures == 0)
    write_first(writing, "one-sided bound, as if failures came at a constant rate: none was seen", INFINITY,
                (struct interval){estimate->exponential_lower, INFINITY});
  else if (!isnan(estimate->exponential.mtbf))
    write_first(writing, "exposure over failures, as if they came at a constant rate", estimate->exponential.mtbf,
                estimate->exponential_interval);
}

static const char *why_no_weibull(enum weibull_status status) {
  switch (status) {
  case WEIBULL_NO_FAILURES:
    return "nothing failed";
  case WEIBULL_BETA_INFINITE:
    return "all failures are at the largest time, where the likelihood grows with the shape without end";
  case WEIBULL_ZERO_FAILURE_TIME:
    return "something failed at time 0, where the likelihood is not bounded";
  case WEIBULL_NO_MEMORY:
    return "memory is short";
  default:
    return "a time is no number from 0";
  }
}

/* ---- the distributions ---- */

static void write_weibull(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  const struct weibull_fit *fit = &estimate->weibull;
  char note[128];
  title(writing, estimate->arrived ? "Weibull distribution of the gaps" : "Weibull distribution");
  if (fit->status != WEIBULL_OK) {
    fprintf(writing->out, "  no fit: %s\n", why_no_weibull(fit->status));
    return;
  }
  if (estimate->arrived && estimate->headline.direction != TREND_NONE)
    fputs("  means nothing here: the arrivals have a trend, so their gaps are not of one distribution\n", writing->out);
  row(writing, "mean", fit->mtbf, estimate->likelihood_ratio.mtbf, "likelihood ratio");
  row(writing, "mean", fit->mtbf, estimate->wald.mtbf, "Wald, approximate");
  snprintf(note, sizeof note, "beta = 1, a constant rate: p = %.3g", fit->beta1_p);
  row(writing, "shape beta", fit->beta, estimate->likelihood_ratio.beta, note);
  row_alone(writing, "shape without its bias (RBA)", estimate->unbiased.median_beta, "median-unbiased");
  row(writing, "scale eta", fit->eta, estimate->likelihood_ratio.eta, "");
  if (estimate->ranks.status == RANK_REGRESSION_OK) {
    snprintf(note, sizeof note, "shape %.4g, scale %.4g", estimate->ranks.x_on_y.beta, estimate->ranks.x_on_y.eta);
    row_alone(writing, "mean by the line of ranks", estimate->ranks.x_on_y.mtbf, note);
  }
  if (!isnan(estimate->goodness.p)) {
    snprintf(note, sizeof note, "A2 = %.4g: %s", estimate->goodness.a2,
             estimate->goodness.p < 0.05 ? "a Weibull distribution is rejected"
                                         : "a Weibull distribution is not rejected");
    row_alone(writing, "Anderson-Darling p", estimate->goodness.p, note);
  }
  fprintf(writing->out, "  log-likelihood %.6g, AIC %.6g, AICc %.6g, BIC %.6g\n", fit->loglik, fit->aic, fit->aicc,
          fit->bic);
}

static void write_exponential(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  title(writing, "At a constant rate (exponential)");
  if (estimate->exponential.failures == 0)
    row(writing, "exposure over events", INFINITY, (struct interval){estimate->exponential_lower, INFINITY},
        "one-sided; nothing was seen");
  else
    row(writing, "exposure over events", estimate->exponential.mtbf, estimate->exponential_interval,
        "exact, by chi-square");
}

/* ---- arrivals ---- */

static void write_trend(const struct writing *writing) {
  static const char *const directions[] = {
      [TREND_NONE] = "no trend is seen", [TREND_FALLING] = "the rate falls", [TREND_RISING] = "the rate rises"};
  const struct headline *headline = &writing->estimate->headline;
  if (headline->trend.status != ARRIVALS_OK)
    return;
  title(writing, "Trend");
  fprintf(
      writing->out, "  %s (at %.3g %%): Laplace u = %.4g, p = %.3g; MIL-HDBK-189 chi-square = %.5g of %.0f, p = %.3g\n",
      directions[headline->direction], 100 * HEADLINE_SIGNIFICANCE, headline->trend.laplace_u,
      headline->trend.laplace_p, headline->trend.milhdbk_chi2, headline->trend.milhdbk_df, headline->trend.milhdbk_p);
}

static void write_models(const struct writing *writing) {
  const struct headline *headline = &writing->estimate->headline;
  char note[128], number[TEXT_SIZE];
  if (headline->trend.status != ARRIVALS_OK)
    return;
  title(writing, "To the next event, by other models (where they differ much, none is to be relied on)");
  if (!isnan(headline->residual.rate)) {
    snprintf(note, sizeof note, "%.0f seen once, %.0f twice", writing->estimate->f1, writing->estimate->f2);
    row(writing, "residual, exposure / seen once", headline->residual.mtbf,
        (struct interval){headline->residual.mtbf_lower, headline->residual.mtbf_upper}, note);
  }
  snprintf(note, sizeof note, "shape %.4g, unbiased %.4g", headline->power_law.beta, headline->power_law.beta_unbiased);
  row(writing, "power law (Crow-AMSAA)", headline->power_law.mtbf, headline->power_law.mtbf_exact, note);
  snprintf(note, sizeof note, "%s more to come", figure(headline->goel_okumoto.remaining, number));
  row_alone(writing, "Goel-Okumoto", headline->goel_okumoto.mtbf, note);
  row_alone(writing, "Musa-Okumoto", headline->musa_okumoto.mtbf, "");
}

static void write_failing(const struct writing *writing) {
  double failing = writing->mtbf->failing, exposure = writing->estimate->exposure;
  char number[TEXT_SIZE], count[TEXT_SIZE];
  if (isnan(failing) || failing == 0)
    return;
  title(writing, "As it is, with nothing fixed");
  fprintf(writing->out, "  one failing input every %s %s (%s in all); most of them show the same bugs again\n",
          figure(exposure / failing, number), writing->mtbf->unit, figure(failing, count));
}

bool mtbf_write_text(FILE *out, const struct mtbf *mtbf, bool color) {
  struct writing writing = {out, mtbf, mtbf->estimate, text_style(color)};
  const struct headline *headline = &mtbf->estimate->headline;
  line_of(&writing, "of", mtbf->subject);
  line_of(&writing, "from", mtbf->source);
  line_of(&writing, "clock", mtbf->clock);
  line_of(&writing, "workload", mtbf->workload);
  write_events(&writing);
  if (mtbf->estimate->arrived && headline->quantity != HEADLINE_NOTHING)
    write_first(&writing, headline_quantity_words(headline->quantity), headline->mtbf, headline->interval);
  else if (!mtbf->estimate->arrived)
    write_headline_of_lives(&writing);
  if (mtbf->estimate->arrived) {
    write_trend(&writing);
    write_models(&writing);
  }
  write_exponential(&writing);
  write_weibull(&writing);
  write_failing(&writing);
  return fflush(out) == 0 && !ferror(out);
}
