/* instants.c - see instants.h.
 *
 * Where an operation is alone, it may take effect at any instant until it returns.  Where several are in progress, the
 * stretch from one moment at which the state is known and none is to the next such moment is unrolled: for each instant
 * all configurations (the state, and who has taken effect) that can be reached by then, each with those it leads to;
 * then, from the end back, those from which the end can be reached.  What lies on no way from the beginning to the end
 * is not possible.
 *
 * Observers take effect as soon as the state suits them: that takes no state and no change of it away from any
 * instant. */
#include "oracle/instants.h"

#include <assert.h>
#include <stddef.h>

#include "oracle/pending.h"

#define LAYERS_MAX 8192
#define NODES_MAX 65536
#define EDGES_MAX 262144
#define JOINTS_MAX 1024 /* in one stretch */
#define PLACES 8192     /* a power of two, and twice as many as configurations at one instant */
#define NO_NODE UINT32_MAX

/* A configuration at an instant. */
struct node {
  uint64_t value;
  uint32_t done; /* slots of operations that have taken effect */
  uint32_t next; /* what it is after the next time; NO_NODE: it ends there */
  uint8_t presence;
  bool alive; /* the end can be reached from it */
};

/* An operation takes effect. */
struct edge {
  uint32_t from, to;
  uint32_t joint; /* index in joints + 1; 0: an operation that does not matter */
};

/* From one time of the key to the next: the same for all instants in it. */
struct layer {
  uint32_t time, first_node, first_edge;
  bool there, not_there; /* possible */
};

static struct {
  struct pending pending;
  const struct instants *instants;
  int64_t *steps;
  bool exhausted;
  bool was_certain, was_possible;
  /* The state where nothing is in progress. */
  uint8_t presence;
  uint64_t value;
  /* The stretch; no layers: there is none. */
  struct layer layers[LAYERS_MAX + 1];
  struct node nodes[NODES_MAX];
  struct edge edges[EDGES_MAX];
  struct {
    uint32_t number, layer; /* the latest one found to allow it */
  } joints[JOINTS_MAX];
  uint32_t slot_joints[PENDING_SLOTS]; /* index in joints + 1, or 0 */
  uint32_t layer_count, node_count, edge_count, joint_count;
  uint32_t begins; /* the time of its first call */
  /* Configurations of the last layer. */
  struct place {
    uint64_t stamp;
    uint32_t node;
  } places[PLACES];
  uint64_t stamp;
} unroll;

/* From `time` on the key can have been there, not have been there, or both. */
static void tell_presence(uint32_t time, bool not_there, bool there) {
  bool certain = there && !not_there;
  if (!unroll.instants->certain)
    return;
  unroll.instants->certain[time] += certain - unroll.was_certain;
  unroll.instants->possible[time] += there - unroll.was_possible;
  unroll.was_certain = certain;
  unroll.was_possible = there;
}

/* ---- forward ---- */

/* The configuration in the last layer, new or not; NO_NODE where there is no room for more. */
static uint32_t find_node(struct node node) {
  pending_blur(&unroll.pending, &node.presence, &node.value);
  node.done = pending_settle(&unroll.pending, node.done, node.presence, node.value);
  uint64_t hash = (node.value + node.presence + ((uint64_t)node.done << 32)) * UINT64_C(0x9e3779b97f4a7c15);
  for (uint32_t at = (uint32_t)(hash >> 40) % PLACES;; at = (at + 1) % PLACES) {
    struct place *place = &unroll.places[at];
    if (place->stamp != unroll.stamp) {
      uint32_t in_layer = unroll.node_count - unroll.layers[unroll.layer_count - 1].first_node;
      if (in_layer == PLACES / 2 || unroll.node_count == NODES_MAX || --*unroll.steps < 0) {
        unroll.exhausted = true;
        return NO_NODE;
      }
      *place = (struct place){unroll.stamp, unroll.node_count};
      unroll.nodes[unroll.node_count] = node;
      return unroll.node_count++;
    }
    const struct node *other = &unroll.nodes[place->node];
    if (other->value == node.value && other->done == node.done && other->presence == node.presence)
      return place->node;
  }
}

static void begin_layer(uint32_t time) {
  if (unroll.layer_count == LAYERS_MAX) {
    unroll.exhausted = true;
    return;
  }
  unroll.stamp++;
  unroll.layers[unroll.layer_count++] =
      (struct layer){.time = time, .first_node = unroll.node_count, .first_edge = unroll.edge_count};
}

static void lead_to(uint32_t from, struct node node, uint32_t slot) {
  uint32_t to = find_node(node);
  if (unroll.edge_count == EDGES_MAX)
    unroll.exhausted = true;
  if (!unroll.exhausted)
    unroll.edges[unroll.edge_count++] = (struct edge){from, to, unroll.slot_joints[slot]};
}

static void take_effect(uint32_t from, uint32_t slot) {
  const struct register_op *op = pending_op(&unroll.pending, slot);
  struct node node = unroll.nodes[from];
  node.done |= UINT32_C(1) << slot;
  if (!register_unknown(op->kind)) {
    if (register_step(op, &node.presence, &node.value))
      lead_to(from, node, slot);
    return;
  }
  for (uint32_t i = 0; register_domain(unroll.pending.history, i, &node.presence, &node.value); i++)
    lead_to(from, node, slot);
}

/* Adds whatever the last layer's configurations lead to while no time passes. */
static void fill_layer(void) {
  for (uint32_t i = unroll.layers[unroll.layer_count - 1].first_node; i < unroll.node_count; i++)
    for (uint32_t left = pending_choices(&unroll.pending, unroll.nodes[i].done); left; left &= left - 1) {
      if (unroll.exhausted)
        return;
      take_effect(i, (uint32_t)__builtin_ctz(left));
    }
}

/* The configurations of the last layer go on into a new one; those in which an operation of `needed` has not taken
 * effect end. */
static void advance(uint32_t time, uint32_t leaving, uint32_t needed) {
  uint32_t first = unroll.layers[unroll.layer_count - 1].first_node, last = unroll.node_count;
  begin_layer(time);
  for (uint32_t i = first; i < last && !unroll.exhausted; i++) {
    struct node node = unroll.nodes[i];
    bool ends = needed & ~node.done;
    node.done &= ~leaving;
    unroll.nodes[i].next = ends ? NO_NODE : find_node(node);
  }
}

static void begin_stretch(uint32_t time) {
  unroll.begins = time;
  unroll.layer_count = unroll.node_count = unroll.edge_count = unroll.joint_count = 0;
  begin_layer(0);
  unroll.nodes[unroll.node_count++] = (struct node){.presence = unroll.presence, .value = unroll.value};
}

static void enter(uint32_t index) {
  const struct register_op *op = &unroll.pending.history->ops[index];
  bool matters = op->joint && (!unroll.instants->only || op->joint == unroll.instants->only);
  uint32_t slot = pending_enter(&unroll.pending, index);
  if (slot == PENDING_NONE || (matters && unroll.joint_count == JOINTS_MAX)) {
    unroll.exhausted = true;
    return;
  }
  unroll.slot_joints[slot] = 0;
  if (matters) {
    unroll.joints[unroll.joint_count].number = op->joint;
    unroll.joints[unroll.joint_count].layer = UINT32_MAX;
    unroll.slot_joints[slot] = ++unroll.joint_count;
  }
  advance(op->call, 0, 0);
  fill_layer();
}

/* ---- backward ---- */

/* Finds out from which of a layer's configurations the end can be reached, and what that allows. */
static void look_back(uint32_t index) {
  struct layer *layer = &unroll.layers[index];
  uint32_t last_node = layer[1].first_node, last_edge = layer[1].first_edge;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = last_edge; i-- > layer->first_edge;) {
      const struct edge *edge = &unroll.edges[i];
      if (!unroll.nodes[edge->to].alive || unroll.nodes[edge->from].alive)
        continue;
      unroll.nodes[edge->from].alive = changed = true;
    }
  }
  for (uint32_t i = layer->first_node; i < last_node; i++) {
    bool there = unroll.nodes[i].presence != REGISTER_NOT_THERE;
    layer->there |= unroll.nodes[i].alive && there;
    layer->not_there |= unroll.nodes[i].alive && !there;
  }
  for (uint32_t i = layer->first_edge; i < last_edge; i++) {
    const struct edge *edge = &unroll.edges[i];
    if (!edge->joint || !unroll.nodes[edge->to].alive || unroll.joints[edge->joint - 1].layer == index)
      continue;
    unroll.joints[edge->joint - 1].layer = index;
    struct joint *joint = &unroll.instants->joints[unroll.joints[edge->joint - 1].number - 1];
    for (uint32_t instant = layer->time; instant < layer[1].time; instant++)
      joint->allowed[instant - joint->call]++;
  }
}

/* At its end all configurations that are left will do. */
static void end_stretch(uint32_t end) {
  uint32_t count = unroll.layer_count;
  unroll.layers[count] = (struct layer){.time = end, .first_node = unroll.node_count, .first_edge = unroll.edge_count};
  for (uint32_t index = count; index-- > 0;) {
    for (uint32_t i = unroll.layers[index].first_node; i < unroll.layers[index + 1].first_node; i++) {
      struct node *node = &unroll.nodes[i];
      node->alive = index + 1 == count || (node->next != NO_NODE && unroll.nodes[node->next].alive);
    }
    look_back(index);
  }
  for (uint32_t index = 1; index < count; index++)
    tell_presence(unroll.layers[index].time, unroll.layers[index].not_there, unroll.layers[index].there);
  for (uint32_t i = 0; i < unroll.joint_count; i++)
    unroll.instants->joints[unroll.joints[i].number - 1].asked++;
  const struct node *last = &unroll.nodes[unroll.node_count - 1];
  unroll.presence = last->presence;
  unroll.value = last->value;
  unroll.layer_count = 0;
}

/* The operation in `slot` returns. */
static void leave(uint32_t slot) {
  uint32_t time = pending_op(&unroll.pending, slot)->ret, bit = UINT32_C(1) << slot;
  uint32_t needed = bit & ~unroll.pending.optional;
  pending_leave(&unroll.pending);
  advance(time, bit, needed);
  if (unroll.exhausted)
    return;
  if (!unroll.pending.open && unroll.node_count - unroll.layers[unroll.layer_count - 1].first_node == 1)
    end_stretch(time);
  else
    fill_layer();
}

static void leave_until(uint32_t time) {
  for (uint32_t slot; !unroll.exhausted && (slot = pending_next(&unroll.pending, time)) != PENDING_NONE;)
    leave(slot);
}

/* ---- all ---- */

/* An operation while nothing else is in progress. */
static void step_alone(const struct register_op *op) {
  bool was_there = unroll.presence != REGISTER_NOT_THERE;
  bool legal = register_step(op, &unroll.presence, &unroll.value);
  assert(legal && "the history is a legal one");
  bool there = unroll.presence != REGISTER_NOT_THERE;
  if (there == was_there)
    return;
  tell_presence(op->call, true, true);
  tell_presence(op->ret, !there, there);
}

enum oracle_answer instants_add(const struct register_history *history, const struct instants *instants,
                                int64_t *steps) {
  pending_begin(&unroll.pending, history);
  unroll.instants = instants;
  unroll.steps = steps;
  unroll.exhausted = unroll.was_certain = unroll.was_possible = false;
  unroll.presence = REGISTER_NOT_THERE;
  unroll.value = 0;
  unroll.layer_count = 0;
  for (uint32_t i = 0; i < history->count && !unroll.exhausted; i++) {
    const struct register_op *op = &history->ops[i];
    leave_until(op->call);
    bool alone = i + 1 == history->count ? op->ret != HISTORY_PENDING : op->ret < op[1].call;
    if (unroll.layer_count == 0 && alone && !register_unknown(op->kind)) {
      step_alone(op);
      continue;
    }
    if (unroll.layer_count == 0)
      begin_stretch(op->call);
    if (!unroll.exhausted)
      enter(i);
  }
  leave_until(HISTORY_PENDING - 1);
  if (unroll.layer_count > 0 && !unroll.exhausted)
    end_stretch(HISTORY_PENDING);
  if (!unroll.exhausted)
    return ORACLE_OK;
  tell_presence(unroll.begins, true, true);
  return ORACLE_UNKNOWN;
}
