/* symbols.h - program counters of this process, as frames with names.  Outside of runs only. */
#ifndef HEDDLE_TARGET_SYMBOLS_H
#define HEDDLE_TARGET_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "failure/failure.h"
#include "triage/stack/frame.h"
#include "triage/stack/key.h"

/* `program`: argv[0], the path of this binary.  Once a process. */
void symbols_init(const char *program);
/* The frames at a return address, innermost (inlined) first, files relative to the source root; returns how many, at
 * least 1. */
size_t symbols_frames(uintptr_t pc, struct frame *frames, size_t capacity);
/* The frames at an offset in this binary, of an instruction itself. */
size_t symbols_at_offset(uint64_t offset, struct frame *frames, size_t capacity);
/* This binary's file name, without its folder. */
const char *symbols_binary_name(void);
/* The frames of a whole stack, files relative to the source root. */
size_t symbols_stack(const struct failure_stack *stack, struct frame *frames, size_t capacity);
/* This binary's build id in hexadecimal; "" where it has none. */
const char *symbols_build_id(void);

#endif
