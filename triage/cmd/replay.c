/* replay.c - see replay.h. */
#include "triage/cmd/replay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "triage/campaign/crash.h"
#include "triage/campaign/target.h"
#include "triage/cmd/cmd.h"

#define SLICE_S 0.1 /* between two looks at signals */
#define SILENT_S 2.0
#define TERMINAL_EVERY_S 0.5
#define LOG_EVERY_S 10.0

static sigset_t ending_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

void replay_hold_signals(void) {
  sigset_t signals = ending_signals();
  sigprocmask(SIG_BLOCK, &signals, NULL);
}

bool replay_stop_asked(void) {
  sigset_t pending, ending = ending_signals(), both;
  sigpending(&pending);
  sigandset(&both, &pending, &ending);
  return !sigisemptyset(&both);
}

struct arguments replay_arguments(const struct replay_plan *plan) {
  struct arguments arguments = {0};
  arguments_add(&arguments, "%s", plan->target);
  arguments_add(&arguments, "--heddle_mode=replay");
  arguments_add(&arguments, "--heddle_input=%s", plan->input);
  if (plan->carrier)
    arguments_add(&arguments, "--heddle_carrier=%s", plan->carrier);
  return arguments;
}

/* --- counting ------------------------------------------------------------------------------------------------- */

static void add_key(struct replay_tally *tally, const char *key) {
  int place = 0;
  while (place < tally->key_count && strcmp(tally->keys[place], key) < 0)
    ++place;
  if (tally->key_count == REPLAY_KEYS_MAX || (place < tally->key_count && strcmp(tally->keys[place], key) == 0))
    return;
  memmove(tally->keys[place + 1], tally->keys[place], (size_t)(tally->key_count - place) * sizeof *tally->keys);
  memcpy(tally->keys[place], key, KEY_TEXT_SIZE);
  ++tally->key_count;
}

static void describe(struct replay_tally *tally, const struct target_failure *failure) {
  if (tally->kind)
    return;
  if (!(tally->kind = strdup(failure->kind)))
    abort();
  for (size_t i = 0, used = 0; i < failure->site_count && i < 2 && used < sizeof tally->sites; ++i)
    used +=
        (size_t)snprintf(tally->sites + used, sizeof tally->sites - used, "%s%s", i ? " <-> " : "", failure->sites[i]);
}

static void add_verdict(struct replay_tally *tally, const struct target_verdict *verdict) {
  if (!*tally->digest)
    memcpy(tally->digest, verdict->digest, KEY_TEXT_SIZE);
  tally->digests_equal &= strcmp(tally->digest, verdict->digest) == 0;
  for (size_t i = 0; i < verdict->failure_count; ++i)
    add_key(tally, verdict->failures[i].key);
  if (!*tally->key && verdict->failure_count > 0)
    memcpy(tally->key, verdict->failures[0].key, KEY_TEXT_SIZE);
  const struct target_failure *failure = target_find_failure(verdict, tally->key);
  if (failure) {
    ++tally->reproduced;
    describe(tally, failure);
  }
}

/* A process that died without a word is known by the stacks on its stderr. */
static void add_death(struct replay_tally *tally, const char *kind, const char *report) {
  char key[KEY_TEXT_SIZE];
  crash_key(kind, report, key);
  add_key(tally, key);
  if (!*tally->key)
    memcpy(tally->key, key, KEY_TEXT_SIZE);
  if (strcmp(tally->key, key) != 0)
    return;
  ++tally->reproduced;
  if (!tally->kind && !(tally->kind = strdup(kind)))
    abort();
}

/* --- running -------------------------------------------------------------------------------------------------- */

struct session {
  const struct replay_plan *plan;
  struct replay_tally *tally;
  double next_line_s;
  bool terminal, line_open;
};

static void clear_line(struct session *session) {
  if (session->line_open)
    fputs("\r\033[K", stderr);
  session->line_open = false;
}

static void tell_progress(struct session *session) {
  double now_s = process_clock_s();
  if (!session->plan->label || now_s < session->next_line_s)
    return;
  fprintf(stderr, "%s%s: %d of %d replays done, %d showed it%s", session->terminal ? "\r" : "", session->plan->label,
          session->tally->runs, session->plan->runs, session->tally->reproduced, session->terminal ? "\033[K" : "\n");
  fflush(stderr);
  session->line_open = session->terminal;
  session->next_line_s = now_s + (session->terminal ? TERMINAL_EVERY_S : LOG_EVERY_S);
}

static int add_run(struct session *session, int wait_status, bool late, const char *out, size_t size, const char *err) {
  struct target_verdict verdict;
  const char *target = session->plan->target;
  int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
  char end[128];
  if (target_parse_verdict(out, size, &verdict)) {
    add_verdict(session->tally, &verdict);
    target_free_verdict(&verdict);
    return CMD_OK;
  }
  if (code == 0 || code == 3 || code == 126 || code == 127)
    clear_line(session);
  fputs(code == 3 || code == 126 || code == 127 ? err : "", stderr);
  if (code == 3)
    return CMD_UNREADABLE;
  process_print_end(wait_status, end, sizeof end);
  if (code == 0 || code == 126 || code == 127)
    return cmd_fail(CMD_NO_TARGET, "target says nothing (%s): %s: run `make build`", end, target);
  add_death(session->tally, late ? "timeout" : "crash", err);
  return CMD_OK;
}

/* Waits for the end of a run, which it brings about itself after too long a time or at a signal. */
static int wait_for(struct session *session, pid_t pid, bool *late) {
  int wait_status;
  double deadline_s = process_clock_s() + TARGET_TIMEOUT_S;
  for (*late = false; !process_wait_for(pid, SLICE_S, &wait_status);) {
    tell_progress(session);
    *late = process_clock_s() >= deadline_s;
    session->tally->stopped = session->plan->held && replay_stop_asked();
    if (*late || session->tally->stopped) {
      kill(pid, SIGKILL);
      return process_wait(pid);
    }
  }
  return wait_status;
}

static int run_process(struct session *session, const struct process_plan *process) {
  const char *target = process->arguments->items[0];
  pid_t pid = process_start(process);
  bool late;
  size_t size, err_size;
  if (pid < 0)
    return cmd_fail(CMD_NO_TARGET, "target does not start (%s): %s: run `make build`", strerror(errno), target);
  int wait_status = wait_for(session, pid, &late), status = CMD_OK;
  if (session->tally->stopped)
    return status;
  char *out = process_buffer_text(process->out, &size), *err = process_buffer_text(process->err, &err_size);
  if (!out || !err)
    abort();
  ++session->tally->runs;
  status = add_run(session, wait_status, late, out, size, err);
  free(out);
  free(err);
  return status;
}

static int run_once(struct session *session, const struct arguments *arguments) {
  /* Held signals are ours alone: the terminal's Ctrl-C must not end a run and so make it a crash. */
  struct process_plan process = {
      .arguments = arguments, .out = process_buffer(), .err = process_buffer(), .apart = session->plan->held};
  int status = process.out < 0 || process.err < 0
                   ? cmd_fail(CMD_NO_TARGET, "no memory for the output (%s): %s: close other programs", strerror(errno),
                              arguments->items[0])
                   : run_process(session, &process);
  if (process.out >= 0)
    close(process.out);
  if (process.err >= 0)
    close(process.err);
  return status;
}

int replay_run(const struct replay_plan *plan, const char *key, struct replay_tally *tally) {
  struct arguments arguments = replay_arguments(plan);
  struct session session = {.plan = plan,
                            .tally = tally,
                            .next_line_s = process_clock_s() + SILENT_S,
                            .terminal = isatty(STDERR_FILENO) != 0};
  int status = CMD_OK;
  *tally = (struct replay_tally){.digests_equal = true};
  snprintf(tally->key, sizeof tally->key, "%s", key);
  arguments_add(&arguments, "--heddle_json");
  for (int i = 0; i < plan->runs && status == CMD_OK && !(plan->enough && tally->reproduced >= plan->enough); ++i) {
    tally->stopped = plan->held && replay_stop_asked();
    if (tally->stopped)
      break;
    tell_progress(&session);
    status = run_once(&session, &arguments);
  }
  clear_line(&session);
  arguments_free(&arguments);
  return status;
}

void replay_free(struct replay_tally *tally) { free(tally->kind); }
