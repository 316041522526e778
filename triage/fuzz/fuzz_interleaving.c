/* fuzz_interleaving.c - the input is an interleaving.json that lies beside a finding (interleaving.h).
 *
 * fuzz: seeds=triage/fuzz/seeds/interleaving dict=triage/fuzz/finding.dict */
#include "triage/finding/json.h"
#include "triage/fuzz/fuzz.h"

static void check(const struct finding_interleaving *interleaving) {
  assert(interleaving->step_count <= FINDING_STEPS_MAX);
  for (size_t i = 0; i < interleaving->step_count; i++) {
    const struct finding_step *step = &interleaving->steps[i];
    assert(step->task >= 0 && step->operation && step->text && step->place);
    assert((i == 0 || step->point >= step[-1].point) && "points never fall");
  }
  struct finding_interleaving again;
  const char *where = NULL;
  json_t *first = finding_interleaving_to_json(interleaving);
  bool read = first && finding_interleaving_from_json(first, &again, &where);
  assert(read && "what was read can be written, and read again");
  json_t *second = finding_interleaving_to_json(&again);
  assert(json_equal(first, second));
  again.document = NULL;
  finding_free_interleaving(&again);
  json_decref(first);
  json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[PATH_MAX];
  static int file;
  if (!*path) {
    char link[PATH_MAX];
    file = fuzz_file(path);
    snprintf(link, sizeof link, "%.4000s/interleaving.json", fuzz_folder());
    int linked = symlink(path, link);
    assert(linked == 0);
    (void)linked;
  }
  fuzz_file_put(file, data, size);
  struct finding_interleaving interleaving;
  struct finding_error error;
  if (!finding_read_interleaving(fuzz_folder(), &interleaving, &error)) {
    fuzz_check_error(&error);
    return 0;
  }
  check(&interleaving);
  finding_free_interleaving(&interleaving);
  return 0;
}
