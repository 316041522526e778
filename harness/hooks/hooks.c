/* hooks.c - see hooks.h. */
#include "hooks/hooks.h"

#include "flavour/shadow.h"
#include "hooks/internal.h"
#include "hooks/model.h"
#include "sched/sync.h"

_Thread_local bool hook_carrier_thread;

void hooks_adopt_thread(void) { hook_carrier_thread = true; }

void hooks_init(void) {
  hooks_adopt_thread();
  globals_init();
  report_init();
}

void hooks_begin(void) {
  globals_restore();
  memory_begin();
  sync_begin();
  model_keys_begin();
  model_threads_begin();
  report_begin();
}

/* A lock that was left locked, or never destroyed, would be one still to whoever has his at the same place of a stack
 * in a later run.  Those in heap blocks go with them. */
#define OBJECT_SIZE 64 /* no pthread object is larger */
static void forget_object(uintptr_t object) {
  struct memory_block block;
  if (!memory_find(object, &block))
    shadow_forget((void *)object, OBJECT_SIZE);
}

void hooks_end(struct memory_leak *leak) {
  tls_end();
  if (HEDDLE_FLAVOUR_TSAN)
    sync_visit_all(forget_object);
  memory_end(leak);
}
