/* folder.h - from a path that somebody gives to the files in it that say what went wrong.
 *
 * A file is itself.  A folder is walked in sorted order, and what fuzzing engines put there is known by its name:
 *   heddle       OUT/campaign.json, OUT/findings/KEY/SHA1/finding.json; the texts and inputs beside that, OUT's corpus,
 *                its workers' logs and what was not confirmed are passed over
 *   AFL++        crashes/ and hangs/ of each instance: id:000000,sig:06,...; README.txt, queue/ and the instance's own
 *                files are passed over
 *   libFuzzer    crash-SHA1, leak-SHA1, timeout-SHA1, oom-SHA1, slow-unit-SHA1, minimized-from-SHA1
 *   honggfuzz    SIGSEGV.PC.*.STACK.*.fuzz; HONGGFUZZ.REPORT.TXT is a log
 *   Any input's name with .log or .txt after it is a log.
 * Everything else is a log.  Nothing is opened but folders, so that the size of a file does not matter.  Names that
 * begin with a dot and special files are passed over; symbolic links are followed, each folder once.
 *
 * No global state: safe from several threads on different readers.  Memory: the names of one folder a level. */
#ifndef HEDDLE_PARSE_FOLDER_H
#define HEDDLE_PARSE_FOLDER_H

#include <stdbool.h>

#define FOLDER_DEPTH_MAX 32

enum folder_sort {
  FOLDER_LOG,      /* may hold reports */
  FOLDER_FINDING,  /* a finding.json of heddle's */
  FOLDER_CAMPAIGN, /* a campaign.json; by its name, so that it may be somebody else's and a log */
  FOLDER_INPUT     /* what made a program fail: no log, but worth telling */
};

struct folder_file {
  const char *path;
  enum folder_sort sort;
  const char *engine; /* heddle, afl++, libfuzzer, honggfuzz; "" for other logs */
  const char *kind;   /* of an input: crash, hang, leak, timeout, out-of-memory, slow-unit; "" for others */
};

/* What a file is by its path alone, which is not looked at; file->path is `path`.  False where a walk passes it over.
 */
bool folder_classify(const char *path, struct folder_file *file);

struct folder_reader {
  void (*file)(void *context, const struct folder_file *file); /* its strings last until it returns */
  void (*complain)(void *context, const char *line);           /* one line: what cannot be read, and why */
  void *context;
};

/* False: something could not be read, and `complain` heard of it; the rest was told all the same. */
bool folder_walk(const char *path, const struct folder_reader *reader);

#endif
