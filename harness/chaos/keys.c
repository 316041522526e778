/* keys.c - see keys.h. */
#include "chaos/keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/random.h"

#define SHORT_NAME 8
#define LEAST_NAME 24

static unsigned name_length(uint64_t number) { return LEAST_NAME + (unsigned)(number % (KEYS_SLOT - LEAST_NAME + 1)); }

/* The number in the last places, in digits of base 36; before them what is no such digit, which follows from the salt.
 */
static void write_name(char *name, unsigned length, uint64_t number, unsigned salt) {
  for (unsigned i = 0; i < length; i++)
    name[i] = (char)('A' + (i + salt) % 26);
  for (unsigned i = length; i-- > 0 && number > 0; number /= 36)
    name[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
  if (length == SHORT_NAME)
    name[0] = 'k';
}

/* FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), finished by SplitMix64's mixer. */
static uint64_t hash_name(const char *name, unsigned length) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (unsigned i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
  return random_mix(hash);
}

uint64_t keys_at(const struct keys *keys, uint64_t number) {
  assert(number < keys->count && "a key of the workload");
  uint64_t key = number;
  if (keys->type == WORKLOAD_8BYTES)
    memcpy(&key, keys->names + SHORT_NAME * number, sizeof key);
  else if (keys->type == WORKLOAD_STRING)
    key = hash_name(keys->names + KEYS_SLOT * number, name_length(number));
  return key;
}

static int compare(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* Whether all hashes differ.  False too where there is no memory: *lacks_memory. */
static bool all_differ(const struct keys *keys, bool *lacks_memory) {
  uint64_t *hashes = malloc(keys->count * sizeof *hashes);
  *lacks_memory = hashes == NULL;
  if (*lacks_memory)
    return false;
  for (uint64_t i = 0; i < keys->count; i++)
    hashes[i] = keys_at(keys, i);
  qsort(hashes, keys->count, sizeof *hashes, compare);
  bool differ = true;
  for (uint64_t i = 1; i < keys->count; i++)
    differ &= hashes[i - 1] != hashes[i];
  free(hashes);
  return differ;
}

bool keys_init(struct keys *keys, enum workload_key type, uint64_t count) {
  *keys = (struct keys){.type = type, .count = count};
  if (type == WORKLOAD_INT64)
    return true;
  unsigned slot = type == WORKLOAD_8BYTES ? SHORT_NAME : KEYS_SLOT;
  keys->names = calloc(count, slot);
  bool lacks_memory = keys->names == NULL, done = false;
  for (unsigned salt = 0; !lacks_memory && !done; salt++) {
    for (uint64_t i = 0; i < count; i++)
      write_name(keys->names + slot * i, type == WORKLOAD_8BYTES ? SHORT_NAME : name_length(i), i, salt);
    done = type == WORKLOAD_8BYTES || all_differ(keys, &lacks_memory);
  }
  return !lacks_memory;
}

void keys_free(struct keys *keys) {
  free(keys->names);
  keys->names = NULL;
}
