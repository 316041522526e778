/* go_line.h - what Go's two kinds of report share: a frame takes two lines,
 *
 *   main.(*cache).get()                     the race detector's: indented by two and six spaces
 *       /src/main.go:12 +0x44
 *   main.(*cache).get(0xc000012000, 0x1)    the runtime's: not indented, and a tab
 *   	/src/main.go:12 +0x44 fp=0xc0000 sp=0xc0000 pc=0x47 */
#ifndef HEDDLE_PARSE_GO_LINE_H
#define HEDDLE_PARSE_GO_LINE_H

#include "triage/parse/tool.h"

/* `name(arguments)` becomes a frame of the stack begun last; false: it is none.  Cuts the line up. */
bool go_take_function(struct builder *builder, char *line);
/* `path:line +0x12 ...`: where that frame is; false: it is none.  Cuts the line up. */
bool go_take_place(struct builder *builder, char *line);

/* The number after `word`, as in `goroutine 7 ...`; -1 where there is none.  *end: what follows it. */
int go_number(const char *text, const char *word, const char **end);

#endif
