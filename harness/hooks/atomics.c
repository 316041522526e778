/* atomics.c - a scheduling point before each atomic operation, fence and memory block operation.
 *
 * In every flavour the compiler turns these into calls of TSan's interface (the build says how): in tsan they are
 * TSan's own, and wrapped here; in asan and plain there is no TSan, and they are carried out here.  So C11's generic
 * functions, `x++` on an _Atomic, __atomic and __sync builtins all pass through, at the same places in each flavour.
 *
 * A wrapper ends in a tail call, so that TSan sees the code under test as its caller, to the line. */
#include <stddef.h>
#include <string.h>

#include "hooks/hook.h"

typedef unsigned __int128 u128;

static inline __attribute__((always_inline)) void point(enum sched_point_kind kind, struct sched_place place) {
  if (__builtin_expect(sched.active, 1))
    sched_point(kind, place);
}

/* Plain atomic loads and stores had their point from access.c, unless that counts none. */
static inline __attribute__((always_inline)) void load_store_point(struct sched_place place) {
  if (__builtin_expect(sched.active, 1) && !sched.memory_points)
    sched_point(SCHED_POINT_ATOMIC, place);
}

/* What each size has: SIZE(bits, type). */
#define SIZES(SIZE) SIZE(8, uint8_t) SIZE(16, uint16_t) SIZE(32, uint32_t) SIZE(64, uint64_t) SIZE(128, u128)

#if HEDDLE_FLAVOUR_TSAN

#define WRAP(result, name, point_call, parameters, arguments)                                                          \
  result __real_##name parameters;                                                                                     \
  result __wrap_##name parameters;                                                                                     \
  result __wrap_##name parameters {                                                                                    \
    point_call;                                                                                                        \
    __attribute__((musttail)) return __real_##name arguments;                                                          \
  }

#define RMW(bits, type, operation)                                                                                     \
  WRAP(type, __tsan_atomic##bits##_##operation, point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8)),                    \
       (type volatile * a, type v, int order), (a, v, order))

#define SIZE(bits, type)                                                                                               \
  WRAP(type, __tsan_atomic##bits##_load, load_store_point(HOOK_PLACE(a, bits / 8)),                                    \
       (const volatile type *a, int order), (a, order))                                                                \
  WRAP(void, __tsan_atomic##bits##_store, load_store_point(HOOK_PLACE(a, bits / 8)),                                   \
       (type volatile * a, type v, int order), (a, v, order))                                                          \
  RMW(bits, type, exchange)                                                                                            \
  RMW(bits, type, fetch_add)                                                                                           \
  RMW(bits, type, fetch_sub)                                                                                           \
  RMW(bits, type, fetch_and)                                                                                           \
  RMW(bits, type, fetch_or)                                                                                            \
  RMW(bits, type, fetch_xor)                                                                                           \
  RMW(bits, type, fetch_nand)                                                                                          \
  WRAP(int, __tsan_atomic##bits##_compare_exchange_strong, point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8)),         \
       (type volatile * a, type * expected, type v, int order, int fail), (a, expected, v, order, fail))               \
  WRAP(int, __tsan_atomic##bits##_compare_exchange_weak, point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8)),           \
       (type volatile * a, type * expected, type v, int order, int fail), (a, expected, v, order, fail))               \
  WRAP(type, __tsan_atomic##bits##_compare_exchange_val, point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8)),           \
       (type volatile * a, type expected, type v, int order, int fail), (a, expected, v, order, fail))

SIZES(SIZE)

WRAP(void, __tsan_atomic_thread_fence, point(SCHED_POINT_FENCE, HOOK_PLACE(0, 0)), (int order), (order))
WRAP(void *, __tsan_memcpy, point(SCHED_POINT_COPY, HOOK_PLACE(to, size)), (void *to, const void *from, size_t size),
     (to, from, size))
WRAP(void *, __tsan_memmove, point(SCHED_POINT_COPY, HOOK_PLACE(to, size)), (void *to, const void *from, size_t size),
     (to, from, size))
WRAP(void *, __tsan_memset, point(SCHED_POINT_COPY, HOOK_PLACE(to, size)), (void *to, int byte, size_t size),
     (to, byte, size))

#else /* asan, plain */

#if HEDDLE_FLAVOUR_ASAN
void __asan_loadN_noabort(uintptr_t address, size_t size);
void __asan_storeN_noabort(uintptr_t address, size_t size);
void *__asan_memcpy(void *to, const void *from, size_t size);
void *__asan_memmove(void *to, const void *from, size_t size);
void *__asan_memset(void *to, int byte, size_t size);
void *__asan_region_is_poisoned(void *start, size_t size);
#define CHECK_LOAD(address, size) __asan_loadN_noabort((uintptr_t)(address), size)
#define CHECK_STORE(address, size) __asan_storeN_noabort((uintptr_t)(address), size)
#define BLOCK(name) __asan_##name

/* A block operation that would go on past the end of what it writes to is reported, and not carried out: the run ends
 * here.  True where it was reported and changes nothing of what follows: it is carried out unchecked. */
static bool reported(void *to, size_t size) {
  if (!size || !__asan_region_is_poisoned(to, size))
    return false;
  __asan_storeN_noabort((uintptr_t)to, size);
  if (sched.active && sched.stop_requested)
    sched_stop(SCHED_STOPPED);
  return true;
}
#else
#define CHECK_LOAD(address, size) ((void)(address))
#define CHECK_STORE(address, size) ((void)(address))
#define BLOCK(name) name
static inline bool reported(void *to, size_t size) {
  (void)to;
  (void)size;
  return false;
}
#endif

/* Every order is carried out as the strongest one: tasks run one at a time, so none of them could tell. */
#define RMW(bits, type, operation, builtin)                                                                            \
  type __tsan_atomic##bits##_##operation(type volatile *a, type v, int order);                                         \
  type __tsan_atomic##bits##_##operation(type volatile *a, type v, int order) {                                        \
    (void)order;                                                                                                       \
    point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8));                                                                \
    CHECK_STORE(a, bits / 8);                                                                                          \
    return builtin(a, v, __ATOMIC_SEQ_CST);                                                                            \
  }

#define SIZE(bits, type)                                                                                               \
  type __tsan_atomic##bits##_load(const volatile type *a, int order);                                                  \
  type __tsan_atomic##bits##_load(const volatile type *a, int order) {                                                 \
    (void)order;                                                                                                       \
    load_store_point(HOOK_PLACE(a, bits / 8));                                                                         \
    CHECK_LOAD(a, bits / 8);                                                                                           \
    return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                                                       \
  }                                                                                                                    \
  void __tsan_atomic##bits##_store(type volatile *a, type v, int order);                                               \
  void __tsan_atomic##bits##_store(type volatile *a, type v, int order) {                                              \
    (void)order;                                                                                                       \
    load_store_point(HOOK_PLACE(a, bits / 8));                                                                         \
    CHECK_STORE(a, bits / 8);                                                                                          \
    __atomic_store_n(a, v, __ATOMIC_SEQ_CST);                                                                          \
  }                                                                                                                    \
  RMW(bits, type, exchange, __atomic_exchange_n)                                                                       \
  RMW(bits, type, fetch_add, __atomic_fetch_add)                                                                       \
  RMW(bits, type, fetch_sub, __atomic_fetch_sub)                                                                       \
  RMW(bits, type, fetch_and, __atomic_fetch_and)                                                                       \
  RMW(bits, type, fetch_or, __atomic_fetch_or)                                                                         \
  RMW(bits, type, fetch_xor, __atomic_fetch_xor)                                                                       \
  RMW(bits, type, fetch_nand, __atomic_fetch_nand)                                                                     \
  static inline __attribute__((always_inline)) int exchange##bits(type volatile *a, type *expected, type v) {          \
    CHECK_STORE(a, bits / 8);                                                                                          \
    return __atomic_compare_exchange_n(a, expected, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                         \
  }                                                                                                                    \
  int __tsan_atomic##bits##_compare_exchange_strong(type volatile *a, type *expected, type v, int order, int fail);    \
  int __tsan_atomic##bits##_compare_exchange_strong(type volatile *a, type *expected, type v, int order, int fail) {   \
    (void)order, (void)fail;                                                                                           \
    point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8));                                                                \
    return exchange##bits(a, expected, v);                                                                             \
  }                                                                                                                    \
  int __tsan_atomic##bits##_compare_exchange_weak(type volatile *a, type *expected, type v, int order, int fail);      \
  int __tsan_atomic##bits##_compare_exchange_weak(type volatile *a, type *expected, type v, int order, int fail) {     \
    (void)order, (void)fail;                                                                                           \
    point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8));                                                                \
    return exchange##bits(a, expected, v);                                                                             \
  }                                                                                                                    \
  type __tsan_atomic##bits##_compare_exchange_val(type volatile *a, type expected, type v, int order, int fail);       \
  type __tsan_atomic##bits##_compare_exchange_val(type volatile *a, type expected, type v, int order, int fail) {      \
    (void)order, (void)fail;                                                                                           \
    point(SCHED_POINT_ATOMIC, HOOK_PLACE(a, bits / 8));                                                                \
    exchange##bits(a, &expected, v);                                                                                   \
    return expected;                                                                                                   \
  }

SIZES(SIZE)

#define BLOCK_HOOK(name, parameters, arguments)                                                                        \
  void *__tsan_##name parameters;                                                                                      \
  void *__tsan_##name parameters {                                                                                     \
    point(SCHED_POINT_COPY, HOOK_PLACE(to, size));                                                                     \
    return reported(to, size) ? name arguments : BLOCK(name) arguments;                                                \
  }

BLOCK_HOOK(memcpy, (void *to, const void *from, size_t size), (to, from, size))
BLOCK_HOOK(memmove, (void *to, const void *from, size_t size), (to, from, size))
BLOCK_HOOK(memset, (void *to, int byte, size_t size), (to, byte, size))

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order) {
  (void)order;
  point(SCHED_POINT_FENCE, HOOK_PLACE(0, 0));
}

/* The module constructor that the compiler emits for TSan calls this; there is nothing to begin. */
void __tsan_init(void);
void __tsan_init(void) {}

#endif

/* A fence between a thread and its own signal handler orders nothing between tasks: no point in any flavour. */
#if !HEDDLE_FLAVOUR_TSAN
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order) { (void)order; }
#endif
