/* Random numbers for simulation: the same seed gives the same numbers on every machine.
 *
 * SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a counter and a mixer, so that streams of different seeds start
 * apart. */
#ifndef HEDDLE_RELIABILITY_DRAW_H
#define HEDDLE_RELIABILITY_DRAW_H

#include <math.h>
#include <stdint.h>

/* A stream; its value is its seed. */
struct draw {
  uint64_t state;
};

static inline uint64_t draw_bits(struct draw *draw) {
  uint64_t z = draw->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Uniform in (0, 1), both ends excluded: half-way between neighbours of a grid of 2^52. */
static inline double draw_uniform(struct draw *draw) { return ((double)(draw_bits(draw) >> 12) + .5) * 0x1p-52; }

/* Exponential with mean 1; > 0. */
static inline double draw_exponential(struct draw *draw) { return -log(draw_uniform(draw)); }

#endif
