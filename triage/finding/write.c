/* write.c - a finding's folder, whole or not at all (finding.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/finding/files.h"
#include "triage/finding/json.h"
#include "triage/finding/layout.h"

/* Where one finding goes. */
struct destination {
  char key_folder[PATH_MAX];
  char folder[PATH_MAX];    /* its final name */
  char temporary[PATH_MAX]; /* beside it */
};

static bool name_destination(const char *findings_dir, const struct finding *finding, struct destination *out) {
  char sha1[FILES_SHA1_SIZE];
  files_sha1(finding->input, finding->input_size, sha1);
  int length = snprintf(out->temporary, sizeof out->temporary, "%s/%s/" FILES_TEMPORARY "%s-%d", findings_dir,
                        finding->key, sha1, (int)getpid());
  snprintf(out->key_folder, sizeof out->key_folder, "%s/%s", findings_dir, finding->key);
  snprintf(out->folder, sizeof out->folder, "%s/%s/%s", findings_dir, finding->key, sha1);
  /* The files inside have short names. */
  return length + 32 < (int)sizeof out->temporary;
}

size_t finding_count_inputs(const char *key_folder) {
  DIR *directory = opendir(key_folder);
  size_t count = 0;
  if (!directory)
    return 0;
  for (struct dirent *entry; (entry = readdir(directory));)
    count += finding_is_input_name(entry->d_name);
  closedir(directory);
  return count;
}

static int create_in(const char *folder, const char *name, const void *bytes, size_t size) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return files_create(path, bytes, size);
}

static int create_text(const char *folder, const char *name, const char *text) {
  return create_in(folder, name, text ? text : "", text ? strlen(text) : 0);
}

static int create_json(const char *folder, const struct finding *finding) {
  json_t *json = finding_to_json(finding);
  char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
  int error = text ? create_text(folder, FINDING_JSON, text) : ENOMEM;
  free(text);
  json_decref(json);
  return error;
}

/* There is no file where the interleaving is not known. */
static int create_interleaving(const char *folder, const struct finding_interleaving *interleaving) {
  if (!interleaving || interleaving->step_count == 0)
    return 0;
  json_t *json = finding_interleaving_to_json(interleaving);
  char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
  int error = text ? create_text(folder, FINDING_INTERLEAVING, text) : ENOMEM;
  free(text);
  json_decref(json);
  return error;
}

/* The report ends with the command that shows the failure again. */
static int create_report(const char *folder, const struct finding *finding, const char *final_folder) {
  char *text = NULL;
  const char *report = finding->report ? finding->report : "";
  size_t length = strlen(report);
  if (asprintf(&text, "%s%s\nmake repro CRASH=%s/" FINDING_INPUT "\n", report,
               length > 0 && report[length - 1] != '\n' ? "\n" : "", final_folder) < 0)
    return ENOMEM;
  int error = create_text(folder, FINDING_REPORT, text);
  free(text);
  return error;
}

static int fill_temporary(const struct destination *to, const struct finding *finding) {
  const char *folder = to->temporary;
  int error;
  if (mkdir(folder, 0777) < 0)
    return errno;
  if ((error = create_in(folder, FINDING_INPUT, finding->input, finding->input_size)) ||
      (error = create_json(folder, finding)) || (error = create_report(folder, finding, to->folder)) ||
      (error = create_text(folder, FINDING_PROGRAM, finding->program)) ||
      (error = create_text(folder, FINDING_SCHEDULE, finding->schedule)) ||
      (error = create_interleaving(folder, finding->interleaving)))
    return error;
  return files_sync_directory(folder);
}

static bool exists(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

static bool is_known(const struct destination *to, size_t keep) {
  return exists(to->folder) || (keep && finding_count_inputs(to->key_folder) >= keep);
}

bool finding_is_known(const char *findings_dir, const struct finding *finding, size_t keep) {
  struct destination to;
  return name_destination(findings_dir, finding, &to) && is_known(&to, keep);
}

/* Under the lock of the key's folder. */
static int store(const char *findings_dir, const struct destination *to, const struct finding *finding) {
  int error = fill_temporary(to, finding);
  if (!error && rename(to->temporary, to->folder) < 0)
    error = errno;
  if (error) {
    files_remove(to->temporary);
    rmdir(to->key_folder); /* stays where it holds other inputs */
    return error;
  }
  error = files_sync_directory(to->key_folder);
  return error ? error : files_sync_directory(findings_dir);
}

/* The lock makes `keep` exact among processes; the kernel drops it when its holder dies.  -1 and errno on failure. */
static int lock_folder(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  while (flock(fd, LOCK_EX) < 0)
    if (errno != EINTR) {
      int error = errno;
      close(fd);
      errno = error;
      return -1;
    }
  return fd;
}

enum finding_result finding_write(const char *findings_dir, const struct finding *finding, size_t keep,
                                  struct finding_error *error) {
  struct destination to;
  int fd = -1, problem = name_destination(findings_dir, finding, &to) ? 0 : ENAMETOOLONG;
  if (!problem)
    problem = files_make_directories(to.key_folder);
  if (!problem && (fd = lock_folder(to.key_folder)) < 0)
    problem = errno;
  if (!problem) {
    if (is_known(&to, keep)) {
      close(fd);
      return FINDING_KNOWN;
    }
    problem = store(findings_dir, &to, finding);
  }
  if (fd >= 0)
    close(fd);
  if (!problem)
    return FINDING_WRITTEN;
  snprintf(error->text, sizeof error->text, "cannot store a finding (%s): %.600s: %s", strerror(problem), to.folder,
           files_advice(problem));
  return FINDING_FAILED;
}
