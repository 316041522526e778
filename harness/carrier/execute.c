/* execute.c - see execute.h. */
#include "carrier/execute.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "carrier/carrier.h"
#include "flavour/order.h"
#include "history/history.h"

/* Values are unique in a run: the operation, then the repetition.  Prefilled ones lie below them all. */
static uint64_t fresh_value(uint32_t op_index, uint32_t repetition) {
  return ((uint64_t)(op_index + 1) << 32) | repetition;
}
#define NEVER_STORED UINT64_MAX

static void note_result(struct execute_thread *self, uint64_t key, enum map_status status, uint64_t value) {
  if (self->scheduled)
    sched_fold(key ^ ((uint64_t)status << 56) ^ value);
}

/* A call of the map begins and ends: for the history, where the thread runs as a task. */
static uint32_t begin_call(const struct execute_thread *self, struct history_event call) {
  if (!self->scheduled)
    return HISTORY_NO_PARENT;
  call.task = (uint8_t)sched.running;
  call.label = sched.tasks[sched.running].label;
  return history_call(&call);
}

static void end_call(const struct execute_thread *self, uint32_t event, enum map_status status, uint64_t result,
                     uint64_t other_result) {
  if (self->scheduled)
    history_return(event, status, result, other_result);
}

static enum history_kind kind_of(uint8_t code) {
  switch (code) {
  case PROGRAM_GET:
  case PROGRAM_BULK_GET:
    return HISTORY_GET;
  case PROGRAM_PUT:
  case PROGRAM_BULK_PUT:
    return HISTORY_PUT;
  case PROGRAM_INSERT:
    return HISTORY_INSERT;
  case PROGRAM_GET_OR_INSERT:
    return HISTORY_GET_OR_INSERT;
  case PROGRAM_CAS:
    return HISTORY_CAS;
  case PROGRAM_DEL:
  case PROGRAM_BULK_DEL:
    return HISTORY_DEL;
  case PROGRAM_TAKE:
    return HISTORY_TAKE;
  case PROGRAM_CONTAINS:
    return HISTORY_CONTAINS;
  default:
    abort(); /* not an operation on one key */
  }
}

/* `read` gets the value that the operation tells, if any. */
static enum map_status call_map(const struct execution *execution, const struct history_event *call, uint64_t *read) {
  const struct map_ops *ops = execution->ops;
  struct map *map = execution->map;
  switch ((enum history_kind)call->kind) {
  case HISTORY_GET:
    return ops->get(map, call->key, read);
  case HISTORY_PUT:
    return ops->put(map, call->key, call->value);
  case HISTORY_INSERT:
    return ops->insert(map, call->key, call->value);
  case HISTORY_GET_OR_INSERT:
    return ops->get_or_insert(map, call->key, call->value, read);
  case HISTORY_CAS:
    return ops->cas(map, call->key, call->expected, call->value);
  case HISTORY_DEL:
    return ops->del(map, call->key);
  case HISTORY_TAKE:
    return ops->take(map, call->key, read);
  default:
    return ops->contains(map, call->key);
  }
}

/* What the thread knows of the key's value after the operation. */
static void note_seen(uint64_t *seen, const struct history_event *call, enum map_status status, uint64_t read) {
  switch ((enum history_kind)call->kind) {
  case HISTORY_GET:
    if (status == MAP_DONE)
      *seen = read;
    break;
  case HISTORY_GET_OR_INSERT:
    if (status == MAP_DONE || status == MAP_PRESENT)
      *seen = read;
    break;
  case HISTORY_PUT:
  case HISTORY_INSERT:
  case HISTORY_CAS:
    if (status == MAP_DONE)
      *seen = call->value;
    break;
  default:
    break;
  }
}

static void visit_key(struct execute_thread *self, const struct program_op *op, uint64_t key, uint64_t fresh) {
  uint64_t *seen = &self->seen[key % EXECUTE_SEEN_MAX];
  uint64_t read = 0;
  struct history_event call = {.kind = (uint8_t)kind_of(op->code), .key = key, .value = fresh};
  if (op->code == PROGRAM_CAS)
    call.expected = op->arg % 2 ? NEVER_STORED : *seen;
  uint32_t event = begin_call(self, call);
  enum map_status status = call_map(self->execution, &call, &read);
  end_call(self, event, status, read, 0);
  note_seen(seen, &call, status, read);
  note_result(self, key, status, read);
}

static void visit_pair(struct execute_thread *self, const struct program_op *op) {
  const struct execution *execution = self->execution;
  struct history_event call = {.kind = op->code == PROGRAM_MOVE ? HISTORY_MOVE : HISTORY_SWAP,
                               .key = program_key(execution->program, op->draw),
                               .other = program_other_key(execution->program, op)};
  uint64_t read[2] = {0, 0};
  uint32_t event = begin_call(self, call);
  enum map_status status = op->code == PROGRAM_MOVE
                               ? execution->ops->move(execution->map, call.key, call.other, &read[0])
                               : execution->ops->swap(execution->map, call.key, call.other, read);
  end_call(self, event, status, read[0], read[1]);
  note_result(self, call.key ^ call.other << 1, status, read[0] ^ read[1] << 1);
}

struct iteration {
  struct execute_thread *thread;
  uint32_t delete_every; /* 0: none */
  uint32_t stop_at;      /* entries shown; 0: never */
  uint64_t shown;
  uint32_t event, erasing; /* of the history; erasing: HISTORY_NO_PARENT where no deletion is under way */
};

static void end_erasing(struct iteration *iteration) {
  end_call(iteration->thread, iteration->erasing, MAP_DONE, 0, 0);
  iteration->erasing = HISTORY_NO_PARENT;
}

static enum map_visit_result show_entry(void *context, uint64_t key, uint64_t value) {
  struct iteration *iteration = context;
  end_erasing(iteration);
  note_result(iteration->thread, key, MAP_PRESENT, value);
  if (iteration->thread->scheduled) {
    history_shown(iteration->event, key, value);
    sched_progress();
  }
  iteration->shown++;
  if (iteration->stop_at && iteration->shown >= iteration->stop_at)
    return MAP_VISIT_STOP;
  if (!iteration->delete_every || iteration->shown % iteration->delete_every != 0)
    return MAP_VISIT_NEXT;
  if (iteration->thread->scheduled)
    iteration->erasing = history_erased(iteration->event, key);
  return MAP_VISIT_DELETE;
}

static void iterate(struct execute_thread *self, const struct program_op *op) {
  bool deletes = op->code == PROGRAM_DELETE_ITERATING;
  uint32_t stop_at = op->code == PROGRAM_ITERATE_SOME ? op->arg + 1u : 0;
  struct history_event call = {.kind = HISTORY_ITERATE, .value = stop_at};
  struct iteration iteration = {.thread = self,
                                .delete_every = deletes ? op->arg + 1u : 0,
                                .stop_at = stop_at,
                                .event = begin_call(self, call),
                                .erasing = HISTORY_NO_PARENT};
  self->execution->ops->iterate(self->execution->map, deletes, op->draw, show_entry, &iteration);
  end_erasing(&iteration);
  bool stopped = stop_at && iteration.shown >= stop_at;
  end_call(self, iteration.event, stopped ? MAP_PRESENT : MAP_DONE, iteration.shown, 0);
  note_result(self, iteration.shown, MAP_DONE, 0);
}

static void ask_len(struct execute_thread *self) {
  uint32_t event = begin_call(self, (struct history_event){.kind = HISTORY_LEN});
  uint64_t len = self->execution->ops->len(self->execution->map);
  end_call(self, event, MAP_DONE, len, 0);
  note_result(self, len, MAP_DONE, 0);
}

static void clear(struct execute_thread *self) {
  uint32_t event = begin_call(self, (struct history_event){.kind = HISTORY_CLEAR});
  self->execution->ops->clear(self->execution->map);
  end_call(self, event, MAP_DONE, 0, 0);
}

/* The operation is done; so far as the scheduler is concerned, that is progress. */
static void complete(struct execute_thread *self) {
  self->operations++;
  if (self->scheduled)
    sched_progress();
}

static void perform(struct execute_thread *self, uint32_t index) {
  const struct program *program = self->execution->program;
  const struct program_op *op = &program->ops[index];
  switch (op->code) {
  case PROGRAM_LEN:
    ask_len(self);
    complete(self);
    return;
  case PROGRAM_CLEAR:
    clear(self);
    complete(self);
    return;
  case PROGRAM_ITERATE:
  case PROGRAM_DELETE_ITERATING:
  case PROGRAM_ITERATE_SOME:
    iterate(self, op);
    complete(self);
    return;
  case PROGRAM_MOVE:
  case PROGRAM_SWAP:
    visit_pair(self, op);
    complete(self);
    return;
  default:
    break;
  }
  uint32_t repeat = program_op_repeat(op);
  for (uint32_t i = 0; i < repeat; i++) {
    visit_key(self, op, program_key(program, program_bulk_draw(op->draw, i)), fresh_value(index, i));
    complete(self);
  }
}

static void perform_all(struct execute_thread *self) {
  const struct program *program = self->execution->program;
  for (uint32_t i = 0; i < program->op_count; i++) {
    if (program->ops[i].thread != self->number)
      continue;
    if (self->scheduled)
      sched_label(i);
    perform(self, i);
  }
}

void execute_thread_freely(struct execution *execution, unsigned number) {
  execution->threads[number] = (struct execute_thread){.execution = execution, .number = number};
  perform_all(&execution->threads[number]);
}

uint64_t execute_operations(const struct execution *execution) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < execution->program->threads; i++)
    sum += execution->threads[i].operations;
  return sum;
}

bool execute_create(struct execution *execution) {
  const struct program *program = execution->program;
  struct map_config config = {
      .capacity_hint = program_capacity(program), .hash_seed = program->hash_seed, .shrink = program->shrink};
  execution->map = execution->ops->create(&config);
  if (!execution->map)
    return false;
  struct execute_thread self = {.execution = execution, .scheduled = sched.active};
  uint32_t prefill = program_prefill(program);
  for (uint32_t key = 0; key < prefill; key++) {
    struct history_event call = {.kind = HISTORY_PUT, .key = key, .value = key + 1};
    uint32_t event = begin_call(&self, call);
    end_call(&self, event, execution->ops->put(execution->map, key, call.value), 0, 0);
    if (sched.active)
      sched_progress();
  }
  return true;
}

static void *thread_main(void *arg) {
  struct execute_thread *self = arg;
  perform_all(self);
  return NULL;
}

void *execute_main(void *arg) {
  struct execution *execution = arg;
  int tasks[PROGRAM_THREADS_MAX];
  sched_label(EXECUTE_LABEL_SETUP);
  if (!execute_create(execution))
    return NULL;
  sched_progress();
  for (unsigned i = 0; i < execution->program->threads; i++) {
    struct execute_thread *thread = &execution->threads[i];
    *thread = (struct execute_thread){.execution = execution, .number = i, .scheduled = true};
    tasks[i] = sched_spawn(thread_main, thread);
    assert(tasks[i] == (int)i + 1);
  }
  struct sched_place place = {__builtin_return_address(0), __builtin_frame_address(0), 0, 0, NULL};
  for (unsigned i = 0; i < execution->program->threads; i++) {
    sched_join(tasks[i], &place);
    order_acquire_end(tasks[i]);
  }
  sched_label(EXECUTE_LABEL_TEARDOWN);
  execution->ops->snapshot(execution->map, &execution->snapshot);
  execution->inspected = true;
  if (execution->at_rest)
    execution->at_rest(execution);
  execution->ops->destroy(execution->map);
  execution->finished = true;
  return NULL;
}
