/* zipf.h - numbers from 1 to n of which k is as likely as k^-s, for any exponent s above 0, 1 and less included.
 *
 * Rejection-inversion: W. Hoermann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM Transactions on Modeling and Computer Simulation 6 (1996), pages 169-184.  It is exact, takes no
 * table, and on average fewer than 1.4 tries whatever n and s are.
 *
 * A sampler may be shared; what is random is the caller's. */
#ifndef HEDDLE_CHAOS_ZIPF_H
#define HEDDLE_CHAOS_ZIPF_H

#include <stdint.h>

#include "chaos/random.h"

struct zipf {
  uint64_t n;
  double s;
  double from, to; /* the interval of the integral that is drawn from */
  double sure;     /* nearer to the number than this needs no second look */
};

/* n: 1 to 2^52; s: above 0, finite. */
void zipf_init(struct zipf *zipf, uint64_t n, double s);
uint64_t zipf_draw(const struct zipf *zipf, struct random *random);

#endif
