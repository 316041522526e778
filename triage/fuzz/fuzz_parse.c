/* fuzz_parse.c - any bytes are a log.
 *
 * The first two bytes say in what chunks the rest is fed to the parser, which is one for all inputs.  Whatever is read,
 * a report keeps what parse.h promises, and the chunks make no difference. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "triage/parse/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
  uint64_t reports, hash;
};

static void mix(struct sum *sum, const char *text) {
  assert(text && "a string of a report is never NULL");
  for (; *text; text++)
    sum->hash = (sum->hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  sum->hash = (sum->hash ^ 0x100) * UINT64_C(0x100000001b3);
}

static void check_stack(struct sum *sum, const struct finding_stack *stack) {
  assert(stack->role < FINDING_ROLE_COUNT && stack->access < FINDING_ACCESS_COUNT && stack->task >= -1);
  assert(stack->frame_count <= STACK_FRAMES_MAX && (stack->frames || stack->frame_count == 0));
  mix(sum, stack->operation);
  for (size_t i = 0; i < stack->frame_count; i++) {
    mix(sum, stack->frames[i].function);
    mix(sum, stack->frames[i].file);
    mix(sum, stack->frames[i].module);
  }
}

static void check(void *context, const struct parse_report *report) {
  struct sum *sum = context;
  const struct finding *finding = &report->finding;
  assert(report->index == sum->reports && report->line >= 1);
  sum->reports++;
  assert(key_valid(finding->key));
  assert(*finding->kind && strspn(finding->kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(finding->kind));
  assert(*finding->oracle && finding->stack_count <= FINDING_STACKS_MAX);
  assert(strlen(finding->report) < PARSE_TEXT_MAX);
  const char *const texts[] = {finding->kind,      finding->oracle,   finding->key,     finding->message,
                               finding->location,  finding->report,   report->global,   report->artifact,
                               finding->guarantee, finding->build_id, finding->program, finding->schedule,
                               finding->target,    finding->map,      finding->flavour, finding->engine};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    mix(sum, texts[i]);
  for (size_t i = 0; i < finding->stack_count; i++)
    check_stack(sum, &finding->stacks[i]);
}

static struct sum parse(const uint8_t *data, size_t size, size_t chunk) {
  static struct sum sum;
  static struct parser *parser;
  if (!parser) {
    struct parse_options options = {.source_root = "/src"};
    parser = parse_open(&options, check, &sum);
    assert(parser && "memory for a parser");
  }
  sum = (struct sum){0};
  while (size > 0) {
    size_t part = size < chunk ? size : chunk;
    uint8_t *copy = malloc(part); /* of its own, so that a read past it is seen */
    assert(copy);
    memcpy(copy, data, part);
    parse_feed(parser, copy, part);
    free(copy);
    data += part;
    size -= part;
  }
  uint64_t reports = parse_end(parser);
  assert(reports == sum.reports);
  return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  size_t chunk = 1 + (size_t)data[0] + ((size_t)data[1] << 8);
  struct sum in_chunks = parse(data + 2, size - 2, chunk), at_once = parse(data + 2, size - 2, size);
  assert(in_chunks.reports == at_once.reports && in_chunks.hash == at_once.hash);
  return 0;
}
