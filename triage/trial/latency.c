/* latency.c - see latency.h. */
#include "triage/trial/latency.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t latency_lower_ns(unsigned bucket) {
  if (bucket < 2 * LATENCY_STEPS)
    return bucket;
  unsigned shift = (bucket >> LATENCY_LOG2_STEPS) - 1;
  return (uint64_t)(LATENCY_STEPS + bucket % LATENCY_STEPS) << shift;
}

uint64_t latency_upper_ns(unsigned bucket) { return latency_lower_ns(bucket + 1); }

uint64_t latency_total(const uint64_t counts[LATENCY_BUCKETS]) {
  uint64_t total = 0;
  for (unsigned i = 0; i < LATENCY_BUCKETS; ++i)
    total += counts[i];
  return total;
}

double latency_quantile_ns(const uint64_t counts[LATENCY_BUCKETS], double q) {
  assert(q > 0 && q <= 1 && "a share");
  uint64_t total = latency_total(counts), passed = 0;
  double rank = ceil(q * (double)total);
  if (total == 0)
    return 0;
  for (unsigned i = 0; i < LATENCY_BUCKETS; ++i) {
    passed += counts[i];
    if ((double)passed >= rank)
      return ((double)latency_lower_ns(i) + (double)latency_upper_ns(i) - 1) / 2;
  }
  return (double)latency_lower_ns(LATENCY_BUCKETS - 1);
}

char *latency_print(const uint64_t counts[LATENCY_BUCKETS]) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return NULL;
  const char *between = "";
  for (unsigned i = 0; i < LATENCY_BUCKETS; ++i)
    if (counts[i]) {
      fprintf(out, "%s%u:%" PRIu64, between, i, counts[i]);
      between = " ";
    }
  if (fclose(out) != 0) {
    free(text);
    return NULL;
  }
  return text;
}

void latency_add_text(uint64_t counts[LATENCY_BUCKETS], const char *text) {
  while (*text) {
    char *end;
    unsigned long long bucket = strtoull(text, &end, 10);
    if (end == text || *end != ':')
      return;
    text = end + 1;
    unsigned long long count = strtoull(text, &end, 10);
    if (end == text)
      return;
    if (bucket < LATENCY_BUCKETS)
      counts[bucket] += count;
    text = end + (*end == ' ');
  }
}
