/* fuzz.h - what the fuzz targets share: an input taken apart, a folder, files that are none, and what holds of every
 * finding whatever it was made of.
 *
 * A text lasts until the input is through; each is a block of its own, so that ASan sees who reads past its end. */
#ifndef HEDDLE_TRIAGE_FUZZ_FUZZ_H
#define HEDDLE_TRIAGE_FUZZ_FUZZ_H

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "triage/finding/files.h"
#include "triage/finding/finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the input ---- */

#define FUZZ_TEXTS_MAX 512

struct fuzz {
  const uint8_t *at, *end;
  char *texts[FUZZ_TEXTS_MAX];
  size_t text_count;
};

static inline struct fuzz fuzz_begin(const uint8_t *data, size_t size) {
  return (struct fuzz){.at = data, .end = data + size};
}

static inline void fuzz_end(struct fuzz *fuzz) {
  for (size_t i = 0; i < fuzz->text_count; i++)
    free(fuzz->texts[i]);
}

static inline bool fuzz_more(const struct fuzz *fuzz) { return fuzz->at < fuzz->end; }

/* 0 once the input is used up. */
static inline unsigned fuzz_byte(struct fuzz *fuzz) { return fuzz_more(fuzz) ? *fuzz->at++ : 0; }

/* A byte says how many bytes the number has, so that small ones are common and none is impossible. */
static inline uint64_t fuzz_number(struct fuzz *fuzz) {
  uint64_t value = 0;
  for (unsigned bytes = fuzz_byte(fuzz) % 9; bytes > 0; bytes--)
    value = value << 8 | fuzz_byte(fuzz);
  return value;
}

static inline const char *fuzz_keep(struct fuzz *fuzz, const void *bytes, size_t size) {
  if (fuzz->text_count == FUZZ_TEXTS_MAX)
    return "";
  char *text = malloc(size + 1);
  assert(text);
  memcpy(text, bytes, size);
  text[size] = '\0';
  return fuzz->texts[fuzz->text_count++] = text;
}

/* Up to the next byte of 0, or of `end` too. */
static inline const char *fuzz_text_to(struct fuzz *fuzz, uint8_t end) {
  const uint8_t *begin = fuzz->at;
  while (fuzz_more(fuzz) && *fuzz->at && *fuzz->at != end)
    fuzz->at++;
  const char *text = fuzz_keep(fuzz, begin, (size_t)(fuzz->at - begin));
  fuzz->at += fuzz_more(fuzz);
  return text;
}

static inline const char *fuzz_text(struct fuzz *fuzz) { return fuzz_text_to(fuzz, 0); }
static inline const char *fuzz_line(struct fuzz *fuzz) { return fuzz_text_to(fuzz, '\n'); }

/* ---- files ---- */

static inline void fuzz_remove_folder(void);

/* The process's own, removed when it ends; in memory where there is room for that, which is twenty times as fast. */
static inline const char *fuzz_folder(void) {
  static char folder[PATH_MAX];
  if (!*folder) {
    const char *above = getenv("TMPDIR"), *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/heddle-fuzz-XXXXXX", above ? above : memory);
    if (!mkdtemp(folder)) {
      perror(folder);
      exit(2);
    }
    atexit(fuzz_remove_folder);
  }
  return folder;
}

static inline void fuzz_remove_folder(void) { files_remove(fuzz_folder()); }

/* A file in memory; its path is /proc/self/fd/N. */
static inline int fuzz_file(char path[PATH_MAX]) {
  int file = memfd_create("fuzz", MFD_CLOEXEC);
  assert(file >= 0);
  snprintf(path, PATH_MAX, "/proc/self/fd/%d", file);
  return file;
}

static inline void fuzz_file_put(int file, const void *bytes, size_t size) {
  int cut = ftruncate(file, 0);
  ssize_t written = pwrite(file, bytes, size, 0);
  assert(cut == 0 && written == (ssize_t)size && "memory for the file");
  (void)cut, (void)written;
}

/* ---- what holds ---- */

/* One line for people: it says something, ends, and has nothing in it that a terminal takes for a command. */
static inline void fuzz_check_line(const char *line) {
  assert(*line);
  for (; *line; line++)
    assert((unsigned char)*line >= ' ' && *line != 0x7f);
}

static inline void fuzz_check_error(const struct finding_error *error) {
  assert(strnlen(error->text, sizeof error->text) < sizeof error->text);
  fuzz_check_line(error->text);
}

static inline void fuzz_check_frame(const struct frame *frame) {
  assert(frame->function && frame->file && frame->module && "a string of a frame is never NULL");
  (void)frame;
}

static inline void fuzz_check_stacks(const struct finding *finding) {
  assert(finding->stack_count <= FINDING_STACKS_MAX);
  for (size_t i = 0; i < finding->stack_count; i++) {
    const struct finding_stack *stack = &finding->stacks[i];
    assert(stack->role < FINDING_ROLE_COUNT && stack->access < FINDING_ACCESS_COUNT && stack->task >= -1);
    assert(stack->operation && (stack->frames || stack->frame_count == 0));
    for (size_t n = 0; n < stack->frame_count; n++)
      fuzz_check_frame(&stack->frames[n]);
  }
}

/* Every string that a reader fills, and the key. */
static inline void fuzz_check_finding(const struct finding *finding) {
  const char *const texts[] = {finding->kind,     finding->oracle,  finding->guarantee, finding->message,
                               finding->location, finding->target,  finding->map,       finding->flavour,
                               finding->engine,   finding->build_id};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert(texts[i] && "a string of a finding is never NULL");
  assert(key_valid(finding->key) && (!*finding->raw || key_valid(finding->raw)));
  assert(finding->number_count <= FINDING_NUMBERS_MAX);
  fuzz_check_stacks(finding);
}

#endif
