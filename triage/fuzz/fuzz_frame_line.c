/* fuzz_frame_line.c - each line of the input is a line of a stack (frame_line.h), and its function and file are sorted
 * into the classes of normalize.h.
 *
 * fuzz: seeds=triage/test/golden,triage/fuzz/seeds/frame_line dict=triage/fuzz/log.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/parse/frame_line.h"
#include "triage/stack/normalize.h"

static bool within(const char *text, const char *line, size_t length) {
  return !*text || (text >= line && text + strlen(text) <= line + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz fuzz = fuzz_begin(data, size);
  while (fuzz_more(&fuzz)) {
    struct frame_line out;
    char *line = (char *)fuzz_line(&fuzz);
    size_t length = strlen(line);
    if (!frame_line_read(line, &out))
      continue;
    const struct frame *frame = &out.frame;
    fuzz_check_frame(frame);
    assert(within(frame->function, line, length) && within(frame->file, line, length) &&
           within(frame->module, line, length) && "the strings point into the line");
    enum stack_class class = stack_classify(frame);
    assert(class <= STACK_RUNTIME);
    const struct frame *top = stack_top(frame, 1);
    assert(class == STACK_RUNTIME ? top == NULL || top == frame : top == frame);
  }
  fuzz_end(&fuzz);
  return 0;
}
