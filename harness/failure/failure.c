/* failure.c - see failure.h. */
#include "failure/failure.h"

#include <assert.h>
#include <string.h>

extern const char __ehdr_start[], etext[]; /* the linker's: this executable's first byte, the end of its code */

extern const char __start_heddle_text[] __attribute__((weak)), __stop_heddle_text[] __attribute__((weak));
extern const char __start_heddle_harness[] __attribute__((weak)), __stop_heddle_harness[] __attribute__((weak));

static struct failure failures[FAILURES_MAX];
static size_t count;
static struct failure *being_filled;

void failure_begin(void) {
  count = 0;
  being_filled = NULL;
}

struct failure *failure_open(const char *kind, const char *oracle) {
  if (being_filled || count == FAILURES_MAX)
    return NULL;
  being_filled = &failures[count];
  being_filled->kind = kind;
  being_filled->oracle = oracle;
  being_filled->message[0] = being_filled->location[0] = '\0';
  being_filled->raw = 0;
  being_filled->stack_count = 0;
  being_filled->count = 1;
  return being_filled;
}

struct failure_stack *failure_stack(struct failure *failure, enum failure_role role) {
  if (failure->stack_count == FAILURE_STACKS_MAX)
    return NULL;
  struct failure_stack *stack = &failure->stacks[failure->stack_count++];
  *stack = (struct failure_stack){.role = role, .task = -1};
  return stack;
}

uint64_t failure_module_offset(uintptr_t pc) {
  uintptr_t base = (uintptr_t)__ehdr_start;
  return pc >= base && pc < (uintptr_t)etext ? pc - base : 0;
}

enum failure_origin failure_origin(uintptr_t pc) {
  if (pc > (uintptr_t)__start_heddle_text && pc <= (uintptr_t)__stop_heddle_text)
    return FAILURE_UNDER_TEST;
  if (pc > (uintptr_t)__start_heddle_harness && pc <= (uintptr_t)__stop_heddle_harness)
    return FAILURE_HARNESS;
  return FAILURE_ELSEWHERE;
}

/* What stands on the code under test is the sanitizer's or the harness's.  A stack with no code under test (it may
 * not have been compiled by us) only loses the harness's. */
static void drop_top_frames(struct failure_stack *stack) {
  uint32_t top = 0;
  while (top < stack->depth && failure_origin(stack->pcs[top]) != FAILURE_UNDER_TEST)
    top++;
  if (top == stack->depth)
    for (top = 0; top < stack->depth && failure_origin(stack->pcs[top]) == FAILURE_HARNESS; top++) {
    }
  stack->depth -= top;
  memmove(stack->pcs, stack->pcs + top, stack->depth * sizeof stack->pcs[0]);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t fnv(uint64_t hash, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
  return hash;
}

#define RAW_FRAMES 3

static uint64_t stack_hash(const struct failure_stack *stack) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (uint32_t i = 0; i < stack->depth && i < RAW_FRAMES; i++) {
    uint64_t offset = failure_module_offset(stack->pcs[i]);
    hash = fnv(hash, &offset, sizeof offset);
  }
  return hash;
}

static uint64_t build = UINT64_C(0xcbf29ce484222325);

void failure_init(const char *build_id) { build = fnv(build, build_id, strlen(build_id)); }

/* Kind, and the stacks that make the key in either order: a sum does not know which came first. */
static uint64_t raw_of(const struct failure *failure) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < failure->stack_count; i++)
    if (failure->stacks[i].role <= FAILURE_IN_KEY)
      sum += stack_hash(&failure->stacks[i]);
  uint64_t hash = fnv(build, failure->kind, strlen(failure->kind));
  hash = fnv(hash, &sum, sizeof sum);
  return hash ? hash : 1;
}

void failure_close(struct failure *failure) {
  assert(failure == being_filled);
  being_filled = NULL;
  for (uint32_t i = 0; i < failure->stack_count; i++)
    drop_top_frames(&failure->stacks[i]);
  failure->raw = raw_of(failure);
  for (size_t i = 0; i < count; i++) {
    if (failures[i].raw != failure->raw)
      continue;
    failures[i].count++;
    return;
  }
  count++;
  heddle_failure(failure);
}

size_t failure_count(void) { return count; }

const struct failure *failure_at(size_t index) {
  assert(index < count);
  return &failures[index];
}

__attribute__((noinline)) void heddle_failure(const struct failure *failure) {
  __asm__ volatile("" : : "r"(failure) : "memory");
}

#define STACK_SPAN (UINT64_C(8) << 20) /* no stack under test is longer */

void failure_walk(struct failure_stack *stack, const void *frame) {
  stack->depth = 0;
  uintptr_t at = (uintptr_t)frame, start = at;
  while (stack->depth < FAILURE_FRAMES_MAX && at && at % sizeof(uintptr_t) == 0 && at - start < STACK_SPAN) {
    const uintptr_t *words = (const uintptr_t *)at;
    if (!failure_module_offset(words[1]))
      break;
    stack->pcs[stack->depth++] = words[1];
    if (words[0] <= at)
      break;
    at = words[0];
  }
}
