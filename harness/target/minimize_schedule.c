/* minimize_schedule.c - see minimize_schedule.h. */
#include "target/minimize_schedule.h"

#include <string.h>

#include "sched/segments.h"
#include "target/minimize_trial.h"

#define SWITCHES_COST (UINT64_C(1) << 26) /* points that a search for so many switches, or for segments, may take */
#define THREAD_POINTS_MAX 12              /* that starting a thread takes */

void minimize_remove_thread(struct program *program, unsigned thread) {
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

static void remove_switches(struct program *program, uint16_t from, uint16_t count) {
  struct sched_plan *plan = &program->plan;
  uint16_t end = (uint16_t)(from + count);
  memmove(plan->constraints + from, plan->constraints + end,
          (size_t)(plan->constraint_count - end) * sizeof plan->constraints[0]);
  plan->constraint_count = (uint16_t)(plan->constraint_count - count);
}

static bool fewer_switches(void) {
  bool changed = false;
  for (uint16_t chunk = trial.best.plan.constraint_count; chunk > 0; chunk /= 2)
    for (uint16_t from = 0; from < trial.best.plan.constraint_count;) {
      uint16_t left = (uint16_t)(trial.best.plan.constraint_count - from), count = chunk < left ? chunk : left;
      trial.candidate = trial.best;
      remove_switches(&trial.candidate, from, count);
      if (trial_shows(&trial.candidate)) {
        trial.best = trial.candidate;
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
  if (step->first) {
    taken.count = 0;
    taken.begins = 0;
    taken.too_many = false;
    memset(taken.begun, 0, sizeof taken.begun);
  }
  if (step->task > 0 && step->label < trial.best.op_count && taken.begun[step->label] == 0)
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
  sched_set_trace(note_segment, NULL);
  bool shown = trial_shows(&trial.best);
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
  trial.candidate = trial.best;
  segments_to_plan(gathered, count, &trial.candidate.plan);
  if (count >= taken.count || !trial_shows_explicitly(&trial.candidate) ||
      trial.candidate.plan.constraint_count >= trial.best.plan.constraint_count)
    return false;
  trial.best = trial.candidate;
  return true;
}

/* Windows of falling size, the last segment apart: it has no length. */
static bool fewer_segments(void) {
  bool changed = false;
  if (trial.best.plan.policy != SCHED_POLICY_BYTES || !take_segments())
    return false;
  uint64_t points = trial.result.points, spent = 0;
  for (size_t window = taken.count; window > 2; window -= (window + 3) / 4)
    for (size_t from = 0; from + window < taken.count; from++)
      for (size_t first = from; first < from + window && first < from + trial.best.threads; first++) {
        if (spent > SWITCHES_COST || trial.stopped)
          return changed;
        spent += points + TRIAL_RUN_COST;
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
    trial.candidate = trial.best;
    order_operations(&trial.candidate);
    for (uint16_t i = 0; i < trial.candidate.op_count; i++)
      if (trial.candidate.ops[i].thread == gone)
        trial.candidate.ops[i].thread = (uint8_t)heir;
    minimize_remove_thread(&trial.candidate, gone);
    segments_to_plan(inherited, inherited_segments(gone, heir, earlier, inherited), &trial.candidate.plan);
    if (!program_valid(&trial.candidate) || !trial_shows_explicitly(&trial.candidate))
      continue;
    trial.best = trial.candidate;
    return true;
  }
  return false;
}

/* Operations are hardly ever found anew in fewer threads where the schedule is a long one: it goes with them. */
static bool inherited_threads(void) {
  bool changed = false;
  for (unsigned gone = trial.best.threads; gone-- > 0;)
    for (unsigned heir = 0;
         heir < trial.best.threads && gone < trial.best.threads && trial.best.threads > PROGRAM_THREADS_MIN; heir++) {
      if (heir == gone || trial.best.plan.policy != SCHED_POLICY_BYTES || !take_segments())
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
  uint64_t points = trial.result.points < 4096 ? trial.result.points : 4096, spent = 0;
  for (uint64_t nth = 0; spent < SWITCHES_COST && !trial.stopped; nth++) {
    trial.candidate = trial.best;
    trial.candidate.plan.seed = 0;
    if (switches > 1)
      trial_scatter(&trial.candidate, switches, points);
    else if (!place_switches(&trial.candidate, switches, nth, points))
      return false;
    if (trial_shows(&trial.candidate)) {
      trial.best = trial.candidate;
      return true;
    }
    spent += trial.result.points + TRIAL_RUN_COST;
  }
  return false;
}

/* Another schedule may need fewer switches than what is left of this one. */
static bool other_switches(void) {
  for (uint32_t switches = 0; switches < trial.best.plan.constraint_count && switches <= 3; switches++) {
    if (!trial_shows(&trial.best))
      return false; /* for the length of the run */
    if (find_switches(switches))
      return true;
  }
  return false;
}

bool minimize_schedule(void) {
  bool changed = inherited_threads();
  changed |= fewer_switches();
  changed |= fewer_segments();
  changed |= other_switches();
  return changed;
}
