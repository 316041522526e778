/* evidence.c - see evidence.h. */
#include "oracle/evidence.h"

#include <assert.h>
#include <string.h>

#include "oracle/keys.h"

#define OPS_MAX (2 * HISTORY_EVENTS_MAX)
#define OPEN_MAX 64
#define SHRINK_STEPS 4000000 /* configurations that one piece of evidence may cost */
#define TRIPLES_MAX 48       /* operations from which every three are tried */
#define PAIRS_MAX 1024

#define NO_VALUE UINT32_MAX

static struct {
  struct register_op *ops, *trial;
  bool *believed, *fixed, *smaller;
  uint32_t *needs, *stores;          /* numbers of the values that an operation expects and leaves; NO_VALUE */
  uint32_t *call_rank, *return_rank; /* places in the order of time, within the key */
  uint32_t *believed_before;         /* by rank: calls and returns of what is believed */
  /* Values, numbered. */
  uint64_t *values, *domain;
  uint32_t *suppliers; /* operations not believed that store the value */
  struct place {
    uint64_t stamp;
    uint32_t value;
  } *places; /* hash table of them */
  uint64_t stamp;
  uint32_t value_count, mask;
} work;

static void reserve(void) {
  if (work.ops)
    return;
  work.ops = keys_reserve(OPS_MAX * sizeof *work.ops);
  work.trial = keys_reserve(OPS_MAX * sizeof *work.trial);
  work.believed = keys_reserve(OPS_MAX);
  work.fixed = keys_reserve(OPS_MAX);
  work.smaller = keys_reserve(OPS_MAX);
  work.needs = keys_reserve(OPS_MAX * sizeof *work.needs);
  work.stores = keys_reserve(OPS_MAX * sizeof *work.stores);
  work.call_rank = keys_reserve(OPS_MAX * sizeof *work.call_rank);
  work.return_rank = keys_reserve(OPS_MAX * sizeof *work.return_rank);
  work.believed_before = keys_reserve(2 * OPS_MAX * sizeof *work.believed_before);
  work.values = keys_reserve(2 * OPS_MAX * sizeof *work.values);
  work.domain = keys_reserve(2 * OPS_MAX * sizeof *work.domain);
  work.suppliers = keys_reserve(2 * OPS_MAX * sizeof *work.suppliers);
  work.places = keys_reserve(4 * OPS_MAX * sizeof *work.places);
}

void evidence_begin(struct evidence *out, uint32_t most) {
  assert(most <= OPS_MAX);
  reserve();
  work.mask = 64;
  while (work.mask < 4 * most)
    work.mask *= 2;
  work.mask--;
  work.stamp++;
  work.value_count = 0;
  *out = (struct evidence){work.ops, work.believed, work.fixed, 0};
}

static uint32_t number_value(uint64_t value) {
  uint64_t hash = value * UINT64_C(0x9e3779b97f4a7c15);
  for (uint32_t at = (uint32_t)(hash >> 32) & work.mask;; at = (at + 1) & work.mask) {
    struct place *place = &work.places[at];
    if (place->stamp != work.stamp) {
      work.values[work.value_count] = value;
      *place = (struct place){work.stamp, work.value_count};
      return work.value_count++;
    }
    if (work.values[place->value] == value)
      return place->value;
  }
}

static bool stores_value(enum register_kind kind) {
  return kind == REGISTER_ADD || kind == REGISTER_REPLACE || kind == REGISTER_WRITE;
}

/* Gives calls and returns their places in the order of time. */
static void rank_times(const struct register_op *ops, uint32_t *call_rank, uint32_t *return_rank, uint32_t count) {
  uint32_t open[OPEN_MAX], open_count = 0, rank = 0; /* soonest return last */
  for (uint32_t i = 0; i <= count; i++) {
    while (open_count > 0 && (i == count || ops[open[open_count - 1]].ret < ops[i].call))
      return_rank[open[--open_count]] = rank++;
    if (i == count)
      break;
    call_rank[i] = rank++;
    assert(open_count < OPEN_MAX);
    uint32_t at = open_count++;
    for (; at > 0 && ops[open[at - 1]].ret < ops[i].ret; at--)
      open[at] = open[at - 1];
    open[at] = i;
  }
}

void evidence_add(struct evidence *evidence, const struct register_op *ops, uint32_t count) {
  uint32_t first = evidence->count;
  assert(first + count <= OPS_MAX);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = first + i;
    work.ops[at] = ops[i];
    work.believed[at] = true;
    work.fixed[at] = false;
    work.needs[at] = register_expects(ops[i].kind) ? number_value(ops[i].expected) : NO_VALUE;
    work.stores[at] = stores_value(ops[i].kind) ? number_value(ops[i].value) : NO_VALUE;
  }
  rank_times(work.ops + first, work.call_rank + first, work.return_rank + first, count);
  evidence->count = first + count;
}

/* ---- the history as it is believed ---- */

/* The values that operations not believed may leave, of those that others mind. */
static uint32_t gather_domain(uint32_t first, uint32_t count) {
  bool unknown = false; /* there is one of which nothing is known to begin with */
  for (uint32_t i = first; i < first + count; i++) {
    if (work.needs[i] != NO_VALUE)
      work.suppliers[work.needs[i]] = 0;
    if (work.stores[i] != NO_VALUE)
      work.suppliers[work.stores[i]] = 0;
    unknown |= register_unknown(work.ops[i].kind);
  }
  for (uint32_t i = first; i < first + count; i++)
    if (work.stores[i] != NO_VALUE && !work.believed[i])
      work.suppliers[work.stores[i]]++;
  uint32_t domain_count = 0;
  for (uint32_t i = first; i < first + count; i++) {
    uint32_t value = work.needs[i];
    if (value == NO_VALUE || !work.believed[i] || (work.suppliers[value] == 0 && !unknown) ||
        work.suppliers[value] == UINT32_MAX)
      continue;
    work.domain[domain_count++] = work.values[value];
    work.suppliers[value] = UINT32_MAX; /* in already */
  }
  return domain_count;
}

static void count_believed(uint32_t first, uint32_t count) {
  memset(work.believed_before, 0, (2 * (size_t)count + 1) * sizeof *work.believed_before);
  for (uint32_t i = first; i < first + count; i++) {
    work.believed_before[work.call_rank[i] + 1] = work.believed[i];
    work.believed_before[work.return_rank[i] + 1] = work.believed[i];
  }
  for (uint32_t i = 0; i < 2 * count; i++)
    work.believed_before[i + 1] += work.believed_before[i];
}

void evidence_history(uint32_t first, uint32_t count, bool merge, struct register_history *out) {
  uint32_t trial_count = 0, calls = 0, last_between = UINT32_MAX, taken = 0;
  count_believed(first, count);
  for (uint32_t i = first; i < first + count; i++) {
    struct register_op *to = &work.trial[trial_count];
    *to = work.ops[i];
    calls += work.believed[i];
    if (!work.believed[i]) {
      if (register_observes(to->kind))
        continue;
      /* Between the same two believed times one that may do anything is as good as several, before, after and between
       * those believed that are in progress then. */
      uint32_t between = work.believed_before[work.call_rank[i]];
      if (merge && between == work.believed_before[work.return_rank[i]]) {
        taken = between == last_between ? taken : 0;
        last_between = between;
        if (taken > calls - (between - calls))
          continue;
        taken++;
      }
      to->kind = REGISTER_ANYTHING;
    }
    trial_count++;
  }
  *out = (struct register_history){work.trial, trial_count, work.domain, gather_domain(first, count)};
}

/* ---- fewer ---- */

/* Stops believing operations from `first` on; if that is too much, believes them again. */
static void doubt(struct evidence *evidence, uint32_t first, uint32_t count, evidence_illegal_fn illegal,
                  void *context) {
  bool any = false;
  uint32_t last = first + count < evidence->count ? first + count : evidence->count;
  for (uint32_t i = first; i < last; i++) {
    work.smaller[i] = evidence->believed[i] && !evidence->fixed[i];
    any |= work.smaller[i];
    evidence->believed[i] &= !work.smaller[i];
  }
  if (!any || illegal(context, evidence))
    return;
  for (uint32_t i = first; i < last; i++)
    evidence->believed[i] |= work.smaller[i];
}

void evidence_shrink(struct evidence *evidence, evidence_illegal_fn illegal, void *context) {
  uint32_t size = 1;
  while (size < evidence->count)
    size *= 2;
  for (; size > 0; size /= 2)
    for (uint32_t first = 0; first < evidence->count; first += size)
      doubt(evidence, first, size, illegal, context);
}

static bool register_illegal(void *context, const struct evidence *evidence) {
  int64_t *steps = context;
  struct register_history history;
  uint32_t failed;
  *steps -= evidence->count / 8; /* what making the history costs */
  if (*steps < 0)
    return false;
  evidence_history(0, evidence->count, true, &history);
  return register_judge(&history, steps, &failed) == ORACLE_ILLEGAL;
}

static uint32_t count_of(const struct evidence *evidence) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < evidence->count; i++)
    count += evidence->believed[i];
  return count;
}

/* The failed operation with one other, or with two, latest first; false where no such set is illegal. */
static bool find_few(struct evidence *evidence, uint32_t others, int64_t *steps) {
  bool *believed = evidence->believed;
  memcpy(believed, evidence->fixed, evidence->count);
  for (uint32_t a = evidence->count; a-- > 0;) {
    if (evidence->fixed[a])
      continue;
    believed[a] = true;
    if (others == 1 && register_illegal(steps, evidence))
      return true;
    for (uint32_t b = a; others == 2 && b-- > 0;) {
      if (evidence->fixed[b])
        continue;
      believed[b] = true;
      if (register_illegal(steps, evidence))
        return true;
      believed[b] = false;
    }
    believed[a] = false;
  }
  return false;
}

void evidence_register(const struct register_history *history, uint32_t failed, struct evidence *out) {
  uint32_t end = history->ops[failed].ret;
  int64_t steps = SHRINK_STEPS;
  evidence_begin(out, history->count);
  /* What was called later has no part in it, and nobody knows yet what those in progress will answer. */
  uint32_t count = 0;
  while (count < history->count && history->ops[count].call < end)
    count++;
  evidence_add(out, history->ops, count);
  for (uint32_t i = 0; i < count; i++) {
    if (out->ops[i].ret <= end)
      continue;
    out->ops[i].ret = HISTORY_PENDING;
    out->believed[i] = !register_observes(out->ops[i].kind);
  }
  out->fixed[failed] = true;
  evidence_shrink(out, register_illegal, &steps);
  uint32_t size = count_of(out);
  bool *saved = work.smaller;
  for (uint32_t others = 1; others <= 2 && others + 1 < size; others++) {
    if (count > (others == 1 ? PAIRS_MAX : TRIPLES_MAX))
      break;
    memcpy(saved, out->believed, count);
    if (find_few(out, others, &steps))
      break;
    memcpy(out->believed, saved, count);
  }
}
