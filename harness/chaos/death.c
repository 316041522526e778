/* death.c - see death.h. */
#include "chaos/death.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_MS 2 /* in which the other threads come to the end of their operations */
#define REPORT_MS 300
#define LOOK_MAX_S 2 /* a damaged map may lead in circles */

bool death_stopping;

static struct trial *watched;

#ifndef HEDDLE_FLAVOUR_PLAIN
/* The sanitizers' runtimes call it before they end the process. */
void __sanitizer_set_death_callback(void (*callback)(void));
#endif
#ifdef HEDDLE_FLAVOUR_TSAN
/* TSan's: the thread's reads are no longer looked at. */
void AnnotateIgnoreReadsBegin(const char *file, int line);
#endif

/* Of a thread's operations, those completed by then. */
static uint64_t completed_by(const struct trial_thread *thread, uint64_t ns) {
  uint64_t count = __atomic_load_n(&thread->operations, __ATOMIC_ACQUIRE);
#ifndef HEDDLE_FLAVOUR_PLAIN
  uint64_t oldest = count > TRIAL_RECENT / 2 ? count - TRIAL_RECENT / 2 : 0; /* the other half may be written anew */
  while (count > oldest && thread->recent_ns[(count - 1) % TRIAL_RECENT] > ns)
    count--;
#else
  (void)ns;
#endif
  return count;
}

#ifndef HEDDLE_FLAVOUR_PLAIN
/* The beginning of the calling thread's operation; now, where it has none. */
static uint64_t operation_began(const struct trial_page *page) {
  uint64_t own = (uint64_t)gettid();
  for (unsigned i = 0; i < watched->workload.threads; i++)
    if (page->threads[i].tid == own && page->threads[i].operation_ns)
      return page->threads[i].operation_ns;
  return trial_now_ns();
}
#endif

/* Only async-signal-safe calls, apart from the map's snapshot, which allocates nothing. */
static void note(enum trial_death death, int signal_number, uint64_t failed_ns) {
  struct trial_page *page = watched->page;
  struct timespec settle = {.tv_nsec = SETTLE_MS * 1000000};
  page->failed_ns = failed_ns;
  page->signal = (uint64_t)signal_number;
  page->failed_operations = 0;
  for (unsigned i = 0; i < watched->workload.threads; i++)
    page->failed_operations += completed_by(&page->threads[i], page->failed_ns);
  __atomic_store_n(&page->death, death, __ATOMIC_RELEASE);
  alarm(LOOK_MAX_S);
  nanosleep(&settle, NULL);
#ifdef HEDDLE_FLAVOUR_TSAN
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__); /* to look is to race, and a second report would end it here */
#endif
  if (page->stage == TRIAL_RUNNING)
    trial_look(watched);
}

/* The first one only; who comes second waits for the end. */
static bool is_first(void) {
  uint64_t none = 0, own = (uint64_t)gettid();
  if (__atomic_compare_exchange_n(&watched->page->failed_tid, &none, own, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    __atomic_store_n(&death_stopping, true, __ATOMIC_RELAXED);
    return true;
  }
  while (none != own)
    pause();
  return false;
}

static void on_signal(int number) {
  uint64_t now_ns = trial_now_ns();
#ifdef HEDDLE_FLAVOUR_TSAN
  /* The guard may have met a thread that stands in the middle of its operation because TSan is reporting it, and which
   * was first. */
  struct timespec report = {.tv_nsec = REPORT_MS * 1000000};
  __atomic_store_n(&death_stopping, true, __ATOMIC_RELAXED);
  syscall(SYS_nanosleep, &report, NULL);
#endif
  if (is_first())
    note(TRIAL_SIGNAL, number, now_ns);
  signal(number, SIG_DFL);
  raise(number);
}

#ifndef HEDDLE_FLAVOUR_PLAIN
static void on_report(void) {
  if (is_first())
    note(TRIAL_SANITIZER, 0, operation_began(watched->page));
}
#endif

void death_watch(struct trial *trial) {
  /* A sanitizer reports the others by itself. */
#ifdef HEDDLE_FLAVOUR_PLAIN
  static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
#else
  static const int signals[] = {SIGABRT};
#endif
  struct sigaction action = {.sa_handler = on_signal};
  watched = trial;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction(signals[i], &action, NULL);
#ifndef HEDDLE_FLAVOUR_PLAIN
  __sanitizer_set_death_callback(on_report);
#endif
}
