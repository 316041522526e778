/* defaults.c - the sanitizers' options, compiled in; TSAN_OPTIONS and the like still come after them. */
#include "flavour/flavour.h"

#if HEDDLE_FLAVOUR_TSAN
/* Every report counts, also one seen before: the statistics need repeats, and suppressing them would make a run depend
 * on those before it.  Nothing is symbolized here: that is done once a finding, outside. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
  return "halt_on_error=0:exitcode=0:suppress_equal_stacks=0:suppress_equal_addresses=0:symbolize=0:report_bugs=1:"
         "history_size=4:report_signal_unsafe=0:report_thread_leaks=0:report_destroy_locked=0:"
         "second_deadlock_stack=1:memory_limit_mb=0:atexit_sleep_ms=0:flush_memory_ms=0:handle_abort=0";
}
#endif

#if HEDDLE_FLAVOUR_ASAN
/* Fresh memory is filled in full, as in the other flavours (hooks/memory.c); a fake stack would be another one. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "halt_on_error=0:exitcode=0:suppress_equal_pcs=0:symbolize=0:detect_stack_use_after_return=0:"
         "max_malloc_fill_size=1099511627776:malloc_fill_byte=190:quarantine_size_mb=64:"
         "thread_local_quarantine_size_kb=1024:malloc_context_size=12:detect_leaks=0:"
         "alloc_dealloc_mismatch=1:handle_abort=0:print_legend=0:allocator_may_return_null=1";
}
#endif

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
  return "halt_on_error=0:symbolize=0:print_stacktrace=0:suppress_equal_pcs=0";
}
