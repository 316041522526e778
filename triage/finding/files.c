#include "triage/finding/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sha1.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *fail_read(int fd, char *bytes, int error) {
  if (fd >= 0)
    close(fd);
  free(bytes);
  errno = error;
  return NULL;
}

char *files_read(const char *path, size_t limit, size_t *size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) < 0)
    return fail_read(fd, NULL, errno);
  if (S_ISDIR(status.st_mode))
    return fail_read(fd, NULL, EISDIR);
  /* The size is only a first guess: pipes and /proc have none. */
  size_t capacity = status.st_size > 0 && (uintmax_t)status.st_size < limit ? (size_t)status.st_size + 2 : 4096;
  size_t used = 0;
  char *bytes = malloc(capacity);
  for (;;) {
    if (!bytes)
      return fail_read(fd, NULL, ENOMEM);
    ssize_t got = read(fd, bytes + used, capacity - used - 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail_read(fd, bytes, errno);
    if (got == 0)
      break;
    used += (size_t)got;
    if (used > limit)
      return fail_read(fd, bytes, EFBIG);
    if (capacity - used > 1)
      continue;
    char *grown = realloc(bytes, capacity *= 2);
    if (!grown)
      return fail_read(fd, bytes, ENOMEM);
    bytes = grown;
  }
  close(fd);
  bytes[used] = '\0';
  *size = used;
  return bytes;
}

static int write_all(int fd, const char *bytes, size_t size) {
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

/* Leaves no file behind where it fails. */
static int write_file(const char *path, const void *bytes, size_t size, int flags, bool durable) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (fd < 0)
    return errno;
  int error = write_all(fd, bytes, size);
  if (!error && durable && fsync(fd) < 0)
    error = errno;
  if (close(fd) < 0 && !error)
    error = errno;
  if (error)
    unlink(path);
  return error;
}

int files_create(const char *path, const void *bytes, size_t size) {
  return write_file(path, bytes, size, O_EXCL, true);
}

/* The length of the directory part, with its '/'; 0 where there is none. */
static size_t directory_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

int files_replace(const char *path, const void *bytes, size_t size, bool durable) {
  char temporary[PATH_MAX], directory[PATH_MAX];
  size_t length = directory_length(path);
  if (snprintf(temporary, sizeof temporary, "%.*s" FILES_TEMPORARY "%s-%d", (int)length, path, path + length,
               (int)getpid()) >= (int)sizeof temporary)
    return ENAMETOOLONG;
  int error = write_file(temporary, bytes, size, O_TRUNC, durable);
  if (error)
    return error;
  if (rename(temporary, path) < 0) {
    error = errno;
    unlink(temporary);
    return error;
  }
  snprintf(directory, sizeof directory, "%.*s", (int)length, path);
  return durable ? files_sync_directory(length ? directory : ".") : 0;
}

int files_make_directories(const char *path) {
  char prefix[PATH_MAX];
  if (snprintf(prefix, sizeof prefix, "%s", path) >= (int)sizeof prefix)
    return ENAMETOOLONG;
  for (char *end = prefix + (*prefix == '/'); *end; ++end) {
    if (*end != '/')
      continue;
    *end = '\0';
    if (mkdir(prefix, 0777) < 0 && errno != EEXIST)
      return errno;
    *end = '/';
  }
  if (mkdir(prefix, 0777) == 0)
    return 0;
  struct stat status;
  if (errno != EEXIST || stat(prefix, &status) < 0)
    return errno;
  return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

int files_sync_directory(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  /* EINVAL: a file system that cannot sync directories has nothing to wait for. */
  int error = fsync(fd) < 0 && errno != EINVAL ? errno : 0;
  close(fd);
  return error;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
  (void)status, (void)type, (void)walk;
  return remove(path) < 0 ? errno : 0;
}

int files_remove(const char *path) {
  int result = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  return result < 0 ? errno : result;
}

void files_sweep(const char *directory) {
  char path[PATH_MAX];
  DIR *entries = opendir(directory);
  for (struct dirent *entry; entries && (entry = readdir(entries));)
    if (strncmp(entry->d_name, FILES_TEMPORARY, strlen(FILES_TEMPORARY)) == 0) {
      snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
      files_remove(path);
    }
  if (entries)
    closedir(entries);
}

void files_sha1(const void *bytes, size_t size, char text[FILES_SHA1_SIZE]) {
  SHA1_CTX context;
  SHA1Init(&context);
  SHA1Update(&context, bytes, size);
  SHA1End(&context, text);
}

const char *files_advice(int error) {
  switch (error) {
  case ENOENT:
    return "check the name";
  case EACCES:
  case EPERM:
    return "check its permissions";
  case EROFS:
    return "choose a folder that can be written";
  case ENOSPC:
  case EDQUOT:
    return "free some space, then run it again";
  case EISDIR:
    return "give a file";
  case ENOTDIR:
    return "a file stands where a folder is needed: choose another name";
  case EMFILE:
  case ENFILE:
    return "raise the limit of open files (ulimit -n)";
  default:
    return "see the reason and run it again";
  }
}
