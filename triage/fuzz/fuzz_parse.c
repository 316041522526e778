/* fuzz_parse.c - any bytes are a log.
 *
 * The last two bytes say in what chunks the rest is fed to the parser, which is one for all inputs.  Whatever is read,
 * a report keeps what parse.h promises, and the chunks make no difference.
 *
 * Built once for all tools together, and once for each alone with FUZZ_TOOL: there the others take no line away.
 *
 * fuzz: seeds=triage/test/golden dict=triage/fuzz/log.dict */
#include "triage/fuzz/fuzz.h"
#include "triage/parse/tool.h"

static const struct parse_tool *const tools[] = {
#ifdef FUZZ_TOOL
    &FUZZ_TOOL
#else
#define TOOL(name) &parse_##name,
    PARSE_TOOLS(TOOL)
#undef TOOL
#endif
};

struct sum {
  uint64_t reports, line, hash;
};

static void mix_number(struct sum *sum, uint64_t number) {
  sum->hash = (sum->hash ^ number) * UINT64_C(0x100000001b3) ^ sum->hash >> 29;
}

static void mix(struct sum *sum, const char *text) {
  assert(text && "a string of a report is never NULL");
  for (; *text; text++)
    mix_number(sum, (unsigned char)*text);
  mix_number(sum, 0x100);
}

static void mix_stack(struct sum *sum, const struct finding_stack *stack) {
  mix_number(sum, stack->role);
  mix_number(sum, stack->access);
  mix_number(sum, (uint64_t)stack->task);
  mix_number(sum, stack->size);
  mix(sum, stack->operation);
  assert(stack->frame_count <= STACK_FRAMES_MAX);
  for (size_t i = 0; i < stack->frame_count; i++) {
    const struct frame *frame = &stack->frames[i];
    mix(sum, frame->function);
    mix(sum, frame->file);
    mix(sum, frame->module);
    mix_number(sum, frame->line);
    mix_number(sum, frame->column);
    mix_number(sum, frame->offset);
  }
}

static void check(void *context, const struct parse_report *report) {
  struct sum *sum = context;
  const struct finding *finding = &report->finding;
  assert(report->index == sum->reports && report->line >= 1 && report->line >= sum->line);
  sum->reports++;
  sum->line = report->line;
  fuzz_check_finding(finding);
  assert(*finding->kind && strspn(finding->kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(finding->kind));
  assert(*finding->oracle && finding->report && strlen(finding->report) < PARSE_TEXT_MAX);
  const char *const texts[] = {finding->kind,      finding->oracle,   finding->key,     finding->message,
                               finding->location,  finding->report,   report->global,   report->artifact,
                               finding->guarantee, finding->build_id, finding->program, finding->schedule,
                               finding->target,    finding->map,      finding->flavour, finding->engine};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    mix(sum, texts[i]);
  for (size_t i = 0; i < finding->stack_count; i++)
    mix_stack(sum, &finding->stacks[i]);
  mix_number(sum, report->line);
  mix_number(sum, report->truncated);
  mix_number(sum, report->cut);
  mix_number(sum, report->object_offset);
}

static struct sum parse(const uint8_t *data, size_t size, size_t chunk) {
  static struct sum sum;
  static struct parser *parser;
  if (!parser) {
    struct parse_options options = {.source_root = "/src"};
    parser = parse_open_tools(tools, sizeof tools / sizeof *tools, &options, check, &sum);
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
  size -= 2;
  size_t chunk = 1 + (size_t)data[size] + ((size_t)data[size + 1] << 8);
  struct sum in_chunks = parse(data, size, chunk), at_once = parse(data, size, size);
  assert(in_chunks.reports == at_once.reports && in_chunks.hash == at_once.hash);
  return 0;
}
