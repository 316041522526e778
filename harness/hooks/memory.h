/* memory.h - the account of what the code under test allocates in a run. */
#ifndef HEDDLE_HOOKS_MEMORY_H
#define HEDDLE_HOOKS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void memory_begin(void);

/* What a finished run left behind; then all of it is given back. */
struct memory_leak {
  uint64_t blocks, bytes;
  const void *pc; /* the call that allocated the first of them */
  uint32_t label; /* what the task was doing then */
  int task;
};
void memory_end(struct memory_leak *leak);

/* What lies at `address`: the block of this run that holds it, freed ones included (the last one there); false where
 * there is none. */
struct memory_block {
  uintptr_t start;
  size_t size;
  bool freed;
  const void *allocated_at, *freed_at; /* the calls */
};
bool memory_find(uintptr_t address, struct memory_block *block);
/* Where the address is, as `heap block of 128 bytes, 16 in` or `..., 1 before` (triage/finding/FORMAT.md). */
void memory_print_place(const struct memory_block *block, uintptr_t address, char *text, size_t size);

/* For the harness's own use within a run (a task's copy of a variable): no point, no account. */
void *memory_keep(size_t size, size_t align, const void *initial);
void memory_drop(void *block);

void tls_end(void);

#endif
