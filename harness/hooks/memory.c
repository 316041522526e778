/* memory.c - allocation by the code under test: a scheduling point each, and an account of it.
 *
 * The sanitizer knows each block, so that its reports do.  What is freed in a run is given back to the allocator (in
 * tsan and plain arena.c, in asan ASan's) only when the run is over: nobody gets the same memory again meanwhile, so a
 * use after free reads what was there, in every flavour, and the run stays the same.  In tsan a free counts as a write
 * of the whole block; a use that is not ordered with it is then a race with the free, whoever allocates next.  In asan
 * the block is freed at once: ASan's quarantine keeps it from being used again.  Fresh memory holds 0xbe, so that what
 * is read before it is written is the same everywhere too.
 *
 * ASan writes where and by whom a block was freed over its first 8 bytes, and which number stands for "where" depends
 * on all that the process did before.  So there each block begins behind a margin of its own, which takes that. */
#define _GNU_SOURCE
#include "hooks/hooks.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "failure/failure.h"
#include "hooks/arena.h"
#include "hooks/internal.h"
#include "hooks/model.h"
#include "hooks/real.h"
#include "sched/sync.h"

#define BLOCKS_MAX (UINT32_C(1) << 22) /* allocations of a run */
#define SLOTS_MAX (2 * BLOCKS_MAX)
#define SLOTS_MIN UINT32_C(4096)
#define BYTES_MAX ((uint64_t)512 << 20) /* likewise, freed ones too */
#define FRESH 0xbe
#define MARGIN (HEDDLE_FLAVOUR_ASAN ? (size_t)16 : 0) /* at least; a multiple of what malloc aligns to */

enum block_state { BLOCK_LIVE, BLOCK_FREED /* by the code under test */ };

struct block {
  char *start;
  size_t size;
  size_t margin; /* what the sanitizer's allocator knows begins this much sooner */
  const void *allocated_at, *freed_at;
  uint32_t label;
  uint8_t task, state;
};

/* In the order of allocation.  slots: open addressing, 1 + index of the latest block at that address. */
static struct block *blocks;
static uint32_t block_count;
static uint32_t *slots;
static uint32_t slot_count;
static uint64_t bytes_taken;

/* Of this run: which allocation fails first (0: none does), whether all after it do, and whether one has. */
static struct {
  uint32_t nth, count;
  bool all_after, happened;
} starving;
static bool (*forbidden_to_free)(const void *block);

static void *reserve(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  return memory;
}

static uint32_t hash(const void *address) {
  return (uint32_t)(((uintptr_t)address * SCHED_MIX) >> 32) & (slot_count - 1);
}

static void enter_slot(uint32_t index) {
  uint32_t s = hash(blocks[index].start);
  while (slots[s] && blocks[slots[s] - 1].start != blocks[index].start)
    s = (s + 1) & (slot_count - 1);
  slots[s] = index + 1;
}

static void clear_slots(void) { memset(slots, 0, slot_count * sizeof *slots); }

void memory_begin(void) {
  if (!blocks) {
    blocks = reserve(BLOCKS_MAX * sizeof *blocks);
    slots = reserve(SLOTS_MAX * sizeof *slots);
  }
  slot_count = SLOTS_MIN;
  block_count = 0;
  bytes_taken = 0;
  memset(&starving, 0, sizeof starving);
  forbidden_to_free = NULL;
}

void hooks_starve(uint32_t nth, bool all_after) {
  starving.nth = nth;
  starving.all_after = all_after;
}

bool hooks_starved(void) { return starving.happened; }

void hooks_watch_frees(bool (*forbidden)(const void *block)) { forbidden_to_free = forbidden; }

static bool finds_no_memory(void) {
  starving.count++;
  if (!starving.nth || starving.count < starving.nth || (starving.count > starving.nth && !starving.all_after))
    return false;
  starving.happened = true;
  return true;
}

/* Clears the table at the end of a run; after a short one, entry by entry.  Clearing from an entry's first slot to the
 * next empty one leaves no other entry behind that could not be reached from its own. */
static void empty_slots(void) {
  if (slot_count > SLOTS_MIN) {
    clear_slots();
    return;
  }
  for (uint32_t i = 0; i < block_count; i++)
    for (uint32_t s = hash(blocks[i].start); slots[s]; s = (s + 1) & (slot_count - 1))
      slots[s] = 0;
}

static void grow_slots(void) {
  clear_slots();
  slot_count *= 2;
  for (uint32_t i = 0; i < block_count; i++)
    enter_slot(i);
}

static struct block *find(const void *start) {
  for (uint32_t s = hash(start); slots[s]; s = (s + 1) & (slot_count - 1))
    if (blocks[slots[s] - 1].start == start)
      return &blocks[slots[s] - 1];
  return NULL;
}

#if HEDDLE_FLAVOUR_ASAN
static void *take(size_t size, size_t align) {
  void *base = NULL;
  if (align <= MARGIN)
    return __real_malloc(size);
  return __real_posix_memalign(&base, align, size) == 0 ? base : NULL;
}
static char *base_of(const struct block *block) { return block->start - block->margin; }
static void give_back(const struct block *block) {
  if (block->state == BLOCK_LIVE)
    __real_free(base_of(block));
}
#else
static void *take(size_t size, size_t align) { return arena_take(size, align); }
static char *base_of(const struct block *block) { return block->start; }
static void give_back(const struct block *block) { arena_drop(block->start, block->size); }
#endif

static void record(char *start, size_t size, size_t margin, const struct sched_place *place) {
  if (block_count == BLOCKS_MAX)
    sched_stop(SCHED_BUDGET);
  if ((block_count + 1) * 2 > slot_count)
    grow_slots();
  blocks[block_count] = (struct block){.start = start,
                                       .size = size,
                                       .margin = margin,
                                       .allocated_at = place->pc,
                                       .label = sched.tasks[sched.running].label,
                                       .task = (uint8_t)sched.running};
  enter_slot(block_count++);
}

/* `align`: 0: malloc's own. */
static void *allocate(size_t size, size_t align, int fill, const struct sched_place *place) {
  sched_point(SCHED_POINT_ALLOC, *place);
  size_t margin = HEDDLE_FLAVOUR_ASAN && align > MARGIN ? align : MARGIN;
  if (finds_no_memory() || size > BYTES_MAX || align > BYTES_MAX)
    return NULL;
  bytes_taken += size + align;
  if (bytes_taken > BYTES_MAX)
    sched_stop(SCHED_BUDGET);
  HOOK_CALLER_BEGIN(place);
  char *base = take(size + margin, align);
  HOOK_CALLER_END();
  if (!base)
    return NULL;
  flavour_poison(base, margin);
  record(base + margin, size, margin, place);
  memset(base + margin, fill, size);
  return base + margin;
}

static void report_bad_free(const struct block *block, const struct sched_place *place) {
  struct failure *failure = report_open("double-free", "memory");
  if (failure) {
    strcpy(failure->message, "a block is freed twice");
    struct failure_stack *stack = report_stack(failure);
    failure_walk(stack, place->frame);
    struct failure_stack *before = failure_stack(failure, FAILURE_FREE);
    before->pcs[before->depth++] = (uintptr_t)block->freed_at;
    failure_close(failure);
  }
  sched_stop(SCHED_STOPPED);
}

/* Asks with the run stopped: what answers may be code under test. */
static void judge_free(const void *start, const struct sched_place *place) {
  if (!forbidden_to_free)
    return;
  sched.active = false;
  bool forbidden = forbidden_to_free(start);
  sched.active = true;
  struct failure *failure = forbidden ? report_open("freed-while-protected", "reclamation") : NULL;
  if (!failure)
    return;
  strcpy(failure->message, "a block is freed that a thread has announced it may still touch");
  failure_walk(report_stack(failure), place->frame);
  failure_close(failure);
}

static void tell_freed(const struct block *block, const struct sched_place *place) {
#if HEDDLE_FLAVOUR_ASAN
  (void)place;
  __real_free(base_of(block));
#else
  HOOK_CALLER_BEGIN(place);
  flavour_write(block->start, block->size);
  HOOK_CALLER_END();
#endif
}

static void release(void *start, const struct sched_place *place) {
  sched_point(SCHED_POINT_FREE, *place);
  if (!start)
    return;
  struct block *block = find(start);
  if (!block || (HEDDLE_FLAVOUR_ASAN && block->state != BLOCK_LIVE)) {
    __real_free(block ? base_of(block) : start);
    return;
  }
  if (block->state != BLOCK_LIVE)
    report_bad_free(block, place);
  judge_free(start, place);
  block->freed_at = place->pc;
  block->state = BLOCK_FREED; /* before the sanitizer is told: it may report this very call */
  tell_freed(block, place);
  sync_forget_range((uintptr_t)start, block->size);
}

void memory_end(struct memory_leak *leak) {
  *leak = (struct memory_leak){0};
  for (uint32_t i = 0; i < block_count; i++) {
    struct block *block = &blocks[i];
    if (block->state == BLOCK_LIVE && leak->blocks++ == 0) {
      leak->pc = block->allocated_at;
      leak->label = block->label;
      leak->task = block->task;
    }
    if (block->state == BLOCK_LIVE)
      leak->bytes += block->size;
    give_back(block);
  }
  empty_slots();
  block_count = 0;
  if (!HEDDLE_FLAVOUR_ASAN)
    arena_reset();
}

void memory_print_place(const struct memory_block *block, uintptr_t address, char *text, size_t size) {
  bool before = address < block->start;
  snprintf(text, size, "heap block of %zu bytes, %zu %s", block->size,
           (size_t)(before ? block->start - address : address - block->start), before ? "before" : "in");
}

bool memory_find(uintptr_t address, struct memory_block *found) {
  for (uint32_t i = block_count; i-- > 0;) {
    const struct block *block = &blocks[i];
    if (address - (uintptr_t)base_of(block) >= block->margin + block->size)
      continue;
    *found = (struct memory_block){.start = (uintptr_t)block->start,
                                   .size = block->size,
                                   .freed = block->state != BLOCK_LIVE,
                                   .allocated_at = block->allocated_at,
                                   .freed_at = block->freed_at};
    return true;
  }
  return false;
}

void *memory_keep(size_t size, size_t align, const void *initial) {
  if (align < sizeof(void *))
    align = sizeof(void *);
  void *copy = __real_aligned_alloc(align, (size + align - 1) / align * align);
  if (!copy)
    abort();
  if (initial)
    memcpy(copy, initial, size);
  else
    memset(copy, 0, size);
  return copy;
}

void memory_drop(void *block) { __real_free(block); }

/* The wrappers. */

void *__wrap_malloc(size_t size) {
  if (!hook_acts())
    return __real_malloc(size);
  return allocate(size, 0, FRESH, &HOOK_PLACE(0, 0));
}

void *__wrap_calloc(size_t count, size_t size) {
  if (!hook_acts())
    return __real_calloc(count, size);
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes))
    return NULL;
  return allocate(bytes, 0, 0, &HOOK_PLACE(0, 0));
}

void *__wrap_realloc(void *old, size_t size) {
  if (!hook_acts())
    return __real_realloc(old, size);
  struct sched_place place = HOOK_PLACE(0, 0);
  struct block *block = old ? find(old) : NULL;
  if (old && (!block || block->state != BLOCK_LIVE)) {
    if (!block || HEDDLE_FLAVOUR_ASAN)
      return __real_realloc(block ? base_of(block) : old, size);
    report_bad_free(block, &place);
  }
  void *start = allocate(size, 0, FRESH, &place);
  if (!old || !start)
    return start;
  block = find(old); /* another task may have had its turn at the point */
  if (block) {
    HOOK_CALLER_BEGIN(&place);
    size_t copied = block->size < size ? block->size : size;
    flavour_read(old, copied);
    flavour_write(start, copied);
    memcpy(start, old, copied);
    HOOK_CALLER_END();
  }
  release(old, &place);
  return start;
}

void __wrap_free(void *start) {
  if (hook_acts())
    release(start, &HOOK_PLACE(start, 0));
  else
    __real_free(start);
}

void *__wrap_aligned_alloc(size_t align, size_t size) {
  if (!hook_acts())
    return __real_aligned_alloc(align, size);
  return allocate(size, align, FRESH, &HOOK_PLACE(0, 0));
}

int __wrap_posix_memalign(void **out, size_t align, size_t size) {
  if (!hook_acts())
    return __real_posix_memalign(out, align, size);
  if (align < sizeof(void *) || (align & (align - 1)))
    return EINVAL;
  void *start = allocate(size, align, FRESH, &HOOK_PLACE(0, 0));
  if (!start)
    return ENOMEM;
  *out = start;
  return 0;
}

static char *duplicate(const char *text, size_t length, const struct sched_place *place) {
  char *copy = allocate(length + 1, 0, FRESH, place);
  if (!copy)
    return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

char *__wrap_strdup(const char *text) {
  if (!hook_acts())
    return __real_strdup(text);
  return duplicate(text, strlen(text), &HOOK_PLACE(0, 0));
}

char *__wrap_strndup(const char *text, size_t most) {
  if (!hook_acts())
    return __real_strndup(text, most);
  return duplicate(text, strnlen(text, most), &HOOK_PLACE(0, 0));
}
