/* html_text.c - texts of unknown origin in markup, and what is around the page. */
#include <sha2.h>
#include <string.h>

#include "triage/report/html.h"
#include "triage/report/visible.h"

/* The files beside this one, found by way of -I.  What a picture needs stands together, at the end of the style. */
__asm__(".pushsection .rodata\n"
        ".globl html_style, html_style_of_plots, html_style_end, html_script, html_script_end\n"
        "html_style: .incbin \"triage/report/page.css\"\n"
        "html_style_of_plots: .incbin \"triage/report/colors.css\"\n"
        ".incbin \"triage/report/plot.css\"\n"
        "html_style_end:\n"
        "html_script: .incbin \"triage/report/page.js\"\n"
        "html_script_end:\n"
        ".popsection\n");
extern const uint8_t html_style[], html_style_of_plots[], html_style_end[], html_script[], html_script_end[];

static void put(FILE *out, const char *text) {
  switch (*text) {
  case '&':
    fputs("&amp;", out);
    break;
  case '<':
    fputs("&lt;", out);
    break;
  case '>':
    fputs("&gt;", out);
    break;
  case '"':
    fputs("&quot;", out);
    break;
  case '\'':
    fputs("&#39;", out);
    break;
  default:
    fputs(text, out);
  }
}

static void put_all(FILE *out, const char *text, size_t most, bool block, bool markup) {
  struct visible shown;
  for (size_t i = 0; text && *text; ++i) {
    if (i == most) {
      fprintf(out, " ... (%zu more bytes)", strlen(text));
      return;
    }
    bool kept = block && (*text == '\n' || *text == '\t');
    const char *next = visible_next(text, &shown);
    if (kept)
      fputc(*text, out);
    else if (shown.told && markup)
      fprintf(out, "<span class=\"told\">%s</span>", shown.text);
    else
      put(out, shown.text);
    text = next;
  }
}

void html_text(FILE *out, const char *text) { put_all(out, text, HTML_LINE_MAX, false, true); }
void html_block(FILE *out, const char *text) { put_all(out, text, HTML_BLOCK_MAX, true, true); }
void html_attribute(FILE *out, const char *text) { put_all(out, text, HTML_LINE_MAX, false, false); }

void html_cut(FILE *out, const char *text, size_t columns) {
  char line[1024];
  visible_cut(text, columns, line, sizeof line);
  html_attribute(out, line);
}

/* As CSP wants it: base64 (RFC 4648) of the SHA-256. */
static void put_hash(FILE *out, const uint8_t *begin, const uint8_t *end) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint8_t hash[SHA256_DIGEST_LENGTH + 1] = {0}; /* 32 bytes and one of padding: 44 digits, the last one `=` */
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, begin, (size_t)(end - begin));
  SHA256Final(hash, &context);
  fputs("'sha256-", out);
  for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i += 3) {
    uint32_t three = (uint32_t)hash[i] << 16 | (uint32_t)hash[i + 1] << 8 | (i + 2 < sizeof hash ? hash[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6)
      fputc(shift == 0 && i + 3 > SHA256_DIGEST_LENGTH ? '=' : digits[three >> shift & 63], out);
  }
  fputc('\'', out);
}

void html_begin(FILE *out, const char *title) {
  fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
        "form-action 'none'; style-src ",
        out);
  put_hash(out, html_style, html_style_end);
  fputs("; script-src ", out);
  put_hash(out, html_script, html_script_end);
  fputs(
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
      out);
  html_attribute(out, title);
  fputs("</title>\n<style>", out);
  fwrite(html_style, 1, (size_t)(html_style_end - html_style), out);
  fputs("</style>\n</head>\n<body>\n", out);
}

void html_plot_style(FILE *out) {
  fputs("<style>", out);
  fwrite(html_style_of_plots, 1, (size_t)(html_style_end - html_style_of_plots), out);
  fputs("</style>\n", out);
}

void html_end(FILE *out) {
  fputs("<script>", out);
  fwrite(html_script, 1, (size_t)(html_script_end - html_script), out);
  fputs("</script>\n</body>\n</html>\n", out);
}
