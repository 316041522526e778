/* under_test.h - forced into every file under test by the build (-include).
 *
 * Its code and variables go into sections of their own: so a frame of a stack is known as the application's by its
 * address alone (failure/failure.c), and variables can be put back before each run (hooks/globals.c). */
#ifndef HEDDLE_HOOKS_UNDER_TEST_H
#define HEDDLE_HOOKS_UNDER_TEST_H

#pragma clang section text = "heddle_text" bss = "heddle_bss" data = "heddle_data"

#endif
