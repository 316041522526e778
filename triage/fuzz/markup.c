#include "triage/fuzz/markup.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Words between blanks. */
static const char tags[] =
    " a article b body button circle code dd details div dl dt figcaption figure form g h1 h2 h3 h4 "
    "head header html i input label li line main mark meta nav ol option output p path pre rect "
    "script section select small span style summary svg table tbody td text th thead title tr ul "
    "";
static const char never_closed[] = " input meta ";
static const char attributes[] =
    " aria-hidden aria-label aria-labelledby autocomplete charset class content cx cy d data-kinds data-name "
    "data-state "
    "for height hidden href http-equiv id lang name placeholder r role rx scope spellcheck tabindex text-anchor "
    "title transform type value viewBox viewbox width x x1 x2 y y1 y2 dy dx ";
static const char entities[] = " amp; lt; gt; quot; #39; middot; ";

#define OPEN_MAX 64

struct page {
  const char *at;
  const char *open[OPEN_MAX]; /* names of the elements that are open, with what follows */
  size_t open_length[OPEN_MAX];
  size_t depth, scripts, styles;
  char wrong[256];
};

static bool fail(struct page *page, const char *what, const char *at) {
  snprintf(page->wrong, sizeof page->wrong, "%s: %.100s", what, at);
  return false;
}

static bool among(const char *words, const char *word, size_t length) {
  for (const char *at = words; (at = strchr(at, ' ')) && at[1]; at++)
    if (strncmp(at + 1, word, length) == 0 && (at[1 + length] == ' '))
      return true;
  return false;
}

static bool take_entity(struct page *page) {
  size_t length = strcspn(page->at + 1, ";<> \n") + 1;
  if (!among(entities, page->at + 1, length))
    return fail(page, "no entity of ours", page->at);
  page->at += length + 1;
  return true;
}

/* NAME or NAME="VALUE", and nothing that a browser would follow or run. */
static bool take_attribute(struct page *page) {
  const char *name = page->at;
  size_t length = strcspn(name, "= >\n/\"");
  if (!among(attributes, name, length))
    return fail(page, "no attribute of ours", name);
  page->at += length;
  if (*page->at != '=')
    return true;
  if (*++page->at != '"')
    return fail(page, "an attribute without quotes", name);
  if (length == 4 && strncmp(name, "href", 4) == 0 && page->at[1] != '#')
    return fail(page, "a link that leads out of the page", name);
  for (page->at++; *page->at != '"';)
    if (!*page->at || *page->at == '<')
      return fail(page, "an attribute that does not end", name);
    else if (*page->at != '&')
      page->at++;
    else if (!take_entity(page))
      return false;
  page->at++;
  return true;
}

static bool take_end(struct page *page) {
  const char *name = page->at + 2;
  size_t length = strcspn(name, ">");
  if (page->depth == 0 || page->open_length[page->depth - 1] != length ||
      strncmp(page->open[page->depth - 1], name, length) != 0)
    return fail(page, "an end of what is not open", page->at);
  page->depth--;
  page->at = name + length + 1;
  return true;
}

static bool is(const char *name, size_t length, const char *word) {
  return strlen(word) == length && strncmp(name, word, length) == 0;
}

/* What is in a script or style is ours: no text comes in there. */
static bool take_raw(struct page *page, const char *end, size_t *count) {
  const char *found = strstr(page->at, end);
  ++*count;
  if (!found)
    return fail(page, "a script or style that does not end", page->at);
  page->at = found;
  return true;
}

static bool take_tag(struct page *page) {
  const char *begin = page->at, *name = begin + 1;
  if (*name == '/')
    return take_end(page);
  size_t length = strcspn(name, " >\n/");
  if (!among(tags, name, length))
    return fail(page, "no tag of ours", begin);
  page->at = name + length;
  while (page->at += strspn(page->at, " \n"), *page->at != '>' && *page->at != '/')
    if (!take_attribute(page))
      return false;
  bool closed = *page->at == '/';
  page->at += closed;
  if (*page->at++ != '>')
    return fail(page, "a tag that does not end", begin);
  if (closed || among(never_closed, name, length))
    return true;
  if (page->depth == OPEN_MAX)
    return fail(page, "too deep", begin);
  page->open[page->depth] = name;
  page->open_length[page->depth++] = length;
  if (is(name, length, "script"))
    return take_raw(page, "</script>", &page->scripts);
  return !is(name, length, "style") || take_raw(page, "</style>", &page->styles);
}

const char *markup_check(const char *text) {
  static const char begin[] = "<!doctype html>";
  static struct page page;
  page = (struct page){.at = text};
  if (strncmp(text, begin, sizeof begin - 1) != 0)
    return "no page of ours";
  page.at += sizeof begin - 1;
  while (*page.at) {
    bool good = true;
    if (*page.at == '<')
      good = take_tag(&page);
    else if (*page.at == '&')
      good = take_entity(&page);
    else
      page.at++;
    if (!good)
      return page.wrong;
  }
  if (page.depth > 0 || page.scripts != 1 || page.styles != 1)
    return "an element that is not closed, or another script or style than ours";
  return NULL;
}
