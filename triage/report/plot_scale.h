/* plot_scale.h - axes: where a value stands in a picture, and which values are marked.
 *
 * Shared by the pictures of the page, the SVG file and the terminal.  Pure, safe from any thread. */
#ifndef HEDDLE_REPORT_PLOT_SCALE_H
#define HEDDLE_REPORT_PLOT_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "triage/campaign/text.h"

enum plot_kind {
  PLOT_LINEAR,
  PLOT_LOG,     /* equal steps are equal factors */
  PLOT_WEIBULL, /* of a share F strictly between 0 and 1: ln(-ln(1 - F)), on which a Weibull distribution is a line */
};

struct plot_scale {
  enum plot_kind kind;
  double first, last; /* values at the ends, first < last; above 0 for PLOT_LOG */
  double begin, end;  /* where these stand; begin may be the larger one, as it is for y downwards */
};

/* Where the value stands; what is outside stands at the end that is nearer. */
double plot_scale_at(const struct plot_scale *scale, double value);
/* Whether the value is on the axis; false for NAN. */
bool plot_scale_holds(const struct plot_scale *scale, double value);
/* The value at a part of the axis, 0 at `first` and 1 at `last`. */
double plot_scale_value(const struct plot_scale *scale, double part);

#define PLOT_TICKS_MAX 24

/* Round values on the axis, rising, at most `room` (2 to PLOT_TICKS_MAX) of them: 1, 2 or 5 times a power of ten apart;
 * for PLOT_LOG powers of ten, and where there is room also 2 and 5 times those; for PLOT_WEIBULL usual shares.  Returns
 * how many there are. */
size_t plot_scale_ticks(const struct plot_scale *scale, size_t room, double ticks[PLOT_TICKS_MAX]);

/* An axis for an exposure from 0 to `end`.  Most bugs are found soon: where half of the times stand in the first
 * twentieth, equal steps are equal factors, from the power of ten below the first time that is not 0.  `times` rise. */
struct plot_scale plot_scale_exposure(const double *times, size_t count, double end, double begin_at, double end_at);

/* Three digits and a letter for the thousands: 1234567 as `1.23M`; returns `text`. */
const char *plot_scale_number(double value, char text[TEXT_SIZE]);

#endif
