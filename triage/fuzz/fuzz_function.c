/* fuzz_function.c - each line of the input is a function's name (function.h).
 *
 * fuzz: seeds=triage/fuzz/seeds/function dict=triage/fuzz/function.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/stack/function.h"

static void fold(const char *name, size_t room) {
  char *out = malloc(room); /* of its own, so that a write past it is seen */
  assert(out);
  memset(out, 'x', room);
  function_fold(name, out, room);
  size_t length = strnlen(out, room);
  assert(length < room && "the result ends");
  assert((length == 0) == (!*name || room == 1) && "a name of which nothing would be left stays as it is");
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz fuzz = fuzz_begin(data, size);
  while (fuzz_more(&fuzz)) {
    const char *name = fuzz_line(&fuzz);
    fold(name, FUNCTION_NAME_SIZE);
    fold(name, 1 + strlen(name) / 2);
  }
  fuzz_end(&fuzz);
  return 0;
}
