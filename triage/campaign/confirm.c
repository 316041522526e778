#include "triage/campaign/confirm.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/crash.h"
#include "triage/campaign/intake.h"
#include "triage/campaign/target.h"
#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"

#define PAUSE_S 5.0
#define REPLAY_NICENESS 5
#define INPUT_LIMIT (64u << 20)

static size_t inputs_kept(const struct confirmer *confirmer) { return confirmer->keep_all ? 0 : FINDING_INPUTS_KEPT; }

/* Storing did not work: the inputs wait, and so do we, for the disk may get room again. */
static void pause_confirming(struct confirmer *confirmer) { confirmer->paused_until_s = process_clock_s() + PAUSE_S; }

bool confirm_is_paused(const struct confirmer *confirmer) { return process_clock_s() < confirmer->paused_until_s; }

/* The lines of a replay's stderr that are meant for people. */
static void pass_on(const struct confirmer *confirmer, const char *err) {
  for (const char *line = err; line && *line;) {
    const char *end = strchrnul(line, '\n');
    if (strncmp(line, "heddle: ", strlen("heddle: ")) == 0) {
      char *own = strndup(line, (size_t)(end - line));
      confirmer->say(confirmer->context, own ? own : "");
      free(own);
    }
    line = *end ? end + 1 : end;
  }
}

/* --- starting ------------------------------------------------------------------------------------------------- */

static bool write_clock(const struct confirm_job *job) {
  json_t *json = finding_clock_to_json(&job->clock, &job->worker_clock);
  bool good = json && json_dumpfd(json, job->clock_file, JSON_COMPACT) == 0;
  json_decref(json);
  return good;
}

static void close_files(struct confirm_job *job) {
  int *const files[] = {&job->out, &job->err, &job->clock_file};
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    if (*files[i] >= 0)
      close(*files[i]);
    *files[i] = -1;
  }
}

static pid_t run_replay(const struct confirmer *confirmer, const struct confirm_job *job) {
  struct arguments arguments = {0};
  arguments_add(&arguments, "%s", job->target);
  arguments_add(&arguments, "--heddle_mode=replay");
  arguments_add(&arguments, "--heddle_json");
  arguments_add(&arguments, "--heddle_input=%s", job->input);
  arguments_add(&arguments, "--heddle_findings=%s/findings", confirmer->out);
  arguments_add(&arguments, "--heddle_clock=/proc/self/fd/%d", job->clock_file);
  if (confirmer->keep_all)
    arguments_add(&arguments, "--heddle_keep_all");
  if (confirmer->carrier)
    arguments_add(&arguments, "--heddle_carrier=%s", confirmer->carrier);
  struct process_plan plan = {.arguments = &arguments,
                              .out = job->out,
                              .err = job->err,
                              .inherited = job->clock_file,
                              .apart = true,
                              .niceness = REPLAY_NICENESS};
  pid_t pid = process_start(&plan);
  int error = errno;
  arguments_free(&arguments);
  errno = error;
  return pid;
}

static void start_job(struct confirmer *confirmer, struct confirm_job *job) {
  char line[PATH_MAX + 256];
  job->out = process_buffer();
  job->err = process_buffer();
  job->clock_file = process_buffer();
  bool ready = job->out >= 0 && job->err >= 0 && job->clock_file >= 0 && write_clock(job);
  pid_t pid = ready ? run_replay(confirmer, job) : -1;
  if (pid > 0) {
    job->pid = pid;
    job->started_s = process_clock_s();
    return;
  }
  snprintf(line, sizeof line, "cannot replay (%s): %s: it waits there and is tried again", strerror(errno), job->input);
  confirmer->say(confirmer->context, line);
  close_files(job);
  pause_confirming(confirmer);
}

/* --- ending --------------------------------------------------------------------------------------------------- */

/* True where the input lies under the key, or the key has all that are kept. */
static bool is_stored(const struct confirmer *confirmer, const char *key, const char *sha1) {
  char folder[PATH_MAX + 96];
  struct stat status;
  snprintf(folder, sizeof folder, "%s/findings/%s", confirmer->out, key);
  if (!confirmer->keep_all && finding_count_inputs(folder) >= FINDING_INPUTS_KEPT)
    return true;
  snprintf(folder, sizeof folder, "%s/findings/%s/%s", confirmer->out, key, sha1);
  return stat(folder, &status) == 0;
}

static void learn(struct confirmer *confirmer, const struct confirm_job *job, const char *key, const char *raw) {
  bool fresh;
  struct ledger_key *known = ledger_learn(confirmer->ledger, raw && *raw ? strtoull(raw, NULL, 16) : 0, key, &fresh,
                                          confirmer->say, confirmer->context);
  if (!known)
    return;
  /* Whoever dies of a failure hands over no claim, and may not have counted it. */
  known->uncounted += !*job->claim;
  if (fresh)
    confirmer->found(confirmer->context, &known->summary, job->worker);
}

/* The claim goes first: without one, an input is not looked at again. */
static void retire(const struct confirmer *confirmer, const struct confirm_job *job) {
  char path[PATH_MAX + 128];
  if (*job->claim)
    unlink(job->claim);
  unlink(job->input);
  if (*job->claim)
    return;
  /* It ended a process: in the corpus it would end every other one as it starts. */
  snprintf(path, sizeof path, "%s/corpus/%s/%s", confirmer->out, job->worker->map, job->sha1);
  unlink(path);
}

static bool take_verdict(struct confirmer *confirmer, const struct confirm_job *job,
                         const struct target_verdict *verdict) {
  bool stored = true;
  for (size_t i = 0; i < verdict->failure_count; ++i) {
    const struct target_failure *failure = &verdict->failures[i];
    if (is_stored(confirmer, failure->key, job->sha1))
      learn(confirmer, job, failure->key, failure->raw);
    else
      stored = false;
  }
  return stored;
}

/* What the input does, in the target's words; NULL where it cannot say.  The caller frees it. */
static char *show_program(const struct confirm_job *job) {
  struct arguments arguments = {0};
  arguments_add(&arguments, "%s", job->target);
  arguments_add(&arguments, "--heddle_mode=show");
  arguments_add(&arguments, "--heddle_input=%s", job->input);
  int out = process_buffer(), err = process_buffer();
  struct process_plan plan = {.arguments = &arguments, .out = out, .err = err, .apart = true};
  pid_t pid = out >= 0 && err >= 0 ? process_start(&plan) : -1;
  char *text = NULL;
  size_t size;
  if (pid > 0 && process_wait(pid) == 0)
    text = process_buffer_text(out, &size);
  if (out >= 0)
    close(out);
  if (err >= 0)
    close(err);
  arguments_free(&arguments);
  return text;
}

/* The replay died before it could file anything. */
static bool file_crash(struct confirmer *confirmer, const struct confirm_job *job, const char *kind,
                       const char *message, const char *err) {
  char findings[PATH_MAX + 16], key[KEY_TEXT_SIZE];
  struct finding_error error;
  size_t size;
  char *input = files_read(job->input, INPUT_LIMIT, &size), *program = show_program(job);
  enum finding_result result = FINDING_FAILED;
  snprintf(findings, sizeof findings, "%s/findings", confirmer->out);
  snprintf(error.text, sizeof error.text, "cannot read (%s): %.600s: it waits there", strerror(errno), job->input);
  if (input) {
    struct crash crash = {.target = job->target,
                          .map = job->worker->map,
                          .flavour = job->worker->flavour,
                          .kind = kind,
                          .message = message,
                          .report = err,
                          .program = program,
                          .input = (const uint8_t *)input,
                          .input_size = size,
                          .clock = job->clock,
                          .worker_clock = job->worker_clock};
    result = crash_write(findings, &crash, inputs_kept(confirmer), key, &error);
  }
  free(input);
  free(program);
  if (result == FINDING_FAILED)
    confirmer->say(confirmer->context, error.text);
  else
    learn(confirmer, job, key, NULL);
  return result != FINDING_FAILED;
}

static void end_job(struct confirmer *confirmer, struct confirm_job *job, int wait_status, bool timed_out) {
  size_t out_size, err_size;
  char *out = process_buffer_text(job->out, &out_size), *err = process_buffer_text(job->err, &err_size);
  if (!out || !err)
    abort();
  char message[128];
  struct target_verdict verdict = {0};
  bool answered = target_parse_verdict(out, out_size, &verdict), stored;
  bool regular = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) <= 1;
  process_print_end(wait_status, message, sizeof message);
  if (timed_out)
    snprintf(message, sizeof message, "no end within %d s", TARGET_TIMEOUT_S);
  if (verdict.failure_count > 0)
    stored = take_verdict(confirmer, job, &verdict);
  else if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 3)
    stored = false;
  else if (answered && regular)
    stored = intake_set_aside(confirmer, job, message, err);
  else
    stored = file_crash(confirmer, job, timed_out ? "timeout" : "crash", message, err);
  if (stored) {
    retire(confirmer, job);
    ++confirmer->confirmed;
  } else {
    pass_on(confirmer, err);
    pause_confirming(confirmer);
  }
  target_free_verdict(&verdict);
  close_files(job);
  job->pid = 0;
  free(out);
  free(err);
}

static void check_job(struct confirmer *confirmer, struct confirm_job *job) {
  int wait_status;
  bool late = process_clock_s() - job->started_s > TARGET_TIMEOUT_S;
  if (job->pid > 0 && late)
    kill(job->pid, SIGKILL);
  if (job->pid > 0 && waitpid(job->pid, &wait_status, late ? 0 : WNOHANG) == job->pid)
    end_job(confirmer, job, wait_status, late && WIFSIGNALED(wait_status));
}

size_t confirm_step(struct confirmer *confirmer, const struct worker *workers, size_t worker_count) {
  size_t running = 0;
  for (size_t i = 0; i < CONFIRM_JOBS; ++i) {
    check_job(confirmer, &confirmer->jobs[i]);
    running += confirmer->jobs[i].pid > 0;
  }
  while (running < CONFIRM_JOBS && !confirm_is_paused(confirmer)) {
    struct confirm_job next;
    if (!intake_next(confirmer, workers, worker_count, &next))
      break;
    for (size_t i = 0; i < CONFIRM_JOBS; ++i)
      if (confirmer->jobs[i].pid == 0) {
        confirmer->jobs[i] = next;
        start_job(confirmer, &confirmer->jobs[i]);
        break;
      }
    ++running;
  }
  return running;
}

void confirm_stop(struct confirmer *confirmer) {
  for (size_t i = 0; i < CONFIRM_JOBS; ++i) {
    struct confirm_job *job = &confirmer->jobs[i];
    if (job->pid <= 0)
      continue;
    kill(job->pid, SIGKILL);
    process_wait(job->pid);
    job->pid = 0;
    close_files(job);
  }
}
