#include "triage/parse/kinds.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
  enum kinds_table table;
  const char *text, *kind;
} kinds[] = {
#define KIND(table, text, kind) {KINDS_##table, text, kind},
#include "triage/parse/kinds.def"
#undef KIND
};

const char *kinds_find(enum kinds_table table, const char *text) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (kinds[i].table != table)
      continue;
    if (table == KINDS_UBSAN ? strstr(text, kinds[i].text) != NULL
                             : strncmp(text, kinds[i].text, strlen(kinds[i].text)) == 0)
      return kinds[i].kind;
  }
  return NULL;
}

static bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* Letters, with `-` and `_` among them. */
static size_t word_length(const char *word, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (!is_letter(word[i]) && (i == 0 || (word[i] != '-' && word[i] != '_')))
      return 0;
  return length;
}

static size_t add_word(char kind[KINDS_TEXT_MAX], size_t used, const char *word, size_t length) {
  if (used + length + 2 > KINDS_TEXT_MAX)
    return used;
  if (used > 0)
    kind[used++] = '-';
  for (size_t i = 0; i < length; i++)
    kind[used++] = is_letter(word[i]) ? (char)(word[i] | 0x20) : '-';
  return used;
}

void kinds_make(const char *text, unsigned words, char kind[KINDS_TEXT_MAX]) {
  size_t used = 0;
  while (*text && words > 0) {
    text += strspn(text, " ,:;.()");
    if (*text == '\'' || *text == '"') {
      const char *close = strchr(text + 1, *text);
      text = close ? close + 1 : text + strlen(text);
      continue;
    }
    size_t length = strcspn(text, " ,:;.()'\"");
    if (word_length(text, length)) {
      used = add_word(kind, used, text, length);
      words--;
    }
    text += length;
  }
  kind[used] = '\0';
  if (used == 0)
    snprintf(kind, KINDS_TEXT_MAX, "unknown-error");
}
