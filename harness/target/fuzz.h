/* fuzz.h - what a fuzzing engine calls for each input. */
#ifndef HEDDLE_TARGET_FUZZ_H
#define HEDDLE_TARGET_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "target/options.h"
#include "target/subject.h"

void fuzz_init(const struct options *options, const struct subject *subject);
/* Runs one input.  Outside of a campaign a failure is printed and the process aborts, as engines expect. */
void fuzz_one(const uint8_t *data, size_t size);

/* A mutation of the program in data[0..size), at most `capacity` bytes long; the new size. */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t fuzz_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t capacity,
                  unsigned seed);

#endif
