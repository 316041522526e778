/* Lines of stacks in all the forms that they are printed in, and roles, tasks and places of the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "triage/parse/frame_line.h"
#include "triage/test/parse_golden.h"

static const struct {
  const char *line;
  unsigned number;
  const char *function, *file;
  uint32_t line_number, column;
  const char *module;
  uint64_t offset;
} frames[] = {
    {"    #0 0x55d0c8 in put src/map.c:12:3 (prog+0x12c8) (BuildId: 9f11)", 0, "put", "src/map.c", 12, 3, "prog",
     0x12c8},
    {"#1 put src/map.c:12:3 (prog+0x12c8)", 1, "put", "src/map.c", 12, 3, "prog", 0x12c8},
    {"#1 put src/map.c:12 (prog+0x12c8) (BuildId: 9f11) [inlined]", 1, "put", "src/map.c", 12, 0, "prog", 0x12c8},
    {"#2 0x7f01 (/usr/lib/libc.so.6+0x29d09) (BuildId: 9f11)", 2, "", "", 0, 0, "/usr/lib/libc.so.6", 0x29d09},
    {"#2 0x7f01  (/usr/lib/libc.so.6+0x29d09)", 2, "", "", 0, 0, "/usr/lib/libc.so.6", 0x29d09},
    {"#4 put <null> (prog+0x12c8)", 4, "put", "", 0, 0, "prog", 0x12c8},
    {"#5 <null> <null> (prog+0x1)", 5, "", "", 0, 0, "prog", 1},
    {"#5 0x1 in main (/src/build/prog+0x1)", 5, "main", "", 0, 0, "/src/build/prog", 1},
    {"#5 0x1 in main+0x12 (/src/build/prog:x86_64+0x1)", 5, "main+0x12", "", 0, 0, "/src/build/prog", 1},
    {"#6 0x1 (<unknown module>)", 6, "", "", 0, 0, "", 0},
    {"#7 main prog.c:3", 7, "main", "prog.c", 3, 0, "", 0},
    {"#7 0x5 in main /src/prog.c", 7, "main", "/src/prog.c", 0, 0, "", 0},
    {"#7 0x5 in main prog.c", 7, "main", "prog.c", 0, 0, "", 0},
    {"#7 0x5 in main.cold (prog+0x2)", 7, "main.cold", "", 0, 0, "prog", 2},
    {"#7 0x5 in f /src/my project/x (1).c:3:4", 7, "f", "/src/my project/x (1).c", 3, 4, "", 0},
    {"#7 0x5 in f C:\\src\\x.c:3", 7, "f", "C:\\src\\x.c", 3, 0, "", 0},
    {"#7 0x5 in f C:\\src\\x.c(3,4)", 7, "f", "C:\\src\\x.c", 3, 4, "", 0},
    {"#7 0x5 in f /src/x.c(3)", 7, "f", "/src/x.c", 3, 0, "", 0},
    {"#7 f ../../src/x.c:3 (/src/pro (g)ram (deleted)+0x5)", 7, "f", "../../src/x.c", 3, 0, "/src/pro (g)ram (deleted)",
     5},
    {"#3 std::map<int, int>::operator[](int const&) /usr/include/c++/12/bits/stl_map.h:511 (prog+0x1)", 3,
     "std::map<int, int>::operator[](int const&)", "/usr/include/c++/12/bits/stl_map.h", 511, 0, "prog", 1},
    {"#3 operator<<(std::ostream&, a::B const&) src/b.cc:5:1", 3, "operator<<(std::ostream&, a::B const&)", "src/b.cc",
     5, 1, "", 0},
    {"#3 bool operator< <int>(A<int> const&) /src/b.cc:5:1", 3, "bool operator< <int>(A<int> const&)", "/src/b.cc", 5,
     1, "", 0},
    {"#3 a::P::operator->() const /src/b.cc:5:1 (prog+0x1)", 3, "a::P::operator->() const", "/src/b.cc", 5, 1, "prog",
     1},
    {"#3 void call<(lambda at /src/x.cc:3:4)>(int) /src/b.cc:5:1", 3, "void call<(lambda at /src/x.cc:3:4)>(int)",
     "/src/b.cc", 5, 1, "", 0},
    {"#3 void call<(lambda at /src/x.cc:3:4)>(int) b.cc:5:1", 3, "void call<(lambda at /src/x.cc:3:4)>(int)", "b.cc", 5,
     1, "", 0},
    {"#3 (anonymous namespace)::put(char const*) <null> (prog+0x7)", 3, "(anonymous namespace)::put(char const*)", "",
     0, 0, "prog", 7},
    {"#3 main::$_0::operator()() const x.cc:1:2", 3, "main::$_0::operator()() const", "x.cc", 1, 2, "", 0},
    {"[frame=2, function=put(int, int), location=/src/x.c:3:4]", 2, "put(int, int)", "/src/x.c", 3, 4, "", 0},
    {"[frame=2, function=put, location=<null>]", 2, "put", "", 0, 0, "", 0},
    {"frame:3 address:0x55d0", 3, "", "", 0, 0, "", 0},
    {"#8 /src/x.c:3:4 put", 8, "put", "/src/x.c", 3, 4, "", 0},
    {"#8 put at src/x.c:3:4", 8, "put", "src/x.c", 3, 4, "", 0},
    {"#8 (prog+0x1) in put /src/x.c:3:4", 8, "put", "/src/x.c", 3, 4, "prog", 1},
    {"#8 0x5", 8, "", "", 0, 0, "", 0},
    {"#8", 8, "", "", 0, 0, "", 0},
    {"#9 f x.c:99999999999999999999:1", 9, "f", "x.c", 0, 1, "", 0},
};

static void test_frames_are_read_in_every_form(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
    char *line = strdup(frames[i].line);
    struct frame_line read;
    if (!frame_line_read(line, &read))
      fail_msg("no frame: %s", frames[i].line);
    const struct frame *frame = &read.frame;
    bool same = read.number == frames[i].number && strcmp(frame->function, frames[i].function) == 0 &&
                strcmp(frame->file, frames[i].file) == 0 && frame->line == frames[i].line_number &&
                frame->column == frames[i].column && strcmp(frame->module, frames[i].module) == 0 &&
                frame->offset == frames[i].offset;
    if (!same)
      fail_msg("%s: read as `%s` `%s`:%u:%u `%s`+0x%lx", frames[i].line, frame->function, frame->file, frame->line,
               frame->column, frame->module, (unsigned long)frame->offset);
    free(line);
  }
}

static void test_what_is_no_frame_is_left_alone(void **state) {
  (void)state;
  static const char *const lines[] = {"",       "#",      "#x 0x1",    "# 1 put", "#1x put",        "progress: 1",
                                      "frame=", "[frame", "#define X", "##",      "#99999999999 x", "frame # 1"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    char *line = strdup(lines[i]);
    struct frame_line read;
    if (frame_line_read(line, &read) || strcmp(line, lines[i]) != 0)
      fail_msg("a frame: %s", lines[i]);
    free(line);
  }
}

/* ---- reports ---- */

static struct golden got;

static void assert_read(const char *log, const char *expected) {
  golden_parse(&got, log, strlen(log), strlen(log));
  if (got.count != 1)
    fail_msg("%zu reports in:\n%s", got.count, log);
  if (!strstr(got.lines[0], expected))
    fail_msg("%s\nlacks\n%s", got.lines[0], expected);
}

#define PUT "    #0 put src/map.c:12:3 (prog+0x12)\n    #1 run src/run.c:1:1 (prog+0x1)\n\n"
#define GET "    #0 get src/map.c:40:3 (prog+0x40)\n\n"
#define SUMMARY "SUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put\n==================\n"
#define RACE "WARNING: ThreadSanitizer: data race (pid=1)\n"

static void test_a_race_has_one_key_whichever_side_comes_first(void **state) {
  (void)state;
  char key[17];
  assert_read(RACE "  Write of size 8 at 0x7b04 by thread T1 (mutexes: write M0):\n" PUT
                   "  Previous atomic read of size 4 at 0x7b04 by main thread:\n" GET SUMMARY,
              " | get src/map.c:40 | put src/map.c:12 | access@1 write 8 x2 | previous@0 atomic read 4 x1");
  memcpy(key, got.lines[0] + strlen("data-race "), 16);
  key[16] = '\0';
  assert_read(RACE "  Atomic read of size 4 at 0x9c04 by thread T7:\n" GET
                   "  Previous write of size 8 at 0x9c04 by thread T12:\n" PUT SUMMARY,
              key);
  assert_non_null(strstr(got.lines[0], "access@7 atomic read 4 x1 | previous@12 write 8 x2"));
}

#define FREE "    #0 free <null> (prog+0x12)\n    #1 drop src/map.c:9:3 (prog+0x1)\n\n"

static void test_a_race_with_free_is_a_use_after_free_whichever_side_comes_first(void **state) {
  (void)state;
  char key[17];
  assert_read("WARNING: ThreadSanitizer: heap-use-after-free (pid=1)\n  Read of size 8 at 0x7b04 by thread T1:\n" GET
              "  Previous write of size 8 at 0x7b04 by thread T2:\n" FREE SUMMARY,
              " | drop src/map.c:9 | get src/map.c:40 | access@1 read 8 x1 | free@2 write 8 x2");
  memcpy(key, got.lines[0] + strlen("heap-use-after-free "), 16);
  key[16] = '\0';
  assert_read(RACE "  Write of size 8 at 0x7b04 by thread T2:\n" FREE
                   "  Previous read of size 8 at 0x7b04 by thread T1:\n" GET SUMMARY,
              key);
  assert_non_null(strstr(got.lines[0], "free@2 write 8 x2 | previous@1 read 8 x1"));
  assert_read("==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x7b04 at pc 0x1 bp 0x2 sp 0x3\n"
              "READ of size 8 at 0x7b04 thread T1\n" GET
              "0x7b04 is located 4 bytes inside of 16-byte region [0x7b00,0x7b10)\n"
              "freed by thread T2 (a name) here:\n" FREE "previously allocated by thread T0 here:\n" PUT
              "SUMMARY: AddressSanitizer: heap-use-after-free\n",
              key);
  assert_non_null(
      strstr(got.lines[0], "at heap block of 16 bytes, 4 in | access@1 read 8 x1 | free@2 x2 | alloc@0 x2"));
}

static void test_a_stack_that_could_not_be_restored_still_counts(void **state) {
  (void)state;
  assert_read(
      RACE "  Write of size 8 at 0x7b04 by thread T1:\n" PUT
           "  Previous read of size 8 at 0x7b04 by thread T2:\n    [failed to restore the stack]\n\n"
           "  As if synchronized via sleep:\n" GET "  Location is TLS of thread T1.\n\n" SUMMARY,
      " | ? | put src/map.c:12 | at TLS of thread T1 | access@1 write 8 x2 | previous@2 read 8 x0 | witness@-1 x1");
}

static void test_threads_and_mutexes_with_hostile_names(void **state) {
  (void)state;
  assert_read(RACE "  Write of size 8 at 0x7b04 by thread T1:\n" PUT
                   "  Location is global 'a' of size 2 at 0x1' of size 8 at 0x7b00 (prog+0x1)\n\n"
                   "  Mutex M0 (0x7b0c) created at:\n" GET
                   "  Thread T1 'x created by y at:' (tid=5, running) created by thread T3 at:\n" PUT SUMMARY,
              " | at global a' of size 2 at 0x1 of 8 bytes, 4 in | access@1 write 8 x2 | created@-1 x1 | created@3 x2");
}

static void test_reports_on_external_objects(void **state) {
  (void)state;
  assert_read("WARNING: ThreadSanitizer: race on Swift access race (pid=1)\n"
              "  Modifying access of Swift variable at 0x7b04 by thread T1:\n" PUT
              "  Previous read-only access of Swift variable at 0x7b04 by main thread:\n" GET
              "  Location is heap block of size 16 at 0x7b00 allocated by main thread:\n" GET SUMMARY,
              "external-race ");
  assert_non_null(strstr(got.lines[0], "access@1 write 0 x2 | previous@0 read 0 x1 | alloc@0 x1"));
}

static void test_an_indirect_leak_hangs_from_the_leak_before_it(void **state) {
  (void)state;
  assert_read("==1==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 7 byte(s) in 1 object(s) allocated "
              "from:\n" PUT "Indirect leak of 9 byte(s) in 3 object(s) allocated from:\n" GET
              "SUMMARY: LeakSanitizer: 16 byte(s) leaked\n",
              " | put src/map.c:12 | access@-1 x2 | witness@-1 x1");
  assert_read("Indirect leak of 9 byte(s) in 3 object(s) allocated from:\n" GET, "memory-leak ");
}

static void test_deadly_signals_tell_their_access_and_thread(void **state) {
  (void)state;
  assert_read(
      "AddressSanitizer:DEADLYSIGNAL\n==1==ERROR: AddressSanitizer: BUS on unknown address (pc 0x1 bp 0x2 sp 0x3 T4)\n"
      "==1==The signal is caused by a WRITE memory access.\n==1==Hint: this fault was caused by a dereference\n" PUT
      "SUMMARY: AddressSanitizer: BUS src/map.c:12:3 in put\n==1==ABORTING\n",
      "bus-error ");
  assert_non_null(strstr(got.lines[0], "access@4 write 0 x2"));
}

static void test_lines_that_only_look_like_reports_begin_none(void **state) {
  (void)state;
  static const char log[] = "panic: runtime error: index out of range [5] with length 3\n"
                            "see \"WARNING: ThreadSanitizer: data race (pid=1)\" in the manual\n"
                            "FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n"
                            "==1==WARNING: AddressSanitizer failed to allocate 0x1 bytes\n"
                            "==1==WARNING: Trying to symbolize code\n"
                            "ERROR: AddressSanitizer: heap-use-after-free on address\n"
                            "==1==ERROR: LeakSanitizer: detected memory leaks\n"
                            "Direct leak of nothing\nubsan: the sanitizer\nERROR: libFuzzer: deadly signal\n"
                            "x: runtime error: y\n    #0 put src/map.c:12:3\n";
  golden_parse(&got, log, strlen(log), strlen(log));
  if (got.count != 0)
    fail_msg("%zu reports: %s", got.count, got.lines[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_frames_are_read_in_every_form),
      cmocka_unit_test(test_what_is_no_frame_is_left_alone),
      cmocka_unit_test(test_a_race_has_one_key_whichever_side_comes_first),
      cmocka_unit_test(test_a_race_with_free_is_a_use_after_free_whichever_side_comes_first),
      cmocka_unit_test(test_a_stack_that_could_not_be_restored_still_counts),
      cmocka_unit_test(test_threads_and_mutexes_with_hostile_names),
      cmocka_unit_test(test_reports_on_external_objects),
      cmocka_unit_test(test_an_indirect_leak_hangs_from_the_leak_before_it),
      cmocka_unit_test(test_deadly_signals_tell_their_access_and_thread),
      cmocka_unit_test(test_lines_that_only_look_like_reports_begin_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
