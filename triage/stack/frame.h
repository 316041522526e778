/* frame.h - one place on a call stack.
 *
 * Plain data.  The strings are borrowed: whoever made a frame says how long they live.  A stack is an array of frames,
 * innermost first; a call that was inlined is a frame like any other. */
#ifndef HEDDLE_STACK_FRAME_H
#define HEDDLE_STACK_FRAME_H

#include <stdint.h>

#define STACK_FRAMES_MAX 64 /* deeper stacks are cut at the outer end */

struct frame {
  const char *function; /* "" where not known; never NULL */
  const char *file;     /* "" where not known; never NULL */
  uint32_t line;        /* from 1; 0 where not known */
  uint32_t column;      /* from 1; 0 where not known */
  const char *module;   /* the binary or library that holds the code; "" where not known, never NULL */
  uint64_t offset;      /* of the instruction in `module`, bytes from its load address */
};

#endif
