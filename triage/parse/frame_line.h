/* frame_line.h - one line of a stack, as the sanitizers of clang and GCC print it:
 *
 *   #0 0x55d0c8 in put src/map.c:12:3 (prog+0x12c8) (BuildId: 9f11...)      ASan and the others
 *   #1 put src/map.c:12:3 (prog+0x12c8)                                     TSan
 *   #2 0x7f01 (/usr/lib/libc.so.6+0x29d09) (BuildId: ...)                   no symbols
 *   #3 std::map<int, int>::operator[](int const&) /usr/include/c++/12/bits/stl_map.h:511 (prog+0x1)
 *   #4 put <null> (prog+0x12c8)       #5 <null> <null> (prog+0x1)           no debug information
 *
 * also with parts left out or in another order, as `stack_trace_format` may have it. */
#ifndef HEDDLE_PARSE_FRAME_LINE_H
#define HEDDLE_PARSE_FRAME_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "triage/stack/frame.h"

struct frame_line {
  unsigned number;
  struct frame frame; /* its strings point into the line; module: the path as printed */
  uint64_t pc;        /* 0 where not told */
};

/* False: no frame.  Cuts the line up. */
bool frame_line_read(char *line, struct frame_line *out);

#endif
