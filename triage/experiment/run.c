/* run.c - see run.h. */
#include "triage/experiment/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "triage/campaign/process.h"
#include "triage/experiment/hang.h"
#include "triage/parse/parse.h"

#define SLICE_S 0.1
#define SET_UP_S 300.0 /* what no map and no sanitizer takes to be filled */

static const struct {
  const char *text;
} outcomes[EXPERIMENT_OUTCOME_COUNT] = {
#define OUTCOME(name, text, sentence) {text},
    EXPERIMENT_OUTCOMES(OUTCOME)
#undef OUTCOME
};

const char *experiment_outcome_text(enum experiment_outcome outcome) { return outcomes[outcome].text; }

bool experiment_outcome_parse(const char *text, enum experiment_outcome *outcome) {
  for (unsigned i = 0; i < EXPERIMENT_OUTCOME_COUNT; ++i)
    if (strcmp(outcomes[i].text, text) == 0) {
      *outcome = (enum experiment_outcome)i;
      return true;
    }
  return false;
}

struct session {
  const struct experiment_run *run;
  struct experiment_trial *trial;
  const struct trial_page *page;
  pid_t pid;
  double stage_s; /* process_clock_s when the present stage was first seen */
  uint64_t stage;
  bool hangs, stopped;
};

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Of the first thread to start; 0: none did. */
static uint64_t first_start(const struct session *session) {
  uint64_t first = 0;
  for (unsigned i = 0; i < session->run->workload->threads; ++i) {
    uint64_t started = session->page->threads[i].started_ns;
    if (started && (!first || started < first))
      first = started;
  }
  return first;
}

/* ---- while it runs ---- */

static bool operation_hangs(const struct session *session, const struct trial_thread *thread, uint64_t now) {
  double pause_s = session->run->workload->jitter_ms / 1e3;
  uint64_t began = __atomic_load_n(&thread->operation_ns, __ATOMIC_ACQUIRE);
  return began && !thread->ended_ns && now > began && (double)(now - began) / 1e9 > session->run->timeout_s + pause_s;
}

static bool hangs(struct session *session) {
  const struct trial_page *page = session->page;
  uint64_t now = now_ns();
  if (page->stage != session->stage) {
    session->stage = page->stage;
    session->stage_s = process_clock_s();
  }
  double waited_s = process_clock_s() - session->stage_s;
  if (page->death != TRIAL_ALIVE)
    return waited_s > SET_UP_S; /* it ends itself, after a look at the map */
  if (session->stage == TRIAL_SETUP)
    return waited_s > SET_UP_S;
  if (session->stage != TRIAL_RUNNING)
    return waited_s > session->run->timeout_s;
  bool found = false;
  for (unsigned i = 0; i < session->run->workload->threads; ++i)
    found |= operation_hangs(session, &page->threads[i], now);
  return found;
}

/* Waits for its end, which it brings about itself where an operation hangs or a stop is asked for. */
static int watch(struct session *session) {
  int wait_status;
  session->stage_s = process_clock_s();
  while (!process_wait_for(session->pid, SLICE_S, &wait_status)) {
    session->stopped = session->run->stop && session->run->stop();
    session->hangs = !session->stopped && hangs(session);
    if (session->hangs && session->stage == TRIAL_RUNNING)
      hang_describe(session->pid, session->page, session->run->workload->threads, now_ns(), session->trial->waits,
                    sizeof session->trial->waits);
    if (session->hangs || session->stopped) {
      kill(session->pid, SIGKILL);
      return process_wait(session->pid);
    }
  }
  return wait_status;
}

/* ---- what came of it ---- */

static void set_detail(struct experiment_trial *trial, const char *text, size_t length) {
  size_t used = 0;
  for (size_t i = 0; i < length && used + 1 < sizeof trial->detail; ++i)
    trial->detail[used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
  trial->detail[used] = '\0';
}

/* The first line that begins so, without its beginning. */
static bool detail_of_line(struct experiment_trial *trial, const char *output, const char *beginning) {
  for (const char *line = output; line; line = strchr(line, '\n'), line += line != NULL)
    if (strncmp(line, beginning, strlen(beginning)) == 0) {
      line += strlen(beginning);
      set_detail(trial, line, strcspn(line, "\n"));
      return true;
    }
  return false;
}

static void note_kind(void *context, const struct parse_report *report) {
  struct experiment_trial *trial = context;
  if (!*trial->detail)
    set_detail(trial, report->finding.kind, strlen(report->finding.kind));
}

static void judge_report(struct experiment_trial *trial, const char *output, size_t size) {
  struct parser *parser = parse_open(&(struct parse_options){0}, note_kind, trial);
  trial->outcome = EXPERIMENT_REPORTED;
  if (!parser)
    abort();
  parse_feed(parser, output, size);
  parse_end(parser);
  parse_close(parser);
  if (!*trial->detail)
    set_detail(trial, "not understood", strlen("not understood"));
}

static void judge_signal(struct experiment_trial *trial, int number, const char *output) {
  const char *name = sigabbrev_np(number), *guard = strstr(output, "fatal error: ");
  char text[32];
  /* A report that was being written when a thread that went on ran into the guard. */
  const char *report = strstr(output, "Sanitizer: ");
  if (guard && report && report < guard) {
    judge_report(trial, output, (size_t)(guard - output));
    return;
  }
  trial->outcome = EXPERIMENT_DIED;
  if (number == SIGABRT && detail_of_line(trial, output, "fatal error: ")) {
    trial->outcome = EXPERIMENT_FATAL;
    return;
  }
  snprintf(text, sizeof text, "SIG%s", name ? name : "?");
  set_detail(trial, text, strlen(text));
}

/* The beginning of the first operation that hangs. */
static uint64_t hang_began(const struct session *session, uint64_t now) {
  uint64_t first = now;
  for (unsigned i = 0; i < session->run->workload->threads; ++i) {
    const struct trial_thread *thread = &session->page->threads[i];
    if (operation_hangs(session, thread, now) && thread->operation_ns < first)
      first = thread->operation_ns;
  }
  return first;
}

static void judge_hang(const struct session *session) {
  static const char *const at_rest = "at rest, in the map's own check or in destroy";
  struct experiment_trial *trial = session->trial;
  char text[EXPERIMENT_DETAIL];
  trial->outcome = EXPERIMENT_HUNG;
  set_detail(trial, at_rest, strlen(at_rest));
  if (session->stage != TRIAL_RUNNING)
    return;
  uint64_t now = now_ns();
  for (unsigned i = 0; i < trial->threads; ++i) {
    const struct trial_thread *thread = &session->page->threads[i];
    if (!operation_hangs(session, thread, now))
      continue;
    snprintf(text, sizeof text, "%s", workload_operation_text((enum workload_operation)thread->operation));
    set_detail(trial, text, strlen(text));
    return;
  }
}

static bool exited_with(int wait_status, int status) {
  return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == status;
}

/* False: it did not come so far that anything could be said. */
static bool judge(struct session *session, int wait_status, const char *output, size_t size) {
  const struct trial_page *page = session->page;
  struct experiment_trial *trial = session->trial;
  if (session->hangs && page->death == TRIAL_ALIVE)
    judge_hang(session);
  else if (page->death == TRIAL_SANITIZER || exited_with(wait_status, TRIAL_EXIT_SANITIZER))
    judge_report(trial, output, size);
  else if (page->death == TRIAL_SIGNAL)
    judge_signal(trial, (int)page->signal, output);
  else if (WIFSIGNALED(wait_status))
    judge_signal(trial, WTERMSIG(wait_status), output);
  else if (page->broken && page->stage == TRIAL_ENDED) {
    trial->outcome = EXPERIMENT_BROKEN;
    set_detail(trial, page->text, strnlen(page->text, sizeof page->text));
  } else if (page->stage == TRIAL_ENDED && exited_with(wait_status, TRIAL_EXIT_ENDED))
    trial->outcome = EXPERIMENT_SURVIVED;
  else
    return false;
  return true;
}

static void measure(const struct session *session) {
  const struct trial_page *page = session->page;
  struct experiment_trial *trial = session->trial;
  uint64_t begin = first_start(session), end = 0, sum = 0;
  for (unsigned i = 0; i < trial->threads; ++i) {
    const struct trial_thread *thread = &page->threads[i];
    trial->thread_operations[i] = thread->operations;
    sum += thread->operations;
    end = thread->ended_ns > end ? thread->ended_ns : end;
    end = thread->operation_ns > end ? thread->operation_ns : end;
    for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; ++bucket)
      trial->latencies[bucket] += thread->latencies[bucket];
  }
  if (page->death != TRIAL_ALIVE)
    end = page->failed_ns;
  else if (session->hangs && session->stage == TRIAL_RUNNING)
    end = hang_began(session, now_ns());
  trial->operations = page->death != TRIAL_ALIVE ? page->failed_operations : sum;
  trial->time_s = begin && end > begin ? (double)(end - begin) / 1e9 : 0;
  trial->guarded = page->guarded;
  trial->state_known = page->state_known;
  trial->state = page->state;
}

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): its output of that number. */
uint64_t experiment_seed(uint64_t seed, uint64_t number) {
  uint64_t x = seed + (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* The trial's own last words, as one line. */
static void complain(const struct experiment_run *run, int wait_status, const char *output,
                     struct finding_error *error) {
  char end[128];
  const char *words = strncmp(output, "chaos: ", 7) == 0 ? output + 7 : NULL;
  process_print_end(wait_status, end, sizeof end);
  if (words)
    snprintf(error->text, sizeof error->text, "%.*s", (int)strcspn(words, "\n"), words);
  else
    snprintf(error->text, sizeof error->text, "the trial did not begin (%s): %.600s: run `make build`", end,
             run->program);
}

static enum experiment_end conclude(struct session *session, int wait_status, int buffer, struct finding_error *error) {
  size_t size;
  char *output = process_buffer_text(buffer, &size);
  if (!output)
    abort();
  bool known = first_start(session) && judge(session, wait_status, output, size);
  if (known)
    measure(session);
  else
    complain(session->run, wait_status, output, error);
  free(output);
  bool refused = exited_with(wait_status, TRIAL_EXIT_USAGE);
  return known ? EXPERIMENT_DONE : refused ? EXPERIMENT_REFUSED : EXPERIMENT_NO_PROGRAM;
}

static enum experiment_end start_and_watch(struct session *session, const struct process_plan *plan,
                                           struct finding_error *error) {
  session->pid = process_start(plan);
  if (session->pid < 0) {
    snprintf(error->text, sizeof error->text, "the trial does not start (%s): %.600s: run `make build`",
             strerror(errno), session->run->program);
    return EXPERIMENT_NO_PROGRAM;
  }
  int wait_status = watch(session);
  return session->stopped ? EXPERIMENT_STOPPED : conclude(session, wait_status, plan->err, error);
}

/* Names would take longer to find than a trial takes.  TSan drops a race of which it does not remember the older side,
 * and threads here go on for long before they meet.  What the user sets comes later and counts. */
static void set_sanitizer(const char *name, const char *ours) {
  const char *theirs = getenv(name);
  char *all = NULL;
  if (theirs && strncmp(theirs, ours, strlen(ours)) == 0)
    return;
  if (asprintf(&all, "%s%s%s", ours, theirs ? ":" : "", theirs ? theirs : "") < 0)
    abort();
  setenv(name, all, 1);
  free(all);
}

static struct arguments arguments_of(const struct experiment_run *run, int page) {
  struct arguments arguments = {0};
  arguments_add(&arguments, "%s", run->program);
  arguments_add(&arguments, "--page=%d", page);
  arguments_add(&arguments, "--seed=%" PRIu64, run->seed);
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    char value[WORKLOAD_TEXT];
    workload_value(run->workload, (enum workload_setting)i, value, sizeof value);
    arguments_add(&arguments, "%s=%s", workload_settings[i].name, value);
  }
  return arguments;
}

enum experiment_end experiment_run(const struct experiment_run *run, struct experiment_trial *trial,
                                   struct finding_error *error) {
  *trial = (struct experiment_trial){.threads = run->workload->threads};
  struct session session = {.run = run, .trial = trial};
  int fd = memfd_create("heddle-trial", MFD_CLOEXEC), buffer = process_buffer();
  void *page = fd >= 0 && ftruncate(fd, sizeof(struct trial_page)) == 0
                   ? mmap(NULL, sizeof(struct trial_page), PROT_READ, MAP_SHARED, fd, 0)
                   : MAP_FAILED;
  enum experiment_end end = EXPERIMENT_NO_PROGRAM;
  if (page != MAP_FAILED && buffer >= 0) {
    struct arguments arguments = arguments_of(run, fd);
    struct process_plan plan = {.arguments = &arguments, .out = buffer, .err = buffer, .inherited = fd, .apart = true};
    session.page = page;
    set_sanitizer("TSAN_OPTIONS", "halt_on_error=1:symbolize=0:exitcode=66:history_size=7:report_thread_leaks=0");
    set_sanitizer("ASAN_OPTIONS", "halt_on_error=1:symbolize=0:exitcode=66:detect_leaks=0");
    end = start_and_watch(&session, &plan, error);
    arguments_free(&arguments);
  } else {
    snprintf(error->text, sizeof error->text, "no memory for a trial (%s): close other programs", strerror(errno));
  }
  if (page != MAP_FAILED)
    munmap(page, sizeof(struct trial_page));
  if (fd >= 0)
    close(fd);
  if (buffer >= 0)
    close(buffer);
  return end;
}
