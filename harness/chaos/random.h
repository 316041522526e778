/* random.h - random numbers that follow from a seed alone.
 *
 * xoshiro256** (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021), its state
 * filled by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) as its authors advise.  One generator a thread. */
#ifndef HEDDLE_CHAOS_RANDOM_H
#define HEDDLE_CHAOS_RANDOM_H

#include <stdint.h>

struct random {
  uint64_t state[4];
};

static inline uint64_t random_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* Streams of one seed are independent of each other. */
static inline void random_seed(struct random *random, uint64_t seed, uint64_t stream) {
  uint64_t x = random_mix(seed) + stream * UINT64_C(0xd1342543de82ef95);
  for (unsigned i = 0; i < 4; i++) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    random->state[i] = random_mix(x);
  }
}

static inline uint64_t random_next(struct random *random) {
  uint64_t *s = random->state, five = s[1] * 5, result = ((five << 7) | (five >> 57)) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

/* Above 0, at most 1. */
static inline double random_unit(struct random *random) { return (double)((random_next(random) >> 11) + 1) * 0x1p-53; }

/* 0 to n-1, each as likely: D. Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29, 2019. */
static inline uint64_t random_below(struct random *random, uint64_t n) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)random_next(random) * n;
  if ((uint64_t)product < n)
    for (uint64_t least = -n % n; (uint64_t)product < least;)
      product = (wide)random_next(random) * n;
  return (uint64_t)(product >> 64);
}

#endif
