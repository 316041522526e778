/* files.h - files that are whole or not there.
 *
 * A function that returns int returns 0 or an errno.  Thread-safe. */
#ifndef HEDDLE_FINDING_FILES_H
#define HEDDLE_FINDING_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define FILES_SHA1_SIZE 41      /* 40 hexadecimal digits and the end */
#define FILES_TEMPORARY ".tmp-" /* what the names of unfinished files and folders begin with */

/* The whole file, with a '\0' after its end that *size does not count; NULL and errno on failure, EISDIR for a
 * directory, EFBIG above `limit` bytes.  The caller frees it. */
char *files_read(const char *path, size_t limit, size_t *size);

/* Writes a new file and syncs it. */
int files_create(const char *path, const void *bytes, size_t size);

/* Puts the bytes in place of `path` in one step: a reader sees the old file or the new one.  `durable`: also after a
 * loss of power. */
int files_replace(const char *path, const void *bytes, size_t size, bool durable);

/* Makes the directory and those above it that are missing. */
int files_make_directories(const char *path);

int files_sync_directory(const char *path);

/* Removes a file, or a directory and everything below it.  Does not follow symbolic links. */
int files_remove(const char *path);

/* Removes what is unfinished in a directory: every name that begins with FILES_TEMPORARY. */
void files_sweep(const char *directory);

void files_sha1(const void *bytes, size_t size, char text[FILES_SHA1_SIZE]);

/* What somebody can do about an errno, as `free some space`. */
const char *files_advice(int error);

#endif
