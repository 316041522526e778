/* html_bug.c - the section of one bug. */
#include <inttypes.h>
#include <string.h>

#include "triage/campaign/text.h"
#include "triage/report/html.h"
#include "triage/stack/function.h"
#include "triage/stack/key.h"
#include "triage/stack/normalize.h"

void html_id(FILE *out, const struct report_bug *bug, size_t number) {
  const char *key = words_or(bug->keys[0].key, "");
  if (key_valid(key))
    fprintf(out, "bug-%s", key);
  else
    fprintf(out, "bug-%zu", number + 1);
}

void html_state(FILE *out, enum report_state state) {
  static const char *const meanings[REPORT_STATE_COUNT] = {
#define STATE(name, text, meaning) meaning,
      REPORT_STATES(STATE)
#undef STATE
  };
  const char *text = report_state_text(state);
  fprintf(out, "<span class=\"state %s\" title=\"%s\">%s</span>", text, meanings[state], text);
}

/* One line of a description list; nothing where the text is empty. */
static void field(FILE *out, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(out, "<div><dt>%s</dt><dd>", name);
  html_text(out, text);
  fputs("</dd></div>\n", out);
}

static void put_frame(FILE *out, const struct frame *frame, bool top) {
  char function[FUNCTION_NAME_SIZE], offset[40];
  fprintf(out, "<li%s>", top ? " class=\"top\"" : stack_classify(frame) == STACK_APPLICATION ? "" : " class=\"other\"");
  function_fold(frame->function, function, sizeof function);
  if (strcmp(function, frame->function) != 0) {
    fputs("<code title=\"", out);
    html_attribute(out, frame->function);
    fputs("\">", out);
  } else
    fputs("<code>", out);
  html_text(out, words_or(function, "?"));
  fputs("</code> <span class=\"at\">", out);
  if (*frame->file) {
    html_text(out, frame->file);
    if (frame->line)
      fprintf(out, ":%" PRIu32, frame->line);
    if (frame->line && frame->column)
      fprintf(out, ":%" PRIu32, frame->column);
  } else if (*frame->module) {
    snprintf(offset, sizeof offset, "+0x%" PRIx64, frame->offset);
    html_text(out, frame->module);
    fputs(offset, out);
  }
  fputs("</span></li>\n", out);
}

static void put_excerpt(FILE *out, const struct report_excerpt *excerpt) {
  if (excerpt->line_count == 0) {
    fputs("<p class=\"none\">Source not shown: ", out);
    html_text(out, words_or(excerpt->missing, "not known"));
    fputs("</p>\n", out);
    return;
  }
  fputs("<pre class=\"source\" tabindex=\"0\"><code>", out);
  for (size_t i = 0; i < excerpt->line_count; ++i) {
    uint64_t number = (uint64_t)excerpt->first_line + i;
    const char *element = number == excerpt->line ? "mark" : "span";
    fprintf(out, "<%s><span class=\"no\">%5" PRIu64 "</span> ", element, number);
    html_block(out, excerpt->lines[i]);
    fprintf(out, "\n</%s>", element);
  }
  fputs("</code></pre>\n", out);
}

/* The source of the innermost frame that has any. */
static void put_source(FILE *out, const struct report_key *key, const struct finding_stack *stack) {
  for (size_t i = 0; i < stack->frame_count; ++i)
    for (size_t n = 0; n < key->excerpt_count; ++n)
      if (key->excerpts[n].line == stack->frames[i].line && *stack->frames[i].file &&
          strcmp(words_or(key->excerpts[n].file, ""), stack->frames[i].file) == 0) {
        put_excerpt(out, &key->excerpts[n]);
        return;
      }
}

static void put_stack(FILE *out, const struct report_key *key, const struct finding_stack *stack) {
  char text[WORDS_SIZE];
  fprintf(out, "<section class=\"stack %s\">\n<h4>%s", finding_role_text(stack->role), words_stack(stack, text));
  if (*words_task(stack, text)) {
    fputs(" <span>", out);
    html_text(out, text);
    fputs("</span>", out);
  }
  fputs("</h4>\n<ol>\n", out);
  const struct frame *top = stack_top(stack->frames, stack->frame_count);
  for (size_t i = 0; i < stack->frame_count; ++i)
    put_frame(out, &stack->frames[i], &stack->frames[i] == top);
  fputs("</ol>\n", out);
  if (stack->frame_count == 0)
    fputs("<p class=\"none\">no frames</p>\n", out);
  put_source(out, key, stack);
  fputs("</section>\n", out);
}

static void put_stacks(FILE *out, const struct report_key *key) {
  char text[TEXT_SIZE];
  if (key->stack_count == 0)
    return;
  fputs("<div class=\"pair\">\n", out);
  for (size_t i = 0; i < key->stack_count && i < 2; ++i)
    put_stack(out, key, &key->stacks[i]);
  fputs("</div>\n", out);
  if (key->stack_count <= 2)
    return;
  fprintf(out, "<details><summary>%s</summary>\n<div class=\"pair\">\n",
          text_things(key->stack_count - 2, "further stack", text));
  for (size_t i = 2; i < key->stack_count; ++i)
    put_stack(out, key, &key->stacks[i]);
  fputs("</div></details>\n", out);
}

static void put_block(FILE *out, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(out, "<h4>%s</h4>\n<pre tabindex=\"0\">", name);
  html_block(out, text);
  fputs("</pre>\n", out);
}

static void put_command(FILE *out, const char *name, const char *text) {
  if (!text || !*text)
    return;
  fprintf(out, "<h4>%s</h4>\n<div class=\"command\"><code>", name);
  html_text(out, text);
  fprintf(out, "</code><button type=\"button\" hidden aria-label=\"Copy: %s\">Copy</button></div>\n", name);
}

static void put_facts(FILE *out, const struct report_key *key, bool alone, bool same_title) {
  char text[WORDS_SIZE], number[TEXT_SIZE];
  fputs("<dl class=\"facts\">\n", out);
  if (alone)
    field(out, "Key", key->key);
  if (!same_title)
    field(out, "What", key->title);
  field(out, "Seen by", key->oracle);
  field(out, "Map", key->map);
  field(out, "Breaks guarantee", key->guarantee);
  field(out, "Memory", key->location);
  field(out, "Times seen", text_count(key->count, number));
  field(out, "First", words_moment(&key->first, text));
  field(out, "Last", words_moment(&key->last, text));
  if (key->runs > 0) {
    snprintf(text, sizeof text, "failed %u of %u fresh runs", key->failed, key->runs);
    field(out, "Confirmed", text);
  }
  field(out, "Note", key->state_note);
  fputs("</dl>\n", out);
}

static void put_key(FILE *out, const struct report_key *key, bool alone, bool same_title) {
  if (!alone) {
    fputs("<section class=\"key\">\n<h3><code>", out);
    html_text(out, key->key);
    fputs("</code> ", out);
    html_state(out, key->state);
    fputs(" <span class=\"kind\">", out);
    html_text(out, words_or(key->kind, "unknown"));
    fputs("</span></h3>\n", out);
  }
  put_facts(out, key, alone, same_title);
  put_stacks(out, key);
  html_interleaving(out, key);
  if (*words_or(key->program, "") || *words_or(key->schedule, "")) {
    put_block(out, *words_or(key->minimized, "") ? "Program, minimized" : "Program", key->program);
    put_block(out, "Schedule", key->schedule);
  }
  put_command(out, "Replay", key->command);
  put_command(out, "Minimized input", key->minimized);
  if (!alone)
    fputs("</section>\n", out);
}

void html_bug(FILE *out, const struct report_bug *bug, size_t number) {
  const char *title = words_title(bug);
  fputs("<article id=\"", out);
  html_id(out, bug, number);
  fputs("\">\n<p class=\"kicker\">", out);
  html_state(out, bug->state);
  fputs(" <span class=\"kind\">", out);
  html_text(out, words_or(bug->keys[0].kind, "unknown"));
  fputs("</span> <a href=\"#bugs\">back to the table</a></p>\n<h2>", out);
  html_text(out, title);
  fputs("</h2>\n", out);
  if (bug->reason_count > 0) {
    fputs("<div class=\"reasons\"><p>Why its keys are taken for one bug:</p>\n<ul>\n", out);
    for (size_t i = 0; i < bug->reason_count; ++i) {
      fputs("<li>", out);
      html_text(out, bug->reasons[i]);
      fputs("</li>\n", out);
    }
    fputs("</ul></div>\n", out);
  }
  for (size_t i = 0; i < bug->key_count; ++i)
    put_key(out, &bug->keys[i], bug->key_count == 1, bug->keys[i].title == title);
  fputs("</article>\n", out);
}
