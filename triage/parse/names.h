/* names.h - what the binary at hand adds to the frames of a log. */
#ifndef HEDDLE_PARSE_NAMES_H
#define HEDDLE_PARSE_NAMES_H

#include <stddef.h>

#include "triage/stack/symbolize.h"

/* Frames without a name get one, and what was inlined there comes before them, where their module is an absolute path
 * that can be read.
 *
 * GCC's sanitizers print a C++ function that only its own file knows - static, in an anonymous namespace, a lambda -
 * without its scopes, `put` for `(anonymous namespace)::cache::put(int)`, for DWARF has no mangled name of it; clang's
 * print them.  Such a frame gets its scopes where the module lies beside the log, `folder`, and has the same function
 * at the same file and line; where it does not, the name stays as it is, and so it has another key than in a log of
 * clang's.  "" is no folder.
 *
 * Returns how many frames there are then, at most `capacity`.  The new strings live until symbolizer_close. */
size_t names_complete(struct frame *frames, size_t count, size_t capacity, struct symbolizer *symbolizer,
                      const char *folder);

#endif
