/* builder.c - see tool.h and builder.h.  Copies live in blocks of one size, which are kept from report to report. */
#include "triage/parse/builder.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/names.h"
#include "triage/stack/normalize.h"

#define BLOCK_SIZE ((size_t)1 << 18)
#define BLOCKS_MAX 32 /* 8 MiB of names a report */

struct block {
  struct block *next;
  char bytes[BLOCK_SIZE];
};

struct builder {
  struct parse_report report;
  struct builder_state state;
  struct frame frames[FINDING_STACKS_MAX][STACK_FRAMES_MAX];
  struct finding_stack *last;
  struct frame *last_frame; /* NULL: none, or it is passed over */
  struct block *first, *current;
  size_t used; /* of the current block */
  unsigned blocks;
  char words[PARSE_TEXT_MAX];
  size_t words_size;
};

struct builder *builder_open(void) {
  struct builder *builder = calloc(1, sizeof *builder);
  if (!builder)
    return NULL;
  builder->first = malloc(sizeof *builder->first);
  if (!builder->first) {
    free(builder);
    return NULL;
  }
  builder->first->next = NULL;
  builder->blocks = 1;
  builder_begin(builder);
  return builder;
}

void builder_close(struct builder *builder) {
  if (!builder)
    return;
  for (struct block *block = builder->first; block;) {
    struct block *next = block->next;
    free(block);
    block = next;
  }
  free(builder);
}

void builder_begin(struct builder *builder) {
  builder->report = (struct parse_report){.global = "", .artifact = "", .object_offset = UINT64_MAX};
  struct finding *finding = &builder->report.finding;
  finding->kind = finding->oracle = finding->guarantee = finding->message = finding->location = "";
  finding->target = finding->map = finding->flavour = finding->engine = finding->build_id = "";
  finding->report = finding->program = finding->schedule = "";
  builder->state = (struct builder_state){0};
  builder->last = NULL;
  builder->last_frame = NULL;
  builder->current = builder->first;
  builder->used = builder->words_size = 0;
}

struct builder_state *builder_state(struct builder *builder) { return &builder->state; }

struct parse_report *builder_report(struct builder *builder) { return &builder->report; }

/* ---- copies ---- */

static bool next_block(struct builder *builder) {
  if (!builder->current->next) {
    struct block *block = builder->blocks < BLOCKS_MAX ? malloc(sizeof *block) : NULL;
    if (!block)
      return false;
    block->next = NULL;
    builder->current->next = block;
    builder->blocks++;
  }
  builder->current = builder->current->next;
  builder->used = 0;
  return true;
}

const char *builder_copy(struct builder *builder, const char *text, size_t length) {
  if (length == 0)
    return "";
  bool fits = length < BLOCK_SIZE && (length < BLOCK_SIZE - builder->used || next_block(builder));
  if (!fits) {
    builder->report.cut = true;
    return "";
  }
  char *copy = builder->current->bytes + builder->used;
  memcpy(copy, text, length);
  copy[length] = '\0';
  builder->used += length + 1;
  return copy;
}

const char *builder_print(struct builder *builder, const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0)
    return "";
  builder->report.cut |= (size_t)length >= sizeof text;
  return builder_copy(builder, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void builder_words(struct builder *builder, const char *line, size_t length) {
  if (length + 2 > sizeof builder->words - builder->words_size) {
    builder->report.cut = true;
    return;
  }
  memcpy(builder->words + builder->words_size, line, length);
  builder->words_size += length;
  builder->words[builder->words_size++] = '\n';
  builder->words[builder->words_size] = '\0';
}

/* ---- stacks ---- */

struct finding_stack *builder_stack(struct builder *builder, enum finding_role role) {
  struct finding *finding = &builder->report.finding;
  builder->last = NULL;
  builder->last_frame = NULL;
  if (finding->stack_count == FINDING_STACKS_MAX) {
    builder->report.cut = true;
    return NULL;
  }
  builder->last = &finding->stacks[finding->stack_count];
  *builder->last = (struct finding_stack){
      .role = role, .task = -1, .operation = "", .frames = builder->frames[finding->stack_count]};
  finding->stack_count++;
  return builder->last;
}

struct finding_stack *builder_last_stack(struct builder *builder) { return builder->last; }

void builder_frame(struct builder *builder, const struct frame *frame) {
  struct finding_stack *stack = builder->last;
  builder->last_frame = NULL;
  if (!stack || stack->frame_count == STACK_FRAMES_MAX) {
    builder->report.cut = true;
    return;
  }
  struct frame *to = &builder->frames[stack - builder->report.finding.stacks][stack->frame_count++];
  *to = *frame;
  to->function = builder_copy(builder, frame->function, strlen(frame->function));
  to->file = builder_copy(builder, frame->file, strlen(frame->file));
  to->module = builder_copy(builder, frame->module, strlen(frame->module));
  builder->last_frame = to;
}

void builder_place(struct builder *builder, const char *file, uint32_t line) {
  if (!builder->last_frame)
    return;
  builder->last_frame->file = builder_copy(builder, file, strlen(file));
  builder->last_frame->line = line;
}

/* ---- the end ---- */

void builder_finish(struct builder *builder, const struct parse_options *options, const char *folder) {
  struct finding *finding = &builder->report.finding;
  assert(*finding->kind && *finding->oracle && "a tool that begins a report says what it is");
  finding->report = builder->words_size ? builder->words : "";
  for (size_t i = 0; i < finding->stack_count; i++) {
    struct finding_stack *stack = &finding->stacks[i];
    if (options->symbolizer)
      stack->frame_count =
          names_complete(builder->frames[i], stack->frame_count, STACK_FRAMES_MAX, options->symbolizer, folder);
    stack_normalize(builder->frames[i], stack->frame_count, options->source_root);
  }
  finding_set_key_depth(finding, options->depth);
}
