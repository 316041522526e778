/* draw.c - see draw.h. */
#include "chaos/draw.h"

#include <stdlib.h>

#include "chaos/random.h"
#include "chaos/zipf.h"

uint64_t draw_share(const struct workload *workload, unsigned thread) {
  return workload->operations / workload->threads + (thread < workload->operations % workload->threads);
}

/* WORKLOAD_HOT_KEYS of them get WORKLOAD_HOT_SHARE; with no others, all are as likely. */
static uint64_t draw_hot(uint64_t keys, struct random *random) {
  if (keys <= WORKLOAD_HOT_KEYS)
    return random_below(random, keys);
  if (random_unit(random) <= WORKLOAD_HOT_SHARE)
    return random_below(random, WORKLOAD_HOT_KEYS);
  return WORKLOAD_HOT_KEYS + random_below(random, keys - WORKLOAD_HOT_KEYS);
}

uint32_t *draw_keys(const struct workload *workload, uint64_t seed, unsigned thread, uint64_t *count) {
  struct random random;
  struct zipf zipf;
  *count = workload->operations ? draw_share(workload, thread) : DRAW_MAX;
  *count = *count > DRAW_MAX ? DRAW_MAX : *count < 1 ? 1 : *count;
  uint32_t *draws = malloc(*count * sizeof *draws);
  if (draws == NULL)
    return NULL;
  random_seed(&random, seed, thread);
  if (workload->distribution == WORKLOAD_ZIPF)
    zipf_init(&zipf, workload->keys, workload->exponent);
  for (uint64_t i = 0; i < *count; i++) {
    uint64_t key = workload->distribution == WORKLOAD_ZIPF  ? zipf_draw(&zipf, &random) - 1
                   : workload->distribution == WORKLOAD_HOT ? draw_hot(workload->keys, &random)
                                                            : random_below(&random, workload->keys);
    draws[i] = (uint32_t)key;
    if (workload->mix == WORKLOAD_MIXED && random_next(&random) >> 63)
      draws[i] |= DRAW_PUT;
  }
  return draws;
}
