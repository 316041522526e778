#include "triage/report/visible.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_CHARACTER UINT32_MAX

/* One character by the table of well-formed UTF-8 (Unicode 15, table 3-7); a byte that begins none is NO_CHARACTER. */
static const char *decode(const char *text, uint32_t *character) {
  const unsigned char *byte = (const unsigned char *)text;
  static const struct {
    unsigned char first, last, low, high, more;
  } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
               {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2}, {0xf0, 0xf0, 0x90, 0xbf, 3},
               {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3}};
  *character = *byte;
  if (*byte < 0x80)
    return text + 1;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
    if (*byte < forms[i].first || *byte > forms[i].last)
      continue;
    uint32_t value = *byte & (0x3fU >> forms[i].more);
    for (size_t n = 1; n <= forms[i].more; ++n) {
      if (byte[n] < (n == 1 ? forms[i].low : 0x80) || byte[n] > (n == 1 ? forms[i].high : 0xbf)) {
        *character = NO_CHARACTER;
        return text + 1;
      }
      value = value << 6 | (byte[n] & 0x3fU);
    }
    *character = value;
    return text + 1 + forms[i].more;
  }
  *character = NO_CHARACTER;
  return text + 1;
}

struct range {
  uint32_t first, last;
};

static bool within(const struct range *ranges, size_t count, uint32_t character) {
  for (size_t i = 0; i < count; ++i)
    if (character >= ranges[i].first && character <= ranges[i].last)
      return true;
  return false;
}

/* Controls, and what Unicode calls default-ignorable, format, private or no character at all; also the marks that
 * combine, which pile up over neighbouring lines. */
static bool is_unfit(uint32_t character) {
  static const struct range unfit[] = {
      {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x300, 0x36f},     {0x483, 0x489},
      {0x591, 0x5bd},     {0x600, 0x605},     {0x610, 0x61c},     {0x64b, 0x65f},     {0x6d6, 0x6dd},
      {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0xe31, 0xe31},     {0xe34, 0xe3a},
      {0xe47, 0xe4e},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x1ab0, 0x1aff},
      {0x1dc0, 0x1dff},   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x20d0, 0x20ff},
      {0x3164, 0x3164},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f},
      {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
      {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d165, 0x1d182}, {0x1fffe, 0x1ffff}, {0xe0000, 0x10ffff}};
  return within(unfit, sizeof unfit / sizeof *unfit, character);
}

/* East Asian wide, and the pictures. */
static bool is_wide(uint32_t character) {
  static const struct range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
                                      {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  return within(wide, sizeof wide / sizeof *wide, character);
}

static int tell(uint32_t character, unsigned char byte, char *text, size_t size) {
  if (character == '\n' || character == '\r' || character == '\t')
    return snprintf(text, size, "\\%c", character == '\n' ? 'n' : character == '\r' ? 'r' : 't');
  if (character < 0x80 || character == NO_CHARACTER)
    return snprintf(text, size, "\\x%02x", byte);
  return snprintf(text, size, "\\u{%x}", character);
}

const char *visible_next(const char *text, struct visible *shown) {
  assert(*text);
  uint32_t character;
  const char *next = decode(text, &character);
  shown->told = character == NO_CHARACTER || is_unfit(character);
  if (shown->told) {
    shown->columns = (size_t)tell(character, (unsigned char)*text, shown->text, sizeof shown->text);
    return next;
  }
  memcpy(shown->text, text, (size_t)(next - text));
  shown->text[next - text] = '\0';
  shown->columns = is_wide(character) ? 2 : 1;
  return next;
}

size_t visible_cut(const char *text, size_t columns, char *line, size_t size) {
  static const char more[] = "...";
  size_t used = 0, taken = 0, cut = 0, cut_columns = 0;
  assert(size > sizeof more && columns >= sizeof more - 1);
  for (const char *next = text ? text : ""; *next;) {
    struct visible shown;
    next = visible_next(next, &shown);
    size_t length = strlen(shown.text);
    if (taken + shown.columns > columns || used + length + sizeof more > size) {
      memcpy(line + cut, more, sizeof more);
      return cut_columns + sizeof more - 1;
    }
    memcpy(line + used, shown.text, length);
    used += length;
    taken += shown.columns;
    if (taken + sizeof more - 1 <= columns) {
      cut = used;
      cut_columns = taken;
    }
  }
  line[used] = '\0';
  return taken;
}

char *visible_utf8(const char *text) {
  static const char replacement[] = "\xef\xbf\xbd";
  if (!text)
    text = "";
  char *whole = malloc(strlen(text) * (sizeof replacement - 1) + 1), *end = whole;
  while (whole && *text) {
    uint32_t character;
    const char *next = decode(text, &character);
    size_t length = character == NO_CHARACTER ? sizeof replacement - 1 : (size_t)(next - text);
    memcpy(end, character == NO_CHARACTER ? replacement : text, length);
    end += length;
    text = next;
  }
  if (whole)
    *end = '\0';
  return whole;
}
