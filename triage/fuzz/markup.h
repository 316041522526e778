/* markup.h - whether a page of ours holds nothing but our own markup. */
#ifndef HEDDLE_TRIAGE_FUZZ_MARKUP_H
#define HEDDLE_TRIAGE_FUZZ_MARKUP_H

/* NULL, or what is wrong, with the place where (static text, until the next call).  Every `<` must begin a tag, every
 * `&` an entity, every attribute must be quoted, and all of them must be of the kinds that our pages have; one script
 * and one style, elements closed in the order in which they were opened. */
const char *markup_check(const char *page);

#endif
