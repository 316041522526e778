#include "triage/parse/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "triage/finding/files.h"
#include "triage/finding/layout.h"
#include "triage/stack/key.h"

struct walk {
  const struct folder_reader *reader;
  void *visited; /* tsearch: struct place */
  bool good;
};

struct place {
  dev_t device;
  ino_t inode;
};

/* The names in one folder, sorted. */
struct names {
  char *bytes; /* each with its end */
  size_t size, capacity;
  size_t *at; /* where each begins in `bytes` */
  size_t count, room;
};

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static void complain(struct walk *walk, const char *path, int error, const char *what) {
  char line[1024];
  snprintf(line, sizeof line, "cannot read (%s): %.600s: %s", what ? what : strerror(error), path,
           what ? "it was passed over" : files_advice(error));
  for (char *at = line; *at; at++) /* a file's name may have any byte */
    if ((unsigned char)*at < ' ' || *at == 0x7f)
      *at = '?';
  walk->good = false;
  walk->reader->complain(walk->reader->context, line);
}

/* ---- what a file is, by its name ---- */

/* id:000012,... or, where file systems want no colons, id_000012,... */
static bool is_afl(const char *name) {
  return (starts(name, "id:") || starts(name, "id_")) && strspn(name + 3, "0123456789") >= 6 && !strstr(name, ".log") &&
         !strstr(name, ".txt");
}

/* NULL: not libFuzzer's. */
static const char *libfuzzer_kind(const char *name) {
  static const struct {
    const char *prefix, *kind;
  } known[] = {{"crash-", "crash"},       {"leak-", "leak"},           {"timeout-", "timeout"},
               {"oom-", "out-of-memory"}, {"slow-unit-", "slow-unit"}, {"minimized-from-", "crash"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (starts(name, known[i].prefix) && finding_is_input_name(name + strlen(known[i].prefix)))
      return known[i].kind;
  return NULL;
}

/* SIGSEGV.PC.4f5b36.STACK.18f57b0756.CODE.1.ADDR.8.INSTR.mov.fuzz */
static bool is_honggfuzz(const char *name) {
  return starts(name, "SIG") && strstr(name, ".PC.") && strstr(name, ".STACK.") && !strstr(name, ".log") &&
         !strstr(name, ".txt");
}

static bool in_folder(const char *folder, const char *begin) {
  const char *slash = strrchr(folder, '/');
  return starts(slash ? slash + 1 : folder, begin);
}

static bool classify(const char *path, const char *folder, const char *name, struct folder_file *file) {
  *file = (struct folder_file){path, FOLDER_LOG, "", ""};
  if (strcmp(name, FINDING_JSON) == 0) {
    file->sort = FOLDER_FINDING;
    file->engine = "heddle";
  } else if (strcmp(name, FINDING_CAMPAIGN) == 0) {
    file->sort = FOLDER_CAMPAIGN;
    file->engine = "heddle";
  } else if (is_afl(name)) {
    *file = (struct folder_file){path, FOLDER_INPUT, "afl++", in_folder(folder, "hangs") ? "hang" : "crash"};
    return !in_folder(folder, "queue");
  } else if ((strcmp(name, "README.txt") == 0 && (in_folder(folder, "crashes") || in_folder(folder, "hangs"))) ||
             strcmp(name, FINDING_CAMPAIGN ".corrupt") == 0) { /* which a campaign put aside */
    return false;
  } else if (libfuzzer_kind(name)) {
    *file = (struct folder_file){path, FOLDER_INPUT, "libfuzzer", libfuzzer_kind(name)};
  } else if (is_honggfuzz(name)) {
    *file = (struct folder_file){path, FOLDER_INPUT, "honggfuzz", "crash"};
  } else if (strcmp(name, "HONGGFUZZ.REPORT.TXT") == 0) {
    file->engine = "honggfuzz";
  }
  return true;
}

/* The folder's own name is what stands between the last slash but one and the last. */
bool folder_classify(const char *path, struct folder_file *file) {
  char folder[NAME_MAX + 1] = "";
  const char *slash = strrchr(path, '/'), *begin = slash;
  while (begin && begin > path && begin[-1] != '/')
    begin--;
  if (slash && slash - begin < NAME_MAX)
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - begin), begin);
  return classify(path, folder, slash ? slash + 1 : path, file);
}

static void tell(struct walk *walk, const char *path, const char *folder, const char *name) {
  struct folder_file file;
  if (classify(path, folder, name, &file))
    walk->reader->file(walk->reader->context, &file);
}

/* ---- names ---- */

static bool grow(void **memory, size_t *room, size_t needed, size_t unit) {
  if (needed <= *room)
    return true;
  size_t larger = needed + needed / 2 + 64;
  void *grown = reallocarray(*memory, larger, unit);
  if (!grown)
    return false;
  *memory = grown;
  *room = larger;
  return true;
}

static bool add_name(struct names *names, const char *name) {
  size_t length = strlen(name) + 1;
  void *bytes = names->bytes, *at = names->at;
  bool good = grow(&bytes, &names->capacity, names->size + length, 1) &&
              grow(&at, &names->room, names->count + 1, sizeof *names->at);
  names->bytes = bytes;
  names->at = at;
  if (!good)
    return false;
  memcpy(names->bytes + names->size, name, length);
  names->at[names->count++] = names->size;
  names->size += length;
  return true;
}

static int by_name(const void *a, const void *b, void *bytes) {
  return strcmp((const char *)bytes + *(const size_t *)a, (const char *)bytes + *(const size_t *)b);
}

/* 0, or an errno; what was read until then is there. */
static int read_names(const char *path, struct names *names) {
  DIR *folder = opendir(path);
  if (!folder)
    return errno;
  const struct dirent *entry;
  int error = 0;
  while (!error && (errno = 0, entry = readdir(folder)))
    if (entry->d_name[0] != '.' && !add_name(names, entry->d_name))
      error = ENOMEM;
  error = error ? error : errno;
  closedir(folder);
  if (names->count > 0)
    qsort_r(names->at, names->count, sizeof *names->at, by_name, names->bytes);
  return error;
}

static bool has(const struct names *names, const char *name) {
  size_t low = 0, high = names->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(names->bytes + names->at[middle], name);
    if (order == 0)
      return true;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

/* ---- folders ---- */

static int by_place(const void *a, const void *b) {
  const struct place *p = a, *q = b;
  int order = (p->device > q->device) - (p->device < q->device);
  return order ? order : (p->inode > q->inode) - (p->inode < q->inode);
}

/* True at the first time. */
static bool visit(struct walk *walk, const struct stat *status) {
  struct place *place = malloc(sizeof *place);
  if (!place)
    return false;
  *place = (struct place){status->st_dev, status->st_ino};
  void *node = tsearch(place, &walk->visited, by_place);
  bool first = node && *(struct place **)node == place;
  if (!first)
    free(place);
  return first;
}

/* What the names begin with that are looked at in such a folder. */
static const char *const *wanted(const struct names *names) {
  static const char *const everything[] = {"", NULL}, *const finding[] = {FINDING_JSON, NULL},
                           *const campaign[] = {FINDING_CAMPAIGN, "findings", NULL},
                           *const instance[] = {"crashes", "hangs", NULL};
  if (has(names, FINDING_JSON))
    return finding;
  if (has(names, FINDING_CAMPAIGN) ? has(names, "findings") || has(names, "workers") || has(names, "corpus")
                                   : has(names, "findings") && has(names, "unconfirmed"))
    return campaign;
  if (has(names, "crashes") && (has(names, "fuzzer_stats") || has(names, "fuzzer_setup") || has(names, "queue")))
    return instance;
  return everything;
}

static void walk_path(struct walk *walk, char path[PATH_MAX], const char *folder, const char *name, int depth);

static void walk_names(struct walk *walk, char path[PATH_MAX], const struct names *names, int depth) {
  char folder[NAME_MAX + 1]; /* its name, without those above */
  size_t length = strlen(path);
  const char *slash = strrchr(path, '/');
  bool key = key_valid(slash ? slash + 1 : path);
  snprintf(folder, sizeof folder, "%s", slash ? slash + 1 : path);
  const char *const *begins = wanted(names);
  for (size_t i = 0; i < names->count; i++) {
    const char *name = names->bytes + names->at[i];
    const char *const *begin = begins;
    while (*begin && !starts(name, *begin))
      begin++;
    if (!*begin || (key && strcmp(name, FINDING_COUNT) == 0))
      continue;
    int added = snprintf(path + length, PATH_MAX - length, "/%s", name);
    if ((size_t)added < PATH_MAX - length)
      walk_path(walk, path, folder, name, depth);
    path[length] = '\0';
    if ((size_t)added >= PATH_MAX - length)
      complain(walk, path, ENAMETOOLONG, NULL);
  }
}

static void walk_folder(struct walk *walk, char path[PATH_MAX], const struct stat *status, int depth) {
  if (depth > FOLDER_DEPTH_MAX) {
    complain(walk, path, 0, "folders too deep in each other");
    return;
  }
  if (!visit(walk, status))
    return;
  struct names names = {0};
  int error = read_names(path, &names);
  if (error)
    complain(walk, path, error, NULL);
  walk_names(walk, path, &names, depth + 1);
  free(names.bytes);
  free(names.at);
}

static void walk_path(struct walk *walk, char path[PATH_MAX], const char *folder, const char *name, int depth) {
  struct stat status;
  if (stat(path, &status) != 0)
    complain(walk, path, errno, errno == ELOOP ? "symbolic links that go in a circle" : NULL);
  else if (S_ISDIR(status.st_mode))
    walk_folder(walk, path, &status, depth);
  else if (S_ISREG(status.st_mode))
    tell(walk, path, folder, name);
  else if (depth == 0)
    complain(walk, path, 0, "neither a file nor a folder");
}

bool folder_walk(const char *path, const struct folder_reader *reader) {
  struct walk walk = {reader, NULL, true};
  char own[PATH_MAX];
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/')
    length--;
  if (length >= sizeof own) {
    complain(&walk, path, ENAMETOOLONG, NULL);
    return false;
  }
  memcpy(own, path, length);
  own[length] = '\0';
  char above[PATH_MAX];
  snprintf(above, sizeof above, "%s", own);
  char *slash = strrchr(above, '/');
  const char *name = slash ? slash + 1 : above;
  if (slash)
    *slash = '\0';
  walk_path(&walk, own, slash ? above : "", name, 0);
  tdestroy(walk.visited, free);
  return walk.good;
}
