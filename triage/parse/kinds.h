/* kinds.h - the kind of a finding by the words of the sanitizer; kinds.def has them. */
#ifndef HEDDLE_PARSE_KINDS_H
#define HEDDLE_PARSE_KINDS_H

#define KINDS_TEXT_MAX 64

enum kinds_table { KINDS_TSAN, KINDS_ERROR, KINDS_UBSAN, KINDS_MINIMAL, KINDS_SIGNAL };

/* NULL where the table has none.  Static text. */
const char *kinds_find(enum kinds_table table, const char *text);

/* A kind made of the words themselves: the first `words` of them in lower case, joined by hyphens; what is quoted or
 * has a digit in it is left out.  "unknown-error" where nothing is left. */
void kinds_make(const char *text, unsigned words, char kind[KINDS_TEXT_MAX]);

#endif
