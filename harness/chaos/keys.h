/* keys.h - what a key is to the map, by its number 0, 1, 2 ...
 *
 * The maps hold 64-bit keys.  int64: the number itself.  8bytes: a name of 8 characters, taken as 64 bits.  string: a
 * name of 24 to 32 characters, which is read and hashed anew at each operation, before the map is called; the hash is
 * the map's key.  Names are chosen so that no two hashes are equal: the map need not compare names. */
#ifndef HEDDLE_CHAOS_KEYS_H
#define HEDDLE_CHAOS_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "triage/trial/workload.h"

#define KEYS_SLOT 32

struct keys {
  enum workload_key type;
  uint64_t count;
  char *names; /* 8bytes: 8 each; string: KEYS_SLOT each */
};

/* False: no memory. */
bool keys_init(struct keys *keys, enum workload_key type, uint64_t count);
void keys_free(struct keys *keys);

/* From any thread. */
uint64_t keys_at(const struct keys *keys, uint64_t number);

#endif
