/* visible.h - texts of unknown origin, made visible.
 *
 * A log's text may hold terminal escapes, bytes that are no UTF-8, characters that turn the direction of the line round
 * or show nothing.  In what people read those appear as what they are: \x1b, \xff, \u{202e}.  In JSON, where a reader
 * is a program, every character stays and only bytes that are no UTF-8 become U+FFFD.
 *
 * Pure functions, safe from any thread. */
#ifndef HEDDLE_REPORT_VISIBLE_H
#define HEDDLE_REPORT_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct visible {
  char text[16];  /* the character itself, or how it is told; ends with NUL */
  size_t columns; /* that it takes on a terminal */
  bool told;      /* it cannot be shown as it is */
};

/* The first character of `text`, which is not empty; returns where the next one begins. */
const char *visible_next(const char *text, struct visible *shown);

/* The first `columns` columns of the text into `line`, which has `size` bytes; a longer text ends in `...`.
 * NULL is the empty text.  Returns how many columns it took. */
size_t visible_cut(const char *text, size_t columns, char *line, size_t size);

/* The same text as UTF-8 that JSON takes, for free(); NULL: no memory. */
char *visible_utf8(const char *text);

#endif
