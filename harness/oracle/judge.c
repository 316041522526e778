/* judge.c - see oracle.h.
 *
 * Each key is judged alone (register.h), together with what iterations saw of it; then what concerns several keys
 * (across.h). */
#include <inttypes.h>
#include <stdio.h>

#include "oracle/across.h"
#include "oracle/evidence.h"
#include "oracle/keys.h"
#include "oracle/oracle.h"
#include "oracle/register.h"
#include "oracle/tell.h"

#define STEPS_MAX 8000000 /* configurations and operations that one history may cost */
#define EVENTS_LISTED 64  /* of one piece of evidence, the latest */

struct judge {
  const struct history *history;
  unsigned guarantees;
  struct teller teller;
  struct keys keys;
  struct across across;
  int64_t steps;
  bool unknown;
};

/* ---- one key ---- */

static enum oracle_answer judge_operations(struct judge *judge, const struct key_ops *key, uint32_t *failed) {
  return key->too_many ? ORACLE_UNKNOWN : register_judge(&key->history, &judge->steps, failed);
}

/* Tells what the evidence says; of the iteration's own, where there is one, the latest is what is wrong. */
static void tell_register(struct judge *judge, uint64_t key, const struct key_ops *ops, uint32_t failed) {
  uint32_t events[EVENTS_LISTED];
  struct evidence evidence;
  char where[32];
  bool starved = judge->history->starved && (judge->guarantees & MAP_NO_MEMORY_SAFE);
  evidence_register(&ops->history, failed, &evidence);
  const struct register_op *subject = &evidence.ops[failed];
  uint32_t count = 0;
  for (uint32_t i = evidence.count; i-- > 0 && count < EVENTS_LISTED;) {
    if (!evidence.believed[i])
      continue;
    events[count++] = evidence.ops[i].event;
    if (evidence.ops[i].iteration && !subject->iteration)
      subject = &evidence.ops[i];
  }
  snprintf(where, sizeof where, "key %" PRIu64 ": ", key);
  struct breach breach = {.kind = "not-linearizable",
                          .oracle = "linearizability",
                          .letter = starved ? 'G' : 'B',
                          .where = where,
                          .claim = "cannot be right",
                          .subject = subject->event};
  if (subject->iteration) {
    bool shown = judge->history->events[subject->event].kind == HISTORY_SHOWN;
    breach.kind = shown ? "iteration-phantom" : "iteration-missed";
    breach.oracle = "iteration";
    breach.letter = 'C';
    breach.claim = shown ? "what was not there" : "did not show it";
  }
  tell_breach(&judge->teller, &breach, events, count);
}

static void tell_twice(struct judge *judge, uint64_t key, const struct key_ops *ops) {
  char where[32];
  snprintf(where, sizeof where, "key %" PRIu64 ": ", key);
  struct breach breach = {.kind = "iteration-twice",
                          .oracle = "iteration",
                          .letter = 'C',
                          .where = where,
                          .claim = "a second time",
                          .subject = ops->again};
  uint32_t evidence[] = {ops->before};
  tell_breach(&judge->teller, &breach, evidence, 1);
}

/* A key of which iterations saw what cannot be, or twice; without what they saw it is legal. */
static void tell_iteration(struct judge *judge, uint32_t index, uint64_t name) {
  struct key_ops key;
  uint32_t failed;
  keys_operations(&judge->keys, index, true, &key);
  if (key.again != KEYS_NONE)
    tell_twice(judge, name, &key);
  else if (judge_operations(judge, &key, &failed) == ORACLE_ILLEGAL)
    tell_register(judge, name, &key, failed);
}

/* Iterations that went on when they were told to stop. */
static void judge_stops(struct judge *judge) {
  for (uint32_t i = 0; i < judge->keys.broadcast_count; i++) {
    uint32_t index = judge->keys.broadcasts[i];
    const struct history_event *event = &judge->history->events[index];
    bool stopped = event->kind == HISTORY_ITERATE && event->ret != HISTORY_PENDING && event->value > 0;
    if (!stopped || event->result <= event->value)
      continue;
    char claim[64];
    snprintf(claim, sizeof claim, "went on: it was stopped at entry %" PRIu64, event->value);
    struct breach breach = {.kind = "iteration-goes-on",
                            .oracle = "iteration",
                            .letter = 'C',
                            .where = "",
                            .claim = claim,
                            .subject = index};
    tell_breach(&judge->teller, &breach, NULL, 0);
  }
}

static void judge_key(struct judge *judge, uint32_t index) {
  struct key_ops key;
  uint32_t failed = 0;
  uint64_t name = judge->keys.keys[index].key;
  keys_operations(&judge->keys, index, true, &key);
  judge->steps -= judge->keys.broadcast_count / 4;
  enum oracle_answer answer = judge_operations(judge, &key, &failed);
  bool observed = key.observed, seen_wrong = answer == ORACLE_ILLEGAL && observed;
  bool twice = key.again != KEYS_NONE;
  judge->unknown |= answer == ORACLE_UNKNOWN;
  if (observed && (seen_wrong || judge->across.lens || key.joint || key.miss_count > 0)) {
    keys_operations(&judge->keys, index, false, &key);
    if (seen_wrong)
      answer = judge_operations(judge, &key, &failed);
  }
  across_add(&judge->across, index, &key, answer == ORACLE_OK);
  if (answer == ORACLE_ILLEGAL)
    tell_register(judge, name, &key, failed);
  else if (answer == ORACLE_OK && (seen_wrong || twice))
    tell_iteration(judge, index, name);
}

enum oracle_answer oracle_judge(const struct history *history, unsigned guarantees, oracle_tell_fn tell,
                                void *context) {
  if (!history->complete)
    return ORACLE_UNKNOWN;
  if (!(guarantees & MAP_LINEARIZABLE))
    return ORACLE_OK;
  struct judge judge = {.history = history, .guarantees = guarantees, .steps = STEPS_MAX};
  judge.teller = (struct teller){history, tell, context, 0};
  keys_gather(history, guarantees, &judge.keys);
  across_begin(&judge.across, &judge.keys, guarantees, &judge.teller);
  judge_stops(&judge);
  uint32_t judged = 0;
  while (judged < judge.keys.count && judge.steps >= 0)
    judge_key(&judge, judged++);
  if (judged == judge.keys.count)
    across_end(&judge.across);
  else
    judge.unknown = true;
  if (judge.teller.told > 0)
    return ORACLE_ILLEGAL;
  return judge.unknown || judge.across.unknown ? ORACLE_UNKNOWN : ORACLE_OK;
}
