/* text.h - numbers, times and colours as people read them. */
#ifndef HEDDLE_CAMPAIGN_TEXT_H
#define HEDDLE_CAMPAIGN_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_SIZE 64 /* room for one number or time */

/* 1234567 as `1,234,567`; returns `text`. */
const char *text_count(uint64_t value, char text[TEXT_SIZE]);
/* How many there are of what: 1 and `failing input` as `1 failing input`, 0 and 1204 as `0 failing inputs` and
 * `1,204 failing inputs`.  At most TEXT_SIZE - 30 bytes of `thing` count; returns `text`. */
const char *text_things(uint64_t count, const char *thing, char text[TEXT_SIZE]);
/* A span in the unit that fits, as `340 ms`, `2.1 s`, `3 min 20 s`, `5 h 3 min`; returns `text`. */
const char *text_span(double seconds, char text[TEXT_SIZE]);
/* Elapsed time as h:mm:ss; returns `text`. */
const char *text_elapsed(double seconds, char text[TEXT_SIZE]);
/* As `42 B` or `1.5 KiB`; returns `text`. */
const char *text_bytes(uint64_t bytes, char text[TEXT_SIZE]);

enum text_color_mode { TEXT_COLOR_AUTO, TEXT_COLOR_ALWAYS, TEXT_COLOR_NEVER };

/* Whether to colour `stream`; in auto mode only a terminal, and not where NO_COLOR is set or TERM is dumb. */
bool text_use_color(FILE *stream, enum text_color_mode mode);

/* The escape sequences, "" where `on` is false. */
struct text_style {
  const char *bold, *dim, *red, *green, *yellow, *cyan, *end;
};
struct text_style text_style(bool on);

/* Whether the locale of the environment writes UTF-8. */
bool text_use_unicode(void);

/* Columns of the terminal, 100 where `stream` is none. */
int text_width(FILE *stream);

#endif
