#include "triage/parse/prefix.h"

#include <stdbool.h>
#include <string.h>

/* From the top: words, spaces, the last character. */
enum { SPACES_AT = 8, WORDS_AT = 32, SPACES_MAX = 255 };

static bool alnum(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

uint64_t prefix_of(const char *line, const char *keyword) {
  uint64_t words = 0, spaces = 0;
  const char *end = keyword;
  while (end > line && end[-1] == ' ' && spaces < SPACES_MAX) {
    spaces++;
    end--;
  }
  if (end == line)
    return 0;
  for (const char *at = line; at < end; words++) {
    at += strspn(at, " ");
    at += strcspn(at, " ");
  }
  return words << WORDS_AT | spaces << SPACES_AT | (unsigned char)end[-1];
}

char *prefix_skip(uint64_t prefix, char *line) {
  if (prefix == 0)
    return line;
  for (uint64_t words = prefix >> WORDS_AT; words > 0; words--) {
    line += strspn(line, " ");
    if (!*line)
      return NULL;
    line += strcspn(line, " ");
  }
  bool like = alnum(line[-1]) ? alnum((char)prefix) : line[-1] == (char)prefix;
  for (uint64_t spaces = prefix >> SPACES_AT & SPACES_MAX; spaces > 0 && *line == ' '; spaces--)
    line++;
  return like ? line : NULL;
}
