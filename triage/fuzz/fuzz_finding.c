/* fuzz_finding.c - the input is a finding.json that somebody brings (finding.h).
 *
 * What is taken keeps finding.h's promises, has a key and sites, and comes out of the writer and the reader again as it
 * was.
 *
 * fuzz: seeds=triage/fuzz/seeds/finding dict=triage/fuzz/finding.dict */
#include "triage/finding/json.h"
#include "triage/fuzz/fuzz.h"
#include "triage/group/clusterfuzz.h"

/* The writer leaves a module's folder out, so that only what it wrote itself comes back the same. */
static void check_written(const struct finding *finding) {
  struct finding again;
  const char *where = NULL;
  json_t *first = finding_to_json(finding);
  assert(first && "what was read can be written");
  bool read = finding_from_json(first, &again, &where);
  assert(read && "what was written can be read");
  json_t *second = finding_to_json(&again);
  assert(json_equal(first, second));
  finding_free_stacks(&again);
  json_decref(first);
  json_decref(second);
  (void)read;
}

static void check_key(const struct finding *finding) {
  struct finding copy = *finding;
  char sites[FINDING_STACKS_MAX][FINDING_SITE_SIZE], state[CLUSTERFUZZ_STATE_SIZE];
  for (unsigned depth = 0; depth <= 8; depth++) {
    finding_set_key_depth(&copy, depth);
    assert(key_valid(copy.key));
  }
  size_t count = finding_sites(finding, sites, FINDING_STACKS_MAX);
  assert(count <= finding->stack_count);
  for (size_t i = 0; i < count; i++)
    assert(*sites[i] && strnlen(sites[i], FINDING_SITE_SIZE) < FINDING_SITE_SIZE);
  clusterfuzz_state(finding, state);
  assert(strnlen(state, sizeof state) < sizeof state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[PATH_MAX];
  static int file;
  if (!*path)
    file = fuzz_file(path);
  fuzz_file_put(file, data, size);
  struct finding finding;
  struct finding_error error;
  if (!finding_read(path, &finding, &error)) {
    fuzz_check_error(&error);
    return 0;
  }
  fuzz_check_finding(&finding);
  assert(finding.version == FINDING_VERSION);
  check_written(&finding);
  check_key(&finding);
  finding_free(&finding);
  return 0;
}
