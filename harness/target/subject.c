/* subject.c - see subject.h. */
#include "target/subject.h"

#include <assert.h>

static uint32_t offered_by(const struct map_ops *map) {
  uint32_t offered = (UINT32_C(1) << PROGRAM_OP_COUNT) - 1;
  if (!map->get_or_insert)
    offered &= ~(UINT32_C(1) << PROGRAM_GET_OR_INSERT);
  if (!map->take)
    offered &= ~(UINT32_C(1) << PROGRAM_TAKE);
  if (!map->move)
    offered &= ~(UINT32_C(1) << PROGRAM_MOVE);
  if (!map->swap)
    offered &= ~(UINT32_C(1) << PROGRAM_SWAP);
  return offered;
}

static uint8_t writers_of(enum map_concurrency concurrency) {
  switch (concurrency) {
  case MAP_READERS_OR_WRITER:
    return 0;
  case MAP_READERS_AND_WRITER:
    return 1;
  case MAP_READERS_AND_WRITERS:
    break;
  }
  return PROGRAM_THREADS_MAX;
}

/* What a map can promise of itself even while it is misused. */
#define HOLDS_UNDER_MISUSE (MAP_SELF_GUARDED | MAP_NO_MEMORY_SAFE)

struct subject subject_of(const struct map_ops *map, enum subject_use use) {
  assert(map);
  bool any = use == SUBJECT_USE_ANY || (use == SUBJECT_USE_DEFAULT && !(map->guarantees & MAP_RACE_FREE));
  bool misuse = any && map->concurrency != MAP_READERS_AND_WRITERS;
  return (struct subject){.map = map,
                          .rules = {.offered = offered_by(map),
                                    .writers = any ? PROGRAM_THREADS_MAX : writers_of(map->concurrency),
                                    .may_starve = map->guarantees & MAP_NO_MEMORY_SAFE},
                          .judged = misuse ? map->guarantees & HOLDS_UNDER_MISUSE : map->guarantees};
}

void subject_decode(const struct subject *subject, const uint8_t *bytes, size_t size, struct program *out) {
  program_decode(bytes, size, out);
  program_restrict(out, &subject->rules);
}
