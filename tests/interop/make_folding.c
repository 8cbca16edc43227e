// SPDX-License-Identifier: Apache-2.0
// The folded form of every character of Unicode, to compare another program's: lines "CODE FOLDED" in hex, the
// character between two letters, so that one that separates words shows as a space.
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "base/bytes.h"
#include "client/fold.h"

int main(void) {
    for (utf8proc_int32_t code = 1; code <= 0x10FFFF; code++) {
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (surrogate || utf8proc_category(code) == UTF8PROC_CATEGORY_CN) {
            continue;
        }
        char text[8] = "a", folded[128], hex[2 * sizeof folded + 1];
        utf8proc_ssize_t len = utf8proc_encode_char(code, (utf8proc_uint8_t *)text + 1);
        text[1 + len] = 'b';
        if (fold_words(text, FOLD_LETTERS, folded, sizeof folded) != OK) {
            fprintf(stderr, "make_folding: %x: %s\n", (unsigned)code, err_detail());
            return 1;
        }
        hex_encode(folded, strlen(folded), hex);
        printf("%x %s\n", (unsigned)code, hex);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
