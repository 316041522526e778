/* minimize.c - fewer threads, then fewer operations, then fewer switches, with the same key at every step.
 *
 * Without an operation the points of a run are others, so that its schedule's switches fall elsewhere: a smaller
 * program is only given up when a search over schedules does not find the failure in it either.  What is found is
 * written down as a list of switches (sched_record), which is then thinned out.  Removal in chunks of falling size is
 * Zeller and Hildebrandt's ddmin ("Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002), without
 * its complement step.  Everything follows from the input: no clock, no random state but a counter's. */
#define _GNU_SOURCE
#include "target/minimize.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure/failure.h"
#include "hooks/hooks.h"
#include "sched/segments.h"
#include "target/describe.h"
#include "target/input.h"
#include "target/run.h"
#include "target/symbols.h"

#define EXPLICIT_MAX SCHED_PLAN_CONSTRAINTS_MAX /* switches that are worth writing down */
#define SEARCH_RUNS 400                         /* schedules tried for a smaller program, when it is small already */
#define SEARCH_RUNS_LARGE 24                    /* ... and before */
#define LARGE 24                                /* operations */
#define SEARCH_COST (UINT64_C(1) << 23)         /* points in all of them; a run counts RUN_COST more */
#define RUN_COST 1000
#define SWITCHES_COST (UINT64_C(1) << 26) /* likewise, for one number of switches */
#define THREAD_POINTS_MAX 12              /* that starting a thread takes */
#define ROUNDS_MAX 4
#define RAWS_MAX 512

static const struct subject *subject;
static char wanted[KEY_TEXT_SIZE];
static struct program best, candidate, attempt;
static struct execution execution;
static struct run_result result;
static struct sched_constraint recorded[EXPLICIT_MAX];
static struct sched_record record = {.constraints = recorded, .capacity = EXPLICIT_MAX};
static uint64_t runs;

/* The keys of raw failures met so far: names are looked up once each. */
static struct {
  uint64_t raw;
  bool wanted;
} known[RAWS_MAX];
static size_t known_count;

static bool is_wanted(const struct failure *failure) {
  for (size_t i = 0; i < known_count; i++)
    if (known[i].raw == failure->raw)
      return known[i].wanted;
  char key[KEY_TEXT_SIZE];
  describe_key(failure, key);
  bool is = strcmp(key, wanted) == 0;
  if (known_count < RAWS_MAX) {
    known[known_count].raw = failure->raw;
    known[known_count++].wanted = is;
  }
  return is;
}

static void tell_progress(void) {
  if (runs % 512 || !isatty(STDERR_FILENO))
    return;
  fprintf(stderr, "\rminimizing: %u operations, %u threads, %u switches; %" PRIu64 " runs \033[K", best.op_count,
          best.threads, best.plan.constraint_count, runs);
}

/* On Ctrl-C nothing smaller is tried, and what there is gets written. */
static volatile sig_atomic_t stopped;

static void stop(int number) {
  (void)number;
  stopped = 1;
}

static bool shows(const struct program *program) {
  if (stopped)
    return false;
  runs++;
  tell_progress();
  run_program(program, subject, &execution, NULL, &result);
  for (size_t i = 0; i < failure_count(); i++)
    if (is_wanted(failure_at(i)))
      return true;
  return false;
}

/* True where `program` shows it; its schedule is then a list of switches, if one that short does as well. */
static bool shows_explicitly(struct program *program) {
  sched_set_record(&record);
  bool shown = shows(program);
  sched_set_record(NULL);
  if (!shown || record.overflow)
    return shown;
  attempt = *program;
  attempt.plan.policy = SCHED_POLICY_BYTES;
  attempt.plan.depth = attempt.plan.log2_horizon = 0;
  attempt.plan.constraint_count = (uint16_t)record.count;
  memcpy(attempt.plan.constraints, recorded, record.count * sizeof recorded[0]);
  if (shows(&attempt))
    *program = attempt;
  return true;
}

static uint32_t random_below(uint32_t n) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX generator */
  return (uint32_t)(((state >> 32) * n) >> 32);
}

static int by_point(const void *a, const void *b) {
  uint32_t x = ((const struct sched_constraint *)a)->at, y = ((const struct sched_constraint *)b)->at;
  return (x > y) - (x < y);
}

/* A schedule of `switches` switches, at random among the first `points` points. */
static void scatter_switches(struct program *program, uint32_t switches, uint64_t points) {
  struct sched_plan *plan = &program->plan;
  uint32_t range = points > 65536 ? 65536 : (uint32_t)points + 1;
  plan->policy = SCHED_POLICY_BYTES;
  plan->constraint_count = (uint16_t)switches;
  for (uint32_t i = 0; i < switches; i++)
    plan->constraints[i] = (struct sched_constraint){
        .kind = SCHED_SWITCH, .task = (uint8_t)(1 + random_below(program->threads)), .at = random_below(range)};
  qsort(plan->constraints, switches, sizeof plan->constraints[0], by_point);
}

static void vary_schedule(struct program *program, uint32_t round, uint64_t points) {
  struct sched_plan *plan = &program->plan;
  plan->seed = round;
  if (round % 8 < 6) {
    scatter_switches(program, round % 4, points);
    return;
  }
  plan->constraint_count = 0;
  plan->policy = round % 8 == 6 ? SCHED_POLICY_PCT : SCHED_POLICY_RANDOM;
  plan->depth = (uint8_t)(2 + round % 3);
  plan->log2_horizon = 4;
  while (plan->log2_horizon < 19 && (UINT64_C(1) << plan->log2_horizon) < points)
    plan->log2_horizon++;
}

/* True where some schedule shows it in `program`, which then has that schedule. */
static bool search(struct program *program) {
  if (shows_explicitly(program))
    return true;
  uint64_t points = result.points, spent = 0;
  uint32_t rounds = program->op_count > LARGE ? SEARCH_RUNS_LARGE : SEARCH_RUNS;
  for (uint32_t round = 0; round < rounds && spent < SEARCH_COST && !stopped; round++) {
    vary_schedule(program, round, points);
    if (shows(program))
      return shows_explicitly(program);
    spent += result.points + RUN_COST;
  }
  return false;
}

/* Takes `candidate` for the best so far if it shows the failure. */
static bool accept(void) {
  if (!program_valid(&candidate) || !search(&candidate))
    return false;
  best = candidate;
  return true;
}

static void remove_thread(struct program *program, unsigned thread) {
  uint16_t kept = 0;
  for (uint16_t i = 0; i < program->op_count; i++) {
    struct program_op op = program->ops[i];
    if (op.thread == thread)
      continue;
    if (op.thread > thread)
      op.thread--;
    program->ops[kept++] = op;
  }
  program->op_count = kept;
  program->threads--;
}

static bool fewer_threads(void) {
  bool changed = false;
  for (unsigned thread = best.threads; thread-- > 0 && best.threads > PROGRAM_THREADS_MIN;) {
    candidate = best;
    remove_thread(&candidate, thread);
    if (candidate.op_count > 0 && accept())
      changed = true;
  }
  return changed;
}

static void remove_operations(struct program *program, uint16_t from, uint16_t count) {
  uint16_t end = (uint16_t)(from + count);
  memmove(program->ops + from, program->ops + end, (size_t)(program->op_count - end) * sizeof program->ops[0]);
  program->op_count = (uint16_t)(program->op_count - count);
}

static bool fewer_operations(void) {
  bool changed = false;
  for (uint16_t chunk = best.op_count / 2 ? best.op_count / 2 : 1; chunk > 0; chunk /= 2)
    for (uint16_t from = 0; from < best.op_count && best.op_count > 1;) {
      uint16_t count = from + chunk > best.op_count ? (uint16_t)(best.op_count - from) : chunk;
      if (count == best.op_count)
        break;
      candidate = best;
      remove_operations(&candidate, from, count);
      if (accept())
        changed = true;
      else
        from = (uint16_t)(from + count);
    }
  return changed;
}

/* Fewer repetitions of bulk operations. */
static bool shorter_operations(void) {
  bool changed = false;
  for (uint16_t i = 0; i < best.op_count; i++)
    for (uint32_t code = 0; program_op_repeat(&best.ops[i]) > 1 && code < best.ops[i].arg; code++) {
      candidate = best;
      candidate.ops[i].arg = (uint8_t)code;
      if (!accept())
        continue;
      changed = true;
      break;
    }
  return changed;
}

/* Sets one field of the header to its simplest value. */
#define SIMPLER(field, simplest)                                                                                       \
  if (best.field != (simplest)) {                                                                                      \
    candidate = best;                                                                                                  \
    candidate.field = (simplest);                                                                                      \
    if (accept())                                                                                                      \
      changed = true;                                                                                                  \
  }

/* The first allocation that will do, by halves and then one by one. */
static bool fewer_allocations(void) {
  bool changed = false;
  for (uint16_t step = best.starve_at / 2; step > 0; step /= 2) {
    candidate = best;
    candidate.starve_at = (uint16_t)(best.starve_at - step);
    if (candidate.starve_at > 0 && accept())
      changed = true;
  }
  return changed;
}

static bool simpler_header(void) {
  bool changed = fewer_allocations();
  if (best.starving != PROGRAM_STARVE_NEVER) {
    candidate = best;
    candidate.starving = PROGRAM_STARVE_NEVER;
    candidate.starve_at = 0;
    if (accept())
      changed = true;
  }
  SIMPLER(starving, best.starving == PROGRAM_STARVE_FROM ? PROGRAM_STARVE_ONCE : best.starving)
  SIMPLER(shrink, false)
  SIMPLER(plan.spurious, false)
  SIMPLER(plan.prefer_writers, false)
  SIMPLER(hash_seed, 0)
  SIMPLER(key_choice, PROGRAM_KEYS_UNIFORM)
  SIMPLER(capacity_code, 0)
  SIMPLER(prefill_code, 0)
  SIMPLER(log2_keys, 0)
  if (best.prefill_code > 1)
    SIMPLER(prefill_code, (uint8_t)(best.prefill_code / 2))
  return changed;
}

static void remove_switches(struct program *program, uint16_t from, uint16_t count) {
  struct sched_plan *plan = &program->plan;
  uint16_t end = (uint16_t)(from + count);
  memmove(plan->constraints + from, plan->constraints + end,
          (size_t)(plan->constraint_count - end) * sizeof plan->constraints[0]);
  plan->constraint_count = (uint16_t)(plan->constraint_count - count);
}

static bool fewer_switches(void) {
  bool changed = false;
  for (uint16_t chunk = best.plan.constraint_count; chunk > 0; chunk /= 2)
    for (uint16_t from = 0; from < best.plan.constraint_count;) {
      uint16_t left = (uint16_t)(best.plan.constraint_count - from), count = chunk < left ? chunk : left;
      candidate = best;
      remove_switches(&candidate, from, count);
      if (shows(&candidate)) {
        best = candidate;
        changed = true;
      } else {
        from = (uint16_t)(from + count);
      }
    }
  return changed;
}

/* ---- fewer segments ---- */

static struct {
  struct segment segments[SEGMENTS_MAX];
  size_t count;
  uint64_t begins; /* the last one */
  bool too_many;
  uint64_t begun[PROGRAM_OPS_MAX]; /* points before each operation's first; 0: it has none */
} taken;

static void note_segment(void *context, const struct sched_step *step) {
  (void)context;
  if (step->task > 0 && step->label < best.op_count && taken.begun[step->label] == 0)
    taken.begun[step->label] = step->point;
  if (step->next == step->task)
    return;
  taken.too_many |= taken.count + 1 >= SEGMENTS_MAX;
  if (taken.too_many)
    return;
  taken.segments[taken.count++] = (struct segment){(uint8_t)step->task, (uint32_t)(step->point + 1 - taken.begins)};
  taken.segments[taken.count] = (struct segment){(uint8_t)step->next, 0};
  taken.begins = step->point + 1;
}

/* The segments that the best program's run has: also those that nobody asked for, as where a task waits.  False: it
 * has too many. */
static bool take_segments(void) {
  taken.count = 0;
  taken.begins = 0;
  taken.too_many = false;
  memset(taken.begun, 0, sizeof taken.begun);
  sched_set_trace(note_segment, NULL);
  bool shown = shows(&best);
  sched_set_trace(NULL, NULL);
  taken.count++; /* the last one */
  return shown && !taken.too_many;
}

/* Where tasks take turns in a window of segments, each does all of its part at once; the best so far where that takes
 * fewer switches. */
static bool gather(size_t from, size_t window, uint8_t first) {
  static struct segment gathered[SEGMENTS_MAX];
  memcpy(gathered, taken.segments, taken.count * sizeof gathered[0]);
  size_t count = segments_gather(gathered, taken.count, from, from + window, first);
  candidate = best;
  segments_to_plan(gathered, count, &candidate.plan);
  if (count >= taken.count || !shows_explicitly(&candidate) ||
      candidate.plan.constraint_count >= best.plan.constraint_count)
    return false;
  best = candidate;
  return true;
}

/* Windows of falling size, the last segment apart: it has no length. */
static bool fewer_segments(void) {
  bool changed = false;
  if (best.plan.policy != SCHED_POLICY_BYTES || !take_segments())
    return false;
  uint64_t points = result.points, spent = 0;
  for (size_t window = taken.count; window > 2; window -= (window + 3) / 4)
    for (size_t from = 0; from + window < taken.count; from++)
      for (size_t first = from; first < from + window && first < from + best.threads; first++) {
        if (spent > SWITCHES_COST || stopped)
          return changed;
        spent += points + RUN_COST;
        if (!gather(from, window, taken.segments[first].task))
          continue;
        changed = true;
        if (!take_segments())
          return true;
        if (from + window >= taken.count)
          break;
      }
  return changed;
}

/* ---- threads that others can stand in for ---- */

/* The segments of the best program's run, those of thread `gone` as if they were `heir`'s, and with `earlier` points
 * less before the threads begin: the main task has one thread less to start. */
static size_t inherited_segments(unsigned gone, unsigned heir, uint32_t earlier, struct segment out[SEGMENTS_MAX]) {
  size_t count = 0;
  for (size_t i = 0; i < taken.count; i++) {
    struct segment segment = taken.segments[i];
    if (segment.task == gone + 1)
      segment.task = (uint8_t)(heir + 1);
    segment.task = (uint8_t)(segment.task - (segment.task > gone + 1));
    if (count > 0 && out[count - 1].task == segment.task)
      out[count - 1].length += segment.length;
    else
      out[count++] = segment;
  }
  out[0].length -= earlier < out[0].length ? earlier : out[0].length;
  return count;
}

/* Operations in the order in which they began, so that one thread can do what two did. */
static void order_operations(struct program *program) {
  uint64_t begun[PROGRAM_OPS_MAX];
  memcpy(begun, taken.begun, sizeof begun);
  for (uint16_t i = 1; i < program->op_count; i++)
    for (uint16_t at = i; at > 0 && begun[at - 1] > begun[at]; at--) {
      struct program_op op = program->ops[at];
      uint64_t begins = begun[at];
      program->ops[at] = program->ops[at - 1];
      begun[at] = begun[at - 1];
      program->ops[at - 1] = op;
      begun[at - 1] = begins;
    }
}

/* The best program with the operations of `gone` done by `heir`, in the same schedule as far as that goes. */
static bool inherit(unsigned gone, unsigned heir) {
  static struct segment inherited[SEGMENTS_MAX];
  for (uint32_t earlier = 0; earlier <= THREAD_POINTS_MAX; earlier++) {
    candidate = best;
    order_operations(&candidate);
    for (uint16_t i = 0; i < candidate.op_count; i++)
      if (candidate.ops[i].thread == gone)
        candidate.ops[i].thread = (uint8_t)heir;
    remove_thread(&candidate, gone);
    segments_to_plan(inherited, inherited_segments(gone, heir, earlier, inherited), &candidate.plan);
    if (!program_valid(&candidate) || !shows_explicitly(&candidate))
      continue;
    best = candidate;
    return true;
  }
  return false;
}

/* Operations are hardly ever found anew in fewer threads where the schedule is a long one: it goes with them. */
static bool inherited_threads(void) {
  bool changed = false;
  for (unsigned gone = best.threads; gone-- > 0;)
    for (unsigned heir = 0; heir < best.threads && gone < best.threads && best.threads > PROGRAM_THREADS_MIN; heir++) {
      if (heir == gone || best.plan.policy != SCHED_POLICY_BYTES || !take_segments())
        continue;
      changed |= inherit(gone, heir);
    }
  return changed;
}

/* ---- other schedules ---- */

/* Puts `switches` switches at the nth choice of places and threads; false where there are no more choices. */
static bool place_switches(struct program *program, uint32_t switches, uint64_t nth, uint64_t points) {
  uint64_t choices = (points + 1) * program->threads;
  struct sched_plan *plan = &program->plan;
  plan->policy = SCHED_POLICY_BYTES;
  plan->constraint_count = (uint16_t)switches;
  for (uint32_t i = 0; i < switches; i++, nth /= choices)
    plan->constraints[i] = (struct sched_constraint){.kind = SCHED_SWITCH,
                                                     .task = (uint8_t)(1 + nth % program->threads),
                                                     .at = (uint32_t)(nth % choices / program->threads)};
  return nth == 0;
}

/* Looks for a schedule of exactly so many switches: all of them in order for up to one, at random for more. */
static bool find_switches(uint32_t switches) {
  uint64_t points = result.points < 4096 ? result.points : 4096, spent = 0;
  for (uint64_t nth = 0; spent < SWITCHES_COST && !stopped; nth++) {
    candidate = best;
    candidate.plan.seed = 0;
    if (switches > 1)
      scatter_switches(&candidate, switches, points);
    else if (!place_switches(&candidate, switches, nth, points))
      return false;
    if (shows(&candidate)) {
      best = candidate;
      return true;
    }
    spent += result.points + RUN_COST;
  }
  return false;
}

/* Another schedule may need fewer switches than what is left of this one. */
static bool other_switches(void) {
  for (uint32_t switches = 0; switches < best.plan.constraint_count && switches <= 3; switches++) {
    if (!shows(&best))
      return false; /* for the length of the run */
    if (find_switches(switches))
      return true;
  }
  return false;
}

static void reduce(void) {
  for (int round = 0; round < ROUNDS_MAX; round++) {
    bool changed = fewer_threads();
    changed |= fewer_operations();
    changed |= shorter_operations();
    changed |= simpler_header();
    changed |= inherited_threads();
    changed |= fewer_switches();
    changed |= fewer_segments();
    changed |= other_switches();
    if (!changed)
      return;
  }
}

static bool write_best(const char *path) {
  static uint8_t bytes[PROGRAM_BYTES_MAX];
  size_t size = program_encode(&best, bytes, sizeof bytes);
  FILE *file = fopen(path, "wb");
  bool written = file && fwrite(bytes, 1, size, file) == size;
  if (file && fclose(file))
    written = false;
  if (!written)
    fprintf(stderr, "heddle: %s: %s; give a file that can be written\n", path, strerror(errno));
  return written;
}

static void print_size(const char *what, const struct program *program) {
  printf("%s %u threads, %u operations, %u switches%s\n", what, program->threads, program->op_count,
         program->plan.constraint_count,
         program->plan.policy == SCHED_POLICY_BYTES || program->plan.policy == SCHED_POLICY_REPLAY
             ? ""
             : " beside those of its policy");
}

/* The failure to keep: the one that was named, else the first. False where the input does not show it. */
static bool choose_key(const char *key) {
  run_program(&best, subject, &execution, NULL, &result);
  if (failure_count() == 0)
    return false;
  if (!key) {
    describe_key(failure_at(0), wanted);
    return true;
  }
  snprintf(wanted, sizeof wanted, "%s", key);
  return shows(&best);
}

int minimize(const struct options *options, const struct subject *under_test, const char *program_path) {
  struct input input;
  if (!input_read(options->input, &input))
    return EXIT_UNREADABLE;
  subject = under_test;
  subject_decode(subject, input.bytes, input.size, &best);
  input_free(&input);
  symbols_init(program_path);
  failure_init(symbols_build_id());
  run_init(options->carrier);
  hooks_keep_reports(false);
  if (!choose_key(options->key)) {
    fprintf(stderr, "heddle: %s: it does not show %s; replay it first\n", options->input,
            options->key ? options->key : "any failure");
    return EXIT_FOUND;
  }
  print_size("from:", &best);
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  candidate = best;
  if (accept())
    reduce();
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
  print_size("to:  ", &best);
  printf("key %s after %" PRIu64 " runs\n", wanted, runs);
  fflush(stdout);
  return write_best(options->output) ? EXIT_NOTHING : EXIT_UNREADABLE;
}
