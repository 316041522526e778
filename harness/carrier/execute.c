/* execute.c - see execute.h. */
#include "carrier/execute.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "carrier/carrier.h"
#include "flavour/order.h"

/* Values are unique in a run: the operation, then the repetition.  Prefilled ones lie below them all. */
static uint64_t fresh_value(uint32_t op_index, uint32_t repetition) {
  return ((uint64_t)(op_index + 1) << 32) | repetition;
}
#define NEVER_STORED UINT64_MAX

static void note_result(struct execute_thread *self, uint64_t key, enum map_status status, uint64_t value) {
  if (self->scheduled)
    sched_fold(key ^ ((uint64_t)status << 56) ^ value);
}

static void visit_key(struct execute_thread *self, const struct program_op *op, uint64_t key, uint64_t fresh) {
  const struct map_ops *ops = self->execution->ops;
  struct map *map = self->execution->map;
  uint64_t *seen = &self->seen[key % EXECUTE_SEEN_MAX];
  uint64_t value = 0;
  enum map_status status = MAP_DONE;
  switch (op->code) {
  case PROGRAM_GET:
  case PROGRAM_BULK_GET:
    status = ops->get(map, key, &value);
    if (status == MAP_DONE)
      *seen = value;
    break;
  case PROGRAM_PUT:
  case PROGRAM_BULK_PUT:
    status = ops->put(map, key, fresh);
    *seen = fresh;
    break;
  case PROGRAM_INSERT:
    status = ops->insert(map, key, fresh);
    if (status == MAP_DONE)
      *seen = fresh;
    break;
  case PROGRAM_CAS:
    status = ops->cas(map, key, op->arg % 2 ? NEVER_STORED : *seen, fresh);
    if (status == MAP_DONE)
      *seen = fresh;
    break;
  case PROGRAM_DEL:
  case PROGRAM_BULK_DEL:
    status = ops->del(map, key);
    break;
  case PROGRAM_CONTAINS:
    status = ops->contains(map, key);
    break;
  default:
    abort(); /* not an operation on a key */
  }
  note_result(self, key, status, value);
}

struct iteration {
  struct execute_thread *thread;
  uint32_t delete_every; /* 0: none */
  uint64_t shown;
};

static enum map_visit_result show_entry(void *context, uint64_t key, uint64_t value) {
  struct iteration *iteration = context;
  note_result(iteration->thread, key, MAP_PRESENT, value);
  if (iteration->thread->scheduled)
    sched_progress();
  iteration->shown++;
  return iteration->delete_every && iteration->shown % iteration->delete_every == 0 ? MAP_VISIT_DELETE : MAP_VISIT_NEXT;
}

static void iterate(struct execute_thread *self, const struct program_op *op) {
  bool deletes = op->code == PROGRAM_DELETE_ITERATING;
  struct iteration iteration = {.thread = self, .delete_every = deletes ? op->arg + 1u : 0};
  self->execution->ops->iterate(self->execution->map, deletes, op->draw, show_entry, &iteration);
  note_result(self, iteration.shown, MAP_DONE, 0);
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
  const struct map_ops *ops = self->execution->ops;
  switch (op->code) {
  case PROGRAM_LEN:
    note_result(self, ops->len(self->execution->map), MAP_DONE, 0);
    complete(self);
    return;
  case PROGRAM_CLEAR:
    ops->clear(self->execution->map);
    complete(self);
    return;
  case PROGRAM_ITERATE:
  case PROGRAM_DELETE_ITERATING:
    iterate(self, op);
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
  uint32_t prefill = program_prefill(program);
  for (uint32_t key = 0; key < prefill; key++) {
    execution->ops->put(execution->map, key, key + 1);
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
  execution->ops->destroy(execution->map);
  execution->finished = true;
  return NULL;
}
