/* A million censored times: how long a Weibull fit takes on one core, and what memory beside them.
 *
 *   bench_weibull             the figures; writes ../bench/weibull.json beside its folder
 *   bench_weibull --csv       the times themselves, as `time,event`, to fit them with something else:
 *
 *     bench_weibull --csv >times.csv
 *     Rscript -e 'library(survival); d <- read.csv("times.csv")' \
 *             -e 'print(system.time(print(survreg(Surv(time, event) ~ 1, d))))'
 *
 * Shape 1.5, scale 1000; each unit is watched for a time of its own, so that half of them are censored and no two rows
 * are alike.  A figure is the median of the rounds, in processor time of the thread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench_json.h"
#include "triage/reliability/draw.h"
#include "triage/reliability/weibull.h"

enum { UNITS = 1000000, ROUNDS = 21 };

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double peak_bytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss * 1024;
}

static double lived[UNITS];
static unsigned char event[UNITS];

static void draw_times(void) {
  struct draw draw = {1};
  for (size_t i = 0; i < UNITS; i++) {
    double life = 1000 * pow(draw_exponential(&draw), 1 / 1.5);
    double watched = 1000 * pow(draw_exponential(&draw), 1 / 1.5);
    event[i] = life <= watched;
    lived[i] = fmin(life, watched);
  }
}

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  draw_times();
  if (argc > 1 && strcmp(argv[1], "--csv") == 0) {
    (void)puts("time,event");
    for (size_t i = 0; i < UNITS; i++)
      (void)printf("%.17g,%d\n", lived[i], event[i]);
    return ferror(stdout) ? 1 : 0;
  }
  struct times times = {lived, event, NULL, UNITS};
  double before = peak_bytes();
  struct weibull_fit fit = weibull_fit(&times);
  double bytes = (peak_bytes() - before) / (double)UNITS;
  double took[ROUNDS];
  for (size_t i = 0; i < ROUNDS; i++) {
    double start = now_ms();
    fit = weibull_fit(&times);
    took[i] = now_ms() - start;
  }
  qsort(took, ROUNDS, sizeof *took, by_value);
  double start = now_ms();
  struct weibull_intervals ratio = weibull_likelihood_ratio(&times, &fit, .95);
  double ratio_ms = now_ms() - start;
  (void)printf("%d times, %.0f failures: beta %.6g, mtbf %.6g [%.6g, %.6g]\n", UNITS, fit.failures, fit.beta, fit.mtbf,
               ratio.mtbf.lower, ratio.mtbf.upper);
  (void)printf("fit                        %8.1f ms   (promised: below 100)\n", took[ROUNDS / 2]);
  (void)printf("memory beside the times    %8.1f bytes each   (promised: at most 24)\n", bytes);
  (void)printf("likelihood-ratio intervals %8.1f ms\n", ratio_ms);
  FILE *json = bench_json_open(argv[0], "weibull");
  if (!json)
    return 1;
  (void)fprintf(json, "{\"times\": %d, \"fit_ms\": %.2f, \"bytes_per_time\": %.2f, \"likelihood_ratio_ms\": %.2f}\n",
                UNITS, took[ROUNDS / 2], bytes, ratio_ms);
  return fclose(json) == 0 ? 0 : 1;
}
