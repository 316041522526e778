/* guards.c - coverage counters for clang 16 and 17.
 *
 * Up to clang 17 ThreadSanitizer takes the code's own increments of its 8-bit counters for accesses of the program, and
 * reports them as races.  There the build asks for calls instead (trace-pc-guard), which libFuzzer no longer answers:
 * the calls are taken here, and libFuzzer is handed the counters that they increment.  With a newer clang nothing calls
 * this. */
#include <assert.h>
#include <stdint.h>

#define GUARDS_MAX (1u << 16)

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __wrap___sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __wrap___sanitizer_cov_trace_pc_guard(uint32_t *guard);

static uint8_t counters[GUARDS_MAX] __attribute__((aligned(4096)));

/* Called by each object file, with the bounds of the whole program's guards.  A guard holds its counter's index. */
void __wrap___sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) {
  uint32_t count = (uint32_t)(stop - start);
  if (count < 2 || start[1] != 0)
    return;
  assert(count <= GUARDS_MAX && "raise GUARDS_MAX");
  for (uint32_t i = 0; i < count; i++)
    start[i] = i;
  __sanitizer_cov_8bit_counters_init(counters, counters + count);
}

void __wrap___sanitizer_cov_trace_pc_guard(uint32_t *guard) { counters[*guard]++; }
