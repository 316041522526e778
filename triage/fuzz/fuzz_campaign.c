/* fuzz_campaign.c - the input is what a campaign left in its folder, three files one after the other with a byte of 0
 * in between: campaign.json (ledger.h), and of one key a count.json and a finding.json (list.h).
 *
 * The folder is opened, counted and saved as `heddle fuzz` does, and what was saved can be opened again with nothing to
 * complain of.
 *
 * fuzz: seeds=triage/fuzz/seeds/campaign dict=triage/fuzz/finding.dict */
#include <sys/stat.h>

#include "triage/campaign/ledger.h"
#include "triage/fuzz/fuzz.h"

#define KEY "00000000000000aa"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"

static const char *const names[] = {"campaign.json", "findings/" KEY "/count.json",
                                    "findings/" KEY "/" SHA1 "/finding.json"};
enum { FILES = sizeof names / sizeof *names };

static void name_file(size_t i, char path[PATH_MAX]) {
  snprintf(path, PATH_MAX, "%.4000s/%s", fuzz_folder(), names[i]);
}

static void must(int result) {
  if (result < 0) {
    perror(fuzz_folder());
    exit(2);
  }
}

static void make_folders(void) {
  char path[PATH_MAX];
  name_file(FILES - 1, path);
  *strrchr(path, '/') = '\0';
  must(-files_make_directories(path));
  strcat(path, "/input");
  must(-files_create(path, "", 0));
}

/* Each file is a link to one in memory. */
static void put_files(struct fuzz *fuzz) {
  static char memory[FILES][PATH_MAX];
  static int files[FILES];
  char path[PATH_MAX];
  for (size_t i = 0; i < FILES; i++) {
    if (!*memory[i])
      files[i] = fuzz_file(memory[i]);
    const char *text = fuzz_text(fuzz);
    fuzz_file_put(files[i], text, strlen(text));
    name_file(i, path);
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
      continue; /* nobody put another one in its place */
    unlink(path);
    must(symlink(memory[i], path));
  }
}

static void complain(void *context, const char *line) {
  fuzz_check_line(line);
  ++*(unsigned *)context;
}

static void check(const struct ledger *ledger) {
  assert(ledger->sessions >= 1 && json_is_object(ledger->maps) && ledger->key_count <= 1);
  for (size_t i = 0; i < ledger->key_count; i++) {
    const struct finding_summary *summary = &ledger->keys[i].summary;
    assert(strcmp(summary->key, KEY) == 0 && summary->inputs == 1);
    assert(summary->kind && summary->oracle && summary->map && summary->flavour && summary->message);
    json_t *line = finding_summary_to_json(summary);
    assert(line && json_array_size(json_object_get(line, "sites")) == summary->site_count);
    json_decref(line);
    for (size_t n = 0; n < summary->raw_count; n++)
      assert(!summary->raws[n] || ledger_find_raw(ledger, summary->raws[n]) == &ledger->keys[i]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool made;
  struct fuzz fuzz = fuzz_begin(data, size);
  struct ledger ledger;
  unsigned complaints = 0;
  if (!made)
    make_folders();
  made = true;
  put_files(&fuzz);
  fuzz_end(&fuzz);

  ledger_open(&ledger, fuzz_folder(), "gomap", complain, &complaints);
  check(&ledger);
  uint64_t sessions = ledger.sessions, count = 0;
  struct ledger_totals totals = ledger.before;
  ledger_count_begin(&ledger);
  ledger_count(&ledger, 7, 1);
  must(-ledger_count_end(&ledger, false));
  if (ledger.key_count > 0)
    count = ledger.keys[0].summary.count;
  must(-ledger_save(&ledger, &totals, false));
  ledger_close(&ledger);

  unsigned before = complaints;
  ledger_open(&ledger, fuzz_folder(), "gomap", complain, &complaints);
  check(&ledger);
  assert(ledger.sessions == sessions + 1 || sessions > INT64_MAX / 2);
  assert(ledger.before.span.inputs == totals.span.inputs);
  assert((ledger.key_count == 0 || ledger.keys[0].summary.count == count) && "a count never changes by itself");
  assert(complaints <= before * 2 && "what was saved can be read");
  ledger_close(&ledger);
  return 0;
}
