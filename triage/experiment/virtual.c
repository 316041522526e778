/* virtual.c - see virtual.h. */
#include "triage/experiment/virtual.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/process.h"
#include "triage/campaign/target.h"

#define SLICE_S 0.1

static enum experiment_end does_not_start(const char *program, struct finding_error *error) {
  snprintf(error->text, sizeof error->text, "does not start (%s): %.600s: run `make build`", strerror(errno), program);
  return EXPERIMENT_NO_PROGRAM;
}

/* What the generator has against the workload: its own line. */
static enum experiment_end refused(int buffer, const char *program, struct finding_error *error) {
  size_t size;
  char *words = process_buffer_text(buffer, &size);
  if (!words)
    abort();
  bool said = strncmp(words, "chaos: ", 7) == 0;
  snprintf(error->text, sizeof error->text, "%.*s", said ? (int)strcspn(words + 7, "\n") : 0, words + 7 * said);
  if (!said)
    snprintf(error->text, sizeof error->text, "no input came of %.600s: run `make build`", program);
  free(words);
  return said ? EXPERIMENT_REFUSED : EXPERIMENT_NO_PROGRAM;
}

static enum experiment_end generate(const struct experiment_run *run, const struct experiment_virtual *how, int input,
                                    int buffer, struct finding_error *error) {
  struct arguments arguments = {0};
  struct process_plan plan = {.arguments = &arguments, .out = input, .err = buffer, .apart = true};
  arguments_add(&arguments, "%s", how->generator);
  arguments_add(&arguments, "--seed=%" PRIu64, run->seed);
  arguments_add(&arguments, "--slice=%" PRIu64, how->slice);
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    char value[WORKLOAD_TEXT];
    workload_value(run->workload, (enum workload_setting)i, value, sizeof value);
    arguments_add(&arguments, "%s=%s", workload_settings[i].name, value);
  }
  pid_t pid = process_start(&plan);
  enum experiment_end end = pid < 0 ? does_not_start(how->generator, error) : EXPERIMENT_DONE;
  if (pid >= 0 && process_wait(pid) != 0)
    end = refused(buffer, how->generator, error);
  arguments_free(&arguments);
  return end;
}

/* By who noticed it (harness/target/PROTOCOL.md). */
static enum experiment_outcome outcome_of(const char *oracle) {
  if (strcmp(oracle, "guard") == 0)
    return EXPERIMENT_FATAL;
  if (strcmp(oracle, "progress") == 0)
    return EXPERIMENT_HUNG;
  if (strcmp(oracle, "signal") == 0)
    return EXPERIMENT_DIED;
  return strstr(oracle, "Sanitizer") ? EXPERIMENT_REPORTED : EXPERIMENT_BROKEN;
}

static void take_verdict(const struct target_verdict *verdict, struct experiment_trial *trial) {
  trial->operations = verdict->operations;
  trial->outcome = EXPERIMENT_SURVIVED;
  if (verdict->failure_count == 0)
    return;
  const struct target_failure *first = &verdict->failures[0];
  trial->outcome = outcome_of(first->oracle);
  snprintf(trial->detail, sizeof trial->detail, "%.40s%s%.100s", first->kind, first->site_count ? " " : "",
           first->site_count ? first->sites[0] : "");
}

/* The replay is over: late, where it was ended by us. */
static enum experiment_end conclude(const struct experiment_run *run, int wait_status, bool late, int buffer,
                                    struct experiment_trial *trial, struct finding_error *error) {
  struct target_verdict verdict;
  size_t size;
  char *output = process_buffer_text(buffer, &size), end[128];
  enum experiment_end result = EXPERIMENT_DONE;
  if (!output)
    abort();
  if (late) {
    trial->outcome = EXPERIMENT_HUNG;
    snprintf(trial->detail, sizeof trial->detail, "the replay took more than %g s", run->timeout_s);
  } else if (target_parse_verdict(output, size, &verdict)) {
    take_verdict(&verdict, trial);
    target_free_verdict(&verdict);
  } else if (WIFSIGNALED(wait_status)) {
    trial->outcome = EXPERIMENT_DIED;
    snprintf(trial->detail, sizeof trial->detail, "SIG%s", sigabbrev_np(WTERMSIG(wait_status)));
  } else {
    process_print_end(wait_status, end, sizeof end);
    snprintf(error->text, sizeof error->text, "target says nothing (%s): %.600s: run `make build`", end, run->program);
    result = EXPERIMENT_NO_PROGRAM;
  }
  free(output);
  return result;
}

static enum experiment_end replay(const struct experiment_run *run, int input, int buffer,
                                  struct experiment_trial *trial, struct finding_error *error) {
  struct arguments arguments = {0};
  struct process_plan plan = {.arguments = &arguments, .out = buffer, .err = buffer, .inherited = input, .apart = true};
  arguments_add(&arguments, "%s", run->program);
  arguments_add(&arguments, "--heddle_mode=replay");
  arguments_add(&arguments, "--heddle_use=any"); /* as the threads of a real trial */
  arguments_add(&arguments, "--heddle_json");
  arguments_add(&arguments, "--heddle_input=/proc/self/fd/%d", input);
  pid_t pid = process_start(&plan);
  arguments_free(&arguments);
  if (pid < 0)
    return does_not_start(run->program, error);
  double deadline_s = process_clock_s() + run->timeout_s;
  int wait_status = 0;
  bool late = false;
  while (!process_wait_for(pid, SLICE_S, &wait_status)) {
    bool stopped = run->stop && run->stop();
    late = process_clock_s() > deadline_s;
    if (!late && !stopped)
      continue;
    kill(pid, SIGKILL);
    wait_status = process_wait(pid);
    if (stopped)
      return EXPERIMENT_STOPPED;
    break;
  }
  return conclude(run, wait_status, late, buffer, trial, error);
}

enum experiment_end experiment_run_virtual(const struct experiment_run *run, const struct experiment_virtual *how,
                                           struct experiment_trial *trial, struct finding_error *error) {
  int input = process_buffer(), complaints = process_buffer(), output = process_buffer();
  enum experiment_end end = EXPERIMENT_NO_PROGRAM;
  *trial = (struct experiment_trial){.threads = run->workload->threads};
  if (input >= 0 && complaints >= 0 && output >= 0) {
    end = generate(run, how, input, complaints, error);
    if (end == EXPERIMENT_DONE)
      end = replay(run, input, output, trial, error);
  } else {
    snprintf(error->text, sizeof error->text, "no memory for a trial (%s): close other programs", strerror(errno));
  }
  const int all[] = {input, complaints, output};
  for (unsigned i = 0; i < sizeof all / sizeof *all; ++i)
    if (all[i] >= 0)
      close(all[i]);
  return end;
}
