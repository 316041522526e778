/* show.c - `heddle show`: what an input does, or what is known of a finding or of a key in the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/cmd/cmd.h"
#include "triage/cmd/show_store.h"
#include "triage/finding/layout.h"

enum { KEY_JSON = 0x100, KEY_STORE };

static const struct argp_option options[] = {
    {"json", KEY_JSON, 0, 0,
     "the program as {threads, operations, policy, constraints, ...}; all of a key as one object", 1},
    {"store", KEY_STORE, "FILE", OPTION_ARG_OPTIONAL,
     "show a key of this store (default: " CMD_STORE_DEFAULT ", for a KEY that is no file)", 2},
    {0}};

struct request {
  struct cmd_common common;
  struct cmd_choice choice;
  const char *store; /* NULL: not given */
  bool json;
};

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->choice;
    state->child_inputs[1] = &request->common;
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_STORE:
    request->store = value ? value : CMD_STORE_DEFAULT;
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* No file, but digits of a key, and a store is here. */
static bool is_key_here(const char *text) {
  size_t length = strlen(text);
  return length >= 4 && length < KEY_TEXT_SIZE && strspn(text, "0123456789abcdef") == length &&
         access(text, F_OK) < 0 && access(CMD_STORE_DEFAULT, R_OK) == 0;
}

static void print_stack(const struct finding_stack *stack, struct text_style style) {
  char site[FINDING_SITE_SIZE], text[TEXT_SIZE];
  const char *access = finding_access_text(stack->access);
  printf("\n%s%s%s", style.bold, finding_role_text(stack->role), style.end);
  if (access)
    printf(": %s of %s", access, text_things(stack->size, "byte", text));
  if (stack->task >= 0)
    printf(", task %d", stack->task);
  if (*stack->operation)
    printf(", in `%s`", stack->operation);
  putchar('\n');
  for (size_t i = 0; i < stack->frame_count; ++i) {
    finding_print_site(&stack->frames[i], site);
    printf("  #%zu %s\n", i, site);
  }
}

static void print_finding(const struct finding *finding, struct text_style style) {
  char after[TEXT_SIZE], inputs[TEXT_SIZE];
  printf("%s%s%s  %s%s%s  %s, %s, seen by %s\n", style.bold, finding->key, style.end, style.red, finding->kind,
         style.end, finding->map, finding->flavour, finding->oracle);
  if (*finding->message)
    printf("%s\n", finding->message);
  if (*finding->guarantee)
    printf("breaks guarantee %s of %s (map/map.h)\n", finding->guarantee, finding->map);
  if (*finding->location)
    printf("memory: %s\n", finding->location);
  if (finding->clock.known)
    printf("after %s and %s\n", text_span(finding->clock.begun.wall_s, after),
           text_things(finding->clock.begun.inputs, "input", inputs));
  for (size_t i = 0; i < finding->stack_count; ++i)
    print_stack(&finding->stacks[i], style);
  if (finding->number_count > 0)
    printf("\n%smap%s\n ", style.bold, style.end);
  for (size_t i = 0; i < finding->number_count; ++i)
    printf(" %s %" PRId64 "%s", finding->numbers[i].name, (int64_t)finding->numbers[i].value,
           i + 1 < finding->number_count ? "," : "\n");
}

static int print_text(const char *folder, const char *name, const char *title, struct text_style style) {
  struct finding_error error;
  char *text = finding_read_text(folder, name, &error);
  if (!text)
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  if (*text)
    printf("\n%s%s%s\n%s", style.bold, title, style.end, text);
  free(text);
  return CMD_OK;
}

/* A finding tells all by itself: no target is needed. */
static int show_finding(const struct cmd_subject *subject, const struct request *request) {
  struct finding finding;
  struct finding_error error;
  struct text_style style = text_style(text_use_color(stdout, request->common.color));
  if (!finding_read(subject->folder, &finding, &error))
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  print_finding(&finding, style);
  finding_free(&finding);
  int status = print_text(subject->folder, FINDING_PROGRAM, "program", style);
  if (!status)
    status = print_text(subject->folder, FINDING_SCHEDULE, "schedule", style);
  char *quoted = cmd_quote(subject->input);
  printf("\n%smake repro CRASH=%s%s\n", style.cyan, quoted, style.end);
  free(quoted);
  return status;
}

/* Every flavour decodes alike: without a choice, any that is there will do. */
static int find_any_target(const struct request *request, const struct cmd_subject *subject, char path[PATH_MAX]) {
  const char *const flavours[] = {subject->flavour, "tsan", "asan", "plain"};
  struct finding_error ignored;
  for (size_t i = 0; i < sizeof flavours / sizeof *flavours && !request->choice.flavour; ++i)
    if (target_path(request->common.bin_dir, subject->map, flavours[i], path, PATH_MAX, &ignored))
      return CMD_OK;
  return cmd_find_target(&request->common, subject->map, subject->flavour, path);
}

static int show_input(const struct cmd_subject *subject, const struct request *request) {
  char target[PATH_MAX];
  struct arguments arguments = {0};
  int status = find_any_target(request, subject, target);
  if (status)
    return status;
  arguments_add(&arguments, "%s", target);
  arguments_add(&arguments, "--heddle_mode=show");
  arguments_add(&arguments, "--heddle_input=%s", subject->input);
  if (request->json)
    arguments_add(&arguments, "--heddle_json");
  if (!request->json && text_use_color(stdout, request->common.color))
    arguments_add(&arguments, "--heddle_color");
  status = cmd_run(&arguments);
  arguments_free(&arguments);
  return status;
}

int cmd_show(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_choice_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "FILE | KEY",
      .doc =
          "Print what an input does: a column a thread, then the schedule in words.  FILE is an input, a finding's "
          "folder or its finding.json; for the latter two also what went wrong and where.  Every flavour decodes "
          "alike: without --flavour, any build that is there does it.\n"
          "Of a KEY, what the store knows: its state and how that came, where it was met, how often, stacks, program "
          "and schedule.  Some digits of a key will do."
          "\vExit status: 0 shown, 3 FILE, KEY or the store cannot be read, 4 there is no target to decode it.\n\n"
          "Examples:\n"
          "  heddle show corpus/seeds/gomap/put-put\n"
          "  heddle show out/findings/KEY/SHA1\n"
          "  heddle show --json FILE | jq .policy\n"
          "  heddle show 98b6b4d1\n"
          "  heddle show --store=ci.db 98b6b4d1",
      .children = children};
  struct request request = {0};
  struct cmd_subject subject;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  if (!request.store && is_key_here(request.choice.file))
    request.store = CMD_STORE_DEFAULT;
  if (request.store) {
    struct show_store of_store = {{request.store}, request.choice.file, request.json, request.common.color};
    return show_store(&of_store);
  }
  int status = cmd_find_subject(&request.choice, &subject);
  if (status)
    return status;
  if (*subject.folder && !request.json)
    return show_finding(&subject, &request);
  return show_input(&subject, &request);
}
