/* keys.c - which key a draw stands for, in integer arithmetic: the same key on every machine.
 *
 * Zipf: key k (from 0) has weight 1/(k+1).  With H(r) = 1 + 1/2 + ... + 1/r, a draw u of 65,536 stands for the least
 * key k with H(k+1) / H(keys) > u / 65536, which is the inverse distribution function as it is defined.  A draw has 16
 * bits, so of a large key space most of the rare keys are never drawn. */
#include "program/program.h"

#include <assert.h>

enum { KEYS_MAX = 1 << PROGRAM_LOG2_KEYS_MAX, DRAWS = 65536 };

/* Of DRAWS, 80 % to the nearest draw, and on how many keys they fall. */
enum { HOT_DRAWS = 52429, HOT_KEYS = 10 };

/* H(r) in units of 2^-58, rounded down.  Written before main, only read afterwards: no lock, safe from any thread. */
static uint64_t harmonic[KEYS_MAX + 1];

__attribute__((constructor)) static void build_harmonic(void) {
  unsigned __int128 sum = 0; /* units of 2^-100, so that 65,536 roundings stay far below 2^-58 */
  for (uint32_t r = 1; r <= KEYS_MAX; r++) {
    uint64_t whole = (UINT64_C(1) << 53) / r, rest = (UINT64_C(1) << 53) % r;
    sum += ((unsigned __int128)whole << 47) + (rest << 47) / r;
    harmonic[r] = (uint64_t)(sum >> 42);
  }
}

static uint32_t zipf_key(uint32_t keys, uint16_t draw) {
  assert(harmonic[1] == UINT64_C(1) << 58);
  uint64_t target = (uint64_t)((unsigned __int128)harmonic[keys] * draw / DRAWS);
  uint32_t key = 0; /* H(key) <= target throughout; keys is a power of two */
  for (uint32_t step = keys / 2; step > 0; step /= 2)
    if (harmonic[key + step] <= target)
      key += step;
  return key;
}

static uint32_t hot_key(uint32_t keys, uint16_t draw) {
  if (keys <= HOT_KEYS)
    return draw % keys;
  if (draw < HOT_DRAWS)
    return draw % HOT_KEYS;
  return HOT_KEYS + (uint32_t)(draw - HOT_DRAWS) * (keys - HOT_KEYS) / (DRAWS - HOT_DRAWS);
}

uint64_t program_key(const struct program *program, uint16_t draw) {
  uint32_t keys = UINT32_C(1) << program->log2_keys;
  switch ((enum program_key_choice)program->key_choice) {
  case PROGRAM_KEYS_ZIPF:
    return zipf_key(keys, draw);
  case PROGRAM_KEYS_HOT:
    return hot_key(keys, draw);
  case PROGRAM_KEYS_UNIFORM:
  case PROGRAM_KEY_CHOICE_COUNT:
    break;
  }
  return draw & (keys - 1);
}

/* The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
uint16_t program_bulk_draw(uint16_t seed, uint32_t i) {
  if (i == 0)
    return seed;
  uint64_t z = ((uint64_t)seed << 32 | i) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (uint16_t)((z ^ z >> 31) >> 16);
}

uint64_t program_other_key(const struct program *program, const struct program_op *op) {
  return program_key(program, (uint16_t)(op->arg * 257));
}
