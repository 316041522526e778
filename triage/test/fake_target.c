/* fake_target.c - a target that speaks PROTOCOL.md and does what its inputs say, for tests of the commands.
 *
 * An input is a line of text whose first word is its fate:
 *   race N   a data race, known by N       guard    a failure with one stack
 *   none     nothing fails                 crash    dies with a report like ASan's
 *   hang     never ends                    wander   a race whose schedule digest differs at each replay
 * In fuzz mode the fates in $FAKE_INPUTS, parted by `;`, are handed over again and again, three times each or without
 * end with --heddle_keep_all, while the counters run; a `crash` leaves libFuzzer's file and ends the process.  With
 * $FAKE_FUZZ=dies it ends at once with a message. */
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "triage/campaign/status.h"
#include "triage/finding/files.h"
#include "triage/finding/finding.h"
#include "triage/finding/json.h"

#define STEP_NS 10000000
#define INPUTS_A_STEP 500

struct options {
  const char *mode, *input, *output, *out, *worker, *findings, *clock, *chrome;
  bool json, trace, keep_all;
  const char *map, *flavour;
};

static const char *value_of(const char *argument, const char *name) {
  size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

static struct options read_options(int argc, char **argv) {
  struct options options = {.mode = "fuzz", .map = "fakemap", .flavour = "tsan"};
  const struct {
    const char *name, **value;
  } texts[] = {{"--heddle_mode", &options.mode},     {"--heddle_input", &options.input},
               {"--heddle_output", &options.output}, {"--heddle_out", &options.out},
               {"--heddle_worker", &options.worker}, {"--heddle_findings", &options.findings},
               {"--heddle_clock", &options.clock},   {"--heddle_chrome", &options.chrome}};
  for (int i = 1; i < argc; ++i) {
    for (size_t j = 0; j < sizeof texts / sizeof *texts; ++j) {
      const char *value = value_of(argv[i], texts[j].name);
      if (value)
        *texts[j].value = value;
    }
    options.json |= strcmp(argv[i], "--heddle_json") == 0;
    options.trace |= strcmp(argv[i], "--heddle_trace") == 0;
    options.keep_all |= strcmp(argv[i], "--heddle_keep_all") == 0;
  }
  /* heddle_<map>_<flavour> */
  static char map[64], flavour[32];
  const char *slash = strrchr(argv[0], '/');
  if (sscanf(slash ? slash + 1 : argv[0], "heddle_%63[a-z]_%31[a-z]", map, flavour) == 2) {
    options.map = map;
    options.flavour = flavour;
  }
  return options;
}

static char *read_input(const struct options *options, size_t *size) {
  char *bytes = options->input ? files_read(options->input, 1 << 20, size) : NULL;
  if (!bytes) {
    fprintf(stderr, "heddle: cannot read the input: %s: check the name\n", options->input ? options->input : "(none)");
    exit(3);
  }
  return bytes;
}

/* --- replay --------------------------------------------------------------------------------------------------- */

static void add_stack(struct finding *finding, struct finding_stack stack, struct frame *frame) {
  stack.frames = frame;
  stack.frame_count = 1;
  finding->stacks[finding->stack_count++] = stack;
}

/* The failure that the fate stands for; false: none. */
static bool fail(const struct options *options, const char *fate, struct finding *finding) {
  static char function[64];
  static struct frame frames[2];
  int number = 0;
  bool guard = strncmp(fate, "guard", 5) == 0, wander = strncmp(fate, "wander", 6) == 0;
  if (!guard && !wander && sscanf(fate, "race %d", &number) != 1)
    return false;
  snprintf(function, sizeof function, "fakemap_put_%d", number);
  frames[0] = (struct frame){function, "map/fakemap.c", 210 + (uint32_t)number, 7, "heddle_fakemap_tsan", 0x1000};
  frames[1] = (struct frame){"fakemap_get", "map/fakemap.c", 120, 3, "heddle_fakemap_tsan", 0x2000};
  *finding = (struct finding){.kind = guard ? "concurrent-map-writes" : "data-race",
                              .oracle = guard ? "guard" : options->flavour,
                              .message = "two tasks touched the same bucket",
                              .location = guard ? "" : "heap block of 272 bytes, 16 in",
                              .target = "heddle_fakemap_tsan",
                              .map = options->map,
                              .flavour = options->flavour,
                              .engine = "libfuzzer",
                              .build_id = "00ff",
                              .digest = wander ? (uint64_t)getpid() : 0x1234,
                              .points = 190,
                              .report = "WARNING: ThreadSanitizer: data race\n",
                              .program = "thread 1 | thread 2\nput k1   | get k1\n",
                              .schedule = "run to completion, but after 12 points switch to task 2\n"};
  finding->numbers[finding->number_count++] = (struct finding_number){"count", 3};
  add_stack(finding,
            (struct finding_stack){
                .role = FINDING_ACCESS, .task = 1, .operation = "put k1", .access = FINDING_WRITE, .size = 8},
            &frames[0]);
  if (!guard)
    add_stack(finding,
              (struct finding_stack){
                  .role = FINDING_PREVIOUS, .task = 2, .operation = "get k1", .access = FINDING_READ, .size = 8},
              &frames[1]);
  finding_set_key(finding);
  snprintf(finding->raw, sizeof finding->raw, "%016x", guard ? 0xabcu : 0xf000u + (unsigned)number);
  return true;
}

static void print_verdict(const struct finding *finding, bool failed) {
  char sites[FINDING_STACKS_MAX][FINDING_SITE_SIZE];
  size_t count = failed ? finding_sites(finding, sites, FINDING_STACKS_MAX) : 0;
  json_t *list = json_array(), *failures = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, json_string(sites[i]));
  if (failed)
    json_array_append_new(failures, json_pack("{s:s, s:s, s:s, s:O}", "key", finding->key, "raw", finding->raw, "kind",
                                              finding->kind, "sites", list));
  char digest[KEY_TEXT_SIZE];
  key_print(failed ? finding->digest : 0x99, digest);
  json_t *json = json_pack("{s:s, s:i, s:i, s:i, s:s, s:o}", "digest", digest, "points", 190, "switches", 2,
                           "operations", 3, "outcome", "completed", "failures", failures);
  json_dumpf(json, stdout, 0);
  putchar('\n');
  json_decref(json);
  json_decref(list);
}

static int replay(const struct options *options) {
  size_t size;
  char *bytes = read_input(options, &size);
  struct finding finding;
  struct finding_error error;
  if (strncmp(bytes, "hang", 4) == 0)
    pause();
  if (strncmp(bytes, "crash", 5) == 0) {
    fputs("==1==ERROR: AddressSanitizer: SEGV on unknown address\n"
          "    #0 0x55 in fakemap_grow map/fakemap.c:77:5\n"
          "    #1 0x56 in main harness/target/replay.c:9:1\n",
          stderr);
    abort();
  }
  bool failed = fail(options, bytes, &finding);
  int status = failed ? 1 : 0;
  if (failed && options->findings) {
    finding.input = (const uint8_t *)bytes;
    finding.input_size = size;
    if (options->clock && !finding_read_clock(options->clock, &finding, &error))
      fprintf(stderr, "heddle: %s\n", error.text);
    if (finding_write(options->findings, &finding, options->keep_all ? 0 : FINDING_INPUTS_KEPT, &error) ==
        FINDING_FAILED)
      fprintf(stderr, "heddle: %s\n", error.text);
  }
  if (options->trace)
    puts("point  task 1                        task 2\n"
         "    1  put k1  fakemap.c:210 write\n"
         "    2                                get k1  fakemap.c:120 read   <-- race");
  if (options->chrome)
    files_replace(options->chrome, "[]\n", 3, false);
  if (options->json)
    print_verdict(&finding, failed);
  free(bytes);
  return status;
}

/* --- the other modes ------------------------------------------------------------------------------------------ */

static int show(const struct options *options) {
  size_t size;
  char *bytes = read_input(options, &size);
  if (options->json)
    puts("{\"threads\": 2, \"operations\": [], \"policy\": \"bytes\", \"constraints\": []}");
  else
    printf("thread 1 | thread 2\n%s", bytes);
  free(bytes);
  return 0;
}

static int minimize(const struct options *options) {
  size_t size;
  char *bytes = read_input(options, &size);
  struct finding finding;
  int status = 1;
  if (fail(options, bytes, &finding)) {
    const char *end = strchr(bytes, '#');
    status = files_replace(options->output, bytes, end ? (size_t)(end - bytes) : size, false) ? 3 : 0;
  }
  free(bytes);
  return status;
}

/* --- fuzz ----------------------------------------------------------------------------------------------------- */

static struct status *map_status(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/status", folder);
  int fd = open(path, O_RDWR | O_CREAT, 0666);
  if (fd < 0 || ftruncate(fd, sizeof(struct status)) < 0)
    exit(9);
  struct status *status = mmap(NULL, sizeof *status, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (status == MAP_FAILED)
    exit(9);
  status->magic = STATUS_MAGIC;
  return status;
}

static uint64_t count_raw(struct status *status, uint64_t raw) {
  uint64_t slot = raw % STATUS_RAW_KEYS;
  while (status->raw[slot].raw && status->raw[slot].raw != raw)
    slot = (slot + 1) % STATUS_RAW_KEYS;
  status->raw[slot].raw = raw;
  return ++status->raw[slot].count;
}

static void hand_over(const char *folder, const struct status *status, const char *input, const char *raw) {
  char sha1[FILES_SHA1_SIZE], path[4096], json[1024];
  files_sha1(input, strlen(input), sha1);
  snprintf(path, sizeof path, "%s/pending/%s.input", folder, sha1);
  files_replace(path, input, strlen(input), false);
  int length =
      snprintf(json, sizeof json,
               "{\"raw\": [\"%s\"], \"clock\": {\"inputs\": %" PRIu64 ", \"operations\": %" PRIu64
               ", \"cpu_s\": %.3f, \"wall_s\": %.3f, \"since_last_failure\": {\"inputs\": 10, \"operations\": "
               "40, \"cpu_s\": 0.001, \"wall_s\": 0.001}}}",
               raw, status->inputs, status->operations, (double)status->cpu_ns / 1e9, (double)status->wall_ns / 1e9);
  snprintf(path, sizeof path, "%s/pending/%s.json", folder, sha1);
  files_replace(path, json, (size_t)length, false);
}

static void meet(const struct options *options, const char *folder, struct status *status, const char *fate) {
  struct finding finding;
  char input[256], raw[KEY_TEXT_SIZE] = "000000000000eeee";
  snprintf(input, sizeof input, "%s #%s %" PRIu64, fate, options->worker, status->inputs);
  if (strncmp(fate, "crash", 5) == 0) {
    char sha1[FILES_SHA1_SIZE], path[4096];
    files_sha1(input, strlen(input), sha1);
    snprintf(path, sizeof path, "%s/crash-%s", folder, sha1);
    files_replace(path, input, strlen(input), false);
    exit(77);
  }
  if (fail(options, fate, &finding))
    memcpy(raw, finding.raw, sizeof raw);
  ++status->failing_inputs;
  if (count_raw(status, strtoull(raw, NULL, 16)) <= 3 || options->keep_all)
    hand_over(folder, status, input, raw);
}

static void end_cleanly(int number) {
  (void)number;
  _exit(72);
}

static int fuzz(const struct options *options) {
  char folder[4096], fates[1024];
  const char *behaviour = getenv("FAKE_FUZZ"), *inputs = getenv("FAKE_INPUTS");
  if (behaviour && strcmp(behaviour, "dies") == 0) {
    fputs("==7==FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n", stderr);
    return 66;
  }
  signal(SIGINT, end_cleanly);
  snprintf(folder, sizeof folder, "%s/workers/%s", options->out, options->worker);
  struct status *status = map_status(folder);
  for (unsigned step = 0;; ++step) {
    nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    status->inputs += INPUTS_A_STEP;
    status->operations += INPUTS_A_STEP * 4;
    status->cpu_ns += STEP_NS;
    status->wall_ns += STEP_NS;
    if (step % 50 == 0)
      fprintf(stderr, "#%" PRIu64 "\tNEW    cov: %u ft: %u corp: %u/120b lim: 4 exec/s: 0 rss: 30Mb\n", status->inputs,
              400 + step, 900 + step, 20 + step / 10);
    snprintf(fates, sizeof fates, "%s", inputs ? inputs : "");
    unsigned place = 0;
    for (char *fate = strtok(fates, ";"); fate; fate = strtok(NULL, ";"), ++place)
      if (step % 30 == 10 + 3 * place)
        meet(options, folder, status, fate);
  }
}

int main(int argc, char **argv) {
  struct options options = read_options(argc, argv);
  if (strcmp(options.mode, "fuzz") == 0)
    return fuzz(&options);
  if (strcmp(options.mode, "replay") == 0)
    return replay(&options);
  if (strcmp(options.mode, "show") == 0)
    return show(&options);
  return minimize(&options);
}
