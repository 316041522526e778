/* show.c - see show.h. */
#include "target/show.h"

#include <stdio.h>

#include "program/program.h"
#include "target/input.h"

int show(const struct options *options, const struct subject *subject) {
  static struct program program;
  struct input input;
  if (!input_read(options->input, &input))
    return EXIT_UNREADABLE;
  subject_decode(subject, input.bytes, input.size, &program);
  if (options->json)
    program_print_json(stdout, &program);
  else
    program_print(stdout, &program);
  input_free(&input);
  return fflush(stdout) ? EXIT_UNREADABLE : EXIT_NOTHING;
}
