/* scan.h - reading a line from left to right.
 *
 * Each function looks at what stands at *at: where it is what was asked for, *at goes past it and the answer is true;
 * otherwise nothing changes.  Pure, linear, for any bytes up to the line's end. */
#ifndef HEDDLE_PARSE_SCAN_H
#define HEDDLE_PARSE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool scan_text(const char **at, const char *text);
bool scan_number(const char **at, uint64_t *value);  /* decimal; UINT64_MAX where it is larger than that */
bool scan_address(const char **at, uint64_t *value); /* 0x and hexadecimal digits */
/* `main thread` (0), `thread T3`, `T3`: the number by which the sanitizers call it.  INT_MAX and above: -1. */
bool scan_thread(const char **at, int *task);

/* Past spaces and tabs. */
const char *scan_blanks(const char *at);
/* The length without spaces and tabs at the end. */
size_t scan_trimmed(const char *text);
bool scan_ends(const char *text, const char *end);

#endif
