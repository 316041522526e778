/* judge.c - see oracle.h.
 *
 * Each key is judged alone (register.h), together with what iterations saw of it. */
#include <inttypes.h>
#include <stdio.h>

#include "oracle/evidence.h"
#include "oracle/keys.h"
#include "oracle/oracle.h"
#include "oracle/register.h"
#include "oracle/tell.h"

#define STEPS_MAX 20000000 /* configurations and operations that one history may cost */
#define DOMAIN_MAX 256
#define EVENTS_LISTED 64 /* of one piece of evidence, the latest */

struct judge {
  const struct history *history;
  unsigned guarantees;
  struct teller teller;
  struct keys keys;
  int64_t steps;
  bool unknown;
};

static bool promised(const struct judge *judge, unsigned guarantee) { return (judge->guarantees & guarantee) != 0; }

/* ---- one key ---- */

/* The values that operations on the key expect, for those of which nothing is known.  False: too many. */
static bool fill_domain(const struct key_ops *key, uint64_t *values, struct register_history *out) {
  *out = (struct register_history){key->ops, key->count, values, 0};
  for (uint32_t i = 0; key->havoc && i < key->count; i++) {
    uint32_t at = 0;
    while (at < out->domain_count && values[at] != key->ops[i].expected)
      at++;
    if (at == DOMAIN_MAX)
      return false;
    if (at == out->domain_count)
      values[out->domain_count++] = key->ops[i].expected;
  }
  return true;
}

static enum oracle_answer judge_operations(struct judge *judge, const struct key_ops *key, uint32_t *failed) {
  static uint64_t values[DOMAIN_MAX];
  struct register_history history;
  if (!fill_domain(key, values, &history))
    return ORACLE_UNKNOWN;
  return register_judge(&history, &judge->steps, failed);
}

/* Tells what the evidence says; of the iteration's own, where there is one, the latest is what is wrong. */
static void tell_register(struct judge *judge, uint64_t key, const struct key_ops *ops, uint32_t failed) {
  uint32_t events[EVENTS_LISTED];
  struct evidence evidence;
  char where[32];
  struct register_history history = {ops->ops, ops->count, NULL, 0};
  evidence_register(&history, failed, &evidence);
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
                          .letter = judge->history->starved && promised(judge, MAP_NO_MEMORY_SAFE) ? 'G' : 'B',
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

/* Of the key as iterations saw it, and what is left without them: where that is legal, they are wrong. */
static void judge_observed(struct judge *judge, uint32_t index, uint64_t name) {
  struct key_ops key;
  uint32_t failed;
  keys_operations(&judge->keys, index, false, &key);
  enum oracle_answer answer = judge_operations(judge, &key, &failed);
  judge->unknown |= answer == ORACLE_UNKNOWN;
  if (answer == ORACLE_ILLEGAL && promised(judge, MAP_LINEARIZABLE))
    tell_register(judge, name, &key, failed);
  if (answer != ORACLE_OK)
    return;
  keys_operations(&judge->keys, index, true, &key);
  if (key.again != KEYS_NONE)
    tell_twice(judge, name, &key);
  else if (judge_operations(judge, &key, &failed) == ORACLE_ILLEGAL)
    tell_register(judge, name, &key, failed);
}

static void judge_key(struct judge *judge, uint32_t index) {
  struct key_ops key;
  uint32_t failed;
  uint64_t name = judge->keys.keys[index].key;
  keys_operations(&judge->keys, index, true, &key);
  enum oracle_answer answer = judge_operations(judge, &key, &failed);
  judge->unknown |= answer == ORACLE_UNKNOWN;
  if (answer == ORACLE_ILLEGAL && key.observed)
    judge_observed(judge, index, name);
  else if (answer == ORACLE_ILLEGAL && promised(judge, MAP_LINEARIZABLE))
    tell_register(judge, name, &key, failed);
  else if (answer == ORACLE_OK && key.again != KEYS_NONE)
    tell_twice(judge, name, &key);
}

enum oracle_answer oracle_judge(const struct history *history, unsigned guarantees, oracle_tell_fn tell,
                                void *context) {
  if (!history->complete)
    return ORACLE_UNKNOWN;
  struct judge judge = {.history = history, .guarantees = guarantees, .steps = STEPS_MAX};
  judge.teller = (struct teller){history, tell, context, 0};
  keys_gather(history, promised(&judge, MAP_ITERATION_EXACT), &judge.keys);
  for (uint32_t i = 0; i < judge.keys.count; i++)
    judge_key(&judge, i);
  return judge.teller.told > 0 ? ORACLE_ILLEGAL : judge.unknown ? ORACLE_UNKNOWN : ORACLE_OK;
}
