/* internal.h - between the files of this room. */
#ifndef HEDDLE_HOOKS_INTERNAL_H
#define HEDDLE_HOOKS_INTERNAL_H

#include <stdbool.h>

void globals_init(void);
void globals_restore(void);

/* The sanitizer's side of a run; whether it is to write its reports out. */
void report_init(void);
void report_begin(void);
bool report_wanted(void);

#endif
