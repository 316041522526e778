/* chaos_text.c - what chaos trials came to, as people read it (chaos.h). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/chaos.h"
#include "triage/cmd/chaos_mtbf.h"
#include "triage/cmd/chaos_sensitivity.h"
#include "triage/cmd/wilson.h"
#include "triage/experiment/run.h"
#include "triage/reliability/slo.h"

#define KINDS_MAX 64
#define LABEL_MAX 256
#define CELL 24 /* room for a number in a table */

bool chaos_setting_is_common(const struct chaos_plan *plan, enum workload_setting setting) {
  char first[WORKLOAD_TEXT], other[WORKLOAD_TEXT];
  workload_value(&plan->cells[0].workload, setting, first, sizeof first);
  for (size_t i = 1; i < plan->count; ++i) {
    workload_value(&plan->cells[i].workload, setting, other, sizeof other);
    if (strcmp(first, other) != 0)
      return false;
  }
  return true;
}

/* ---- numbers ---- */

/* Three digits and a unit: `154 us`. */
static const char *print_time(double seconds, char text[CELL]) {
  static const struct {
    double least;
    const char *unit;
  } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {0, "ns"}};
  unsigned unit = 0;
  if (!isfinite(seconds)) {
    snprintf(text, CELL, "-");
    return text;
  }
  while (seconds < units[unit].least)
    ++unit;
  double value = seconds / (units[unit].least > 0 ? units[unit].least : 1e-9);
  snprintf(text, CELL, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit].unit);
  return text;
}

static const char *print_count(double count, char text[CELL]) {
  char digits[TEXT_SIZE];
  snprintf(text, CELL, "%s", isfinite(count) ? text_count((uint64_t)(count + 0.5), digits) : "-");
  return text;
}

static const char *print_operations(double count, char text[CELL]) {
  char digits[CELL];
  snprintf(text, CELL, "%s op", print_count(count, digits));
  return text;
}

results_number_fn chaos_clock(const struct chaos_plan *plan) {
  return plan->slice ? results_operations : results_time_s;
}

typedef const char *(*print_fn)(double, char[CELL]);
static print_fn printer(const struct chaos_plan *plan) { return plan->slice ? print_operations : print_time; }

static void print_share(size_t count, size_t trials) {
  struct wilson_interval interval = wilson_interval(count, trials);
  printf("%5.1f %%  (%.1f to %.1f %%)", 100 * (double)count / (double)trials, 100 * interval.lower,
         100 * interval.upper);
}

/* ---- what a row is called ---- */

/* The settings that differ between the cells, of this one; the map always. */
static void print_label(const struct chaos_plan *plan, const struct chaos_cell *cell, char label[LABEL_MAX]) {
  size_t used = 0;
  *label = '\0';
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT && used < LABEL_MAX; ++i) {
    char value[WORKLOAD_TEXT];
    if (i != WORKLOAD_map && chaos_setting_is_common(plan, (enum workload_setting)i))
      continue;
    workload_value(&cell->workload, (enum workload_setting)i, value, sizeof value);
    bool named = i != WORKLOAD_map && i != WORKLOAD_distribution && i != WORKLOAD_mix;
    used += (size_t)snprintf(label + used, LABEL_MAX - used, "%s%s%s%s", used ? " " : "",
                             named ? workload_settings[i].name : "", named ? "=" : "", value);
  }
}

static int label_width(const struct chaos_plan *plan) {
  size_t width = 0;
  for (size_t i = 0; i < plan->count; ++i) {
    char label[LABEL_MAX];
    print_label(plan, &plan->cells[i], label);
    width = strlen(label) > width ? strlen(label) : width;
  }
  return (int)width;
}

static void begin_row(const struct chaos_plan *plan, const struct chaos_cell *cell) {
  char label[LABEL_MAX];
  print_label(plan, cell, label);
  printf("  %-*s", label_width(plan), label);
}

static void head(const struct chaos_plan *plan, const char *title, struct text_style style, const char *columns) {
  printf("\n%s%s%s\n", style.bold, title, style.end);
  if (columns)
    printf("  %-*s%s\n", label_width(plan), "", columns);
}

/* ---- tables ---- */

static void print_spread(const struct results_spread *spread, bool time) {
  char mean[CELL], sd[CELL], median[CELL];
  const char *(*print)(double, char[CELL]) = time ? print_time : print_count;
  printf("  %10s %10s %10s", print(spread->mean, mean), print(spread->sd, sd), print(spread->median, median));
}

static void print_failures(const struct chaos_plan *plan, struct text_style style) {
  head(plan, "failed, and when: of the failed trials", style,
       plan->slice
           ? "  failed             (95 %)  operations before it: mean, sd, median"
           : "  failed             (95 %)       time to failure: mean, sd, median  operations before it: mean, sd, "
             "median");
  for (size_t i = 0; i < plan->count; ++i) {
    const struct chaos_cell *cell = &plan->cells[i];
    size_t failed = results_count(&cell->results, RESULTS_FAILED);
    if (cell->results.count == 0)
      continue;
    begin_row(plan, cell);
    printf("  %s%3zu of %-3zu%s", failed ? style.red : style.green, failed, cell->results.count, style.end);
    struct wilson_interval interval = wilson_interval(failed, cell->results.count);
    printf("  %5.1f to %5.1f %%", 100 * interval.lower, 100 * interval.upper);
    struct results_spread time = results_spread(&cell->results, RESULTS_FAILED, results_time_s);
    struct results_spread operations = results_spread(&cell->results, RESULTS_FAILED, results_operations);
    if (!plan->slice)
      print_spread(&time, true);
    print_spread(&operations, false);
    putchar('\n');
  }
}

static void print_survivors(const struct chaos_plan *plan, struct text_style style) {
  head(plan, "survived: of the trials that did", style, "  survived     ran for, mean   operations, mean");
  for (size_t i = 0; i < plan->count; ++i) {
    const struct results *results = &plan->cells[i].results;
    size_t survived = results_count(results, RESULTS_SURVIVED);
    char time[CELL], operations[CELL];
    if (!survived)
      continue;
    struct results_spread times = results_spread(results, RESULTS_SURVIVED, results_time_s);
    struct results_spread counts = results_spread(results, RESULTS_SURVIVED, results_operations);
    begin_row(plan, &plan->cells[i]);
    printf("  %3zu of %-3zu   %13s   %16s\n", survived, results->count, print_time(times.mean, time),
           print_count(counts.mean, operations));
  }
}

static void print_kinds(const struct chaos_plan *plan, struct text_style style) {
  head(plan, "how they failed: of all trials", style, NULL);
  for (size_t i = 0; i < plan->count; ++i) {
    const struct results *results = &plan->cells[i].results;
    struct results_kind kinds[KINDS_MAX];
    size_t count = results_kinds(results, kinds, KINDS_MAX);
    for (size_t j = 0; j < count; ++j) {
      begin_row(plan, &plan->cells[i]);
      printf("  ");
      print_share(kinds[j].count, results->count);
      printf("  %s%s%s\n", experiment_outcome_text(kinds[j].outcome), *kinds[j].detail ? ": " : "", kinds[j].detail);
    }
  }
}

static void print_latencies(const struct chaos_plan *plan, struct text_style style) {
  static const double shares[] = {0.5, 0.99, 0.999};
  head(plan, "latency of an operation", style, "         P50        P99      P99.9");
  for (size_t i = 0; i < plan->count; ++i) {
    if (latency_total(plan->cells[i].results.latencies) == 0)
      continue;
    begin_row(plan, &plan->cells[i]);
    putchar(' ');
    for (size_t j = 0; j < sizeof shares / sizeof *shares; ++j) {
      char text[CELL];
      printf(" %10s", print_time(latency_quantile_ns(plan->cells[i].results.latencies, shares[j]) / 1e9, text));
    }
    putchar('\n');
  }
}

/* Mean over the failed trials, of what the map has at all. */
static void print_states(const struct chaos_plan *plan, struct text_style style) {
  head(plan, "the map at its failure: means over the trials where it could be looked at; what is 0 in all is left out",
       style, NULL);
  for (size_t i = 0; i < plan->count; ++i) {
    const struct results *results = &plan->cells[i].results;
    const char *between = "";
    if (results_state(results, RESULTS_FAILED, 0).count == 0)
      continue;
    begin_row(plan, &plan->cells[i]);
    printf("  ");
    for (size_t field = 0; field < RESULTS_STATE_FIELDS; ++field) {
      char mean[CELL];
      struct results_spread spread = results_state(results, RESULTS_FAILED, field);
      if (spread.most == 0)
        continue;
      printf("%s%s %s", between, results_state_names[field], print_count(spread.mean, mean));
      between = ", ";
    }
    printf("  (%zu of %zu)\n", results_state(results, RESULTS_FAILED, 0).count, results_count(results, RESULTS_FAILED));
  }
}

static void print_waits(const struct chaos_plan *plan, struct text_style style) {
  for (size_t i = 0; i < plan->count; ++i) {
    const struct results *results = &plan->cells[i].results;
    char label[LABEL_MAX];
    if (!results->waits)
      continue;
    print_label(plan, &plan->cells[i], label);
    printf("\n%swho waits for whom%s in the hang of %s, trial %" PRIu64 "\n", style.bold, style.end, label,
           results->waits_number);
    for (const char *line = results->waits; *line; line += strcspn(line, "\n"), line += *line == '\n')
      printf("  %.*s\n", (int)strcspn(line, "\n"), line);
  }
}

/* `A to B`, or why there is no B. */
static void print_interval(struct interval interval, double estimate, print_fn print) {
  char lower[CELL], upper[CELL];
  if (interval_upper_is_useful(interval, estimate))
    printf("(%s to %s)", print(interval.lower, lower), print(interval.upper, upper));
  else
    printf("(above %s, no useful upper bound)", print(interval.lower, lower));
}

static void print_mtbf_of(const struct chaos_mtbf *mtbf, print_fn print) {
  char text[2][CELL];
  if (mtbf->failures == 0) {
    printf("  no failure in %s: above %s, if the rate is constant (one-sided)\n", print(mtbf->exposure, text[0]),
           print(mtbf->at_least, text[1]));
    return;
  }
  if (mtbf->weibull.status == WEIBULL_OK) {
    printf("  %9s ", print(mtbf->weibull.mtbf, text[0]));
    print_interval(mtbf->intervals.mtbf, mtbf->weibull.mtbf, print);
    printf(", shape %.2f (%.2f to %.2f); ", mtbf->weibull.beta, mtbf->intervals.beta.lower, mtbf->intervals.beta.upper);
  } else {
    printf("  no Weibull fit (%s); ", weibull_status_name(mtbf->weibull.status));
  }
  printf("at a constant rate %s ", print(mtbf->exponential, text[0]));
  print_interval(mtbf->exponential_interval, mtbf->exponential, print);
  printf("; %.0f failures in %s\n", mtbf->failures, print(mtbf->exposure, text[1]));
}

static void print_mtbfs(const struct chaos_plan *plan, struct text_style style) {
  head(plan,
       plan->slice ? "MTBF in operations: mean of a Weibull distribution, 95 % by likelihood ratio; survivors censored"
                   : "MTBF in wall time: mean of a Weibull distribution, 95 % by likelihood ratio; survivors censored",
       style, NULL);
  for (size_t i = 0; i < plan->count; ++i) {
    if (plan->cells[i].results.count == 0)
      continue;
    struct chaos_mtbf mtbf = chaos_mtbf(&plan->cells[i].results, chaos_clock(plan));
    begin_row(plan, &plan->cells[i]);
    print_mtbf_of(&mtbf, printer(plan));
  }
}

/* ---- maps ---- */

static bool is_first_of_map(const struct chaos_plan *plan, size_t index) {
  for (size_t i = 0; i < index; ++i)
    if (strcmp(plan->cells[i].workload.map, plan->cells[index].workload.map) == 0)
      return false;
  return true;
}

/* Of all workloads of a map. */
struct total {
  size_t trials, failed;
  double time_s, operations;
};

static struct total total_of(const struct chaos_plan *plan, size_t first) {
  struct total total = {0};
  for (size_t i = first; i < plan->count; ++i) {
    const struct results *results = &plan->cells[i].results;
    if (strcmp(plan->cells[i].workload.map, plan->cells[first].workload.map) != 0)
      continue;
    total.trials += results->count;
    total.failed += results_count(results, RESULTS_FAILED);
    for (size_t j = 0; j < results->count; ++j) {
      total.time_s += results->rows[j].time_s;
      total.operations += (double)results->rows[j].operations;
    }
  }
  return total;
}

/* "21.9 h" and the like: what an SLO asks for is long. */
static const char *print_long(double seconds, char text[CELL]) {
  if (!isfinite(seconds) || seconds < 120)
    return print_time(seconds, text);
  double minutes = seconds / 60;
  char digits[TEXT_SIZE];
  snprintf(text, CELL, "%s min", text_count((uint64_t)(minutes + 0.5), digits));
  return text;
}

static void print_slos(const struct chaos_plan *plan, struct text_style style) {
  char text[3][CELL];
  printf("\n%sthe promise%s: an MTBF of %s; one-sided bounds of 95 %%, failures coming at a constant rate under this "
         "workload's load\n",
         style.bold, style.end, print_long(plan->slo_threshold_s, text[0]));
  for (size_t i = 0; i < plan->count; ++i) {
    struct total total = total_of(plan, i);
    if (!is_first_of_map(plan, i) || !total.trials)
      continue;
    struct slo_evidence slo = slo_weigh(plan->slo_threshold_s, (double)total.failed, total.time_s, CHAOS_CONFIDENCE);
    printf("  %-16s %s%s%s: MTBF above %s and below %s", plan->cells[i].workload.map, style.bold,
           slo_verdict_name(slo.verdict), style.end, print_long(slo.lower, text[0]),
           isfinite(slo.upper) ? print_long(slo.upper, text[1]) : "any bound");
    if (slo.verdict == SLO_INSUFFICIENT_DATA)
      printf("; a pass needs %s more without a failure", print_long(slo.still_needed, text[2]));
    putchar('\n');
  }
}

static void print_map(const struct chaos_plan *plan, size_t first) {
  const char *map = plan->cells[first].workload.map;
  struct total total = total_of(plan, first);
  char text[2][CELL];
  if (!total.trials)
    return;
  printf("  %-16s %-12s %4zu of %-4zu ", map,
         plan->slice                          ? "-"
         : plan->cells[first].results.guarded ? "allowed"
                                              : "not allowed",
         total.failed, total.trials);
  print_share(total.failed, total.trials);
  printf("  %10s  %15s\n", plan->slice ? "-" : print_time(total.time_s, text[0]),
         print_count(total.operations, text[1]));
}

static void print_maps(const struct chaos_plan *plan, struct text_style style) {
  printf("\n%sthe maps, over all workloads%s\n  %-16s %-12s %-12s  %-24s %12s  %15s\n", style.bold, style.end, "",
         "several", "failed", "  (95 %)", "exposure", "operations");
  printf("  %-16s %s\n", "", "writers");
  for (size_t i = 0; i < plan->count; ++i)
    if (is_first_of_map(plan, i))
      print_map(plan, i);
}

/* ---- all of it ---- */

static void print_heading(const struct chaos_plan *plan, struct text_style style) {
  printf("%schaos%s: %" PRIu64 " trials of each of %zu workload%s, %s build, seed %" PRIu64 ", a hang after %g s\n",
         style.bold, style.end, plan->trials, plan->count, plan->count == 1 ? "" : "s", plan->flavour, plan->seed,
         plan->timeout_s);
  printf("machine: %s\nworkload:", plan->machine);
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    char value[WORKLOAD_TEXT];
    workload_value(&plan->cells[0].workload, (enum workload_setting)i, value, sizeof value);
    if (chaos_setting_is_common(plan, (enum workload_setting)i))
      printf(" %s=%s", workload_settings[i].name, value);
  }
  if (plan->slice)
    printf("\nclock: operations completed, over all threads, under fibers switched every %" PRIu64
           " points on the average; the same each time\n",
           plan->slice);
  else
    printf("\nclock: wall time from the first thread's start; a trial that survived is censored at its end\n");
}

/* The trial once more, as an input that anything can be done with. */
static void print_replay(const struct chaos_plan *plan, const struct chaos_cell *cell) {
  char workload[WORKLOAD_TEXT];
  for (size_t i = 0; i < cell->results.count; ++i) {
    const struct results_row *row = &cell->results.rows[i];
    if (row->outcome == EXPERIMENT_SURVIVED)
      continue;
    workload_print(&cell->workload, workload);
    printf("\nnext, to see trial %" PRIu64 " of %s step by step:\n  %s --seed=%" PRIu64 " --slice=%" PRIu64
           " %s >input && heddle repro --map=%s --flavour=%s input\n",
           row->number, cell->workload.map, plan->generator, experiment_seed(plan->seed, row->number), plan->slice,
           workload, cell->workload.map, plan->flavour);
    return;
  }
}

static void print_next(const struct chaos_plan *plan, size_t failed) {
  if (plan->stopped) {
    printf("\nstopped.  next, to go on where it was: %s\n", plan->command);
    return;
  }
  for (size_t i = 0; i < plan->count && failed; ++i)
    if (results_count(&plan->cells[i].results, RESULTS_FAILED)) {
      if (plan->slice) {
        print_replay(plan, &plan->cells[i]);
        return;
      }
      printf("\nnext, to see such a failure step by step: heddle fuzz --map=%s\n", plan->cells[i].workload.map);
      return;
    }
  printf("\nnext, to look longer: the same with --trials=%" PRIu64 ", which goes on from these\n", 4 * plan->trials);
}

void chaos_print(const struct chaos_plan *plan, struct text_style style) {
  size_t failed = 0, survived = 0;
  for (size_t i = 0; i < plan->count; ++i) {
    failed += results_count(&plan->cells[i].results, RESULTS_FAILED);
    survived += results_count(&plan->cells[i].results, RESULTS_SURVIVED);
  }
  print_heading(plan, style);
  if (failed + survived) {
    print_failures(plan, style);
    print_mtbfs(plan, style);
  }
  if (survived && !plan->slice)
    print_survivors(plan, style);
  if (failed) {
    print_kinds(plan, style);
    if (!plan->slice)
      print_states(plan, style);
  }
  print_waits(plan, style);
  if (failed + survived && !plan->slice)
    print_latencies(plan, style);
  if (failed + survived && !chaos_setting_is_common(plan, WORKLOAD_map))
    print_maps(plan, style);
  if (plan->sensitivity)
    chaos_print_sensitivity(plan, style);
  if (plan->slo_threshold_s > 0)
    print_slos(plan, style);
  print_next(plan, failed);
}
