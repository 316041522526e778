/* frame_line.c - see frame_line.h.  What stands last is the surest: build id and module are taken off the end, then the
 * place; what is left is the function, which may hold spaces, brackets and anything else. */
#include "triage/parse/frame_line.h"

#include <string.h>

#include "triage/parse/scan.h"

/* The line between two pointers; all readers move one of them. */
struct rest {
  char *begin, *end;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void trim(struct rest *rest) {
  while (rest->begin < rest->end && is_blank(*rest->begin))
    rest->begin++;
  while (rest->begin < rest->end && is_blank(rest->end[-1]))
    rest->end--;
}

static size_t length_of(const struct rest *rest) { return (size_t)(rest->end - rest->begin); }

static bool is(const struct rest *rest, const char *text) {
  return length_of(rest) == strlen(text) && memcmp(rest->begin, text, length_of(rest)) == 0;
}

static bool take_end(struct rest *rest, const char *text) {
  size_t length = strlen(text);
  if (length_of(rest) < length || memcmp(rest->end - length, text, length) != 0)
    return false;
  rest->end -= length;
  trim(rest);
  return true;
}

static const char *last_of(const struct rest *rest, const char *text) {
  size_t length = strlen(text);
  for (const char *p = rest->end - length; p >= rest->begin; p--)
    if (*p == *text && memcmp(p, text, length) == 0)
      return p;
  return NULL;
}

/* ---- (module+0x12) (BuildId: 9f11) ---- */

/* The bracket that the one right before `end` closes. */
static char *opening(const struct rest *rest) {
  unsigned depth = 0;
  for (char *p = rest->end; p > rest->begin;) {
    p--;
    depth += *p == ')';
    if (*p == '(' && --depth == 0)
      return p;
  }
  return NULL;
}

/* On Darwin a module is followed by its architecture. */
static void drop_architecture(char *module) {
  static const char *const names[] = {"x86_64", "x86_64h", "arm64", "arm64e", "i386"};
  char *colon = strrchr(module, ':');
  for (size_t i = 0; colon && i < sizeof names / sizeof *names; i++)
    if (strcmp(colon + 1, names[i]) == 0) {
      *colon = '\0';
      return;
    }
}

/* The text of `(module+0x12)` without its brackets. */
static bool read_module(struct rest inside, struct frame *frame) {
  const char *plus = last_of(&inside, "+0x"), *at = plus ? plus + 1 : NULL;
  if (!plus || !scan_address(&at, &frame->offset) || at != inside.end)
    return false;
  inside.begin[plus - inside.begin] = '\0';
  drop_architecture(inside.begin);
  frame->module = inside.begin;
  return true;
}

/* One more of the brackets at the end. */
static bool take_brackets(struct rest *rest, struct frame *frame) {
  if (rest->begin == rest->end || rest->end[-1] != ')')
    return false;
  char *open = opening(rest);
  if (!open || (open > rest->begin && !is_blank(open[-1])))
    return false;
  struct rest inside = {open + 1, rest->end - 1};
  bool told = strncmp(inside.begin, "BuildId: ", 9) == 0 || strncmp(inside.begin, "<unknown", 8) == 0;
  if (!told && !(*frame->module == '\0' && read_module(inside, frame)))
    return false;
  rest->end = open;
  trim(rest);
  return true;
}

static void take_modules(struct rest *rest, struct frame *frame) {
  while (take_end(rest, "[inlined]") || take_brackets(rest, frame))
    ;
  /* `(module+0x12) in function ...` */
  char *close = rest->begin < rest->end && *rest->begin == '(' ? memchr(rest->begin, ')', length_of(rest)) : NULL;
  if (close && !*frame->module && read_module((struct rest){rest->begin + 1, close}, frame)) {
    rest->begin = close + 1;
    trim(rest);
  }
}

/* ---- file:line:column ---- */

/* `:12` before *end. */
static bool take_number(const char *begin, char **end, char before, uint32_t *value) {
  char *p = *end;
  while (p > begin && is_digit(p[-1]))
    p--;
  const char *at = p;
  uint64_t number;
  if (p == *end || p == begin || p[-1] != before || !scan_number(&at, &number))
    return false;
  *value = number < UINT32_MAX ? (uint32_t)number : 0;
  *end = p - 1;
  return true;
}

/* Line and column off the end: `:12:3`, `:12`, `(12,3)`, `(12)`.  *end is then the end of the file's name. */
static bool take_line(const char *begin, char **end, struct frame *frame) {
  uint32_t last, first;
  char *p = *end;
  bool bracket = p > begin && p[-1] == ')';
  p -= bracket;
  if (bracket) {
    char *whole = p;
    if (take_number(begin, &p, ',', &last) && take_number(begin, &p, '(', &first)) {
      frame->line = first;
      frame->column = last;
    } else {
      p = whole;
      if (!take_number(begin, &p, '(', &first))
        return false;
      frame->line = first;
    }
  } else {
    if (!take_number(begin, &p, ':', &last))
      return false;
    bool two = take_number(begin, &p, ':', &first);
    frame->line = two ? first : last;
    frame->column = two ? last : 0;
  }
  *end = p;
  return p > begin;
}

static bool begins_path(const char *p, const char *end) {
  if (*p == '/')
    return true;
  if (*p == '.' && end - p > 2)
    return p[1] == '/' || (p[1] == '.' && p[2] == '/');
  return end - p > 3 && p[1] == ':' && (p[2] == '\\' || p[2] == '/'); /* C:\ */
}

/* Past `operator` and its sign, so that the brackets in it do not count; where it stands `p` otherwise. */
static char *past_operator(char *p, const char *end) {
  if (*p != 'o' || end - p < 9 || memcmp(p, "operator", 8) != 0)
    return p;
  for (p += 8; p < end && strchr("<>=-!()[]", *p); p++)
    if (*p == ')' || *p == ']')
      return p + 1;
  return p;
}

/* Where after the function's name a path begins: the first blank outside of all brackets that a path follows, for a
 * type's name may hold one too, as `(lambda at /src/x.cc:3:4)`.  Where brackets stay open, the last one.  Or NULL. */
static char *path_in(const struct rest *rest) {
  unsigned depth = 0;
  char *last = NULL;
  for (char *p = rest->begin; p + 1 < rest->end; p++) {
    p = past_operator(p, rest->end);
    if (p + 1 >= rest->end)
      break;
    if (strchr("(<{", *p))
      depth++;
    else if (depth > 0 && strchr(")>}", *p))
      depth--;
    else if (is_blank(*p) && begins_path(p + 1, rest->end)) {
      last = p + 1;
      if (depth == 0)
        return last;
    }
  }
  return depth > 0 ? last : NULL;
}

static char *last_word(const struct rest *rest) {
  char *p = rest->end;
  while (p > rest->begin && !is_blank(p[-1]))
    p--;
  return p;
}

/* A source file's name without a line. */
static bool is_source(const char *word, const char *end) {
  static const char *const endings[] = {".c",   ".cc", ".cpp", ".cxx", ".C",  ".h",     ".hh", ".hpp",
                                        ".hxx", ".S",  ".s",   ".m",   ".mm", ".swift", ".rs", ".inc"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    size_t length = strlen(endings[i]);
    if ((size_t)(end - word) > length && memcmp(end - length, endings[i], length) == 0)
      return true;
  }
  return false;
}

/* Takes the place off the end of `FUNCTION PLACE`. */
static void take_place(struct rest *rest, struct frame *frame) {
  char *end = rest->end;
  bool numbered = take_line(rest->begin, &end, frame);
  char *begin = begins_path(rest->begin, rest->end) ? rest->begin : path_in(rest);
  if (!begin) {
    begin = last_word(rest);
    if (!numbered && (begin == rest->begin || !is_source(begin, rest->end)))
      return;
  }
  if (begin >= end)
    return;
  frame->file = begin;
  *end = '\0';
  rest->end = begin;
  trim(rest);
}

/* `/src/x.c:12:3 function`: the place comes first. */
static bool take_place_first(struct rest *rest, struct frame *frame) {
  struct rest place = {rest->begin, memchr(rest->begin, ' ', length_of(rest))};
  if (!place.end || !begins_path(place.begin, place.end))
    return false;
  char *end = place.end, *at_end = rest->end;
  struct frame other = *frame;
  if (!take_line(place.begin, &end, frame) || take_line(place.end, &at_end, &other))
    return false;
  frame->file = place.begin;
  *end = '\0';
  rest->begin = place.end;
  trim(rest);
  return true;
}

static void take_function(struct rest *rest, struct frame *frame) {
  take_end(rest, " at");
  while (take_end(rest, "<null>") || take_end(rest, "(null)") || take_end(rest, "??"))
    ;
  if (length_of(rest) == 0)
    return;
  *rest->end = '\0';
  frame->function = rest->begin;
}

/* ---- the line ---- */

/* `[frame=0, function=put, location=src/map.c:12:3]`, the manual's own example of stack_trace_format. */
static void read_named(struct rest *rest, struct frame *frame) {
  take_end(rest, "]");
  char *place = (char *)last_of(rest, "location="), *function = strstr(rest->begin, "function=");
  if (place && place < rest->end) {
    struct rest inside = {place + 9, rest->end};
    *rest->end = '\0';
    take_place(&inside, frame);
    rest->end = place;
  }
  if (!function || function + 9 > rest->end)
    return;
  rest->begin = function + 9;
  trim(rest);
  take_end(rest, ",");
  take_function(rest, frame);
}

static bool read_number(const char **at, bool *named, unsigned *number) {
  uint64_t value;
  const char *p = *at;
  scan_text(&p, "[");
  *named = scan_text(&p, "frame=") || scan_text(&p, "frame:");
  if (!*named) {
    p = *at;
    scan_text(&p, "frame ");
    if (!scan_text(&p, "#"))
      return false;
  }
  if (!scan_number(&p, &value) || value > UINT32_MAX)
    return false;
  if (*p == ':' || *p == ',')
    p++;
  if (*p && !is_blank(*p))
    return false;
  *number = (unsigned)value;
  *at = p;
  return true;
}

bool frame_line_read(char *line, struct frame_line *out) {
  const char *at = scan_blanks(line);
  bool named;
  *out = (struct frame_line){.frame = {.function = "", .file = "", .module = ""}};
  if (!read_number(&at, &named, &out->number))
    return false;
  at = scan_blanks(at);
  if (named)
    scan_text(&at, "address:");
  if (scan_address(&at, &out->pc))
    at = scan_blanks(at);
  struct rest rest = {line + (at - line), line + (at - line) + scan_trimmed(at)};
  if (named) {
    read_named(&rest, &out->frame);
    return true;
  }
  take_modules(&rest, &out->frame);
  if (length_of(&rest) > 3 && memcmp(rest.begin, "in ", 3) == 0)
    rest.begin += 3;
  if (!take_place_first(&rest, &out->frame) && !take_end(&rest, " <null>") && !is(&rest, "<null>"))
    take_place(&rest, &out->frame);
  take_function(&rest, &out->frame);
  return true;
}
