/* past.c - see past.h. */
#include "flavour/past.h"

#if HEDDLE_FLAVOUR_TSAN

#include <stddef.h>
#include <string.h>

void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_read1_pc(void *address, void *pc);
void __tsan_flush_memory(void);

#define WORDS 16      /* of a thread's state that are looked at */
#define ENTRY_SIZE 8u /* one entry of a trace, in bytes */
#define PAGE 0x1000u  /* a part of a trace begins on a page */
#define PART ((uintptr_t)256 << 10)
#define ENTRIES (sizeof(((struct past *)NULL)->entries) / sizeof(uint64_t))
#define START 0x400u /* where in the first page a task's entries begin: past all that a thread's start leaves */

/* Indices of the words: where the next entry goes, the pc of the last access, which the next is written against, and
 * where the next call goes on the stack of calls. */
static size_t position_word, pc_word, depth_word;
static bool known;

/* The half of a word, as an index of 32-bit numbers, in which each step of synchronisation adds `step`. */
static size_t step_half;
static uint32_t step;
static bool worn; /* some fiber has half of its steps behind it */
#define STEPS_MAX 0x4000u
static char scratch[8] __attribute__((aligned(8)));

static uintptr_t *state(void) { return __tsan_get_current_fiber(); }

/* A call and its return: two entries. */
static void write_two(void) {
  __tsan_func_entry(scratch);
  __tsan_func_exit();
}

/* One entry, which carries the thread's epoch too. */
static void write_epoch(void) { flavour_release(scratch); }

static bool find_position(void) {
  enum { CALLS = 3 };
  uintptr_t before[WORDS];
  size_t found = 0;
  for (size_t i = 0; i < WORDS; i++)
    before[i] = state()[i];
  for (int i = 0; i < CALLS; i++)
    write_two();
  for (size_t i = 0; i < WORDS; i++) {
    if (state()[i] - before[i] != (uintptr_t)2 * CALLS * ENTRY_SIZE)
      continue;
    position_word = i;
    found++;
  }
  return found == 1;
}

static bool find_pc(void) {
  /* Two, since a word might hold either by chance. */
  char *pcs[] = {scratch + 3, scratch + 5};
  bool fits[WORDS];
  size_t found = 0;
  for (size_t i = 0; i < WORDS; i++)
    fits[i] = true;
  for (int round = 0; round < 2; round++) {
    write_epoch(); /* else an access like the last one is not written down */
    __tsan_read1_pc(scratch, pcs[round]);
    for (size_t i = 0; i < WORDS; i++)
      fits[i] = fits[i] && state()[i] == (uintptr_t)pcs[round];
  }
  for (size_t i = 0; i < WORDS; i++) {
    if (!fits[i])
      continue;
    pc_word = i;
    found++;
  }
  return found == 1;
}

static bool find_depth(void) {
  uintptr_t before[WORDS];
  size_t found = 0;
  for (size_t i = 0; i < WORDS; i++)
    before[i] = state()[i];
  __tsan_func_entry(scratch);
  __tsan_func_entry(scratch);
  __tsan_func_entry(scratch);
  __tsan_func_exit();
  for (size_t i = 0; i < WORDS; i++) {
    if (state()[i] - before[i] != 2 * sizeof(uintptr_t))
      continue;
    depth_word = i;
    found++;
  }
  __tsan_func_exit();
  __tsan_func_exit();
  return found == 1 && state()[depth_word] == before[depth_word];
}

static uint32_t half(size_t index) { return ((const uint32_t *)state())[index]; }

/* The first that there is: the slot's number and its steps in one.  A thread's own clock, behind it, counts too. */
static bool find_step(void) {
  enum { STEPS = 3 };
  uint32_t before[2 * WORDS];
  for (size_t i = 0; i < 2 * WORDS; i++)
    before[i] = half(i);
  for (int i = 0; i < STEPS; i++)
    write_epoch();
  for (size_t i = 0; i < 2 * WORDS; i++) {
    uint32_t each = (half(i) - before[i]) / STEPS;
    if (each == 0 || (each & (each - 1)) || each * STEPS != half(i) - before[i] || i / 2 == position_word)
      continue;
    step_half = i;
    step = each;
    return true;
  }
  return false;
}

static bool is_worn(void) { return half(step_half) / step % STEPS_MAX >= STEPS_MAX / 2; }

void past_renew(void) {
  if (!known || !(worn || is_worn()))
    return;
  worn = false;
  __tsan_flush_memory();
}

bool past_init(void) {
  /* Where the entries reach the end of a page, TSan adds one of its own: the next try is past that. */
  known = find_position() || find_position();
  return known = known && find_pc() && find_depth() && find_step();
}

void past_begin(struct past *past) {
  if (!known)
    return;
  write_epoch(); /* else an access like the last one is not written down */
  __tsan_read1_pc(scratch, scratch);
  uintptr_t *position = &state()[position_word];
  while (*position % PAGE + 2 * ENTRY_SIZE < START)
    write_two();
  while (*position % PAGE + ENTRY_SIZE < START)
    write_epoch();
  *past = (struct past){.position = *position, .pc = state()[pc_word], .depth = state()[depth_word]};
  memcpy(past->entries, (const uint64_t *)past->position - ENTRIES, sizeof past->entries);
  write_epoch();
}

/* A long trace goes on in other parts, and may come back to the first one from its start, or that one was given to
 * another fiber: then the entries are gone that past_begin() wrote, as nobody else does. */
bool past_lasts(void *fiber, const struct past *past) {
  if (!known)
    return true;
  uintptr_t position = ((uintptr_t *)fiber)[position_word];
  return position >= past->position && position - past->position / PAGE * PAGE < PART &&
         memcmp(past->entries, (const uint64_t *)past->position - ENTRIES, sizeof past->entries) == 0;
}

#define CALLS_MAX 4096

bool past_unwind(const struct past *past) {
  if (!known)
    return false;
  for (int i = 0; i < CALLS_MAX && state()[depth_word] > past->depth; i++)
    __tsan_func_exit();
  return state()[depth_word] == past->depth;
}

void past_forget(const struct past *past) {
  if (!known)
    return;
  worn |= is_worn();
  state()[position_word] = past->position;
  state()[pc_word] = past->pc;
  /* What follows is of the current epoch, which the entries that are overwritten had said. */
  write_epoch();
}

#endif
