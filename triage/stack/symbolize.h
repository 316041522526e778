/* symbolize.h - from module and offset to functions, files and lines.
 *
 * Drives one llvm-symbolizer process, started at the first question and asked over a socket pair (a dead process is an
 * error to read, never a SIGPIPE).  Answers are cached, so a place costs one question a process.  The program is
 * $LLVM_SYMBOLIZER_PATH, else the compile-time HEDDLE_SYMBOLIZER, else llvm-symbolizer in $PATH.
 *
 * Made for use inside a process under ThreadSanitizer or AddressSanitizer too: no threads, no global constructors, no
 * signal handlers.  A symbolizer belongs to one thread at a time. */
#ifndef HEDDLE_STACK_SYMBOLIZE_H
#define HEDDLE_STACK_SYMBOLIZE_H

#include <stddef.h>
#include <stdint.h>

#include "triage/stack/frame.h"

struct symbolizer;

/* NULL: no memory.  The caller closes it. */
struct symbolizer *symbolizer_open(void);

/* Fills `frames` with what stands at that place, innermost first, at most `capacity` (at least 1) of them, and returns
 * how many: at least 1.  For an outer frame of a stack pass the call's own address, which is the return address less
 * one.  Where nothing is known the one frame holds the module and the offset only.  Where the symbolizer is missing or
 * dies, one line on stderr says so, once, and every later answer is of that kind.
 * The strings live until symbolizer_close. */
size_t symbolizer_frames(struct symbolizer *symbolizer, const char *module, uint64_t offset, struct frame *frames,
                         size_t capacity);

/* NULL is allowed. */
void symbolizer_close(struct symbolizer *symbolizer);

#endif
