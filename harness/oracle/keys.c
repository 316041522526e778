/* keys.c - see keys.h.
 *
 * The tables below are as large as the largest history, and only as much of them is touched as one needs: the hash
 * table takes a power of two that suits the history, and an entry counts only if its stamp is of this one. */
#include "oracle/keys.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#define KEYS_MAX (2 * HISTORY_EVENTS_MAX) /* move and swap name two */
#define DOMAIN_MAX 256

struct slot {
  uint64_t stamp;
  uint32_t index;
};

/* An event on a key's list; `other`: as the second key of move or swap. */
struct node {
  uint32_t event, next;
  bool other;
};

static struct {
  struct slot *slots; /* 2 * KEYS_MAX */
  struct key_events *keys;
  struct node *nodes;
  uint32_t *broadcasts, *joints, *misses;
  uint32_t *joint_numbers; /* by event: of clear, move and swap */
  struct register_op *ops;
  uint64_t domain[DOMAIN_MAX];
  struct slot *shown; /* by ITERATE event: where it showed the present key */
  uint64_t stamp, shown_stamp;
  uint32_t key_count, node_count, mask;
} table;

void *keys_reserve(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    abort();
  return memory;
}

static void prepare(uint32_t count) {
  if (!table.slots) {
    table.slots = keys_reserve(2 * KEYS_MAX * sizeof *table.slots);
    table.keys = keys_reserve(KEYS_MAX * sizeof *table.keys);
    table.nodes = keys_reserve(KEYS_MAX * sizeof *table.nodes);
    table.broadcasts = keys_reserve(HISTORY_EVENTS_MAX * sizeof *table.broadcasts);
    table.joints = keys_reserve(HISTORY_EVENTS_MAX * sizeof *table.joints);
    table.misses = keys_reserve(HISTORY_EVENTS_MAX * sizeof *table.misses);
    table.joint_numbers = keys_reserve(HISTORY_EVENTS_MAX * sizeof *table.joint_numbers);
    table.ops = keys_reserve(KEYS_MAX * sizeof *table.ops);
    table.shown = keys_reserve(HISTORY_EVENTS_MAX * sizeof *table.shown);
  }
  uint32_t size = 64;
  while (size < 4 * count)
    size *= 2;
  table.mask = size - 1;
  table.stamp++;
  table.key_count = table.node_count = 0;
}

/* Where the key is in the hash table, or would be. */
static struct slot *find_slot(uint64_t key) {
  uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15); /* Knuth's multiplicative hashing */
  uint32_t at = (uint32_t)(hash >> 32) & table.mask;
  while (table.slots[at].stamp == table.stamp && table.keys[table.slots[at].index].key != key)
    at = (at + 1) & table.mask;
  return &table.slots[at];
}

static struct key_events *find_or_add(uint64_t key) {
  struct slot *slot = find_slot(key);
  if (slot->stamp != table.stamp) {
    table.keys[table.key_count] = (struct key_events){key, KEYS_NONE, KEYS_NONE, KEYS_NONE, KEYS_NONE};
    *slot = (struct slot){table.stamp, table.key_count++};
  }
  return &table.keys[slot->index];
}

uint32_t keys_find(uint64_t key) {
  const struct slot *slot = find_slot(key);
  return slot->stamp == table.stamp ? slot->index : KEYS_NONE;
}

static void append(uint32_t *first, uint32_t *last, uint32_t event, bool other) {
  uint32_t index = table.node_count++;
  table.nodes[index] = (struct node){event, KEYS_NONE, other};
  if (*first == KEYS_NONE)
    *first = index;
  else
    table.nodes[*last].next = index;
  *last = index;
}

static bool is_pair(const struct history_event *event) {
  return event->kind == HISTORY_MOVE || event->kind == HISTORY_SWAP;
}

/* Gives it a number where it is to take effect at one instant and had more than one to do so. */
static void number_joint(struct keys *keys, uint32_t index, unsigned guarantees) {
  const struct history_event *event = &keys->history->events[index];
  bool pair = is_pair(event);
  bool promised = guarantees & (unsigned)(pair ? MAP_PAIRS_ATOMIC : MAP_CLEAR_ATOMIC);
  bool done = event->ret != HISTORY_PENDING && event->status == MAP_DONE;
  table.joint_numbers[index] = 0;
  if (!promised || !done || event->ret == event->call + 1 || (pair && event->key == event->other))
    return;
  table.joints[keys->joint_count++] = index;
  table.joint_numbers[index] = keys->joint_count;
}

void keys_gather(const struct history *history, unsigned guarantees, struct keys *out) {
  bool iterations = guarantees & MAP_ITERATION_EXACT;
  assert(history->count <= HISTORY_EVENTS_MAX);
  prepare(history->count);
  *out = (struct keys){.history = history, .keys = table.keys, .broadcasts = table.broadcasts, .joints = table.joints};
  for (uint32_t i = 0; i < history->count; i++) {
    const struct history_event *event = &history->events[i];
    if (event->kind == HISTORY_LEN || (event->kind == HISTORY_SHOWN && !iterations))
      continue;
    if (event->kind == HISTORY_CLEAR || is_pair(event))
      number_joint(out, i, guarantees);
    if (event->kind == HISTORY_CLEAR || event->kind == HISTORY_ITERATE) {
      if (event->kind == HISTORY_CLEAR || iterations)
        table.broadcasts[out->broadcast_count++] = i;
      continue;
    }
    struct key_events *key = find_or_add(event->key);
    if (event->kind == HISTORY_SHOWN) {
      append(&key->first_shown, &key->last_shown, i, false);
      continue;
    }
    append(&key->first, &key->last, i, false);
    if (is_pair(event) && event->other != event->key) {
      key = find_or_add(event->other);
      append(&key->first, &key->last, i, true);
    }
  }
  out->count = table.key_count;
}

/* ---- what an event says of one key ---- */

static uint8_t found_or(const struct history_event *event, uint8_t done) {
  return event->status == MAP_DONE ? done : event->status == MAP_ABSENT ? REGISTER_ABSENT : REGISTER_NEVER;
}

/* It has not returned: what it does if it takes effect. */
static bool pending_kind(const struct history_event *event, enum register_kind *kind) {
  switch ((enum history_kind)event->kind) {
  case HISTORY_PUT:
    *kind = REGISTER_WRITE;
    return true;
  case HISTORY_INSERT:
  case HISTORY_GET_OR_INSERT:
    *kind = REGISTER_ADD;
    return true;
  case HISTORY_CAS:
    *kind = REGISTER_REPLACE;
    return true;
  case HISTORY_DEL:
  case HISTORY_TAKE:
  case HISTORY_CLEAR:
  case HISTORY_ERASED:
    *kind = REGISTER_ERASE;
    return true;
  case HISTORY_MOVE:
  case HISTORY_SWAP:
    *kind = REGISTER_ANYTHING;
    return event->key != event->other;
  default:
    return false;
  }
}

/* move and swap; false where it says nothing of this key.  PRESENT speaks of `to` alone; nothing is certain of `from`,
 * which may be absent as well.  That a swap found one of the two absent is no matter of a single key. */
static bool pair_kind(const struct history_event *event, bool other, struct register_op *op) {
  bool one_key = event->key == event->other;
  op->expected = other ? event->other_result : event->result;
  if (event->kind == HISTORY_MOVE) {
    op->expected = op->value = event->result;
    switch (event->status) {
    case MAP_DONE:
      op->kind = one_key ? REGISTER_NEVER : other ? REGISTER_ADD : REGISTER_TAKE;
      return true;
    case MAP_ABSENT:
      op->kind = REGISTER_ABSENT;
      return !other;
    case MAP_PRESENT:
      op->kind = REGISTER_PRESENT;
      return other;
    default:
      op->kind = REGISTER_NEVER;
      return true;
    }
  }
  op->value = other ? event->result : event->other_result;
  switch (event->status) {
  case MAP_DONE:
    op->kind = !one_key ? REGISTER_REPLACE : op->value == op->expected ? REGISTER_IS : REGISTER_NEVER;
    return true;
  case MAP_ABSENT:
    op->kind = REGISTER_ABSENT;
    return one_key;
  default:
    op->kind = REGISTER_NEVER;
    return true;
  }
}

/* What a returned event says of its key; false: nothing. */
static bool returned_kind(const struct history_event *event, bool other, struct register_op *op) {
  op->expected = event->result;
  op->value = event->value;
  switch ((enum history_kind)event->kind) {
  case HISTORY_GET:
  case HISTORY_SHOWN:
    op->kind = found_or(event, REGISTER_IS);
    return true;
  case HISTORY_PUT:
    op->kind = event->status == MAP_DONE ? REGISTER_WRITE : REGISTER_NEVER;
    return true;
  case HISTORY_INSERT:
  case HISTORY_GET_OR_INSERT: {
    bool fetches = event->kind == HISTORY_GET_OR_INSERT;
    if (event->status == MAP_DONE)
      op->kind = fetches && event->result != event->value ? REGISTER_NEVER : REGISTER_ADD;
    else if (event->status == MAP_PRESENT)
      op->kind = fetches ? REGISTER_IS : REGISTER_PRESENT;
    else
      op->kind = REGISTER_NEVER;
    return true;
  }
  case HISTORY_CAS:
    op->expected = event->expected;
    op->kind = event->status == MAP_DIFFERS ? REGISTER_DIFFERS : found_or(event, REGISTER_REPLACE);
    return true;
  case HISTORY_DEL:
    op->kind = found_or(event, REGISTER_REMOVE);
    return true;
  case HISTORY_TAKE:
    op->kind = found_or(event, REGISTER_TAKE);
    return true;
  case HISTORY_CONTAINS:
    op->kind = found_or(event, REGISTER_PRESENT);
    return true;
  case HISTORY_CLEAR:
  case HISTORY_ERASED:
    op->kind = REGISTER_ERASE;
    return true;
  case HISTORY_MOVE:
  case HISTORY_SWAP:
    return pair_kind(event, other, op);
  default:
    assert(false && "an event that is no matter of a key");
    return false;
  }
}

static void add_operation(const struct keys *keys, struct key_ops *out, uint32_t index, bool other) {
  const struct history_event *event = &keys->history->events[index];
  struct register_op *op = &table.ops[out->history.count];
  *op = (struct register_op){.call = event->call, .ret = event->ret, .event = index};
  if (event->ret == HISTORY_PENDING) {
    enum register_kind kind;
    if (!pending_kind(event, &kind))
      return;
    op->kind = (uint8_t)kind;
    op->expected = event->expected;
    op->value = event->value;
  } else if (event->status == MAP_NO_MEMORY || !returned_kind(event, other, op)) {
    if (event->kind == HISTORY_SWAP && event->status == MAP_ABSENT)
      table.misses[out->miss_count++] = index;
    return;
  }
  if (event->kind == HISTORY_CLEAR || is_pair(event))
    op->joint = table.joint_numbers[index];
  out->joint |= op->joint != 0;
  out->havoc |= register_unknown(op->kind);
  out->history.count++;
}

/* ---- one key ---- */

/* Notes for each iteration where it showed the key. */
static void note_shown(const struct keys *keys, const struct key_events *key, struct key_ops *out) {
  table.shown_stamp++;
  for (uint32_t at = key->first_shown; at != KEYS_NONE; at = table.nodes[at].next) {
    uint32_t event = table.nodes[at].event, parent = keys->history->events[event].parent;
    if (table.shown[parent].stamp == table.shown_stamp) {
      if (out->again == KEYS_NONE) {
        out->again = event;
        out->before = table.shown[parent].index;
      }
      continue;
    }
    table.shown[parent] = (struct slot){table.shown_stamp, event};
  }
}

/* What the iteration saw of the key: what it showed, or that it was not there.  Of one that has not ended or that was
 * stopped only the first is known. */
static void add_iteration(const struct keys *keys, struct key_ops *out, uint32_t index) {
  const struct history_event *event = &keys->history->events[index];
  uint32_t before = out->history.count;
  if (table.shown[index].stamp == table.shown_stamp) {
    add_operation(keys, out, table.shown[index].index, false);
  } else if (event->ret != HISTORY_PENDING && event->status == MAP_DONE) {
    table.ops[out->history.count++] =
        (struct register_op){.call = event->call, .ret = event->ret, .event = index, .kind = REGISTER_ABSENT};
  }
  if (out->history.count > before) {
    table.ops[before].iteration = true;
    out->observed = true;
  }
}

/* The values that operations on the key expect, for those of which nothing is known.  Where one is wrong in any case,
 * some of the values will do. */
static void fill_domain(struct key_ops *out) {
  uint32_t count = 0;
  bool wrong = false;
  for (uint32_t i = 0; i < out->history.count; i++) {
    uint64_t value = table.ops[i].expected;
    uint32_t at = 0;
    while (at < count && table.domain[at] != value)
      at++;
    out->too_many |= at == DOMAIN_MAX;
    wrong |= table.ops[i].kind == REGISTER_NEVER;
    if (at == count && count < DOMAIN_MAX)
      table.domain[count++] = value;
  }
  out->too_many &= !wrong;
  out->history.domain_count = count;
}

/* When something happens to the key for the first time.  Until then it is absent, so that what clears and iterations
 * did is no matter. */
static uint32_t first_effect(const struct keys *keys, const struct key_events *key) {
  if (key->first_shown != KEYS_NONE)
    return 0;
  for (uint32_t at = key->first; at != KEYS_NONE; at = table.nodes[at].next) {
    const struct history_event *event = &keys->history->events[table.nodes[at].event];
    if (event->ret == HISTORY_PENDING || event->status != MAP_NO_MEMORY)
      return event->call;
  }
  return UINT32_MAX;
}

void keys_operations(const struct keys *keys, uint32_t index, bool iterations, struct key_ops *out) {
  const struct key_events *key = &keys->keys[index];
  const struct history_event *events = keys->history->events;
  *out = (struct key_ops){.history = {.ops = table.ops, .domain = table.domain},
                          .misses = table.misses,
                          .again = KEYS_NONE,
                          .before = KEYS_NONE};
  if (iterations && keys->broadcast_count > 0)
    note_shown(keys, key, out);
  uint32_t begins = first_effect(keys, key);
  uint32_t at = key->first;
  for (uint32_t i = 0; i < keys->broadcast_count; i++) {
    uint32_t broadcast = keys->broadcasts[i];
    const struct history_event *event = &events[broadcast];
    if (event->ret < begins)
      continue;
    for (; at != KEYS_NONE && events[table.nodes[at].event].call < event->call; at = table.nodes[at].next)
      add_operation(keys, out, table.nodes[at].event, table.nodes[at].other);
    if (event->kind == HISTORY_CLEAR)
      add_operation(keys, out, broadcast, false);
    else if (iterations)
      add_iteration(keys, out, broadcast);
  }
  for (; at != KEYS_NONE; at = table.nodes[at].next)
    add_operation(keys, out, table.nodes[at].event, table.nodes[at].other);
  if (out->havoc)
    fill_domain(out);
}

void keys_insert(struct key_ops *ops, struct register_op op) {
  uint32_t at = ops->history.count++;
  for (; at > 0 && table.ops[at - 1].call > op.call; at--)
    table.ops[at] = table.ops[at - 1];
  table.ops[at] = op;
}
