/* dict_main.c - prints the fuzzing dictionary: dict/heddle_<map>.dict are its output. */
#include <stdio.h>

#include "program/program.h"

int main(void) {
  program_write_dictionary(stdout);
  if (fflush(stdout) != 0) {
    perror("dictionary: standard output");
    return 1;
  }
  return 0;
}
