/* bisect_step.c - see bisect_step.h. */
#include "triage/cmd/bisect_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/target.h"
#include "triage/cmd/git.h"
#include "triage/cmd/replay.h"
#include "triage/report/visible.h"

#define LINES_SHOWN 8 /* of a build that fails */
#define COLUMNS 100

/* Where its last lines begin. */
static const char *find_tail(const char *text, size_t size) {
  const char *from = text + size;
  for (int lines = 0; from > text; --from)
    if (from[-1] == '\n' && from < text + size && ++lines == LINES_SHOWN)
      break;
  return from;
}

/* What a build printed last, made harmless. */
static void print_tail(const char *text, size_t size) {
  char line[1024];
  for (const char *from = find_tail(text, size); *from;) {
    size_t length = strcspn(from, "\n");
    char *copy = strndup(from, length);
    if (!copy)
      abort();
    visible_cut(copy, COLUMNS, line, sizeof line);
    fprintf(stderr, "    | %s\n", line);
    free(copy);
    from += length + (from[length] == '\n');
  }
}

static bool build(const char *command) {
  struct arguments arguments = {0};
  size_t size;
  int buffer = process_buffer(), wait_status = -1;
  arguments_add(&arguments, "sh");
  arguments_add(&arguments, "-c");
  arguments_add(&arguments, "%s", command);
  struct process_plan plan = {.arguments = &arguments, .out = buffer, .err = buffer};
  pid_t pid = buffer < 0 ? -1 : process_start(&plan);
  if (pid < 0)
    cmd_fail(0, "cannot run sh (%s)", strerror(errno));
  else
    wait_status = process_wait(pid);
  char *text = wait_status ? process_buffer_text(buffer, &size) : NULL;
  if (text) {
    fputs("  does not build: passed over\n", stderr);
    print_tail(text, size);
  }
  free(text);
  if (buffer >= 0)
    close(buffer);
  arguments_free(&arguments);
  return wait_status == 0;
}

static void print_commit(void) {
  char *commit, line[512];
  GIT_RUN(&commit, "log", "-1", "--format=%h %s");
  visible_cut(commit, COLUMNS, line, sizeof line);
  fprintf(stderr, "%s\n", line);
  free(commit);
}

enum bisect_verdict bisect_step(const struct bisect_step *step) {
  char target[PATH_MAX], text[TEXT_SIZE];
  struct finding_error error;
  struct replay_tally tally;
  print_commit();
  if (!build(step->build))
    return BISECT_SKIP;
  if (!target_path(step->common->bin_dir, step->map, step->flavour, target, sizeof target, &error)) {
    fprintf(stderr, "  %s: passed over\n", error.text);
    return BISECT_SKIP;
  }
  struct replay_plan plan = {
      .target = target, .input = step->input, .runs = step->runs, .enough = 1, .label = step->key};
  int status = replay_run(&plan, step->key, &tally);
  bool shown = tally.reproduced > 0;
  if (status)
    fputs("  cannot be replayed: passed over\n", stderr);
  else
    fprintf(stderr, "  %s in %s\n", shown ? "shows" : "does not show",
            text_things((uint64_t)tally.runs, "replay", text));
  replay_free(&tally);
  return status ? BISECT_SKIP : shown ? BISECT_BAD : BISECT_GOOD;
}
