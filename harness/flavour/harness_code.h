/* harness_code.h - forced into every file of the harness by the build: its code goes into a section of its own, so that
 * a frame of a stack is known as the harness's by its address alone. */
#ifndef HEDDLE_FLAVOUR_HARNESS_CODE_H
#define HEDDLE_FLAVOUR_HARNESS_CODE_H

#pragma clang section text = "heddle_harness"

#endif
