/* arena.c - see arena.h.
 *
 * To ThreadSanitizer the arena is a Java heap: its interface for one (tsan_interface_java.h) is there for allocators
 * like this.  So a report knows each block, where it was allocated and by whom. */
#define _GNU_SOURCE
#include "hooks/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flavour/flavour.h"

#define SIZE ((size_t)1 << 30)
#define GAP ((size_t)32)            /* after each block: a little too far hits nobody */
#define RESIDENT ((size_t)16 << 20) /* what a run used beyond this is given back to the system */
#define BEYOND ((size_t)16 << 10)   /* how far past the last block a wild write is still wiped out */

static char *memory;
static size_t taken;

#if HEDDLE_FLAVOUR_TSAN
void __tsan_java_init(uintptr_t heap, uintptr_t size);
void __tsan_java_alloc(uintptr_t start, uintptr_t size);
void __tsan_java_free(uintptr_t start, uintptr_t size);

static void tell_init(void) { __tsan_java_init((uintptr_t)memory, SIZE); }
static void tell_taken(char *start, size_t size) {
  __tsan_java_alloc((uintptr_t)start, size);
  flavour_write(start, size);
}
static void tell_dropped(const char *start, size_t size) { __tsan_java_free((uintptr_t)start, size); }
#else
static void tell_init(void) {}
static void tell_taken(char *start, size_t size) {
  (void)start;
  (void)size;
}
static void tell_dropped(const char *start, size_t size) {
  (void)start;
  (void)size;
}
#endif

static size_t rounded(size_t size, size_t to) { return (size + to - 1) / to * to; }

/* An empty block too is one that can be told from others. */
static size_t room_of(size_t size) { return size ? rounded(size, 8) : 8; }

static void reserve(void) {
  memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  tell_init();
}

void *arena_take(size_t size, size_t align) {
  if (!memory)
    reserve();
  if (align < 16)
    align = 16;
  if (align > SIZE || size > SIZE)
    return NULL;
  /* The arena begins on a page: a larger alignment is one of addresses. */
  size_t at = rounded((uintptr_t)memory + taken, align) - (uintptr_t)memory;
  if (at + room_of(size) + GAP > SIZE)
    return NULL;
  taken = at + room_of(size) + GAP;
  tell_taken(memory + at, room_of(size));
  return memory + at;
}

void arena_drop(void *start, size_t size) {
  assert((char *)start >= memory && (char *)start < memory + taken);
  tell_dropped(start, room_of(size));
}

/* All zero, as in a new process: a read past a block's end is the same in every run. */
void arena_reset(void) {
  if (!taken)
    return;
  size_t used = taken + BEYOND < SIZE ? taken + BEYOND : SIZE;
  if (used > RESIDENT) {
    madvise(memory + RESIDENT, rounded(used - RESIDENT, 4096), MADV_DONTNEED);
    used = RESIDENT;
  }
  memset(memory, 0, used);
  taken = 0;
}
