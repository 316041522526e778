/* report.c - `heddle report`: what is in the store, as people and programs read it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "triage/cmd/cmd_store.h"
#include "triage/cmd/gather.h"

enum { KEY_FORMAT = 0x100, KEY_OUTPUT, KEY_ROOT, KEY_TITLE, KEY_COLOR };

enum format { TEXT, JSON, SARIF, HTML, FORMAT_COUNT };
static const char *const format_names[FORMAT_COUNT] = {"text", "json", "sarif", "html"};

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "NAME", 0, "text, json, sarif or html (default: by the output's name, else text)", 1},
    {"output", KEY_OUTPUT, "FILE", 0, "where to (default: stdout)", 1},
    {"root", KEY_ROOT, "DIR", 0, "where the sources lie that stacks name (default: here)", 1},
    {"title", KEY_TITLE, "TEXT", 0, "the report's title", 1},
    {0}};

struct request {
  struct cmd_store place;
  struct cmd_common common;
  enum format format;
  const char *output, *title;
  struct gather_options gather;
};

static enum format format_of(const char *name) {
  size_t i = 0;
  while (i < FORMAT_COUNT && strcmp(format_names[i], name) != 0)
    i++;
  return (enum format)i;
}

/* By what comes after the last dot. */
static enum format format_of_output(const char *output) {
  const char *dot = output ? strrchr(output, '.') : NULL;
  enum format format = dot ? format_of(dot + 1) : TEXT;
  return format == FORMAT_COUNT ? TEXT : format;
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    state->child_inputs[1] = &request->common;
    request->format = FORMAT_COUNT;
    break;
  case KEY_FORMAT:
    request->format = format_of(value);
    if (request->format == FORMAT_COUNT)
      argp_error(state, "--format=%s: there are text, json, sarif and html", value);
    break;
  case KEY_OUTPUT:
    request->output = value;
    break;
  case KEY_ROOT:
    request->gather.source_root = value;
    break;
  case KEY_TITLE:
    request->title = value;
    break;
  case ARGP_KEY_END:
    if (request->format == FORMAT_COUNT)
      request->format = format_of_output(request->output);
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static bool write_report(FILE *out, const struct report *report, const struct request *request) {
  switch (request->format) {
  case JSON:
    return report_write_json(out, report);
  case SARIF:
    return report_write_sarif(out, report);
  case HTML:
    return report_write_html(out, report);
  default:
    return report_write_text(out, report, text_width(out), text_use_color(out, request->common.color));
  }
}

static int write_output(const struct report *report, const struct request *request) {
  FILE *out = request->output ? fopen(request->output, "w") : stdout;
  char text[TEXT_SIZE];
  bool written = out && write_report(out, report, request);
  int error = errno;
  if (out && request->output && fclose(out) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written)
    return cmd_fail(CMD_USAGE, "%s: %s: give an --output that can be written",
                    request->output ? request->output : "stdout", strerror(error));
  if (request->output)
    printf("%s: %s\n", text_things(report->bug_count, "bug", text), request->output);
  return CMD_OK;
}

int cmd_report(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {&cmd_common_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .doc =
          "Report what is in the store: a table of bugs and each of them, as text, JSON, SARIF 2.1.0 or one HTML page."
          "\vExit status: 0 written, 2 the output cannot be written, 3 the store cannot be read.\n\n"
          "Examples:\n"
          "  heddle report\n"
          "  heddle report --output=report.html\n"
          "  heddle report --format=sarif >findings.sarif",
      .children = children};
  struct request request = {.output = NULL};
  struct gathered gathered;
  struct finding_error error;
  int status;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  struct store *store = cmd_open_store(&request.place, STORE_READ, &status);
  if (!store)
    return status;
  request.gather.now_s = cmd_now_s();
  request.gather.store_name = request.place.path;
  bool good = gather(store, &request.gather, &gathered, &error);
  gathered.report.title = request.title;
  status = good ? write_output(&gathered.report, &request) : cmd_fail(CMD_UNREADABLE, "%s", error.text);
  gather_free(&gathered);
  store_close(store);
  return status;
}
