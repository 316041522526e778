/* fuzz_folder.c - each line of the input is a path, and what lies there is walked (folder.h).
 *
 * `crashes/id:000000,sig:06` is an empty file, `crashes/` a folder, `a>b` a link called a that leads to b.
 *
 * fuzz: seeds=triage/fuzz/seeds/folder dict=triage/fuzz/folder.dict */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "triage/fuzz/fuzz.h"
#include "triage/parse/folder.h"

#define LINES_MAX 24

struct told {
  size_t files, complaints;
  char last[PATH_MAX];
};

static void file(void *context, const struct folder_file *file) {
  struct told *told = context;
  struct stat status;
  assert(strncmp(file->path, fuzz_folder(), strlen(fuzz_folder())) == 0);
  assert(stat(file->path, &status) == 0 && S_ISREG(status.st_mode));
  assert(!strstr(file->path + strlen(fuzz_folder()), "/.") && "names that begin with a dot are passed over");
  assert(file->engine && file->kind && file->sort <= FOLDER_INPUT);
  assert((file->sort == FOLDER_INPUT) == (*file->kind != '\0') && (file->sort == FOLDER_LOG || *file->engine));
  assert(strcmp(told->last, file->path) != 0 && "each file is told once");
  snprintf(told->last, sizeof told->last, "%s", file->path);
  told->files++;
}

static void complain(void *context, const char *line) {
  struct told *told = context;
  told->complaints++;
  fuzz_check_line(line);
}

/* No path leads out of the folder: `..` is no name here, and a link leads to a name beside it. */
static bool allowed(const char *line) { return *line && *line != '/' && !strstr(line, "..") && strlen(line) < 1000; }

static void make(const char *line) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3000s/%s", fuzz_folder(), line);
  char *target = strchr(path + strlen(fuzz_folder()) + 1, '>');
  if (target)
    *target++ = '\0';
  for (char *slash = path + strlen(fuzz_folder()) + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = '\0';
    mkdir(path, 0700); /* where it is something else, what follows fails */
    *slash = '/';
  }
  int created = !target && path[strlen(path) - 1] != '/' ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (created >= 0)
    close(created);
  if (target && *target && *target != '/' && symlink(target, path) < 0)
    return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz fuzz = fuzz_begin(data, size);
  struct told told = {0};
  struct folder_reader reader = {file, complain, &told};
  for (size_t i = 0; i < LINES_MAX && fuzz_more(&fuzz); i++) {
    const char *line = fuzz_line(&fuzz);
    if (allowed(line))
      make(line);
  }
  bool good = folder_walk(fuzz_folder(), &reader);
  assert(good == (told.complaints == 0));
  (void)good;
  files_remove(fuzz_folder());
  if (mkdir(fuzz_folder(), 0700) < 0) {
    perror(fuzz_folder());
    exit(2);
  }
  fuzz_end(&fuzz);
  return 0;
}
