/* flavour.h - what the sanitizer of this build offers to the harness: one set of names, empty where it offers nothing.
 *
 * The harness itself is never instrumented.  HEDDLE_FLAVOUR_TSAN, _ASAN or _PLAIN is defined by the build. */
#ifndef HEDDLE_FLAVOUR_FLAVOUR_H
#define HEDDLE_FLAVOUR_FLAVOUR_H

#ifndef HEDDLE_FLAVOUR_TSAN
#define HEDDLE_FLAVOUR_TSAN 0
#endif
#ifndef HEDDLE_FLAVOUR_ASAN
#define HEDDLE_FLAVOUR_ASAN 0
#endif
#ifndef HEDDLE_FLAVOUR_PLAIN
#define HEDDLE_FLAVOUR_PLAIN 0
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set when enough has been reported: the carrier then has the sanitizer ignore the accesses of each task that it
 * resumes, until the run is over.  Reports are slow, and a run may cause thousands. */
extern bool flavour_ignore_wanted;
/* Set by a signal handler that leaves the run: TSan took back what the running task had it ignore when it called the
 * handler, and would have restored it had the handler returned. */
extern bool flavour_ignores_lost;

#if HEDDLE_FLAVOUR_TSAN
#define FLAVOUR_NAME "tsan"

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_set_fiber_name(void *fiber, const char *name);
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);

/* Happens-before by hand: what came before a release is seen after the acquire that follows it. */
static inline void flavour_release(void *address) { __tsan_release(address); }
static inline void flavour_acquire(void *address) { __tsan_acquire(address); }

/* An access by the running task, as if the code under test had made it itself. */
static inline void flavour_read(void *address, size_t size) { __tsan_read_range(address, size); }
static inline void flavour_write(void *address, size_t size) { __tsan_write_range(address, size); }

/* The running task's accesses are no longer looked at, or are again; not twice in a row. */
static inline void flavour_ignore(bool on) {
  if (on) {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  } else {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
}
#else
static inline void flavour_release(void *address) { (void)address; }
static inline void flavour_acquire(void *address) { (void)address; }
static inline void flavour_read(void *address, size_t size) {
  (void)address;
  (void)size;
}
static inline void flavour_write(void *address, size_t size) {
  (void)address;
  (void)size;
}
static inline void flavour_ignore(bool on) { (void)on; }
#endif

#if HEDDLE_FLAVOUR_ASAN
#define FLAVOUR_NAME "asan"

void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack_save, const void **bottom_old, size_t *size_old);
void __asan_poison_memory_region(void const volatile *address, size_t size);
void __asan_unpoison_memory_region(void const volatile *address, size_t size);

/* Whether the code under test may access the memory. */
static inline void flavour_poison(void *address, size_t size) { __asan_poison_memory_region(address, size); }
static inline void flavour_unpoison(void *address, size_t size) { __asan_unpoison_memory_region(address, size); }
#else
static inline void flavour_poison(void *address, size_t size) {
  (void)address;
  (void)size;
}
static inline void flavour_unpoison(void *address, size_t size) {
  (void)address;
  (void)size;
}
#endif

#if HEDDLE_FLAVOUR_PLAIN
#define FLAVOUR_NAME "plain"
#endif

#endif
