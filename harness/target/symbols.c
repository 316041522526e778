/* symbols.c - see symbols.h. */
#define _GNU_SOURCE
#include "target/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/stack/normalize.h"
#include "triage/stack/symbolize.h"

static struct symbolizer *symbolizer;
static char binary[4096];

void symbols_init(const char *program) {
  ssize_t size = readlink("/proc/self/exe", binary, sizeof binary - 1);
  snprintf(binary + (size > 0 ? size : 0), sizeof binary - (size_t)(size > 0 ? size : 0), "%s",
           size > 0 ? "" : program);
  symbolizer = symbolizer_open();
  if (!symbolizer)
    abort();
}

static size_t frames_at(const char *module, uint64_t offset, struct frame *frames, size_t capacity) {
  size_t count = symbolizer_frames(symbolizer, module, offset, frames, capacity);
  stack_normalize(frames, count, NULL);
  return count;
}

size_t symbols_at_offset(uint64_t offset, struct frame *frames, size_t capacity) {
  return frames_at(binary, offset, frames, capacity);
}

const char *symbols_binary_name(void) {
  const char *slash = strrchr(binary, '/');
  return slash ? slash + 1 : binary;
}

size_t symbols_frames(uintptr_t pc, struct frame *frames, size_t capacity) {
  uint64_t offset = failure_module_offset(pc);
  if (offset)
    return frames_at(binary, offset - 1, frames, capacity);
  Dl_info info;
  if (dladdr((void *)(pc - 1), &info) && info.dli_fname)
    return frames_at(info.dli_fname, pc - 1 - (uintptr_t)info.dli_fbase, frames, capacity);
  frames[0] = (struct frame){.function = "", .file = "", .module = "", .offset = pc - 1};
  return 1;
}

size_t symbols_stack(const struct failure_stack *stack, struct frame *frames, size_t capacity) {
  size_t count = 0;
  for (uint32_t i = 0; i < stack->depth && count < capacity; i++)
    count += symbols_frames(stack->pcs[i], frames + count, capacity - count);
  return count;
}

static char build_id[2 * 32 + 1];

static void print_build_id(const unsigned char *bytes, size_t size) {
  if (size > sizeof build_id / 2)
    size = sizeof build_id / 2;
  for (size_t i = 0; i < size; i++)
    snprintf(build_id + 2 * i, 3, "%02x", bytes[i]);
}

#define NOTE_ALIGN(size) (((size_t)(size) + 3) & ~(size_t)3)

static void read_notes(const char *at, size_t left) {
  while (left >= sizeof(ElfW(Nhdr))) {
    const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
    size_t size = sizeof *note + NOTE_ALIGN(note->n_namesz) + NOTE_ALIGN(note->n_descsz);
    if (size > left)
      return;
    const char *name = at + sizeof *note;
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
      print_build_id((const unsigned char *)name + NOTE_ALIGN(note->n_namesz), note->n_descsz);
    at += size;
    left -= size;
  }
}

/* The first object listed is the program itself. */
static int read_program_notes(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size;
  (void)unused;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_NOTE)
      read_notes((const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), info->dlpi_phdr[i].p_memsz);
  return 1;
}

const char *symbols_build_id(void) {
  if (!build_id[0])
    dl_iterate_phdr(read_program_notes, NULL);
  return build_id;
}
