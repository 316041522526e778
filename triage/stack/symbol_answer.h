/* symbol_answer.h - what llvm-symbolizer answers to one question, an object of its JSON form, as frames.
 *
 * Pure functions.  An answer may be anything, NULL too: what it does not say, or says wrongly, is not known. */
#ifndef HEDDLE_STACK_SYMBOL_ANSWER_H
#define HEDDLE_STACK_SYMBOL_ANSWER_H

#include <jansson.h>

#include "triage/stack/frame.h"

/* How many frames it tells of, at least 1: where it tells of none, that one has the module and the offset alone. */
size_t symbol_answer_count(const json_t *answer);

/* Fills as many, innermost first.  Their strings live as long as `answer` and `module` do. */
void symbol_answer_read(const json_t *answer, const char *module, uint64_t offset, struct frame frames[]);

#endif
