/* headline.c - see headline.h. */
#include "triage/reliability/headline.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "triage/reliability/exponential.h"

static const struct interval no_interval = {NAN, NAN};

static bool is_probability(double value) { return value > 0 && value < 1; }

/* Exact, for arrivals at a constant rate; without any there is only the lower end, and it has the whole risk. */
static struct interval constant_interval(const struct arrivals *arrivals, double confidence) {
  bool by_time = arrivals->truncation == ARRIVALS_TIME;
  enum exponential_end end = by_time ? EXPONENTIAL_END_BY_TIME : EXPONENTIAL_END_BY_FAILURE;
  double total = arrivals_end(arrivals), n = (double)arrivals->count;
  if (n == 0)
    return (struct interval){exponential_lower(total, n, end, confidence), INFINITY};
  return exponential_interval(total, n, end, confidence);
}

static enum headline_quantity choose(const struct headline *headline, double end) {
  switch (headline->trend.status) {
  case ARRIVALS_NO_FAILURES:
    return isnan(end) ? HEADLINE_NOTHING : HEADLINE_BOUND;
  case ARRIVALS_OK:
  case ARRIVALS_TOO_FEW:
    break;
  default:
    return HEADLINE_NOTHING;
  }
  if (headline->direction == TREND_FALLING && !isnan(headline->residual.rate))
    return HEADLINE_RESIDUAL;
  /* Where arrivals at time 0 or at the very end alone leave the power law without an estimate, there is only the count.
   */
  return headline->direction == TREND_NONE || isnan(headline->power_law.mtbf) ? HEADLINE_CONSTANT : HEADLINE_POWER_LAW;
}

static void set_mtbf(struct headline *headline) {
  switch (headline->quantity) {
  case HEADLINE_BOUND:
  case HEADLINE_CONSTANT:
    headline->mtbf = headline->constant;
    headline->interval = headline->constant_interval;
    break;
  case HEADLINE_RESIDUAL:
    headline->mtbf = headline->residual.mtbf;
    headline->interval = (struct interval){headline->residual.mtbf_lower, headline->residual.mtbf_upper};
    break;
  case HEADLINE_POWER_LAW:
    headline->mtbf = headline->power_law.mtbf;
    headline->interval = headline->power_law.mtbf_exact;
    break;
  default:
    break;
  }
}

static struct interval spread(const struct headline *headline) {
  if (headline->direction == TREND_NONE)
    return (struct interval){headline->mtbf, headline->mtbf};
  const double figures[] = {headline->mtbf, headline->residual.mtbf, headline->power_law.mtbf,
                            headline->goel_okumoto.mtbf, headline->musa_okumoto.mtbf};
  struct interval spread = {INFINITY, 0};
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
    spread.lower = fmin(spread.lower, figures[i]); /* which pass over NAN */
    spread.upper = fmax(spread.upper, figures[i]);
  }
  return spread;
}

struct headline headline_choose(const struct headline_input *input) {
  const struct arrivals *arrivals = &input->arrivals;
  struct headline headline = {
      .quantity = HEADLINE_NOTHING,
      .mtbf = NAN,
      .interval = no_interval,
      .trend = trend_test(arrivals),
      .constant = NAN,
      .constant_interval = no_interval,
      .residual = discovery_residual(arrivals_end(arrivals), input->f1, input->f2, input->confidence),
      .power_law = power_law_fit(arrivals, input->confidence),
      .goel_okumoto = goel_okumoto_fit(arrivals),
      .musa_okumoto = musa_okumoto_fit(arrivals),
      .spread = no_interval,
  };
  if (!is_probability(input->confidence) || !is_probability(input->significance))
    return headline;
  headline.direction = trend_direction(&headline.trend, input->significance);
  headline.quantity = choose(&headline, arrivals_end(arrivals));
  if (headline.quantity == HEADLINE_NOTHING)
    return headline;
  headline.constant = arrivals->count > 0 ? arrivals_end(arrivals) / (double)arrivals->count : INFINITY;
  headline.constant_interval = constant_interval(arrivals, input->confidence);
  set_mtbf(&headline);
  headline.spread = spread(&headline);
  return headline;
}

static const struct {
  const char *name, *words;
} quantities[] = {
    [HEADLINE_NOTHING] = {"nothing", "nothing: the input is not right"},
    [HEADLINE_BOUND] = {"bound", "lower bound of the time to the first event: there was none"},
    [HEADLINE_CONSTANT] = {"constant", "time to the next event, at a constant rate"},
    [HEADLINE_RESIDUAL] = {"residual",
                           "time to the next new bug once all found ones are fixed, from the bugs seen exactly once"},
    [HEADLINE_POWER_LAW] = {"power_law", "time to the next event, by the trend of the arrivals (power law)"},
};

const char *headline_quantity_name(enum headline_quantity quantity) {
  assert(quantity < HEADLINE_QUANTITY_COUNT && "a quantity of this enumeration");
  return quantities[quantity].name;
}

const char *headline_quantity_words(enum headline_quantity quantity) {
  assert(quantity < HEADLINE_QUANTITY_COUNT && "a quantity of this enumeration");
  return quantities[quantity].words;
}
