/* prefix.c - see prefix.h. */
#include "triage/parse/prefix.h"

#include <string.h>

#include "triage/parse/scan.h"

#define PREFIX_MAX 256

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("_./-+", c)) || (c & 0x80);
}

static const char *past_words(const char *p) {
  while (is_word(*p))
    p++;
  return p;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

const char *prefix_keep(struct builder *builder, const char *line, const char *keyword) {
  return keyword > line && keyword - line <= PREFIX_MAX ? builder_copy(builder, line, (size_t)(keyword - line)) : NULL;
}

/* The blanks that end a prefix are as many as there, so that the others are the line's own. */
static const char *past_last_blanks(const char *blanks, const char *at) {
  while (*blanks && is_blank(*at)) {
    blanks++;
    at++;
  }
  return at;
}

char *prefix_skip(const char *prefix, char *line) {
  const char *p = prefix, *at = line;
  while (p && *p)
    if (is_word(*p)) {
      if (!is_word(*at))
        return NULL;
      p = past_words(p);
      at = past_words(at);
    } else if (is_blank(*p)) {
      const char *next = scan_blanks(p);
      if (!*next) {
        at = past_last_blanks(p, at);
        break;
      }
      if (!is_blank(*at))
        return NULL;
      p = next;
      at = scan_blanks(at);
    } else if (*p++ != *at++) {
      return NULL;
    }
  return line + (at - line);
}
