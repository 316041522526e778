/* hook.h - shared by the files of this room: where a hook was called from, and whether it is to act. */
#ifndef HEDDLE_HOOKS_HOOK_H
#define HEDDLE_HOOKS_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "failure/failure.h"
#include "flavour/flavour.h"
#include "flavour/shadow.h"
#include "sched/sched.h"

/* True on the OS threads that carry tasks: the engine has threads of its own, and they are none of ours. */
extern _Thread_local bool hook_carrier_thread;

/* Whether calls from code that the build compiled neither as code under test nor as harness count too: a library's, but
 * then also a sanitizer's and the engine's. */
extern bool hook_foreign_code;

/* True where a wrapped call from `pc` is one of the code under test in a run; false: pass it on as it is.  An engine's
 * signal handler, say, allocates in the middle of a run, and must not be interleaved.  The harness itself calls nothing
 * that is wrapped, but passes such calls on: a key's destructor may be free(). */
static inline bool hook_acts_for(uintptr_t pc) {
  if (!sched.active || !hook_carrier_thread)
    return false;
  return hook_foreign_code || failure_origin(pc) != FAILURE_ELSEWHERE;
}
#define hook_acts() hook_acts_for((uintptr_t)__builtin_return_address(0))

/* The place of the hook that uses it; a wrapper's own name, less its prefix, is the call. */
#define HOOK_PLACE(object, bytes)                                                                                      \
  ((struct sched_place){.pc = __builtin_return_address(0),                                                             \
                        .frame = shadow_note_frame(__builtin_frame_address(0)),                                        \
                        .address = (uintptr_t)(object),                                                                \
                        .size = (uint32_t)(bytes),                                                                     \
                        .call = __func__ + sizeof "__wrap_" - 1})
#define HOOK_ACCESS(object, bytes)                                                                                     \
  ((struct sched_place){.pc = __builtin_return_address(0),                                                             \
                        .frame = shadow_note_frame(__builtin_frame_address(0)),                                        \
                        .address = (uintptr_t)(object),                                                                \
                        .size = (uint32_t)(bytes)})

/* TSan takes a call's stack from its own shadow stack, in which a hook has no frame, and where its caller stands only
 * shows once that calls something: around a call into TSan's runtime, a hook says where it was called from. */
#if HEDDLE_FLAVOUR_TSAN
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
#define HOOK_CALLER_BEGIN(place) __tsan_func_entry((void *)(uintptr_t)(place)->pc)
#define HOOK_CALLER_END() __tsan_func_exit()
#else
#define HOOK_CALLER_BEGIN(place) ((void)(place))
#define HOOK_CALLER_END() ((void)0)
#endif

#endif
