/* main.c - `heddle COMMAND ...`: finds the command and hands over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/cmd.h"

#ifndef HEDDLE_VERSION
#define HEDDLE_VERSION "0.1.0"
#endif

const char *argp_program_version = "heddle " HEDDLE_VERSION;
error_t argp_err_exit_status = CMD_USAGE;

static const struct {
  const char *name, *full_name, *summary;
  int (*run)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, summary) {#name, "heddle " #name, summary, cmd_##name},
#include "triage/cmd/commands.def"
#undef COMMAND
};

static void print_help(FILE *out) {
  fputs("Usage: heddle COMMAND [OPTION...] [FILE]\n"
        "Find concurrency bugs in hash maps, and replay each with the same interleaving.\n\n",
        out);
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
    fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fputs("\n"
        "  -?, --help     this; `heddle COMMAND --help` for each command\n"
        "  -V, --version  the version\n\n"
        "Exit status: 0 nothing found, or reproduced; 1 findings, or not reproduced; 2 wrong usage;\n"
        "3 an input or finding that cannot be read; 4 a target that does not start.\n\n"
        "Examples:\n"
        "  heddle fuzz --map=gomap --time=60\n"
        "  heddle list out\n"
        "  heddle repro out/findings/KEY/SHA1/input\n",
        out);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return CMD_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-?") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help(stdout);
    return CMD_OK;
  }
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    puts(argp_program_version);
    return CMD_OK;
  }
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
    if (strcmp(name, commands[i].name) == 0) {
      argv[1] = (char *)commands[i].full_name; /* what argp calls us in its messages */
      return commands[i].run(argc - 1, argv + 1);
    }
  return cmd_fail(CMD_USAGE, "no such command: %s: see `heddle --help`", name);
}
