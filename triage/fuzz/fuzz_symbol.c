/* fuzz_symbol.c - the input is a line that llvm-symbolizer answers (symbol_answer.h), and its frames become a site.
 *
 * fuzz: seeds=triage/fuzz/seeds/symbol dict=triage/fuzz/finding.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/stack/normalize.h"
#include "triage/stack/symbol_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  json_t *answer = json_loadb((const char *)data, size, 0, NULL);
  size_t count = symbol_answer_count(answer);
  struct frame *frames = calloc(count, sizeof *frames);
  assert(count >= 1 && frames);
  symbol_answer_read(answer, "module", 7, frames);
  for (size_t i = 0; i < count; i++) {
    fuzz_check_frame(&frames[i]);
    assert(strcmp(frames[i].module, "module") == 0 && frames[i].offset == 7);
    assert(strcmp(frames[i].function, "??") != 0 && strcmp(frames[i].file, "??") != 0);
  }
  char site[FINDING_SITE_SIZE];
  finding_print_site(stack_top(frames, count), site);
  assert(*site && strnlen(site, sizeof site) < sizeof site);
  free(frames);
  json_decref(answer);
  return 0;
}
