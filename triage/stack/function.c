/* function.c - see function.h.  A name is read once from the left; `components` are what stands between `::`. */
#include "triage/stack/function.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct fold {
  const char *at;
  char *out;
  size_t size, length;
  bool start;     /* the next character begins a component */
  bool separated; /* ... and has one before it */
  bool tail;      /* past an argument list: qualifiers, up to the next component */
  bool lambda;    /* the last component written is a lambda */
  size_t open;    /* `<` that stand for the type that a Rust function belongs to */
};

static bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static void put(struct fold *fold, char c) {
  if (fold->length + 1 < fold->size)
    fold->out[fold->length++] = c;
}

static void begin_component(struct fold *fold) {
  if (fold->separated) {
    put(fold, ':');
    put(fold, ':');
  }
  fold->start = fold->separated = fold->lambda = false;
}

static void emit(struct fold *fold, const char *text, size_t length) {
  if (fold->start)
    begin_component(fold);
  for (size_t i = 0; i < length; i++)
    put(fold, text[i]);
}

static void next_component(struct fold *fold) {
  fold->start = true;
  fold->separated = fold->length > 0;
  fold->tail = false;
}

/* What was written is no part of the name: a return type. */
static void forget(struct fold *fold) {
  fold->length = 0;
  fold->start = true;
  fold->separated = fold->tail = fold->lambda = false;
}

/* Past the bracket that closes the one here; to the end where none does. */
static void skip(struct fold *fold, char open, char close) {
  size_t depth = 0;
  for (char before = 0; *fold->at; before = *fold->at++) {
    if (*fold->at == open)
      depth++;
    else if (*fold->at == close && !(close == '>' && before == '-') && --depth == 0) {
      fold->at++;
      return;
    }
  }
}

/* ---- components that are not what they look like ---- */

static void take_lambda(struct fold *fold) {
  emit(fold, "lambda", 6);
  fold->lambda = true;
}

/* How long the symbols of the operator are, 0 for one that is a word. */
static size_t operator_length(const char *at) {
  static const char *const symbols[] = {"->*", "<=>", "<<=", ">>=", "()", "[]", "\"\"", "->", "<<", ">>",
                                        "<=",  ">=",  "==",  "!=",  "&&", "||", "++",   "--", "+=", "-=",
                                        "*=",  "/=",  "%=",  "^=",  "&=", "|=", "<",    ">",  "+",  "-",
                                        "*",   "/",   "%",   "^",   "&",  "|",  "~",    "!",  "=",  ","};
  /* `operator<<int>(...)` is operator< with an argument. */
  if (starts(at, "<<") && in_name(at[2]))
    return 1;
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
    if (starts(at, symbols[i]))
      return strlen(symbols[i]);
  return 0;
}

/* The name of an operator; the text is past `operator`. */
static void take_operator(struct fold *fold) {
  size_t length = operator_length(fold->at);
  emit(fold, "operator", 8);
  if (length > 0) {
    emit(fold, fold->at, length);
    fold->at += length;
    fold->at += strspn(fold->at, " ");
    return;
  }
  /* new, delete, co_await and conversions: a type of several words. */
  while (*fold->at && *fold->at != '(') {
    if (*fold->at == '<')
      skip(fold, '<', '>');
    else if (starts(fold->at, "[abi:"))
      skip(fold, '[', ']');
    else
      put(fold, *fold->at++);
  }
}

/* {lambda(int)#1}, {unnamed type#1}, {anonymous}; Rust: {{closure}}, {closure#0}, {impl#2} */
static void take_braces(struct fold *fold) {
  const char *inside = fold->at + strspn(fold->at, "{");
  if (starts(inside, "lambda") || starts(inside, "closure"))
    take_lambda(fold);
  else if (starts(inside, "unnamed"))
    emit(fold, "unnamed", 7);
  skip(fold, '{', '}');
}

/* 'lambda', 'lambda0', 'unnamed1'; Microsoft's `anonymous namespace' */
static bool take_quoted(struct fold *fold) {
  const char *inside = fold->at + 1, *end = strchr(inside, '\'');
  if (!end)
    return false;
  if (starts(inside, "lambda"))
    take_lambda(fold);
  else if (starts(inside, "unnamed"))
    emit(fold, "unnamed", 7);
  fold->at = end + 1;
  return true;
}

static bool take_angle(struct fold *fold) {
  if (starts(fold->at, "<lambda"))
    take_lambda(fold);
  else if (!starts(fold->at, "<unnamed>")) {
    fold->at++;
    fold->open++;
    return true;
  }
  skip(fold, '<', '>');
  return true;
}

/* The call of a lambda says no more than the lambda. */
static bool take_lambdas_call(struct fold *fold) {
  static const char *const calls[] = {"operator()", "__invoke", "_FUN"};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (starts(fold->at, calls[i]) && !in_name(fold->at[strlen(calls[i])])) {
      fold->at += strlen(calls[i]);
      fold->tail = true;
      fold->start = false;
      return true;
    }
  return false;
}

static bool take_inline_namespace(struct fold *fold) {
  static const char *const spaces[] = {"__1::", "__ndk1::", "__cxx11::"};
  for (size_t i = 0; fold->separated && i < sizeof spaces / sizeof *spaces; i++)
    if (starts(fold->at, spaces[i])) {
      fold->at += strlen(spaces[i]);
      return true;
    }
  return false;
}

/* At the start of a component: true where it was taken whole. */
static bool take_special(struct fold *fold) {
  const char *at = fold->at;
  if (fold->lambda && take_lambdas_call(fold))
    return true;
  switch (*at) {
  case '_':
    return take_inline_namespace(fold);
  case 'o':
    if (!starts(at, "operator") || in_name(at[8]) || !at[8])
      return false;
    fold->at += 8;
    take_operator(fold);
    return true;
  case '$':
    if (at[1] != '_' || !digit(at[2]))
      return false;
    take_lambda(fold);
    fold->at += 2 + strspn(at + 2, "0123456789");
    return true;
  case '(':
    if (!starts(at, "(anonymous"))
      return false;
    skip(fold, '(', ')');
    return true;
  case '{':
    take_braces(fold);
    return true;
  case '\'':
  case '`':
    return take_quoted(fold);
  case '<':
    return take_angle(fold);
  default:
    return false;
  }
}

/* ---- C, C++ and Rust ---- */

/* A space ends a return type, or comes before what is said of the function.  False: the name ends. */
static bool take_space(struct fold *fold) {
  static const char *const said[] = {"const", "volatile", "noexcept", "restrict", "&", "[clone", "[abi:", "(."};
  fold->at += strspn(fold->at, " ");
  if (starts(fold->at, "requires ") || starts(fold->at, "[with "))
    return false;
  if (fold->open > 0 && starts(fold->at, "as ")) {
    size_t depth = 1;
    for (char before = 0; *fold->at && depth > 0; before = *fold->at++)
      depth += (size_t)(*fold->at == '<') - (size_t)(*fold->at == '>' && before != '-');
    fold->open--;
    return true;
  }
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    if (starts(fold->at, said[i]) && (i > 3 || !in_name(fold->at[strlen(said[i])]))) {
      fold->tail = true;
      return true;
    }
  if (*fold->at)
    forget(fold);
  return true;
}

static void take_parenthesis(struct fold *fold) {
  if (fold->at[1] == '*' || fold->at[1] == '&') {
    /* What returns a pointer to a function stands within: void (*name(int))(char) */
    forget(fold);
    fold->at++;
    fold->at += strspn(fold->at, "*& ");
    return;
  }
  skip(fold, '(', ')');
  fold->tail = true;
}

static void take_qualified(struct fold *fold) {
  while (*fold->at) {
    if (fold->start && !fold->tail && take_special(fold))
      continue;
    char c = *fold->at;
    if (c == ':' && fold->at[1] == ':') {
      fold->at += 2;
      next_component(fold);
    } else if (c == '<') {
      skip(fold, '<', '>');
    } else if (c == '[') {
      skip(fold, '[', ']');
    } else if (c == '(') {
      take_parenthesis(fold);
    } else if (c == ' ') {
      if (!take_space(fold))
        return;
    } else if (c == ')') {
      return;
    } else if (c == '>' && fold->open > 0) {
      fold->open--;
      fold->at++;
    } else {
      if (!fold->tail)
        emit(fold, &c, 1);
      fold->at++;
    }
  }
}

/* ::h and 16 hexadecimal digits: Rust's older way to tell crates apart. */
static void drop_hash(struct fold *fold) {
  const char *end = fold->out + fold->length;
  if (fold->length > 19 && strncmp(end - 19, "::h", 3) == 0 && strspn(end - 16, "0123456789abcdef") >= 16)
    fold->length -= 19;
}

/* ---- clones ---- */

/* Where the last of the name's clone suffixes begins: `.word`, or `.word.` and a number; `end` where there is none. */
static size_t clone_suffix(const char *name, size_t end) {
  static const char *const words[] = {"isra",  "part", "constprop", "cold", "llvm",     "lto_priv", "localalias",
                                      "clone", "hot",  "warm",      "ipa",  "unlikely", "startup"};
  size_t at = end;
  while (at > 0 && digit(name[at - 1]))
    at--;
  bool number = at < end && at > 0 && name[at - 1] == '.';
  size_t word_end = number ? at - 1 : end;
  size_t word = word_end;
  while (word > 0 && ((name[word - 1] >= 'a' && name[word - 1] <= 'z') || name[word - 1] == '_'))
    word--;
  if (word < 2 || name[word - 1] != '.')
    return end;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == word_end - word && strncmp(name + word, words[i], word_end - word) == 0)
      return word - 1;
  return end;
}

static size_t without_clones(const char *name, size_t length) {
  for (;;) {
    size_t shorter = clone_suffix(name, length);
    if (shorter == length)
      return length;
    length = shorter;
  }
}

/* ---- Go ---- */

/* `func1`, `gowrap2`, `deferwrap3`: what the compiler calls a function without a name. */
static bool nameless(const char *part, size_t length) {
  static const char *const words[] = {"func", "gowrap", "deferwrap"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t word = strlen(words[i]);
    if (length > word && strncmp(part, words[i], word) == 0 && strspn(part + word, "0123456789") >= length - word)
      return true;
  }
  return false;
}

/* One of the parts between dots, without `-fm` and `-range1`; `index` counts from the package. */
static void take_part(struct fold *fold, const char *part, size_t length, size_t index) {
  const char *dash = memchr(part, '-', length);
  if (dash && index > 0)
    length = (size_t)(dash - part);
  if (index >= 2 && length > 0 && strspn(part, "0123456789") >= length)
    return;
  bool closure = index >= 2 && nameless(part, length);
  if (closure && fold->lambda)
    return;
  if (index > 0)
    put(fold, '.');
  fold->lambda = closure;
  if (closure)
    part = "func", length = 4;
  for (size_t i = 0; i < length; i++)
    put(fold, part[i]);
}

/* path/package.Function, path/package.(*Type).Method, path/package.Function[...].func1.2 */
static void take_go(struct fold *fold, const char *end) {
  const char *part = fold->at;
  for (const char *at = part; at < end && *at != '[' && *at != '('; at++)
    if (*at == '/')
      part = at + 1;
  for (const char *at = fold->at; at < part; at++)
    put(fold, *at);
  for (size_t index = 0; part <= end; index++) {
    const char *stop = part;
    if (*part == '(') /* a receiver, with a path where its package is another one */
      while (stop < end && *stop != ')' && *stop != '[')
        stop++;
    while (stop < end && *stop != '.' && *stop != '[')
      stop++;
    take_part(fold, part, (size_t)(stop - part), index);
    if (stop < end && *stop == '[') {
      fold->at = stop;
      skip(fold, '[', ']');
      stop = fold->at < end ? fold->at : end;
      if (stop < end && *stop == ')') {
        put(fold, ')');
        stop++;
      }
      if (stop < end && *stop != '.') /* not as Go writes it */
        while (stop < end && *stop != '.')
          stop++;
    }
    part = stop + 1;
  }
}

/* A dot that comes before any bracket is Go's. */
static bool is_go(const char *name, size_t length) {
  size_t dot = strcspn(name, ".(<[ :");
  return dot > 0 && dot < length && name[dot] == '.';
}

/* ---- */

static bool is_plain(const char *name) {
  while (in_name(*name))
    name++;
  return !*name;
}

static void copy(const char *name, char *out, size_t size) {
  size_t length = strlen(name);
  length = length < size ? length : size - 1;
  memcpy(out, name, length);
  out[length] = '\0';
}

void function_fold(const char *name, char *out, size_t size) {
  assert(size >= 1);
  bool objective_c = starts(name, "-[") || starts(name, "+[");
  bool no_name = *name == '<' && !strstr(name, "::"); /* <null> and the like */
  if (is_plain(name) || objective_c || no_name) {
    copy(name, out, size);
    return;
  }
  if (strcmp(name, "operator()") == 0)
    name = "lambda";
  struct fold fold = {.at = name, .out = out, .size = size, .start = true};
  size_t length = without_clones(name, strlen(name));
  if (is_go(name, length)) {
    take_go(&fold, name + length);
  } else {
    take_qualified(&fold);
    fold.length = without_clones(out, fold.length);
    drop_hash(&fold);
  }
  out[fold.length] = '\0';
  if (fold.length == 0)
    copy(name, out, size);
}
