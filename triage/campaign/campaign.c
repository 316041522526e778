#include "triage/campaign/campaign.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "triage/campaign/campaign_state.h"
#include "triage/finding/files.h"

#define STEP_MS 100
#define SAVE_EVERY_S 1.0
#define GRACE_S 5.0 /* for a worker to end by itself */

struct ledger_totals campaign_totals(const struct campaign *campaign) {
  const struct ledger_totals *before = &campaign->ledger.before;
  struct ledger_totals totals = {.unconfirmed = before->unconfirmed + campaign->confirmer.unconfirmed,
                                 .last_failure_s = before->last_failure_s};
  uint64_t cpu_ns = 0;
  for (size_t i = 0; i < campaign->worker_count; ++i) {
    const struct worker *worker = &campaign->workers[i];
    if (!worker->status || strcmp(worker->map, campaign->ledger.map) != 0)
      continue;
    totals.span.inputs += worker->status->inputs;
    totals.span.operations += worker->status->operations;
    totals.points += worker->status->points;
    totals.switches += worker->status->switches;
    totals.failing_inputs += worker->status->failing_inputs;
    totals.divergences += worker->status->divergences;
    cpu_ns += worker->status->cpu_ns;
  }
  double until_s = campaign->ended_s > 0 ? campaign->ended_s : process_clock_s();
  totals.span.cpu_s = (double)cpu_ns / 1e9;
  totals.span.wall_s = before->span.wall_s + until_s - campaign->began_s;
  if (campaign->exposure.count > 0)
    totals.last_failure_s =
        campaign->exposure.samples[(campaign->exposure.count - 1) % EXPOSURE_SAMPLES].last_failure_s;
  return totals;
}

/* Waits for a child, a signal or the next step; true at a signal to stop. */
static bool wait_a_step(void) {
  sigset_t signals;
  struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGCHLD);
  int number = sigtimedwait(&signals, NULL, &step);
  return number == SIGINT || number == SIGTERM || number == SIGHUP;
}

static void block_signals(sigset_t *before) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, before);
}

static void save(struct campaign *campaign, bool durable) {
  struct ledger_totals totals = campaign_totals(campaign);
  char line[PATH_MAX + 256];
  ledger_count_begin(&campaign->ledger);
  for (size_t i = 0; i < campaign->worker_count; ++i) {
    const struct status *status = campaign->workers[i].status;
    for (size_t slot = 0; status && slot < STATUS_RAW_KEYS; ++slot)
      if (status->raw[slot].raw)
        ledger_count(&campaign->ledger, status->raw[slot].raw, status->raw[slot].count);
  }
  int error = ledger_count_end(&campaign->ledger, durable);
  int problem = ledger_save(&campaign->ledger, &totals, durable);
  error = problem ? problem : error;
  if (error && !campaign->save_failed) {
    snprintf(line, sizeof line, "cannot save the totals (%s): %s/campaign.json: %s; fuzzing goes on", strerror(error),
             campaign->options->out, files_advice(error));
    campaign_say(campaign, line);
  }
  campaign->save_failed = error != 0;
  campaign->next_save_s = process_clock_s() + SAVE_EVERY_S;
}

static void take_counters(struct campaign *campaign) {
  struct finding_error error;
  for (size_t i = campaign->first_own; i < campaign->worker_count; ++i) {
    if (!worker_map_status(&campaign->workers[i], &error))
      campaign_say(campaign, error.text);
    worker_read_log(&campaign->workers[i], campaign_say, campaign);
  }
  struct ledger_totals totals = campaign_totals(campaign);
  exposure_add(&campaign->exposure, totals.span, totals.failing_inputs);
}

static enum campaign_status give_up(struct campaign *campaign, const struct worker *worker) {
  char *tail = worker_log_tail(worker);
  campaign_clear_line(campaign);
  fprintf(stderr, "heddle: target does not start: %s: its last words, from %s/log:\n%s", worker->arguments.items[0],
          worker->folder, tail && *tail ? tail : "  | (none)\n");
  free(tail);
  return CAMPAIGN_NO_TARGET;
}

/* Starts what is due. */
static enum campaign_status tend_workers(struct campaign *campaign) {
  for (size_t i = campaign->first_own; i < campaign->worker_count; ++i) {
    struct worker *worker = &campaign->workers[i];
    if (worker_check(worker) == WORKER_DOES_NOT_START)
      return give_up(campaign, worker);
    if (worker->pid > 0 || process_clock_s() < worker->restart_at_s)
      continue;
    if (worker_start(worker))
      continue;
    campaign_clear_line(campaign);
    fprintf(stderr, "heddle: target does not start (%s): %s: run `make build`\n", strerror(errno),
            worker->arguments.items[0]);
    return CAMPAIGN_NO_TARGET;
  }
  return CAMPAIGN_NOTHING;
}

static void signal_workers(const struct campaign *campaign, int number) {
  for (size_t i = campaign->first_own; i < campaign->worker_count; ++i)
    if (campaign->workers[i].pid > 0)
      kill(campaign->workers[i].pid, number);
}

static size_t count_running(struct campaign *campaign) {
  size_t running = 0;
  for (size_t i = campaign->first_own; i < campaign->worker_count; ++i) {
    worker_check(&campaign->workers[i]);
    running += campaign->workers[i].pid > 0;
  }
  return running;
}

/* True where a signal asked for haste. */
static bool stop_workers(struct campaign *campaign) {
  double deadline_s = process_clock_s() + GRACE_S;
  bool hurry = false;
  signal_workers(campaign, SIGINT);
  while (count_running(campaign) > 0) {
    hurry |= wait_a_step();
    if (hurry || process_clock_s() > deadline_s)
      signal_workers(campaign, SIGKILL);
  }
  take_counters(campaign);
  campaign->ended_s = process_clock_s();
  return hurry;
}

/* The fuzzing itself, until time or a signal ends it. */
static enum campaign_status fuzz(struct campaign *campaign) {
  double time_s = campaign->options->time_s;
  for (bool stopped = false; !stopped;) {
    enum campaign_status status = tend_workers(campaign);
    if (status)
      return status;
    stopped = wait_a_step();
    take_counters(campaign);
    confirm_step(&campaign->confirmer, campaign->workers, campaign->worker_count);
    campaign_tell_progress(campaign, false);
    if (process_clock_s() >= campaign->next_save_s)
      save(campaign, false);
    stopped |= campaign->until_met;
    stopped |= time_s > 0 && process_clock_s() - campaign->began_s >= time_s;
  }
  return CAMPAIGN_NOTHING;
}

/* Confirms what the workers have left. */
static void drain(struct campaign *campaign) {
  struct confirmer *confirmer = &campaign->confirmer;
  campaign->next_line_s = process_clock_s() + SAVE_EVERY_S;
  while (confirm_step(confirmer, campaign->workers, campaign->worker_count) > 0 && !confirm_is_paused(confirmer)) {
    if (wait_a_step())
      break;
    campaign_tell_waiting(campaign);
  }
}

static void tell_left(struct campaign *campaign) {
  char line[PATH_MAX + 128];
  size_t left =
      confirm_waiting(&campaign->confirmer, campaign->workers, campaign->worker_count, CAMPAIGN_WAITING_SHOWN);
  if (left == 0)
    return;
  snprintf(line, sizeof line, "%zu failing inputs not replayed yet: %s/workers: the next campaign on it does that",
           left, campaign->options->out);
  campaign_say(campaign, line);
}

enum campaign_status campaign_run(const struct campaign_options *options) {
  struct campaign *campaign = calloc(1, sizeof *campaign);
  sigset_t before;
  if (!campaign)
    abort();
  enum campaign_status status = campaign_begin(campaign, options);
  if (status == CAMPAIGN_NOTHING) {
    block_signals(&before);
    status = fuzz(campaign);
    bool hurry = stop_workers(campaign);
    if (!hurry && !campaign->until_met && status == CAMPAIGN_NOTHING)
      drain(campaign);
    confirm_stop(&campaign->confirmer);
    save(campaign, true);
    tell_left(campaign);
    if (status == CAMPAIGN_NOTHING || ledger_findings(&campaign->ledger) > 0)
      campaign_tell_end(campaign);
    if (status == CAMPAIGN_NOTHING && ledger_findings(&campaign->ledger) > 0)
      status = CAMPAIGN_FINDINGS;
    sigprocmask(SIG_SETMASK, &before, NULL);
  }
  campaign_free(campaign);
  free(campaign);
  return status;
}
