/* cmd.h - what the commands share. */
#ifndef HEDDLE_CMD_CMD_H
#define HEDDLE_CMD_CMD_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>

#include "triage/campaign/process.h"
#include "triage/campaign/text.h"
#include "triage/finding/finding.h"

enum cmd_status {
  CMD_OK = 0,         /* done; fuzz: nothing found; repro: reproduced */
  CMD_FINDINGS = 1,   /* fuzz: findings; repro: not reproduced; minimize: the input shows nothing */
  CMD_USAGE = 2,      /* a wrong option, or an output that cannot be used */
  CMD_UNREADABLE = 3, /* an input or finding that cannot be read */
  CMD_NO_TARGET = 4   /* a target that is missing or does not start */
};

/* argv[0] is the command's own name. */
#define COMMAND(name, summary) int cmd_##name(int argc, char **argv);
#include "triage/cmd/commands.def"
#undef COMMAND

/* Options that every command takes; a child parser whose input is this struct. */
struct cmd_common {
  enum text_color_mode color;
  const char *bin_dir; /* NULL: beside heddle */
};
extern const struct argp cmd_common_argp;

/* What names an input: FILE, --map and --flavour; a child parser whose input is this struct.  NULL: not given. */
struct cmd_choice {
  const char *file; /* never NULL once parsed */
  const char *map, *flavour;
};
extern const struct argp cmd_choice_argp;

/* Several arguments, at least one; a child parser whose input is this struct. */
struct cmd_words {
  const char *what; /* set before parsing, for the complaint where there is none: FILE, KEY ... */
  char **texts;
  size_t count;
};
extern const struct argp cmd_words_argp;

/* Prints `heddle: <text>` on stderr and returns `status`. */
__attribute__((format(printf, 2, 3))) int cmd_fail(int status, const char *format, ...);

/* A whole number within the bounds, or an error by argp, which ends the process with status 2. */
long long cmd_number(const struct argp_state *state, const char *option, const char *text, long long least,
                     long long most);

/* What a FILE argument stands for. */
struct cmd_subject {
  char input[PATH_MAX];
  char folder[PATH_MAX]; /* of the finding; "" where there is none */
  char map[64], flavour[32];
  char key[KEY_TEXT_SIZE]; /* of the finding, where the flavour is the finding's; else "" */
};

/* FILE is an input, a finding's folder, or its finding.json.  Map and flavour are those given, else those of the
 * finding or the info.json beside the input, else gomap and tsan.  Returns CMD_OK, or says why not. */
int cmd_find_subject(const struct cmd_choice *choice, struct cmd_subject *subject);

/* The target's path for it, or CMD_NO_TARGET and a line. */
int cmd_find_target(const struct cmd_common *common, const char *map, const char *flavour, char path[PATH_MAX]);

/* Runs the target with our stdout and stderr.  Its exit status, or CMD_NO_TARGET and a line where it cannot be started
 * or was killed. */
int cmd_run(const struct arguments *arguments);

/* Quotes a path for a shell where it needs that; the caller frees it. */
char *cmd_quote(const char *path);

#endif
