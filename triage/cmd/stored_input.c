/* stored_input.c - see stored_input.h. */
#include "triage/cmd/stored_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/cmd/cmd_store.h"
#include "triage/report/visible.h"

struct search {
  struct stored_input *input;
  int error; /* of writing the bytes */
};

static int write_all(int fd, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

static int write_input(const struct store_occurrence *occurrence, struct stored_input *input) {
  const char *folder = getenv("TMPDIR");
  char above[PATH_MAX];
  snprintf(input->path, sizeof input->path, "%s", folder && *folder ? folder : "/tmp");
  if (!realpath(input->path, above))
    return errno;
  if (snprintf(input->path, sizeof input->path, "%s/heddle-input-XXXXXX", above) >= (int)sizeof input->path)
    return ENAMETOOLONG;
  int fd = mkstemp(input->path);
  if (fd < 0)
    return errno;
  int error = write_all(fd, occurrence->input, occurrence->input_size);
  if (close(fd) != 0 && !error)
    error = errno;
  if (error)
    unlink(input->path);
  input->ours = !error;
  return error;
}

static void note_names(const struct store_occurrence *occurrence, struct stored_input *input) {
  visible_cut(occurrence->map, sizeof input->map - 1, input->map, sizeof input->map);
  visible_cut(occurrence->flavour, sizeof input->flavour - 1, input->flavour, sizeof input->flavour);
  visible_cut(occurrence->kind, sizeof input->kind - 1, input->kind, sizeof input->kind);
}

static bool look(void *context, const struct store_occurrence *occurrence) {
  struct search *search = context;
  struct stored_input *input = search->input;
  if (occurrence->input) {
    note_names(occurrence, input);
    search->error = write_input(occurrence, input);
    return false;
  }
  if (!*input->path && *occurrence->input_path && access(occurrence->input_path, R_OK) == 0) {
    note_names(occurrence, input);
    snprintf(input->path, sizeof input->path, "%s", occurrence->input_path);
  }
  return true;
}

int stored_input_take(struct store *store, const char *digits, struct stored_input *input) {
  struct search search = {.input = input};
  struct finding_error error;
  *input = (struct stored_input){.ours = false};
  if (!cmd_find_key(store, digits, input->key))
    return CMD_UNREADABLE;
  if (!store_each_occurrence(store, input->key, true, look, &search, &error)) {
    stored_input_drop(input);
    return cmd_fail(CMD_UNREADABLE, "%s", error.text);
  }
  if (search.error)
    return cmd_fail(CMD_USAGE, "cannot write the input (%s): %s: %s", strerror(search.error), input->path,
                    files_advice(search.error));
  if (!*input->path)
    return cmd_fail(CMD_UNREADABLE,
                    "%s: no input of it in the store, and none where one was: `heddle ingest` the "
                    "folder of a campaign that met it",
                    input->key);
  if (!*input->map) {
    stored_input_drop(input);
    return cmd_fail(CMD_NO_TARGET,
                    "%s: met by a program that is no target of heddle's: run that one on the input "
                    "(`heddle show %s` names it)",
                    input->key, input->key);
  }
  return CMD_OK;
}

void stored_input_drop(const struct stored_input *input) {
  if (input->ours)
    unlink(input->path);
}
