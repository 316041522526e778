/* go_fatal.c - how Go's runtime says that it gives up (runtime/panic.go, runtime/traceback.go):
 *
 *   fatal error: concurrent map writes          panic: runtime error: index out of range [7] with length 3
 *   [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x457c6d]
 *
 *   goroutine 18 [running]:                     goroutine 18 gp=0xc0000 m=3 mp=0xc0000 [select, 2 minutes]:
 *   main.(*cache).put(0xc000012000, 0x1)
 *   	/src/main.go:12 +0x44
 *   created by main.main                        created by main.main in goroutine 1
 *   	/src/main.go:7 +0x65
 *
 *   goroutine 1 [chan receive]:
 *   ...
 *   exit status 2
 *
 * Other programs say `fatal error:` too: what is not known for Go's needs a goroutine to be a report. */
#include <string.h>

#include "triage/parse/go_line.h"
#include "triage/parse/prefix.h"

#define FOREIGN_MAX 20  /* lines in a row of which none is the report's: then it is over */
#define DOUBTFUL_MAX 64 /* lines until the first goroutine */

enum number { OTHERS, PASSED, ENDED /* the goroutine's stack: its outermost function was told */ };
enum stage {
  HEAD,      /* no goroutine yet */
  GOROUTINE, /* among frames */
  PLACE,     /* after a frame that has no place yet */
  PASS_PLACE /* ... and needs none */
};

/* What is not called after its text. */
static const struct {
  const char *text, *kind;  /* NULL: after its text */
  enum finding_role others; /* of goroutines that do not run */
  bool certain;
} known[] = {
    {"fatal error: concurrent map ", NULL, FINDING_WITNESS, true},
    {"fatal error: all goroutines are asleep - deadlock!", "deadlock", FINDING_WAITING, true},
    {"fatal error: no goroutines (main called runtime.Goexit) - deadlock!", "deadlock", FINDING_WAITING, true},
    {"fatal error: sync: ", "lock-misuse", FINDING_WITNESS, false},
    {"fatal error: unexpected signal", "unexpected-signal", FINDING_WITNESS, false},
    {"fatal error: fault", "segv", FINDING_WITNESS, false},
    {"fatal error: runtime: out of memory", "out-of-memory", FINDING_WITNESS, false},
    {"fatal error: runtime: cannot allocate memory", "out-of-memory", FINDING_WITNESS, false},
    {"fatal error: ", NULL, FINDING_WITNESS, false},
    {"panic: test timed out", "timeout", FINDING_WAITING, false},
    {"panic: ", "panic", FINDING_WITNESS, false},
    {"panic serving ", "panic", FINDING_WITNESS, false}, /* net/http, which goes on */
};

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Its words, without those that have digits, joined by hyphens. */
static const char *kind_of(struct builder *builder, const char *text) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  char kind[64];
  size_t length = 0;
  while (*text) {
    size_t word = strcspn(text, " \t:,;!()[]\"'-");
    if (word > 0 && strspn(text, letters) >= word && length + word + 1 < sizeof kind) {
      if (length > 0)
        kind[length++] = '-';
      for (size_t i = 0; i < word; i++)
        kind[length++] = (char)(text[i] | 0x20);
    }
    text += word;
    text += *text != '\0';
  }
  return length > 0 ? builder_copy(builder, kind, length) : "fatal-error";
}

/* The first of the words that such a report begins with; *said: what comes after them. */
static char *title_of(char *line, const char **said) {
  static const char *const words[] = {"fatal error: ", "panic: ", "panic serving "};
  char *title = NULL;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    char *found = strstr(line, words[i]);
    if (found && (!title || found < title)) {
      title = found;
      *said = found + strlen(words[i]);
    }
  }
  return title;
}

static bool begins(struct builder *builder, char *line) {
  const char *said = line;
  char *text = title_of(line, &said);
  if (!text || text - line > 256 || (text > line && text[-1] == '\t'))
    return false;
  size_t i = 0;
  while (!starts(text, known[i].text))
    i++;
  struct builder_state *state = builder_state(builder);
  state->stage = HEAD;
  state->prefix = prefix_keep(builder, line, text);
  state->numbers[OTHERS] = (uint64_t)known[i].others;
  state->doubtful = !known[i].certain;
  struct finding *finding = &builder_report(builder)->finding;
  finding->oracle = "Go runtime";
  finding->kind = known[i].kind ? known[i].kind : kind_of(builder, said);
  finding->message = builder_copy(builder, said, strlen(said));
  return true;
}

static bool has_role(struct builder *builder, enum finding_role role) {
  const struct finding *finding = &builder_report(builder)->finding;
  for (size_t i = 0; i < finding->stack_count; i++)
    if (finding->stacks[i].role == role)
      return true;
  return false;
}

/* goroutine 18 [select, 2 minutes]: */
static bool take_goroutine(struct builder *builder, const char *line) {
  const char *end;
  int task = go_number(line, "goroutine ", &end);
  const char *mode = task < 0 ? NULL : strstr(end, " [");
  if (!mode || !strstr(mode, "]:"))
    return false;
  struct builder_state *state = builder_state(builder);
  /* Whoever failed comes first; in a call of C it does not count as running. */
  bool runs = starts(mode, " [running") || starts(mode, " [syscall");
  enum finding_role role = (enum finding_role)state->numbers[OTHERS];
  if (runs)
    role = role == FINDING_WAITING || has_role(builder, FINDING_ACCESS) ? FINDING_WITNESS : FINDING_ACCESS;
  state->doubtful = false;
  state->stage = GOROUTINE;
  state->numbers[ENDED] = false;
  struct finding_stack *stack = builder_stack(builder, role);
  if (stack)
    stack->task = task;
  return true;
}

/* created by main.main in goroutine 1; half of the stacks are kept for what the goroutines do */
static bool take_creation(struct builder *builder, char *line) {
  struct finding_stack *stack = builder_last_stack(builder);
  if (!starts(line, "created by "))
    return false;
  bool room = stack && builder_report(builder)->finding.stack_count <= FINDING_STACKS_MAX / 2;
  builder_state(builder)->stage = room ? PLACE : PASS_PLACE;
  builder_state(builder)->numbers[ENDED] = true;
  if (!room)
    return true;
  int task = stack->task;
  stack = builder_stack(builder, FINDING_CREATED);
  if (stack)
    stack->task = task;
  char *name = line + strlen("created by "), *in = strstr(name, " in goroutine ");
  if (in)
    *in = '\0';
  builder_frame(builder, &(struct frame){.function = name, .file = "", .module = ""});
  return true;
}

/* A deferred function panics again above the panic that it recovered: what went wrong first is below. */
static void begin_panic(struct builder *builder) {
  struct finding_stack *stack = builder_last_stack(builder);
  if (!stack || stack->role != FINDING_ACCESS || stack->frame_count == 0)
    return;
  int task = stack->task;
  stack->role = FINDING_WITNESS;
  stack = builder_stack(builder, FINDING_ACCESS);
  if (stack)
    stack->task = task;
}

/* Other goroutines tell who created them instead. */
static bool is_outermost(const char *line) {
  return starts(line, "main.main(") || starts(line, "main.init") || starts(line, "runtime.main(") ||
         starts(line, "runtime.goexit(");
}

static bool take_frame(struct builder *builder, char *line) {
  static const char *const said[] = {"...additional frames elided...", "non-Go function",
                                     "runtime stack:", "[originating from goroutine "};
  struct builder_state *state = builder_state(builder);
  if (*line == '\t' || *line == ' ') {
    bool taken = strstr(line, "stack unavailable") || starts(line + strspn(line, " \t"), "pc=0x") ||
                 state->stage == PASS_PLACE || (state->stage == PLACE && go_take_place(builder, line));
    state->stage = taken ? GOROUTINE : state->stage;
    return taken;
  }
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    if (starts(line, said[i])) {
      if (i > 1) {
        builder_stack(builder, FINDING_WITNESS);
        state->stage = GOROUTINE;
        state->numbers[ENDED] = false;
        state->doubtful = false;
      }
      return true;
    }
  if (state->stage == HEAD)
    return false;
  if (starts(line, "panic("))
    begin_panic(builder);
  bool outermost = is_outermost(line);
  if (!go_take_function(builder, line))
    return false;
  state->stage = PLACE;
  state->numbers[ENDED] = outermost;
  return true;
}

static enum parse_step pass(struct builder *builder) {
  struct builder_state *state = builder_state(builder);
  state->numbers[PASSED]++;
  return state->numbers[PASSED] > (state->stage == HEAD ? DOUBTFUL_MAX : FOREIGN_MAX) ? PARSE_OVER : PARSE_FOREIGN;
}

static enum parse_step take(struct builder *builder, char *line) {
  struct builder_state *state = builder_state(builder);
  if (!*line)
    return PARSE_TAKEN;
  bool over = starts(line, "exit status ") || starts(line, "FAIL\t"); /* go run, go test */
  if (over && state->stage != HEAD)
    return PARSE_ENDS;
  bool head = state->stage == HEAD && (starts(line, "[signal ") || starts(line, "\tpanic: "));
  if (!head && !take_goroutine(builder, line) && !take_creation(builder, line) && !take_frame(builder, line))
    return pass(builder);
  state->numbers[PASSED] = 0;
  return PARSE_TAKEN;
}

/* What stands before the first goroutine stands before every line; before the first line there may be half of one. */
static void see_prefix(struct builder *builder, const char *line) {
  const char *end, *at = strstr(line, "goroutine ");
  if (!at || go_number(at, "goroutine ", &end) < 0 || !strstr(end, "]:"))
    return;
  builder_state(builder)->prefix = prefix_keep(builder, line, at);
}

static enum parse_step takes(struct builder *builder, char *line) {
  const struct builder_state *state = builder_state(builder);
  if (state->stage == HEAD)
    see_prefix(builder, line);
  char *text = prefix_skip(state->prefix, line);
  return text ? take(builder, text) : pass(builder);
}

/* There is no last line. */
static bool complete(struct builder *builder) {
  const struct builder_state *state = builder_state(builder);
  return state->stage == GOROUTINE && state->numbers[ENDED];
}

const struct parse_tool parse_go_fatal = {"go_fatal", begins, takes, complete};
