/* mtbf_text.c - a mean time between failures for a terminal (mtbf.h). */
#include <math.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/mtbf.h"
#include "triage/report/plot.h"
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

static void row(const struct writing *writing, const char *name, double value, struct interval interval,
                const char *note) {
  char number[TEXT_SIZE], between[MTBF_WORDS_SIZE];
  if (isnan(value) && isnan(interval.lower))
    return;
  fprintf(writing->out, "  %-30s %12s   %-30s%s%s%s\n", name, mtbf_figure(value, number),
          mtbf_range(interval, value, "", between), *note ? "  " : "", note, "");
}

static void row_alone(const struct writing *writing, const char *name, double value, const char *note) {
  char number[TEXT_SIZE];
  if (!isnan(value))
    fprintf(writing->out, "  %-30s %12s   %s\n", name, mtbf_figure(value, number), note);
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

/* ---- the figure to read first ---- */

static void write_first(const struct writing *writing) {
  char value[MTBF_WORDS_SIZE], interval[MTBF_WORDS_SIZE];
  struct mtbf_first first = mtbf_first(writing->mtbf);
  if (first.quantity)
    fprintf(writing->out, "\n%sMTBF: %s%s, %s\n  %s\n", writing->style.bold, mtbf_words_value(writing->mtbf, value),
            writing->style.end, mtbf_words_interval(writing->mtbf, interval), first.quantity);
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
  snprintf(note, sizeof note, "%s more to come", mtbf_figure(headline->goel_okumoto.remaining, number));
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
          mtbf_figure(exposure / failing, number), writing->mtbf->unit, mtbf_figure(failing, count));
}

bool mtbf_write_text(FILE *out, const struct mtbf *mtbf, int columns, bool color, bool unicode) {
  struct writing writing = {out, mtbf, mtbf->estimate, text_style(color)};
  char events[MTBF_WORDS_SIZE];
  line_of(&writing, "of", mtbf->subject);
  line_of(&writing, "from", mtbf->source);
  line_of(&writing, "clock", mtbf->clock);
  line_of(&writing, "workload", mtbf->workload);
  line_of(&writing, "events", mtbf_words_events(mtbf, events));
  write_first(&writing);
  plot_write_text(out, mtbf, columns, unicode);
  if (mtbf->estimate->arrived) {
    write_trend(&writing);
    write_models(&writing);
  }
  write_exponential(&writing);
  write_weibull(&writing);
  write_failing(&writing);
  return fflush(out) == 0 && !ferror(out);
}
