/* latency.h - a histogram of times with buckets of nearly equal relative width.
 *
 * The idea of HdrHistogram (G. Tene): times below 2 * LATENCY_STEPS ns have a bucket each, above them each power of two
 * is cut into LATENCY_STEPS equal ones.  So a bucket is at most 1/32 of its times wide, which is the error of a
 * quantile, and noting a time is a shift and an increment.  A histogram is an array of LATENCY_BUCKETS counts; two are
 * added by adding these.  Pure functions. */
#ifndef HEDDLE_TRIAL_LATENCY_H
#define HEDDLE_TRIAL_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#define LATENCY_LOG2_STEPS 5
#define LATENCY_STEPS (1u << LATENCY_LOG2_STEPS)
#define LATENCY_LOG2_MAX 40 /* longer times, from 2^40 ns (18 minutes) on, count as the longest */
#define LATENCY_BUCKETS ((LATENCY_LOG2_MAX - LATENCY_LOG2_STEPS + 1) * LATENCY_STEPS)

static inline unsigned latency_bucket(uint64_t ns) {
  if (ns >> LATENCY_LOG2_MAX)
    return LATENCY_BUCKETS - 1;
  if (ns < 2 * LATENCY_STEPS)
    return (unsigned)ns;
  unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - LATENCY_LOG2_STEPS;
  return (shift << LATENCY_LOG2_STEPS) + (unsigned)(ns >> shift);
}

/* The least time of a bucket, and the least one of the next. */
uint64_t latency_lower_ns(unsigned bucket);
uint64_t latency_upper_ns(unsigned bucket);

/* The time which a share `q` (above 0, up to 1) of those counted does not exceed: the middle of the bucket in which
 * that one lies.  0 where nothing was counted. */
double latency_quantile_ns(const uint64_t counts[LATENCY_BUCKETS], double q);

uint64_t latency_total(const uint64_t counts[LATENCY_BUCKETS]);

/* As `BUCKET:COUNT BUCKET:COUNT ...`, of the buckets that are not empty; the caller frees it, NULL: no memory. */
char *latency_print(const uint64_t counts[LATENCY_BUCKETS]);
/* Adds what such a text says to the counts; what it cannot read it passes over. */
void latency_add_text(uint64_t counts[LATENCY_BUCKETS], const char *text);

#endif
