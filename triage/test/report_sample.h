/* report_sample.h - for tests: two campaigns against maps with planted bugs, and one bug whose every text is hostile.
 */
#ifndef HEDDLE_TRIAGE_TEST_REPORT_SAMPLE_H
#define HEDDLE_TRIAGE_TEST_REPORT_SAMPLE_H

#include <math.h>

#include "triage/report/report.h"

#define SAMPLE_DAY 1790000000 /* 21 September 2026 */
#define SAMPLE_COUNT(array) (sizeof(array) / sizeof *(array))

/* Markup, quotes, a terminal escape, a bell, a delete, text turned round, bytes that are no UTF-8, an end of line, a
 * joiner. */
#define SAMPLE_HOSTILE                                                                                                 \
  "<img src=x onerror=alert(1)>\"'&</title></script></style>\033[31m\a\x7f\xe2\x80\xae"                                \
  "dlrow\xff\xc3(\nnext\xe2\x80\x8b"

static const struct frame sample_add[] = {
    {"gomap_add", "map/gomap.c", 187, 13, "heddle_rwmap_tsan", 0x1f5724},
    {"gomap_assign_slot", "map/gomap.c", 212, 14, "heddle_rwmap_tsan", 0x1f5506},
    {"gomap_assign", "map/gomap.c", 225, 28, "heddle_rwmap_tsan", 0x1fbc25},
    {"rwmap_put", "map/rwmap.c", 83, 28, "heddle_rwmap_tsan", 0x1fbd11},
    {"execute_operation", "harness/carrier/execute.c", 88, 5, "heddle_rwmap_tsan", 0x1bc1d8}};
static const struct frame sample_len[] = {
    {"gomap_len", "map/gomap.c", 124, 77, "heddle_rwmap_tsan", 0x1f5358},
    {"rwmap_len", "map/rwmap.c", 231, 12, "heddle_rwmap_tsan", 0x1f6818},
    {"execute_operation", "harness/carrier/execute.c", 121, 5, "heddle_rwmap_tsan", 0x1bc5c2}};
static const struct frame sample_create[] = {{"calloc", "", 0, 0, "heddle_rwmap_tsan", 0x9a10},
                                             {"gomap_create", "map/gomap.c", 53, 23, "heddle_rwmap_tsan", 0x1f371b},
                                             {"rwmap_create", "map/rwmap.c", 50, 16, "heddle_rwmap_tsan", 0x1bc8ed}};
static const struct frame sample_access[] = {{"gomap_access", "map/gomap.c", 117, 12, "heddle_gomap_tsan", 0x1f5001},
                                             {"execute_operation", "harness/carrier/execute.c", 80, 5, "", 0}};
static const struct frame sample_write_lock[] = {
    {"pthread_rwlock_wrlock", "", 0, 0, "libc.so.6", 0x9c2a0},
    {"rwmap_lock_write", "map/rwmap.c", 34, 15, "heddle_rwmap_tsan", 0x1f7001},
    {"rwmap_get_or_insert", "map/rwmap.c", 131, 41, "heddle_rwmap_tsan", 0x1f7a10}};
static const struct frame sample_read_lock[] = {
    {"rwmap_lock_read", "map/rwmap.c", 27, 15, "heddle_rwmap_tsan", 0x1f7100},
    {"rwmap_get_or_insert", "map/rwmap.c", 126, 3, "heddle_rwmap_tsan", 0x1f79e0}};
static const struct frame sample_move[] = {{"striped_move", "map/striped.c", 360, 0, "heddle_striped_tsan", 0x2100}};
static const struct frame sample_put[] = {{"striped_put", "map/striped.c", 299, 0, "heddle_striped_tsan", 0x2200}};
static const struct frame sample_del[] = {{"striped_del", "map/striped.c", 355, 0, "heddle_striped_tsan", 0x2300}};
static const struct frame sample_stripped[] = {{"", "", 0, 0, "libvendor.so.3", 0x12f0}, {"", "", 0, 0, "", 0}};
static const struct frame sample_hostile_frames[] = {
    {SAMPLE_HOSTILE, SAMPLE_HOSTILE, 7, 3, SAMPLE_HOSTILE, 0x10},
    {"std::map<std::pair<long,std::basic_string<char,std::char_traits<char>,std::allocator<char>>>,std::vector<std::"
     "unique_ptr<(anonymous "
     "namespace)::Node<int,std::less<int>>>>>::operator[](std::pair<long,long>&&)::{lambda(auto)#1}",
     "/usr/include/c++/14/bits/a folder with spaces/stl_map.h", 512, 9, "server", 0x20},
    {"", "", 0, 0, SAMPLE_HOSTILE, 0x30}};

static const struct finding_stack sample_race[] = {{FINDING_ACCESS, 2, "put k0", FINDING_WRITE, 8, sample_add, 5},
                                                   {FINDING_PREVIOUS, 1, "len", FINDING_READ, 8, sample_len, 3},
                                                   {FINDING_ALLOC, -1, "", FINDING_NO_ACCESS, 0, sample_create, 3}};
static const struct finding_stack sample_get_race[] = {
    {FINDING_ACCESS, 1, "get k4", FINDING_READ, 8, sample_access, 2},
    {FINDING_PREVIOUS, 2, "put k4", FINDING_WRITE, 8, sample_add, 5}};
static const struct finding_stack sample_deadlock[] = {
    {FINDING_WAITING, 1, "get-or-insert k3", FINDING_NO_ACCESS, 0, sample_write_lock, 3},
    {FINDING_WAITING, 2, "get-or-insert k3", FINDING_NO_ACCESS, 0, sample_write_lock, 3},
    {FINDING_HELD, 1, "get-or-insert k3", FINDING_NO_ACCESS, 0, sample_read_lock, 2},
    {FINDING_HELD, 2, "get-or-insert k3", FINDING_NO_ACCESS, 0, sample_read_lock, 2}};
static const struct finding_stack sample_verdict[] = {
    {FINDING_ACCESS, 1, "move k0 k1", FINDING_NO_ACCESS, 0, sample_move, 1},
    {FINDING_WITNESS, 2, "put k0", FINDING_NO_ACCESS, 0, sample_put, 1},
    {FINDING_WITNESS, 2, "delete k1", FINDING_NO_ACCESS, 0, sample_del, 1}};
static const struct finding_stack sample_unknown[] = {{FINDING_ACCESS, -1, "", FINDING_READ, 1, sample_stripped, 2},
                                                      {FINDING_FREE, -1, "", FINDING_NO_ACCESS, 0, sample_stripped, 1}};
static const struct finding_stack sample_leak[] = {{FINDING_ACCESS, -1, "", FINDING_NO_ACCESS, 0, sample_create, 3}};
static const struct finding_stack sample_hostile_stacks[] = {
    {FINDING_ACCESS, 1, SAMPLE_HOSTILE, FINDING_ATOMIC_WRITE, 4, sample_hostile_frames, 3},
    {FINDING_PREVIOUS, 2, SAMPLE_HOSTILE, FINDING_READ, 4, sample_hostile_frames, 3},
    {FINDING_CREATED, -1, "", FINDING_NO_ACCESS, 0, NULL, 0}};

static const char *const sample_add_lines[] = {"  vacant->bucket->keys[vacant->index] = key;",
                                               "  vacant->bucket->tophash[vacant->index] = top;", "  map->count++;",
                                               "  return MAP_DONE;", "}"};
static const char *const sample_len_lines[] = {
    "", "uint64_t gomap_len(struct map *opaque) { return (uint64_t)gomap_of(opaque)->count; }", "",
    "/* ---- writing ---- */"};
static const char *const sample_hostile_lines[] = {SAMPLE_HOSTILE, "\tif (a < b && c > d) /* \"x\" */ </pre><b>", NULL};
static const struct report_excerpt sample_excerpts[] = {{"map/gomap.c", 187, 185, sample_add_lines, 5, NULL},
                                                        {"map/gomap.c", 124, 123, sample_len_lines, 4, ""}};
static const struct report_excerpt sample_hostile_excerpts[] = {{SAMPLE_HOSTILE, 7, 6, sample_hostile_lines, 3, NULL},
                                                                {SAMPLE_HOSTILE, 9, 0, NULL, 0, SAMPLE_HOSTILE}};

#define STEP(point, task, switched, racing, operation, text, place)                                                    \
  {point, task, switched, racing, operation, text, place}
static const struct report_step sample_steps[] = {
    STEP(0, 0, false, false, "", "main waits for the threads", ""),
    STEP(1, 1, true, false, "len", "load of 8 bytes", "rwmap_len map/rwmap.c:231"),
    STEP(2, 1, false, true, "", "load of 8 bytes", "gomap_len map/gomap.c:124"),
    STEP(3, 1, false, false, "", "thread ends", ""),
    STEP(4, 2, true, false, "put k0", "pthread_rwlock_wrlock", "rwmap_lock_write map/rwmap.c:34"),
    STEP(5, 2, false, false, "", "load of 8 bytes", "rwmap_lock_write map/rwmap.c:37"),
    STEP(6, 2, false, false, "", "load of 1 byte", "gomap_begin_write map/gomap.c:131"),
    STEP(7, 2, false, false, "", "load of 8 bytes", "gomap_hash map/gomap.c:40"),
    STEP(8, 2, false, false, "", "store of 1 byte", "gomap_begin_write map/gomap.c:134"),
    STEP(9, 2, false, false, "", "memset of 16 bytes", "gomap_assign map/gomap.c:224"),
    STEP(10, 2, false, false, "", "load of 8 bytes", "gomap_assign_slot map/gomap.c:194"),
    STEP(11, 2, false, false, "", "calloc", "gomap_table_create map/gomap_grow.c:69"),
    STEP(37, 2, false, false, "", "load of 8 bytes", "gomap_add map/gomap.c:187"),
    STEP(38, 2, false, true, "", "store of 8 bytes", "gomap_add map/gomap.c:187"),
    STEP(39, 2, false, false, "", "load of 1 byte", "gomap_end_write map/gomap.c:139"),
    STEP(44, 2, false, false, "", "pthread_rwlock_unlock", "rwmap_unlock map/rwmap.c:41"),
    STEP(45, 2, false, false, "", "thread ends", ""),
    STEP(46, 0, true, false, "", "main waits for the threads", "")};
static const struct report_step sample_deadlock_steps[] = {
    STEP(0, 0, false, false, "", "main waits for the threads", ""),
    STEP(1, 1, true, false, "get-or-insert k3", "pthread_rwlock_rdlock", "rwmap_lock_read map/rwmap.c:27"),
    STEP(2, 2, true, false, "get-or-insert k3", "pthread_rwlock_rdlock", "rwmap_lock_read map/rwmap.c:27"),
    STEP(3, 2, false, false, "", "load of 8 bytes", "gomap_access map/gomap.c:117"),
    STEP(4, 2, false, true, "", "pthread_rwlock_wrlock, waits", "rwmap_lock_write map/rwmap.c:34"),
    STEP(5, 3, true, false, "get k9", "pthread_rwlock_rdlock, waits", "rwmap_lock_read map/rwmap.c:27"),
    STEP(6, 1, true, false, "", "load of 8 bytes", "gomap_access map/gomap.c:117"),
    STEP(7, 1, false, true, "", "pthread_rwlock_wrlock, waits", "rwmap_lock_write map/rwmap.c:34")};
static const struct report_step sample_hostile_steps[] = {
    STEP(0, 1, false, true, SAMPLE_HOSTILE, SAMPLE_HOSTILE, SAMPLE_HOSTILE),
    STEP(UINT64_MAX, 2, true, true, "", SAMPLE_HOSTILE, "")};
#undef STEP

#define SAMPLE_MOMENT(seconds, campaign, inputs, wall)                                                                 \
  {                                                                                                                    \
    SAMPLE_DAY + (seconds), campaign, {                                                                                \
      true, {inputs, (inputs) * 6, (wall) * 1.9, wall}, {(inputs) / 2, (inputs) * 3, wall, (wall) * 0.5}               \
    }                                                                                                                  \
  }
static const struct report_moment sample_again[] = {SAMPLE_MOMENT(90211, 1, 1211, 6.5)};

static const struct report_key sample_race_keys[] = {
    {.key = "b6572c9ec1c3c8cf",
     .kind = "data-race",
     .oracle = "ThreadSanitizer",
     .guarantee = "A",
     .state = REPORT_CONFIRMED,
     .title = "len reads the count while put writes it",
     .location = "heap block of 88 bytes, offset 0",
     .map = "rwmap",
     .stacks = sample_race,
     .stack_count = 3,
     .count = 1842,
     .first = SAMPLE_MOMENT(14, 0, 1830, 14.2),
     .last = SAMPLE_MOMENT(93511, 1, 611902, 3311.5),
     .discoveries = sample_again,
     .discovery_count = 1,
     .failed = 20,
     .runs = 20,
     .program = "2 threads, 1 key, hash seed 0x00000000\n\n  thread 1  thread 2\n  len       put k0\n",
     .schedule = "run each thread until it ends or blocks; a point at every memory access; but\n"
                 "  1. after 2 points, switch to thread 2\n",
     .minimized = "out/findings/b6572c9ec1c3c8cf/0b6c1f0a9d34c5a1e2b78a6bbd1b3f1f6d2b7c90/minimized",
     .command = "make repro CRASH=out/findings/b6572c9ec1c3c8cf/0b6c1f0a9d34c5a1e2b78a6bbd1b3f1f6d2b7c90",
     .excerpts = sample_excerpts,
     .excerpt_count = 2,
     .steps = sample_steps,
     .step_count = SAMPLE_COUNT(sample_steps)},
    {.key = "2f00ab1190cd4e71",
     .kind = "data-race",
     .oracle = "ThreadSanitizer",
     .guarantee = "A",
     .state = REPORT_NEW,
     .title = "data race of gomap_access and gomap_add",
     .location = "heap block of 88 bytes, offset 0",
     .map = "rwmap",
     .stacks = sample_get_race,
     .stack_count = 2,
     .count = 77,
     .first = SAMPLE_MOMENT(311, 0, 40112, 311),
     .last = SAMPLE_MOMENT(2211, 0, 331902, 2211.5),
     .program = "2 threads, 8 keys\n\n  thread 1  thread 2\n  get k4    put k4\n",
     .command = "make repro CRASH=out/findings/2f00ab1190cd4e71/77aa1f0a9d34c5a1e2b78a6bbd1b3f1f6d2b7c90",
     .excerpts = sample_excerpts,
     .excerpt_count = 2}};
static const struct report_key sample_deadlock_keys[] = {
    {.key = "7527bbf91a68ac63",
     .kind = "deadlock",
     .oracle = "progress",
     .guarantee = "J",
     .state = REPORT_NEW,
     .title = "T1 waits for the rwlock (write) of T2, and T2 for the rwlock (write) of T1",
     .map = "rwmap",
     .stacks = sample_deadlock,
     .stack_count = 4,
     .count = 19,
     .first = SAMPLE_MOMENT(2711, 0, 382114, 2711),
     .last = SAMPLE_MOMENT(92000, 1, 401222, 2100),
     .program = "3 threads, 16 keys (uniform)\n\n  thread 1          thread 2          thread 3\n"
                "  get-or-insert k3  get-or-insert k3  get k9\n",
     .command = "make repro CRASH=out/findings/7527bbf91a68ac63/c51d603c73f06bf591c03bfabb1fe312e467938d",
     .steps = sample_deadlock_steps,
     .step_count = SAMPLE_COUNT(sample_deadlock_steps)}};
static const struct report_key sample_verdict_keys[] = {
    {.key = "b416378a113ae686",
     .kind = "move-not-atomic",
     .oracle = "pairs",
     .guarantee = "H",
     .state = REPORT_INCUBATING,
     .title =
         "guarantee H: T1 move k0 k1 = 1 (2..7) was not at one instant, given T2 put k0 200000000 (3..4), T2 delete "
         "k1: absent (5..6)",
     .map = "striped",
     .stacks = sample_verdict,
     .stack_count = 3,
     .count = 2,
     .first = SAMPLE_MOMENT(91102, 1, 122005, 702),
     .last = SAMPLE_MOMENT(91102, 1, 122005, 702),
     .failed = 0,
     .runs = 20,
     .program =
         "2 threads, 256 keys (hot), the first 1 put beforehand\n\n  thread 1    thread 2\n  move k0 k1  put k0\n"
         "              delete k1\n",
     .command = "heddle repro --map=striped out/findings/b416378a113ae686/9d0a1c"}};
static const struct report_key sample_foreign_keys[] = {{.key = "14a6702ff370e709",
                                                         .kind = "heap-use-after-free",
                                                         .oracle = "AddressSanitizer",
                                                         .state = REPORT_REGRESSED,
                                                         .title = "read of freed memory in libvendor.so.3",
                                                         .location = "heap block of 272 bytes, offset 16",
                                                         .stacks = sample_unknown,
                                                         .stack_count = 2,
                                                         .count = 3,
                                                         .first = {.campaign = REPORT_NO_CAMPAIGN},
                                                         .last = {SAMPLE_DAY + 99000, REPORT_NO_CAMPAIGN, {0}}}};
static const struct report_key sample_leak_keys[] = {
    {.key = "33996492a6adfaa4",
     .kind = "memory-leak",
     .oracle = "memory",
     .guarantee = "K",
     .state = REPORT_IGNORED,
     .state_note = "until 2026-12-31: the block is kept on purpose until the benchmark is over",
     .title = "a block of 88 bytes is never freed",
     .map = "gomap",
     .stacks = sample_leak,
     .stack_count = 1,
     .count = 40211,
     .first = SAMPLE_MOMENT(1, 0, 3, 0.2),
     .last = SAMPLE_MOMENT(93522, 1, 612000, 3312)}};
static const struct report_key sample_hostile_keys[] = {{.key = SAMPLE_HOSTILE,
                                                         .kind = SAMPLE_HOSTILE,
                                                         .oracle = SAMPLE_HOSTILE,
                                                         .guarantee = SAMPLE_HOSTILE,
                                                         .state = REPORT_FIXED,
                                                         .state_note = SAMPLE_HOSTILE,
                                                         .title = SAMPLE_HOSTILE,
                                                         .location = SAMPLE_HOSTILE,
                                                         .map = SAMPLE_HOSTILE,
                                                         .stacks = sample_hostile_stacks,
                                                         .stack_count = 3,
                                                         .count = 1,
                                                         .first = {INT64_MAX, REPORT_NO_CAMPAIGN, {0}},
                                                         .last = {INT64_MIN, REPORT_NO_CAMPAIGN, {0}},
                                                         .program = SAMPLE_HOSTILE "\n\tsecond line",
                                                         .schedule = SAMPLE_HOSTILE,
                                                         .minimized = SAMPLE_HOSTILE,
                                                         .command = "make repro CRASH='a b; $(x)' " SAMPLE_HOSTILE,
                                                         .excerpts = sample_hostile_excerpts,
                                                         .excerpt_count = 2,
                                                         .steps = sample_hostile_steps,
                                                         .step_count = SAMPLE_COUNT(sample_hostile_steps)}};

static const char *const sample_reasons[] = {
    "b6572c9ec1c3c8cf and 2f00ab1190cd4e71 share the racing object, gomap_create map/gomap.c:53 + 0 (0.93, accepted)"};
static const char *const sample_hostile_reasons[] = {SAMPLE_HOSTILE};
static const struct report_bug sample_bugs[] = {
    {"", REPORT_CONFIRMED, sample_race_keys, 2, sample_reasons, 1},
    {"rwmap: two get-or-insert upgrade one lock", REPORT_NEW, sample_deadlock_keys, 1, NULL, 0},
    {NULL, REPORT_REGRESSED, sample_foreign_keys, 1, NULL, 0},
    {NULL, REPORT_INCUBATING, sample_verdict_keys, 1, NULL, 0},
    {SAMPLE_HOSTILE, REPORT_FIXED, sample_hostile_keys, 1, sample_hostile_reasons, 1},
    {NULL, REPORT_IGNORED, sample_leak_keys, 1, NULL, 0}};
static const struct report_campaign sample_campaigns[] = {{"out/rwmap",
                                                           "rwmap",
                                                           "heddle_rwmap_tsan",
                                                           "tsan",
                                                           "libFuzzer",
                                                           "2fffefe52edd1d38482d32a02ce03b9819c89f67",
                                                           SAMPLE_DAY,
                                                           SAMPLE_DAY + 3600,
                                                           {512044, 3072264, 6900.5, 3600}},
                                                          {"out/striped",
                                                           "striped",
                                                           "heddle_striped_tsan",
                                                           "tsan",
                                                           "libFuzzer",
                                                           "9a11efe52edd1d38482d32a02ce03b9819c89f67",
                                                           SAMPLE_DAY + 90200,
                                                           SAMPLE_DAY + 93800,
                                                           {692101, 4152606, 6871.2, 3600}}};
/* The clocks of the bugs above: three that campaign 0 met first, of which the last one was seen but once, and one of
 * campaign 1. */
static const double sample_rwmap_times[] = {3, 1830, 382114}, sample_striped_times[] = {122005};

static const struct discovery_sightings sample_rwmap_seen[] = {
    {{3, 40, 90}}, {{1830, 2200, 3000}}, {{382114, INFINITY, INFINITY}}};
static const struct discovery_sightings sample_striped_seen[] = {{{122005, 130000, INFINITY}}};
static const char *const sample_rwmap_keys[] = {"33996492a6adfaa4", "b6572c9ec1c3c8cf", "7527bbf91a68ac63"};
static const char *const sample_striped_keys[] = {"b416378a113ae686"};

static inline struct mtbf sample_estimate(struct estimate *estimate, const char *map, struct arrivals arrivals,
                                          double f1, double f2) {
  *estimate = estimate_arrivals(&arrivals, f1, f2, 0.95);
  return (struct mtbf){.estimate = estimate,
                       .source = "heddle.db",
                       .map = map,
                       .subject = "new bugs",
                       .unit = "inputs",
                       .clock = "inputs run, over all workers",
                       .workload = "a fuzzer's",
                       .event = "new bugs",
                       .unit_kind = "",
                       .failing = NAN,
                       .arrivals = arrivals};
}

/* The writers only read it. */
static inline struct report report_sample(void) {
  static struct estimate estimates[2];
  static struct mtbf mtbf[2];
  mtbf[0] =
      sample_estimate(&estimates[0], "rwmap", (struct arrivals){sample_rwmap_times, 3, ARRIVALS_TIME, 512044}, 1, 0);
  mtbf[1] = sample_estimate(&estimates[1], "striped", (struct arrivals){sample_striped_times, 1, ARRIVALS_TIME, 692101},
                            0, 1);
  mtbf[0].sightings = sample_rwmap_seen;
  mtbf[0].keys = sample_rwmap_keys;
  mtbf[1].sightings = sample_striped_seen;
  mtbf[1].keys = sample_striped_keys;
  return (struct report){.title = "rwmap and striped, nightly",
                         .version = "0.1.0",
                         .generated_s = SAMPLE_DAY + 100000,
                         .campaigns = sample_campaigns,
                         .campaign_count = SAMPLE_COUNT(sample_campaigns),
                         .bugs = sample_bugs,
                         .bug_count = SAMPLE_COUNT(sample_bugs),
                         .mtbf = mtbf,
                         .mtbf_count = 2};
}

#endif
