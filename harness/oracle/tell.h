/* tell.h - a violation put into words. */
#ifndef HEDDLE_ORACLE_TELL_H
#define HEDDLE_ORACLE_TELL_H

#include <stdint.h>

#include "oracle/oracle.h"

/* Whom to tell, and of what. */
struct teller {
  const struct history *history;
  oracle_tell_fn tell;
  void *context;
  uint32_t told; /* violations so far */
};

/* What is broken, before it is put into words. */
struct breach {
  const char *kind, *oracle; /* as in struct oracle_violation */
  char letter;
  const char *where; /* "key 3: ", or "" */
  const char *claim; /* what is wrong about the first event: "cannot be right" */
  uint32_t subject;  /* the event whose answer cannot be right */
};

/* `evidence`: indices of events that contradict the subject, in any order; the subject and repetitions are passed over.
 * Is sorted. */
void tell_breach(struct teller *teller, const struct breach *breach, uint32_t *evidence, uint32_t count);

#endif
