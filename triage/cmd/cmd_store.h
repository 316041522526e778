/* cmd_store.h - what the commands share that work on the store. */
#ifndef HEDDLE_CMD_CMD_STORE_H
#define HEDDLE_CMD_CMD_STORE_H

#include "triage/cmd/cmd.h"
#include "triage/store/store.h"

#define CMD_STORE_DEFAULT "heddle.db"

/* Option --store; a child parser whose input is this struct. */
struct cmd_store {
  const char *path; /* never NULL once parsed */
};
extern const struct argp cmd_store_argp;

/* NULL, and a line said, where that does not work: then *status is what the command returns. */
struct store *cmd_open_store(const struct cmd_store *place, enum store_mode mode, int *status);

/* The one key that begins with these digits.  False, and a line said, where there is none or several. */
bool cmd_find_key(struct store *store, const char *digits, char key[KEY_TEXT_SIZE]);

/* Says of each that it is in this state now (store_set_state), and tells so.  The command's status. */
int cmd_set_states(const struct cmd_store *place, const struct cmd_words *keys, enum store_state state, int64_t until_s,
                   const char *reason);

/* The present time. */
int64_t cmd_now_s(void);

#endif
