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

/* A figure in at most 15 columns. */
static const char *short_figure(double value, char text[TEXT_SIZE]) {
  if (isfinite(value) && fabs(value) >= 1e12) {
    snprintf(text, TEXT_SIZE, "%.3e", value);
    return text;
  }
  return mtbf_figure(value, text);
}

/* A figure and what follows it.  With its intervals, which are short here, a line has at most 80 columns. */
static void row_alone(const struct writing *writing, const char *name, double value, const char *after) {
  char number[TEXT_SIZE];
  if (!isnan(value))
    fprintf(writing->out, "  %-25s %15s%s%s\n", name, short_figure(value, number), *after ? "  " : "", after);
}

static void row(const struct writing *writing, const char *name, double value, struct interval interval) {
  char lower[TEXT_SIZE], upper[TEXT_SIZE], between[2 * TEXT_SIZE + 8] = "";
  bool bounded = isfinite(interval.upper) && (!(value > 0) || interval_upper_is_useful(interval, value));
  if (!isnan(interval.lower))
    snprintf(between, sizeof between, "%s to %s", short_figure(interval.lower, lower),
             bounded ? short_figure(interval.upper, upper) : "no useful bound");
  row_alone(writing, name, value, between);
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
    return "all failures are at the largest time: the shape has no finite estimate";
  case WEIBULL_ZERO_FAILURE_TIME:
    return "something failed at time 0, where the likelihood is not bounded";
  case WEIBULL_NO_MEMORY:
    return "memory is short";
  default:
    return "a time is no number from 0";
  }
}

/* ---- the distributions ---- */

static void write_fit(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  const struct weibull_fit *fit = &estimate->weibull;
  char note[128], scale[TEXT_SIZE];
  row(writing, "mean, likelihood ratio", fit->mtbf, estimate->likelihood_ratio.mtbf);
  row(writing, "mean, Wald (approximate)", fit->mtbf, estimate->wald.mtbf);
  row(writing, "scale eta", fit->eta, estimate->likelihood_ratio.eta);
  row(writing, "shape beta", fit->beta, estimate->likelihood_ratio.beta);
  row_alone(writing, "shape without bias (RBA)", estimate->unbiased.median_beta, "median-unbiased");
  row_alone(writing, "p of a constant rate", fit->beta1_p, "beta = 1, by likelihood ratio");
  if (estimate->ranks.status == RANK_REGRESSION_OK) {
    snprintf(note, sizeof note, "shape %.4g, scale %s", estimate->ranks.x_on_y.beta,
             short_figure(estimate->ranks.x_on_y.eta, scale));
    row_alone(writing, "mean by the line of ranks", estimate->ranks.x_on_y.mtbf, note);
  }
  snprintf(note, sizeof note, "A2 = %.4g: Weibull is %srejected", estimate->goodness.a2,
           estimate->goodness.p < 0.05 ? "" : "not ");
  row_alone(writing, "p of Anderson-Darling", estimate->goodness.p, note);
  fprintf(writing->out, "  log-likelihood %.6g, AIC %.6g, BIC %.6g", fit->loglik, fit->aic, fit->bic);
  if (!isnan(fit->aicc)) /* which takes more than three units */
    fprintf(writing->out, ", AICc %.6g", fit->aicc);
  fputc('\n', writing->out);
}

static void write_weibull(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  title(writing, estimate->arrived ? "Weibull distribution of the gaps" : "Weibull distribution");
  if (estimate->arrived && estimate->headline.direction != TREND_NONE)
    fputs("  none: the arrivals have a trend, so that their gaps have no one distribution\n", writing->out);
  else if (estimate->weibull.status != WEIBULL_OK)
    fprintf(writing->out, "  no fit: %s\n", why_no_weibull(estimate->weibull.status));
  else
    write_fit(writing);
}

static void write_exponential(const struct writing *writing) {
  const struct estimate *estimate = writing->estimate;
  struct interval bound = {estimate->exponential_lower, INFINITY};
  bool failed = estimate->exponential.failures > 0;
  title(writing, failed ? "At a constant rate (exponential; exact, by chi-square)"
                        : "At a constant rate (exponential; a one-sided bound, for nothing was seen)");
  row(writing, "exposure over events", failed ? estimate->exponential.mtbf : INFINITY,
      failed ? estimate->exponential_interval : bound);
}

/* ---- arrivals ---- */

static void write_trend(const struct writing *writing) {
  static const char *const directions[] = {
      [TREND_NONE] = "no trend is seen", [TREND_FALLING] = "the rate falls", [TREND_RISING] = "the rate rises"};
  const struct headline *headline = &writing->estimate->headline;
  const struct trend *trend = &headline->trend;
  char chi2[TEXT_SIZE] = "any number"; /* of an event at time 0 */
  if (trend->status != ARRIVALS_OK)
    return;
  title(writing, "Trend");
  fprintf(writing->out, "  %s (at %.3g %%)\n", directions[headline->direction], 100 * HEADLINE_SIGNIFICANCE);
  fprintf(writing->out, "  Laplace: u = %.4g, p = %.3g\n", trend->laplace_u, trend->laplace_p);
  if (isfinite(trend->milhdbk_chi2))
    snprintf(chi2, sizeof chi2, "%.5g", trend->milhdbk_chi2);
  fprintf(writing->out, "  MIL-HDBK-189: chi-square = %s with %.0f degrees of freedom, p = %.3g\n", chi2,
          trend->milhdbk_df, trend->milhdbk_p);
}

static void write_residual(const struct writing *writing) {
  const struct discovery_residual *residual = &writing->estimate->headline.residual;
  char once[TEXT_SIZE], twice[TEXT_SIZE];
  if (isnan(residual->rate))
    return;
  row(writing, "exposure over seen once", residual->mtbf,
      (struct interval){residual->mtbf_lower, residual->mtbf_upper});
  fprintf(writing->out, "  %-25s seen once: %s, twice: %s\n", "", mtbf_figure(writing->estimate->f1, once),
          mtbf_figure(writing->estimate->f2, twice));
}

static void write_models(const struct writing *writing) {
  const struct headline *headline = &writing->estimate->headline;
  char note[128], number[TEXT_SIZE];
  if (isnan(headline->residual.rate) && isnan(headline->power_law.mtbf) && isnan(headline->goel_okumoto.mtbf) &&
      isnan(headline->musa_okumoto.mtbf))
    return;
  title(writing, "To the next event, by each model (where they differ much, rely on none)");
  write_residual(writing);
  row(writing, "power law (Crow-AMSAA)", headline->power_law.mtbf, headline->power_law.mtbf_exact);
  snprintf(note, sizeof note, "unbiased: %s", mtbf_figure(headline->power_law.beta_unbiased, number));
  row_alone(writing, "  its shape", headline->power_law.beta, note);
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
  fprintf(writing->out, "  a failing input every %s %s (%s in all), most of known bugs\n",
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
