/* draw.h - random draws for simulations, the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014), and what follows from a uniform draw.  One struct draw a thread. */
#ifndef HEDDLE_TRIAGE_BENCH_DRAW_H
#define HEDDLE_TRIAGE_BENCH_DRAW_H

#include <math.h>
#include <stdint.h>

struct draw {
  uint64_t state; /* the seed, at first */
};

static inline uint64_t draw_bits(struct draw *draw) {
  uint64_t bits = draw->state += UINT64_C(0x9e3779b97f4a7c15);
  bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
  return bits ^ bits >> 31;
}

/* Strictly between 0 and 1. */
static inline double draw_uniform(struct draw *draw) { return ((double)(draw_bits(draw) >> 11) + .5) * 0x1p-53; }

/* Mean 1. */
static inline double draw_exponential(struct draw *draw) { return -log(draw_uniform(draw)); }

/* Mean 0, deviation 1 (Box and Muller, 1958). */
static inline double draw_normal(struct draw *draw) {
  double radius = sqrt(2 * draw_exponential(draw));
  return radius * cos(6.283185307179586 * draw_uniform(draw));
}

#endif
