/* key.h - the name of a failure: the same for every run that went wrong in the same way.
 *
 * 64-bit FNV-1a (Fowler, Noll, Vo; RFC 9923) over the kind and the sorted sites, each the function (as
 * function_fold has it) and the file of one top frame (stack_top).  No line, no column, no address: an edit elsewhere
 * in the file, another optimisation level or swapped sides leave the key as it was.  A site without a function name
 * counts as module and offset, which holds for one build only.
 *
 * Pure functions, safe from any thread. */
#ifndef HEDDLE_STACK_KEY_H
#define HEDDLE_STACK_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/stack/frame.h"

#define KEY_SITES_MAX 64
#define KEY_TEXT_SIZE 17 /* 16 hexadecimal digits and the end */

/* The order of `sites` does not matter; equal ones all count.  A NULL site is one that is not known.
 * `count` is at most KEY_SITES_MAX. */
uint64_t key_of(const char *kind, const struct frame *const sites[], size_t count);

/* The same of deeper sites: each of several frames, innermost first.  Sites of one frame each have another key here. */
uint64_t key_of_deep(const char *kind, const uint64_t sites[], size_t count);
uint64_t key_deep_site(const struct frame *const frames[], size_t count);

/* Below, equal to or above 0, as strcmp: the order in which key_of takes them. */
int key_compare_sites(const struct frame *a, const struct frame *b);

void key_print(uint64_t key, char text[KEY_TEXT_SIZE]);
/* True for 16 lower-case hexadecimal digits and nothing else. */
bool key_valid(const char *text);

#endif
