/* memory_line.h - lines in which AddressSanitizer and its kin say what memory an error is about, and whose it is. */
#ifndef HEDDLE_PARSE_MEMORY_LINE_H
#define HEDDLE_PARSE_MEMORY_LINE_H

#include "triage/parse/tool.h"

/* True where the line is one of these; a stack that it announces is begun, location, global and object_offset are set:
 *   READ of size 8 at 0x602000000010 thread T1
 *   0x602000000014 is located 4 bytes inside of 16-byte region [0x602000000010,0x602000000020)
 *   0x55d0c8 is located 0 bytes after global variable 'table' defined in 'src/map.c:3:5' (0x55d0a0) of size 40
 *   Address 0x7ffd10 is located in stack of thread T0 at offset 48 in frame
 *   freed by thread T1 here:
 *   Thread T1 created by T0 here:
 *   Uninitialized value was created by a heap allocation */
bool memory_line_take(struct builder *builder, const char *line);

/* True for the picture of the shadow memory and its legend. */
bool memory_line_is_shadow(const char *line);

#endif
