/* arena.h - where the blocks of the code under test lie, in tsan and plain: in a piece of memory of their own.
 *
 * Code that races may write past a block's end.  Here it then hits other blocks of its own, the same ones in every
 * process, and never the harness or a fuzzer's corpus.  A run takes block after block from the start of the arena, and
 * none is used twice.  (ASan's own allocator sees such a write, so asan uses that.) */
#ifndef HEDDLE_HOOKS_ARENA_H
#define HEDDLE_HOOKS_ARENA_H

#include <stddef.h>

/* A block of `size` bytes (at most a GiB), aligned to `align` (a power of two; 16 at least), as if the running task had
 * allocated it; NULL where the arena is full. */
void *arena_take(size_t size, size_t align);
/* Tells the sanitizer that the block is gone.  Its memory comes back with arena_reset(). */
void arena_drop(void *start, size_t size);
/* The run is over: all of the arena is free. */
void arena_reset(void);

#endif
