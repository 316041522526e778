/* target.h - the binaries heddle_<map>_<flavour> and what one replay says (harness/target/PROTOCOL.md). */
#ifndef HEDDLE_CAMPAIGN_TARGET_H
#define HEDDLE_CAMPAIGN_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/campaign/process.h"
#include "triage/finding/finding.h"

/* The folder of the running heddle, where its targets lie too; "." where it cannot be told.  Owned by the callee. */
const char *target_own_folder(void);

/* bin_dir (NULL: target_own_folder) and the name.  False and one line in *error where it is not there or cannot be
 * run, and where map or flavour is not a plain name. */
bool target_path(const char *bin_dir, const char *map, const char *flavour, char *path, size_t size,
                 struct finding_error *error);

/* Likewise for chaos_<flavour>. */
bool target_chaos_path(const char *bin_dir, const char *flavour, char *path, size_t size, struct finding_error *error);

#define TARGET_TIMEOUT_S 60 /* a replay that takes longer fails with kind `timeout` */

struct target_failure {
  char key[KEY_TEXT_SIZE], raw[KEY_TEXT_SIZE];
  uint64_t point;      /* of the run, when it was seen */
  char *kind, *oracle; /* oracle: "" where it was not told */
  char **sites;
  size_t site_count;
};

/* A replay's JSON line. */
struct target_verdict {
  char digest[KEY_TEXT_SIZE];
  uint64_t points, switches, operations;
  struct target_failure *failures;
  size_t failure_count;
};

/* Finds and reads the line in what a replay printed.  False: there is none, and nothing to free. */
bool target_parse_verdict(const char *output, size_t size, struct target_verdict *verdict);
void target_free_verdict(struct target_verdict *verdict);

/* The failure of that key, NULL where it is not among them. */
const struct target_failure *target_find_failure(const struct target_verdict *verdict, const char *key);

#endif
