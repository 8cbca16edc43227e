// SPDX-License-Identifier: Apache-2.0
// A second, slow model of docs/matching.md: written from the rules and not from the code, in whatever way is plainest.
// It knows the key set `core`, and of letters those of ASCII and Latin-1.
#ifndef TESTS_FUZZ_MATCHING_MODEL_H
#define TESTS_FUZZ_MATCHING_MODEL_H

#include <stdbool.h>

#define MODEL_TEXT 1024

struct model_date {
    int year, month, day;
};

// Words of letters with one space between. False: the text has characters that the model does not know.
bool model_fold(const char *text, char out[MODEL_TEXT]);
bool model_date(const char *text, struct model_date *out);
// "" where the text is no such number.
void model_nhs(const char *text, char out[MODEL_TEXT]);
void model_upn(const char *text, char out[MODEL_TEXT]);
void model_nysiis(const char *name, char out[MODEL_TEXT]);

// The values of names_dob, sound_dob, head_dob and ends_dob; `forenames` and `surname` are folded words, neither empty.
void model_names_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]);
void model_sound_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]);
void model_head_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]);
void model_ends_dob(const char *forenames, const char *surname, const struct model_date *date, char out[MODEL_TEXT]);

#endif
