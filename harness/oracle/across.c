/* across.c - see across.h. */
#include "oracle/across.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "oracle/evidence.h"

#define TIMES_MAX (2 * HISTORY_EVENTS_MAX)
#define INSTANTS_MAX (HISTORY_TASKS_MAX * TIMES_MAX) /* of all joint operations: a task is in one at a time */
#define STEPS_MAX 100000 /* configurations that one history may cost, each a few times over */
#define EVIDENCE_STEPS_MAX 2000000
#define EVIDENCE_KEYS_MAX 1024
#define COVER_MAX 8 /* keys that together rule out all instants of one call */
#define EVIDENCE_OPS_MAX 4096
#define EVENTS_LISTED 64

static struct {
  struct joint *joints;
  uint32_t *allowed;
  int32_t *certain, *possible, *certain_trial, *possible_trial;
  uint8_t *legal, *left;
  bool *excused; /* by event: a swap that found one of two keys absent, which may have been so */
} work;

static void reserve(void) {
  if (work.joints)
    return;
  work.joints = keys_reserve(HISTORY_EVENTS_MAX * sizeof *work.joints);
  work.allowed = keys_reserve(INSTANTS_MAX * sizeof *work.allowed);
  work.certain = keys_reserve((TIMES_MAX + 1) * sizeof *work.certain);
  work.possible = keys_reserve((TIMES_MAX + 1) * sizeof *work.possible);
  work.certain_trial = keys_reserve((TIMES_MAX + 1) * sizeof *work.certain);
  work.possible_trial = keys_reserve((TIMES_MAX + 1) * sizeof *work.possible);
  work.excused = keys_reserve(HISTORY_EVENTS_MAX);
  work.left = keys_reserve(TIMES_MAX);
  work.legal = keys_reserve(2 * HISTORY_EVENTS_MAX);
}

static bool is_len(const struct history_event *event) {
  return event->kind == HISTORY_LEN && event->ret != HISTORY_PENDING;
}

/* A swap of two keys that found one of them absent. */
static bool is_miss(const struct history_event *event) {
  return event->kind == HISTORY_SWAP && event->ret != HISTORY_PENDING && event->status == MAP_ABSENT &&
         event->key != event->other;
}

static void forget(struct joint *joint) {
  joint->asked = 0;
  memset(joint->allowed, 0, (joint->ret - joint->call) * sizeof *joint->allowed);
}

void across_begin(struct across *across, const struct keys *keys, unsigned guarantees, struct teller *teller) {
  const struct history *history = keys->history;
  assert(history->end <= TIMES_MAX);
  reserve();
  *across = (struct across){.keys = keys, .teller = teller, .legal = work.legal, .steps = STEPS_MAX};
  across->pairs = guarantees & MAP_PAIRS_ATOMIC;
  across->instants.joints = work.joints;
  uint32_t used = 0;
  for (uint32_t i = 0; i < keys->joint_count; i++) {
    const struct history_event *event = &history->events[keys->joints[i]];
    assert(event->ret - event->call <= INSTANTS_MAX - used);
    work.joints[i] = (struct joint){keys->joints[i], event->call, event->ret, 0, work.allowed + used};
    used += event->ret - event->call;
    forget(&work.joints[i]);
  }
  for (uint32_t i = 0; across->pairs && i < history->count; i++)
    work.excused[i] = false;
  for (uint32_t i = 0; (guarantees & MAP_LEN_EXACT) && !across->lens && i < history->count; i++)
    across->lens = is_len(&history->events[i]);
  if (!across->lens)
    return;
  across->instants.certain = work.certain;
  across->instants.possible = work.possible;
  memset(work.certain, 0, (history->end + 1) * sizeof *work.certain);
  memset(work.possible, 0, (history->end + 1) * sizeof *work.possible);
}

/* Excuses those swaps that may have found this key absent. */
static void excuse(struct across *across, const struct key_ops *key, bool legal) {
  struct instants instants = {.joints = work.joints,
                              .only = UINT32_MAX, /* none */
                              .certain = work.certain_trial,
                              .possible = work.possible_trial};
  bool known = legal;
  if (legal) {
    uint32_t end = across->keys->history->end;
    memset(work.certain_trial, 0, (end + 1) * sizeof *work.certain_trial);
    known = instants_add(&key->history, &instants, &across->steps) == ORACLE_OK;
    across->unknown |= !known;
    for (uint32_t i = 0; i < end; i++)
      work.certain_trial[i + 1] += work.certain_trial[i];
  }
  for (uint32_t i = 0; i < key->miss_count; i++) {
    const struct history_event *swap = &across->keys->history->events[key->misses[i]];
    bool certain = known;
    for (uint32_t instant = swap->call; certain && instant < swap->ret; instant++)
      certain = work.certain_trial[instant];
    work.excused[key->misses[i]] |= !certain;
  }
}

void across_add(struct across *across, uint32_t index, const struct key_ops *key, bool legal) {
  across->legal[index] = legal;
  across->unsure += !legal;
  if (across->pairs && key->miss_count > 0)
    excuse(across, key, legal);
  if (!across->lens && !key->joint)
    return;
  if (legal)
    across->unknown |= instants_add(&key->history, &across->instants, &across->steps) == ORACLE_UNKNOWN;
  else if (across->lens)
    across->instants.possible[0]++;
}

/* ---- the evidence ---- */

/* What is tried: some keys' operations, and the one thing that is wrong about them all. */
struct trial {
  struct across *across;
  uint32_t starts[EVIDENCE_KEYS_MAX + 1]; /* where each key's operations begin in the evidence, and the last ones end */
  uint32_t key_count;
  uint32_t joint;                  /* its number, or 0: */
  const struct history_event *len; /* this one */
  int64_t steps;
};

static bool has_instant(const struct joint *joint) {
  for (uint32_t i = 0; i < joint->ret - joint->call; i++)
    if (joint->allowed[i] == joint->asked)
      return true;
  return false;
}

/* Adds up the changes; the fewest keys that were there at an instant of the call and the most, and whether the answer
 * suits any. */
static bool len_suits(const struct history_event *len, const int32_t *certain, const int32_t *possible, int64_t *least,
                      int64_t *most) {
  int64_t low = 0, high = 0;
  bool suits = false;
  *least = INT64_MAX;
  *most = 0;
  for (uint32_t instant = 0; instant < len->ret; instant++) {
    low += certain[instant];
    high += possible[instant];
    if (instant < len->call)
      continue;
    *least = low < *least ? low : *least;
    *most = high > *most ? high : *most;
    suits |= len->result >= (uint64_t)low && len->result <= (uint64_t)high;
  }
  return suits;
}

static bool trial_illegal(void *context, const struct evidence *evidence) {
  (void)evidence;
  struct trial *trial = context;
  struct instants instants = trial->across->instants;
  int64_t least, most;
  instants.only = trial->joint;
  if (trial->len) {
    instants.certain = work.certain_trial;
    instants.possible = work.possible_trial;
    memset(work.certain_trial, 0, (trial->len->ret + 1) * sizeof *work.certain_trial);
    memset(work.possible_trial, 0, (trial->len->ret + 1) * sizeof *work.possible_trial);
    work.possible_trial[0] = (int32_t)trial->across->unsure;
    trial->steps -= trial->len->ret / 4;
  } else {
    instants.certain = NULL;
    forget(&work.joints[trial->joint - 1]);
  }
  for (uint32_t i = 0; i < trial->key_count; i++) {
    struct register_history history;
    evidence_history(trial->starts[i], trial->starts[i + 1] - trial->starts[i], false, &history);
    trial->steps -= history.count + (trial->starts[i + 1] - trial->starts[i]) / 4;
    if (trial->steps < 0 || instants_add(&history, &instants, &trial->steps) == ORACLE_UNKNOWN)
      return false;
  }
  return trial->len ? !len_suits(trial->len, work.certain_trial, work.possible_trial, &least, &most)
                    : !has_instant(&work.joints[trial->joint - 1]);
}

/* The one trial at a time: it is large. */
static struct trial trial;

static void begin_trial(struct across *across, uint32_t joint, const struct history_event *len) {
  trial = (struct trial){.across = across, .joint = joint, .len = len, .steps = EVIDENCE_STEPS_MAX};
}

/* Takes in some keys' operations; false where they are too many to try. */
static bool fill_trial(const uint32_t *keys, uint32_t count, struct evidence *evidence) {
  const struct across *across = trial.across;
  evidence_begin(evidence, EVIDENCE_OPS_MAX);
  for (uint32_t i = 0; i < count; i++) {
    struct key_ops key;
    if (!across->legal[keys[i]])
      continue;
    keys_operations(across->keys, keys[i], false, &key);
    if (key.too_many || trial.key_count == EVIDENCE_KEYS_MAX || key.history.count > EVIDENCE_OPS_MAX - evidence->count)
      return false;
    evidence_add(evidence, key.history.ops, key.history.count);
    trial.starts[++trial.key_count] = evidence->count;
  }
  for (uint32_t i = 0; i < evidence->count; i++)
    evidence->fixed[i] = trial.joint && evidence->ops[i].joint == trial.joint;
  return true;
}

static uint32_t list_events(const struct evidence *evidence, uint32_t *events, uint32_t count) {
  for (uint32_t i = evidence->count; i-- > 0 && count < EVENTS_LISTED;)
    if (evidence->believed[i])
      events[count++] = evidence->ops[i].event;
  return count;
}

/* The few of some keys' operations that rule out what is tried; none where that is too much work. */
static uint32_t find_evidence(const uint32_t *keys, uint32_t key_count, uint32_t *events) {
  struct evidence evidence;
  if (!fill_trial(keys, key_count, &evidence) || !trial_illegal(&trial, &evidence))
    return 0;
  evidence_shrink(&evidence, trial_illegal, &trial);
  return list_events(&evidence, events, 0);
}

/* How many of the instants that are left the key rules out. */
static uint32_t rules_out(struct across *across, uint32_t key, uint32_t number) {
  struct joint *joint = &work.joints[number - 1];
  struct instants instants = {.joints = work.joints, .only = number};
  struct key_ops ops;
  uint32_t count = 0;
  keys_operations(across->keys, key, false, &ops);
  forget(joint);
  if (!across->legal[key] || !ops.joint || instants_add(&ops.history, &instants, &trial.steps) == ORACLE_UNKNOWN)
    return 0;
  for (uint32_t i = 0; joint->asked > 0 && i < joint->ret - joint->call; i++)
    count += work.left[i] && !joint->allowed[i];
  return count;
}

/* Few keys that together rule out every instant of the joint operation: always the one that rules out most of what is
 * left.  0: too many. */
static uint32_t cover(struct across *across, uint32_t number, uint32_t keys[COVER_MAX]) {
  const struct joint *joint = &work.joints[number - 1];
  uint32_t left = joint->ret - joint->call, count = 0;
  memset(work.left, 1, left);
  while (left > 0 && count < COVER_MAX) {
    uint32_t best = 0, most = 0;
    for (uint32_t key = 0; key < across->keys->count; key++) {
      uint32_t many = rules_out(across, key, number);
      best = many > most ? key : best;
      most = many > most ? many : most;
    }
    if (most == 0)
      return 0;
    rules_out(across, best, number);
    for (uint32_t i = 0; i < joint->ret - joint->call; i++)
      work.left[i] &= joint->allowed[i] > 0;
    left -= most;
    keys[count++] = best;
  }
  return left > 0 ? 0 : count;
}

/* ---- what is wrong ---- */

static void judge_joint(struct across *across, uint32_t number) {
  const struct joint *joint = &work.joints[number - 1];
  uint32_t keys[COVER_MAX], events[EVENTS_LISTED];
  if (has_instant(joint))
    return;
  uint8_t kind = across->keys->history->events[joint->event].kind;
  bool clear = kind == HISTORY_CLEAR;
  struct breach breach = {.kind = clear                  ? "clear-not-atomic"
                                  : kind == HISTORY_MOVE ? "move-not-atomic"
                                                         : "swap-not-atomic",
                          .oracle = clear ? "clear" : "pairs",
                          .letter = clear ? 'E' : 'H',
                          .where = "",
                          .claim = "was not at one instant",
                          .subject = joint->event};
  begin_trial(across, number, NULL);
  uint32_t count = find_evidence(keys, cover(across, number, keys), events);
  tell_breach(across->teller, &breach, events, count);
}

static void judge_len(struct across *across, uint32_t index) {
  const struct history_event *len = &across->keys->history->events[index];
  uint32_t keys[EVIDENCE_KEYS_MAX], events[EVENTS_LISTED], count = 0;
  int64_t least, most;
  char claim[96];
  if (len_suits(len, work.certain, work.possible, &least, &most))
    return;
  snprintf(claim, sizeof claim, "cannot be right: %s%lld to %lld keys were there", least < most ? "" : "always ",
           (long long)least, (long long)most);
  if (least == most)
    snprintf(claim, sizeof claim, "cannot be right: %lld keys were there", (long long)least);
  struct breach breach = {
      .kind = "len-wrong", .oracle = "len", .letter = 'D', .where = "", .claim = claim, .subject = index};
  begin_trial(across, 0, len);
  if (across->keys->count <= EVIDENCE_KEYS_MAX) {
    for (uint32_t i = 0; i < across->keys->count; i++)
      keys[i] = i;
    count = find_evidence(keys, across->keys->count, events);
  }
  tell_breach(across->teller, &breach, events, count);
}

/* Why a swap cannot have found the key absent; returns the count with the events added. */
static uint32_t find_presence(struct across *across, uint64_t key, uint32_t index, uint32_t *events, uint32_t count) {
  const struct history_event *swap = &across->keys->history->events[index];
  uint32_t failed;
  struct key_ops ops;
  struct evidence evidence;
  int64_t steps = EVIDENCE_STEPS_MAX;
  keys_operations(across->keys, keys_find(key), false, &ops);
  keys_insert(&ops,
              (struct register_op){.call = swap->call, .ret = swap->ret, .event = index, .kind = REGISTER_ABSENT});
  if (register_judge(&ops.history, &steps, &failed) != ORACLE_ILLEGAL)
    return count;
  evidence_register(&ops.history, failed, &evidence);
  return list_events(&evidence, events, count);
}

/* A swap that found one of two keys absent: neither was, at any instant. */
static void tell_swap(struct across *across, uint32_t index) {
  const struct history_event *swap = &across->keys->history->events[index];
  uint32_t events[EVENTS_LISTED];
  uint32_t count = find_presence(across, swap->key, index, events, 0);
  count = find_presence(across, swap->other, index, events, count);
  struct breach breach = {.kind = "swap-not-atomic",
                          .oracle = "pairs",
                          .letter = 'H',
                          .where = "",
                          .claim = "cannot be right: both were there",
                          .subject = index};
  tell_breach(across->teller, &breach, events, count);
}

void across_end(struct across *across) {
  const struct history *history = across->keys->history;
  for (uint32_t i = 0; i < across->keys->joint_count; i++)
    judge_joint(across, i + 1);
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    if (across->lens && is_len(event))
      judge_len(across, i);
    else if (across->pairs && is_miss(event) && !work.excused[i])
      tell_swap(across, i);
  }
}
