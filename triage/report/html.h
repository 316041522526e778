/* html.h - the parts of the page; report.h has the whole.
 *
 * Every text of a report goes through html_text, html_block or html_attribute, and through nothing else: they are what
 * keeps markup out of it. */
#ifndef HEDDLE_REPORT_HTML_H
#define HEDDLE_REPORT_HTML_H

#include "triage/report/words.h"

#define HTML_LINE_MAX 2000   /* characters of one line's text that are shown; the rest is counted */
#define HTML_BLOCK_MAX 60000 /* and of a text of several lines */

/* Text on one line; what cannot be shown stands in <span class="told">. */
void html_text(FILE *out, const char *text);
/* Text of several lines, for <pre>. */
void html_block(FILE *out, const char *text);
/* Text inside the double quotes of an attribute, and in elements that take no markup, as <title>. */
void html_attribute(FILE *out, const char *text);
/* At most `columns` columns of it, for a picture or a table. */
void html_cut(FILE *out, const char *text, size_t columns);

/* The document up to the body, with the policy that lets no script and no style run but these two files; and its end.
 */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);
/* The style of the pictures, for one that is a file of its own. */
void html_plot_style(FILE *out);

/* The value of id= for a bug's section: its key where that is one, else its number. */
void html_id(FILE *out, const struct report_bug *bug, size_t number);

/* The state as a badge that says what it means. */
void html_state(FILE *out, enum report_state state);

/* Writes the section of one bug. */
void html_bug(FILE *out, const struct report_bug *bug, size_t number);

/* The interleaving as a picture: a column a task, time downwards; nothing where there are no steps. */
void html_interleaving(FILE *out, const struct report_key *key);

/* Bugs found against inputs run, or against dates where no clock is known, in two sizes of which the style shows the
 * one that fits.  Several campaigns follow one another.  Nothing where no discovery has a time. */
void html_curve(FILE *out, const struct report *report);

#endif
