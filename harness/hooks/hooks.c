/* hooks.c - see hooks.h. */
#include "hooks/hooks.h"

#include "flavour/past.h"
#include "flavour/shadow.h"
#include "hooks/internal.h"
#include "hooks/model.h"
#include "sched/sync.h"

_Thread_local bool hook_carrier_thread;
bool hook_foreign_code;

void hooks_admit_foreign_code(void) { hook_foreign_code = true; }

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
  shadow_begin();
  past_renew();
}

void hooks_end(struct memory_leak *leak) {
  tls_end();
  memory_end(leak);
}
