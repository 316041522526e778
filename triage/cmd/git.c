/* git.c - see git.h. */
#include "triage/cmd/git.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/cmd/cmd.h"
#include "triage/cmd/replay.h"

#define SLICE_S 0.1
#define GRACE_S 5.0 /* between asking and killing */

static int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/* Ends the whole group: a build has processes of its own. */
static void end_group(pid_t pid) {
  int wait_status;
  kill(-pid, SIGTERM);
  bool ended = process_wait_for(pid, GRACE_S, &wait_status);
  kill(-pid, SIGKILL);
  if (!ended)
    process_wait(pid);
}

static int wait_for(pid_t pid, bool patient) {
  int wait_status;
  while (!process_wait_for(pid, SLICE_S, &wait_status))
    if (!patient && replay_stop_asked()) {
      end_group(pid);
      return GIT_STOPPED;
    }
  return exit_status(wait_status);
}

static int run(const struct arguments *arguments, char **out, int err, bool patient) {
  struct process_plan plan = {.arguments = arguments, .out = process_buffer(), .err = err, .apart = true};
  size_t size;
  pid_t pid = plan.out < 0 ? -1 : process_start(&plan);
  int status = GIT_NOT_RUN;
  if (pid < 0)
    cmd_fail(0, "cannot run %s (%s): is it installed?", arguments->items[0], strerror(errno));
  else
    status = wait_for(pid, patient);
  if (out && !(*out = plan.out < 0 ? strdup("") : process_buffer_text(plan.out, &size)))
    abort();
  if (plan.out >= 0)
    close(plan.out);
  return status;
}

int git_run_program(const struct arguments *arguments, char **out) { return run(arguments, out, -1, false); }

int git_run(char **out, const char *const words[]) {
  struct arguments arguments = {0};
  arguments_add(&arguments, "git");
  for (; *words; ++words)
    arguments_add(&arguments, "%s", *words);
  int silence = open("/dev/null", O_WRONLY | O_CLOEXEC);
  int status = run(&arguments, out, silence, true);
  if (silence >= 0)
    close(silence);
  for (size_t end = out ? strlen(*out) : 0; end > 0 && (*out)[end - 1] == '\n'; --end)
    (*out)[end - 1] = '\0';
  arguments_free(&arguments);
  return status;
}
