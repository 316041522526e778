/* report.c - the words of a sanitizer's report: dropped while fuzzing, kept for a replay. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flavour/flavour.h"
#include "hooks/hooks.h"
#include "hooks/internal.h"

#define TEXT_MAX ((size_t)256 << 10)

static bool wanted;
static int fd = -1; /* where the sanitizer writes: a file in memory, or /dev/null */

bool report_wanted(void) { return wanted; }

void __sanitizer_set_report_fd(void *fd);

static void redirect(int to) {
  fd = to;
  __sanitizer_set_report_fd((void *)(intptr_t)fd);
}

void hooks_keep_reports(bool on) {
  wanted = on;
  redirect(on ? memfd_create("report", MFD_CLOEXEC) : open("/dev/null", O_WRONLY | O_CLOEXEC));
}

const char *hooks_report_text(void) {
  static char *text;
  if (!wanted || fd < 0)
    return "";
  if (!text)
    text = malloc(TEXT_MAX);
  if (!text)
    return "";
  ssize_t size = pread(fd, text, TEXT_MAX - 1, 0);
  text[size > 0 ? size : 0] = '\0';
  return text;
}

#if HEDDLE_FLAVOUR_PLAIN
void report_begin(void) {}
#endif
#if !HEDDLE_FLAVOUR_ASAN
void report_init(void) {}
#endif
