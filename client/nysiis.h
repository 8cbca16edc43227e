// SPDX-License-Identifier: Apache-2.0
// The New York State Identification and Intelligence System's phonetic code, by the rules of 1970 (R. L. Taft, Name
// Search Techniques), without the cut to six letters that the rules leave optional.
#ifndef CLIENT_NYSIIS_H
#define CLIENT_NYSIIS_H

#include <stddef.h>

#define NYSIIS_INPUT_MAX 255 // letters; what is longer is not read

// `letters` holds a..z alone. Writes lower-case letters and a zero; "" for "". `size` is at least NYSIIS_INPUT_MAX + 2.
void nysiis(const char *letters, char *out, size_t size);

#endif
