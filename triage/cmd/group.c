/* group.c - `heddle group`: which keys in the store may be one bug, and what people say to that. */
#include <argz.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/cmd/cmd_store.h"
#include "triage/finding/json.h"
#include "triage/group/group.h"
#include "triage/report/json_text.h"
#include "triage/report/visible.h"

enum { KEY_LEAST = 0x100, KEY_JSON, KEY_ACCEPT, KEY_REJECT, KEY_SPLIT, KEY_ACCEPT_ALL, KEY_REASON };

#define FINDINGS_A_KEY 8 /* whose stacks are looked at */
#define SITES_SIZE 200
#define REASON_COLUMNS 200

static const struct argp_option options[] = {
    {"least", KEY_LEAST, "SCORE", 0, "the least score to suggest, from 0.11 to 1 (default: 0.6)", 1},
    {"json", KEY_JSON, 0, 0, "an array of {a, b, kinds, score, reasons, accept}", 1},
    {"accept", KEY_ACCEPT, 0, 0, "say that two keys are one bug", 2},
    {"reject", KEY_REJECT, 0, 0, "say that these two are not to be joined; others may still join them", 2},
    {"split", KEY_SPLIT, 0, 0, "say that two keys are two bugs, whatever else may join them", 2},
    {"accept-all", KEY_ACCEPT_ALL, 0, 0, "accept all that is suggested", 2},
    {"reason", KEY_REASON, "TEXT", 0, "why (default: what they share)", 2},
    {0}};

enum action { LIST, DECIDE, ACCEPT_ALL };

struct request {
  struct cmd_store place;
  double least;
  bool json;
  enum action action;
  enum store_verdict verdict;
  const char *reason; /* NULL: what they share */
  struct cmd_words keys;
};

static void set_action(const struct argp_state *state, enum action action, enum store_verdict verdict) {
  struct request *request = state->input;
  if (request->action != LIST)
    argp_error(state, "one of --accept, --reject, --split and --accept-all at a time");
  request->action = action;
  request->verdict = verdict;
}

static double parse_score(const struct argp_state *state, const char *text) {
  char *end;
  double score = strtod(text, &end);
  if (end == text || *end || !(score >= GROUP_LEAST_EVER && score <= 1))
    argp_error(state, "--least=%s: give a score from %.2f to 1", text, GROUP_LEAST_EVER);
  return score;
}

static error_t parse(int key, char *value, struct argp_state *state) {
  struct request *request = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &request->place;
    break;
  case KEY_LEAST:
    request->least = parse_score(state, value);
    break;
  case KEY_JSON:
    request->json = true;
    break;
  case KEY_ACCEPT:
    set_action(state, DECIDE, STORE_ACCEPT);
    break;
  case KEY_REJECT:
    set_action(state, DECIDE, STORE_REJECT);
    break;
  case KEY_SPLIT:
    set_action(state, DECIDE, STORE_SPLIT);
    break;
  case KEY_ACCEPT_ALL:
    set_action(state, ACCEPT_ALL, STORE_ACCEPT);
    break;
  case KEY_REASON:
    request->reason = value;
    break;
  case ARGP_KEY_ARGS:
    request->keys =
        (struct cmd_words){.texts = state->argv + state->next, .count = (size_t)(state->argc - state->next)};
    break;
  case ARGP_KEY_END:
    if (request->keys.count != (request->action == DECIDE ? 2 : 0))
      argp_error(state, request->action == DECIDE ? "give two keys" : "keys go with --accept, --reject or --split");
    break;
  default:
    return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* ---- out of the store ---- */

struct shown_key {
  char key[KEY_TEXT_SIZE];
  char *kind, *sites;
};

struct knowledge {
  struct store *store;
  struct finding_error error;
  struct group *group;
  struct shown_key *keys; /* as the group numbers them */
  size_t key_count;
  size_t read;                      /* findings of the key at hand */
  struct store_decision *decisions; /* by their keys */
  size_t decision_count;
  struct store_groups groups;
};

static void *enlarge(void *array, size_t count, size_t size) {
  if (count & (count - 1)) /* it grows at powers of two */
    return array;
  void *larger = reallocarray(array, count ? 2 * count : 1, size);
  if (!larger)
    abort();
  return larger;
}

static char *copy(const char *text) {
  char *copied = strdup(text);
  if (!copied)
    abort();
  return copied;
}

static bool note_key(void *context, const struct store_key *key) {
  struct knowledge *knowledge = context;
  knowledge->keys = enlarge(knowledge->keys, knowledge->key_count, sizeof *knowledge->keys);
  struct shown_key *shown = &knowledge->keys[knowledge->key_count++];
  *shown = (struct shown_key){.kind = copy(key->kind), .sites = copy(key->sites)};
  snprintf(shown->key, sizeof shown->key, "%s", key->key);
  /* The key alone, so that its number is that of `keys` whatever its occurrences have. */
  struct finding bare = {.kind = key->kind, .location = ""};
  snprintf(bare.key, sizeof bare.key, "%s", key->key);
  group_add(knowledge->group, &bare);
  return true;
}

static bool note_occurrence(void *context, const struct store_occurrence *occurrence) {
  struct knowledge *knowledge = context;
  struct finding finding;
  const char *where;
  json_t *json = *occurrence->document ? json_loads(occurrence->document, 0, NULL) : NULL;
  if (json && finding_from_json(json, &finding, &where)) {
    snprintf(finding.key, sizeof finding.key, "%s", occurrence->key);
    group_add(knowledge->group, &finding);
    finding_free_stacks(&finding);
    knowledge->read++;
  }
  json_decref(json);
  return knowledge->read < FINDINGS_A_KEY;
}

static bool note_decision(void *context, const struct store_decision *decision) {
  struct knowledge *knowledge = context;
  knowledge->decisions = enlarge(knowledge->decisions, knowledge->decision_count, sizeof *knowledge->decisions);
  knowledge->decisions[knowledge->decision_count++] = *decision;
  knowledge->decisions[knowledge->decision_count - 1].reason = "";
  return true;
}

static bool learn(struct knowledge *knowledge) {
  struct finding_error *error = &knowledge->error;
  knowledge->group = group_open();
  if (!store_each_key(knowledge->store, NULL, cmd_now_s(), note_key, knowledge, error))
    return false;
  for (size_t i = 0; i < knowledge->key_count; i++) {
    knowledge->read = 0;
    if (!store_each_occurrence(knowledge->store, knowledge->keys[i].key, true, note_occurrence, knowledge, error))
      return false;
  }
  return store_each_decision(knowledge->store, note_decision, knowledge, error) &&
         store_read_groups(knowledge->store, &knowledge->groups, error);
}

static void forget(struct knowledge *knowledge) {
  for (size_t i = 0; i < knowledge->key_count; i++) {
    free(knowledge->keys[i].kind);
    free(knowledge->keys[i].sites);
  }
  free(knowledge->keys);
  free(knowledge->decisions);
  store_free_groups(&knowledge->groups);
  group_close(knowledge->group);
}

/* ---- what is left to decide ---- */

static int compare_decisions(const void *left, const void *right) {
  const struct store_decision *a = left, *b = right;
  int order = strcmp(a->key_a, b->key_a);
  return order ? order : strcmp(a->key_b, b->key_b);
}

/* The first key of the group it is in. */
static const char *leader_of(const struct knowledge *knowledge, const char *key) {
  const struct store_group *group = store_find_group(&knowledge->groups, key);
  return group ? group->keys[0] : key;
}

/* One bug already, decided, or kept apart by a split of two in their groups. */
static bool is_settled(const struct knowledge *knowledge, const struct group_pair *pair) {
  struct store_decision sought = {0};
  snprintf(sought.key_a, sizeof sought.key_a, "%s", group_key(knowledge->group, pair->a));
  snprintf(sought.key_b, sizeof sought.key_b, "%s", group_key(knowledge->group, pair->b));
  if (knowledge->decision_count > 0 && bsearch(&sought, knowledge->decisions, knowledge->decision_count,
                                               sizeof *knowledge->decisions, compare_decisions))
    return true;
  const char *a = leader_of(knowledge, sought.key_a), *b = leader_of(knowledge, sought.key_b);
  bool settled = strcmp(a, b) == 0;
  for (size_t i = 0; i < knowledge->decision_count && !settled; i++) {
    const struct store_decision *decision = &knowledge->decisions[i];
    if (decision->verdict != STORE_SPLIT)
      continue;
    const char *x = leader_of(knowledge, decision->key_a), *y = leader_of(knowledge, decision->key_b);
    settled = (strcmp(x, a) == 0 && strcmp(y, b) == 0) || (strcmp(x, b) == 0 && strcmp(y, a) == 0);
  }
  return settled;
}

/* The suggestions, an array of *count for free(). */
static struct group_pair *find_open(const struct knowledge *knowledge, double least, size_t *count) {
  size_t all;
  struct group_pair *pairs = group_pairs(knowledge->group, least, &all);
  *count = 0;
  for (size_t i = 0; i < all; i++)
    if (!is_settled(knowledge, &pairs[i]))
      pairs[(*count)++] = pairs[i];
  return pairs;
}

/* ---- listing ---- */

/* The command that accepts the pair; for free(). */
static char *print_command(const struct request *request, const struct knowledge *knowledge,
                           const struct group_pair *pair) {
  char *text = NULL, *store = NULL;
  if (strcmp(request->place.path, CMD_STORE_DEFAULT) != 0)
    store = cmd_quote(request->place.path);
  if (asprintf(&text, "heddle group%s%s --accept %s %s", store ? " --store=" : "", store ? store : "",
               group_key(knowledge->group, pair->a), group_key(knowledge->group, pair->b)) < 0)
    abort();
  free(store);
  return text;
}

static void print_key(const struct shown_key *key) {
  char *sites = copy(key->sites), line[4 * SITES_SIZE], kind[4 * SITES_SIZE], *next = sites;
  visible_cut(key->kind, SITES_SIZE, kind, sizeof kind);
  printf("      %s  %s", key->key, kind);
  for (const char *site; (site = strsep(&next, "\n")) != NULL;)
    if (*site) {
      visible_cut(site, SITES_SIZE, line, sizeof line);
      printf("%s %s", site == sites ? ":" : ",", line);
    }
  putchar('\n');
  free(sites);
}

static void print_pair(const struct request *request, const struct knowledge *knowledge,
                       const struct group_pair *pair) {
  char *reasons[GROUP_REASONS_MAX], line[4 * REASON_COLUMNS];
  size_t count = group_reasons(knowledge->group, pair, reasons);
  printf("%4.2f", pair->score);
  for (size_t i = 0; i < count; i++) {
    visible_cut(reasons[i], REASON_COLUMNS, line, sizeof line);
    printf("%s %s", i ? ";" : " ", line);
    free(reasons[i]);
  }
  putchar('\n');
  print_key(&knowledge->keys[pair->a]);
  print_key(&knowledge->keys[pair->b]);
  char *command = print_command(request, knowledge, pair);
  printf("      %s\n", command);
  free(command);
}

static json_t *pair_to_json(const struct request *request, const struct knowledge *knowledge,
                            const struct group_pair *pair) {
  char *reasons[GROUP_REASONS_MAX];
  size_t count = group_reasons(knowledge->group, pair, reasons);
  json_t *object = json_object(), *array = json_array();
  json_object_set_new(object, "a", json_string(group_key(knowledge->group, pair->a)));
  json_object_set_new(object, "b", json_string(group_key(knowledge->group, pair->b)));
  json_object_set_new(
      object, "kinds",
      json_pack("[o, o]", json_text(knowledge->keys[pair->a].kind), json_text(knowledge->keys[pair->b].kind)));
  json_object_set_new(object, "score", json_real(pair->score));
  for (size_t i = 0; i < count; i++) {
    json_array_append_new(array, json_text(reasons[i]));
    free(reasons[i]);
  }
  json_object_set_new(object, "reasons", array);
  char *command = print_command(request, knowledge, pair);
  json_object_set_new(object, "accept", json_text(command));
  free(command);
  return object;
}

static int list(const struct request *request, const struct knowledge *knowledge) {
  size_t count;
  char suggestions[TEXT_SIZE], keys[TEXT_SIZE];
  struct group_pair *pairs = find_open(knowledge, request->least, &count);
  if (request->json) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
      json_array_append_new(array, pair_to_json(request, knowledge, &pairs[i]));
    json_dumpf(array, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(array);
  } else {
    for (size_t i = 0; i < count; i++)
      print_pair(request, knowledge, &pairs[i]);
    printf("%s of at least %.2f among %s\n", text_things(count, "suggestion", suggestions), request->least,
           text_things(knowledge->key_count, "key", keys));
  }
  free(pairs);
  return CMD_OK;
}

/* ---- deciding ---- */

/* What the two share in one line, for free(). */
static char *join_reasons(const struct knowledge *knowledge, const struct group_pair *pair) {
  char *reasons[GROUP_REASONS_MAX], *line = NULL;
  size_t count = group_reasons(knowledge->group, pair, reasons), length = 0;
  for (size_t i = 0; i < count; i++) {
    if (argz_add(&line, &length, reasons[i]) != 0)
      abort();
    free(reasons[i]);
  }
  if (!line)
    return copy("");
  argz_stringify(line, length, ';');
  return line;
}

static bool decide(struct knowledge *knowledge, const struct request *request, const struct group_pair *pair) {
  char *shared = request->reason ? NULL : join_reasons(knowledge, pair);
  struct store_decision decision = {.verdict = request->verdict,
                                    .reason = shared ? shared : request->reason,
                                    .score = pair->score,
                                    .decided_s = cmd_now_s()};
  snprintf(decision.key_a, sizeof decision.key_a, "%s", group_key(knowledge->group, pair->a));
  snprintf(decision.key_b, sizeof decision.key_b, "%s", group_key(knowledge->group, pair->b));
  bool good = store_decide(knowledge->store, &decision, &knowledge->error);
  free(shared);
  return good;
}

static size_t number_of(const struct knowledge *knowledge, const char *key) {
  size_t i = 0;
  while (i < knowledge->key_count && strcmp(knowledge->keys[i].key, key) != 0)
    i++;
  return i;
}

static int decide_two(struct knowledge *knowledge, const struct request *request) {
  char keys[2][KEY_TEXT_SIZE];
  for (size_t i = 0; i < 2; i++)
    if (!cmd_find_key(knowledge->store, request->keys.texts[i], keys[i]))
      return CMD_UNREADABLE;
  if (strcmp(keys[0], keys[1]) == 0)
    return cmd_fail(CMD_USAGE, "%s: twice the same key: give two", keys[0]);
  struct group_pair pair = {number_of(knowledge, keys[0]), number_of(knowledge, keys[1]), 0};
  if (pair.a >= knowledge->key_count || pair.b >= knowledge->key_count)
    return cmd_fail(CMD_UNREADABLE, "%s: came into the store just now: say it again", request->place.path);
  pair.score = group_score(knowledge->group, pair.a, pair.b);
  if (!decide(knowledge, request, &pair))
    return cmd_fail(CMD_UNREADABLE, "%s", knowledge->error.text);
  printf("%s %s: %s\n", keys[0], keys[1], store_verdict_text(request->verdict));
  return CMD_OK;
}

/* How many of these a split keeps from being one bug. */
static size_t count_apart(struct knowledge *knowledge, const struct group_pair *pairs, size_t count) {
  size_t apart = 0;
  for (size_t i = 0; i < count; i++)
    apart += strcmp(leader_of(knowledge, group_key(knowledge->group, pairs[i].a)),
                    leader_of(knowledge, group_key(knowledge->group, pairs[i].b))) != 0;
  return apart;
}

static int accept_all(struct knowledge *knowledge, const struct request *request) {
  size_t count;
  char groups[TEXT_SIZE];
  struct group_pair *pairs = find_open(knowledge, request->least, &count);
  bool good = store_begin(knowledge->store, &knowledge->error);
  if (good) {
    for (size_t i = 0; i < count && good; i++)
      good = decide(knowledge, request, &pairs[i]);
    good = store_commit(knowledge->store, &knowledge->error);
  }
  store_free_groups(&knowledge->groups);
  knowledge->groups = (struct store_groups){0};
  good = good && store_read_groups(knowledge->store, &knowledge->groups, &knowledge->error);
  size_t apart = good ? count_apart(knowledge, pairs, count) : 0;
  free(pairs);
  if (!good)
    return cmd_fail(CMD_UNREADABLE, "%s", knowledge->error.text);
  printf("%zu accepted: %s of keys that are one bug%s\n", count, text_things(knowledge->groups.count, "group", groups),
         knowledge->groups.count == 1 ? "" : " each");
  if (apart)
    printf("%zu of them join%s nothing, for a split keeps their groups apart\n", apart, apart == 1 ? "s" : "");
  return CMD_OK;
}

int cmd_group(int argc, char **argv) {
  static const struct argp_child children[] = {{&cmd_store_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse,
      .args_doc = "[KEY KEY]",
      .doc =
          "Suggest which keys may be one bug, each pair with a score and what the two share: the memory that went "
          "wrong, sites, functions on their stacks.  Nothing is joined before someone accepts it.  What was said "
          "stays, holds for later reports too, and is not suggested again; a new word takes the place of an old one.  "
          "Some digits of a key will do."
          "\vExit status: 0 listed or said, 2 wrong usage, 3 a key or the store is not there.\n\n"
          "Examples:\n"
          "  heddle group\n"
          "  heddle group --accept 98b6b4d1 0f3c\n"
          "  heddle group --split 98b6b4d1 77aa --reason='two locks'\n"
          "  heddle group --least=0.8 --accept-all",
      .children = children};
  struct request request = {.least = GROUP_LEAST};
  struct knowledge knowledge = {0};
  int status;
  argp_parse(&argp, argc, argv, 0, NULL, &request);
  knowledge.store = cmd_open_store(&request.place, request.action == LIST ? STORE_READ : STORE_WRITE, &status);
  if (!knowledge.store)
    return status;
  if (!learn(&knowledge))
    status = cmd_fail(CMD_UNREADABLE, "%s", knowledge.error.text);
  else if (request.action == LIST)
    status = list(&request, &knowledge);
  else
    status = request.action == DECIDE ? decide_two(&knowledge, &request) : accept_all(&knowledge, &request);
  forget(&knowledge);
  store_close(knowledge.store);
  return status;
}
