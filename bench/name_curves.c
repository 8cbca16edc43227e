// SPDX-License-Identifier: Apache-2.0
#include "bench/name_curves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double curve_at(const struct curve_point *points, double rank) {
    size_t i = 0;
    while (points[i + 2].rank != 0 && points[i + 1].rank < rank) {
        i++;
    }
    double slope = log(points[i + 1].share / points[i].share) / log(points[i + 1].rank / points[i].rank);
    return points[i].share * exp(slope * log(rank / points[i].rank));
}

static size_t count_words(const char *list) {
    size_t count = 1;
    for (; *list != '\0'; list++) {
        count += *list == ' ';
    }
    return count;
}

static void add_word(const char *list, size_t index, char *out, size_t size) {
    while (index > 0) {
        list += strcspn(list, " ") + 1;
        index--;
    }
    size_t len = strcspn(list, " ");
    size_t have = strlen(out);
    if (!(len == 1 && list[0] == '-')) {
        snprintf(out + have, size - have, "%.*s", (int)len, list);
    }
}

int syllables_name(const struct syllables *syllables, size_t index, char *out, size_t size) {
    size_t a = count_words(syllables->first);
    size_t b = count_words(syllables->second);
    size_t c = count_words(syllables->third);
    if (index >= a * b * c) {
        return 0;
    }
    out[0] = '\0';
    add_word(syllables->first, index % a, out, size);
    add_word(syllables->second, index / a % b, out, size);
    add_word(syllables->third, index / a / b, out, size);
    return 1;
}
