// SPDX-License-Identifier: Apache-2.0
#include "client/nysiis.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *name, const char *code) {
    char out[NYSIIS_INPUT_MAX + 2];
    nysiis(name, out, sizeof(out));
    cr_expect_str_eq(out, code, "%s gave %s, not %s", name, out, code);
}

// The figures that other implementations of the original rules agree on, untruncated.
Test(nysiis, gives_the_known_codes) {
    static const char *const known[][2] = {
        {"worthy", "warty"},
        {"ogata", "ogat"},
        {"montgomery", "mantganary"},
        {"costales", "castal"},
        {"tu", "t"},
        {"martincevic", "martancafac"},
        {"catherine", "cataran"},
        {"katherine", "cataran"},
        {"katerina", "cataran"},
        {"johnathan", "janatan"},
        {"jonathan", "janatan"},
        {"john", "jan"},
        {"teresa", "taras"},
        {"theresa", "taras"},
        {"jessica", "jasac"},
        {"joshua", "jas"},
        {"lapher", "lafar"},
        {"wiyh", "wy"},
        {"macarthur", "mcartar"},
        {"pheenard", "fanad"},
        {"schmittie", "snaty"},
        {"knaqze", "nags"},
        {"knokno", "nan"},
        {"knoko", "nac"},
        {"macaw", "mc"},
        {"pfeister", "fastar"},
        {"sarah", "sar"},
        {"andrew", "andr"},
        {"robertson", "rabartsan"},
        {"nolan", "nalan"},
        {"lundgren", "landgran"},
        {"mackenzie", "mcansy"},
        {"harry", "hary"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        expect(known[i][0], known[i][1]);
    }
}

Test(nysiis, leaves_a_single_letter_and_nothing) {
    expect("", "");
    expect("t", "t");
    expect("s", "s");
    expect("k", "c");
    expect("e", "e");
}

Test(nysiis, rewrites_each_beginning_and_ending) {
    expect("knight", "nagt");
    expect("phillips", "falap");
    expect("schmidt", "snad");
    expect("lee", "ly");
    expect("katie", "caty");
    expect("hart", "had");
    expect("richard", "racad");
    expect("grant", "grad");
    expect("bond", "bad");
}

Test(nysiis, is_not_cut_to_six_letters) {
    expect("wolverhampton", "walvaranptan");
}

Test(nysiis, reads_no_further_than_its_bound) {
    char name[NYSIIS_INPUT_MAX + 101];
    char out[NYSIIS_INPUT_MAX + 2];
    for (size_t i = 0; i < sizeof(name) - 1; i++) {
        name[i] = i % 2 == 0 ? 'b' : 'd';
    }
    name[sizeof(name) - 1] = '\0';
    nysiis(name, out, sizeof(out));
    cr_assert_eq(strlen(out), NYSIIS_INPUT_MAX);
}
