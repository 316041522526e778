/* normalize.h - what of a stack belongs to the code under test.
 *
 * Pure functions over borrowed memory, safe from any thread.  The rules are data: ignore.def. */
#ifndef HEDDLE_STACK_NORMALIZE_H
#define HEDDLE_STACK_NORMALIZE_H

#include <stddef.h>

#include "triage/stack/frame.h"

enum stack_class {
  STACK_APPLICATION, /* the code under test */
  STACK_HARNESS,     /* ours */
  STACK_RUNTIME,     /* sanitizer, libc or engine */
};

/* `file` relative to the source root: a pointer into `file`, past `root` (which may be NULL) and any ./ or ../. */
const char *stack_relative(const char *file, const char *root);

/* Makes every file of the stack relative, in place. */
void stack_normalize(struct frame *frames, size_t count, const char *root);

/* By ignore.def, the function as function_fold has it; the frame's file counts as stack_relative(file, NULL). */
enum stack_class stack_classify(const struct frame *frame);

/* The frame that stands for a stack: the innermost of the application; without one the innermost of the harness, so
 * that our own faults can be told apart; without that the function that everything was called from, `main` or a fuzz
 * target, which small programs do all their work in; NULL where the stack has none of them. */
const struct frame *stack_top(const struct frame *frames, size_t count);

#endif
