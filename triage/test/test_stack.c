/* Frames of sanitizers, libc and harness are dropped; names come from the binary; a missing symbolizer costs names
 * only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "triage/campaign/process.h"
#include "triage/stack/normalize.h"
#include "triage/stack/symbolize.h"

static struct frame frame(const char *function, const char *file, const char *module) {
  return (struct frame){function, file, 1, 1, module, 1};
}

static void test_runtime_and_harness_frames_are_told_apart(void **state) {
  (void)state;
  const struct {
    struct frame frame;
    enum stack_class class;
  } cases[] = {
      {frame("gomap_put", "map/gomap.c", "heddle_gomap_tsan"), STACK_APPLICATION},
      {frame("", "", "heddle_gomap_tsan"), STACK_APPLICATION},
      {frame("cloned_bucket", "map/gomap.c", ""), STACK_APPLICATION},
      {frame("sem_map_get", "map/adapters/sem.c", ""), STACK_APPLICATION},
      {frame("philosopher", "harness/test/dining.c", ""), STACK_APPLICATION},
      {frame("hook_load8", "./harness/hooks/access.c", ""), STACK_HARNESS},
      {frame("__tsan_read8", "", "heddle_gomap_tsan"), STACK_RUNTIME},
      {frame("__tsan::MemoryAccess", "", ""), STACK_RUNTIME},
      {frame("__asan_memcpy", "", ""), STACK_RUNTIME},
      {frame("__sanitizer_print", "", ""), STACK_RUNTIME},
      {frame("__interceptor_free", "", ""), STACK_RUNTIME},
      {frame("___interceptor_malloc", "", ""), STACK_RUNTIME},
      {frame("__wrap_pthread_mutex_lock", "", ""), STACK_RUNTIME},
      {frame("fuzzer::Fuzzer::ExecuteCallback", "", ""), STACK_RUNTIME},
      {frame("LLVMFuzzerTestOneInput", "x.c", ""), STACK_RUNTIME},
      {frame("main", "x.c", ""), STACK_RUNTIME},
      {frame("free", "", ""), STACK_RUNTIME},
      {frame("whatever", "", "/lib/x86_64-linux-gnu/libc.so.6"), STACK_RUNTIME},
      {frame("map_fatal", "map/fatal.c", ""), STACK_RUNTIME},
      {frame("free", "../../../../src/libsanitizer/tsan/tsan_interceptors_posix.cpp", ""), STACK_RUNTIME},
      {frame("whatever", "", "/usr/lib/x86_64-linux-gnu/libtsan.so.2"), STACK_RUNTIME},
      {frame("<null>", "", "prog"), STACK_RUNTIME},
      {frame("void std::__invoke_impl<void, void (*)(int), int>(std::__invoke_other, int&&)", "", ""), STACK_RUNTIME},
      {frame("std::thread::_State_impl<std::thread::_Invoker<std::tuple<main::$_0> > >::_M_run()", "", ""),
       STACK_RUNTIME},
      {frame("std::__1::__function::__func<main::$_0, void ()>::operator()()", "", ""), STACK_RUNTIME},
      {frame("standard::put<std::thread>(int)", "", ""), STACK_APPLICATION},
      {frame("HonggfuzzMain", "", ""), STACK_RUNTIME},
      {frame("main", "/opt/aflpp/utils/aflpp_driver/aflpp_driver.c", ""), STACK_RUNTIME},
      {frame("runtime.mapassign_fast64", "/usr/lib/go/src/runtime/map_fast64.go", ""), STACK_RUNTIME},
      {frame("sync/atomic.AddInt64", "", ""), STACK_RUNTIME},
      {frame("testing.(*T).Run.func1", "", ""), STACK_RUNTIME},
      {frame("main.main", "/src/main.go", ""), STACK_APPLICATION},
      {frame("example.com/sync.Put", "", ""), STACK_APPLICATION},
      {frame("kcsan_setup_watchpoint", "", ""), STACK_RUNTIME},
      {frame("do_syscall_64", "", ""), STACK_RUNTIME},
      {frame("__do_sys_newlstat", "fs/stat.c", ""), STACK_APPLICATION},
      {frame("kernfs_refresh_inode.isra.0", "", ""), STACK_APPLICATION},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
    if (stack_classify(&cases[i].frame) != cases[i].class)
      fail_msg("%s %s", cases[i].frame.function, cases[i].frame.file);
}

static void test_the_top_is_the_innermost_application_frame(void **state) {
  (void)state;
  struct frame frames[] = {frame("__interceptor_free", "", ""), frame("hook_free", "harness/hooks/alloc.c", ""),
                           frame("gomap_clear", "map/gomap.c", ""), frame("run_task", "harness/target/run.c", ""),
                           frame("main", "", "")};
  assert_ptr_equal(stack_top(frames, 5), &frames[2]);
  assert_ptr_equal(stack_top(frames, 2), &frames[1]);
  assert_null(stack_top(frames, 1));
  assert_null(stack_top(frames, 0));
}

static void test_a_program_that_does_all_in_main_has_a_top(void **state) {
  (void)state;
  struct frame frames[] = {frame("__tsan_read8", "", ""), frame("LLVMFuzzerTestOneInput", "/src/fuzz.c", ""),
                           frame("fuzzer::Fuzzer::Loop", "", ""), frame("main", "FuzzerMain.cpp", "")};
  assert_ptr_equal(stack_top(frames, 4), &frames[1]);
  assert_null(stack_top(frames, 1));
  frames[2] = frame("run_task", "harness/target/run.c", "");
  assert_ptr_equal(stack_top(frames, 4), &frames[2]);
}

static double cpu_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_classifying_is_cheap(void **state) {
  (void)state;
  struct frame frames[] = {
      frame("std::map<int, std::vector<int>>::find(int const&) const", "/usr/include/c++/12/bits/stl_map.h", "prog"),
      frame("gomap_put", "/src/map/gomap.c", "/build/bin/heddle_gomap_tsan"),
      frame("main.(*cache).get.func1", "/src/main.go", "")};
  double begun = cpu_s();
  size_t runtime = 0;
  for (size_t i = 0; i < 60000; ++i)
    runtime += stack_classify(&frames[i % 3]) == STACK_RUNTIME;
  assert_int_equal(runtime, 20000);
  assert_true(cpu_s() - begun < 3); /* sanitized and on a busy machine; a thirtieth of it without */
}

static void test_files_become_relative_to_the_root(void **state) {
  (void)state;
  assert_string_equal(stack_relative("/src/heddle/map/gomap.c", "/src/heddle"), "map/gomap.c");
  assert_string_equal(stack_relative("/src/heddle/map/gomap.c", "/src/heddle//"), "map/gomap.c");
  assert_string_equal(stack_relative("/src/heddle2/map/gomap.c", "/src/heddle"), "/src/heddle2/map/gomap.c");
  assert_string_equal(stack_relative("././map/gomap.c", NULL), "map/gomap.c");
  assert_string_equal(stack_relative("../map/gomap.c", NULL), "map/gomap.c");
  assert_string_equal(stack_relative("", "/src"), "");
}

__attribute__((noinline)) int landmark(const volatile int *value) { return *value + 1; }

static uint64_t offset_of(const void *address) {
  Dl_info info;
  struct link_map *map = NULL;
  assert_int_not_equal(dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP), 0);
  return (uint64_t)(uintptr_t)address - map->l_addr;
}

static void test_a_place_in_this_binary_gets_its_name_and_file(void **state) {
  (void)state;
  static char own[4096];
  uint64_t offset = offset_of((const void *)(uintptr_t)&landmark);
  ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  assert_true(length > 0);
  struct symbolizer *symbolizer = symbolizer_open();
  struct frame frames[8], again[8];
  size_t count = symbolizer_frames(symbolizer, own, offset, frames, 8);
  assert_int_equal(count, 1);
  assert_string_equal(frames[0].function, "landmark");
  assert_non_null(strstr(frames[0].file, "test_stack.c"));
  assert_true(frames[0].line > 0);
  assert_int_equal(frames[0].offset, offset);
  assert_int_equal(symbolizer_frames(symbolizer, own, offset, again, 8), 1);
  assert_ptr_equal(again[0].function, frames[0].function); /* from the cache */
  assert_int_equal(symbolizer_frames(symbolizer, "/nowhere/lib.so", 7, frames, 8), 1);
  assert_string_equal(frames[0].function, "");
  assert_string_equal(frames[0].module, "/nowhere/lib.so");
  assert_int_equal(symbolizer_frames(symbolizer, own, offset, frames, 8), 1);
  assert_string_equal(frames[0].function, "landmark");
  symbolizer_close(symbolizer);
}

/* What goes to stderr while `ask` runs. */
static char *captured(void (*ask)(void)) {
  int buffer = process_buffer(), saved = dup(STDERR_FILENO);
  size_t size;
  if (buffer < 0 || saved < 0)
    abort();
  dup2(buffer, STDERR_FILENO);
  ask();
  dup2(saved, STDERR_FILENO);
  close(saved);
  char *text = process_buffer_text(buffer, &size);
  close(buffer);
  return text;
}

static void ask_twice(void) {
  struct frame frames[2];
  struct symbolizer *symbolizer = symbolizer_open();
  for (uint64_t offset = 1; offset < 3; ++offset) {
    assert_int_equal(symbolizer_frames(symbolizer, "/bin/true", offset, frames, 2), 1);
    assert_string_equal(frames[0].function, "");
    assert_string_equal(frames[0].module, "/bin/true");
    assert_int_equal(frames[0].offset, offset);
  }
  symbolizer_close(symbolizer);
}

static void assert_warned_once(const char *path) {
  setenv("LLVM_SYMBOLIZER_PATH", path, 1);
  char *text = captured(ask_twice);
  unsetenv("LLVM_SYMBOLIZER_PATH");
  char *first = strstr(text, "heddle: no function names in stacks");
  assert_non_null(first);
  assert_non_null(strstr(text, path));
  assert_null(strstr(first + 1, "heddle:"));
  free(text);
}

static void test_a_missing_symbolizer_is_told_once(void **state) {
  (void)state;
  assert_warned_once("/nowhere/llvm-symbolizer");
}

static void test_a_symbolizer_that_dies_is_told_once(void **state) {
  (void)state;
  assert_warned_once("/bin/false");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_runtime_and_harness_frames_are_told_apart),
      cmocka_unit_test(test_the_top_is_the_innermost_application_frame),
      cmocka_unit_test(test_a_program_that_does_all_in_main_has_a_top),
      cmocka_unit_test(test_classifying_is_cheap),
      cmocka_unit_test(test_files_become_relative_to_the_root),
      cmocka_unit_test(test_a_place_in_this_binary_gets_its_name_and_file),
      cmocka_unit_test(test_a_missing_symbolizer_is_told_once),
      cmocka_unit_test(test_a_symbolizer_that_dies_is_told_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
