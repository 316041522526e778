/* mtbf_json.c - a mean time between failures as JSON (mtbf.h). */
#include <math.h>

#include <jansson.h>

#include "triage/report/json_text.h"
#include "triage/report/mtbf.h"

#define DIGITS 17 /* bring back every double */

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *range(struct interval interval) {
  return json_pack("[o, o]", number(interval.lower), number(interval.upper));
}

/* A whole number as one, as long as a double holds it exactly. */
static json_t *count(double value) {
  return fabs(value) < 0x1p53 && value == floor(value) ? json_integer((json_int_t)value) : number(value);
}

static void add_weibull(json_t *object, const struct estimate *estimate) {
  const struct weibull_fit *fit = &estimate->weibull;
  json_object_set_new(object, "n", count(estimate->arrived ? fit->failures : fit->n)); /* of gaps one may be open */
  json_object_set_new(object, "failures", count(fit->failures));
  json_object_set_new(object, "beta", number(fit->beta));
  json_object_set_new(object, "eta", number(fit->eta));
  json_object_set_new(object, "loglik", number(fit->loglik));
  json_object_set_new(object, "mtbf", number(fit->mtbf));
  json_object_set_new(object, "se_ln_beta", number(fit->se_ln_beta));
  json_object_set_new(object, "se_ln_eta", number(fit->se_ln_eta));
  json_object_set_new(object, "beta_lr", range(estimate->likelihood_ratio.beta));
  json_object_set_new(object, "eta_lr", range(estimate->likelihood_ratio.eta));
  json_object_set_new(object, "mtbf_lr", range(estimate->likelihood_ratio.mtbf));
  json_object_set_new(object, "mtbf_wald", range(estimate->wald.mtbf));
  json_object_set_new(object, "aic", number(fit->aic));
  json_object_set_new(object, "aicc", number(fit->aicc));
  json_object_set_new(object, "bic", number(fit->bic));
  json_object_set_new(object, "beta1_p", number(fit->beta1_p));
  json_object_set_new(object, "beta_unbiased", number(estimate->unbiased.median_beta));
  json_object_set_new(object, "anderson_darling",
                      json_pack("{s:o, s:o}", "a2", number(estimate->goodness.a2), "p", number(estimate->goodness.p)));
  json_object_set_new(object, "rank_regression",
                      json_pack("{s:o, s:o, s:o, s:o}", "beta", number(estimate->ranks.x_on_y.beta), "eta",
                                number(estimate->ranks.x_on_y.eta), "mtbf", number(estimate->ranks.x_on_y.mtbf), "r",
                                number(estimate->ranks.correlation)));
}

static json_t *exponential(const struct estimate *estimate) {
  return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "mtbf", number(estimate->exponential.mtbf), "lower",
                   number(estimate->exponential_interval.lower), "upper", number(estimate->exponential_interval.upper),
                   "lower_one_sided", number(estimate->exponential_lower), "ended_by",
                   estimate->end == EXPONENTIAL_END_BY_TIME ? "time" : "failure", "loglik",
                   number(estimate->exponential.loglik), "aic", number(estimate->exponential.aic));
}

/* Lives have no order in which a trend could be: everything is null then. */
static json_t *trend(const struct estimate *estimate) {
  struct trend none = {ARRIVALS_BAD_INPUT, NAN, NAN, NAN, NAN, NAN};
  const struct trend *trend = estimate->arrived ? &estimate->headline.trend : &none;
  return json_pack("{s:o, s:o, s:o, s:o, s:o}", "laplace_u", number(trend->laplace_u), "laplace_p",
                   number(trend->laplace_p), "milhdbk_chi2", number(trend->milhdbk_chi2), "milhdbk_df",
                   number(trend->milhdbk_df), "milhdbk_p", number(trend->milhdbk_p));
}

static json_t *power_law(const struct estimate *estimate) {
  static const struct interval undefined = {NAN, NAN};
  const struct power_law *fit = &estimate->headline.power_law;
  bool known = estimate->arrived;
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
                   known ? json_string(arrivals_status_name(fit->status)) : json_null(), "beta",
                   number(known ? fit->beta : NAN), "lambda", number(known ? fit->lambda : NAN), "beta_unbiased",
                   number(known ? fit->beta_unbiased : NAN), "mtbf", number(known ? fit->mtbf : NAN), "mtbf_exact",
                   range(known ? fit->mtbf_exact : undefined), "cvm", number(known ? fit->cvm : NAN));
}

static json_t *growth(const struct estimate *estimate) {
  const struct goel_okumoto *go = &estimate->headline.goel_okumoto;
  const struct musa_okumoto *mo = &estimate->headline.musa_okumoto;
  if (!estimate->arrived)
    return json_null();
  return json_pack("{s:{s:s, s:o, s:o, s:o, s:o, s:o}, s:{s:s, s:o, s:o, s:o, s:o}}", "goel_okumoto", "status",
                   arrivals_status_name(go->status), "a", number(go->a), "b", number(go->b), "remaining",
                   number(go->remaining), "mtbf", number(go->mtbf), "loglik", number(go->loglik), "musa_okumoto",
                   "status", arrivals_status_name(mo->status), "beta0", number(mo->beta0), "beta1", number(mo->beta1),
                   "mtbf", number(mo->mtbf), "loglik", number(mo->loglik));
}

static json_t *residual(const struct estimate *estimate) {
  struct discovery_residual none = {NAN, NAN, NAN, NAN, NAN, NAN};
  const struct discovery_residual *figures = estimate->arrived ? &estimate->headline.residual : &none;
  return json_pack("{s:o, s:o, s:o, s:o}", "f1", count(estimate->f1), "f2", count(estimate->f2), "mtbf",
                   number(figures->mtbf), "interval",
                   range((struct interval){figures->mtbf_lower, figures->mtbf_upper}));
}

static json_t *headline(const struct estimate *estimate) {
  const struct headline *headline = &estimate->headline;
  if (!estimate->arrived)
    return json_null();
  return json_pack("{s:s, s:s, s:o, s:o, s:o}", "by", headline_quantity_name(headline->quantity), "words",
                   headline_quantity_words(headline->quantity), "mtbf", number(headline->mtbf), "interval",
                   range(headline->interval), "spread", range(headline->spread));
}

static json_t *words(const struct mtbf *mtbf) {
  const struct estimate *estimate = mtbf->estimate;
  char events[MTBF_WORDS_SIZE];
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "source", json_known(mtbf->source), "map",
                   json_known(mtbf->map), "quantity", json_text(mtbf->subject), "clock", json_text(mtbf->clock), "unit",
                   json_text(mtbf->unit), "workload", json_text(mtbf->workload), "events",
                   json_text(mtbf_words_events(mtbf, events)), "exposure", number(estimate->exposure), "censored",
                   count(estimate->weibull.n - estimate->weibull.failures));
}

json_t *json_mtbf(const struct mtbf *mtbf) {
  const struct estimate *estimate = mtbf->estimate;
  json_t *object = json_object();
  char text[MTBF_WORDS_SIZE];
  const char *status = estimate->arrived ? arrivals_status_name(estimate->headline.power_law.status)
                                         : weibull_status_name(estimate->weibull.status);
  json_object_set_new(object, "status", json_string(status));
  json_object_set_new(object, "text", json_text(mtbf_words(mtbf, text)));
  add_weibull(object, estimate);
  json_object_set_new(object, "confidence", number(estimate->confidence));
  json_object_set_new(object, "exponential", exponential(estimate));
  json_object_set_new(object, "trend", trend(estimate));
  json_object_set_new(object, "power_law", power_law(estimate));
  json_object_set_new(object, "growth", growth(estimate));
  json_object_set_new(object, "residual", residual(estimate));
  json_object_set_new(object, "headline", headline(estimate));
  json_object_set_new(object, "of", words(mtbf));
  return object;
}

bool mtbf_write_json(FILE *out, const struct mtbf *mtbf) {
  json_t *object = json_mtbf(mtbf);
  bool written =
      object && json_dumpf(object, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS)) == 0;
  json_decref(object);
  fputc('\n', out);
  return written && fflush(out) == 0 && !ferror(out);
}
