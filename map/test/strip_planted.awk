# strip_planted.awk - prints a source of map/ without the code that is planted in it: blanks in its place, so that everything
# else keeps its line and its column.  Fails where a plant has none of the forms of map/planted.h.
function complain(at, what,   head, lines) {
  head = substr(text, 1, at)
  lines = gsub(/\n/, "\n", head) + 1
  print FILENAME ":" lines ": " what >"/dev/stderr"
  failed = 1
}
function blank(from, to,   part) {
  part = substr(text, from, to - from)
  gsub(/[^\n]/, " ", part)
  text = substr(text, 1, from - 1) part substr(text, to)
}
# The place after a comment or a literal that begins at p; p itself where none does.
function after_atom(p,   two, quote, end) {
  two = substr(text, p, 2)
  if (two == "/*") return p + 2 + index(substr(text, p + 2), "*/") + 1
  if (two == "//") return p + index(substr(text, p), "\n")
  quote = substr(two, 1, 1)
  if (quote != "\"" && quote != "\047") return p
  for (end = p + 1; end <= length(text) && substr(text, end, 1) != quote; end++)
    if (substr(text, end, 1) == "\\") end++
  return end + 1
}
function after_space(p,   next_p) {
  while (p <= length(text)) {
    next_p = p
    if (substr(text, p, 1) ~ /[ \t\n]/) next_p = p + 1
    else if (substr(text, p, 1) == "/") next_p = after_atom(p)
    if (next_p == p) break
    p = next_p
  }
  return p
}
# The place of the first `mark` from p on that no brackets enclose; brackets are opened and closed on the way.
function find_open(p, mark,   c, next_p) {
  for (; p <= length(text); p = next_p) {
    c = substr(text, p, 1)
    next_p = after_atom(p)
    if (next_p != p) continue
    if (c == mark) return p
    next_p = c ~ /[([{]/ ? after_brackets(p) : p + 1
    if (c ~ /[])}]/) return 0
  }
  return 0
}
function after_brackets(p,   open) {
  open = substr(text, p, 1)
  return find_open(p + 1, open == "(" ? ")" : open == "[" ? "]" : "}") + 1
}
function word_at(p) { return match(substr(text, p), /^[A-Za-z_0-9]+/) ? substr(text, p, RLENGTH) : "" }
function after_statement(p,   word, rest) {
  p = after_space(p)
  if (substr(text, p, 1) == "{") return after_brackets(p)
  word = word_at(p)
  if (word == "do") return find_open(after_statement(p + 2), ";") + 1
  if (word !~ /^(if|while|for|switch)$/) return find_open(p, ";") + 1
  p = after_statement(after_brackets(after_space(p + length(word))))
  rest = after_space(p)
  return word == "if" && word_at(rest) == "else" ? after_statement(rest + 4) : p
}
# `if (PLANTED(id)) STATEMENT`; `from` is the place of "if", `to` that after the condition's bracket.
function take_statement(from, to, negated,   end) {
  end = after_statement(to)
  if (word_at(after_space(end)) == "else") complain(from, "planted code has no else")
  blank(from, negated ? to : end)
}
function take_plant(at, size, negated,   head, after, colon) {
  head = substr(text, 1, at - 1)
  after = after_space(at + size)
  if (match(head, /\n[ \t]*if \($/) && substr(text, after, 1) == ")")
    take_statement(at - 4, after + 1, negated)
  else if (substr(text, after, 2) == (negated ? "&&" : "||"))
    blank(at, after + 2)
  else if (!negated && substr(text, after, 1) == "?") {
    colon = find_open(after + 1, ":")
    if (colon == 0) complain(at, "PLANTED(id) ? A : B without its colon")
    blank(at, colon + 1)
  } else {
    complain(at, "this is none of the forms of map/planted.h")
    blank(at, at + size)
  }
}
BEGIN { RS = "\001" }
{
  text = $0
  while (match(text, /!?PLANTED\([a-z0-9_]+\)/)) {
    before = length(text)
    take_plant(RSTART, RLENGTH, substr(text, RSTART, 1) == "!")
    if (length(text) != before) complain(1, "lost its place")
  }
  printf "%s", text
  exit failed
}
